//! Which losses break an objective: the smallest sets, found by looking at all up to a size.
//!
//! Losing more can help, so a set counts as smallest when no part of it breaks the objective, and
//! larger sets around it are looked at all the same.

use std::collections::BTreeMap;

use super::fact::{Facts, State};
use super::verdict::Verdict;

/// Sets of one objective that are kept; the rest is counted.
const SETS_MAX: usize = 1_000;

/// What was found for one objective.
#[derive(Clone, Debug, Default)]
pub(super) struct Breaking {
    /// As bits of [`Facts::relevant`], the smallest first, with how many larger sets are survived.
    pub(super) sets: Vec<(u128, u64)>,
    pub(super) left_out: u64,
    /// Places in `sets`, by the lowest bit.
    by_bit: BTreeMap<u32, Vec<usize>>,
}

impl Breaking {
    /// The places of sets that are part of this one.
    fn within(&self, lost: u128) -> impl Iterator<Item = usize> + '_ {
        let mut rest = lost;
        let bits = std::iter::from_fn(move || {
            let bit = (rest != 0).then(|| rest.trailing_zeros())?;
            rest &= rest - 1;
            Some(bit)
        });
        bits.filter_map(|bit| self.by_bit.get(&bit))
            .flatten()
            .copied()
            .filter(move |at| self.sets[*at].0 & !lost == 0)
    }

    fn take(&mut self, lost: u128, verdict: Verdict) {
        if verdict == Verdict::Violated {
            if self.within(lost).next().is_some() {
                return;
            }
            if self.sets.len() == SETS_MAX {
                self.left_out += 1;
                return;
            }
            self.by_bit.entry(lost.trailing_zeros()).or_default().push(self.sets.len());
            self.sets.push((lost, 0));
        } else if verdict == Verdict::Met && !self.sets.is_empty() {
            let around: Vec<usize> = self.within(lost).collect();
            for at in around {
                self.sets[at].1 += 1;
            }
        }
    }
}

/// Verdicts of up to 64 objectives.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Judged {
    violated: u64,
    met: u64,
}

impl Judged {
    pub(super) fn put(&mut self, objective: usize, verdict: Verdict) {
        match verdict {
            Verdict::Violated => self.violated |= 1 << objective,
            Verdict::Met => self.met |= 1 << objective,
            Verdict::Unproven => {}
        }
    }

    fn of(self, objective: usize) -> Verdict {
        match (self.violated >> objective & 1, self.met >> objective & 1) {
            (1, _) => Verdict::Violated,
            (_, 1) => Verdict::Met,
            (_, _) => Verdict::Unproven,
        }
    }
}

/// Looks at every loss of up to `losses_max` relevant components. `judge` says of a state which
/// of the objectives it violates, and which it meets. Gives what was found and how many losses were looked at.
pub(super) fn breaking(
    facts: &Facts,
    objectives: usize,
    losses_max: usize,
    mut judge: impl FnMut(State) -> Judged,
) -> (Vec<Breaking>, u64) {
    let components = facts.relevant().len();
    let mut found = vec![Breaking::default(); objectives];
    let mut known: BTreeMap<State, Judged> = BTreeMap::new();
    let mut looked = 0;
    for size in 1..=losses_max.min(components) {
        for_each_subset(components, size, &mut |lost| {
            looked += 1;
            let state = facts.state(lost);
            let judged = *known.entry(state).or_insert_with(|| judge(state));
            for (index, breaking) in found.iter_mut().enumerate() {
                breaking.take(lost, judged.of(index));
            }
        });
    }
    (found, looked)
}

/// Every set of so many of the first `components` bits, in the order of their members.
pub(super) fn for_each_subset(components: usize, size: usize, each: &mut dyn FnMut(u128)) {
    fn go(from: usize, components: usize, left: usize, set: u128, each: &mut dyn FnMut(u128)) {
        if left == 0 {
            return each(set);
        }
        for bit in from..=components - left {
            go(bit + 1, components, left - 1, set | 1 << bit, each);
        }
    }
    if size <= components {
        go(0, components, size, 0, each);
    }
}

/// How many sets of so many there are, up to `most`.
pub(super) fn count(components: usize, size: usize, most: u64) -> u64 {
    let mut ways: u128 = 1;
    for at in 0..size {
        ways = ways * (components.saturating_sub(at)) as u128 / (at as u128 + 1);
        if ways > u128::from(most) {
            return most;
        }
    }
    u64::try_from(ways).unwrap_or(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subsets(components: usize, size: usize) -> Vec<u128> {
        let mut all = Vec::new();
        for_each_subset(components, size, &mut |set| all.push(set));
        all
    }

    #[test]
    fn every_subset_comes_once() {
        for components in 0..=8 {
            let mut all: Vec<u128> =
                (0..=components).flat_map(|size| subsets(components, size)).collect();
            all.sort_unstable();
            assert_eq!(all, (0..1 << components).collect::<Vec<u128>>());
            for size in 0..=components {
                let expected = u64::try_from(subsets(components, size).len()).unwrap();
                assert_eq!(count(components, size, 1_000), expected, "{components} {size}");
            }
        }
    }

    /// Breaking sets of any function, by the definition.
    #[test]
    fn the_smallest_sets_are_those_of_which_no_part_breaks() {
        for seed in 0..2_000_u64 {
            let breaks = |lost: u128| {
                let mixed = (u64::try_from(lost).unwrap() + 1).wrapping_mul(seed * 2 + 0x9e37_79b9);
                lost != 0 && (mixed >> 7) % 8 == 0
            };
            let verdict = |lost: u128| if breaks(lost) { Verdict::Violated } else { Verdict::Met };
            let mut found = Breaking::default();
            for size in 1..=5 {
                for_each_subset(5, size, &mut |lost| found.take(lost, verdict(lost)));
            }
            let parts = |lost: u128| (1..lost).filter(move |part| part & !lost == 0);
            let smallest = |lost: &u128| breaks(*lost) && !parts(*lost).any(breaks);
            let expected: Vec<u128> = (1..32).filter(smallest).collect();
            let mut sets: Vec<u128> = found.sets.iter().map(|(lost, _)| *lost).collect();
            sets.sort_unstable();
            assert_eq!(sets, expected);
            for (set, survived) in &found.sets {
                let around = (1..32).filter(|lost| lost & set == *set && lost != set);
                let expected = around.filter(|lost| !breaks(*lost)).count();
                assert_eq!(*survived, u64::try_from(expected).unwrap());
            }
        }
    }
}
