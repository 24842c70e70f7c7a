//! L40, L41 and L50: targets that are lost together.

use std::collections::BTreeSet;

use lifeboat_contract::Address;

use super::super::place::named_in;
use super::super::verdict::{LintCategory, LintSeverity};
use super::control::needing;
use super::rule::{Rule, Said, Spot, listed};
use super::scene::Scene;
use crate::diagnostic::Span;
use crate::intent::{Failover, Target};

pub(super) const RULES: &[&Rule] = &[ONE_PLACE, FOREIGN_REGISTRY, ONE_GROUP];

const ONE_PLACE: &Rule = &Rule {
    id: "L40",
    title: "Targets lead to one and the same place",
    severity: LintSeverity::Error,
    category: LintCategory::SharedFate,
    why: "What stands in for a region has to be somewhere else: otherwise one loss takes both.",
    fix: "answer each target with what is in its own region",
    source: "AWS Fault Isolation Boundaries; AWS Resilience Hub, shared fate",
};

const FOREIGN_REGISTRY: &Rule = &Rule {
    id: "L41",
    title: "A target pulls its images from the region that it stands in for",
    severity: LintSeverity::Error,
    category: LintCategory::SharedFate,
    why: "While that region is lost, no new machine of the standby finds its image.",
    fix: "replicate the image to the target's own region, and leave `pulls_from` out",
    source: "ECR User Guide, `replication`; AWS recovery readiness guide",
};

const ONE_GROUP: &Rule = &Rule {
    id: "L50",
    title: "What stands in for each other is in one group",
    severity: LintSeverity::Warning,
    category: LintCategory::SharedFate,
    why: "Regions of one grid, country or conflict zone are lost together: on 1 March 2026 \
          me-central-1 and me-south-1 were.",
    fix: "add a target in a region outside of the group",
    source: "reports on 1 March 2026 (AWS in the United Arab Emirates and Bahrain)",
};

pub(super) fn check(scene: &Scene<'_>, said: &mut Said) {
    let groups: Vec<(&Address, BTreeSet<&Address>)> = scene
        .intents
        .dependencies
        .keys()
        .map(|address| (address, needing(scene, address)))
        .collect();
    for (address, failover) in scene.failovers() {
        one_region(scene, address, failover, said);
        one_end(scene, address, failover, said);
        for target in &failover.targets {
            foreign_end(scene, address, failover, target, said);
            foreign_registry(address, failover, target, said);
        }
        for (group, members) in &groups {
            one_group(address, failover, (group, members), said);
        }
    }
}

fn regions(failover: &Failover) -> BTreeSet<&Address> {
    failover.targets.iter().map(|target| &target.region.value).collect()
}

fn one_region(scene: &Scene<'_>, address: &Address, failover: &Failover, said: &mut Said) {
    let regions = regions(failover);
    let locations: BTreeSet<_> =
        regions.iter().filter_map(|region| Some(&scene.region(region)?.location)).collect();
    if let (1, Some(location)) = (locations.len(), locations.first()) {
        let message = format!("all its targets are in `{location}`");
        said.say(ONE_PLACE, spot_of_last(address, failover), message)
            .fix("put a target into another region");
    }
}

fn spot_of_last<'s>(address: &'s Address, failover: &'s Failover) -> Spot<'s> {
    let span: Span = failover.targets.last().map_or(failover.span, |target| target.span);
    Spot::Block(address, span)
}

fn one_end(scene: &Scene<'_>, address: &Address, failover: &Failover, said: &mut Said) {
    let Some(place) = scene.place(address) else { return };
    let ends: Vec<(&Target, BTreeSet<String>)> = failover
        .targets
        .iter()
        .filter_map(|target| Some((target, scene.ends(place, scene.set(address, target)?))))
        .collect();
    for (at, (target, own)) in ends.iter().enumerate() {
        let apart =
            |other: &Target| other.tier != target.tier || other.region.value != target.region.value;
        let earlier = ends[..at].iter().filter(|(other, _)| apart(other));
        let same = earlier.map(|(other, theirs)| (other, own.intersection(theirs)));
        for (other, same) in same {
            let same: Vec<&String> = same.collect();
            if !same.is_empty() {
                let message = format!(
                    "targets `{}` and `{}` both answer {}",
                    other.name,
                    target.name,
                    listed(same)
                );
                said.say(ONE_PLACE, Spot::Block(address, target.span), message);
            }
        }
    }
}

/// A load balancer's name tells where it is.
fn foreign_end(
    scene: &Scene<'_>,
    address: &Address,
    failover: &Failover,
    target: &Target,
    said: &mut Said,
) {
    let (Some(place), Some(set)) = (scene.place(address), scene.set(address, target)) else {
        return;
    };
    let own = &target.region.value;
    for end in scene.ends(place, set) {
        let elsewhere =
            named_in(scene.intents, &end, own).filter(|at| regions(failover).contains(at));
        if let Some(elsewhere) = elsewhere {
            let message = format!(
                "target `{}` is in `{own}`, and leads to `{end}`, by its name in `{elsewhere}`",
                target.name
            );
            said.say(ONE_PLACE, Spot::Block(address, target.span), message);
        }
    }
}

fn foreign_registry(address: &Address, failover: &Failover, target: &Target, said: &mut Said) {
    let Some(from) = &target.capacity.pulls_from else { return };
    let stands_in_for = failover
        .targets
        .iter()
        .any(|other| other.tier <= target.tier && other.region.value == *from);
    if stands_in_for && *from != target.region.value {
        let message = format!("target `{}` pulls its images from `{from}`", target.name);
        said.say(FOREIGN_REGISTRY, Spot::Block(address, target.span), message);
    }
}

fn one_group(
    address: &Address,
    failover: &Failover,
    (group, members): (&Address, &BTreeSet<&Address>),
    said: &mut Said,
) {
    let all = regions(failover);
    let behind = failover.targets.iter().filter(|target| target.tier > 0);
    let behind: BTreeSet<&Address> = behind.map(|target| &target.region.value).collect();
    let message = if all.len() > 1 && all.is_subset(members) {
        format!("all its targets are in `{group}`: {}", listed(all))
    } else if behind.len() > 1 && behind.is_subset(members) {
        format!("all that stands behind the first is in `{group}`: {}", listed(behind))
    } else {
        return;
    };
    said.say(ONE_GROUP, spot_of_last(address, failover), message);
}
