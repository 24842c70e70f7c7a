//! What AWS is asked, counted: the budgets are promises, and throttling never happens.

use std::fmt::Write as _;

use lifeboat::desired::Desired;
use lifeboat::lock::Contents;
use lifeboat::plan::Plan;
use lifeboat_aws::INFO;
use lifeboat_aws_fake::Call;
use lifeboat_contract::Providers;

use super::aws::{ALIVE, Account};
use super::pipeline::{self, Purpose, carry_out};

/// An account, and what has been counted in it.
struct Counter {
    account: Account,
}

/// What a run cost.
#[derive(Debug)]
struct Cost {
    calls: usize,
    /// Questions whether a change is in effect.
    polls: usize,
    changes: usize,
}

impl Counter {
    fn new() -> Self {
        let account = Account::new();
        account.fake.settings(|settings| settings.checks_max = 10_000);
        Self { account }
    }

    /// What was asked since the last time. Nothing may have been throttled.
    fn cost(&self) -> Cost {
        let calls = self.account.fake.calls();
        self.account.fake.forget_calls();
        let throttled: Vec<&Call> = calls.iter().filter(|c| c.code.is_some()).collect();
        assert!(throttled.is_empty(), "{throttled:?}");
        let of = |action: &str| calls.iter().filter(|call| call.action == action).count();
        Cost { calls: calls.len(), polls: of("GetChange"), changes: of("ChangeResourceRecordSets") }
    }

    async fn plan(&self, desired: &Desired) -> (Plan, Providers) {
        let providers = self.account.providers(ALIVE);
        let batching = INFO.capabilities.batch;
        let plan = pipeline::plan(desired, &providers, Purpose::Apply, batching).await;
        (plan.unwrap(), providers)
    }

    async fn apply(&self, text: &str) -> Cost {
        let desired = desire(text);
        let (plan, providers) = self.plan(&desired).await;
        let outcome = carry_out(&plan, &providers).await;
        assert!(outcome.is_complete(), "{outcome:?}");
        self.cost()
    }

    async fn no_op(&self, text: &str) -> Cost {
        let (plan, _) = self.plan(&desire(text)).await;
        assert!(plan.is_empty(), "{:?}", plan.steps.first());
        self.cost()
    }
}

fn desire(text: &str) -> Desired {
    pipeline::derive(text, &Contents::new(), INFO, Purpose::Apply)
}

const HEAD: &str = "lifeboat {\n  stack = \"sim\"\n}\n\n\
    zone \"main\" {\n  provider = \"aws\"\n  name = \"example.com\"\n  create = true\n}\n\n";

fn records(count: usize) -> String {
    let mut text = HEAD.to_owned();
    for n in 0..count {
        write!(
            text,
            "record \"r{n}\" {{\n  zone = zone.main\n  name = \"r{n}\"\n  type = \"A\"\n  \
             ttl = \"60s\"\n  values = [\"192.0.2.{}\"]\n}}\n",
            n % 250
        )
        .unwrap();
    }
    text
}

/// Failovers of two targets, each with a check; `moved` says what the first one's primary answers.
fn failovers(count: usize, order: [&str; 2], moved: &str) -> String {
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
        write!(text, "failover \"f{n}\" {{\n  zone = zone.main\n  name = \"f{n}\"\n").unwrap();
        write!(text, "  type = \"A\"\n  ttl = \"60s\"\n").unwrap();
        for region in order {
            let value = match (n, region) {
                (0, "one") => moved,
                (_, "one") => "192.0.2.1",
                (_, _) => "198.51.100.1",
            };
            write!(
                text,
                "  target \"{region}\" {{\n    region = region.{region}\n    values = [\"{value}\"]\n    \
                 health_check = health_check.{region}_{n}\n  }}\n"
            )
            .unwrap();
        }
        text.push_str("}\n");
    }
    text
}

#[tokio::test(start_paused = true)]
async fn a_thousand_plain_records() {
    let counter = Counter::new();
    // The zone is there, as in the case that the budget is for.
    counter.apply(HEAD).await;
    let text = records(1000);
    let first = counter.apply(&text).await;
    assert!(first.calls <= 20, "the first apply: {first:?}");
    let no_op = counter.no_op(&text).await;
    assert!(no_op.calls <= 12, "a plan without changes: {no_op:?}");
}

#[tokio::test(start_paused = true)]
async fn five_hundred_failovers() {
    let counter = Counter::new();
    let before = failovers(500, ["one", "two"], "192.0.2.1");
    counter.apply(&before).await;
    let no_op = counter.no_op(&before).await;
    assert!(no_op.calls <= 24, "a plan without changes: {no_op:?}");
    let changed = counter.apply(&failovers(500, ["one", "two"], "192.0.2.77")).await;
    let more = changed.calls - changed.polls - no_op.calls;
    assert!(more <= 3, "an apply of one change: {changed:?} after {no_op:?}");
}

#[tokio::test(start_paused = true)]
async fn a_swap_is_one_change() {
    let counter = Counter::new();
    counter.apply(&failovers(1, ["one", "two"], "192.0.2.1")).await;
    let swapped = counter.apply(&failovers(1, ["two", "one"], "192.0.2.1")).await;
    assert_eq!(swapped.changes, 1, "{swapped:?}");
}
