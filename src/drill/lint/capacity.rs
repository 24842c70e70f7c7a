//! L24 and L46: whether what takes over can carry what comes.

use std::collections::BTreeSet;

use lifeboat_contract::Address;

use super::super::verdict::{LintCategory, LintSeverity};
use super::rule::{Rule, Said, Spot};
use super::scene::Scene;
use crate::intent::{Failover, Grows, Target};

pub(super) const RULES: &[&Rule] = &[DEADLOCK, OVERLOAD];

const DEADLOCK: &Rule = &Rule {
    id: "L24",
    title: "A standby waits for traffic, and traffic waits for the standby",
    severity: LintSeverity::Error,
    category: LintCategory::Latency,
    why: "A cold standby fails its health check, so the dead primary stays the answer; no request \
          reaches the standby, and it never grows.",
    fix: "let it grow by the primary's health check (`grows = \"on_alarm\"`), or keep it running",
    source: "Route 53 Developer Guide, `dns-failover-types`, on which both rules rest",
};

const OVERLOAD: &Rule = &Rule {
    id: "L46",
    title: "What is left cannot carry the load",
    severity: LintSeverity::Error,
    category: LintCategory::Load,
    why: "A target that gets more than it can carry fails its checks as well, and the load moves on \
          to the next.",
    fix: "raise its `capacity`, with quotas and reservations, or share the load among more targets",
    source: "AWS Builders' Library, load shedding; AWS message 101925 (20 October 2025)",
};

pub(super) fn check(scene: &Scene<'_>, said: &mut Said) {
    for (address, failover) in scene.failovers() {
        for target in &failover.targets {
            let waits = target.capacity.grows == Grows::OnTraffic && target.tier > 0;
            if waits && scene.target_can_fail(address, target) {
                let name = &target.name;
                let message = format!(
                    "target `{name}` grows only once requests arrive, and none does while it is \
                     unhealthy"
                );
                said.say(DEADLOCK, Spot::Block(address, target.span), message);
            }
        }
        overload(address, failover, said);
    }
}

fn overload(address: &Address, failover: &Failover, said: &mut Said) {
    let regions: BTreeSet<&Address> =
        failover.targets.iter().map(|target| &target.region.value).collect();
    let losses: Vec<Option<&Address>> =
        [None].into_iter().chain(regions.into_iter().map(Some)).collect();
    for target in &failover.targets {
        let loads = losses.iter().map(|lost| (load(failover, target, *lost), *lost));
        // The first of equal ones is the one with the least loss.
        let worst = loads.reduce(|a, b| if b.0 > a.0 { b } else { a });
        let Some((load, lost)) = worst else { continue };
        let share = target.capacity.share;
        if load <= share + 1e-9 {
            continue;
        }
        let when =
            lost.map_or_else(|| "at all times".to_owned(), |l| format!("when `{l}` is lost"));
        let message = format!(
            "target `{}` gets {} of all requests {when} and can carry {}",
            target.name,
            percent(load),
            percent(share)
        );
        said.say(OVERLOAD, Spot::Block(address, target.span), message);
    }
}

/// The share of all requests that a target gets while a region is lost.
fn load(failover: &Failover, target: &Target, lost: Option<&Address>) -> f64 {
    let left = || failover.targets.iter().filter(|one| Some(&one.region.value) != lost);
    let serving = left().map(|one| one.tier).min();
    if serving != Some(target.tier) || Some(&target.region.value) == lost {
        return 0.0;
    }
    let peers: Vec<&Target> = left().filter(|one| one.tier == target.tier).collect();
    let sum: u32 = peers.iter().map(|one| u32::from(one.weight)).sum();
    if sum > 0 {
        f64::from(target.weight) / f64::from(sum)
    } else {
        1.0 / f64::from(u32::try_from(peers.len()).unwrap_or(1))
    }
}

fn percent(share: f64) -> String {
    let text = format!("{:.1}", share * 100.0);
    format!("{} %", text.strip_suffix(".0").unwrap_or(&text))
}
