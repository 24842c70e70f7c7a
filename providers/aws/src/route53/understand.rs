//! What Route 53's answers mean: which zone, whose, and what it holds.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_route53::types::{HostedZone, HostedZoneConfig, ResourceRecordSet};
use lifeboat_contract::{
    Answer, DnsName, Key, Mark, Object, RecordSet, RecordType, Scope, Spec, SpecHash, Stack,
    Zone as ZoneSpec, ZoneName,
};

use super::{Checks, HeldZone, SetKey, record, wire};
use crate::{marker, tag};

/// What a zone is called.
pub(super) fn zone_name(raw: &HostedZone) -> Option<ZoneName> {
    let private = raw.config().is_some_and(HostedZoneConfig::private_zone);
    Some(ZoneName { name: wire::read_name(raw.name())?, private })
}

/// The zones of the scope and those that the stack made. Of two with one name, the older answers
/// to it, which is the first in Route 53's own order.
pub(super) fn select(zones: Vec<HostedZone>, scope: &Scope) -> BTreeMap<ZoneName, HostedZone> {
    let mut wanted = BTreeMap::new();
    for zone in zones {
        let Some(name) = zone_name(&zone) else { continue };
        let made = made_by(zone.caller_reference());
        if scope.zones.contains_key(&name) || made.as_ref() == Some(&scope.stack) {
            wanted.entry(name).or_insert(zone);
        }
    }
    wanted
}

/// Which stack made a zone: `lifeboat:<stack>:<...>`.
pub(super) fn made_by(caller_reference: &str) -> Option<Stack> {
    let rest = caller_reference.strip_prefix("lifeboat:")?;
    rest.split(':').next()?.parse().ok()
}

/// Whose a zone is: what its tags say, and for one that was made and not yet tagged, by whom.
pub(super) fn zone_mark(
    caller_reference: &str,
    tags: Option<&BTreeMap<String, String>>,
    spec: &ZoneSpec,
) -> Option<Mark> {
    let tagged = tags.and_then(|tags| tags.get(tag::STACK));
    let stack = match tagged {
        Some(stack) => stack.parse().ok()?,
        None => made_by(caller_reference)?,
    };
    let hash = tags.and_then(|tags| tags.get(tag::SPEC));
    let spec = || SpecHash::of(&Spec::Zone(spec.clone()));
    Some(Mark { stack, spec: hash.map_or_else(spec, |hash| SpecHash::read(hash)) })
}

/// Sorts a zone's sets into what is held and how it is marked.
pub(super) fn understand_zone(
    mut zone: HeldZone,
    name: &ZoneName,
    raw: Vec<ResourceRecordSet>,
    checks: &Checks,
) -> HeldZone {
    zone.whole = true;
    zone.count = raw.len().try_into().unwrap_or(u64::MAX);
    let mut marks = BTreeMap::new();
    let mut sets = Vec::new();
    for raw in raw {
        let Some(read) = record::read(&raw, &zone.id, |id| checks.of(id)) else { continue };
        match mark_in(&read) {
            Some((place, mark)) => {
                marks.insert(place.clone(), mark);
                zone.marks.insert(place, raw);
            }
            None => sets.push((raw, read)),
        }
    }
    let mut taken: BTreeSet<SetKey> = BTreeSet::new();
    for (raw, read) in sets {
        let place = (read.name.clone(), read.rtype);
        let mark = match (&read.identifier, &read.ours) {
            (None, _) => marks.get(&place).cloned(),
            (Some(_), ours) => ours.as_ref().map(|ours| ours.mark.clone()),
        };
        let label = read.ours.as_ref().map(|ours| ours.label.clone());
        let mut key = (place.0, place.1, label.or_else(|| read.identifier.clone()));
        if !taken.insert(key.clone()) {
            // Two stacks may use one label; the whole identifier tells them apart.
            key.2.clone_from(&read.identifier);
            taken.insert(key.clone());
        }
        zone.hold(name, key, raw, read.set, mark);
    }
    zone
}

/// The mark that a set is, if it is nothing else.
fn mark_in(read: &record::Read) -> Option<((DnsName, RecordType), Mark)> {
    let Answer::Values(values) = &read.set.answer else { return None };
    let ([text], RecordType::Txt, None) = (&values[..], read.rtype, &read.identifier) else {
        return None;
    };
    let place = marker::marked(&read.name)?;
    let mark = marker::read(text, place.1)?;
    Some((place, mark))
}

impl HeldZone {
    pub(super) fn empty(id: String, spec: ZoneSpec, mark: Option<Mark>) -> Self {
        let (sets, marks) = (BTreeMap::new(), BTreeMap::new());
        Self { id, spec, mark, sets, marks, count: 0, whole: false }
    }

    pub(super) fn object(&self, name: &ZoneName) -> Object {
        Object {
            key: Key::Zone { name: name.clone() },
            spec: Spec::Zone(self.spec.clone()),
            mark: self.mark.clone(),
            id: Some(self.id.clone()),
            version: None,
        }
    }

    /// Holds a set in place of what was there.
    pub(super) fn hold(
        &mut self,
        zone: &ZoneName,
        key: SetKey,
        raw: ResourceRecordSet,
        set: RecordSet,
        mark: Option<Mark>,
    ) {
        let (name, rtype, label) = key.clone();
        let object = Object {
            key: Key::RecordSet { zone: zone.clone(), name, rtype, label },
            spec: Spec::RecordSet(set),
            mark,
            id: None,
            version: None,
        };
        self.sets.insert(key, (raw, object));
    }
}
