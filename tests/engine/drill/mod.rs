//! Drills: what breaks an objective, and what does not, read from text.

mod alias;
mod outage;
mod planted;
mod wait;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use expect_test::{Expect, expect};
use lifeboat::desired::{self, Desired};
use lifeboat::diagnostic::{self, Sources};
use lifeboat::drill::{self, Ask, Drill, Together};
use lifeboat::intent::{self, Intents};
use lifeboat::language::{self, Document};
use lifeboat::lock;

/// Three regions, each with a check; `www` in two of them; an objective.
const HEAD: &str = r#"
lifeboat { stack = "shop" }
region "virginia" {
  provider = "local"
  location = "us-east-1"
}
region "ireland" {
  provider = "local"
  location = "eu-west-1"
}
region "tokyo" {
  provider = "local"
  location = "ap-northeast-1"
}
zone "main" {
  provider = "local"
  name     = "example.com"
}
health_check "web" {
  for_each = region
  url      = "https://${each.key}.example.com/"
  interval = "10s"
}
"#;

const OBJECTIVE: &str = r#"
objective "www" {
  protects = failover.www
  rto      = "3m"
}
"#;

const PRIMARY: &str = r#"
  target "primary" {
    region       = region.virginia
    values       = ["192.0.2.1"]
    health_check = health_check.web["virginia"]
  }
"#;

const STANDBY: &str = r#"
  target "standby" {
    region       = region.ireland
    values       = ["192.0.2.2"]
    health_check = health_check.web["ireland"]
  }
"#;

pub(crate) fn read(text: &str) -> (Intents, Desired) {
    let mut sources = Sources::default();
    sources.add("main.hcl", text);
    let (document, mut found) = language::parse(&sources);
    let (variable_files, environment) = (Document::default(), BTreeMap::new());
    let providers = [lifeboat_local::INFO];
    let inputs = intent::Inputs {
        given: Vec::new(),
        variable_files: &variable_files,
        environment: &environment,
        files: &|path| Err(format!("`{path}` is out of reach of a test")),
        providers: &providers,
    };
    let (intents, more) = intent::read(&document, &inputs);
    found.extend(more);
    let (desired, more) = desired::derive(&intents, &lock::Contents::new(), &providers);
    found.extend(more);
    assert!(!found.has_errors(), "{}", diagnostic::text(&found, &sources, false));
    (intents, desired.unwrap())
}

fn drilled(text: &str, ask: &Ask) -> Drill {
    let (intents, desired) = read(text);
    let (drill, found) = drill::drill(&intents, &desired, Err("a test".to_owned()), ask);
    assert!(found.is_empty());
    drill.unwrap()
}

/// Verdicts and the sets that break, as short as can be.
fn told(drill: &Drill) -> String {
    let mut out = String::new();
    for objective in &drill.objectives {
        let time = objective.recovery.map_or("never".to_owned(), |time| format!("{time:.0}s"));
        let verdict = objective.verdict.word();
        let worst = objective.worst.join(" + ");
        writeln!(out, "{verdict} {worst}: {time}").unwrap();
        for set in &objective.breaking {
            let more = match set.survived_with_more {
                0 => String::new(),
                more => format!(" ({more} larger ones do not)"),
            };
            writeln!(out, "  {}: {}{more}", set.lost.join(" + "), set.why).unwrap();
        }
    }
    for loss in &drill.losses {
        writeln!(out, "{}: {}", loss.lost.join(" + "), loss.summary).unwrap();
    }
    out
}

#[expect(clippy::needless_pass_by_value, reason = "a literal reads better without a `&`")]
fn check(text: &str, expected: Expect) {
    expected.assert_eq(&told(&drilled(&format!("{HEAD}{text}"), &Ask::default())));
}

fn www(targets: &str) -> String {
    format!("failover \"www\" {{\n  zone = zone.main\n  name = \"www\"\n{targets}\n}}\n{OBJECTIVE}")
}

#[test]
fn a_checked_pair_survives_the_loss_of_either() {
    check(
        &www(&format!("{PRIMARY}{STANDBY}")),
        expect![[r"
        MET virginia: 108s
          ireland + virginia: nothing is left to answer
        ireland: virginia stays
        virginia: ireland answers
    "]],
    );
}

#[test]
fn nothing_notices_that_an_unchecked_primary_is_lost() {
    let unchecked = PRIMARY.replace("    health_check = health_check.web[\"virginia\"]\n", "");
    check(
        &www(&format!("{unchecked}{STANDBY}")),
        expect![[r"
        VIOLATED virginia: never
          virginia: nothing notices that virginia is lost: it has no check
        ireland: virginia stays
        virginia: nothing notices that virginia is lost: it has no check
    "]],
    );
}

#[test]
fn an_unchecked_standby_is_answered_even_when_lost() {
    let unchecked = STANDBY.replace("    health_check = health_check.web[\"ireland\"]\n", "");
    check(
        &www(&format!("{PRIMARY}{unchecked}")),
        expect![[r"
        MET virginia: 108s
          ireland + virginia: nothing is left to answer
        ireland: virginia stays
        virginia: ireland answers
    "]],
    );
}

/// The specification's cut set: what both checks need, and the primary's region.
#[test]
fn a_dependency_of_both_checks_leaves_the_dead_primary_answered() {
    let dependency = "dependency \"login\" {\n  needed_by = [health_check.web]\n}\n";
    check(
        &format!("{}{dependency}", www(&format!("{PRIMARY}{STANDBY}"))),
        expect![[r"
        MET virginia: 108s
          ireland + virginia: nothing is left to answer
          virginia + dependency:login: every target counts as unhealthy, so virginia is answered, which is lost
        ireland: virginia stays
        virginia: ireland answers
    "]],
    );
}

#[test]
fn a_check_in_the_region_that_it_fails_toward_breaks_with_it() {
    let moved = HEAD.replace(
        "  interval = \"10s\"\n",
        "  interval = \"10s\"\n  region   = each.key == \"virginia\" ? region.ireland : each.value\n",
    );
    let text = format!("{moved}{}", www(&format!("{PRIMARY}{STANDBY}")));
    expect![[r"
        VIOLATED virginia: never
          virginia: nothing notices that virginia is lost: its check still passes
        ireland: virginia stays
        virginia: nothing notices that virginia is lost: its check still passes
    "]]
    .assert_eq(&told(&drilled(&text, &Ask::default())));
}

#[test]
fn a_cold_standby_that_waits_for_traffic_never_rises() {
    let cold = STANDBY.replace(
        "  }\n",
        "    capacity {\n      grows = \"on_traffic\"\n      ready = \"30s\"\n    }\n  }\n",
    );
    check(
        &www(&format!("{PRIMARY}{cold}")),
        expect![[r"
        VIOLATED virginia: never
          virginia: ireland grows only once requests come, and none come while its check is unhealthy
        ireland: virginia stays
        virginia: ireland grows only once requests come, and none come while its check is unhealthy
    "]],
    );
}

#[test]
fn a_standby_that_grows_by_an_alarm_takes_its_time() {
    let grows = STANDBY.replace(
        "  }\n",
        "    capacity {\n      grows      = \"on_alarm\"\n      ready      = \"30s\"\n      \
         pulls_from = region.tokyo\n      needs      = [\"ec2\"]\n    }\n  }\n",
    );
    check(
        &www(&format!("{PRIMARY}{grows}")),
        expect![[r"
        MET virginia: 161s
          ireland + virginia: nothing is left to answer
          tokyo + virginia: ireland cannot grow without what is lost
          virginia + control:ec2:ireland: ireland cannot grow without what is lost
        ireland: virginia stays
        virginia: ireland answers
    "]],
    );
}

#[test]
fn a_standby_that_carries_too_little_serves_some() {
    let small = STANDBY.replace("  }\n", "    capacity {\n      share = 0.6\n    }\n  }\n");
    check(
        &www(&format!("{PRIMARY}{small}")),
        expect![[r"
        VIOLATED virginia: never
          virginia: ireland can carry 60% of all requests, and gets 100%
        ireland: virginia stays
        virginia: ireland can carry 60% of all requests, and gets 100%
    "]],
    );
}

#[test]
fn three_tiers_survive_two_losses() {
    let third =
        STANDBY.replace("standby", "third").replace("ireland", "tokyo").replace("2.2", "2.3");
    let text =
        www(&format!("{PRIMARY}{STANDBY}{third}")).replace("  rto ", "  survive  = 2\n  rto ");
    check(
        &text,
        expect![[r"
            MET ireland + virginia: 108s
            ireland: virginia stays
            tokyo: virginia stays
            virginia: ireland answers
            ireland + virginia: tokyo answers
        "]],
    );
}

#[test]
fn targets_of_one_tier_share_and_take_over() {
    let shared =
        |text: &str, tier: u32| text.replace("  }\n", &format!("    tier = {tier}\n  }}\n"));
    let third =
        STANDBY.replace("standby", "third").replace("ireland", "tokyo").replace("2.2", "2.3");
    let targets = format!("{}{}{}", shared(PRIMARY, 1), shared(STANDBY, 1), shared(&third, 2));
    check(
        &www(&targets),
        expect![[r"
            MET ireland: 104s
            ireland: virginia answers
            tokyo: virginia 50%, ireland 50% stays
            virginia: ireland answers
        "]],
    );
}

/// The specification's case: a's check needs X, b's sees only Y. Losing Y too makes b unhealthy, and
/// then both fail open.
#[test]
fn losing_more_can_help() {
    let text = format!(
        "{HEAD}{}",
        r#"
dependency "x" { needed_by = [health_check.web["virginia"]] }
failover "www" {
  zone = zone.main
  name = "www"
  target "a" {
    region       = region.virginia
    values       = ["192.0.2.1"]
    tier         = 1
    health_check = health_check.web["virginia"]
  }
  target "b" {
    region       = region.ireland
    values       = ["192.0.2.2"]
    tier         = 1
    health_check = health_check.b
  }
}
health_check "b" {
  url    = "https://b.example.com/"
  region = region.tokyo
}
dependency "y" { needed_by = [health_check.b] }
objective "www" {
  protects = failover.www
  rto      = "3m"
  quantile = 0.5
}
"#
    );
    let ask = Ask { together: Together::Any, ..Ask::default() };
    expect![[r"
        MET ireland: 0s
          ireland + virginia: nothing is left to answer
          ireland + dependency:x: nothing notices that ireland is lost: its check still passes (758 larger ones do not)
        ireland: ireland is answered, though lost
        virginia: ireland answers
    "]]
    .assert_eq(&told(&drilled(&text, &ask)));
}

#[test]
fn a_slow_check_breaks_an_objective_that_is_tight() {
    let tight = www(&format!("{PRIMARY}{STANDBY}")).replace("\"3m\"", "\"90s\"");
    check(
        &tight,
        expect![[r"
        VIOLATED virginia: 108s
          virginia: 95% of clients need 1m48s, of 1m30s
        ireland: virginia stays
        virginia: ireland answers
    "]],
    );
}
