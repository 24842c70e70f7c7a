//! The checkers: sixteen for each check that asks an endpoint, and what they say together.
//!
//! Checkers do not coordinate. Each asks, waits for the interval, and asks again; so many answers of
//! one kind in a row change what it says.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lifeboat_contract::living::Standing;
use lifeboat_contract::routing::{Checks, endpoint_healthy};
use lifeboat_contract::{AddressDigest, CheckRef, Endpoint, HealthCheck, Location};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::clock::{Clock, Pace};
use super::content::Content;
use super::probe::probe;
use super::stand_in::Words;
use crate::world::Random;

/// Where Route 53 has checkers (API reference, `HealthCheckConfig`).
const PLACES: [&str; 8] = [
    "us-east-1",
    "us-west-1",
    "us-west-2",
    "eu-west-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-northeast-1",
    "sa-east-1",
];

/// Checkers in each place: they run in 16 availability zones.
const EACH: usize = 2;

/// Where the checkers of a check stand.
pub(super) fn everywhere() -> impl Iterator<Item = &'static str> {
    PLACES.into_iter().flat_map(|place| [place; EACH])
}

/// What checkers ask, and when.
pub(super) struct Asked {
    pub(super) clock: Clock,
    pub(super) endpoints: BTreeMap<Location, SocketAddr>,
    /// The region whose endpoint each declared check asks.
    pub(super) places: BTreeMap<AddressDigest, Location>,
}

/// All checkers. Dropping them ends them.
pub(super) struct Checkers {
    asked: Asked,
    lost: watch::Receiver<BTreeSet<Location>>,
    state: Arc<Mutex<State>>,
}

struct State {
    random: Random,
    checks: BTreeMap<CheckRef, Check>,
    /// The same, by what they mean to each other.
    known: Checks,
    /// What each check says, and since when.
    standing: BTreeMap<CheckRef, Standing>,
    trouble: Option<String>,
}

struct Check {
    spec: HealthCheck,
    /// Where it is asked; absent for one that counts others, or that nobody can ask here.
    at: Option<SocketAddr>,
    tallies: Vec<Tally>,
    /// Dropping it ends its checkers.
    #[expect(dead_code, reason = "held for its Drop")]
    tasks: JoinSet<()>,
}

/// What one checker knows.
#[derive(Clone, Debug)]
struct Tally {
    place: &'static str,
    /// Absent for one that has come back and has not asked often enough.
    says: Option<bool>,
    last: Option<bool>,
    in_a_row: u32,
    asked: bool,
}

impl Tally {
    /// A check is healthy until its checkers know better.
    fn new(place: &'static str) -> Self {
        Self { place, says: Some(true), last: None, in_a_row: 0, asked: false }
    }

    fn gone(&mut self) {
        *self = Self { says: None, ..Self::new(self.place) };
    }

    fn take(&mut self, well: bool, failures: u32) {
        self.asked = true;
        self.in_a_row = if self.last == Some(well) { self.in_a_row.saturating_add(1) } else { 1 };
        self.last = Some(well);
        if self.in_a_row >= failures {
            self.says = Some(well);
        }
    }
}

impl Checkers {
    pub(super) fn new(asked: Asked, lost: watch::Receiver<BTreeSet<Location>>, seed: u64) -> Self {
        let state = State {
            random: Random::new(seed),
            checks: BTreeMap::new(),
            known: Checks::new([]),
            standing: BTreeMap::new(),
            trouble: None,
        };
        Self { asked, lost, state: Arc::new(Mutex::new(state)) }
    }

    /// Asks what the content says from now on. A check that is as it was goes on.
    pub(super) fn follow(&self, content: &Content) {
        let mut state = locked(&self.state);
        state.checks.retain(|name, held| content.checks.get(name) == Some(&held.spec));
        for (name, check) in &content.checks {
            if state.checks.contains_key(name) {
                continue;
            }
            let at = self.at(name, check);
            let (mut tallies, mut tasks) = (Vec::new(), JoinSet::new());
            if let (Some(at), HealthCheck::Endpoint(endpoint)) = (at, check) {
                for place in everywhere() {
                    let checker = Checker {
                        clock: self.asked.clock,
                        name: name.clone(),
                        index: tallies.len(),
                        at,
                        endpoint: endpoint.clone(),
                        place,
                        random: Random::new(state.random.next_u64()),
                        state: Arc::clone(&self.state),
                    };
                    tallies.push(Tally::new(place));
                    tasks.spawn(checker.ask(self.lost.clone()));
                }
            }
            state.checks.insert(name.clone(), Check { spec: check.clone(), at, tallies, tasks });
        }
        state.known = Checks::new(content.checks.iter().map(|(name, check)| (name.clone(), check)));
        state.judge(self.asked.clock.now());
    }

    /// Where a check is asked: in the region that it is for, else where it says, if that is here.
    fn at(&self, name: &CheckRef, check: &HealthCheck) -> Option<SocketAddr> {
        let HealthCheck::Endpoint(endpoint) = check else { return None };
        let here = || {
            let address: IpAddr = endpoint.host.parse().ok()?;
            address.is_loopback().then(|| SocketAddr::from((address, endpoint.port)))
        };
        self.place(name).and_then(|place| self.asked.endpoints.get(place).copied()).or_else(here)
    }

    fn place(&self, name: &CheckRef) -> Option<&Location> {
        match name {
            CheckRef::Marked(reference) => self.asked.places.get(&reference.address),
            CheckRef::Id(_) | CheckRef::Address(_) => None,
        }
    }

    /// What the checks of each region look for in answers.
    pub(super) fn looked_for(&self) -> BTreeMap<Location, Words> {
        let mut words: BTreeMap<Location, Words> = BTreeMap::new();
        for (name, held) in &locked(&self.state).checks {
            if let (Some(place), HealthCheck::Endpoint(endpoint)) = (self.place(name), &held.spec)
                && let Some(text) = &endpoint.contains
            {
                words.entry(place.clone()).or_default().insert(text.clone());
            }
        }
        words
    }

    /// Whether a check is healthy. One that does not exist is, as nobody says otherwise.
    pub(super) fn healthy(&self, check: &CheckRef) -> bool {
        locked(&self.state).standing.get(check).is_none_or(|standing| standing.healthy)
    }

    pub(super) fn standing(&self) -> BTreeMap<CheckRef, Standing> {
        locked(&self.state).standing.clone()
    }

    pub(super) fn note(&self, trouble: Option<String>) {
        locked(&self.state).trouble = trouble;
    }

    pub(super) fn remarks(&self) -> Vec<String> {
        let state = locked(&self.state);
        let unasked = state.checks.values().filter_map(|held| match &held.spec {
            HealthCheck::Endpoint(endpoint) if held.at.is_none() => Some(format!(
                "{} is asked by nobody, and counts as healthy: it belongs to no one region",
                endpoint.url()
            )),
            HealthCheck::Endpoint(_) | HealthCheck::Calculated { .. } => None,
        });
        unasked.chain(state.trouble.clone()).collect()
    }
}

impl State {
    /// Judges all checks again; called whenever a checker says something else than before.
    fn judge(&mut self, now: Duration) {
        let statuses = self.known.statuses(&|index| {
            let held = self.checks.get(&self.known.names()[index])?;
            match held.at {
                Some(_) => held.healthy(),
                None => Some(true),
            }
        });
        let names = self.known.names().iter().cloned();
        let judged = names.zip(statuses).map(|(name, healthy)| {
            let before = self.standing.get(&name);
            // What nobody can tell stays as it was.
            let healthy = healthy.unwrap_or_else(|| before.is_none_or(|before| before.healthy));
            let same = before.filter(|before| before.healthy == healthy);
            let since = same.map_or(now, |before| before.since);
            let (passing, reporting, checkers) =
                self.checks.get(&name).map(Check::count).unwrap_or_default();
            (name, Standing { healthy, since, passing, reporting, checkers })
        });
        self.standing = judged.collect();
    }
}

impl Check {
    /// What its checkers say together; absent where none of them says anything.
    fn healthy(&self) -> Option<bool> {
        let says = self.tallies.iter().filter_map(|tally| tally.says);
        let (passing, saying) =
            says.fold((0, 0), |(passing, saying), well| (passing + u32::from(well), saying + 1));
        endpoint_healthy(passing, saying)
    }

    /// Checkers that are well, that report, and that there are.
    fn count(&self) -> (usize, usize, usize) {
        let passing = self.tallies.iter().filter(|tally| tally.says == Some(true)).count();
        let reporting = self.tallies.iter().filter(|t| t.asked && t.says.is_some()).count();
        (passing, reporting, self.tallies.len())
    }
}

/// One checker of one check.
struct Checker {
    clock: Clock,
    name: CheckRef,
    /// Among those of the check.
    index: usize,
    at: SocketAddr,
    endpoint: Endpoint,
    place: &'static str,
    random: Random,
    state: Arc<Mutex<State>>,
}

impl Checker {
    async fn ask(mut self, mut lost: watch::Receiver<BTreeSet<Location>>) {
        let place = self.place;
        let gone = |lost: &BTreeSet<Location>| lost.iter().any(|lost| lost.as_str() == place);
        loop {
            // The cloud ends with its senders.
            if lost.wait_for(|lost| !gone(lost)).await.is_err() {
                return;
            }
            let phase = self.phase();
            let asking = async {
                let mut pace = Pace::start(self.clock);
                pace.sleep(phase).await;
                loop {
                    let well = probe(&mut pace, self.at, &self.endpoint).await;
                    self.tell(|tally| tally.take(well, self.endpoint.failures));
                    pace.sleep(Duration::from_secs(self.endpoint.interval.into())).await;
                }
            };
            tokio::select! {
                biased;
                lost = lost.wait_for(gone) => if lost.is_err() { return },
                () = asking => {}
            }
            self.tell(Tally::gone);
        }
    }

    /// Nobody knows how long ago a checker asked last.
    fn phase(&mut self) -> Duration {
        let interval = Duration::from_secs(self.endpoint.interval.into());
        let millis = u64::try_from(interval.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(self.random.below(millis))
    }

    fn tell(&self, news: impl FnOnce(&mut Tally)) {
        let mut state = locked(&self.state);
        let tally = state.checks.get_mut(&self.name).and_then(|it| it.tallies.get_mut(self.index));
        let Some(tally) = tally else { return };
        let before = (tally.says, tally.asked);
        news(tally);
        if before != (tally.says, tally.asked) {
            state.judge(self.clock.now());
        }
    }
}

/// A thread that panicked leaves what it was doing half done, not wrong.
fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn so_many_answers_in_a_row_change_what_a_checker_says() {
        let mut tally = Tally::new("here");
        for (well, says) in [
            (false, Some(true)),
            (false, Some(true)),
            (true, Some(true)),
            (false, Some(true)),
            (false, Some(true)),
            (false, Some(false)),
            (true, Some(false)),
        ] {
            tally.take(well, 3);
            assert_eq!(tally.says, says);
        }
        tally.gone();
        for says in [None, None, Some(true)] {
            tally.take(true, 3);
            assert_eq!(tally.says, says);
        }
    }
}
