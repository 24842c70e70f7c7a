//! Sets of losses that break something, as every form of the report lists them.

use std::collections::BTreeMap;

use super::words;
use crate::drill::{Drill, ObjectiveVerdict};

/// A set of losses, and every objective that it breaks in the same way.
pub(super) struct Broken<'d> {
    pub(super) lost: &'d [String],
    pub(super) why: &'d str,
    pub(super) newly: bool,
    /// How many larger sets around it are survived.
    pub(super) survived_with_more: u64,
    pub(super) objectives: Vec<&'d ObjectiveVerdict>,
}

impl Broken<'_> {
    /// The names of the objectives, but for those that would make it long.
    pub(super) fn names(&self) -> String {
        const NAMES_MAX: usize = 3;
        let names = self
            .objectives
            .iter()
            .take(NAMES_MAX)
            .map(|one| words::plain(words::short(&one.address)));
        let names = names.collect::<Vec<_>>().join(", ");
        match self.objectives.len().saturating_sub(NAMES_MAX) {
            0 => names,
            more => format!("{names} and {more} more"),
        }
    }
}

/// All sets that break something; those that the world as it is now survives come first.
pub(super) fn breaking(drill: &Drill) -> Vec<Broken<'_>> {
    let mut all: Vec<Broken<'_>> = Vec::new();
    let mut places = BTreeMap::new();
    for objective in words::worst_first(drill) {
        for set in &objective.breaking {
            let key = (set.newly, &set.lost, &set.why, set.survived_with_more);
            let at = *places.entry(key).or_insert(all.len());
            if at == all.len() {
                all.push(Broken {
                    lost: &set.lost,
                    why: &set.why,
                    newly: set.newly,
                    survived_with_more: set.survived_with_more,
                    objectives: Vec::new(),
                });
            }
            all[at].objectives.push(objective);
        }
    }
    all.sort_by_key(|set| !set.newly);
    all
}

/// How many sets were found that the artifact does not list.
pub(super) fn sets_left_out(drill: &Drill) -> usize {
    let all: u64 = drill.objectives.iter().map(|objective| objective.breaking_left_out).sum();
    usize::try_from(all).unwrap_or(usize::MAX)
}

/// The same as a sentence; nothing where all are listed.
pub(super) fn sets_left_out_said(drill: &Drill) -> String {
    match sets_left_out(drill) {
        0 => String::new(),
        left => format!(
            " {} listed nowhere.",
            words::count(left, "more was found and is", "more were found and are")
        ),
    }
}

/// How far was looked, and that larger sets may break what smaller ones do not.
pub(super) fn searched(drill: &Drill) -> String {
    let search = &drill.search;
    let outages =
        words::count(usize::try_from(search.outages).unwrap_or(usize::MAX), "set", "sets");
    let components = words::count(drill.components.len(), "component", "components");
    if search.exhaustive {
        format!("looked at {outages} of losses, all there are of {components}")
    } else {
        let most = search.losses_max;
        format!("looked at {outages} of up to {most} of {components} lost at once, not at more")
    }
}
