//! Marked objects that nothing declares.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lifeboat_contract::{Address, AddressDigest, DnsName, Key, Kind, Object, RecordType, Wanted};

use super::{Action, Change, Comparing, Orphaned};
use crate::desired::{Desired, WantedZone};
use crate::diagnostic::{Diagnostic, codes, sentence};

pub(super) fn find(comparing: &mut Comparing<'_>) {
    let stack = &comparing.desired.stack;
    let nothing = BTreeSet::new();
    let mut orphans: Vec<(Arc<str>, &Object)> = Vec::new();
    let mut releases = Vec::new();
    for (provider, objects) in comparing.live.all() {
        let matched = comparing.matched.get(provider).unwrap_or(&nothing);
        let ours = objects.iter().filter(|o| o.mark.as_ref().is_some_and(|m| m.stack == *stack));
        for object in ours {
            if let Key::RecordSet { zone, .. } = &object.key {
                *comparing.changes.owned_sets.entry(zone.clone()).or_default() += 1;
            }
            if let Some(zone) = disowned(comparing, provider, object) {
                releases.push(release(zone, object));
            } else if !matched.contains(&object.key) && !is_kept(comparing, provider, object) {
                orphans.push((Arc::clone(provider), object));
            }
        }
    }
    comparing.changes.list.extend(releases);
    for (provider, object) in &orphans {
        refuse_if_not_empty(comparing, provider, object);
    }
    let declared = Declared::of(comparing.desired);
    for (provider, object) in orphans {
        let address = declared.address(&object.key);
        let is_check = object.key.kind() == Kind::HealthCheck;
        let why = match (comparing.wishes.destroy, is_check && address.is_some()) {
            (true, _) => Orphaned::Destroyed,
            (false, true) => Orphaned::Superseded,
            (false, false) => Orphaned::Undeclared,
        };
        let address = address.filter(|_| why != Orphaned::Undeclared).cloned();
        let address = address.unwrap_or_else(|| address_of(&object.key));
        comparing.changes.list.push(delete(comparing, provider, object, address, why));
    }
}

/// What declared resources are called, by how they are found.
struct Declared<'d> {
    keys: BTreeMap<&'d Key, &'d Address>,
    checks: BTreeMap<AddressDigest, &'d Address>,
}

impl<'d> Declared<'d> {
    fn of(desired: &'d Desired) -> Self {
        let (mut keys, mut checks) = (BTreeMap::new(), BTreeMap::new());
        for (address, resource) in &desired.resources {
            match &resource.key {
                Some(key) => drop(keys.insert(key, address)),
                None => drop(checks.insert(address.digest(), address)),
            }
        }
        Self { keys, checks }
    }

    fn address(&self, key: &Key) -> Option<&'d Address> {
        if let Key::HealthCheck { reference } = key {
            return self.checks.get(&reference.address).copied();
        }
        self.keys.get(key).copied()
    }
}

/// An image that is no longer the declared one stays as long as its repository is declared: the
/// repository's own rule says how many are kept.
fn is_kept(comparing: &Comparing<'_>, provider: &str, object: &Object) -> bool {
    let Key::ImageCopy { location, repository, .. } = &object.key else { return false };
    let key = Key::Repository { location: location.clone(), name: repository.clone() };
    comparing.matched.get(provider).is_some_and(|matched| matched.contains(&key))
}

/// The block of a zone of ours that is still declared, and no longer as ours.
fn disowned<'d>(
    comparing: &Comparing<'d>,
    provider: &str,
    object: &Object,
) -> Option<&'d WantedZone> {
    let Key::Zone { name } = &object.key else { return None };
    let mut zones = comparing.desired.zones.values();
    zones.find(|zone| !zone.ours && zone.name == *name && *zone.provider == *provider)
}

fn release(zone: &WantedZone, object: &Object) -> Change {
    Change {
        address: zone.address.clone(),
        provider: Arc::clone(&zone.provider),
        region: None,
        action: Action::Release,
        key: object.key.clone(),
        before: Some(object.clone()),
        after: Some(Wanted { spec: object.spec.clone(), mark: None, source: None }),
        needs: Vec::new(),
        unit: None,
        content: None,
    }
}

fn delete(
    comparing: &Comparing<'_>,
    provider: Arc<str>,
    object: &Object,
    address: Address,
    why: Orphaned,
) -> Change {
    let region = object.key.location().and_then(|location| {
        let regions = comparing.desired.regions.iter();
        let mut here = regions.filter(|r| r.provider == provider && r.location == *location);
        here.next().map(|region| Arc::clone(&region.name))
    });
    Change {
        address,
        provider,
        region,
        action: Action::Delete(why),
        key: object.key.clone(),
        before: Some(object.clone()),
        after: None,
        needs: Vec::new(),
        unit: unit_of(&object.key),
        content: None,
    }
}

/// The name whose sets are written together with this one.
pub fn unit_of(key: &Key) -> Option<DnsName> {
    match key {
        Key::RecordSet { name, .. } => Some(base_name(name)),
        Key::Zone { .. }
        | Key::Repository { .. }
        | Key::ImageCopy { .. }
        | Key::HealthCheck { .. }
        | Key::ForeignCheck { .. } => None,
    }
}

/// The name that a nested set belongs to: `_lifeboat-rest2.www.example.com` to `www.example.com`.
fn base_name(name: &DnsName) -> DnsName {
    let text = name.as_str();
    let below = text
        .strip_prefix("_lifeboat-")
        .and_then(|rest| rest.split_once('.'))
        .map_or(text, |(_, below)| below);
    let base = below.strip_prefix("_wildcard.").map(|rest| format!("*.{rest}"));
    base.as_deref().unwrap_or(below).parse().unwrap_or_else(|_| name.clone())
}

/// What an object without a declaration is called: its kind, and how it is found.
pub(super) fn address_of(key: &Key) -> Address {
    let kind = key.kind().as_str();
    let label = match key {
        Key::Zone { name } => name.to_string(),
        Key::Repository { location, name } => format!("{location}/{name}"),
        Key::ImageCopy { location, repository, digest } => {
            format!("{location}/{repository}@{digest}")
        }
        Key::HealthCheck { reference } => reference.to_string(),
        Key::ForeignCheck { id } => id.clone(),
        Key::RecordSet { zone, name, rtype, label } => {
            let label = label.as_ref().map_or_else(String::new, |label| format!(" {label}"));
            // A name can lie in a public and in a private zone.
            let private = if zone.private { " (private)" } else { "" };
            format!("{name} {rtype}{label}{private}")
        }
    };
    Address::from(kind).keyed(&label)
}

/// What would be lost with a repository or a zone.
fn refuse_if_not_empty(comparing: &mut Comparing<'_>, provider: &str, object: &Object) {
    let stack = &comparing.desired.stack;
    let ours = |o: &Object| o.mark.as_ref().is_some_and(|mark| mark.stack == *stack);
    let objects = comparing.live.objects(provider);
    let inside: Vec<&Object> = match &object.key {
        Key::Repository { location, name } => objects
            .iter()
            .filter(|o| {
                matches!(&o.key, Key::ImageCopy { location: l, repository: r, .. }
                if l == location && r == name)
            })
            .filter(|o| !ours(o))
            .collect(),
        Key::Zone { name } => objects
            .iter()
            .filter(|o| matches!(&o.key, Key::RecordSet { zone, .. } if zone == name))
            .filter(|o| !ours(o) && !is_apex_housekeeping(&o.key))
            .collect(),
        Key::ImageCopy { .. }
        | Key::HealthCheck { .. }
        | Key::ForeignCheck { .. }
        | Key::RecordSet { .. } => Vec::new(),
    };
    let Some(first) = inside.first() else { return };
    let more = match inside.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let detail = format!(
        "{} would be deleted, and holds {}{more}, which this stack did not make.",
        sentence(&object.key.to_string()),
        first.key
    );
    let address = address_of(&object.key);
    comparing.found.push(Diagnostic::global(codes::NOT_EMPTY, detail).about(address.as_str()));
}

/// The records that every zone has of itself.
fn is_apex_housekeeping(key: &Key) -> bool {
    match key {
        Key::RecordSet { zone, name, rtype, label: _ } => {
            zone.name == *name && matches!(rtype, RecordType::Soa | RecordType::Ns)
        }
        Key::Zone { .. }
        | Key::Repository { .. }
        | Key::ImageCopy { .. }
        | Key::HealthCheck { .. }
        | Key::ForeignCheck { .. } => false,
    }
}
