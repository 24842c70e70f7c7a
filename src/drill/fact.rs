//! What decides a case: facts that are true as soon as one of their causes is lost.

use std::collections::{BTreeMap, BTreeSet};

use super::component::{CHECKERS_EACH, Universe, checkers};

/// How many components, and how many facts, one name may depend on.
pub(super) const FACTS_MAX: usize = 128;

/// How many groups of checkers that are chosen apart, of eight places each.
const FLEETS_MAX: usize = 16;

/// A fact of [`Facts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fact(usize);

/// A group of checkers of [`Facts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fleet(usize);

/// Everything that the fate of one name depends on.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// The components that matter, ascending; their places are the bits of a loss.
    relevant: Vec<usize>,
    causes: Vec<BTreeSet<usize>>,
    /// For each place of each group, what takes it.
    fleets: Vec<Vec<BTreeSet<usize>>>,
    sealed: Sealed,
}

/// The same as bits.
#[derive(Debug, Default)]
struct Sealed {
    causes: Vec<u128>,
    fleets: Vec<Vec<u128>>,
}

/// What is true once something is lost. Two losses of one state have one outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct State {
    facts: u128,
    /// Places lost of each group of checkers, four bits each.
    lost: u64,
}

impl State {
    pub(super) fn is(&self, fact: Fact) -> bool {
        self.facts >> fact.0 & 1 == 1
    }

    /// How many checkers of a group are left.
    pub(super) fn checkers(&self, facts: &Facts, fleet: Fleet) -> u32 {
        let places = u32::try_from(facts.fleets[fleet.0].len()).unwrap_or(u32::MAX);
        let lost = u32::try_from(self.lost >> (4 * fleet.0) & 15).unwrap_or(places);
        (places - lost) * CHECKERS_EACH
    }
}

impl Facts {
    /// The fact that one of these is lost.
    pub(super) fn fact(&mut self, causes: BTreeSet<usize>) -> Fact {
        let known = self.causes.iter().position(|other| *other == causes);
        Fact(known.unwrap_or_else(|| {
            self.causes.push(causes);
            self.causes.len() - 1
        }))
    }

    /// The checkers of these places.
    pub(super) fn fleet(&mut self, universe: &Universe, places: &[&str]) -> Fleet {
        let causes: Vec<_> = places.iter().map(|place| universe.causes(&checkers(place))).collect();
        let known = self.fleets.iter().position(|other| *other == causes);
        Fleet(known.unwrap_or_else(|| {
            self.fleets.push(causes);
            self.fleets.len() - 1
        }))
    }

    /// After the last fact. False where there are too many of them.
    pub(super) fn seal(&mut self) -> bool {
        let all = self.causes.iter().chain(self.fleets.iter().flatten());
        let relevant: BTreeSet<usize> = all.flatten().copied().collect();
        self.relevant = relevant.into_iter().collect();
        if self.relevant.len().max(self.causes.len()) > FACTS_MAX || self.fleets.len() > FLEETS_MAX
        {
            return false;
        }
        let bits: BTreeMap<usize, usize> =
            self.relevant.iter().enumerate().map(|(bit, component)| (*component, bit)).collect();
        let mask = |causes: &BTreeSet<usize>| {
            causes.iter().fold(0_u128, |mask, component| mask | 1 << bits[component])
        };
        self.sealed = Sealed {
            causes: self.causes.iter().map(mask).collect(),
            fleets: self.fleets.iter().map(|fleet| fleet.iter().map(mask).collect()).collect(),
        };
        true
    }

    /// The components that matter.
    pub(super) fn relevant(&self) -> &[usize] {
        &self.relevant
    }

    /// The bits of a loss; what does not matter has none.
    pub(super) fn bits(&self, lost: &BTreeSet<usize>) -> u128 {
        let all = self.relevant.iter().enumerate();
        all.filter(|(_, component)| lost.contains(component))
            .fold(0, |bits, (bit, _)| bits | 1 << bit)
    }

    /// What is true once these are lost.
    pub(super) fn state(&self, lost: u128) -> State {
        let mut facts = 0_u128;
        for (index, causes) in self.sealed.causes.iter().enumerate() {
            facts |= u128::from(causes & lost != 0) << index;
        }
        let mut places = 0_u64;
        for (index, fleet) in self.sealed.fleets.iter().enumerate() {
            for causes in fleet {
                places += u64::from(causes & lost != 0) << (4 * index);
            }
        }
        State { facts, lost: places }
    }
}
