//! What AWS is asked, counted: through the provider, its wire formats and the strict stand-in, on a
//! clock that stands still. The budgets are promises; a test holds them against these figures.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use lifeboat::desired::{self, Desired};
use lifeboat::diagnostic::Sources;
use lifeboat::diff::{self, Wishes};
use lifeboat::intent::{self, Inputs};
use lifeboat::language::{self, Document};
use lifeboat::lock::Contents;
use lifeboat::plan::{self, Making, Plan, Unchanged};
use lifeboat::{apply, live};
use lifeboat_aws::{Aws, Carrier, INFO, Options};
use lifeboat_aws_fake::{Answer, Fake};
use lifeboat_contract::{Provider, Providers};
use tokio::sync::watch;

/// What something costs, and what it may cost.
#[derive(Debug)]
pub(crate) struct Figure {
    pub(crate) what: &'static str,
    pub(crate) calls: usize,
    pub(crate) most: usize,
}

/// All figures. Nothing on the way may have been throttled.
pub(crate) async fn figures() -> Vec<Figure> {
    let mut figures = plain_records().await;
    figures.extend(failovers().await);
    figures
}

async fn plain_records() -> Vec<Figure> {
    let counter = Counter::new();
    // The zone is there, as in the case that the budget is for.
    counter.apply(HEAD).await;
    let text = records(1000);
    let first = counter.apply(&text).await;
    let no_op = counter.no_op(&text).await;
    vec![
        Figure { what: "no-op plan of 1,000 plain records", calls: no_op.calls, most: 12 },
        Figure { what: "first apply of 1,000 plain records", calls: first.calls, most: 20 },
    ]
}

async fn failovers() -> Vec<Figure> {
    let counter = Counter::new();
    let before = pairs(500, ["one", "two"], "192.0.2.1");
    counter.apply(&before).await;
    let no_op = counter.no_op(&before).await;
    let changed = counter.apply(&pairs(500, ["one", "two"], "192.0.2.77")).await;
    let swapped = counter.apply(&pairs(500, ["two", "one"], "192.0.2.77")).await;
    vec![
        Figure { what: "no-op plan of 500 failovers", calls: no_op.calls, most: 24 },
        Figure {
            what: "one changed target among them: calls beyond the plan's, polls not counted",
            calls: changed.calls - changed.polls - no_op.calls,
            most: 3,
        },
        // Two sets a name, deleted and created: 2,000 records, and a change takes 1,000.
        Figure {
            what: "every primary and secondary of them swapped: changes",
            calls: swapped.changes,
            most: 2,
        },
    ]
}

/// An account, and what has been counted in it.
pub(crate) struct Counter {
    fake: Fake,
}

/// What a run cost.
#[derive(Debug)]
pub(crate) struct Cost {
    calls: usize,
    /// Questions whether a change is in effect.
    polls: usize,
    pub(crate) changes: usize,
}

impl Counter {
    pub(crate) fn new() -> Self {
        let fake = Fake::new("123456789012");
        fake.settings(|settings| settings.checks_max = 10_000);
        Self { fake }
    }

    fn providers(&self) -> Providers {
        let fake = self.fake.clone();
        let carrier: Carrier = Arc::new(move |request| {
            let fake = fake.clone();
            Box::pin(async move {
                match fake.answer(request).await {
                    Answer::Response(response) => Some(response),
                    Answer::Cut | Answer::Hangs => None,
                }
            })
        });
        let keys = Some(("AKIDTEST".to_owned(), "secret".to_owned()));
        let options = Options { carrier: Some(carrier), keys, ..Options::default() };
        let aws: Arc<dyn Provider> = Arc::new(Aws::connect(&BTreeMap::new(), options).unwrap());
        Providers::from([(Arc::from("aws"), aws)])
    }

    /// What was asked since the last time.
    fn cost(&self) -> Cost {
        let calls = self.fake.calls();
        self.fake.forget_calls();
        let refused: Vec<_> = calls.iter().filter(|call| call.code.is_some()).collect();
        assert!(refused.is_empty(), "nothing is throttled or refused: {refused:?}");
        let of = |action: &str| calls.iter().filter(|call| call.action == action).count();
        let (polls, changes) = (of("GetChange"), of("ChangeResourceRecordSets"));
        Cost { calls: calls.len(), polls, changes }
    }

    pub(crate) async fn apply(&self, text: &str) -> Cost {
        let providers = self.providers();
        let plan = make(&derive(text), &providers).await;
        let (_keep, stop) = watch::channel(apply::Stop::Run);
        let (nothing, mut journal) = (BTreeSet::new(), apply::Memory::default());
        let applied = apply::execute(&providers, &plan, &nothing, &mut journal, &|_| {}, stop);
        let outcome = applied.await.unwrap();
        assert!(outcome.is_complete(), "{outcome:?}");
        self.cost()
    }

    async fn no_op(&self, text: &str) -> Cost {
        let plan = make(&derive(text), &self.providers()).await;
        assert!(plan.is_empty(), "{:?}", plan.steps.first());
        self.cost()
    }
}

fn derive(text: &str) -> Desired {
    let mut sources = Sources::default();
    sources.add("main.hcl", text);
    let (document, found) = language::parse(&sources);
    assert!(!found.has_errors());
    let inputs = Inputs {
        given: Vec::new(),
        variable_files: &Document::default(),
        environment: &BTreeMap::new(),
        files: &|_| Err("no file is read here".to_owned()),
        providers: &[INFO],
    };
    let (intents, found) = intent::read(&document, &inputs);
    assert!(!found.has_errors());
    let (desired, found) = desired::derive(&intents, &Contents::new(), &[INFO]);
    assert!(!found.has_errors());
    desired.unwrap()
}

async fn make(desired: &Desired, providers: &Providers) -> Plan {
    let (live, found) = live::read(desired, providers).await;
    assert!(!found.has_errors());
    let (changes, found) = diff::compare(desired, &live, &Wishes::default());
    assert!(!found.has_errors());
    plan::make(Making {
        desired,
        live: &live,
        changes: &changes,
        lacking: &live::Lacking::new(),
        verdicts: Vec::new(),
        providers: BTreeMap::new(),
        batching: &|_| Some(INFO.capabilities.batch),
        outputs: BTreeMap::new(),
        unchanged: Unchanged::Counted,
    })
}

const HEAD: &str = "lifeboat {\n  stack = \"bench\"\n}\n\n\
    zone \"main\" {\n  provider = \"aws\"\n  name = \"example.com\"\n  create = true\n}\n\n";

fn records(count: usize) -> String {
    let mut text = HEAD.to_owned();
    for n in 0..count {
        let last = n % 250;
        write!(
            text,
            r#"
record "r{n}" {{
  zone   = zone.main
  name   = "r{n}"
  type   = "A"
  ttl    = "60s"
  values = ["192.0.2.{last}"]
}}
"#
        )
        .unwrap();
    }
    text
}

/// Failovers of two targets in this order, each with a check; `moved` is what the first one's target
/// `one` answers.
pub(crate) fn pairs(count: usize, order: [&str; 2], moved: &str) -> String {
    let mut text = HEAD.to_owned();
    for (name, location) in [("one", "us-east-1"), ("two", "eu-west-1")] {
        write!(
            text,
            "region \"{name}\" {{\n  provider = \"aws\"\n  location = \"{location}\"\n}}\n"
        )
        .unwrap();
    }
    for n in 0..count {
        for region in ["one", "two"] {
            write!(
                text,
                "health_check \"{region}_{n}\" {{\n  url = \"https://h{n}.{region}.example.net/\"\n}}\n"
            )
            .unwrap();
        }
        write!(
            text,
            "failover \"f{n}\" {{\n  zone = zone.main\n  name = \"f{n}\"\n  type = \"A\"\n  ttl = \
             \"60s\"\n"
        )
        .unwrap();
        for region in order {
            let value = match (n, region) {
                (0, "one") => moved,
                (_, "one") => "192.0.2.1",
                (_, _) => "198.51.100.1",
            };
            write!(
                text,
                r#"  target "{region}" {{
    region       = region.{region}
    values       = ["{value}"]
    health_check = health_check.{region}_{n}
  }}
"#
            )
            .unwrap();
        }
        text.push_str("}\n");
    }
    text
}
