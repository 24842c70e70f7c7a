//! Carries a plan out.
//!
//! Input: [`Plan`], [`Providers`]. Output: [`Outcome`], and a [`Journal`] as it goes. Obeys: decides
//! nothing, reads no configuration. What a failed step does not block is still done.

mod carry;
mod event;
mod journal;
mod meter;
mod run;
mod verify;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lifeboat_contract::{Lease, ProviderError, Providers, Stack, Transfer};
use tokio::sync::watch;
use tokio::task::{Id, JoinSet};
use tokio::time::Instant;

use self::carry::{carry_out, together};
pub use self::event::{Event, Events};
use self::event::{HEARTBEAT, PULSE};
pub use self::journal::{Entry, FORMAT_VERSION, FileJournal, Journal, JournalError, Memory, read};
use self::meter::Meter;
use self::run::Run;
pub use self::verify::{Moved, Standing, look, verify};
use crate::plan::Plan;

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
    let mut flying = Flying::default();
    let now = Instant::now();
    let mut heartbeat = tokio::time::interval_at(now + HEARTBEAT, HEARTBEAT);
    let mut pulse = tokio::time::interval_at(now + PULSE, PULSE);
    let mut listening = true;
    loop {
        while *stop.borrow() == Stop::Run && flying.steps.len() < CONCURRENCY_MAX {
            let Some(ids) = run.next(flying.steps.is_empty()) else { break };
            start(&ids, (plan, providers), &mut run, &mut flying, journal, events)?;
        }
        let joined = tokio::select! {
            biased;
            joined = flying.steps.join_next_with_id(), if !flying.steps.is_empty() => joined,
            changed = stop.changed(), if listening && !flying.steps.is_empty() => {
                listening = changed.is_ok();
                if *stop.borrow() == Stop::Hard {
                    break;
                }
                continue;
            }
            _ = heartbeat.tick(), if !flying.steps.is_empty() => {
                flying.tell_long(plan, events);
                continue;
            }
            _ = pulse.tick(), if !flying.steps.is_empty() => {
                flying.tell_moved(plan, events);
                continue;
            }
            else => break,
        };
        let Some(joined) = joined else { break };
        finish(plan, joined, &mut flying.started, &mut run, journal, events)?;
    }
    flying.abort();
    let waiting = run.unfinished();
    let mut outcome = run.outcome;
    outcome.unknown = flying.started.values().map(|started| started.id).collect();
    for id in &outcome.unknown {
        journal.finish(&plan.steps[*id as usize], Err("stopped while in flight"))?;
    }
    outcome.not_started = waiting
        .into_iter()
        .filter(|id| !outcome.blocked.contains_key(id) && !outcome.unknown.contains(id))
        .collect();
    journal.end(outcome.is_complete())?;
    Ok(outcome)
}

/// Steps under way.
#[derive(Default)]
struct Flying {
    steps: JoinSet<Result<u64, ProviderError>>,
    /// First tries that several steps make together.
    companies: JoinSet<()>,
    started: BTreeMap<Id, Started>,
}

/// A step under way.
struct Started {
    id: u32,
    since: Instant,
    meter: Arc<Meter>,
    /// What was told of it last.
    told: Transfer,
}

impl Flying {
    fn tell_long(&self, plan: &Plan, events: &Events<'_>) {
        let long = self.started.values().filter(|started| started.since.elapsed() >= HEARTBEAT);
        for Started { id, since, meter, .. } in long {
            let (step, for_) = (&plan.steps[*id as usize], since.elapsed());
            events(Event::Waiting { step, for_, transfer: meter.get() });
        }
    }

    fn tell_moved(&mut self, plan: &Plan, events: &Events<'_>) {
        for Started { id, since, meter, told } in self.started.values_mut() {
            let transfer = meter.get();
            if transfer != *told {
                *told = transfer;
                let (step, for_) = (&plan.steps[*id as usize], since.elapsed());
                events(Event::Moving { step, for_, transfer });
            }
        }
    }

    fn abort(&mut self) {
        self.steps.abort_all();
        self.companies.abort_all();
    }
}

/// Starts these steps: one, or several that share what they read.
fn start(
    ids: &[u32],
    (plan, providers): (&Plan, &Providers),
    run: &mut Run<'_>,
    flying: &mut Flying,
    journal: &mut dyn Journal,
    events: &Events<'_>,
) -> Result<(), JournalError> {
    let steps: Vec<_> = ids.iter().map(|id| &plan.steps[*id as usize]).collect();
    let Some(provider) = steps.first().and_then(|step| providers.get(step.provider.as_str()))
    else {
        for step in steps {
            run.fail(step.id, format!("provider `{}` is not connected", step.provider));
        }
        return Ok(());
    };
    for step in &steps {
        journal.begin(step)?;
        events(Event::Started { step });
    }
    let meters: Vec<Arc<Meter>> = steps.iter().map(|_| Arc::default()).collect();
    let first_tries = match &steps[..] {
        [_] => vec![None],
        _ => {
            let (company, told) = together(provider, &plan.stack, &steps, meters.clone());
            drop(flying.companies.spawn(company));
            told.into_iter().map(Some).collect()
        }
    };
    for ((step, meter), first) in steps.into_iter().zip(meters).zip(first_tries) {
        let (provider, stack) = (Arc::clone(provider), plan.stack.clone());
        let (id, carried, gauge) = (step.id, step.clone(), Arc::clone(&meter));
        let handle = flying
            .steps
            .spawn(async move { carry_out(&*provider, &stack, &carried, &gauge, first).await });
        let started = Started { id, since: Instant::now(), meter, told: Transfer::default() };
        flying.started.insert(handle.id(), started);
    }
    Ok(())
}

type Joined = Result<(Id, Result<u64, ProviderError>), tokio::task::JoinError>;

fn finish(
    plan: &Plan,
    joined: Joined,
    started: &mut BTreeMap<Id, Started>,
    run: &mut Run<'_>,
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
    let Some(Started { id, since, .. }) = started.remove(&task) else { return Ok(()) };
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
            run.fail(id, why);
        }
    }
    Ok(())
}
