//! The same histories on Route 53 and ECR: through the provider, its wire formats and the strict
//! stand-in, with calls that are throttled, refused, cut before and after they were carried out, and
//! applies that are killed at any call.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use lifeboat::desired::Desired;
use lifeboat::lock::Contents;
use lifeboat_aws::{Aws, Carrier, INFO, Options};
use lifeboat_aws_fake::{Answer, Fake, Fault, FaultKind};
use lifeboat_contract::{
    Address, Answer as Answered, Batch, Depth, Key, Mark, Object, Provider, Providers, RecordSet,
    RecordType, Routing, Scope, Spec, Stack, Wanted, Write, Zone, ZoneName,
};

use super::chance::Chance;
use super::configuration::{
    Answers, Check, Configuration, Data, Existing, FOREIGN_LABEL, endpoint,
};
use super::edit;
use super::pipeline::{self, Purpose, STACK, carry_out, stack};
use super::{seeds, text};

/// An account, and how many more calls the process under way makes before it is killed.
#[derive(Clone)]
struct Account {
    fake: Fake,
    left: Arc<AtomicU32>,
}

/// Calls of a process that nobody kills.
const ALIVE: u32 = u32::MAX;

impl Account {
    fn new() -> Self {
        Self { fake: Fake::new("123456789012"), left: Arc::new(AtomicU32::new(ALIVE)) }
    }

    /// A process that is killed when it has made so many calls: the last one is carried out, and
    /// nobody hears of it.
    fn process(&self, calls: u32) -> Aws {
        self.left.store(calls, Ordering::Relaxed);
        let account = self.clone();
        let carrier: Carrier = Arc::new(move |request| {
            let Account { fake, left } = account.clone();
            Box::pin(async move {
                let before = left.load(Ordering::Relaxed);
                if before == 0 {
                    return std::future::pending().await;
                }
                if before != ALIVE {
                    left.store(before - 1, Ordering::Relaxed);
                }
                let answer = fake.answer(request).await;
                match answer {
                    _ if before == 1 => std::future::pending().await,
                    Answer::Response(response) => Some(response),
                    Answer::Cut => None,
                    Answer::Hangs => std::future::pending().await,
                }
            })
        });
        let keys = Some(("AKIDTEST".to_owned(), "secret".to_owned()));
        let options = Options { carrier: Some(carrier), keys, ..Options::default() };
        Aws::connect(&BTreeMap::new(), options).unwrap()
    }

    fn providers(&self, calls: u32) -> Providers {
        pipeline::provider("aws", self.process(calls))
    }

    fn killed(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }

    /// Everything that somebody else has in these zones, and everything of ours.
    async fn objects(&self, zones: &[&str]) -> Vec<Object> {
        let scope = Scope {
            stack: stack(),
            zones: zones.iter().map(|zone| (zone.parse().unwrap(), 0)).collect(),
            locations: BTreeSet::new(),
            repositories: BTreeSet::new(),
            checks: 0,
            depth: Depth::Plan,
        };
        self.process(ALIVE).observe(&scope).await.unwrap().objects
    }
}

const ZONES: [&str; 2] = ["example.com", "example.org"];

/// A zone of somebody else's, with a name in it.
async fn settle(account: &Account, zone: &str) {
    let aws = account.process(ALIVE);
    let theirs: Stack = "theirs".parse().unwrap();
    let name: ZoneName = zone.parse().unwrap();
    let spec = Spec::Zone(Zone { comment: Some("by hand".to_owned()), networks: Vec::new() });
    let mark = Some(Mark::of(&theirs, &spec));
    let set = Spec::RecordSet(RecordSet {
        ttl: Some(60),
        answer: Answered::Values(vec!["198.51.100.1".to_owned()]),
        routing: Routing::Simple,
        health_check: None,
    });
    let at = name.name.below(FOREIGN_LABEL).unwrap();
    let key = Key::RecordSet { zone: name.clone(), name: at, rtype: RecordType::A, label: None };
    for (key, spec, mark) in [(Key::Zone { name }, spec, mark), (key, set, None)] {
        let address = Address::block("theirs", "one");
        let then = Some(Wanted { spec, mark, source: None });
        let writes = vec![Write { address, key, expect: None, then }];
        aws.commit(&Batch { stack: theirs.clone(), writes, repeated: false }).await.unwrap();
    }
}

/// What Route 53 does not hold is left out: other intervals, timeouts, checks that count counting
/// ones, and primaries that are never checked.
fn fit(configuration: &mut Configuration, chance: &mut Chance) {
    let endpoints: BTreeSet<String> = configuration
        .checks
        .iter()
        .filter(|(_, check)| matches!(check, Check::Endpoint { .. }))
        .map(|(name, _)| name.clone())
        .collect();
    for check in configuration.checks.values_mut() {
        if let Check::Counted { of, .. } = check {
            of.retain(|name| endpoints.contains(name));
            if of.is_empty() {
                *check = endpoint(chance);
            }
        }
        if let Check::Endpoint { interval, timeout, .. } = check {
            *interval = if *interval == 20 { 30 } else { *interval };
            *timeout = None;
        }
    }
    let mut spare = configuration.checks.keys().next().cloned();
    for served in configuration.served.values_mut() {
        let Answers::Targets(targets) = &mut served.answers else { continue };
        for target in targets.iter_mut() {
            // No content is copied here: that would leave the clock that stands still.
            target.runs.clear();
            if matches!(target.data, Data::Alias(_)) {
                continue;
            }
            if target.check.is_none() {
                let name = spare.get_or_insert_with(|| {
                    configuration.checks.insert("c0".to_owned(), endpoint(chance));
                    "c0".to_owned()
                });
                target.check = Some(name.clone());
            }
        }
    }
    for check in configuration.checks.values_mut() {
        if let Check::Endpoint { interval, timeout, .. } = check {
            *interval = if *interval == 20 { 30 } else { *interval };
            *timeout = None;
        }
    }
}

fn desire(configuration: &Configuration, purpose: Purpose) -> Desired {
    let text = text::write(configuration, STACK).replace("\"local\"", "\"aws\"");
    pipeline::derive(&text, &Contents::new(), INFO, purpose)
}

struct History {
    account: Account,
    chance: Chance,
    configuration: Configuration,
    existing: Existing,
    seed: u64,
}

impl History {
    async fn begin(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let account = Account::new();
        let mut existing = Existing::new();
        for zone in ZONES {
            if chance.likely(500) {
                existing.insert(zone.to_owned(), true);
                settle(&account, zone).await;
            }
        }
        let mut configuration = Configuration::draw(&mut chance, &existing);
        fit(&mut configuration, &mut chance);
        Self { account, chance, configuration, existing, seed }
    }

    fn edit(&mut self) {
        let focus = self.chance.below(edit::KINDS);
        let Self { configuration, chance, existing, .. } = self;
        let before = configuration.zones.clone();
        edit::edit(configuration, chance, existing, focus);
        // What is in a zone of somebody else's is found while the zone is declared.
        for (block, zone) in before.into_iter().filter(|(_, zone)| !zone.create) {
            configuration.zones.entry(block).or_insert(zone);
        }
        fit(configuration, chance);
    }

    /// Plans and applies once, by a process that may be killed.
    async fn attempt(&self, purpose: Purpose, calls: u32) {
        let desired = desire(&self.configuration, purpose);
        let providers = self.account.providers(calls);
        let work = async {
            let batching = INFO.capabilities.batch;
            if let Ok(plan) = pipeline::plan(&desired, &providers, purpose, batching).await {
                carry_out(&plan, &providers).await;
            }
        };
        // A killed process waits for ever; the next one comes an hour later.
        let _killed = tokio::time::timeout(std::time::Duration::from_hours(1), work).await;
    }

    fn trouble(&mut self) {
        for _ in 0..self.chance.below(6) {
            let kind = match self.chance.below(5) {
                0 => FaultKind::Throttle,
                1 => FaultKind::Status(503),
                2 => FaultKind::CutBefore,
                3 => FaultKind::Delay(std::time::Duration::from_secs(3)),
                _ => FaultKind::CutAfter,
            };
            let skip = usize::try_from(self.chance.below(25)).unwrap();
            let (service, action, region) = (None, None, None);
            self.account.fake.inject(Fault { service, action, region, skip, kind });
        }
    }

    /// Plans and applies in peace, until nothing is left to do.
    async fn converge(&self, purpose: Purpose) {
        let desired = desire(&self.configuration, purpose);
        for _ in 0..3 {
            let providers = self.account.providers(ALIVE);
            let batching = INFO.capabilities.batch;
            let plan = match pipeline::plan(&desired, &providers, purpose, batching).await {
                Ok(plan) => plan,
                Err(codes) => panic!("{}", self.told(&format!("refused: {codes:?}"))),
            };
            if plan.is_empty() {
                return self.check(purpose).await;
            }
            let outcome = carry_out(&plan, &providers).await;
            assert!(outcome.is_complete(), "{}", self.told(&format!("{outcome:?}")));
        }
        panic!("{}", self.told("it does not converge"));
    }

    async fn check(&self, purpose: Purpose) {
        let objects = self.account.objects(&ZONES).await;
        let ours = |object: &&Object| object.mark.as_ref().is_some_and(|m| m.stack == stack());
        let mut twins = BTreeMap::new();
        for object in objects.iter().filter(ours) {
            if let Key::HealthCheck { reference } = &object.key {
                *twins.entry(reference.address.clone()).or_insert(0) += 1;
            }
        }
        assert!(twins.values().all(|count| *count == 1), "{}", self.told("a check has a twin"));
        if purpose == Purpose::Destroy {
            let left: Vec<_> = objects.iter().filter(ours).collect();
            assert!(left.is_empty(), "{}", self.told(&format!("left behind: {left:#?}")));
        }
        for zone in self.existing.iter().filter(|(_, shared)| **shared).map(|(zone, _)| zone) {
            let theirs = objects.iter().any(|object| {
                object.mark.is_none()
                    && object.key.to_string().contains(&format!("{FOREIGN_LABEL}.{zone}"))
            });
            assert!(theirs, "{}", self.told("somebody else's name is gone"));
        }
    }

    fn told(&self, what: &str) -> String {
        let text = text::write(&self.configuration, STACK);
        format!("seed {}: {what}\n{text}", self.seed)
    }
}

#[test]
fn on_aws_every_seed_converges() {
    seeds(8, async |seed| {
        let mut history = History::begin(seed).await;
        for round in 0..3 {
            if round > 0 {
                history.edit();
            }
            history.trouble();
            let calls =
                if history.chance.likely(400) { history.chance.small(1, 40) } else { ALIVE };
            history.attempt(Purpose::Apply, calls).await;
            // What is left of the trouble would meet the next.
            history.account.fake.forget_faults();
            history.converge(Purpose::Apply).await;
        }
        let calls = history.chance.small(1, 30);
        history.attempt(Purpose::Destroy, calls).await;
        history.converge(Purpose::Destroy).await;
    });
}

/// Killed after each call in turn, the next apply always finds its way.
#[test]
fn on_aws_any_call_may_be_the_last() {
    seeds(1, async |seed| {
        for calls in 1.. {
            let mut history = History::begin(seed).await;
            history.converge(Purpose::Apply).await;
            history.edit();
            history.attempt(Purpose::Apply, calls).await;
            let survived = !history.account.killed();
            history.converge(Purpose::Apply).await;
            if survived {
                break;
            }
        }
    });
}
