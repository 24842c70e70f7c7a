//! The cloud in memory, with everything that can go wrong, from a seed.
//!
//! Input: a seed and faults. Output: the same answers for the same calls, every time, and a log of
//! them. Content of images is not moved: a digest is all there is.

mod fault;
mod random;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lifeboat_contract::{
    Batch, BoxFuture, Digest, Lease, Location, Observation, Provider, ProviderError, Receipt,
    Scope, Spec, Stack, Unreachable,
};

use crate::cloud::{Cloud, refused};
use crate::info::NAME;

pub use fault::{Call, Event, Faults, Outcome};
pub use random::Random;

type Meddler = Box<dyn FnMut(&mut Cloud, &mut Random) + Send>;
type Observer = Box<dyn Fn(&Cloud, &Batch) + Send>;

/// A cloud in memory. Clones are the same cloud.
#[derive(Clone)]
pub struct World {
    state: Arc<Mutex<State>>,
    leases: Arc<Mutex<BTreeSet<Stack>>>,
}

struct State {
    cloud: Cloud,
    random: Random,
    faults: Faults,
    /// Calls that are still answered; absent for all.
    calls_left: Option<u64>,
    lose_next: bool,
    dark: BTreeSet<Location>,
    /// The images that sources have; absent for all.
    known: Option<BTreeSet<Digest>>,
    meddler: Option<Meddler>,
    observer: Option<Observer>,
    log: Vec<Event>,
}

impl World {
    /// An empty cloud where nothing goes wrong yet.
    pub fn new(seed: u64) -> Self {
        Self::holding(Cloud::default(), seed)
    }

    /// A cloud that holds something already.
    pub fn holding(cloud: Cloud, seed: u64) -> Self {
        let state = State {
            cloud,
            random: Random::new(seed),
            faults: Faults::default(),
            calls_left: None,
            lose_next: false,
            dark: BTreeSet::new(),
            known: None,
            meddler: None,
            observer: None,
            log: Vec::new(),
        };
        Self { state: Arc::new(Mutex::new(state)), leases: Arc::default() }
    }

    /// What goes wrong from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.state().faults = faults;
    }

    /// Carries out the next commit and loses its answer.
    pub fn lose_next_answer(&self) {
        self.state().lose_next = true;
    }

    /// After `calls` more calls nothing is answered or done until [`World::revive`]: the caller was
    /// killed.
    pub fn crash_after(&self, calls: u64) {
        self.state().calls_left = Some(calls);
    }

    /// Answers again, as to a new process: leases of the killed one are free.
    pub fn revive(&self) {
        self.state().calls_left = None;
        unpoisoned(&self.leases).clear();
    }

    /// Whether the calls that [`World::crash_after`] allowed are used up.
    pub fn crashed(&self) -> bool {
        self.state().calls_left == Some(0)
    }

    /// Takes regions away; those not named answer again.
    pub fn darken(&self, locations: BTreeSet<Location>) {
        self.state().dark = locations;
    }

    /// From now on sources have only these images.
    pub fn know_images(&self, digests: BTreeSet<Digest>) {
        self.state().known = Some(digests);
    }

    /// Lets somebody else change the cloud before each call.
    pub fn meddle(&self, meddler: impl FnMut(&mut Cloud, &mut Random) + Send + 'static) {
        self.state().meddler = Some(Box::new(meddler));
    }

    /// Nobody else changes the cloud any more.
    pub fn leave_alone(&self) {
        self.state().meddler = None;
    }

    /// Shows the cloud after every commit that was carried out, its answer lost or not. The
    /// observer must not call back.
    pub fn watch(&self, observer: impl Fn(&Cloud, &Batch) + Send + 'static) {
        self.state().observer = Some(Box::new(observer));
    }

    /// What is there now.
    pub fn cloud(&self) -> Cloud {
        self.state().cloud.clone()
    }

    /// Changes the cloud as somebody else would.
    pub fn edit<T>(&self, edit: impl FnOnce(&mut Cloud) -> T) -> T {
        edit(&mut self.state().cloud)
    }

    /// All calls so far and how they ended. The same seed and calls give the same log.
    pub fn log(&self) -> Vec<Event> {
        self.state().log.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        unpoisoned(&self.state)
    }
}

/// A test that panicked while it held the lock has failed already; what it left is whole, since a
/// commit that fails leaves no trace.
fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    fn observe(&mut self, scope: &Scope) -> Result<Observation, ProviderError> {
        let outcome = self.begin();
        self.log.push(Event { call: Call::Observe, outcome });
        outcome.failure()?;
        let mut seen = self.cloud.observe(scope);
        seen.objects
            .retain(|object| object.key.location().is_none_or(|at| !self.dark.contains(at)));
        seen.unreachable = self.dark.iter().map(dark).collect();
        Ok(seen)
    }

    fn commit(&mut self, batch: &Batch) -> Result<Receipt, ProviderError> {
        let mut outcome = self.begin();
        let dark = |batch: &Batch| {
            let mut locations = batch.writes.iter().filter_map(|write| write.key.location());
            locations.any(|at| self.dark.contains(at))
        };
        if std::mem::take(&mut self.lose_next) && outcome == Outcome::Answered {
            outcome = Outcome::Lost;
        }
        if matches!(outcome, Outcome::Answered | Outcome::Lost) && dark(batch) {
            outcome = Outcome::Unanswered;
        }
        let mut answer = Err(no_answer());
        if matches!(outcome, Outcome::Answered | Outcome::Lost) {
            answer = self.admit(batch).and_then(|()| self.cloud.commit(batch));
            if answer.is_err() && outcome == Outcome::Answered {
                outcome = Outcome::Refused;
            }
            if let (Ok(_), Some(observer)) = (&answer, &self.observer) {
                observer(&self.cloud, batch);
            }
        }
        let keys = batch.writes.iter().map(|write| write.key.clone()).collect();
        self.log.push(Event { call: Call::Commit { keys, repeated: batch.repeated }, outcome });
        outcome.failure()?;
        answer
    }

    fn admit(&self, batch: &Batch) -> Result<(), ProviderError> {
        let Some(known) = &self.known else { return Ok(()) };
        for write in &batch.writes {
            let copies = write.then.as_ref().is_some_and(|wanted| {
                matches!(wanted.spec, Spec::ImageCopy(_)) && write.expect.is_none()
            });
            if let lifeboat_contract::Key::ImageCopy { digest, .. } = &write.key
                && copies
                && !known.contains(digest)
            {
                return Err(refused(&write.key, "its source does not have it"));
            }
        }
        Ok(())
    }

    /// What becomes of the next call, drawn before anything else so that it depends on nothing else.
    fn begin(&mut self) -> Outcome {
        match &mut self.calls_left {
            Some(0) => return Outcome::Crashed,
            Some(left) => *left -= 1,
            None => {}
        }
        let outcome = self.faults.draw(&mut self.random);
        if let Some(meddler) = &mut self.meddler {
            meddler(&mut self.cloud, &mut self.random);
        }
        outcome
    }
}

fn no_answer() -> ProviderError {
    ProviderError::NoAnswer { endpoint: "the world".to_owned(), source: None }
}

fn dark(location: &Location) -> Unreachable {
    Unreachable { location: Some(location.clone()), why: format!("{location} is dark") }
}

impl Provider for World {
    fn name(&self) -> &'static str {
        NAME
    }

    fn observe<'a>(
        &'a self,
        scope: &'a Scope,
    ) -> BoxFuture<'a, Result<Observation, ProviderError>> {
        Box::pin(async move { self.state().observe(scope) })
    }

    fn commit<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Result<Receipt, ProviderError>> {
        Box::pin(async move { self.state().commit(batch) })
    }

    fn settle<'a>(&'a self, _receipt: &'a Receipt) -> BoxFuture<'a, Result<(), ProviderError>> {
        Box::pin(async { Ok(()) })
    }

    fn lease(&self, stack: &Stack) -> Result<Lease, ProviderError> {
        if !unpoisoned(&self.leases).insert(stack.clone()) {
            return Err(ProviderError::Busy);
        }
        Ok(Lease::holding(Held { stack: stack.clone(), leases: Arc::clone(&self.leases) }))
    }
}

struct Held {
    stack: Stack,
    leases: Arc<Mutex<BTreeSet<Stack>>>,
}

impl Drop for Held {
    fn drop(&mut self) {
        unpoisoned(&self.leases).remove(&self.stack);
    }
}
