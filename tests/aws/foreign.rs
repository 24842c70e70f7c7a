//! Somebody else writes, with AWS's own command line.

use serde_json::{Value, json};

use crate::drive::Site;
use crate::site::names;
use crate::stand::Stand;

/// Every set of the zone, as AWS's command line shows it.
fn sets(site: &Site) -> Value {
    let zone = zone(site);
    site.aws(&["route53", "list-resource-record-sets", "--hosted-zone-id", &zone])
        ["ResourceRecordSets"]
        .take()
}

fn zone(site: &Site) -> String {
    let zones = site.aws(&["route53", "list-hosted-zones"]);
    zones["HostedZones"][0]["Id"].as_str().unwrap().trim_start_matches("/hostedzone/").to_owned()
}

/// The set that answers this address.
fn answering(sets: &Value, address: &str) -> Value {
    let all = sets.as_array().unwrap();
    let found = all.iter().find(|set| set["ResourceRecords"][0]["Value"] == address);
    found.unwrap_or_else(|| panic!("{address} is not in {sets:#}")).clone()
}

fn write(site: &Site, action: &str, set: &Value) {
    let batch = json!({ "Changes": [{ "Action": action, "ResourceRecordSet": set }] });
    let (zone, batch) = (zone(site), batch.to_string());
    let words = ["--hosted-zone-id", &zone, "--change-batch", &batch];
    site.aws(&[&["route53", "change-resource-record-sets"], &words[..]].concat());
}

fn applied(stand: &Stand) -> Site {
    let site = names(&stand.url);
    site.lifeboat(&["apply", "--auto-approve"]).exits(0);
    site
}

#[test]
fn a_plan_whose_world_was_moved_by_another_hand_writes_nothing() {
    let stand = Stand::new();
    let site = applied(&stand);
    site.edit("192.0.2.10", "192.0.2.11");
    site.edit("\"20 mail.example.org\"", "\"30 mail.example.org\"");
    site.plan(&[], 0);

    let mut theirs = answering(&sets(&site), "192.0.2.10");
    theirs["ResourceRecords"][0]["Value"] = "192.0.2.77".into();
    write(&site, "UPSERT", &theirs);
    let before = sets(&site);
    stand.fake.forget_calls();
    let ran = site.lifeboat(&["apply", "plan.json"]).exits(1);
    ran.says(&["E0802", "failover.www.target[\"primary\"]", "192.0.2.10", "192.0.2.77"]);
    let writes = |action: &str| !["Get", "List", "Describe"].iter().any(|r| action.starts_with(r));
    let written: Vec<_> =
        stand.fake.calls().into_iter().filter(|call| writes(&call.action)).collect();
    assert!(written.is_empty(), "{written:?}");
    assert_eq!(sets(&site), before);

    // As it was, the plan holds again.
    theirs["ResourceRecords"][0]["Value"] = "192.0.2.10".into();
    write(&site, "UPSERT", &theirs);
    site.lifeboat(&["apply", "plan.json"]).exits(0);
    site.is_as_declared();
}

#[test]
fn what_another_hand_changed_is_shown_and_put_right() {
    let stand = Stand::new();
    let site = applied(&stand);
    let before = sets(&site);
    let mut theirs = answering(&before, "198.51.100.10");
    theirs["TTL"] = 600.into();
    write(&site, "UPSERT", &theirs);
    write(&site, "DELETE", &answering(&before, "192.0.2.99"));
    let ran = site.lifeboat(&["plan", "--detailed-exitcode"]).exits(2);
    ran.says(&[
        "failover.www.target[\"standby\"]",
        "changed outside of Lifeboat",
        "600 -> 60",
        "+ failover.api.target[\"sorry\"]",
        "Plan: 1 to add, 1 to change, 0 to destroy.",
    ]);
    site.lifeboat(&["apply", "--auto-approve"]).exits(0);
    site.is_as_declared();
    assert_eq!(sets(&site), before);
}

#[test]
fn what_another_hand_made_is_in_the_way_until_it_is_adopted() {
    let stand = Stand::new();
    let site = applied(&stand);
    let theirs = json!({
        "Name": "late.life.example", "Type": "A", "TTL": 300,
        "ResourceRecords": [{ "Value": "192.0.2.200" }],
    });
    write(&site, "CREATE", &theirs);
    site.is_as_declared();
    let late = "record \"text\" {";
    site.edit(
        late,
        &format!(
            "record \"late\" {{\n  zone   = zone.main\n  name   = \"late\"\n  type   = \"A\"\n  \
             values = [\"192.0.2.200\"]\n}}\n\n{late}"
        ),
    );
    let before = sets(&site);
    let ran = site.lifeboat(&["apply", "--auto-approve"]).exits(1);
    ran.says(&["E0601", "late.life.example A", "lifeboat adopt 'record.late'"]);
    assert_eq!(sets(&site), before);
    site.lifeboat(&["adopt", "record.late", "--auto-approve"]).exits(0).says(&["1 adopted"]);
    site.is_as_declared();
    site.lifeboat(&["destroy", "--auto-approve"]).exits(0);
}
