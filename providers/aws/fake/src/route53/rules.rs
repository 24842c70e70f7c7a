//! What must hold for the record sets of a zone.

use super::name::Name;
use super::policy::Policy;
use super::record::{Alias, Key, RecordSet, Sets, at_name, group};

const GROUP_MAX: usize = 100;
const PROXIMITY_GROUP_MAX: usize = 30;
const VALUES_MAX: usize = 400;

/// The names of AWS's own services, which aliases may point to.
const SERVICE_SUFFIXES: &[&str] = &[
    ".amazonaws.com.",
    ".cloudfront.net.",
    ".awsglobalaccelerator.com.",
    ".elasticbeanstalk.com.",
];

/// What of the account bears on the record sets of one zone.
pub(super) struct Surroundings<'a> {
    pub(super) zone: &'a str,
    pub(super) apex: &'a Name,
    pub(super) private: bool,
    pub(super) zones: Vec<&'a str>,
    pub(super) sets_max: usize,
}

/// What is wrong with a record set that is about to be put among the others.
pub(super) fn of_set(sets: &Sets, set: &RecordSet, around: &Surroundings<'_>) -> Vec<String> {
    let key = &set.key;
    let (name, zone) = (key.name.text(), around.apex.text());
    if !key.name.is_within(around.apex) {
        return vec![format!("RRSet with DNS name {name} is not permitted in zone {zone}")];
    }
    let mut problems = Vec::new();
    problems.extend(cname(sets, key, around));
    problems.extend(by_type(set));
    problems.extend(in_group(sets, set));
    problems.extend(role(set));
    if let Some(alias) = &set.alias {
        problems.extend(target(sets, set, alias, around));
    }
    if set.values.len() > VALUES_MAX {
        problems.push(format!("Cannot have more than {VALUES_MAX} records in a RRSet."));
    }
    if around.private && matches!(set.policy, Some(Policy::Cidr { .. })) {
        problems.push(format!(
            "RRSet with DNS name {name} is not permitted as private zones know no CIDR routing"
        ));
    }
    problems
}

/// What is wrong with the zone as a whole, after the last change.
pub(super) fn of_zone(sets: &Sets, around: &Surroundings<'_>) -> Vec<String> {
    let mut problems = Vec::new();
    let apex = |kind: &str| sets.contains_key(&Key::new(around.apex.clone(), kind));
    if !apex("SOA") {
        problems.push("A HostedZone must contain exactly one SOA record.".to_owned());
    }
    if !apex("NS") && !around.private {
        problems.push(
            "A HostedZone must contain at least one NS record for the zone itself.".to_owned(),
        );
    }
    for set in sets.values() {
        let Some(alias) = set.alias.as_ref().filter(|alias| alias.zone == around.zone) else {
            continue;
        };
        if group(sets, &Key::new(alias.target.clone(), &set.key.kind)).next().is_none() {
            problems.push(not_found(&alias.target, set, &alias.zone));
        }
    }
    problems.dedup();
    if sets.len() > around.sets_max {
        let most = around.sets_max;
        problems.push(format!("Number of records in the hosted zone exceeds the limit of {most}."));
    }
    problems
}

/// A name with a CNAME has nothing else, and the apex has things that are always there.
fn cname(sets: &Sets, key: &Key, around: &Surroundings<'_>) -> Option<String> {
    let (name, zone) = (key.name.text(), around.apex.text());
    let others = || at_name(sets, &key.name).filter(|other| other.key.kind != key.kind);
    if key.kind == "CNAME" {
        if key.name == *around.apex {
            return Some(format!(
                "RRSet of type CNAME with DNS name {name} is not permitted at apex in zone {zone}"
            ));
        }
        return others().next().map(|_| {
            format!(
                "RRSet of type CNAME with DNS name {name} is not permitted as it conflicts with other \
                 records with the same DNS name in zone {zone}"
            )
        });
    }
    others().find(|other| other.key.kind == "CNAME").map(|_| {
        format!(
            "RRSet of type {} with DNS name {name} is not permitted because a conflicting RRSet of type \
             CNAME with the same DNS name already exists in zone {zone}",
            key.kind
        )
    })
}

/// What a type does not allow.
fn by_type(set: &RecordSet) -> Option<String> {
    let (kind, name) = (set.key.kind.as_str(), set.key.name.text());
    let routed = set.policy.is_some();
    let multi = matches!(set.policy, Some(Policy::MultiValue(_)));
    let problem = match kind {
        "CNAME" | "SOA" if set.values.len() > 1 => "can only have a single value",
        "NS" | "SOA" if set.alias.is_some() => "is not permitted as alias",
        "NS" | "SOA" if routed => "can only have the simple routing policy",
        "CNAME" if multi => "cannot be a multivalue answer",
        _ if multi && set.alias.is_some() => "cannot be both alias and multivalue answer",
        _ => return None,
    };
    Some(format!("RRSet of type {kind} with DNS name {name} {problem}"))
}

/// Record sets of one name and type: one policy, told apart, not in each other's way.
fn in_group(sets: &Sets, set: &RecordSet) -> Option<String> {
    let others: Vec<&RecordSet> =
        group(sets, &set.key).filter(|other| other.key != set.key).collect();
    let identifier = set.key.identifier.iter().map(|id| format!(", SetIdentifier {id}"));
    let identifier: String = identifier.collect();
    let (name, kind) = (set.key.name.text(), &set.key.kind);
    let problem = |why: &str| {
        let subject = format!("RRSet with DNS name {name}, type {kind}{identifier}");
        Some(format!("{subject} cannot be created as {why}"))
    };
    let Some(policy) = &set.policy else {
        let others = others.first();
        return others.and_then(|_| problem("other RRSets exist with the same name and type."));
    };
    let label = policy.label();
    if others.iter().any(|other| other.policy.as_ref().is_none_or(|it| it.label() != label)) {
        return problem(&format!("a non-{label} set exists with the same name and type."));
    }
    if others.iter().any(|other| other.policy.as_ref().is_some_and(|it| policy.collides(it))) {
        let what = if let Policy::Failover(role) = policy { role } else { label };
        return problem(&format!("another {what} set exists with the same name and type."));
    }
    let ttls = |other: &&RecordSet| other.alias.is_none() && other.ttl != set.ttl;
    if label == "weighted" && set.alias.is_none() && others.iter().any(ttls) {
        return problem("weighted sets must contain the same TTL.");
    }
    let most = if label == "geoproximity" { PROXIMITY_GROUP_MAX } else { GROUP_MAX };
    if others.len() >= most {
        return problem(&format!("there are {most} sets with the same name and type."));
    }
    None
}

fn role(set: &RecordSet) -> Option<String> {
    let primary = matches!(&set.policy, Some(Policy::Failover(role)) if role == "PRIMARY");
    (primary && set.alias.is_none() && set.check.is_none()).then(|| {
        "A non-alias primary ResourceRecordSet must have an associated health check.".to_owned()
    })
}

fn target(
    sets: &Sets,
    set: &RecordSet,
    alias: &Alias,
    around: &Surroundings<'_>,
) -> Option<String> {
    let outside = || {
        Some(format!(
            "Tried to create an alias that targets {}, type {} in zone {}, but the alias target name \
             does not lie within the target zone",
            alias.target.text(),
            set.key.kind,
            alias.zone
        ))
    };
    if alias.zone != around.zone {
        let service = SERVICE_SUFFIXES.iter().any(|end| alias.target.text().ends_with(end));
        let of_account = around.zones.contains(&alias.zone.as_str());
        return if service && !of_account { None } else { outside() };
    }
    if !alias.target.is_within(around.apex) {
        return outside();
    }
    if alias.target == set.key.name {
        return Some(format!(
            "Tried to create an alias that targets {}, type {} in zone {}, but an alias cannot target \
             itself",
            alias.target.text(),
            set.key.kind,
            alias.zone
        ));
    }
    let wanted = Key::new(alias.target.clone(), &set.key.kind);
    match group(sets, &wanted).next() {
        Some(_) => None,
        None => Some(not_found(&alias.target, set, &alias.zone)),
    }
}

fn not_found(target: &Name, set: &RecordSet, zone: &str) -> String {
    format!(
        "Tried to create an alias that targets {}, type {} in zone {zone}, but that target was not found",
        target.text(),
        set.key.kind
    )
}
