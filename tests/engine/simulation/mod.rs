//! The real pipeline in thousands of seeded histories: random configurations and edits, lost
//! answers, throttling, crashes, dark regions and other people in the same cloud.
//!
//! In every state that a commit leaves, the rules of [`rules`] hold; at the end of every round
//! nothing is left to do. A failure names its seed: `SEED=17 cargo test simulation` runs that one
//! alone, and `SEEDS=100000` more of them.

mod adopted;
#[cfg(feature = "aws")]
mod aws;
mod chance;
mod configuration;
mod edit;
mod foreign;
mod history;
mod meddler;
mod mend;
mod pipeline;
mod repeat;
mod rules;
mod text;

use std::env;
use std::future::Future;

use lifeboat_local::{Faults, World};

use history::{CALM, History, ROUGH, Weather, run};
use meddler::Restless;
use pipeline::{Purpose, stack};
use rules::lock;

/// Histories of all tests together, few enough that they take a minute on one core.
const SEEDS: u64 = 2000;

/// Runs this test's share of the seeds, in percent, or the only one asked for.
#[expect(clippy::disallowed_methods, reason = "the number of seeds comes from outside")]
fn seeds<F: Future<Output = ()>>(share: u64, test: impl Fn(u64) -> F) {
    let number = |name: &str| env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let count = number("SEEDS").unwrap_or(SEEDS) * share / 100;
    let seeds = number("SEED").map_or(0..count.max(1), |seed| seed..seed + 1);
    for seed in seeds {
        runtime.block_on(test(seed));
    }
}

#[test]
fn every_seed_converges() {
    seeds(38, async |seed| drop(run(seed, ROUGH).await));
}

/// Killed after each call in turn, from the same beginning, it always finds its way.
#[test]
fn someone_always_serves() {
    seeds(5, async |seed| {
        let mut history = History::begin(seed);
        for _ in 0..3 {
            let before = history.world.cloud();
            let desired = history.edit();
            for calls in 1.. {
                history.take(World::holding(before.clone(), seed));
                lock(&history.watch).forgive(&before);
                history.world.crash_after(calls);
                history.attempt(&desired).await;
                let survived = !history.world.crashed();
                history.world.revive();
                history.converge(&desired, Purpose::Apply).await;
                if survived {
                    break;
                }
            }
        }
    });
}

#[test]
fn foreign_objects_survive() {
    let restless = Restless { own: 600, drift: 150 };
    let weather = Weather { restless, ..CALM };
    seeds(20, async |seed| {
        let (mut history, _, _) = run(seed, weather).await;
        let theirs = lock(&history.watch).foreign.clone();
        let desired = history.desire(Purpose::Destroy);
        history.converge(&desired, Purpose::Destroy).await;
        let left = lock(&history.watch).foreign.clone();
        let retreated = theirs.keys().filter(|key| !left.contains_key(*key)).count();
        history.insist(left.len() + retreated == theirs.len(), "foreign objects are lost");
    });
}

#[test]
fn repeat_is_harmless() {
    seeds(10, async |seed| {
        let mut history = History::begin(seed);
        for _ in 0..3 {
            let desired = history.edit();
            history.take(history.world.clone());
            history.world.set_faults(Faults { lost: 300, ..Faults::default() });
            history.attempt(&desired).await;
            history.world.set_faults(Faults::default());
            history.providers = pipeline::providers(repeat::Repeating::of(&history));
            history.converge(&desired, Purpose::Apply).await;
        }
        let desired = history.desire(Purpose::Destroy);
        history.converge(&desired, Purpose::Destroy).await;
    });
}

#[test]
fn same_seed_same_history() {
    seeds(8, async |seed| {
        let (_, log, cloud) = run(seed, ROUGH).await;
        let (history, log_again, cloud_again) = run(seed, ROUGH).await;
        history.insist(log == log_again && cloud == cloud_again, "the same seed went another way");
    });
}

/// A world that nobody declares, written as configuration and adopted.
#[test]
fn what_is_generated_is_what_is_there() {
    seeds(8, adopted::run);
}

#[test]
fn destroy_leaves_nothing_of_ours() {
    seeds(11, async |seed| {
        let (mut history, _, _) = run(seed, ROUGH).await;
        let desired = history.desire(Purpose::Destroy);
        history.storm(&desired, ROUGH).await;
        history.converge(&desired, Purpose::Destroy).await;
        let objects = history.world.cloud().objects();
        history.insist(!objects.iter().any(|o| rules::is_ours(o, &stack())), "something is left");
    });
}
