//! Plans of a strict cloud, where something is there already.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use expect_test::{Expect, expect};
use lifeboat::desired::Desired;
use lifeboat::diff::{self, Action, Changes, Wishes};
use lifeboat::live::{self, Live};
use lifeboat::plan::{self, Plan, Unchanged};
use lifeboat::report::{self, Detail};
use lifeboat_contract::{
    Batch, BoxFuture, Lease, Limits, Object, Observation, Provider, ProviderError, Providers,
    Receipt, Scope, Stack,
};

use super::{HEAD, STRICT, derived, findings};

/// A strict cloud that holds what it is told.
struct Fixed(Observation);

impl Provider for Fixed {
    fn name(&self) -> &'static str {
        STRICT.name
    }

    fn observe<'a>(&'a self, _: &'a Scope) -> BoxFuture<'a, Result<Observation, ProviderError>> {
        Box::pin(async { Ok(self.0.clone()) })
    }

    fn commit<'a>(&'a self, _: &'a Batch) -> BoxFuture<'a, Result<Receipt, ProviderError>> {
        Box::pin(async { Err(ProviderError::Busy) })
    }

    fn settle<'a>(&'a self, _: &'a Receipt) -> BoxFuture<'a, Result<(), ProviderError>> {
        Box::pin(async { Ok(()) })
    }

    fn lease(&self, _: &Stack) -> Result<Lease, ProviderError> {
        Ok(Lease::open())
    }
}

/// What is there, and how much fits.
pub(super) fn holding(mut objects: Vec<Object>, limits: Limits) -> Live {
    objects.sort_by(|a, b| a.key.cmp(&b.key));
    let observation = Observation { objects, limits, ..Observation::default() };
    let fixed: Arc<dyn Provider> = Arc::new(Fixed(observation));
    let providers = Providers::from([(Arc::from(STRICT.name), fixed)]);
    let desired = derived(HEAD).0.unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let (live, found) = runtime.block_on(live::read(&desired, &providers));
    assert!(found.is_empty(), "{found:?}");
    live
}

/// Compares what a plan would do and mean, and the findings, where this is there.
#[expect(clippy::needless_pass_by_value, reason = "a literal reads better without a `&`")]
pub(super) fn plans(text: &str, live: &Live, expected: Expect) {
    let (desired, found, sources) = derived(&format!("{HEAD}{text}"));
    assert!(!found.has_errors(), "{}", findings(&found, &sources));
    let desired = desired.unwrap();
    let (changes, found) = diff::compare(&desired, live, &Wishes::default());
    let mut out = String::new();
    for change in changes.list.iter().filter(|change| change.action != Action::NoOp) {
        writeln!(out, "{}: {:?}", change.address, change.action).unwrap();
    }
    for traffic in &made(&desired, live, &changes).traffic {
        writeln!(out, "{} {}: {}", traffic.name, traffic.rtype, traffic.meaning).unwrap();
    }
    out.push_str(&findings(&found, &sources));
    expected.assert_eq(&out);
}

fn made(desired: &Desired, live: &Live, changes: &Changes) -> Plan {
    plan::make(plan::Making {
        desired,
        live,
        changes,
        lacking: &live::Lacking::new(),
        verdicts: Vec::new(),
        providers: BTreeMap::new(),
        batching: &|_| Some(STRICT.capabilities.batch),
        outputs: BTreeMap::new(),
        unchanged: Unchanged::Counted,
    })
}

/// Compares what a person sees of a plan that makes everything.
#[expect(clippy::needless_pass_by_value, reason = "a literal reads better without a `&`")]
fn shows(text: &str, expected: Expect) {
    let (desired, found, sources) = derived(&format!("{HEAD}{text}"));
    assert!(!found.has_errors(), "{}", findings(&found, &sources));
    let (desired, live) = (desired.unwrap(), holding(Vec::new(), Limits::default()));
    let (changes, _) = diff::compare(&desired, &live, &Wishes::default());
    let shown = report::plan(&made(&desired, &live, &changes), Detail::Short);
    expected.assert_eq(&anstream::adapter::strip_str(&shown).to_string());
}

/// What a plan that is carried out leaves behind, with these ids.
pub(super) fn applied(text: &str) -> Vec<Object> {
    let (desired, found, sources) = derived(&format!("{HEAD}{text}"));
    assert!(!found.has_errors(), "{}", findings(&found, &sources));
    let nothing = holding(Vec::new(), Limits::default());
    let (changes, _) = diff::compare(&desired.unwrap(), &nothing, &Wishes::default());
    let made = changes.list.into_iter().filter_map(|change| {
        let wanted = change.after?;
        let id = Some(format!("id-of-{}", change.address));
        let version = None;
        Some(Object { key: change.key, spec: wanted.spec, mark: wanted.mark, id, version })
    });
    made.collect()
}

/// Two regions and a name that fails over, in a zone of this name.
pub(super) fn served(zone: &str, private: bool, standby: &str) -> String {
    let network =
        "  private = true\n  network {\n    location = \"us-east-1\"\n    id = \"vpc-1\"\n  }\n";
    let network = if private { network } else { "" };
    format!(
        "zone \"{zone}\" {{\n  provider = \"strict\"\n  name = \"example.com\"\n  create = true\n\
         {network}}}\n\
         failover \"{zone}\" {{\n  zone = zone.{zone}\n  name = \"www\"\n  \
         target \"primary\" {{\n    region = region.virginia\n    values = [\"192.0.2.1\"]\n    \
         health_check = health_check.web\n  }}\n  \
         target \"{standby}\" {{\n    region = region.ireland\n    values = [\"192.0.2.2\"]\n  }}\n}}\n"
    )
}

/// Two regions and a check.
pub(super) const PLACES: &str = r#"
region "virginia" {
  provider = "strict"
  location = "us-east-1"
}
region "ireland" {
  provider = "strict"
  location = "eu-west-1"
}
health_check "web" {
  url = "https://web.example.com/"
}
"#;

#[test]
fn a_name_that_is_served_twice_is_told_apart() {
    let both = |inside: &str, outside: &str| {
        [PLACES, &served("inside", true, inside), &served("outside", false, outside)].concat()
    };
    plans(
        &both("standby", "standby"),
        &holding(Vec::new(), Limits::default()),
        expect![[r#"
        failover.inside.target["primary"]: Create
        failover.inside.target["standby"]: Create
        failover.outside.target["primary"]: Create
        failover.outside.target["standby"]: Create
        health_check.web: Create
        zone.inside: Create
        zone.outside: Create
        www.example.com A: in the private zone example.com: answered by virginia; when that is lost, by ireland
        www.example.com A: answered by virginia; when that is lost, by ireland
    "#]],
    );
    let there = holding(applied(&both("standby", "standby")), Limits::default());
    plans(
        &both("other", "standby"),
        &there,
        expect![[r#"
            failover.inside.target["other"]: Create
            record_set["www.example.com A standby (private)"]: Delete(Undeclared)
            www.example.com A: in the private zone example.com: other (ireland) gained; primary (virginia) unchanged; standby gone
        "#]],
    );
    let there = holding(applied(&both("standby", "standby")), Limits::default());
    let outside = [PLACES, &served("outside", false, "standby")].concat();
    plans(
        &outside,
        &there,
        expect![[r#"
            record_set["www.example.com A primary (private)"]: Delete(Undeclared)
            record_set["www.example.com A standby (private)"]: Delete(Undeclared)
            zone["example.com (private)"]: Delete(Undeclared)
            www.example.com A: in the private zone example.com: no longer served by this stack
        "#]],
    );
}

#[test]
fn what_is_special_is_seen() {
    let text = r#"
region "virginia" {
  provider = "strict"
  location = "us-east-1"
}
zone "inside" {
  provider = "strict"
  name     = "example.com"
  create   = true
  private  = true
  network {
    location = "us-east-1"
    id       = "vpc-1"
  }
}
health_check "web" {
  url      = "https://web.example.com/"
  address  = "192.0.2.1"
  checkers = ["us-east-1", "us-west-1", "us-west-2"]
}
image "web" {
  repository   = "shop/web"
  source       = "oci:web"
  mutable_tags = ["latest"]
  scan         = true
  readers      = ["123456789012"]
  encryption {}
  keep {
    last = 3
  }
}
image "api" {
  repository       = "shop/api"
  source           = "oci:web"
  lifecycle_policy = "{}"
  access_policy    = "{}"
}
"#;
    shows(
        text,
        expect![[r#"

              shop   1 region   read in 0 calls

              us-east-1 (virginia)
                + image.api.copy["virginia"]         shop/api@sha256:baed042eb6cb..   3 blobs, 558 B to move at most
                + image.api.repository["virginia"]   shop/api   immutable tags, lifecycle policy, access policy
                + image.web.copy["virginia"]         shop/web@sha256:4abd8b890ee9..   3 blobs, 558 B to move at most
                + image.web.repository["virginia"]   shop/web   immutable tags with exceptions, keeps 3, scanned, encrypted by a key, readers

              global
                + health_check.web                   https://web.example.com/ at 192.0.2.1   every 30s, 3 failures, from 3 places
                + zone.inside                        example.com (private)   seen by vpc-1

              Images    at most 6 blobs, 1.1 kB to virginia, within a second at an assumed 100 Mbit/s.

            Plan: 6 to add, 0 to change, 0 to destroy.   6 calls to apply.
        "#]],
    );
}
