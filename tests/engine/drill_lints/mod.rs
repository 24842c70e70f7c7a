//! What drills' rules say: faults planted into a sound configuration, each found and named, and what
//! looks like one and is none.

mod cases;
mod foreign;
mod places;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::LazyLock;

use expect_test::{expect, expect_file};
use lifeboat::desired::{self, Desired};
use lifeboat::diagnostic::{self, Sources};
use lifeboat::drill::{self, Findings, Lint, LintSeverity};
use lifeboat::intent::{self, Inputs, Intents};
use lifeboat::language::{self, Document};
use lifeboat::live::{self, Live};
use lifeboat::lock::{Content, Contents};
use lifeboat_contract::{
    Address, Capabilities, Digest, Form, ImageSource, Provider, ProviderAttribute, ProviderInfo,
};
use lifeboat_local::{Cloud, World};

/// Two regions that serve a name, and a third. No rule says anything of it.
const SOUND: &str = r#"
lifeboat { stack = "shop" }

region "virginia" {
  provider = "local"
  location = "us-east-1"
  role     = "primary"
}

region "ireland" {
  provider = "local"
  location = "eu-west-1"
}

region "frankfurt" {
  provider = "local"
  location = "eu-central-1"
}

zone "main" {
  provider = "local"
  name     = "example.com"
}

image "web" {
  repository = "web"
  source     = "oci:web"
  regions    = [region.virginia, region.ireland]
}

health_check "virginia" {
  url      = "http://web.us-east-1.example.com/healthz"
  interval = "10s"
}

health_check "ireland" {
  url      = "http://web.eu-west-1.example.com/healthz"
  interval = "10s"
}

failover "www" {
  zone = zone.main
  name = "www"
  ttl  = "60s"

  target "primary" {
    region       = region.virginia
    values       = ["192.0.2.10"]
    health_check = health_check.virginia
  }

  target "standby" {
    region       = region.ireland
    values       = ["198.51.100.10"]
    health_check = health_check.ireland
  }
}

objective "www" {
  protects = failover.www
  rto      = "3m"
}
"#;

/// A change to the sound configuration, and what is live.
pub(crate) struct Case {
    /// The rule that is meant.
    rule: &'static str,
    /// Whether it finds something.
    finds: bool,
    /// What is changed, in a few words.
    what: &'static str,
    /// What is written instead of what; the end is the empty text.
    edits: &'static [(&'static str, &'static str)],
    /// Puts there what others have put there; where absent, nothing live is read.
    live: Option<fn(&mut Cloud)>,
}

const fn plants(
    rule: &'static str,
    what: &'static str,
    edits: &'static [(&'static str, &'static str)],
) -> Case {
    Case { rule, finds: true, what, edits, live: None }
}

const fn spares(
    rule: &'static str,
    what: &'static str,
    edits: &'static [(&'static str, &'static str)],
) -> Case {
    Case { rule, finds: false, what, edits, live: None }
}

impl Case {
    const fn with(self, live: fn(&mut Cloud)) -> Self {
        Self { live: Some(live), ..self }
    }

    fn findings(&self) -> Findings {
        let mut text = SOUND.to_owned();
        for (from, to) in self.edits {
            if from.is_empty() {
                text.push_str(to);
            } else {
                assert!(text.contains(from), "{}: nowhere in the text: {from}", self.what);
                text = text.replacen(from, to, 1);
            }
        }
        let mut sources = Sources::default();
        sources.add("main.hcl", text);
        let (intents, desired) = understand(&sources, &contents());
        let live = self.live.map(|plant| {
            let world = World::new(0);
            world.edit(plant);
            read(&desired, world)
        });
        drill::lints(&intents, &desired, live.as_ref(), &sources)
    }
}

fn all() -> impl Iterator<Item = &'static Case> {
    cases::CASES.iter().chain(places::CASES).chain(foreign::CASES)
}

/// As much as a provider can.
static CAPABILITIES: LazyLock<Capabilities> = LazyLock::new(|| Capabilities {
    repository_settings: true,
    retention: true,
    check_address: true,
    checkers: &["ap-southeast-1", "eu-west-1", "sa-east-1", "us-east-1", "us-west-2"],
    ..lifeboat_local::INFO.capabilities.clone()
});

pub(crate) fn digest() -> Digest {
    Digest::of(b"web")
}

fn contents() -> Contents {
    let content = Content {
        digest: digest(),
        blobs: 3,
        bytes: 1000,
        source: ImageSource::Layout { path: "web".to_owned() },
        platforms: Vec::new(),
        missing: None,
    };
    Contents::from([(Address::block("image", "web"), content)])
}

fn understand(sources: &Sources, contents: &Contents) -> (Intents, Desired) {
    let (document, mut found) = language::parse(sources);
    let capabilities: &'static Capabilities = &CAPABILITIES;
    let account = ProviderAttribute {
        name: "allowed_account",
        summary: "As AWS has it.",
        default: None,
        secret: false,
        form: Form::Text,
    };
    let attributes: &'static [ProviderAttribute] = Box::leak(Box::new([account]));
    let local = ProviderInfo { capabilities, ..lifeboat_local::INFO };
    let providers = [local, ProviderInfo { name: "aws", attributes, capabilities, ..local }];
    let inputs = Inputs {
        given: Vec::new(),
        variable_files: &Document::default(),
        environment: &BTreeMap::new(),
        files: &|_| Err("no file is read here".to_owned()),
        providers: &providers,
    };
    let (intents, more) = intent::read(&document, &inputs);
    found.extend(more);
    let (desired, more) = desired::derive(&intents, contents, &providers);
    found.extend(more);
    let desired = desired.filter(|_| !found.has_errors());
    let Some(desired) = desired else {
        panic!("{}", diagnostic::text(&found, sources, false));
    };
    (intents, desired)
}

fn read(desired: &Desired, world: World) -> Live {
    let provider: std::sync::Arc<dyn Provider> = std::sync::Arc::new(world);
    let providers = BTreeMap::from([("local".into(), provider)]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let (live, found) = runtime.block_on(live::read(desired, &providers));
    assert!(!found.has_errors());
    live
}

fn told(lints: &[Lint]) -> String {
    let mut out = String::new();
    for lint in lints {
        let severity = match lint.severity {
            LintSeverity::Error => "error",
            LintSeverity::Warning => "warning",
            LintSeverity::Info => "info",
        };
        let Lint { rule, address, message, fix, .. } = lint;
        let line = lint.place.as_ref().map_or(String::new(), |place| format!(" :{}", place.line));
        writeln!(out, "  {rule} {severity} {address}{line}: {message}\n    fix: {fix}").unwrap();
        if let Some(reason) = &lint.excepted {
            writeln!(out, "    excepted: {reason}").unwrap();
        }
    }
    out
}

#[test]
fn nothing_is_said_of_what_is_sound() {
    let sound = spares("", "nothing", &[]);
    assert_eq!(told(&sound.findings().lints), "");
    assert_eq!(told(&sound.with(|_| {}).findings().lints), "");
}

#[test]
fn planted_faults_are_found_and_named() {
    let mut out = String::new();
    let mut whys = BTreeSet::new();
    for case in all() {
        let lints = case.findings().lints;
        let found: Vec<&Lint> = lints.iter().filter(|lint| lint.rule == case.rule).collect();
        assert_eq!(!found.is_empty(), case.finds, "{} {}", case.rule, case.what);
        whys.extend(found.iter().map(|lint| lint.why.clone()));
        writeln!(out, "{}: {}\n{}", case.rule, case.what, told(&lints)).unwrap();
    }
    expect_file!["found.txt"].assert_eq(&out);
    let silent: Vec<_> = drill::rules()
        .into_iter()
        .filter(|rule| !whys.contains(rule.why))
        .map(|rule| format!("{} {}", rule.id, rule.title))
        .collect();
    assert!(silent.is_empty(), "no case shows {silent:#?}");
    let spared: BTreeSet<&str> = all().filter(|case| !case.finds).map(|case| case.rule).collect();
    let never: Vec<_> =
        drill::rules().into_iter().filter(|rule| !spared.contains(rule.id)).collect();
    assert!(never.is_empty(), "no case spares {never:#?}");
}

#[test]
fn places_are_where_blocks_stand() {
    let case = plants("L33", "a long TTL", &[("ttl  = \"60s\"", "ttl  = \"90s\"")]);
    let lint = case.findings().lints.remove(0);
    let place = lint.place.unwrap();
    assert_eq!((&*place.file, place.line, place.column), ("main.hcl", 44, 10));
}

#[test]
fn the_policy_weighs_and_keeps_the_reason() {
    const LONG: (&str, &str) = ("ttl  = \"60s\"", "ttl  = \"90s\"");
    let weighed = |policy: &'static str| {
        let edits = Box::leak(Box::new([LONG, ("", policy)]));
        let findings = plants("L33", "a long TTL", edits).findings();
        format!("{}{} off\n", told(&findings.lints), findings.off)
    };
    let off = "policy {\n  lint \"L33\" {\n    severity = \"off\"\n    reason = \"Seldom asked.\"\n  \
               }\n}\n";
    expect![[r"
        1 off
    "]]
    .assert_eq(&weighed(off));
    let info = "policy {\n  lint \"L33\" {\n    severity = \"info\"\n    reason = \"Seldom asked.\"\n  \
                on = [failover.www]\n  }\n}\n";
    expect![[r#"
          L33 info failover.www :44: answers are kept for 90 s
            fix: set `ttl = "60s"` or less
            excepted: Seldom asked.
        0 off
    "#]]
    .assert_eq(&weighed(info));
    let error = "policy {\n  lint \"L33\" {\n    severity = \"error\"\n    reason = \"It matters.\"\n  \
                 }\n}\n";
    expect![[r#"
          L33 error failover.www :44: answers are kept for 90 s
            fix: set `ttl = "60s"` or less
        0 off
    "#]]
    .assert_eq(&weighed(error));
    let elsewhere = "policy {\n  lint \"L33\" {\n    severity = \"off\"\n    reason = \"Meant.\"\n    on \
                     = [region.ireland]\n  }\n}\n";
    expect![[r#"
          L33 warning failover.www :44: answers are kept for 90 s
            fix: set `ttl = "60s"` or less
        0 off
    "#]]
    .assert_eq(&weighed(elsewhere));
}

/// What is said of the examples has been judged, one by one, to be true of them.
#[test]
fn the_examples_are_told_what_is_true_of_them() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut out = String::new();
    for name in ["aws", "quickstart", "shop"] {
        let mut sources = Sources::default();
        let mut files: Vec<_> = std::fs::read_dir(examples.join(name))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.to_str().is_some_and(|path| path.ends_with(".hcl")))
            .filter(|path| !path.to_str().is_some_and(|path| path.ends_with(".lock.hcl")))
            .collect();
        files.sort();
        for file in files {
            let text = std::fs::read_to_string(&file).unwrap();
            sources.add(file.file_name().unwrap().to_str().unwrap(), text);
        }
        let (intents, desired) = understand(&sources, &Contents::new());
        let lints = drill::lints(&intents, &desired, None, &sources).lints;
        write!(out, "{name}\n{}", told(&lints)).unwrap();
    }
    expect![[r#"
        aws
          L18 info health_check.web["ireland"] :3: 2 checks ask by https and do not look at certificates
            fix: watch when certificates expire elsewhere, and say where in a `lint` block of `policy`
        quickstart
          L18 info health_check.web["ireland"] :30: 2 checks ask by https and do not look at certificates
            fix: watch when certificates expire elsewhere, and say where in a `lint` block of `policy`
        shop
          L18 info health_check.api["ireland"] :8: 4 checks ask by https and do not look at certificates
            fix: watch when certificates expire elsewhere, and say where in a `lint` block of `policy`
    "#]].assert_eq(&out);
}
