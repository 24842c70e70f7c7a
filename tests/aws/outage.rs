//! Regions, services and clouds that do not answer: a plan comes all the same, in time.

use std::net::TcpListener;
use std::time::Duration;

use lifeboat_aws_fake::{Fault, FaultKind, GLOBAL};
use serde_json::Value;

use crate::drive::{Ran, Site};
use crate::site::whole;
use crate::stand::Stand;

/// Lifeboat promises 15 s; the rest is for a busy machine.
const PLAN_MAX: Duration = Duration::from_secs(20);

/// A stack that is applied, with edits that are not.
fn edited(stand: &Stand) -> Site {
    let site = whole(&stand.url);
    site.lifeboat(&["apply", "--auto-approve"]).exits(0);
    site.edit("A life", "Another life");
    site.edit("192.0.2.10", "192.0.2.11");
    site.edit("ttl    = \"1h\"", "ttl    = \"2h\"");
    site.edit("team = \"boats\"", "team = \"ships\"");
    site
}

#[track_caller]
fn in_time(ran: &Ran) {
    assert!(ran.took < PLAN_MAX, "it took {:?}: {}", ran.took, ran.all());
}

/// What the plan does with a resource.
#[track_caller]
fn actions<'p>(plan: &'p Value, address: &str) -> &'p Value {
    let all = plan["resource_changes"].as_array().unwrap();
    let found = all.iter().find(|change| change["address"] == address);
    &found.unwrap_or_else(|| panic!("{address} is not in {plan:#}"))["change"]["actions"]
}

/// Whatever Ireland is asked ends like this.
fn everywhere_in_ireland(stand: &Stand, kind: &FaultKind) {
    for _ in 0..200 {
        let region = Some("eu-west-1".to_owned());
        let kind = kind.clone();
        stand.fake.inject(Fault { service: None, action: None, region, skip: 0, kind });
    }
}

/// The plan is about everything but Ireland's registry.
#[track_caller]
fn is_without_ireland(plan: &Value) {
    assert_eq!(plan["complete"], false);
    for (address, action) in [
        ("image.web.repository[\"ireland\"]", "unreachable"),
        ("image.web.repository[\"virginia\"]", "update"),
        ("failover.www.target[\"primary\"]", "update"),
        ("record.text", "update"),
        ("zone.main", "update"),
    ] {
        assert_eq!(actions(plan, address)[0], action, "{address}");
    }
}

#[test]
fn a_region_that_hangs_is_planned_around() {
    let stand = Stand::new();
    let site = edited(&stand);
    stand.fake.cut("eu-west-1");
    let (ran, plan) = site.plan(&[], 4);
    in_time(&ran);
    ran.says(&["W0607", "eu-west-1", "could not be read"]);
    is_without_ireland(&plan);

    let (ran, plan) = site.plan(&["--lost-region", "ireland"], 0);
    in_time(&ran);
    assert_eq!(actions(&plan, "failover.www.target[\"primary\"]")[0], "update");
    // What is planned can be done while the region is dark, and the rest when it is back.
    site.lifeboat(&["apply", "plan.json"]).exits(0);
    stand.fake.heal("eu-west-1");
    site.lifeboat(&["apply", "--auto-approve"]).exits(0);
    site.is_as_declared();
}

#[test]
fn a_region_that_fails_is_planned_around() {
    let stand = Stand::new();
    let site = edited(&stand);
    everywhere_in_ireland(&stand, &FaultKind::Status(503));
    let (ran, plan) = site.plan(&[], 4);
    in_time(&ran);
    is_without_ireland(&plan);
}

#[test]
fn a_region_that_is_slow_is_read_to_its_end() {
    let stand = Stand::new();
    let site = edited(&stand);
    everywhere_in_ireland(&stand, &FaultKind::Delay(Duration::from_secs(4)));
    let (ran, plan) = site.plan(&[], 0);
    assert!(ran.took > Duration::from_secs(15), "it took {:?}", ran.took);
    assert_eq!(plan["complete"], true);
    assert_eq!(actions(&plan, "image.web.repository[\"ireland\"]")[0], "update");
}

#[test]
fn the_region_that_knows_who_asks_may_be_lost() {
    let stand = Stand::new();
    let site = edited(&stand);
    stand.fake.cut("us-east-1");
    let (ran, plan) = site.plan(&["--allow-missing-image"], 4);
    in_time(&ran);
    assert_eq!(plan["complete"], false);
    assert_eq!(actions(&plan, "image.web.repository[\"virginia\"]")[0], "unreachable");
    assert_eq!(actions(&plan, "image.web.repository[\"ireland\"]")[0], "update");
    assert_eq!(actions(&plan, "record.text")[0], "update");
}

#[test]
fn without_route_53_images_are_still_planned() {
    let stand = Stand::new();
    let site = edited(&stand);
    stand.fake.cut(GLOBAL);
    let (ran, plan) = site.plan(&[], 4);
    in_time(&ran);
    assert_eq!(plan["complete"], false);
    assert_eq!(actions(&plan, "record.text")[0], "unreachable");
    assert_eq!(actions(&plan, "image.web.repository[\"ireland\"]")[0], "update");
}

#[test]
fn a_service_that_takes_connections_and_says_nothing_is_planned_around() {
    let stand = Stand::new();
    let mut site = edited(&stand);
    // Connections wait in the queue of a listener that nobody asks for them.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    site.set("AWS_ENDPOINT_URL_ECR", &address);
    site.plan(&[], 3).0.says(&["E0703", "is unknown"]);
    let (ran, plan) = site.plan(&["--allow-missing-image"], 4);
    in_time(&ran);
    assert_eq!(plan["complete"], false);
    for region in ["ireland", "virginia"] {
        let address = format!("image.web.repository[\"{region}\"]");
        assert_eq!(actions(&plan, &address)[0], "unreachable");
    }
    assert_eq!(actions(&plan, "record.text")[0], "update");
}

#[test]
fn a_cloud_that_is_not_there_is_told_in_time() {
    let stand = Stand::new();
    let site = edited(&stand);
    drop(stand);
    let (ran, plan) = site.plan(&[], 4);
    in_time(&ran);
    assert_eq!(plan["complete"], false);
    assert_eq!(actions(&plan, "record.text")[0], "unreachable");
}
