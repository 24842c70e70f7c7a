//! What a plan means for users, one sentence a name.

use std::collections::BTreeMap;

use lifeboat_contract::{Address, DnsName, Key, RecordType};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::desired::{Desired, ServedName, ServedTarget};
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
    let mut gone: BTreeMap<(&DnsName, RecordType), Vec<&str>> = BTreeMap::new();
    for change in &changes.list {
        by_address.insert(&change.address, change);
        if let (Action::Delete(_), Key::RecordSet { rtype, label: Some(label), .. }, Some(unit)) =
            (&change.action, &change.key, &change.unit)
            && !label.starts_with('@')
        {
            gone.entry((unit, *rtype)).or_default().push(label);
        }
    }
    let mut traffic = Vec::new();
    for name in &desired.names {
        let lost = gone.remove(&(&name.name, name.rtype)).unwrap_or_default();
        let meaning = meaning(name, &by_address, &lost);
        traffic.extend(meaning.map(|meaning| Traffic {
            name: name.name.clone(),
            rtype: name.rtype,
            meaning,
        }));
    }
    for ((name, rtype), _) in gone {
        let meaning = "no longer served by this stack".to_owned();
        traffic.push(Traffic { name: name.clone(), rtype, meaning });
    }
    traffic.sort_by(|a, b| (&a.name, a.rtype).cmp(&(&b.name, b.rtype)));
    traffic
}

fn meaning(
    name: &ServedName,
    changes: &BTreeMap<&Address, &Change>,
    lost: &[&str],
) -> Option<String> {
    let mut gained: Vec<&ServedTarget> = Vec::new();
    let mut changed: Vec<&ServedTarget> = Vec::new();
    let mut kept: Vec<&ServedTarget> = Vec::new();
    for target in &name.targets {
        match changes.get(&target.set).map(|change| &change.action) {
            Some(Action::Create) => gained.push(target),
            Some(Action::Update(_) | Action::Replace { .. } | Action::Adopt | Action::Release) => {
                changed.push(target)
            }
            Some(Action::NoOp | Action::Delete(_) | Action::Unreachable { .. }) | None => {
                kept.push(target);
            }
        }
    }
    if gained.is_empty() && changed.is_empty() && lost.is_empty() {
        return None;
    }
    if kept.is_empty() && changed.is_empty() && lost.is_empty() {
        return Some(order(name));
    }
    let labels = |targets: &[&ServedTarget]| {
        let labels: Vec<String> =
            targets.iter().map(|t| format!("{} ({})", t.label, t.region)).collect();
        labels.join(", ")
    };
    let mut parts = Vec::new();
    if !gained.is_empty() {
        parts.push(format!("gains {}", labels(&gained)));
    }
    if !lost.is_empty() {
        parts.push(format!("loses {}", lost.join(", ")));
    }
    if !changed.is_empty() {
        parts.push(format!("{} changed", labels(&changed)));
    }
    if !kept.is_empty() {
        parts.push(format!("{} unchanged", labels(&kept)));
    }
    Some(parts.join("; "))
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
