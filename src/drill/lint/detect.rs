//! L10 to L14: whether the loss of a region is noticed, and nothing else is taken for it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use lifeboat_contract::{Address, Area, CheckRef, Endpoint, FailoverRole, Routing};

use super::super::place;
use super::super::verdict::{LintCategory, LintSeverity};
use super::control::needing;
use super::rule::{Rule, Said, Spot, listed};
use super::scene::{Member, Place, Scene, called};
use crate::intent::{Data, Failover, Target};

pub(super) const RULES: &[&Rule] = &[UNCHECKED, BLIND_ALIAS, UNCHECKED_LAST, SHARED, ELSEWHERE];

const UNCHECKED: &Rule = &Rule {
    id: "L10",
    title: "Nothing says when a target is lost",
    severity: LintSeverity::Error,
    category: LintCategory::SinglePoint,
    why: "Without a health check a set counts as healthy for ever: it is answered when it is lost, \
          and what stands behind it never is.",
    fix: "set `health_check`, or make it an alias that evaluates its target's health",
    source: "Route 53 Developer Guide, `dns-failover-complex-configs`",
};

const BLIND_ALIAS: &Rule = &Rule {
    id: "L11",
    title: "An alias does not look at the health of its target",
    severity: LintSeverity::Error,
    category: LintCategory::SinglePoint,
    why: "With `evaluate_target_health = false` a branch counts as healthy whatever its checks say, \
          and is not backed out of.",
    fix: "set `evaluate_target_health = true`",
    source: "Route 53 Developer Guide, `dns-failover-complex-configs`",
};

const UNCHECKED_LAST: &Rule = &Rule {
    id: "L12",
    title: "Nothing says whether the last target works",
    severity: LintSeverity::Warning,
    category: LintCategory::SinglePoint,
    why: "A standby without a health check is answered whenever the primary is unhealthy, even if \
          it has been dead for weeks.",
    fix: "set `health_check`; if that is meant, say why with a `lint` block in `policy`",
    source: "Route 53 Developer Guide, `dns-failover-complex-configs`",
};

const SHARED: &Rule = &Rule {
    id: "L13",
    title: "One loss makes several targets unhealthy",
    severity: LintSeverity::Error,
    category: LintCategory::SharedFate,
    why: "When every target is unhealthy, the first is answered. If what they share is lost \
          together with the first region, users get the dead one while another serves.",
    fix: "let each check ask only for what is lost with its own region",
    source: "Route 53 Developer Guide, `dns-failover-problems`",
};

const ELSEWHERE: &Rule = &Rule {
    id: "L14",
    title: "A check asks in another region than its target's",
    severity: LintSeverity::Error,
    category: LintCategory::SharedFate,
    why: "It stays healthy when the target's region is lost, or moves users away because another \
          region is.",
    fix: "ask an endpoint in the target's own region",
    source: "AWS recovery readiness guide; Route 53 Developer Guide, `dns-failover-complex-configs`",
};

pub(super) fn check(scene: &Scene<'_>, said: &mut Said) {
    let dependencies: Vec<Cause> = scene
        .intents
        .dependencies
        .keys()
        .map(|address| {
            let needing = needing(scene, address).into_iter();
            let leaves = needing.flat_map(|check| scene.leaves(&CheckRef::Address(check.clone())));
            Cause { name: format!("`{address}`"), leaves: leaves.collect() }
        })
        .collect();
    for (address, failover) in scene.failovers() {
        unchecked(scene, address, failover, said);
        for cause in asked_together(scene, failover).iter().chain(&dependencies) {
            shared(scene, (address, failover), cause, said);
        }
        for target in &failover.targets {
            elsewhere(scene, address, failover, target, said);
        }
    }
    for (place, group) in scene.foreign_groups() {
        unchecked_foreign(scene, place, group, said);
    }
}

fn unchecked(scene: &Scene<'_>, address: &Address, failover: &Failover, said: &mut Said) {
    let last = failover.targets.last().map_or(0, |target| target.tier);
    for target in &failover.targets {
        let spot = Spot::Block(address, target.span);
        let peers = failover.targets.iter().filter(|other| other.tier == target.tier).count();
        let (Some(set), Some(place)) = (scene.set(address, target), scene.place(address)) else {
            continue;
        };
        let name = &target.name;
        if let Some(other) = scene.ignored(place, set) {
            let message =
                format!("target `{name}` is an alias of `{other}` and ignores its checks");
            said.say(BLIND_ALIAS, spot, message);
            continue;
        }
        if scene.can_fail(place, set) {
            continue;
        }
        let has = match &target.data {
            Data::Alias { evaluate_target_health: true, name: to, .. } => {
                format!("is an alias of `{}`, where a set without a check is", to.value)
            }
            Data::Alias { .. } | Data::Values(_) => "has no health check".to_owned(),
        };
        if target.tier < last {
            let message = format!("target `{name}` {has}: what stands behind is never answered");
            said.say(UNCHECKED, spot, message);
        } else if peers > 1 && target.weight > 0 {
            let message =
                format!("target `{name}` {has}: it keeps its share of the answers when lost");
            said.say(UNCHECKED, spot, message);
        } else if peers == 1 {
            said.say(UNCHECKED_LAST, spot, format!("target `{name}` {has}"));
        }
    }
}

fn unchecked_foreign<'s>(
    scene: &Scene<'s>,
    place: Place<'s>,
    group: &[Member<'s>],
    said: &mut Said,
) {
    let some_checked = group.iter().any(|member| scene.can_fail(place, member.spec));
    for member in group.iter().filter(|member| !member.ours) {
        let spot = Spot::Foreign(member.key);
        if let Some(other) = scene.ignored(place, member.spec) {
            said.say(
                BLIND_ALIAS,
                spot,
                format!("it is an alias of `{other}` and ignores its checks"),
            );
            continue;
        }
        if scene.can_fail(place, member.spec) {
            continue;
        }
        match &member.spec.routing {
            Routing::Failover(FailoverRole::Primary) => {
                said.say(UNCHECKED, spot, "the primary has no health check: it never fails over");
            }
            Routing::Failover(FailoverRole::Secondary) => {
                said.say(UNCHECKED_LAST, spot, "the secondary has no health check");
            }
            // Weight 0, a default and others of the kind are meant for when nothing else is well.
            Routing::Weighted { weight: 0 }
            | Routing::Geolocation(Area::Default)
            | Routing::Simple
            | Routing::Other { .. } => {}
            Routing::Cidr { location, .. } if location == "*" => {}
            Routing::Weighted { .. }
            | Routing::Latency { .. }
            | Routing::Geolocation(_)
            | Routing::Geoproximity { .. }
            | Routing::Cidr { .. }
            | Routing::Multivalue => {
                if some_checked {
                    let message = "it has no health check, and others of its name do: it is \
                                   answered when it is lost";
                    said.say(UNCHECKED, spot, message);
                }
            }
        }
    }
}

/// Something whose loss makes checks unhealthy, and the endpoint checks that it does.
struct Cause {
    name: String,
    leaves: BTreeSet<CheckRef>,
}

fn shared(
    scene: &Scene<'_>,
    (address, failover): (&Address, &Failover),
    cause: &Cause,
    said: &mut Said,
) {
    let fails = |target: &&Target| {
        let check = target.health_check.as_ref();
        check.is_some_and(|at| scene.fails_with(&at.value, &|leaf| cause.leaves.contains(leaf)))
    };
    let hit: Vec<&Target> = failover.targets.iter().filter(fails).collect();
    let regions: BTreeSet<&Address> = hit.iter().map(|target| &target.region.value).collect();
    let (Some(last), 2..) = (hit.last(), regions.len()) else { return };
    let span = last.health_check.as_ref().map_or(last.span, |at| at.span);
    let names = listed(hit.iter().map(|target| &target.name));
    let message = format!("losing {} makes targets {names} unhealthy together", cause.name);
    said.say(SHARED, Spot::Block(address, span), message);
}

/// The endpoints that the checks of a failover ask.
fn asked_together(scene: &Scene<'_>, failover: &Failover) -> Vec<Cause> {
    let mut asked: BTreeMap<(String, u16, Option<IpAddr>), BTreeSet<CheckRef>> = BTreeMap::new();
    for target in &failover.targets {
        let check = target.health_check.as_ref();
        for leaf in check.into_iter().flat_map(|at| scene.leaves(&at.value)) {
            if let Some(Endpoint { host, port, address, .. }) = scene.endpoint(&leaf) {
                let asks = (host.to_ascii_lowercase(), *port, *address);
                asked.entry(asks).or_default().insert(leaf);
            }
        }
    }
    let causes = asked.into_iter().map(|((host, port, _), leaves)| {
        let verb = if leaves.len() == 1 { "asks" } else { "ask" };
        let checks = listed(leaves.iter().map(called));
        Cause { name: format!("`{host}:{port}`, which {checks} {verb},"), leaves }
    });
    causes.collect()
}

/// A check that asks in other regions: what it misses, and what it takes for a loss.
fn elsewhere(
    scene: &Scene<'_>,
    address: &Address,
    failover: &Failover,
    target: &Target,
    said: &mut Said,
) {
    let Some(check) = &target.health_check else { return };
    let own = &target.region.value;
    let asked: BTreeMap<CheckRef, Option<&Address>> = scene
        .leaves(&check.value)
        .into_iter()
        .map(|leaf| {
            let region = asked_in(scene, failover, target, &leaf);
            (leaf, region)
        })
        .collect();
    let lost_with = |region: &Address| {
        scene.fails_with(&check.value, &|leaf| {
            asked.get(leaf).is_some_and(|asked| asked.unwrap_or(own) == region)
        })
    };
    let others: BTreeSet<&Address> =
        asked.values().copied().flatten().filter(|region| *region != own).collect();
    if others.is_empty() {
        return;
    }
    let fails: Vec<&Address> = others.iter().copied().filter(|region| lost_with(region)).collect();
    let stays = !lost_with(own);
    let fails_with = listed(&fails);
    let what = match (stays, fails.is_empty()) {
        (true, true) => format!("stays healthy when `{own}` is lost"),
        (true, false) => {
            format!("stays healthy when `{own}` is lost, and not when {fails_with} is")
        }
        (false, false) => format!("is unhealthy, too, when {fails_with} is lost"),
        (false, true) => return,
    };
    let message = format!(
        "the check of target `{}`, in `{own}`, asks in {}: it {what}",
        target.name,
        listed(&others)
    );
    said.say(ELSEWHERE, Spot::Block(address, check.span), message);
}

/// The region that an endpoint is in, if anything tells. Otherwise it is taken to be the target's.
fn asked_in<'s>(
    scene: &Scene<'s>,
    failover: &'s Failover,
    target: &Target,
    leaf: &CheckRef,
) -> Option<&'s Address> {
    let declared = scene.declared(leaf).map(|(address, _)| address);
    let said =
        declared.and_then(|address| scene.intents.health_checks.get(address)?.region.as_ref());
    let own = &target.region.value;
    said.or_else(|| place::asked_in(scene.intents, failover, own, scene.endpoint(leaf)?))
}
