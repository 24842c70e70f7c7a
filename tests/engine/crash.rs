//! Applies that are killed, interrupted or not alone.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;

use lifeboat_contract::Digest;
use serde_json::json;

use crate::drive::{
    Ran, Stopwatch, differences, end, folder_with, interrupt, lifeboat, pause, start, tree,
};
use crate::transcript::TempFolder;

/// Many objects of every kind, in a zone of our own and in a foreign one.
const CONFIGURATION: &str = r#"
lifeboat {
  stack = "crash"
}

region "virginia" {
  provider = "local"
  location = "us-east-1"
  role     = "primary"
}

region "ireland" {
  provider = "local"
  location = "eu-west-1"
}

image "web" {
  for_each   = toset(["a", "b", "c"])
  repository = "crash/${each.key}"
  source     = "oci:image"
}

zone "ours" {
  provider = "local"
  name     = "example.com"
  create   = true
}

zone "theirs" {
  provider = "local"
  name     = "example.net"
}

health_check "web" {
  for_each = toset([for n in range(12) : "c${n}"])
  url      = "https://${each.key}.example.com/healthz"
}

record "many" {
  for_each = toset([for n in range(300) : "r${n}"])
  zone     = zone.theirs
  name     = each.key
  type     = "TXT"
  values   = ["text of ${each.key}"]
}

failover "www" {
  for_each = toset([for n in range(12) : "c${n}"])
  zone     = zone.ours
  name     = each.key

  target "primary" {
    region       = region.virginia
    values       = ["192.0.2.10"]
    health_check = health_check.web[each.key]
    runs         = [image.web["a"]]
  }

  target "standby" {
    region = region.ireland
    values = ["198.51.100.10"]
    runs   = [image.web["b"]]
  }
}
"#;

const CLOUD: &str = ".lifeboat/cloud";

/// A fast machine may be done before it is interrupted, but not every time.
const ROUNDS_MAX: u32 = 8;

const FOREIGN_ZONE: &str = r#"{
  "format_version": "1.0",
  "name": "example.net",
  "record_sets": [
    {"name":"example.net","type":"MX","ttl":300,"values":["10 mail.example.org."]},
    {"name":"r1.example.net","type":"A","ttl":60,"values":["203.0.113.1"]}
  ]
}
"#;

const FOREIGN_CHECKS: &str = r#"{
  "format_version": "1.0",
  "health_checks": [
    {"id": "by-hand", "check": {"endpoint": {"protocol": "tcp", "host": "192.0.2.99", "port": 25,
      "interval": 30, "failures": 3}}}
  ]
}
"#;

/// A folder with the configuration, an image of so many megabytes, and a cloud that others use too.
fn crash_site(name: &str, megabytes: usize) -> TempFolder {
    let folder = folder_with(name, CONFIGURATION);
    write_image(&folder.path.join("image"), megabytes);
    plant(&folder.path);
    folder
}

/// A new cloud with what is foreign in it.
fn plant(folder: &Path) {
    let _old = fs::remove_dir_all(folder.join(".lifeboat"));
    let cloud = folder.join(CLOUD);
    fs::create_dir_all(cloud.join("zones")).unwrap();
    fs::write(cloud.join("zones/example.net.json"), FOREIGN_ZONE).unwrap();
    fs::write(cloud.join("health_checks.json"), FOREIGN_CHECKS).unwrap();
}

/// An image layout with one layer for each megabyte, and layers that no compression would shrink.
fn write_image(layout: &Path, megabytes: usize) {
    let blobs = layout.join("blobs/sha256");
    fs::create_dir_all(&blobs).unwrap();
    let write = |media: &str, bytes: &[u8]| {
        let digest = Digest::of(bytes);
        fs::write(blobs.join(digest.hex()), bytes).unwrap();
        json!({"mediaType": media, "digest": digest.as_str(), "size": bytes.len()})
    };
    let mut seed: u64 = 0x5eed;
    let layers: Vec<_> = (0..megabytes)
        .map(|_| {
            let mut bytes = Vec::with_capacity(1 << 20);
            while bytes.len() < 1 << 20 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                bytes.extend_from_slice(&seed.to_be_bytes());
            }
            write("application/vnd.oci.image.layer.v1.tar", &bytes)
        })
        .collect();
    let config = json!({"architecture": "amd64", "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": []}});
    let config = write("application/vnd.oci.image.config.v1+json", config.to_string().as_bytes());
    let media = "application/vnd.oci.image.manifest.v1+json";
    let manifest =
        json!({"schemaVersion": 2, "mediaType": media, "config": config, "layers": layers});
    let top = write(media, manifest.to_string().as_bytes());
    let index = json!({"schemaVersion": 2, "manifests": [top]});
    fs::write(layout.join("index.json"), index.to_string()).unwrap();
    fs::write(layout.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
}

type Tree = BTreeMap<PathBuf, Vec<u8>>;

/// What the cloud is after an apply that nothing disturbs, and how long that takes.
fn undisturbed(folder: &Path) -> (Tree, Duration) {
    let watch = Stopwatch::start();
    lifeboat(folder, &["apply", "--auto-approve"]).exits(0);
    let took = watch.elapsed();
    let cloud = tree(&folder.join(CLOUD));
    let checks = String::from_utf8_lossy(&cloud[Path::new("health_checks.json")]).into_owned();
    assert_eq!(checks.matches("\"reference\"").count(), 12, "{checks}");
    assert!(checks.contains("by-hand"), "{checks}");
    let zone = String::from_utf8_lossy(&cloud[Path::new("zones/example.net.json")]).into_owned();
    assert_eq!(zone.matches("{\"name\":").count(), 302, "{zone}");
    (cloud, took)
}

/// Applies once more: everything has to be there once, as if nothing had happened.
#[track_caller]
fn converges(folder: &Path, wanted: &Tree, what: &str) {
    let ran = lifeboat(folder, &["apply", "--auto-approve"]);
    ran.keeps_its_head();
    assert_eq!(ran.code, Some(0), "{what}: {}", ran.all());
    let ran = lifeboat(folder, &["plan", "--detailed-exitcode"]);
    assert_eq!(ran.code, Some(0), "{what}: {}", ran.all());
    assert!(ran.out.contains("No changes."), "{what}: {}", ran.all());
    let moved = differences(wanted, &tree(&folder.join(CLOUD)));
    assert!(moved.is_empty(), "{what}: {moved:#?}");
}

#[test]
fn a_killed_apply_is_continued_from_any_moment() {
    const MOMENTS: u32 = 16;
    let folder = crash_site("killed", 2);
    let (wanted, took) = undisturbed(&folder.path);
    for moment in 0..MOMENTS {
        plant(&folder.path);
        let delay = took * moment / MOMENTS;
        let mut child = start(&folder.path, &["apply", "--auto-approve"]);
        pause(delay);
        child.kill().unwrap();
        end(child);
        converges(&folder.path, &wanted, &format!("killed after {delay:?}"));
    }
}

#[test]
fn applies_that_are_killed_over_and_over_get_there() {
    let folder = crash_site("over-and-over", 2);
    let (wanted, took) = undisturbed(&folder.path);
    plant(&folder.path);
    let mut delay = Duration::ZERO;
    let mut killed = 0;
    loop {
        let mut child = start(&folder.path, &["apply", "--auto-approve"]);
        pause(delay);
        child.kill().unwrap();
        let ran = end(child);
        if ran.code.is_some() {
            ran.exits(0);
            break;
        }
        killed += 1;
        assert!(killed < 200, "it never gets there");
        delay += took / 16;
    }
    assert!(killed > 2, "killed {killed} times");
    converges(&folder.path, &wanted, &format!("killed {killed} times"));
}

#[test]
fn of_two_applies_one_wins_and_the_other_says_so() {
    let folder = crash_site("two", 2);
    let (wanted, _) = undisturbed(&folder.path);
    let mut refused = 0;
    for round in 0..4 {
        plant(&folder.path);
        let both = [(); 2].map(|()| start(&folder.path, &["apply", "--auto-approve"]));
        let ended = both.map(end);
        for ran in &ended {
            ran.keeps_its_head();
        }
        let won = ended.iter().filter(|ran| ran.out.contains("Apply complete!")).count();
        let late = ended.iter().filter(|ran| ran.out.contains("No changes.")).count();
        let busy = ended.iter().filter(|ran| ran.code == Some(1) && ran.err.contains("E0804"));
        let busy = busy.count();
        // On a busy machine the second may start when the first is done.
        assert_eq!((won, late + busy), (1, 1), "round {round}: {ended:#?}");
        refused += busy;
        converges(&folder.path, &wanted, &format!("round {round}"));
    }
    assert!(refused > 0, "never at once");
}

/// Starts an apply, and waits until it copies.
fn copying(folder: &Path) -> Child {
    plant(folder);
    let child = start(folder, &["apply", "--auto-approve"]);
    let watch = Stopwatch::start();
    let blobs = folder.join(CLOUD).join("regions/us-east-1/crash/a/_layout/blobs/sha256");
    while fs::read_dir(&blobs).map_or(0, Iterator::count) == 0 {
        assert!(watch.elapsed() < Duration::from_mins(1), "it copies nothing");
        pause(Duration::from_millis(1));
    }
    child
}

/// An apply that was interrupted in time ends in part, and one that was not is complete.
#[track_caller]
fn ended_well(ran: &Ran) -> bool {
    ran.keeps_its_head();
    match ran.code {
        Some(4) => assert!(ran.err.contains("steps done"), "{}", ran.all()),
        code => assert_eq!(code, Some(0), "{}", ran.all()),
    }
    ran.code == Some(4)
}

#[test]
fn an_interrupt_lets_steps_in_flight_finish() {
    let folder = crash_site("interrupt", 6);
    let (wanted, _) = undisturbed(&folder.path);
    let mut in_time = false;
    for round in 0..ROUNDS_MAX {
        let child = copying(&folder.path);
        interrupt(&child);
        let ran = end(child);
        converges(&folder.path, &wanted, &format!("interrupted in round {round}"));
        if ended_well(&ran) {
            assert!(ran.err.contains("steps in flight finish"), "{}", ran.all());
            assert!(!ran.out.contains("failed"), "{}", ran.all());
            in_time = true;
            break;
        }
    }
    assert!(in_time, "never interrupted in time");
}

#[test]
fn a_second_interrupt_stops_at_once() {
    let folder = crash_site("interrupts", 6);
    let (wanted, took) = undisturbed(&folder.path);
    let mut child = copying(&folder.path);
    let watch = Stopwatch::start();
    while child.try_wait().unwrap().is_none() {
        interrupt(&child);
        // Two signals at one moment would be one.
        pause(Duration::from_millis(20));
    }
    let ran = end(child);
    assert!(watch.elapsed() < took.max(Duration::from_secs(5)), "{:?}", watch.elapsed());
    ended_well(&ran);
    converges(&folder.path, &wanted, "interrupted twice");
}
