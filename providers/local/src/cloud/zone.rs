//! Zones and the record sets they hold, with what points to what.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_contract::{
    Answer, CheckRef, Digest, DnsName, Key, Mark, Object, ProviderError, RecordSet, RecordType,
    Spec, Wanted, Write, Zone, ZoneName,
};

use super::{Cloud, Names, refused, unsupported, wrong_kind};

/// A zone's file has its name, and no file name has more than 255 bytes; some are for the ending.
const ZONE_NAME_BYTES_MAX: usize = 240;

/// A zone as it is held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct HeldZone {
    pub(crate) zone: Zone,
    pub(crate) mark: Option<Mark>,
    sets: BTreeMap<SetKey, HeldSet>,
    /// Which sets are aliases of a name and type of this zone.
    aliases: BTreeMap<(DnsName, RecordType), BTreeSet<SetKey>>,
    /// Which sets depend on a check.
    checked: BTreeMap<CheckRef, BTreeSet<SetKey>>,
}

/// What tells the sets of one zone apart, in the order of [`Key`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SetKey {
    pub(crate) name: DnsName,
    pub(crate) rtype: RecordType,
    pub(crate) label: Option<String>,
}

/// A record set as it is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeldSet {
    pub(crate) set: RecordSet,
    pub(crate) mark: Option<Mark>,
}

/// Every zone has the id that its name gives, so that no counter has to be kept.
fn zone_id(zone: &ZoneName) -> String {
    format!("zone-{}", Digest::of(zone.name.as_str().as_bytes()).short())
}

impl HeldZone {
    pub(crate) fn new(zone: Zone, mark: Option<Mark>) -> Self {
        Self { zone, mark, ..Self::default() }
    }

    /// Holds all these sets, in place of those before.
    ///
    /// # Errors
    /// The key of which there are two.
    pub(crate) fn fill(&mut self, mut sets: Vec<(SetKey, HeldSet)>) -> Result<(), SetKey> {
        // One sort and one pass cost a fraction of as many insertions.
        sets.sort_by(|a, b| a.0.cmp(&b.0));
        if let Some(pair) = sets.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(pair[0].0.clone());
        }
        for (key, held) in &sets {
            self.link(key, &held.set);
        }
        self.sets = sets.into_iter().collect();
        Ok(())
    }

    /// The sets as objects.
    pub(crate) fn into_sets(self, zone: &ZoneName) -> impl Iterator<Item = Object> {
        self.sets.into_iter().map(|(SetKey { name, rtype, label }, HeldSet { set, mark })| Object {
            key: Key::RecordSet { zone: zone.clone(), name, rtype, label },
            spec: Spec::RecordSet(set),
            mark,
            id: None,
            version: None,
        })
    }

    pub(crate) fn sets(&self) -> impl ExactSizeIterator<Item = (&SetKey, &HeldSet)> {
        self.sets.iter()
    }

    pub(crate) fn set(&self, key: &SetKey) -> Option<&HeldSet> {
        self.sets.get(key)
    }

    /// The sets of one name, of whatever type.
    pub(crate) fn sets_at<'a>(
        &'a self,
        name: &'a DnsName,
    ) -> impl Iterator<Item = (&'a SetKey, &'a HeldSet)> {
        let first = SetKey { name: name.clone(), rtype: RecordType::A, label: None };
        self.sets.range(first..).take_while(move |(key, _)| key.name == *name)
    }

    /// The sets of one name and type.
    pub(crate) fn sets_of<'a>(
        &'a self,
        name: &'a DnsName,
        rtype: RecordType,
    ) -> impl Iterator<Item = (&'a SetKey, &'a HeldSet)> {
        let first = SetKey { name: name.clone(), rtype, label: None };
        let same = move |key: &SetKey| key.name == *name && key.rtype == rtype;
        self.sets.range(first..).take_while(move |(key, _)| same(key))
    }

    /// The sets that are aliases of a name and type.
    pub(crate) fn aliases_of(&self, name: &DnsName, rtype: RecordType) -> Option<&SetKey> {
        self.aliases.get(&(name.clone(), rtype))?.first()
    }

    /// A set that depends on a check.
    pub(crate) fn depends_on(&self, check: &CheckRef) -> Option<&SetKey> {
        self.checked.get(check)?.first()
    }

    /// Puts a set there, or takes it away, and returns what was there.
    pub(crate) fn put(&mut self, key: SetKey, held: Option<HeldSet>) -> Option<HeldSet> {
        let before = self.sets.remove(&key);
        if let Some(before) = &before {
            self.unlink(&key, &before.set);
        }
        if let Some(held) = held {
            self.link(&key, &held.set);
            self.sets.insert(key, held);
        }
        before
    }

    /// Calls the checks that sets depend on by other names.
    pub(crate) fn rename_checks(&mut self, names: &Names) {
        for (from, to) in names {
            for key in self.checked.remove(from).unwrap_or_default() {
                if let Some(held) = self.sets.get_mut(&key) {
                    held.set.health_check = Some(to.clone());
                    self.checked.entry(to.clone()).or_default().insert(key);
                }
            }
        }
    }

    fn link(&mut self, key: &SetKey, set: &RecordSet) {
        if let Some(target) = alias_target(key, set) {
            self.aliases.entry(target).or_default().insert(key.clone());
        }
        if let Some(check) = &set.health_check {
            self.checked.entry(check.clone()).or_default().insert(key.clone());
        }
    }

    fn unlink(&mut self, key: &SetKey, set: &RecordSet) {
        if let Some(target) = alias_target(key, set) {
            remove_link(&mut self.aliases, &target, key);
        }
        if let Some(check) = &set.health_check {
            remove_link(&mut self.checked, check, key);
        }
    }

    pub(crate) fn object(&self, name: &ZoneName) -> Object {
        Object {
            key: Key::Zone { name: name.clone() },
            spec: Spec::Zone(self.zone.clone()),
            mark: self.mark.clone(),
            id: Some(zone_id(name)),
            version: None,
        }
    }

    /// The zone and all it holds.
    pub(crate) fn objects<'a>(&'a self, name: &'a ZoneName) -> impl Iterator<Item = Object> + 'a {
        let sets = self.sets.iter().map(|(key, held)| held.object(name, key));
        std::iter::once(self.object(name)).chain(sets)
    }
}

fn alias_target(key: &SetKey, set: &RecordSet) -> Option<(DnsName, RecordType)> {
    match &set.answer {
        Answer::Alias { name, zone_id: None, evaluate_target_health: _ } => {
            Some((name.clone(), key.rtype))
        }
        Answer::Alias { .. } | Answer::Values(_) => None,
    }
}

fn remove_link<K: Ord>(links: &mut BTreeMap<K, BTreeSet<SetKey>>, to: &K, from: &SetKey) {
    if let Some(all) = links.get_mut(to) {
        all.remove(from);
        if all.is_empty() {
            links.remove(to);
        }
    }
}

impl HeldSet {
    pub(crate) fn object(&self, zone: &ZoneName, key: &SetKey) -> Object {
        Object {
            key: Key::RecordSet {
                zone: zone.clone(),
                name: key.name.clone(),
                rtype: key.rtype,
                label: key.label.clone(),
            },
            spec: Spec::RecordSet(self.set.clone()),
            mark: self.mark.clone(),
            id: None,
            version: None,
        }
    }
}

impl Cloud {
    pub(super) fn write_zone(
        &mut self,
        name: &ZoneName,
        write: &Write,
    ) -> Result<(), ProviderError> {
        let Some(Wanted { spec, mark, source: _ }) = &write.then else {
            return self.delete_zone(name, write);
        };
        let Spec::Zone(zone) = spec else { return Err(wrong_kind(&write.key, spec)) };
        if name.private || !zone.networks.is_empty() {
            return Err(unsupported(&write.key, "its zones are for everybody"));
        }
        if name.name.is_wildcard() {
            return Err(unsupported(&write.key, "a wildcard is no zone"));
        }
        if name.name.as_str().len() > ZONE_NAME_BYTES_MAX {
            let why = format!("a zone's name has at most {ZONE_NAME_BYTES_MAX} characters here");
            return Err(unsupported(&write.key, why));
        }
        let held = self.zones.entry(name.clone()).or_default();
        held.zone = zone.clone();
        held.mark.clone_from(mark);
        Ok(())
    }

    fn delete_zone(&mut self, name: &ZoneName, write: &Write) -> Result<(), ProviderError> {
        let holds = self.zones.get(name).map_or(0, |zone| zone.sets.len());
        if holds > 0 {
            return Err(refused(&write.key, format!("it still holds {holds} record sets")));
        }
        self.zones.remove(name);
        Ok(())
    }
}
