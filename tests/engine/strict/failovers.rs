//! Names that fail over.

use expect_test::expect;
use lifeboat_contract::Spec;

use super::world::PLACES;
use super::{HEAD, derived, findings, refuses};

const ZONE: &str = "zone \"main\" {\n  provider = \"strict\"\n  name = \"example.com\"\n}\n";

/// A failover of these targets, with what they answer and how.
fn failover(targets: &[&str]) -> String {
    let target = |(at, rest): (usize, &&str)| {
        format!("  target \"t{at}\" {{\n    region = region.virginia\n    {rest}\n  }}\n")
    };
    let targets: String = targets.iter().enumerate().map(target).collect();
    format!(
        "{PLACES}{ZONE}failover \"www\" {{\n  zone = zone.main\n  name = \"www\"\n  ttl = \
         \"30s\"\n{targets}}}\n"
    )
}

const CHECKED: &str = "values = [\"192.0.2.1\"]\n    health_check = health_check.web";
const UNCHECKED: &str = "values = [\"192.0.2.2\"]";
const EVALUATED: &str = "alias {\n      name = \"web\"\n    }";
const UNEVALUATED: &str =
    "alias {\n      name = \"web\"\n      evaluate_target_health = false\n    }";

#[test]
fn a_primary_needs_a_check_or_an_alias_that_evaluates() {
    refuses(&failover(&[CHECKED, UNCHECKED]), expect![[r""]]);
    refuses(&failover(&[EVALUATED, UNCHECKED]), expect![[r""]]);
    refuses(
        &failover(&[UNCHECKED, CHECKED]),
        expect![[r#"
        E0402 line 22: Provider `strict` takes a target that others stand behind only with a health check, or as an alias that evaluates its target's health, and target "t0" has neither.
            help: set `health_check`
        W0407 line 22: Target "t0" has no health check, so it counts as healthy for ever and nothing behind it is ever answered.
            help: set `health_check`
    "#]],
    );
    refuses(
        &failover(&[UNEVALUATED, CHECKED]),
        expect![[r#"
        E0402 line 22: Provider `strict` takes a target that others stand behind only with a health check, or as an alias that evaluates its target's health, and target "t0" has neither.
            help: set `health_check`
        W0407 line 22: Target "t0" has no health check, so it counts as healthy for ever and nothing behind it is ever answered.
            help: set `health_check`
    "#]],
    );
    refuses(
        &failover(&[CHECKED, UNCHECKED, CHECKED]),
        expect![[r#"
        E0402 line 27: Provider `strict` takes a target that others stand behind only with a health check, or as an alias that evaluates its target's health, and target "t1" has neither.
            help: set `health_check`
        W0407 line 27: Target "t1" has no health check, so it counts as healthy for ever and nothing behind it is ever answered.
            help: set `health_check`
    "#]],
    );
}

#[test]
fn targets_that_share_a_tier_need_none() {
    let in_tier = |tier: u32, rest: &str| format!("{rest}\n    tier = {tier}");
    let (first, second) = (in_tier(1, UNCHECKED), in_tier(1, CHECKED));
    refuses(&failover(&[&first, &second]), expect![[r""]]);
    refuses(
        &failover(&[&first, &second, &in_tier(2, CHECKED)]),
        expect![[r#"
        W0407 line 22: Target "t0" has no health check, so it counts as healthy for ever and nothing behind it is ever answered.
            help: set `health_check`
    "#]],
    );
}

#[test]
fn sets_that_share_a_name_share_their_ttl() {
    let in_tier = |tier: u32| format!("{CHECKED}\n    tier = {tier}\n    weight = 7");
    let targets = [in_tier(1), in_tier(1), in_tier(1), in_tier(2)];
    let targets: Vec<&str> = targets.iter().map(String::as_str).collect();
    let (desired, found, sources) = derived(&format!("{HEAD}{}", failover(&targets)));
    assert!(!found.has_errors(), "{}", findings(&found, &sources));
    let desired = desired.unwrap();
    let mut ttls = Vec::new();
    for resource in desired.resources.values() {
        if let Spec::RecordSet(set) = &resource.spec {
            ttls.push(set.ttl);
        }
    }
    ttls.sort_unstable();
    assert_eq!(ttls, [None, Some(30), Some(30), Some(30), Some(30)]);
}

#[test]
fn a_check_is_asked_by_the_provider_that_answers() {
    let local =
        "health_check \"local\" {\n  provider = \"local\"\n  url = \"https://a.example/\"\n}\n";
    let far = CHECKED.replace("health_check.web", "health_check.local");
    refuses(
        &[&failover(&[&far, UNCHECKED]), local].concat(),
        expect![[r"
        E0402 line 25: Provider `strict` cannot answer by `health_check.local`, which provider `local` asks.
    "]],
    );
}
