//! What a plan means for users, one sentence a name.

use std::collections::BTreeMap;

use lifeboat_contract::{
    Address, DnsName, FailoverRole, Key, RecordSet, RecordType, Routing, Spec, ZoneName,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::desired::{Desired, ServedName};
use crate::diff::{Action, Change, Changes};

/// What changes for the users of one name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Traffic {
    /// The name that users ask for.
    pub name: DnsName,
    /// The record type.
    #[serde(rename = "type")]
    pub rtype: RecordType,
    /// What changes, in a sentence.
    pub meaning: String,
}

/// One entry for each failover that changes, sorted by name.
pub(super) fn of(desired: &Desired, changes: &Changes) -> Vec<Traffic> {
    let mut by_address: BTreeMap<&Address, &Change> = BTreeMap::new();
    let mut gone: BTreeMap<(&ZoneName, &DnsName, RecordType), Vec<&str>> = BTreeMap::new();
    for change in &changes.list {
        by_address.insert(&change.address, change);
        let Key::RecordSet { zone, name: _, rtype, label: Some(label) } = &change.key else {
            continue;
        };
        if let (Action::Delete(_), Some(unit)) = (&change.action, &change.unit)
            && !label.starts_with('@')
        {
            gone.entry((zone, unit, *rtype)).or_default().push(label);
        }
    }
    let mut traffic = Vec::new();
    for name in &desired.names {
        let lost = gone.remove(&(&name.zone, &name.name, name.rtype)).unwrap_or_default();
        let meaning = meaning(name, &by_address, &lost);
        traffic.extend(meaning.map(|meaning| Traffic {
            name: name.name.clone(),
            rtype: name.rtype,
            meaning: within(&name.zone, meaning),
        }));
    }
    for ((zone, name, rtype), _) in gone {
        let kept = |change: &Change| {
            let place = match &change.key {
                Key::RecordSet { zone, name, rtype, label: _ } => Some((zone, name, *rtype)),
                Key::Zone { .. }
                | Key::Repository { .. }
                | Key::ImageCopy { .. }
                | Key::HealthCheck { .. }
                | Key::ForeignCheck { .. } => None,
            };
            change.after.is_some() && place == Some((zone, name, rtype))
        };
        if changes.list.iter().any(kept) {
            continue;
        }
        let meaning = within(zone, "no longer served by this stack".to_owned());
        traffic.push(Traffic { name: name.clone(), rtype, meaning });
    }
    traffic.sort_by(|a, b| (&a.name, a.rtype).cmp(&(&b.name, b.rtype)));
    traffic
}

/// A name can be served twice: to everybody, and otherwise to the networks of a private zone.
fn within(zone: &ZoneName, meaning: String) -> String {
    if zone.private { format!("in the private zone {}: {meaning}", zone.name) } else { meaning }
}

fn meaning(
    name: &ServedName,
    changes: &BTreeMap<&Address, &Change>,
    lost: &[&str],
) -> Option<String> {
    let mut parts: [(&str, Vec<String>); 5] = [
        ("now first", Vec::new()),
        ("now behind others", Vec::new()),
        ("gained", Vec::new()),
        ("changed", Vec::new()),
        ("unchanged", Vec::new()),
    ];
    let mut changed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for target in &name.targets {
        let change = changes.get(&target.set);
        let part = match change.map(|change| &change.action) {
            // The same target under another name of ours: it was answered before.
            Some(Action::Create) if lost.contains(&&*target.label) => 3,
            Some(Action::Create) => 2,
            Some(Action::Update(_) | Action::Replace { .. }) => {
                change.and_then(|change| moved(change)).unwrap_or(3)
            }
            Some(
                Action::NoOp
                | Action::Adopt
                | Action::Release
                | Action::Delete(_)
                | Action::Unreachable { .. },
            )
            | None => 4,
        };
        let shown = format!("{} ({})", target.label, target.region);
        if part == 3 {
            changed
                .entry(change.map(|change| what(change)).unwrap_or_default())
                .or_default()
                .push(shown.clone());
        }
        parts[part].1.push(shown);
    }
    let gone: Vec<&str> = lost
        .iter()
        .copied()
        .filter(|label| !name.targets.iter().any(|target| &*target.label == *label))
        .collect();
    if parts[2].1.len() == name.targets.len() && gone.is_empty() {
        return Some(order(name));
    }
    if parts[4].1.len() == name.targets.len() && gone.is_empty() {
        return None;
    }
    let mut told = Vec::new();
    for (part, (word, targets)) in parts.iter().enumerate() {
        if part == 3 {
            let told_of = |(what, targets): (&String, &Vec<String>)| {
                format!("{} {word}{what}", targets.join(", "))
            };
            told.extend(changed.iter().map(told_of));
        } else if !targets.is_empty() {
            told.push(format!("{} {word}", targets.join(", ")));
        }
    }
    if !gone.is_empty() {
        told.push(format!("{} gone", gone.join(", ")));
    }
    Some(told.join("; "))
}

/// What changes of a set, in brackets; empty where there is nothing to say in a word.
fn what(change: &Change) -> String {
    let (Some(before), Some(after)) = (&change.before, &change.after) else { return String::new() };
    let (Spec::RecordSet(before), Spec::RecordSet(after)) = (&before.spec, &after.spec) else {
        return String::new();
    };
    let mut told = Vec::new();
    if before.answer != after.answer {
        told.push("other values".to_owned());
    }
    if let (Routing::Weighted { weight: old }, Routing::Weighted { weight: new }) =
        (&before.routing, &after.routing)
        && old != new
    {
        told.push(format!("weight {old} -> {new}"));
    }
    if let (Some(old), Some(new)) = (before.ttl, after.ttl)
        && old != new
    {
        told.push(format!("TTL {old}s -> {new}s"));
    }
    match (&before.health_check, &after.health_check) {
        (Some(_), None) => told.push("no health check any more".to_owned()),
        (old, new) if old != new => told.push("other health check".to_owned()),
        (_, _) => {}
    }
    if told.is_empty() { String::new() } else { format!(" ({})", told.join(", ")) }
}

/// Which part a set belongs to that changes its place in a failover pair.
fn moved(change: &Change) -> Option<usize> {
    let role = |spec: &Spec| {
        let Spec::RecordSet(RecordSet { routing: Routing::Failover(role), .. }) = spec else {
            return None;
        };
        Some(*role)
    };
    let before = role(&change.before.as_ref()?.spec)?;
    match (before, role(&change.after.as_ref()?.spec)?) {
        (FailoverRole::Secondary, FailoverRole::Primary) => Some(0),
        (FailoverRole::Primary, FailoverRole::Secondary) => Some(1),
        (FailoverRole::Primary | FailoverRole::Secondary, _) => None,
    }
}

/// Who answers, and who takes over from whom.
fn order(name: &ServedName) -> String {
    let tiers: Vec<String> = name
        .targets
        .chunk_by(|a, b| a.tier == b.tier)
        .map(|tier| {
            let regions: Vec<&str> = tier.iter().map(|target| &*target.region).collect();
            regions.join(" and ")
        })
        .collect();
    match &tiers[..] {
        [] => String::new(),
        [only] => format!("answered by {only}, in proportion to their weights"),
        [first, then @ ..] => {
            format!("answered by {first}; when that is lost, by {}", then.join(", then by "))
        }
    }
}
