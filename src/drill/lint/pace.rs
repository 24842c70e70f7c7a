//! L23: whether a switch can be as quick as it has to be.

use lifeboat_contract::{Address, CheckRef, Endpoint, HealthCheck};

use super::super::case::asking;
use super::super::judge::PROPAGATION;
use super::super::part::FOREIGN_TTL;
use super::super::timing::Asking;
use super::super::verdict::{LintCategory, LintSeverity};
use super::rule::{Rule, Said, Spot, listed};
use super::scene::Scene;
use crate::intent::{Failover, Objective};

pub(super) const RULES: &[&Rule] = &[TOO_SLOW];

const TOO_SLOW: &Rule = &Rule {
    id: "L23",
    title: "Detection, propagation and TTL take longer than the objective allows",
    severity: LintSeverity::Warning,
    category: LintCategory::Latency,
    why: "Until checkers agree, the servers of the zone know and resolvers have forgotten, users get \
          the lost region.",
    fix: "shorten `interval`, `failures` or `ttl`",
    source: "Route 53 Developer Guide, `dns-failover-determining-health-of-endpoints`",
};

/// Checkers that report; the latest time does not depend on how many do.
const REPORTING: u32 = 16;

/// How fast it could be asked and forgotten.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Pace {
    interval: u32,
    failures: u32,
    ttl: u32,
}

pub(super) fn check(scene: &Scene<'_>, said: &mut Said) {
    for (address, objective) in &scene.intents.objectives {
        let found = scene.intents.failovers.get_key_value(&objective.protects.value);
        if let Some((name, failover)) = found {
            too_slow(scene, (address, objective), (name, failover), said);
        }
    }
}

fn too_slow(
    scene: &Scene<'_>,
    (address, objective): (&Address, &Objective),
    (name, failover): (&Address, &Failover),
    said: &mut Said,
) {
    let first = failover.targets.iter().filter(|target| target.tier == 0);
    let checks: Vec<&CheckRef> =
        first.filter_map(|target| Some(&target.health_check.as_ref()?.value)).collect();
    let leaves = checks.iter().flat_map(|check| scene.leaves(check));
    let asked: Vec<_> = leaves.filter_map(|leaf| scene.endpoint(&leaf)).collect();
    let (Some(interval), Some(failures)) =
        (asked.iter().map(|e| e.interval).max(), asked.iter().map(|e| e.failures).max())
    else {
        return;
    };
    let ttl = ttl(scene, name, failover);
    let now = Pace { interval, failures, ttl };
    let Some(takes) = latest(scene, &checks, now) else { return };
    let rto = f64::from(objective.rto);
    if takes <= rto {
        return;
    }
    let message = format!(
        "it may take {:.0} s until nobody is sent to the lost region, and `{address}` allows {rto:.0} \
         s: {:.0} s to notice, {PROPAGATION:.0} s to propagate, {ttl} s to forget",
        takes.ceil(),
        (takes - PROPAGATION - f64::from(ttl)).ceil()
    );
    let fits =
        paces(now).into_iter().filter_map(|pace| Some((pace, latest(scene, &checks, pace)?)));
    let best = fits.filter(|(_, takes)| *takes <= rto).min_by_key(|(pace, _)| cost(now, *pace));
    let fix = match best {
        Some((pace, takes)) => {
            format!("set {}: that takes {:.0} s at most", told(now, pace), takes.ceil())
        }
        None => "no interval, number of failures or TTL is quick enough for this objective: allow \
                 more time, or let several regions serve at once"
            .to_owned(),
    };
    said.say(TOO_SLOW, Spot::Block(name, failover.ttl.span), message).fix(fix);
}

fn ttl(scene: &Scene<'_>, name: &Address, failover: &Failover) -> u32 {
    let sets = failover.targets.iter().filter(|target| target.tier == 0);
    let ttls = sets.filter_map(|target| scene.set(name, target)?.ttl);
    ttls.max().unwrap_or(FOREIGN_TTL)
}

/// Until the last resolver has forgotten, if every endpoint were asked at this pace or faster.
fn latest(scene: &Scene<'_>, checks: &[&CheckRef], pace: Pace) -> Option<f64> {
    let detected = checks.iter().filter_map(|check| detected(scene, check, pace, 0));
    let detected = detected.max_by(f64::total_cmp)?;
    Some(detected + PROPAGATION + f64::from(pace.ttl))
}

/// By when a check is unhealthy after all that it asks is lost; absent for never.
fn detected(scene: &Scene<'_>, check: &CheckRef, pace: Pace, depth: usize) -> Option<f64> {
    const DEPTH_MAX: usize = 16;
    match scene.check(check).filter(|_| depth < DEPTH_MAX)? {
        // One with a lever pulled does not tell of a loss at all.
        HealthCheck::Endpoint(
            Endpoint { inverted: true, .. } | Endpoint { disabled: true, .. },
        )
        | HealthCheck::Calculated { inverted: true, .. }
        | HealthCheck::Calculated { disabled: true, .. } => None,
        HealthCheck::Endpoint(endpoint) => {
            let asked = asking(endpoint, REPORTING);
            let faster = Asking {
                interval: asked.interval.min(f64::from(pace.interval)),
                in_a_row: asked.in_a_row.min(pace.failures),
                ..asked
            };
            Some(faster.falls()?.most())
        }
        HealthCheck::Calculated { checks, at_least, .. } => {
            let spare = checks.len().checked_sub(usize::try_from(*at_least).ok()?)?;
            let mut times: Vec<f64> =
                checks.iter().filter_map(|c| detected(scene, c, pace, depth + 1)).collect();
            times.sort_by(f64::total_cmp);
            times.get(spare).copied()
        }
    }
}

/// Everything at most as slow as now that providers take.
fn paces(now: Pace) -> Vec<Pace> {
    let ttls = [now.ttl, 60, 30, 20, 10, 5];
    let mut paces = Vec::new();
    for interval in [now.interval, 30, 10] {
        for failures in 1..=now.failures {
            for ttl in ttls {
                if interval <= now.interval && ttl <= now.ttl {
                    paces.push(Pace { interval, failures, ttl });
                }
            }
        }
    }
    paces
}

/// What a change costs: few changes are best, and a check that flaps is worse than more questions.
fn cost(now: Pace, pace: Pace) -> (u32, u32, u32, u32) {
    let changed =
        [now.interval != pace.interval, now.failures != pace.failures, now.ttl != pace.ttl];
    let changes = changed.into_iter().map(u32::from).sum();
    (changes, now.failures - pace.failures, now.interval - pace.interval, now.ttl - pace.ttl)
}

fn told(now: Pace, pace: Pace) -> String {
    let changes = [
        (now.interval != pace.interval).then(|| format!("interval = \"{}s\"", pace.interval)),
        (now.failures != pace.failures).then(|| format!("failures = {}", pace.failures)),
        (now.ttl != pace.ttl).then(|| format!("ttl = \"{}s\"", pace.ttl)),
    ];
    listed(changes.into_iter().flatten())
}
