//! Those who watch: clients of every class, one who only looks names up, and what checkers say.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lifeboat_contract::living::{Living, Standing};
use lifeboat_contract::{AddressDigest, CheckRef, Location};
use tokio::task::JoinSet;

use super::client::{Client, Lookup, Track, Tracks, get, locked, place};
use super::outcome::Class;
use super::predict::{Prospect, Rates};
use super::query::Question;
use super::resolver::{keeper, resolver};
use super::scene::Scene;
use super::timer::{Chance, Timer};

/// Clients of each class, for each name, each with a resolver of its own.
const CLIENTS_EACH: usize = 10;

/// Names that are watched; each costs some hundred requests a second of the wall's.
const NAMES_MAX: usize = 8;

/// From one look to the next.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How much longer than predicted is waited, so that what comes late is seen to.
const LATE_MAX: Duration = Duration::from_secs(20);

/// At least so long is waited by the wall's clock: the time that a busy machine needs to begin.
const BEGIN_MAX: Duration = Duration::from_secs(20);

/// Requests to learn how long one takes.
const SAMPLES: u32 = 5;

/// All who watch. Dropping it ends them.
pub(super) struct Watch<'l> {
    living: &'l dyn Living,
    pub(super) watched: Vec<Watched>,
    /// Names that nobody watches, and why.
    pub(super) left_out: Vec<String>,
    pub(super) timer: Timer,
    pub(super) lost: Location,
    loss: lifeboat_contract::living::Loss,
    speed: u32,
    /// By how much the cloud's clock is ahead of ours.
    ahead: Duration,
    answered: Mutex<f64>,
    #[expect(dead_code, reason = "held for its Drop")]
    tasks: JoinSet<()>,
}

/// One name, and who watches it.
pub(super) struct Watched {
    pub(super) prospect: Prospect,
    clients: Vec<(Class, Tracks)>,
    log: Arc<Mutex<Log>>,
}

/// Where the servers of the zone sent whoever asked, and when.
type Log = Vec<(Duration, Option<Location>)>;

/// What was seen of one name in one phase, in seconds from its start; absent for what did not
/// happen.
#[derive(Clone, Debug, Default)]
pub(super) struct Sight {
    pub(super) turned: Option<f64>,
    pub(super) switched: Option<f64>,
    pub(super) served: BTreeMap<Class, Vec<Option<f64>>>,
}

impl<'l> Watch<'l> {
    pub(super) fn start(living: &'l dyn Living, names: Vec<Prospect>, scene: &Scene) -> Self {
        let timer = Timer::start(scene.speed);
        let ahead = living.now().saturating_sub(timer.now());
        let mut chance = Chance::new(scene.seed);
        let (mut tasks, mut watched, mut left_out) = (JoinSet::new(), Vec::new(), Vec::new());
        let endpoints = Arc::new(living.endpoints());
        for name in names {
            if let Some(why) = &name.unwatched {
                left_out.push(format!("{} is not watched: {why}", name.name));
            } else if watched.len() == NAMES_MAX {
                left_out.push(format!("{} is not watched: {NAMES_MAX} names are", name.name));
            } else {
                let staging =
                    Staging { server: living.dns(), endpoints: &endpoints, timer: &timer };
                watched.push(staging.watch(name, &mut chance, &mut tasks));
            }
        }
        Self {
            living,
            watched,
            left_out,
            timer,
            lost: scene.region.location.clone(),
            loss: scene.loss,
            speed: scene.speed,
            ahead,
            answered: Mutex::new(0.0),
            tasks,
        }
    }

    /// Waits until everything is well: every checker has asked, every client is served.
    pub(super) async fn settle(&self) -> Result<(), String> {
        let intervals = self.watched.iter().flat_map(|it| &it.prospect.checks);
        let interval = intervals.map(|(_, tree)| tree.interval()).max().unwrap_or_default();
        let limit = (interval + LATE_MAX).max(BEGIN_MAX * self.speed);
        let until = self.timer.now() + limit;
        loop {
            let missing = self.missing();
            if missing.is_empty() {
                break;
            }
            if self.timer.now() > until {
                return Err(format!("nothing was lost, as {} from the start", missing.join(", ")));
            }
            self.timer.sleep(LOOK_EVERY).await;
        }
        *locked(&self.answered) = self.sample().await;
        self.timer.forget_lateness();
        Ok(())
    }

    /// What is not well.
    fn missing(&self) -> Vec<String> {
        let standing = self.living.standing();
        let mut missing = Vec::new();
        for it in &self.watched {
            let name = &it.prospect.name;
            let checks = standing_of(&it.prospect, &standing);
            let is_well =
                |standing: &&Standing| standing.healthy && standing.reporting == standing.checkers;
            if checks.len() < it.prospect.checks.len() || !checks.iter().all(is_well) {
                missing.push(format!("the checks of {name} are not all healthy"));
            }
            let unserved =
                it.clients.iter().filter(|(_, track)| locked(track).served.is_none()).count();
            if unserved > 0 {
                missing.push(format!("{unserved} clients of {name} are not served"));
            }
        }
        missing
    }

    /// How long a request takes that is answered, in the cloud's seconds.
    async fn sample(&self) -> f64 {
        let mut sum = Duration::ZERO;
        let mut count = 0;
        for it in &self.watched {
            for at in self.living.endpoints().into_values() {
                for _ in 0..SAMPLES {
                    let began = self.timer.now();
                    if get(at, &it.prospect.name).await.is_ok() {
                        sum += self.timer.now().saturating_sub(began);
                        count += 1;
                    }
                }
            }
        }
        sum.as_secs_f64() / f64::from(count.max(1))
    }

    /// What predictions rest on.
    pub(super) fn rates(&self) -> Rates {
        let checkers = self.living.checkers();
        let count = |all: bool| {
            let there = checkers.iter().filter(|place| all || **place != self.lost);
            u32::try_from(there.count()).unwrap_or(u32::MAX)
        };
        let answered = *locked(&self.answered);
        Rates { loss: self.loss, answered, left: count(false), all: count(true) }
    }

    pub(super) fn remarks(&self) -> Vec<String> {
        self.living.remarks()
    }

    /// Watches until every client is served again.
    pub(super) async fn fall(&self, since: Duration) -> Vec<Sight> {
        let rates = self.rates();
        let bounds = self.watched.iter().flat_map(|it| {
            let classes = Class::ALL.into_iter().map(|class| it.prospect.serves(&rates, class));
            classes.flatten().map(|forecast| forecast.most)
        });
        self.until(since, bounds.fold(0.0, f64::max), false).await
    }

    /// Watches until the region serves again.
    pub(super) async fn rise(&self, since: Duration) -> Vec<Sight> {
        let rates = self.rates();
        let bounds = self.watched.iter().filter_map(|it| it.prospect.turns(&rates, false));
        self.until(since, bounds.map(|forecast| forecast.most).fold(0.0, f64::max), true).await
    }

    /// Watches until all has happened that is to happen, or the limit.
    async fn until(&self, since: Duration, bound: f64, healthy: bool) -> Vec<Sight> {
        let ours = since.saturating_sub(self.ahead);
        let until = ours + Duration::from_secs_f64(bound * 1.1) + LATE_MAX;
        loop {
            let sights: Vec<Sight> =
                self.watched.iter().map(|it| self.sight(it, since, healthy)).collect();
            let pairs = self.watched.iter().zip(&sights);
            let mut done = pairs.map(|(it, sight)| it.is_over(sight, healthy, &self.lost));
            if done.all(|one| one) || self.timer.now() > until {
                return sights;
            }
            self.timer.sleep(LOOK_EVERY).await;
        }
    }

    fn sight(&self, it: &Watched, since: Duration, healthy: bool) -> Sight {
        let ours = since.saturating_sub(self.ahead);
        let after = |when: Duration| when.saturating_sub(ours).as_secs_f64();
        let standing = self.living.standing();
        let checks = standing_of(&it.prospect, &standing);
        let turned = checks.iter().map(|standing| {
            let turned = standing.healthy == healthy && standing.since >= since;
            turned.then(|| standing.since.saturating_sub(since).as_secs_f64())
        });
        let turned: Option<Vec<f64>> = turned.collect();
        let turned =
            turned.filter(|all| !all.is_empty()).map(|all| all.into_iter().fold(0.0, f64::max));
        let log = locked(&it.log);
        let is_lost =
            |(_, place): &&(Duration, Option<Location>)| place.as_ref() == Some(&self.lost);
        let phase: Vec<_> = log.iter().filter(|(when, _)| *when >= ours).collect();
        let switched = if healthy {
            phase.iter().find(|entry| is_lost(entry)).map(|(when, _)| after(*when))
        } else {
            // The first look after the last that led to the lost region.
            let next = phase.iter().rposition(is_lost).map_or(0, |at| at + 1);
            phase.get(next).map(|(when, _)| after(*when))
        };
        let mut served: BTreeMap<Class, Vec<Option<f64>>> = BTreeMap::new();
        for (class, track) in &it.clients {
            served.entry(*class).or_default().push(again(&locked(track), ours, &self.lost));
        }
        Sight { turned, switched, served }
    }
}

/// What the checks say that matter to a name.
fn standing_of<'s>(
    name: &Prospect,
    standing: &'s BTreeMap<CheckRef, Standing>,
) -> Vec<&'s Standing> {
    let digests: BTreeSet<&AddressDigest> = name.checks.iter().map(|(digest, _)| digest).collect();
    let ours = standing.iter().filter(|(check, _)| match check {
        CheckRef::Marked(reference) => digests.contains(&reference.address),
        CheckRef::Address(_) | CheckRef::Id(_) => false,
    });
    ours.map(|(_, standing)| standing).collect()
}

/// When a client was served again, in seconds after the loss: at once, if it never noticed.
fn again(track: &Track, lost_at: Duration, lost: &Location) -> Option<f64> {
    let (began, _, place) = track.served.as_ref()?;
    if *began <= lost_at || place == lost {
        return None;
    }
    match track.failed {
        Some(failed) if failed >= lost_at => {
            Some(track.again?.saturating_sub(lost_at).as_secs_f64())
        }
        Some(_) | None => Some(0.0),
    }
}

impl Watched {
    fn is_over(&self, sight: &Sight, healthy: bool, lost: &Location) -> bool {
        let turned = sight.turned.is_some() || self.prospect.checks.is_empty();
        let back = !self.prospect.before.contains(lost) || sight.switched.is_some();
        let served = sight.served.values().flatten().all(Option::is_some);
        turned && if healthy { back } else { sight.switched.is_some() && served }
    }
}

/// What whoever watches needs.
struct Staging<'s> {
    server: SocketAddr,
    endpoints: &'s Arc<BTreeMap<Location, SocketAddr>>,
    timer: &'s Timer,
}

impl Staging<'_> {
    fn watch(&self, name: Prospect, chance: &mut Chance, tasks: &mut JoinSet<()>) -> Watched {
        let question = Question { server: self.server, name: name.name.clone(), rtype: name.rtype };
        let mut clients = Vec::new();
        for class in Class::ALL {
            for _ in 0..CLIENTS_EACH {
                let lookup = self.lookup(class, &question, chance, tasks);
                let track = Tracks::default();
                let client = Client {
                    lookup,
                    name: name.name.clone(),
                    leads: Arc::clone(&name.leads),
                    endpoints: Arc::clone(self.endpoints),
                    timer: self.timer.clone(),
                    chance: Chance::new(chance.next()),
                    track: Arc::clone(&track),
                };
                tasks.spawn(client.run());
                clients.push((class, track));
            }
        }
        let log = Arc::default();
        let looking = look(
            question,
            Arc::clone(&name.leads),
            self.timer.clone(),
            Chance::new(chance.next()),
            Arc::clone(&log),
        );
        tasks.spawn(looking);
        Watched { prospect: name, clients, log }
    }

    fn lookup(
        &self,
        class: Class,
        question: &Question,
        chance: &mut Chance,
        tasks: &mut JoinSet<()>,
    ) -> Lookup {
        let least = Duration::from_secs(class.stretches_to().into());
        let mut own = || (self.timer.clone(), Chance::new(chance.next()));
        if class == Class::Direct {
            return Lookup::Direct(question.clone());
        }
        let (timer, luck) = own();
        let known = resolver(question.clone(), least, timer, luck, tasks);
        if class != Class::Cached {
            return Lookup::Cached(known);
        }
        let (timer, luck) = own();
        let keep = Duration::from_secs(class.caches_for().into());
        Lookup::Cached(keeper(known, keep, timer, luck, tasks))
    }
}

/// Asks the servers of the zone again and again.
async fn look(
    question: Question,
    leads: Arc<BTreeMap<String, Location>>,
    timer: Timer,
    mut chance: Chance,
    log: Arc<Mutex<Log>>,
) {
    loop {
        #[expect(clippy::cast_possible_truncation, reason = "any 16 bits will do")]
        let told = question.ask(chance.next() as u16).await;
        // What does not answer leads nowhere.
        let to = told.ok().and_then(|told| place(&told, &leads).cloned());
        locked(&log).push((timer.now(), to));
        timer.sleep(LOOK_EVERY).await;
    }
}
