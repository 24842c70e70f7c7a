//! One history: a configuration, edits, and an apply after each in which everything goes wrong,
//! until nothing does.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use lifeboat::desired::Desired;
use lifeboat_contract::{Key, Location, Providers};
use lifeboat_local::{Cloud, Event, Faults, Random, World};

use super::chance::Chance;
use super::configuration::{Configuration, Existing};
use super::meddler::{self, Restless};
use super::pipeline::{self, Purpose, STACK, carry_out, desire, stack, through_file};
use super::rules::{Promise, Shared, is_ours, lock};
use super::{edit, text};

/// What may happen in a history.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weather {
    pub(super) faults: Faults,
    pub(super) restless: Restless,
    /// Whether regions go dark and the caller is killed, in cases of a thousand.
    pub(super) dark: u32,
    pub(super) killed: u32,
}

pub(super) const CALM: Weather = Weather {
    faults: Faults { throttled: 0, unanswered: 0, lost: 0 },
    restless: Restless { own: 0, drift: 0 },
    dark: 0,
    killed: 0,
};

pub(super) const ROUGH: Weather = Weather {
    faults: Faults { throttled: 80, unanswered: 60, lost: 100 },
    restless: Restless { own: 150, drift: 60 },
    dark: 250,
    killed: 400,
};

/// Plans that a calm world may take: one may only make room for the next.
const PLANS_MAX: usize = 4;

/// A history under way.
pub(super) struct History {
    pub(super) world: World,
    pub(super) providers: Providers,
    pub(super) watch: Shared,
    pub(super) chance: Chance,
    pub(super) configuration: Configuration,
    pub(super) batch_max: usize,
    existing: Existing,
    /// The kind of edit that this history has most of.
    focus: u64,
    seed: u64,
    rounds: usize,
}

impl History {
    pub(super) fn begin(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let world = World::new(seed);
        let watch = Shared::default();
        let mut existing = Existing::new();
        for zone in ["example.com", "example.org"] {
            if chance.likely(500) {
                existing.insert(zone.to_owned(), true);
                world.edit(|cloud| meddler::settle(cloud, &watch, zone));
            }
        }
        let configuration = Configuration::draw(&mut chance, &existing);
        let batch_max = [1, 2, 4, 1000][chance.place(4)];
        let focus = chance.below(edit::KINDS);
        let providers = pipeline::providers(world.clone());
        let mut history = Self {
            world,
            providers,
            watch,
            chance,
            configuration,
            batch_max,
            existing,
            focus,
            seed,
            rounds: 0,
        };
        history.take(history.world.clone());
        history
    }

    /// Goes on in this world, seen by the same watch.
    pub(super) fn take(&mut self, world: World) {
        let watch = Arc::clone(&self.watch);
        world.watch(move |cloud, batch| lock(&watch).look(cloud, batch, &stack()));
        self.providers = pipeline::providers(world.clone());
        self.world = world;
    }

    /// Edits, but not before the first round.
    pub(super) fn edit(&mut self) -> Desired {
        if self.rounds > 0 {
            let History { configuration, chance, existing, focus, .. } = self;
            edit::edit(configuration, chance, existing, *focus);
        }
        self.rounds += 1;
        self.desire(Purpose::Apply)
    }

    /// What is wanted, promised from now on.
    pub(super) fn desire(&mut self, purpose: Purpose) -> Desired {
        let desired = desire(&self.configuration, purpose);
        lock(&self.watch).promise(Promise::of(&desired), &self.world.cloud());
        desired
    }

    /// Plans and applies while things go wrong.
    pub(super) async fn storm(&mut self, desired: &Desired, weather: Weather) {
        for _ in 0..self.chance.small(1, 3) {
            let mut random = Random::new(self.chance.below(u64::MAX));
            if random.chance(weather.restless.drift * 3) {
                self.world.edit(|cloud| meddler::destroy_one(cloud, &mut random));
                lock(&self.watch).forgive(&self.world.cloud());
            }
            self.world.set_faults(weather.faults);
            self.world.meddle(meddler::meddler(Arc::clone(&self.watch), weather.restless));
            if self.chance.likely(weather.killed) {
                self.world.crash_after(self.chance.below(12));
            }
            self.darken(weather.dark);
            if let Ok(plan) = self.plan(desired, Purpose::Apply).await {
                let plan = if random.chance(500) { through_file(&plan) } else { plan };
                self.darken(weather.dark / 2);
                carry_out(&plan, &self.providers).await;
            }
            self.world.revive();
            self.check();
        }
        self.world.set_faults(Faults::default());
        self.world.leave_alone();
        self.world.darken(BTreeSet::new());
    }

    /// Plans and applies once, whatever comes of it. Nobody else is there, so nothing is stale.
    pub(super) async fn attempt(&self, desired: &Desired) {
        if let Ok(plan) = self.plan(desired, Purpose::Apply).await {
            let outcome = carry_out(&plan, &self.providers).await;
            self.insist(!outcome.stale, format!("{outcome:?}"));
        }
        self.check();
    }

    fn darken(&mut self, per_mille: u32) {
        let dark = (0..4).filter(|_| self.chance.likely(per_mille));
        let dark: BTreeSet<Location> = dark.map(|n| format!("loc-{n}").parse().unwrap()).collect();
        self.world.darken(dark);
    }

    /// A plan, or the codes of what refuses it, all of them to be expected.
    async fn plan(
        &self,
        desired: &Desired,
        purpose: Purpose,
    ) -> Result<lifeboat::plan::Plan, Vec<&'static str>> {
        let plan = {
            let batching = pipeline::batching(self.batch_max);
            pipeline::plan(desired, &self.providers, purpose, batching).await
        };
        if let Err(codes) = &plan {
            // Not empty, a call failed, a dark region might lack its image.
            let expected = |code: &&str| ["E0604", "E0608", "E0703"].contains(code);
            self.insist(codes.iter().all(expected), format!("refused: {codes:?}"));
        }
        if let Ok(plan) = &plan {
            self.check_units(desired, plan);
        }
        plan
    }

    /// What is one name to its users is written at once.
    fn check_units(&self, desired: &Desired, plan: &lifeboat::plan::Plan) {
        let mut written = BTreeMap::new();
        for step in &plan.steps {
            for write in &step.writes {
                let resource = desired.resources.get(&write.address);
                let Some(unit) = resource.and_then(|resource| resource.unit.clone()) else {
                    continue;
                };
                let zone = write.key.zone().cloned();
                let first = *written.entry((zone, unit)).or_insert(step.id);
                self.insist(first == step.id, format!("split:\n{}", sketch(plan)));
            }
        }
    }

    /// Plans and applies until nothing changes.
    pub(super) async fn converge(&mut self, desired: &Desired, purpose: Purpose) {
        for _ in 0..PLANS_MAX {
            let plan = match self.plan(desired, purpose).await {
                Ok(plan) => plan,
                Err(codes) => {
                    let crowded = codes.iter().all(|code| *code == "E0604");
                    self.insist(crowded, format!("refused while calm: {codes:?}"));
                    self.world.edit(|cloud| meddler::retreat(cloud, &self.watch));
                    continue;
                }
            };
            self.insist(plan.complete, "everything answers, so the plan is complete");
            if plan.is_empty() {
                return self.check_converged(desired, purpose);
            }
            let (moved, found) = lifeboat::apply::verify(&plan, &self.providers).await;
            let fits = !found.has_errors() && moved.moved.is_empty();
            self.insist(fits, format!("moved: {moved:?}"));
            let outcome = carry_out(&plan, &self.providers).await;
            self.insist(outcome.is_complete(), format!("{outcome:?}\n{}", sketch(&plan)));
            self.check();
            let again = self.plan(desired, purpose).await;
            let empty = again.as_ref().is_ok_and(lifeboat::plan::Plan::is_empty);
            self.insist(
                empty,
                format!(
                    "a second plan is not empty: {}",
                    again.map_or_else(|c| c.join(", "), |p| sketch(&p))
                ),
            );
        }
        self.insist(false, "it does not converge");
    }

    fn check_converged(&self, desired: &Desired, purpose: Purpose) {
        self.check();
        let cloud = self.world.cloud();
        for (address, resource) in &desired.resources {
            let there = resource.key.as_ref().is_none_or(|key| cloud.get(key).is_some());
            self.insist(there, format!("{address} is missing"));
        }
        let ours: Vec<_> = cloud.objects().into_iter().filter(|o| is_ours(o, &stack())).collect();
        let mut twins = BTreeMap::new();
        for object in &ours {
            if let Key::HealthCheck { reference } = &object.key {
                *twins.entry(&reference.address).or_insert(0) += 1;
            }
        }
        self.insist(twins.values().all(|count| *count == 1), format!("twins: {twins:?}"));
        let nothing = purpose == Purpose::Apply || ours.is_empty();
        self.insist(nothing, format!("left behind: {ours:#?}"));
    }

    /// No rule was broken so far.
    pub(super) fn check(&self) {
        let broken = std::mem::take(&mut lock(&self.watch).broken);
        self.insist(broken.is_empty(), format!("{broken:#?}"));
    }

    /// Fails with everything that is needed to see it happen again.
    pub(super) fn insist(&self, holds: bool, what: impl std::fmt::Display) {
        assert!(
            holds,
            "seed {}, round {}, at most {} record sets a batch: {what}\n{}",
            self.seed,
            self.rounds,
            self.batch_max,
            text::write(&self.configuration, STACK)
        );
    }
}

/// A whole history of this weather, and what came of it.
pub(super) async fn run(seed: u64, weather: Weather) -> (History, Vec<Event>, Cloud) {
    let mut history = History::begin(seed);
    for _ in 0..history.chance.small(2, 4) {
        let desired = history.edit();
        history.storm(&desired, weather).await;
        history.converge(&desired, Purpose::Apply).await;
    }
    let (log, cloud) = (history.world.log(), history.world.cloud());
    (history, log, cloud)
}

/// The steps of a plan, a line for each write.
fn sketch(plan: &lifeboat::plan::Plan) -> String {
    let mut text = String::new();
    for step in &plan.steps {
        writeln!(text, "{} {:?} follows {:?}", step.id, step.phase, step.follows).unwrap();
        for write in &step.writes {
            let expect = write.expect.as_ref().map(|object| &object.spec);
            let then = write.then.as_ref().map(|wanted| &wanted.spec);
            writeln!(text, "  {} {}: {expect:?} -> {then:?}", write.address, write.key).unwrap();
        }
    }
    text
}
