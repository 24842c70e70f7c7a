//! Faults of the world as it is, planted once the untouched example is applied.

use std::fs;

use lifeboat::drill::Verdict;

use super::{Fault, MAIN, TRAFFIC, check, gate, lint, plant, shop};
use crate::drive::lifeboat;
use crate::transcript::TempFolder;

const ZONE: &str = ".lifeboat/cloud/zones/shop.example.com.json";
const CHECKS: &str = ".lifeboat/cloud/health_checks.json";
const PRIMARY: &str = "values       = local.front[\"virginia\"]\n    health_check = health_check.region[\"virginia\"]\n";

const BY_HAND: &[Fault] = &[
    lint(
        "IPv6 that somebody added by hand",
        &[(
            ZONE,
            "\"record_sets\": [",
            "\"record_sets\": [{\"name\":\"www.shop.example.com\",\"type\":\"AAAA\",\"ttl\":300,\
             \"values\":[\"2001:db8::10\"]},",
        )],
        &[("L35 warning", "let a `failover` block serve that type, too, or remove the record")],
    ),
    lint(
        "a name of others whose weights are all 0",
        &[(
            ZONE,
            "\"record_sets\": [",
            "\"record_sets\": [{\"name\":\"new.shop.example.com\",\"type\":\"A\",\"ttl\":60,\
             \"values\":[\"192.0.2.9\"],\"set_identifier\":\"a\",\"weight\":0},\
             {\"name\":\"new.shop.example.com\",\"type\":\"A\",\"ttl\":60,\
             \"values\":[\"192.0.2.8\"],\"set_identifier\":\"b\",\"weight\":0},",
        )],
        &[("L31 warning", "give what shall be answered a weight over 0")],
    ),
    lint(
        "a check of others that is disabled",
        &[
            (TRAFFIC, PRIMARY, "values = local.front[\"virginia\"]\n    health_check = \"theirs\"\n"),
            (
                CHECKS,
                "\"health_checks\": [",
                "\"health_checks\": [{\"id\":\"theirs\",\"check\":{\"endpoint\":{\"protocol\":\"https\",\
                 \"host\":\"front.us-east-1.shop.example.com\",\"port\":443,\"path\":\"/healthz\",\
                 \"interval\":10,\"failures\":3,\"disabled\":true}}},",
            ),
        ],
        &[("L16 error", "put it back at the provider")],
    )
    .violates(&["virginia"]),
    // What the plan itself brings does not stop the merge.
    lint(
        "a new region, which lacks the images",
        &[(
            MAIN,
            "zone \"shop\" {",
            "region \"tokyo\" {\n  provider = \"local\"\n  location = \"ap-northeast-1\"\n}\n\nzone \
             \"shop\" {",
        )],
        &[("L42 warning", "run `lifeboat apply`, which copies it by digest")],
    ),
];

fn applied() -> TempFolder {
    let folder = shop();
    lifeboat(&folder.path, &["apply", "--auto-approve"]).exits(0);
    folder
}

#[test]
fn faults_of_the_world_are_found() {
    let mut slips = Vec::new();
    for fault in BY_HAND {
        check(fault, &applied().path, &[], &mut slips);
    }
    assert!(slips.is_empty(), "{}", slips.join("\n"));
}

/// The world that an unlucky hand left behind does not survive; the plan mends it.
#[test]
fn a_standby_without_its_image_is_found() {
    let folder = applied();
    let repository = folder.path.join(".lifeboat/cloud/regions/eu-west-1/shop/front");
    fs::remove_dir_all(repository).unwrap();
    let (ran, found) = gate(&folder.path, &[]);
    let (drill, _) = found.unwrap();
    let [objective] = &drill.objectives[..] else { panic!("{}", ran.out) };
    assert_eq!(objective.before, Some(Verdict::Violated));
    assert_eq!(objective.verdict, Verdict::Met);
    let lint = drill.lints.iter().find(|lint| lint.rule == "L42").unwrap();
    assert_eq!(lint.address, "image.front");
    assert!(lint.message.starts_with("`region.ireland` does not hold"), "{}", lint.message);
    assert!(lint.fix.contains("run `lifeboat apply`"), "{}", lint.fix);
    ran.exits(0);
}

#[test]
fn what_a_plan_newly_breaks_comes_first() {
    let folder = applied();
    plant(&folder.path, &[(TRAFFIC, PRIMARY, "values = local.front[\"virginia\"]\n")]);
    let (ran, found) = gate(&folder.path, &[]);
    let (drill, report) = found.unwrap();
    let [objective] = &drill.objectives[..] else { panic!("{}", ran.out) };
    assert_eq!(objective.before, Some(Verdict::Met));
    assert_eq!(objective.verdict, Verdict::Violated);
    let first = &objective.breaking[0];
    assert_eq!((&first.lost[..], first.newly), (&["virginia".to_owned()][..], true));
    assert!(first.why.contains("it has no check"), "{}", first.why);
    assert!(report.contains("newly by this plan"), "{report}");
    ran.exits(3);
}
