//! Which health checks are healthy when endpoints are.

use std::collections::{BTreeMap, VecDeque};

use crate::{CheckRef, HealthCheck};

/// Health checks, and which of them count others.
///
/// A status is absent where it is unknown: where it depends on a check that is not here, and where
/// checks count each other in a circle.
#[derive(Clone, Debug)]
pub struct Checks {
    names: Vec<CheckRef>,
    kinds: Vec<Check>,
    /// Those that are counted before those that count them; what counts itself is left out.
    order: Vec<usize>,
}

#[derive(Clone, Debug)]
struct Check {
    source: Source,
    inverted: bool,
    disabled: bool,
}

#[derive(Clone, Debug)]
enum Source {
    Endpoint,
    /// Absent for a check that is not here.
    Count {
        of: Vec<Option<usize>>,
        at_least: usize,
    },
}

impl Checks {
    /// Checks by what record sets and other checks call them; of two with one name, one counts.
    pub fn new<'c>(checks: impl IntoIterator<Item = (CheckRef, &'c HealthCheck)>) -> Self {
        let given: BTreeMap<CheckRef, &HealthCheck> = checks.into_iter().collect();
        let names: Vec<CheckRef> = given.keys().cloned().collect();
        let kinds: Vec<Check> = given.values().map(|check| read(check, &names)).collect();
        let order = order(&kinds);
        Self { names, kinds, order }
    }

    /// What the checks are called, sorted.
    pub fn names(&self) -> &[CheckRef] {
        &self.names
    }

    /// The place of a check in [`names`](Self::names).
    pub fn position(&self, check: &CheckRef) -> Option<usize> {
        self.names.binary_search(check).ok()
    }

    /// The status of each check, in the order of [`names`](Self::names).
    ///
    /// `endpoint` says of a check that asks an endpoint, by its position, whether the endpoint is
    /// healthy; absent if unknown. It is not asked for disabled checks, which count as healthy. A
    /// check that is new counts as healthy until it has enough data.
    pub fn statuses(&self, endpoint: &dyn Fn(usize) -> Option<bool>) -> Vec<Option<bool>> {
        let mut statuses = vec![None; self.kinds.len()];
        for &index in &self.order {
            let check = &self.kinds[index];
            let raw = match &check.source {
                Source::Endpoint | Source::Count { .. } if check.disabled => Some(true),
                Source::Endpoint => endpoint(index),
                Source::Count { of, at_least } => {
                    let known = |status: bool| {
                        let is =
                            |of: &&Option<usize>| of.and_then(|of| statuses[of]) == Some(status);
                        of.iter().filter(is).count()
                    };
                    let (healthy, unhealthy) = (known(true), known(false));
                    match (healthy >= *at_least, of.len() - unhealthy < *at_least) {
                        (true, _) => Some(true),
                        (false, true) => Some(false),
                        (false, false) => None,
                    }
                }
            };
            statuses[index] = raw.map(|healthy| healthy != check.inverted);
        }
        statuses
    }
}

fn read(check: &HealthCheck, names: &[CheckRef]) -> Check {
    match check {
        HealthCheck::Endpoint(endpoint) => Check {
            source: Source::Endpoint,
            inverted: endpoint.inverted,
            disabled: endpoint.disabled,
        },
        HealthCheck::Calculated { checks, at_least, inverted, disabled } => {
            let of = checks.iter().map(|check| names.binary_search(check).ok()).collect();
            let at_least = usize::try_from(*at_least).unwrap_or(usize::MAX);
            let source = Source::Count { of, at_least };
            Check { source, inverted: *inverted, disabled: *disabled }
        }
    }
}

/// Those that are counted first. A disabled check counts nothing.
fn order(checks: &[Check]) -> Vec<usize> {
    let counted = |check: &Check| match &check.source {
        Source::Count { of, .. } if !check.disabled => of.iter().copied().flatten().collect(),
        Source::Count { .. } | Source::Endpoint => Vec::new(),
    };
    let mut waits: Vec<usize> = checks.iter().map(|check| counted(check).len()).collect();
    let mut waiting = vec![Vec::new(); checks.len()];
    for (index, check) in checks.iter().enumerate() {
        for of in counted(check) {
            waiting[of].push(index);
        }
    }
    let mut order = Vec::new();
    let mut free: VecDeque<usize> = (0..checks.len()).filter(|index| waits[*index] == 0).collect();
    while let Some(index) = free.pop_front() {
        order.push(index);
        for &other in &waiting[index] {
            waits[other] -= 1;
            if waits[other] == 0 {
                free.push_back(other);
            }
        }
    }
    order
}

/// Whether an endpoint is healthy to a server that hears from `reporting` checkers, `passing` of
/// which find it healthy: strictly more than 18 % have to. Absent if it hears from none, which no
/// page describes.
///
/// Each checker counts for itself the failures and successes in a row that change its mind.
pub fn endpoint_healthy(passing: u32, reporting: u32) -> Option<bool> {
    (reporting > 0).then(|| u64::from(passing) * 100 > u64::from(reporting) * 18)
}

/// What is known of the metric that a check watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// It is within its limits.
    Ok,
    /// It is beyond them.
    Alarm,
    /// Too few data came to tell.
    Insufficient,
}

/// What a check that watches a metric is while too few data come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnInsufficient {
    /// Healthy.
    Healthy,
    /// Unhealthy.
    Unhealthy,
    /// What it was before.
    LastKnown,
}

/// Whether a check that watches a metric is healthy; absent where that depends on what it was
/// `before`, and this is unknown.
pub fn alarm_healthy(alarm: Alarm, on: OnInsufficient, before: Option<bool>) -> Option<bool> {
    match (alarm, on) {
        (Alarm::Ok, _) | (Alarm::Insufficient, OnInsufficient::Healthy) => Some(true),
        (Alarm::Alarm, _) | (Alarm::Insufficient, OnInsufficient::Unhealthy) => Some(false),
        (Alarm::Insufficient, OnInsufficient::LastKnown) => before,
    }
}
