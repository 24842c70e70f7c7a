//! What AWS refuses, and every emulator accepts: found when a plan is made, before AWS is asked. What
//! a configuration cannot even say is left out.

use std::collections::BTreeMap;

use lifeboat::desired;
use lifeboat::diagnostic::Sources;
use lifeboat::diff::{self, Wishes};
use lifeboat::graph;
use lifeboat::intent::{self, Inputs};
use lifeboat::language::{self, Document};
use lifeboat::live::Live;
use lifeboat::lock::Contents;
use lifeboat_aws::INFO;

const HEAD: &str = r#"
lifeboat { stack = "shop" }
region "one" {
  provider = "aws"
  location = "us-east-1"
}
region "two" {
  provider = "aws"
  location = "eu-west-1"
}
zone "main" {
  provider = "aws"
  name     = "example.com"
  create   = true
}
health_check "web" {
  url = "https://web.example.net/"
}
"#;

/// The codes of all errors, in order.
fn codes(text: &str) -> Vec<&'static str> {
    let text = format!("{HEAD}{text}");
    let mut sources = Sources::default();
    sources.add("main.hcl", text.as_str());
    let (document, mut found) = language::parse(&sources);
    let inputs = Inputs {
        given: Vec::new(),
        variable_files: &Document::default(),
        environment: &BTreeMap::new(),
        files: &|_| Err("no file is read here".to_owned()),
        providers: &[INFO],
    };
    let (intents, more) = intent::read(&document, &inputs);
    found.extend(more);
    let (desired, more) = desired::derive(&intents, &Contents::new(), &[INFO]);
    found.extend(more);
    if let Some(desired) = desired.filter(|_| !found.has_errors()) {
        found.extend(graph::build(&desired).1);
        found.extend(diff::compare(&desired, &Live::default(), &Wishes::default()).1);
    }
    let errors = found.sorted().into_iter().filter(|finding| finding.code.id.starts_with('E'));
    errors.map(|finding| finding.code.id).collect()
}

fn record(name: &str, rtype: &str, rest: &str) -> String {
    let block: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    format!(
        "record \"{block}_{rtype}\" {{\n  zone = zone.main\n  name = \"{name}\"\n  type = \"{rtype}\"\n{rest}\n}}\n"
    )
}

fn values(name: &str, rtype: &str, values: &[&str]) -> String {
    let values: Vec<String> =
        values.iter().map(|value| format!("\"{}\"", value.replace('"', "\\\""))).collect();
    record(name, rtype, &format!("  ttl = \"60s\"\n  values = [{}]", values.join(", ")))
}

fn target(label: &str, region: &str, rest: &str) -> String {
    format!("  target \"{label}\" {{\n    region = region.{region}\n{rest}\n  }}\n")
}

fn failover(name: &str, targets: &[String]) -> String {
    format!(
        "failover \"{name}\" {{\n  zone = zone.main\n  name = \"{name}\"\n  type = \"A\"\n  ttl = \"60s\"\n{}}}\n",
        targets.concat()
    )
}

fn checked(value: &str) -> String {
    format!("    values = [\"{value}\"]\n    health_check = health_check.web")
}

fn check(rest: &str) -> String {
    format!("health_check \"other\" {{\n{rest}\n}}\n")
}

#[test]
fn what_aws_takes_passes() {
    let good = values("www", "A", &["192.0.2.1", "192.0.2.2"])
        + &values("@", "MX", &["10 mail.example.com"])
        + &values("*", "TXT", &["v=spf1 -all"])
        + &record("alias", "A", "  alias {\n    name = \"www\"\n  }")
        + &failover(
            "api",
            &[target("a", "one", &checked("192.0.2.1")), target("b", "two", &checked("192.0.2.2"))],
        );
    assert_eq!(codes(&good), [] as [&str; 0]);
}

#[test]
fn record_sets_that_aws_refuses() {
    let pair = |name: &str| {
        failover(
            name,
            &[target("a", "one", &checked("192.0.2.1")), target("b", "two", &checked("192.0.2.2"))],
        )
    };
    let table = [
        (
            "a CNAME beside another type",
            values("www", "CNAME", &["a.example.net"]) + &values("www", "TXT", &["x"]),
            "E0408",
        ),
        ("a CNAME at the apex", values("@", "CNAME", &["a.example.net"]), "E0408"),
        (
            "a CNAME of two values",
            values("www", "CNAME", &["a.example.net", "b.example.net"]),
            "E0107",
        ),
        (
            "plain and routed sets of one name and type",
            values("www", "A", &["192.0.2.1"]) + &pair("www"),
            "E0108",
        ),
        (
            "a primary that nothing checks",
            failover(
                "www",
                &[
                    target("a", "one", "    values = [\"192.0.2.1\"]"),
                    target("b", "two", &checked("192.0.2.2")),
                ],
            ),
            "E0402",
        ),
        ("an alias of nothing", record("www", "A", "  alias {\n    name = \"gone\"\n  }"), "E0404"),
        (
            "an alias of another type",
            values("www", "A", &["192.0.2.1"])
                + &record("other", "AAAA", "  alias {\n    name = \"www\"\n  }"),
            "E0404",
        ),
        (
            "an alias of another zone's name",
            record("www", "A", "  alias {\n    name = \"www.example.org.\"\n  }"),
            "E0403",
        ),
        (
            "an alias with a TTL",
            values("www", "A", &["192.0.2.1"])
                + &record("other", "A", "  ttl = \"60s\"\n  alias {\n    name = \"www\"\n  }"),
            "E0110",
        ),
    ];
    hold(&table);
}

#[test]
fn values_and_numbers_that_aws_refuses() {
    let many: Vec<String> = (0..401).map(|n| format!("192.0.{}.{}", n / 250, n % 250)).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let crowd: Vec<String> = (0..101)
        .map(|n| target(&format!("t{n}"), "one", "    tier = 1\n    values = [\"192.0.2.1\"]"))
        .collect();
    let table = [
        ("no TTL", record("www", "A", "  values = [\"192.0.2.1\"]"), ""),
        (
            "a TTL that is too long",
            record("www", "A", "  ttl = \"2147483648s\"\n  values = [\"192.0.2.1\"]"),
            "E0402",
        ),
        (
            "a weight that is too large",
            failover(
                "www",
                &[
                    target("a", "one", &format!("    weight = 256\n{}", checked("192.0.2.1"))),
                    target("b", "two", &checked("192.0.2.2")),
                ],
            ),
            "E0107",
        ),
        ("an A record that holds no address", values("www", "A", &["not-an-ip"]), "E0107"),
        ("an AAAA record with an IPv4 address", values("www", "AAAA", &["192.0.2.1"]), "E0107"),
        ("an MX record without a preference", values("www", "MX", &["mail.example.com"]), "E0107"),
        ("a value twice", values("www", "A", &["192.0.2.1", "192.0.2.1"]), "E0107"),
        ("more values than a set takes", values("www", "A", &many), "E0107"),
        ("more sets than a name takes", failover("www", &crowd), "E0402"),
        ("an SOA record", values("@", "SOA", &["a. b. 1 2 3 4 5"]), "E0107"),
        ("a name outside of the zone", values("www.example.org.", "A", &["192.0.2.1"]), "E0403"),
        ("a wildcard inside a name", values("a.*.b", "A", &["192.0.2.1"]), "E0107"),
    ];
    hold(&table);
}

#[test]
fn zones_and_checks_that_aws_refuses() {
    let zone = |rest: &str| format!("zone \"other\" {{\n  provider = \"aws\"\n{rest}\n}}\n");
    let table = [
        ("a zone's name that is none", zone("  name = \"exa mple.com\"\n  create = true"), "E0107"),
        (
            "a private zone without a VPC",
            zone("  name = \"example.org\"\n  create = true\n  private = true"),
            "E0111",
        ),
        (
            "another interval",
            check("  url = \"https://a.example.net/\"\n  interval = \"20s\""),
            "E0402",
        ),
        (
            "a threshold above 10",
            check("  url = \"https://a.example.net/\"\n  failures = 11"),
            "E0107",
        ),
        ("a port that is none", check("  url = \"https://a.example.net:70000/\""), "E0107"),
        ("a private address", check("  url = \"https://10.0.0.1/\""), "E0402"),
        ("a loopback address", check("  url = \"http://127.0.0.1/\""), "E0402"),
        ("a timeout", check("  url = \"https://a.example.net/\"\n  timeout = \"5s\""), "E0402"),
        (
            "two checker regions",
            check(
                "  url = \"https://a.example.net/\"\n  checkers = [\"us-east-1\", \"eu-west-1\"]",
            ),
            "E0402",
        ),
        (
            "a checker region that is none",
            check(
                "  url = \"https://a.example.net/\"\n  checkers = [\"us-east-1\", \"eu-west-1\", \"eu-north-1\"]",
            ),
            "E0402",
        ),
        ("a check that counts nothing", check("  all_of = []"), "E0107"),
        (
            "a check that counts a counting one",
            check("  all_of = [health_check.web]")
                + "health_check \"third\" {\n  all_of = [health_check.other]\n}\n",
            "E0402",
        ),
        (
            "an inverted check",
            check("  url = \"https://a.example.net/\"\n  inverted = true"),
            "E0107",
        ),
        (
            "a disabled check",
            check("  url = \"https://a.example.net/\"\n  disabled = true"),
            "E0107",
        ),
    ];
    hold(&table);
}

/// Every case is refused, and for this reason alone; without a code, it is taken.
fn hold(table: &[(&str, String, &str)]) {
    let mut wrong = Vec::new();
    for (what, text, code) in table {
        let found = codes(text);
        let wanted: Vec<&str> = Some(*code).filter(|code| !code.is_empty()).into_iter().collect();
        if found != wanted {
            wrong.push(format!("{what}: {found:?}, not {wanted:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
