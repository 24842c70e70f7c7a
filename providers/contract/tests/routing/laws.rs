//! What holds for every zone, client and health. `CASES=5000000` tries more of them, and `SEED=7`
//! one alone.

use std::env;

use lifeboat_contract::routing::{Answers, Reply, Set, Tree, Why, Zone};
use lifeboat_contract::{Answer, RecordType};

use crate::obvious::{self, Shares, UNDECIDED};
use crate::random::{Chance, Health, Scene, health, scene};

/// Cases of each law, few enough that all take some seconds in a debug build.
const CASES: u64 = 6_000;

#[expect(clippy::disallowed_methods, reason = "the number of cases comes from outside")]
fn cases(law: impl Fn(&mut Chance, &Scene)) {
    let number = |name: &str| env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let all = number("SEED").map_or(0..number("CASES").unwrap_or(CASES), |seed| seed..seed + 1);
    for seed in all {
        let (mut chance, scene) = scene(seed);
        law(&mut chance, &scene);
    }
}

fn tree(scene: &Scene) -> (Zone, Tree) {
    let zone = scene.zone(scene.sets.clone());
    let tree = zone.tree(&scene.name, scene.rtype, &scene.client);
    (zone, tree)
}

fn answers(tree: &Tree, health: &Health) -> Answers {
    tree.answer_known(&|check| health[&tree.checks()[check]])
}

/// Answers as text, which do not depend on the places of sets.
fn shares(zone: &Zone, answers: &Answers) -> Shares {
    let mut shares = Shares::new();
    for share in answers {
        let text = match &share.reply {
            Reply::Sets { of, take, ttl } => {
                let mut values: Vec<&str> =
                    of.iter().map(|set| value(&zone.sets()[*set])).collect();
                values.sort_unstable();
                format!("{take} of {} for {ttl:?}", values.join(" "))
            }
            Reply::Foreign { name, .. } => format!("foreign {name}"),
            Reply::Referral { set } => format!("referral to {}", zone.sets()[*set].name),
            Reply::NoData => "no data".to_owned(),
            Reply::NoName => "no name".to_owned(),
            Reply::Undecided { .. } => UNDECIDED.to_owned(),
        };
        *shares.entry(text).or_default() += share.probability;
    }
    shares
}

fn value(set: &Set) -> &str {
    match &set.spec.answer {
        Answer::Values(values) => &values[0],
        Answer::Alias { name, .. } => panic!("the alias of {name} is no answer"),
    }
}

fn alike(one: &Shares, other: &Shares) -> bool {
    let near = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-9;
    one.keys().eq(other.keys()) && one.values().zip(other.values()).all(near)
}

#[test]
fn the_obvious_evaluator_agrees() {
    cases(|chance, scene| {
        let (zone, tree) = tree(scene);
        for unknown in [false, true] {
            let health = health(chance, &scene.sets, unknown);
            let (fast, slow) = (answers(&tree, &health), obvious::answers(scene, &health));
            let fast = shares(&zone, &fast);
            assert!(alike(&fast, &slow), "{fast:?}\n{slow:?}\n{health:?}\n{scene:#?}");
        }
    });
}

#[test]
fn probabilities_sum_to_one() {
    cases(|chance, scene| {
        let (_, tree) = tree(scene);
        let answers = answers(&tree, &health(chance, &scene.sets, false));
        let sum: f64 = answers.iter().map(|share| share.probability).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{}", scene.seed);
        assert!(answers.iter().all(|share| share.probability > 0.0), "{}", scene.seed);
        assert!(answers.is_sorted_by(|a, b| a.reply < b.reply), "{}", scene.seed);
    });
}

/// No answer is from a set that no alias leads to, of another type, or of more sets than asked for.
#[test]
fn only_candidates_are_answered() {
    cases(|chance, scene| {
        let (zone, tree) = tree(scene);
        for share in answers(&tree, &health(chance, &scene.sets, false)) {
            let Reply::Sets { of, take, .. } = share.reply else { continue };
            assert!(take == of.len().min(8) && !of.is_empty(), "{}", scene.seed);
            assert!(of.is_sorted_by(|a, b| a < b), "{}", scene.seed);
            let first = &zone.sets()[of[0]];
            for set in of.iter().map(|set| &zone.sets()[*set]) {
                assert_eq!((&set.name, set.rtype), (&first.name, first.rtype), "{}", scene.seed);
                assert!(matches!(set.spec.answer, Answer::Values(_)), "{}", scene.seed);
            }
            assert!(of.iter().all(|set| tree.leaves().contains(set)), "{}", scene.seed);
            let types = [scene.rtype, RecordType::Cname];
            assert!(types.contains(&first.rtype), "{}", scene.seed);
        }
    });
}

#[test]
fn the_order_of_input_does_not_matter() {
    cases(|chance, scene| {
        let (_, tree) = tree(scene);
        let other = scene.zone(chance.shuffled(scene.sets.clone()));
        let other = other.tree(&scene.name, scene.rtype, &scene.client);
        assert_eq!(tree.checks(), other.checks(), "{}", scene.seed);
        let health = health(chance, &scene.sets, true);
        assert_eq!(answers(&tree, &health), answers(&other, &health), "{}", scene.seed);
    });
}

/// A table gives what the tree gives, for every health of the checks.
#[test]
fn tables_agree_with_trees() {
    cases(|_, scene| {
        let (_, tree) = tree(scene);
        let table = tree.table(usize::MAX).unwrap();
        for bits in 0..1_u64 << tree.checks().len() {
            let answers = tree.answer(&|check| bits >> check & 1 == 1);
            assert_eq!(table.answers()[table.find_bits(bits)], answers, "{}, {bits:b}", scene.seed);
        }
        for (at, answers) in table.answers().iter().enumerate() {
            assert!(!table.answers()[..at].contains(answers), "{}", scene.seed);
        }
    });
}

/// What is decided while something is unknown stays, whatever that turns out to be.
#[test]
fn the_unknown_makes_no_difference_to_what_is_decided() {
    cases(|chance, scene| {
        let (_, tree) = tree(scene);
        let unknown = health(chance, &scene.sets, true);
        let open = |reply: &Reply| matches!(reply, Reply::Undecided { why: Why::Health { .. } });
        let before = answers(&tree, &unknown);
        if before.iter().any(|share| open(&share.reply)) {
            return;
        }
        let mut known = unknown;
        for health in known.values_mut() {
            *health = health.or(Some(chance.once_in(2)));
        }
        assert_eq!(before, answers(&tree, &known), "{}", scene.seed);
    });
}
