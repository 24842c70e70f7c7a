//! From text to resources: rules of `intent` and `desired` that stories do not show.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use expect_test::{Expect, expect};
use lifeboat::diagnostic::{self, Diagnostics, Sources};
use lifeboat::language::{self, Document};
use lifeboat::{desired, graph, intent, lock};
use lifeboat_contract::{Answer, Key, RecordSet, Routing, Spec};

/// What every text here begins with, on one line so that places stay readable.
const HEAD: &str = "lifeboat { stack = \"shop\" }\n";

/// Two regions and a zone.
const PLACES: &str = r#"
region "virginia" {
  provider = "local"
  location = "us-east-1"
}
region "ireland" {
  provider = "local"
  location = "eu-west-1"
}
zone "main" {
  provider = "local"
  name     = "example.com"
}
health_check "web" { url = "https://web.example.com/" }
"#;

/// Compares the outputs, record sets and findings of a text.
#[expect(clippy::needless_pass_by_value, reason = "a literal reads better without a `&`")]
pub(crate) fn check(text: &str, expected: Expect) {
    let mut sources = Sources::default();
    sources.add("main.hcl", format!("{HEAD}{text}"));
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
    let mut out = String::new();
    for (name, output) in &intents.outputs {
        writeln!(out, "{name} = {}", output.value).unwrap();
    }
    let (wanted, more) = desired::derive(&intents, &lock::Contents::new(), &providers);
    found.extend(more);
    if let Some(wanted) = wanted {
        found.extend(graph::build(&wanted).1);
        for (address, resource) in &wanted.resources {
            if let (Some(key), Spec::RecordSet(set)) = (&resource.key, &resource.spec) {
                writeln!(out, "{address}: {}", shown(key, set)).unwrap();
            }
        }
    }
    out.push_str(&findings(&found, &sources));
    expected.assert_eq(&out);
}

fn shown(key: &Key, set: &RecordSet) -> String {
    let answer = match &set.answer {
        Answer::Values(values) => values.join(" "),
        Answer::Alias { name, .. } => format!("alias of {name}"),
    };
    let routing = match &set.routing {
        Routing::Simple => "simple".to_owned(),
        Routing::Failover(role) => format!("{role:?}").to_lowercase(),
        Routing::Weighted { weight } => format!("weight {weight}"),
        foreign @ (Routing::Latency { .. }
        | Routing::Geolocation(_)
        | Routing::Geoproximity { .. }
        | Routing::Cidr { .. }
        | Routing::Multivalue
        | Routing::Other { .. }) => foreign.foreign().unwrap_or_default(),
    };
    let checked = if set.health_check.is_some() { ", checked" } else { "" };
    format!("{key}, {answer}, {routing}{checked}")
}

/// One line a finding.
fn findings(found: &Diagnostics, sources: &Sources) -> String {
    let json = diagnostic::to_json(found, sources);
    let lines = json.iter().map(|one| {
        let line = one.range.as_ref().map_or(0, |range| range.start.line);
        format!("{} line {line}: {}\n", one.code, one.detail)
    });
    lines.collect()
}

#[test]
fn a_long_chain_of_names_is_a_slip() {
    let mut text = String::from("locals {\n  n0 = 1\n");
    for at in 1..=199 {
        writeln!(text, "  n{at} = local.n{}", at - 1).unwrap();
    }
    check(
        &(text.clone() + "}\noutput \"n\" {\n  value = local.n199\n}\n"),
        expect![[r"
        n = 1
    "]],
    );
    // Locals are computed in the order of their names, so only a chain that is entered at its far
    // end is deep.
    let mut text = String::from("locals {\n  z = 1\n  a0 = local.a1\n");
    for at in 1..=299 {
        writeln!(text, "  a{at} = local.a{}", at + 1).unwrap();
    }
    text.push_str("  a300 = 1\n}\n");
    check(
        &text,
        expect![[r"
        E0003 line 203: More than 200 values refer to each other in a row.
    "]],
    );
}

#[test]
fn one_circle_is_told_once_and_two_are_told_both() {
    check(
        "locals {\n  a = local.b\n  b = local.a\n  c = local.a\n  x = [local.y]\n  \
         y = { z = local.x }\n}\n",
        expect![[r"
            E0204 line 4: These values refer to each other in a circle: `local.a` -> `local.b` -> `local.a`.
            E0204 line 7: These values refer to each other in a circle: `local.x` -> `local.y` -> `local.x`.
        "]],
    );
    check(
        "locals {\n  a = local.a\n}\n",
        expect![[r"
        E0204 line 3: These values refer to each other in a circle: `local.a` -> `local.a`.
    "]],
    );
    check(
        "region \"a\" {\n  provider = \"local\"\n  location = region.b.location\n}\n\
         region \"b\" {\n  provider = \"local\"\n  location = region.a.location\n}\n",
        expect![[r"
            E0204 line 4: These values refer to each other in a circle: `region.b.location` -> `region.a.location` -> `region.b.location`.
        "]],
    );
}

/// A failover of these targets: name, then attributes.
fn failover(name: &str, targets: &[(&str, &str)]) -> String {
    let mut text = format!("{PLACES}failover \"f\" {{\n  zone = zone.main\n  name = \"{name}\"\n");
    for (at, (target, rest)) in targets.iter().enumerate() {
        writeln!(
            text,
            "  target \"{target}\" {{\n    region = region.virginia\n    values = [\"192.0.2.{at}\"]\n    \
             health_check = health_check.web\n    {rest}\n  }}"
        )
        .unwrap();
    }
    text + "}\n"
}

#[test]
fn two_tiers_are_primary_and_secondary() {
    check(
        &failover("www", &[("a", ""), ("b", "")]),
        expect![[r#"
        failover.f.target["a"]: record set www.example.com A "a", 192.0.2.0, primary, checked
        failover.f.target["b"]: record set www.example.com A "b", 192.0.2.1, secondary, checked
    "#]],
    );
}

#[test]
fn one_tier_is_shared_by_weight() {
    let targets = [("a", "tier = 1\n weight = 9"), ("b", "tier = 1")];
    check(
        &failover("www", &targets),
        expect![[r#"
        failover.f.target["a"]: record set www.example.com A "a", 192.0.2.0, weight 9, checked
        failover.f.target["b"]: record set www.example.com A "b", 192.0.2.1, weight 1, checked
    "#]],
    );
}

#[test]
fn more_tiers_nest() {
    check(
        &failover("www", &[("a", ""), ("b", ""), ("c", ""), ("d", "")]),
        expect![[r#"
        failover.f.rest["2"]: record set www.example.com A "@2+", alias of _lifeboat-rest2.www.example.com, secondary
        failover.f.rest["3"]: record set _lifeboat-rest2.www.example.com A "@3+", alias of _lifeboat-rest3.www.example.com, secondary
        failover.f.target["a"]: record set www.example.com A "a", 192.0.2.0, primary, checked
        failover.f.target["b"]: record set _lifeboat-rest2.www.example.com A "b", 192.0.2.1, primary, checked
        failover.f.target["c"]: record set _lifeboat-rest3.www.example.com A "c", 192.0.2.2, primary, checked
        failover.f.target["d"]: record set _lifeboat-rest3.www.example.com A "d", 192.0.2.3, secondary, checked
    "#]],
    );
}

#[test]
fn tiers_count_in_their_order_whatever_their_numbers_and_places() {
    let targets = [("c", "tier = 90"), ("a", "tier = 7"), ("b", "tier = 7")];
    check(
        &failover("www", &targets),
        expect![[r#"
        failover.f.target["a"]: record set _lifeboat-tier1.www.example.com A "a", 192.0.2.1, weight 1, checked
        failover.f.target["b"]: record set _lifeboat-tier1.www.example.com A "b", 192.0.2.2, weight 1, checked
        failover.f.target["c"]: record set www.example.com A "c", 192.0.2.0, secondary, checked
        failover.f.tier["1"]: record set www.example.com A "@1", alias of _lifeboat-tier1.www.example.com, primary
    "#]],
    );
}

#[test]
fn nested_names_of_a_wildcard_and_of_the_apex_are_lawful() {
    check(
        &failover("*", &[("a", ""), ("b", ""), ("c", "")]),
        expect![[r#"
        failover.f.rest["2"]: record set *.example.com A "@2+", alias of _lifeboat-rest2._wildcard.example.com, secondary
        failover.f.target["a"]: record set *.example.com A "a", 192.0.2.0, primary, checked
        failover.f.target["b"]: record set _lifeboat-rest2._wildcard.example.com A "b", 192.0.2.1, primary, checked
        failover.f.target["c"]: record set _lifeboat-rest2._wildcard.example.com A "c", 192.0.2.2, secondary, checked
    "#]],
    );
    check(
        &failover("*.apps", &[("a", ""), ("b", ""), ("c", "")]),
        expect![[r#"
        failover.f.rest["2"]: record set *.apps.example.com A "@2+", alias of _lifeboat-rest2._wildcard.apps.example.com, secondary
        failover.f.target["a"]: record set *.apps.example.com A "a", 192.0.2.0, primary, checked
        failover.f.target["b"]: record set _lifeboat-rest2._wildcard.apps.example.com A "b", 192.0.2.1, primary, checked
        failover.f.target["c"]: record set _lifeboat-rest2._wildcard.apps.example.com A "c", 192.0.2.2, secondary, checked
    "#]],
    );
    check(
        &failover("@", &[("a", ""), ("b", ""), ("c", "")]),
        expect![[r#"
        failover.f.rest["2"]: record set example.com A "@2+", alias of _lifeboat-rest2.example.com, secondary
        failover.f.target["a"]: record set example.com A "a", 192.0.2.0, primary, checked
        failover.f.target["b"]: record set _lifeboat-rest2.example.com A "b", 192.0.2.1, primary, checked
        failover.f.target["c"]: record set _lifeboat-rest2.example.com A "c", 192.0.2.2, secondary, checked
    "#]],
    );
}

#[test]
fn a_name_without_room_for_a_nested_one_is_refused() {
    let label = "a".repeat(59);
    let long = [&*label, &*label, &*label, &*label].join(".");
    check(
        &failover(&long, &[("a", ""), ("b", "")]),
        expect![[r#"
        failover.f.target["a"]: record set aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.com A "a", 192.0.2.0, primary, checked
        failover.f.target["b"]: record set aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.com A "b", 192.0.2.1, secondary, checked
    "#]],
    );
    check(
        &failover(&long, &[("a", ""), ("b", ""), ("c", "")]),
        expect![[r#"
        failover.f.target["a"]: record set aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.com A "a", 192.0.2.0, primary, checked
        E0107 line 18: The name is too long for a failover of several tiers, which needs a name of its own: it has 267 characters, at most 253 fit.
    "#]],
    );
}

#[test]
fn every_key_of_a_target_is_a_tier_of_its_own() {
    let text = format!(
        "{PLACES}failover \"f\" {{\n  zone = zone.main\n  name = \"www\"\n  target \"at\" {{\n    \
         for_each = region\n    region = each.value\n    values = [\"192.0.2.${{length(each.key)}}\"]\n    \
         health_check = health_check.web\n  }}\n}}\n"
    );
    check(
        &text,
        expect![[r#"
        failover.f.target["at-ireland"]: record set www.example.com A "at-ireland", 192.0.2.7, primary, checked
        failover.f.target["at-virginia"]: record set www.example.com A "at-virginia", 192.0.2.8, secondary, checked
    "#]],
    );
}

#[test]
fn every_target_with_a_slip_is_told() {
    let targets = [("a", "tier = 0"), ("b", "runs = [image.none]"), ("c", "weight = 256")];
    check(
        &failover("www", &targets),
        expect![[r#"
        failover.f.rest["2"]: record set www.example.com A "@2+", alias of _lifeboat-rest2.www.example.com, secondary
        failover.f.target["a"]: record set www.example.com A "a", 192.0.2.0, primary, checked
        failover.f.target["b"]: record set _lifeboat-rest2.www.example.com A "b", 192.0.2.1, primary, checked
        failover.f.target["c"]: record set _lifeboat-rest2.www.example.com A "c", 192.0.2.2, secondary, checked
        E0107 line 23: `tier` takes a whole number from 1 to 100, and this is 0.
        E0201 line 29: Nothing is declared as `image.none`.
        E0107 line 35: `weight` takes a whole number from 0 to 255, and this is 256.
    "#]],
    );
}

#[test]
fn circles_of_aliases_are_found_wherever_they_start() {
    let record = |name: &str, target: &str| {
        format!(
            "record \"{name}\" {{\n  zone = zone.main\n  name = \"{name}\"\n  type = \"A\"\n  alias {{\n    \
             name = \"{target}\"\n  }}\n}}\n"
        )
    };
    let chain = [record("a", "b"), record("b", "c"), record("c", "d")].concat();
    check(
        &format!("{PLACES}{chain}"),
        expect![[r"
        record.a: record set a.example.com A, alias of b.example.com, simple
        record.b: record set b.example.com A, alias of c.example.com, simple
        record.c: record set c.example.com A, alias of d.example.com, simple
    "]],
    );
    let circle = [record("a", "b"), record("b", "c"), record("c", "b"), record("d", "d")].concat();
    check(
        &format!("{PLACES}{circle}"),
        expect![[r"
        record.a: record set a.example.com A, alias of b.example.com, simple
        record.b: record set b.example.com A, alias of c.example.com, simple
        record.c: record set c.example.com A, alias of b.example.com, simple
        record.d: record set d.example.com A, alias of d.example.com, simple
        E0409 line 26: These A records are aliases of each other, so none has an answer: `b.example.com` -> `c.example.com` -> `b.example.com`.
        E0409 line 42: These A records are aliases of each other, so none has an answer: `d.example.com` -> `d.example.com`.
    "]],
    );
}
