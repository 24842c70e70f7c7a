//! L01 to L06: what has to be changed or asked while a region is lost.

use std::collections::BTreeSet;

use lifeboat_contract::{Address, CheckRef};

use super::super::verdict::{LintCategory, LintSeverity};
use super::rule::{Rule, Said, Spot, listed};
use super::scene::Scene;
use crate::intent::{Dependency, Failover, Grows, Target};

pub(super) const RULES: &[&Rule] = &[GLOBAL, MACHINES, LOST_WITH];

const GLOBAL: &Rule = &Rule {
    id: "L01",
    title: "A target grows only while a control plane of the whole world works",
    severity: LintSeverity::Error,
    category: LintCategory::SinglePoint,
    why: "The control planes of Route 53 and IAM stand in us-east-1. When that is lost, names are \
          still answered, and nothing can be changed.",
    fix: "make beforehand what is made then, such as records and roles, and take the control plane \
          out of `needs`",
    source: "AWS Fault Isolation Boundaries, `global-services`; AWS message 12721 (7 December 2021)",
};

const MACHINES: &Rule = &Rule {
    id: "L02",
    title: "A target has to be made while others are lost",
    severity: LintSeverity::Warning,
    category: LintCategory::SinglePoint,
    why: "What does not run yet may not be had when everybody wants it: in October 2025 no machines \
          could be launched in us-east-1 for hours.",
    fix: "keep running what it needs (`grows = \"never\"`), or reserve it",
    source: "AWS message 101925 (20 October 2025); Builders' Library, static stability",
};

const LOST_WITH: &Rule = &Rule {
    id: "L03",
    title: "Another region needs what is lost with a region",
    severity: LintSeverity::Warning,
    category: LintCategory::SharedFate,
    why: "Who logs in, signs or decides in the lost region is gone for the region that stands in \
          for it, too.",
    fix: "have one in each region, or one that is lost with none of them",
    source: "AWS Fault Isolation Boundaries, `global-services`; October 2025: STS in us-east-1",
};

/// Control planes that stand in one place for the whole world.
const WORLDWIDE: [&str; 2] = ["route53", "iam"];

pub(super) fn check(scene: &Scene<'_>, said: &mut Said) {
    for (address, failover) in scene.failovers() {
        for target in failover.targets.iter().filter(|target| stands_in(failover, target)) {
            growth(address, target, said);
        }
    }
    for (address, dependency) in &scene.intents.dependencies {
        lost_with(scene, address, dependency, said);
    }
}

/// Whether a target takes over from another one.
pub(super) fn stands_in(failover: &Failover, target: &Target) -> bool {
    let peers = failover.targets.iter().filter(|other| other.tier == target.tier).count();
    target.tier > 0 || peers > 1
}

fn growth(address: &Address, target: &Target, said: &mut Said) {
    let needs = &target.capacity.needs;
    if target.capacity.grows == Grows::Never {
        return;
    }
    let (global, local): (Vec<_>, Vec<_>) =
        needs.iter().partition(|name| WORLDWIDE.contains(&name.as_str()));
    for (rule, planes) in [(GLOBAL, global), (MACHINES, local)] {
        if !planes.is_empty() {
            let message =
                format!("target `{}` needs {} to work while it grows", target.name, listed(planes));
            said.say(rule, Spot::Block(address, target.span), message);
        }
    }
}

fn lost_with(scene: &Scene<'_>, address: &Address, dependency: &Dependency, said: &mut Said) {
    let Some(region) = &dependency.region else { return };
    let needing = needing(scene, address).into_iter().filter(|needing| {
        match needing.as_str().split_once('.') {
            Some(("region", _)) => *needing != region,
            Some(("health_check", _)) => {
                let check = CheckRef::Address((*needing).clone());
                let leaves = scene.leaves(&check);
                leaves.iter().flat_map(|leaf| scene.homes(leaf)).any(|home| home != region)
            }
            Some(_) | None => false,
        }
    });
    let needing: Vec<&Address> = needing.collect();
    if needing.is_empty() {
        return;
    }
    let verb = if needing.len() == 1 { "needs" } else { "need" };
    let message = format!("it is lost with `{region}`, and {} {verb} it", listed(needing));
    said.say(LOST_WITH, Spot::Block(address, dependency.span), message);
}

/// The checks and regions that need a dependency, by way of others too.
pub(super) fn needing<'s>(scene: &Scene<'s>, dependency: &'s Address) -> BTreeSet<&'s Address> {
    let mut needing = BTreeSet::new();
    let mut open = vec![dependency];
    while let Some(next) = open.pop() {
        let found = scene.intents.dependencies.get(next);
        for address in found.into_iter().flat_map(|found| &found.needed_by.value) {
            if needing.insert(address) {
                open.push(address);
            }
        }
    }
    needing.retain(|address| !address.as_str().starts_with("dependency."));
    needing
}
