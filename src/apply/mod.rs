//! Carries a plan out.
//!
//! Input: [`Plan`], [`Providers`]. Output: [`Outcome`], and a [`Journal`] as it goes. Obeys: decides
//! nothing, reads no configuration. What a failed step does not block is still done.

mod event;
mod journal;
mod verify;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use lifeboat_contract::{Batch, Lease, Provider, ProviderError, Providers, Retry, Stack};
use tokio::sync::watch;
use tokio::task::{Id, JoinSet};
use tokio::time::Instant;

use self::event::HEARTBEAT;
pub use self::event::{Event, Events};
pub use self::journal::{Entry, FORMAT_VERSION, FileJournal, Journal, JournalError, Memory, read};
pub use self::verify::{Moved, Standing, look, verify};
use crate::plan::{Plan, Step};

/// A region that is gone never answers; five tries outlast a throttle.
const ATTEMPTS_MAX: u32 = 5;

/// The wait before the second try; doubled for each further one.
const BACKOFF_FIRST: Duration = Duration::from_millis(200);

/// Steps under way at once. Providers keep their own rates; this bounds memory and sockets.
const CONCURRENCY_MAX: usize = 16;

/// Whether an apply may go on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    #[default]
    Run,
    /// Steps in flight finish, no other starts.
    Soft,
    /// Nothing is waited for.
    Hard,
}

/// What became of each step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub done: BTreeSet<u32>,
    /// With the reason, causes included.
    pub failed: BTreeMap<u32, String>,
    /// With the step that failed and that they follow.
    pub blocked: BTreeMap<u32, u32>,
    /// Because the apply was stopped.
    pub not_started: BTreeSet<u32>,
    /// In flight when everything was stopped: done or not, the next plan tells.
    pub unknown: BTreeSet<u32>,
    /// Bytes of image content moved.
    pub bytes: u64,
    /// Whether a step found something else than the plan expects.
    pub stale: bool,
}

impl Outcome {
    /// Whether everything was done.
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty()
            && self.blocked.is_empty()
            && self.not_started.is_empty()
            && self.unknown.is_empty()
    }
}

/// Keeps other applies of the stack out until dropped.
pub fn lease(stack: &Stack, providers: &Providers) -> Result<Vec<Lease>, ProviderError> {
    providers.values().map(|provider| provider.lease(stack)).collect()
}

/// Carries the plan out, but for steps that are done already. Every step is in the journal before
/// and after.
pub async fn execute(
    providers: &Providers,
    plan: &Plan,
    done: &BTreeSet<u32>,
    journal: &mut dyn Journal,
    events: &Events<'_>,
    mut stop: watch::Receiver<Stop>,
) -> Result<Outcome, JournalError> {
    let mut run = Run::of(plan, done);
    let mut flying: JoinSet<Result<u64, ProviderError>> = JoinSet::new();
    let mut started: BTreeMap<Id, (u32, Instant)> = BTreeMap::new();
    let mut heartbeat = tokio::time::interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
    let mut listening = true;
    loop {
        while *stop.borrow() == Stop::Run && flying.len() < CONCURRENCY_MAX {
            let Some(id) = run.ready.pop_first() else { break };
            let step = &plan.steps[id as usize];
            let Some(provider) = providers.get(step.provider.as_str()) else {
                run.fail(plan, id, format!("provider `{}` is not connected", step.provider));
                continue;
            };
            journal.begin(step)?;
            events(Event::Started { step });
            let (provider, step) = (Arc::clone(provider), step.clone());
            let stack = plan.stack.clone();
            let handle = flying.spawn(async move { carry_out(&*provider, &stack, &step).await });
            started.insert(handle.id(), (id, Instant::now()));
        }
        let joined = tokio::select! {
            biased;
            joined = flying.join_next_with_id(), if !flying.is_empty() => joined,
            changed = stop.changed(), if listening && !flying.is_empty() => {
                listening = changed.is_ok();
                if *stop.borrow() == Stop::Hard {
                    break;
                }
                continue;
            }
            _ = heartbeat.tick(), if !flying.is_empty() => {
                let long = started.values().filter(|(_, since)| since.elapsed() >= HEARTBEAT);
                for (id, since) in long {
                    events(Event::Waiting { step: &plan.steps[*id as usize], for_: since.elapsed() });
                }
                continue;
            }
            else => break,
        };
        let Some(joined) = joined else { break };
        finish(plan, joined, &mut started, &mut run, journal, events)?;
    }
    flying.abort_all();
    let mut outcome = run.outcome;
    outcome.unknown = started.values().map(|(id, _)| *id).collect();
    for id in &outcome.unknown {
        journal.finish(&plan.steps[*id as usize], Err("stopped while in flight"))?;
    }
    outcome.not_started = run
        .waiting
        .keys()
        .copied()
        .chain(run.ready)
        .filter(|id| !outcome.blocked.contains_key(id) && !outcome.unknown.contains(id))
        .collect();
    journal.end(outcome.is_complete())?;
    Ok(outcome)
}

type Joined = Result<(Id, Result<u64, ProviderError>), tokio::task::JoinError>;

fn finish(
    plan: &Plan,
    joined: Joined,
    started: &mut BTreeMap<Id, (u32, Instant)>,
    run: &mut Run,
    journal: &mut dyn Journal,
    events: &Events<'_>,
) -> Result<(), JournalError> {
    let (task, result) = match joined {
        Ok((task, Ok(bytes))) => (task, Ok(bytes)),
        Ok((task, Err(error))) => {
            run.outcome.stale |= matches!(error, ProviderError::Stale { .. });
            (task, Err(crate::diagnostic::chain(&error)))
        }
        Err(panic) => (panic.id(), Err(format!("this is a bug in Lifeboat: {panic}"))),
    };
    let Some((id, since)) = started.remove(&task) else { return Ok(()) };
    let step = &plan.steps[id as usize];
    match result {
        Ok(bytes) => {
            journal.finish(step, Ok(bytes))?;
            events(Event::Done { step, after: since.elapsed(), bytes });
            run.done(id, bytes);
        }
        Err(why) => {
            journal.finish(step, Err(&why))?;
            events(Event::Failed { step, why: &why });
            run.fail(plan, id, why);
        }
    }
    Ok(())
}

/// What is done and what waits.
struct Run {
    ready: BTreeSet<u32>,
    /// How many steps each waiting one still follows.
    waiting: BTreeMap<u32, usize>,
    followers: Vec<Vec<u32>>,
    outcome: Outcome,
}

impl Run {
    fn of(plan: &Plan, done: &BTreeSet<u32>) -> Self {
        let mut followers: Vec<Vec<u32>> = vec![Vec::new(); plan.steps.len()];
        let (mut ready, mut waiting) = (BTreeSet::new(), BTreeMap::new());
        for step in &plan.steps {
            for earlier in &step.follows {
                followers[*earlier as usize].push(step.id);
            }
            if step.follows.is_empty() {
                ready.insert(step.id);
            } else {
                waiting.insert(step.id, step.follows.len());
            }
        }
        let mut run = Self { ready, waiting, followers, outcome: Outcome::default() };
        for id in done {
            run.ready.remove(id);
            run.waiting.remove(id);
            run.done(*id, 0);
        }
        for id in done {
            run.ready.remove(id);
        }
        run
    }

    fn done(&mut self, id: u32, bytes: u64) {
        self.outcome.done.insert(id);
        self.outcome.bytes += bytes;
        for later in &self.followers[id as usize] {
            if let Some(left) = self.waiting.get_mut(later) {
                *left -= 1;
                if *left == 0 {
                    self.waiting.remove(later);
                    self.ready.insert(*later);
                }
            }
        }
    }

    fn fail(&mut self, plan: &Plan, id: u32, why: String) {
        self.outcome.failed.insert(id, why);
        let mut blocked = self.followers[id as usize].clone();
        while let Some(later) = blocked.pop() {
            if self.waiting.remove(&later).is_some() {
                self.outcome.blocked.insert(later, id);
                blocked.extend(&self.followers[plan.steps[later as usize].id as usize]);
            }
        }
    }
}

/// Commits a step and waits until it is in effect; repeats what can be repeated.
async fn carry_out(
    provider: &dyn Provider,
    stack: &Stack,
    step: &Step,
) -> Result<u64, ProviderError> {
    let mut batch = Batch { stack: stack.clone(), writes: step.writes.clone(), repeated: false };
    let mut attempt = 1;
    let receipt = loop {
        match provider.commit(&batch).await {
            Ok(receipt) => break receipt,
            Err(error) if attempt < ATTEMPTS_MAX => match error.retry() {
                Retry::Never => return Err(error),
                Retry::Again => {}
                Retry::AgainRepeated => batch.repeated = true,
            },
            Err(error) => return Err(error),
        }
        tokio::time::sleep(backoff(step.id, attempt)).await;
        attempt += 1;
    };
    provider.settle(&receipt).await?;
    Ok(receipt.bytes)
}

/// Doubles with each attempt, spread by up to a half so that steps do not repeat in one beat. The
/// spread comes from the step, not from chance: the same plan runs the same way.
fn backoff(step: u32, attempt: u32) -> Duration {
    let base = BACKOFF_FIRST * 2_u32.pow(attempt - 1);
    base + base * (step.wrapping_mul(2_654_435_761) >> 25) / 256
}
