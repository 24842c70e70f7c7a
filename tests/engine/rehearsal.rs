//! The living cloud and rehearsals, from outside: the real binary, real queries.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::time::Duration;

use hickory_proto::op::{Message, Query};
use hickory_proto::rr::{Name, RecordType};
use lifeboat::rehearse::{Class, Phase, Rehearsal, RehearsedName, Step};
use lifeboat::report::Alive;

use crate::drive::{Stopwatch, end, interrupt, lifeboat, pause, start};
use crate::formats::text_fits;
use crate::transcript::{TempFolder, copy};

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_mins(1);

const RUNS: &str = ".lifeboat/rehearsal";

fn shop(name: &str) -> TempFolder {
    let folder = TempFolder::new(name);
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop"), &folder.path);
    folder
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let watch = Stopwatch::start();
    while !is_so() {
        assert!(watch.elapsed() < PATIENCE, "not so after a minute: {what}");
        pause(Duration::from_millis(5));
    }
}

fn step(name: &RehearsedName, phase: Phase, clients: Option<Class>) -> &Step {
    let found = name.steps.iter().find(|step| step.phase == phase && step.clients == clients);
    found.unwrap_or_else(|| panic!("{phase:?} {clients:?} is not in {name:#?}"))
}

/// How late things are depends on the machine, so only what no machine can change is asserted:
/// `cargo xtask bench` compares the times.
#[test]
fn the_shop_is_rehearsed_and_leaves_nothing() {
    let folder = shop("rehearsed");
    let here = &folder.path;
    let ran = lifeboat(here, &["rehearse", "--speed", "60", "--seed", "1", "--json"]);
    ran.keeps_its_head();
    assert!(matches!(ran.code, Some(0 | 3)), "{}", ran.all());
    text_fits("rehearsal", &ran.out, "rehearse --json");
    let rehearsal: Rehearsal = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((rehearsal.lost.region.as_str(), rehearsal.lost.checkers_lost), ("virginia", 2));
    let names: Vec<&str> = rehearsal.names.iter().map(|name| name.address.as_str()).collect();
    assert_eq!(names, ["failover.api", "failover.www"]);
    for name in &rehearsal.names {
        assert_eq!(
            (&name.before[..], &name.after[..]),
            (&["virginia".to_owned()][..], &["ireland".to_owned()][..])
        );
        let phases = [Phase::Detected, Phase::Switched, Phase::Recovered, Phase::Returned];
        let served = Class::ALL.map(|class| (Phase::Served, Some(class)));
        for (phase, clients) in phases.map(|phase| (phase, None)).into_iter().chain(served) {
            let step = step(name, phase, clients);
            let (Some(predicted), Some(observed)) = (&step.predicted, &step.observed) else {
                panic!("{step:#?}");
            };
            assert!(predicted.least <= predicted.p50 && predicted.p50 <= predicted.most);
            assert_eq!(observed.never, 0, "{step:#?}");
        }
        let detected = step(name, Phase::Detected, None);
        let (predicted, observed) = (detected.predicted.unwrap(), detected.observed.unwrap());
        assert!(
            observed.first >= predicted.least,
            "no failures in a row come sooner: {detected:#?}"
        );
    }
    let left: BTreeSet<String> = fs::read_dir(here.join(RUNS))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(left, BTreeSet::from(["gate.lock".to_owned()]));
    assert!(!here.join(".lifeboat/cloud").exists(), "the cloud of the configuration was touched");
}

/// Nothing of AWS is asked: there are no credentials here, and no network.
#[cfg(feature = "aws")]
#[test]
fn a_configuration_for_aws_is_rehearsed_without_aws() {
    let folder = TempFolder::new("rehearsed-aws");
    let here = &folder.path;
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/aws"), here);
    let inside = r#"
zone "inside" {
  provider = "aws"
  name     = "example.internal"
  private  = true
}

health_check "inside" {
  for_each = region
  url      = "http://inside.${each.value.location}.example.com/"
  interval = "10s"
  checkers = ["us-east-1", "eu-west-1", "us-west-2"]
}

failover "inside" {
  zone = zone.inside
  name = "www"

  target "primary" {
    region       = region.virginia
    values       = ["192.0.2.30"]
    health_check = health_check.inside["virginia"]
  }

  target "standby" {
    region       = region.ireland
    values       = ["198.51.100.30"]
    health_check = health_check.inside["ireland"]
  }
}
"#;
    fs::write(here.join("inside.hcl"), inside).unwrap();
    let ran = lifeboat(here, &["rehearse", "--speed", "60", "--seed", "1", "--json"]);
    ran.keeps_its_head();
    assert!(matches!(ran.code, Some(0 | 3)), "{}", ran.all());
    let rehearsal: Rehearsal = serde_json::from_str(&ran.out).unwrap();
    let names: Vec<&str> = rehearsal.names.iter().map(|name| name.name.as_str()).collect();
    assert_eq!(names, ["www.example.internal", "www.example.com"]);
    for name in &rehearsal.names {
        let served = step(name, Phase::Served, Some(Class::Honest));
        assert_eq!(served.observed.unwrap().never, 0, "{served:#?}");
    }
    for said in ["Repositories have nothing", "Checks are asked from everywhere", "Private zones"] {
        assert!(rehearsal.remarks.iter().any(|it| it.starts_with(said)), "{:?}", rehearsal.remarks);
    }
}

#[test]
fn what_an_interrupt_or_a_crash_leaves_goes() {
    let folder = shop("interrupted");
    let here = &folder.path;
    let run = here.join(RUNS).join("1/cloud/zones/shop.example.com.json");
    let child = start(here, &["rehearse"]);
    until("it has begun", || run.exists());
    interrupt(&child);
    let ran = end(child).exits(1);
    assert!(ran.err.contains("Nothing of the rehearsal is left."), "{}", ran.all());
    assert!(!here.join(RUNS).join("1").exists());

    let mut child = start(here, &["rehearse"]);
    until("it has begun", || run.exists());
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(run.exists());
    let ran = lifeboat(here, &["rehearse", "--lose", "nowhere"])
        .refuses("No region is called `nowhere`.");
    assert!(ran.err.contains("Removed what a rehearsal left that did not end."), "{}", ran.all());
    assert!(!here.join(RUNS).join("1").exists());
}

fn answered(server: SocketAddr, at: &str) -> Vec<String> {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut query = Message::query();
    query.add_query(Query::query(Name::from_ascii(at).unwrap(), RecordType::A));
    socket.send_to(&query.to_vec().unwrap(), server).unwrap();
    let mut packet = [0; 4096];
    let length = socket.recv(&mut packet).unwrap();
    let answer = Message::from_vec(&packet[..length]).unwrap();
    let mut values: Vec<String> = answer.answers.iter().map(|it| it.data.to_string()).collect();
    values.sort();
    values
}

#[test]
fn the_shop_is_served_while_a_region_is_lost_from_beside() {
    let folder = shop("served");
    let here = &folder.path;
    lifeboat(here, &["apply", "--auto-approve"]).exits(0);
    let mut child = start(here, &["local", "serve", "--speed", "60", "--json"]);
    let mut first = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut first).unwrap();
    text_fits("alive", &first, "local serve --json");
    let alive: Alive = serde_json::from_str(&first).unwrap();
    let regions: Vec<&str> = alive.regions.iter().map(|region| region.name.as_str()).collect();
    assert_eq!(regions, ["ireland", "virginia"]);

    let www = || answered(alive.dns, "www.shop.example.com.");
    assert_eq!(www(), ["192.0.2.10", "192.0.2.11"]);
    lifeboat(here, &["local", "lose", "virginia", "--as", "refusing"]).exits(0);
    until("ireland answers", || www() == ["198.51.100.10", "198.51.100.11"]);
    lifeboat(here, &["plan"]).exits(4);
    lifeboat(here, &["local", "restore", "virginia"]).exits(0);
    until("virginia answers", || www() == ["192.0.2.10", "192.0.2.11"]);
    lifeboat(here, &["plan", "--detailed-exitcode"]).exits(0);

    let again = lifeboat(here, &["local", "serve"]).refuses("is alive already");
    assert!(again.err.contains("E0805"), "{}", again.all());
    interrupt(&child);
    end(child).exits(0);
}
