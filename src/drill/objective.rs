//! The entry of one objective.

use std::collections::BTreeMap;

use lifeboat_contract::Address;

use super::group::Group;
use super::judge::Demand;
use super::verdict::{BreakingSet, Importance, ObjectiveVerdict, Verdict};
use crate::intent::Objective;

/// One objective, and what has been found for it.
pub(super) struct Judging<'j> {
    pub(super) address: &'j Address,
    pub(super) objective: &'j Objective,
    pub(super) demand: Demand,
}

pub(super) const TOO_MANY: &str = "it depends on more than 128 things that can be lost";
pub(super) const TOO_MANY_REGIONS: &str =
    "there are too many sets of so many regions to look at each";

pub(super) fn unproven(group: &Group<'_>, judging: &Judging<'_>, why: String) -> ObjectiveVerdict {
    let objective = judging.objective;
    ObjectiveVerdict {
        address: judging.address.clone(),
        protects: objective.protects.value.clone(),
        name: group.served.name.clone(),
        rtype: group.served.rtype,
        survive: objective.survive.value,
        named: false,
        rto: objective.rto,
        quantile: objective.quantile,
        clients: objective.clients.name().to_owned(),
        verdict: Verdict::Unproven,
        reason: Some(why),
        worst: Vec::new(),
        recovery: None,
        before: None,
        breaking: Vec::new(),
        breaking_left_out: 0,
        importance: Vec::new(),
    }
}

/// How many of the sets each component is in, the most first.
pub(super) fn importance(sets: &[BreakingSet]) -> Vec<Importance> {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for component in sets.iter().flat_map(|set| &set.lost) {
        *counts.entry(component).or_default() += 1;
    }
    let mut importance: Vec<Importance> = counts
        .into_iter()
        .map(|(component, sets)| Importance { component: component.to_owned(), sets })
        .collect();
    importance.sort_by(|a, b| b.sets.cmp(&a.sets).then_with(|| a.component.cmp(&b.component)));
    importance
}
