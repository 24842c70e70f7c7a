//! Chance from a seed, in the shapes that drawing a history takes.

use std::collections::BTreeMap;

use lifeboat_local::Random;

/// A stream of choices that its seed decides.
pub(super) struct Chance(Random);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(Random::new(seed))
    }

    /// A number below `end`.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0.below(end)
    }

    /// A place in a list of this length.
    pub(super) fn place(&mut self, length: usize) -> usize {
        usize::try_from(self.0.below(length as u64)).unwrap()
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn small(&mut self, low: u32, high: u32) -> u32 {
        low + u32::try_from(self.0.below(u64::from(high - low) + 1)).unwrap()
    }

    /// True in `per_mille` of a thousand cases.
    pub(super) fn likely(&mut self, per_mille: u32) -> bool {
        self.0.chance(per_mille)
    }

    /// One of the keys, if there is any.
    pub(super) fn key<V>(&mut self, map: &BTreeMap<String, V>) -> Option<String> {
        let at = self.place(map.len());
        map.keys().nth(at).cloned()
    }
}
