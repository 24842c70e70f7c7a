//! L30 to L36: answers that nobody meant.

use lifeboat_contract::{Address, Answer, Area, DnsName, RecordType, Routing};

use super::super::part::FOREIGN_TTL;
use super::super::verdict::{LintCategory, LintSeverity};
use super::rule::{Rule, Said, Spot};
use super::scene::{Member, Place, Scene};
use crate::intent::{Data, Failover, Role, Target};

pub(super) const RULES: &[&Rule] = &[
    NO_DEFAULT,
    ALL_ZERO,
    ZERO_UNCHECKED,
    LONG_TTL,
    MIXED_TTL,
    BALANCER_TTL,
    LEFT_BEHIND,
    NEAREST,
];

const NO_DEFAULT: &Rule = &Rule {
    id: "L30",
    title: "Some clients get no answer",
    severity: LintSeverity::Error,
    category: LintCategory::Mistake,
    why: "A client whose place no set is for, or whose place is unknown, gets an empty answer, and \
          resolvers keep it.",
    fix: "add a set for the location `*`",
    source: "Route 53 Developer Guide, `routing-policy-geo` and `routing-policy-ipbased`",
};

const ALL_ZERO: &Rule = &Rule {
    id: "L31",
    title: "All weights are 0",
    severity: LintSeverity::Error,
    category: LintCategory::Mistake,
    why: "Zero does not turn a group off: where all weights are 0, all are answered alike.",
    fix: "give what shall be answered a weight over 0, and remove what shall not",
    source: "Route 53 Developer Guide, `routing-policy-weighted`",
};

const ZERO_UNCHECKED: &Rule = &Rule {
    id: "L31",
    title: "A set of weight 0 has no health check",
    severity: LintSeverity::Error,
    category: LintCategory::Mistake,
    why: "It is answered as soon as every set with a weight is unhealthy, whether it works or not.",
    fix: "give it a `health_check`, or remove it",
    source: "Route 53 Developer Guide, `routing-policy-weighted`",
};

const LONG_TTL: &Rule = &Rule {
    id: "L33",
    title: "A checked answer is kept for more than a minute",
    severity: LintSeverity::Warning,
    category: LintCategory::Latency,
    why: "Resolvers keep sending users to the lost region until the TTL is over.",
    fix: "set `ttl = \"60s\"` or less",
    source: "Route 53 Developer Guide, `dns-failover-simple-configs`: 60 s or less with a check",
};

const MIXED_TTL: &Rule = &Rule {
    id: "L33",
    title: "Sets that share by weight are kept for different times",
    severity: LintSeverity::Warning,
    category: LintCategory::Latency,
    why: "What is kept longer gets more than its weight, and is left later.",
    fix: "give all of them one TTL",
    source: "Route 53 Developer Guide, `routing-policy-weighted`",
};

const BALANCER_TTL: &Rule = &Rule {
    id: "L33",
    title: "Values share by weight with a load balancer, with another TTL than its 60 s",
    severity: LintSeverity::Warning,
    category: LintCategory::Latency,
    why: "An alias of a load balancer is kept for 60 s: what is kept for another time gets more or \
          less than its weight.",
    fix: "set `ttl = \"60s\"`",
    source: "Route 53 Developer Guide, `resource-record-sets-values-weighted`",
};

const LEFT_BEHIND: &Rule = &Rule {
    id: "L35",
    title: "One type of a name fails over and another does not",
    severity: LintSeverity::Warning,
    category: LintCategory::Mistake,
    why: "Clients that ask for the other type, such as all with IPv6, stay with the lost region.",
    fix: "let a `failover` block serve that type, too, or remove the record",
    source: "RFC 8305, section 3; RFC 9460, section 7.3",
};

const NEAREST: &Rule = &Rule {
    id: "L36",
    title: "Latency decides between a primary region and one that shall only stand in",
    severity: LintSeverity::Info,
    category: LintCategory::Mistake,
    why: "Which region is nearer changes from day to day and from client to client: both serve, at \
          all times.",
    fix: "serve the name with a `failover` block, or let both regions be ready for all of it",
    source: "Route 53 Developer Guide, `routing-policy-latency`",
};

/// As long as AWS advises where a check decides.
const TTL_MAX: u32 = 60;

pub(super) fn check(scene: &Scene<'_>, said: &mut Said) {
    for (address, failover) in scene.failovers() {
        for tier in failover.targets.chunk_by(|a, b| a.tier == b.tier) {
            if tier.len() > 1 {
                zero(scene, address, tier, said);
                balancer(address, failover, tier, said);
            }
        }
        long_ttl(scene, address, failover, said);
        left_behind(scene, address, said);
    }
    for (place, group) in scene.foreign_groups() {
        foreign(scene, place, group, said);
        no_default(group, said);
        nearest(scene, place, group, said);
    }
}

fn zero(scene: &Scene<'_>, address: &Address, tier: &[Target], said: &mut Said) {
    if tier.iter().all(|target| target.weight == 0) {
        let message = format!("every target of tier {} has weight 0", tier[0].tier + 1);
        said.say(ALL_ZERO, Spot::Block(address, tier[0].span), message);
        return;
    }
    for target in tier.iter().filter(|target| target.weight == 0) {
        if !scene.target_can_fail(address, target) {
            let message = format!("target `{}` has weight 0 and no health check", target.name);
            said.say(ZERO_UNCHECKED, Spot::Block(address, target.span), message);
        }
    }
}

fn balancer(address: &Address, failover: &Failover, tier: &[Target], said: &mut Said) {
    let balancer = |target: &&Target| matches!(target.data, Data::Alias { zone_id: Some(_), .. });
    let values = |target: &&Target| matches!(target.data, Data::Values(_));
    let ttl = failover.ttl.value;
    let mixed = (tier.iter().find(balancer), tier.iter().find(values));
    if let ((Some(one), Some(other)), false) = (mixed, ttl == FOREIGN_TTL) {
        let message = format!(
            "targets `{}`, a load balancer, and `{}`, kept for {ttl} s, share by weight",
            one.name, other.name
        );
        said.say(BALANCER_TTL, Spot::Block(address, failover.ttl.span), message);
    }
}

fn long_ttl(scene: &Scene<'_>, address: &Address, failover: &Failover, said: &mut Said) {
    let ttl = failover.ttl.value;
    let kept = failover.targets.iter().any(|target| {
        matches!(target.data, Data::Values(_)) && scene.target_can_fail(address, target)
    });
    if kept && ttl > TTL_MAX {
        let message = format!("answers are kept for {ttl} s");
        said.say(LONG_TTL, Spot::Block(address, failover.ttl.span), message);
    }
}

/// The types that lead to one and the same server.
const SAME_SERVER: [RecordType; 4] =
    [RecordType::A, RecordType::Aaaa, RecordType::Https, RecordType::Svcb];

fn left_behind(scene: &Scene<'_>, address: &Address, said: &mut Said) {
    let Some((provider, zone, name, rtype)) = scene.place(address) else { return };
    if !SAME_SERVER.contains(&rtype) {
        return;
    }
    let span = scene.intents.failovers.get(address).map(|failover| failover.name.span);
    for other in SAME_SERVER.into_iter().filter(|other| *other != rtype) {
        let place = (provider, zone, name, other);
        let Some([member]) = scene.groups.get(&place).map(Vec::as_slice) else { continue };
        if !stays(scene, place, member) {
            continue;
        }
        let message = format!("`{name}` {rtype} fails over, and {other} is one fixed answer");
        let declared = span.map(|span| Spot::Block(address, span));
        said.say(LEFT_BEHIND, declared.unwrap_or(Spot::Foreign(member.key)), message);
    }
}

/// Whether the only set of a name and type leads somewhere fixed.
fn stays<'s>(scene: &Scene<'s>, place: Place<'s>, member: &Member<'s>) -> bool {
    let (provider, zone, name, rtype) = place;
    let moves = |name: &DnsName, rtype| {
        let group = scene.groups.get(&(provider, zone, name, rtype));
        group.is_some_and(|group| group.iter().any(|member| !member.spec.routing.is_simple()))
    };
    match &member.spec.answer {
        Answer::Alias { name, zone_id: None, .. } => !moves(name, rtype),
        Answer::Values(values) if matches!(rtype, RecordType::Https | RecordType::Svcb) => {
            // Without hints it leads to the addresses of its target name, `.` for this one.
            values.iter().any(|value| {
                let target = value.split_whitespace().nth(1).unwrap_or(".");
                let target = target.trim_end_matches('.');
                let here = target.is_empty() || target.eq_ignore_ascii_case(name.as_str());
                value.contains("ipv4hint=") || value.contains("ipv6hint=") || {
                    let target = target.to_ascii_lowercase().parse();
                    !here && !target.is_ok_and(|t| moves(&t, RecordType::A))
                }
            })
        }
        Answer::Alias { .. } | Answer::Values(_) => true,
    }
}

/// The same of sets that others own.
fn foreign<'s>(scene: &Scene<'s>, place: Place<'s>, group: &[Member<'s>], said: &mut Said) {
    let weight = |member: &Member<'_>| match member.spec.routing {
        Routing::Weighted { weight } => Some(weight),
        Routing::Simple
        | Routing::Failover(_)
        | Routing::Latency { .. }
        | Routing::Geolocation(_)
        | Routing::Geoproximity { .. }
        | Routing::Cidr { .. }
        | Routing::Multivalue
        | Routing::Other { .. } => None,
    };
    let theirs = || group.iter().filter(|member| !member.ours);
    let Some(first) = theirs().next() else { return };
    if group.len() > 1 && group.iter().all(|member| weight(member) == Some(0)) {
        said.say(ALL_ZERO, Spot::Foreign(first.key), "every set of this name has weight 0");
    } else {
        for member in theirs().filter(|member| weight(member) == Some(0)) {
            if !scene.can_fail(place, member.spec) {
                let message = "it has weight 0 and no health check";
                said.say(ZERO_UNCHECKED, Spot::Foreign(member.key), message);
            }
        }
    }
    for member in theirs() {
        if let (Some(ttl), Some(_)) = (member.spec.ttl, &member.spec.health_check)
            && ttl > TTL_MAX
        {
            said.say(LONG_TTL, Spot::Foreign(member.key), format!("answers are kept for {ttl} s"));
        }
    }
    let weighted = || group.iter().filter(|member| weight(member).is_some());
    let ttls = || weighted().filter_map(|member| member.spec.ttl);
    if let (Some(least), Some(most)) = (ttls().min(), ttls().max())
        && least < most
    {
        let message = format!("sets of this name are kept for {least} s to {most} s");
        said.say(MIXED_TTL, Spot::Foreign(first.key), message);
    }
}

fn no_default(group: &[Member<'_>], said: &mut Said) {
    let by_place = |member: &&Member<'_>| {
        matches!(member.spec.routing, Routing::Geolocation(_) | Routing::Cidr { .. })
    };
    let default = |member: &Member<'_>| match &member.spec.routing {
        Routing::Geolocation(area) => *area == Area::Default,
        Routing::Cidr { location, .. } => location == "*",
        Routing::Simple
        | Routing::Failover(_)
        | Routing::Weighted { .. }
        | Routing::Latency { .. }
        | Routing::Geoproximity { .. }
        | Routing::Multivalue
        | Routing::Other { .. } => false,
    };
    if let Some(first) = group.iter().find(by_place)
        && !group.iter().any(default)
    {
        let message = "no set of this name is for clients in other places";
        said.say(NO_DEFAULT, Spot::Foreign(first.key), message);
    }
}

fn nearest<'s>(scene: &Scene<'s>, place: Place<'s>, group: &[Member<'s>], said: &mut Said) {
    let with_role = |role: Role| {
        let regions = scene.intents.regions.values();
        let mut here = regions.filter(|region| *region.provider == *place.0 && region.role == role);
        here.any(|region| {
            group.iter().any(|member| {
                matches!(&member.spec.routing, Routing::Latency { region: at } if *at == region.location)
            })
        })
    };
    if let (Some(first), true, true) =
        (group.first(), with_role(Role::Primary), with_role(Role::Failover))
    {
        let message = "the nearer region is answered, the primary one or not";
        said.say(NEAREST, Spot::Foreign(first.key), message);
    }
}
