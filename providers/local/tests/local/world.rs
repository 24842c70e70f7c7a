//! The world repeats itself, and goes wrong as it is told.

use std::sync::{Arc, Mutex};

use lifeboat_contract::{Key, Provider, ProviderError, Retry};
use lifeboat_local::{Event, Faults, Outcome, World};

use crate::fixture::{batch, create, plain, read, repository, run, scope, stack, write, zone};

/// Creates sets, each until it is there, as an apply does.
fn history(seed: u64) -> (Vec<Event>, usize) {
    let world = World::new(seed);
    write(&world, vec![create(zone("example.com"))]);
    world.set_faults(Faults { throttled: 100, unanswered: 150, lost: 150 });
    world.meddle(|cloud, random| {
        if random.chance(100) {
            let value = format!("203.0.113.{}", random.below(250));
            let (key, spec) = plain("example.com", "theirs.example.com", &value);
            cloud.plant(lifeboat_contract::Object {
                key,
                spec,
                mark: None,
                id: None,
                version: None,
            });
        }
    });
    let watched = Arc::new(Mutex::new(0));
    let count = Arc::clone(&watched);
    world.watch(move |_, _| *count.lock().unwrap() += 1);
    for set in 0..50 {
        let name = format!("set{set}.example.com");
        let mut batch = batch(vec![create(plain("example.com", &name, "192.0.2.1"))]);
        // Twenty tries at two fifths are enough for every seed here.
        for _ in 0..20 {
            match run(world.commit(&batch)) {
                Ok(_) => break,
                Err(error) => match error.retry() {
                    Retry::Again => {}
                    Retry::AgainRepeated => batch.repeated = true,
                    Retry::Never => unreachable!("seed {seed}: {error:?}"),
                },
            }
        }
    }
    world.set_faults(Faults::default());
    let sets = read(&world, &scope(&["example.com"], &[]));
    assert_eq!(sets.iter().filter(|object| object.mark.is_some()).count(), 51, "seed {seed}");
    let watched = *watched.lock().unwrap();
    (world.log(), watched)
}

#[test]
fn the_same_seed_gives_the_same_history() {
    for seed in 0..20 {
        assert_eq!(history(seed), history(seed), "seed {seed}");
    }
    let (log, watched) = history(1);
    assert_ne!(log, history(2).0);
    let ended = |outcome| log.iter().filter(|event| event.outcome == outcome).count();
    for outcome in [Outcome::Throttled, Outcome::Unanswered, Outcome::Lost, Outcome::Answered] {
        assert!(ended(outcome) > 0, "{outcome:?}");
    }
    assert_eq!(watched, ended(Outcome::Answered) + ended(Outcome::Lost) - 2, "both reads aside");
}

#[test]
fn after_a_crash_nothing_happens_until_it_is_revived() {
    let world = World::new(1);
    write(&world, vec![create(zone("example.com"))]);
    let _lease = world.lease(&stack()).unwrap();
    assert!(matches!(world.lease(&stack()), Err(ProviderError::Busy)));
    world.crash_after(1);
    write(&world, vec![create(plain("example.com", "a.example.com", "192.0.2.1"))]);
    assert!(world.crashed());
    let lost = batch(vec![create(plain("example.com", "b.example.com", "192.0.2.1"))]);
    for _ in 0..3 {
        let error = run(world.commit(&lost)).unwrap_err();
        assert_eq!(error.retry(), Retry::AgainRepeated);
        assert!(run(world.observe(&scope(&[], &[]))).is_err());
    }
    world.revive();
    assert_eq!(read(&world, &scope(&["example.com"], &[])).len(), 2);
    let _lease = world.lease(&stack()).unwrap();
}

#[test]
fn a_dark_region_does_not_answer() {
    let world = World::new(1);
    write(&world, vec![create(repository("eu-west-1", "web", None))]);
    write(&world, vec![create(repository("us-east-1", "web", None))]);
    world.darken(["eu-west-1".parse().unwrap()].into());
    let scope = scope(&[], &["eu-west-1", "us-east-1"]);
    let seen = run(world.observe(&scope)).unwrap();
    assert_eq!(seen.objects.len(), 1);
    let hidden =
        Key::Repository { location: "eu-west-1".parse().unwrap(), name: "web".parse().unwrap() };
    assert!(seen.unreachable[0].covers(&hidden));
    let other = batch(vec![create(repository("eu-west-1", "other", None))]);
    assert!(matches!(run(world.commit(&other)), Err(ProviderError::NoAnswer { .. })));
    world.darken([].into());
    assert_eq!(read(&world, &scope).len(), 2);
    assert_eq!(world.cloud().objects().len(), 2);
}
