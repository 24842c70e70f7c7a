//! Record sets: what a zone consists of.

use std::collections::{BTreeMap, BTreeSet};

use super::name::Name;
use super::policy::Policy;
use crate::xml::Xml;

/// All record sets of a zone, in the order in which AWS lists them.
pub(super) type Sets = BTreeMap<Key, RecordSet>;

/// What tells a record set from the others of its zone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) name: Name,
    pub(super) kind: String,
    pub(super) identifier: Option<String>,
}

#[derive(Debug, Clone)]
pub(super) struct RecordSet {
    pub(super) key: Key,
    pub(super) policy: Option<Policy>,
    pub(super) ttl: Option<i64>,
    pub(super) values: Vec<String>,
    pub(super) alias: Option<Alias>,
    pub(super) check: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Alias {
    pub(super) zone: String,
    pub(super) target: Name,
    pub(super) evaluate: bool,
}

impl Key {
    pub(super) fn new(name: Name, kind: &str) -> Self {
        Self { name, kind: kind.to_owned(), identifier: None }
    }

    /// As in `[name='www.example.com.', type='A', set-identifier='one']`.
    pub(super) fn shown(&self) -> String {
        let identifier = self.identifier.iter().map(|id| format!(", set-identifier='{id}'"));
        let identifier: String = identifier.collect();
        format!("[name='{}', type='{}'{identifier}]", self.name.text(), self.kind)
    }
}

impl RecordSet {
    /// Whether this says what the other does: the order of values means nothing.
    pub(super) fn same(&self, other: &Self) -> bool {
        let values = |set: &Self| set.values.iter().cloned().collect::<BTreeSet<_>>();
        self.key == other.key
            && self.policy == other.policy
            && self.ttl == other.ttl
            && self.alias == other.alias
            && self.check == other.check
            && values(self) == values(other)
    }

    /// How many records this is, as AWS counts them.
    pub(super) fn records(&self) -> usize {
        self.values.len().max(1)
    }

    pub(super) fn write(&self, xml: &mut Xml) {
        xml.element("ResourceRecordSet", |xml| {
            xml.leaf("Name", self.key.name.text());
            xml.leaf("Type", &self.key.kind);
            xml.optional("SetIdentifier", self.key.identifier.as_ref());
            if let Some(policy) = &self.policy {
                policy.write(xml);
            }
            xml.optional("TTL", self.ttl);
            if !self.values.is_empty() {
                xml.element("ResourceRecords", |xml| {
                    for value in &self.values {
                        xml.element("ResourceRecord", |xml| xml.leaf("Value", value));
                    }
                });
            }
            if let Some(alias) = &self.alias {
                xml.element("AliasTarget", |xml| {
                    xml.leaf("HostedZoneId", &alias.zone);
                    xml.leaf("DNSName", alias.target.text());
                    xml.leaf("EvaluateTargetHealth", alias.evaluate);
                });
            }
            xml.optional("HealthCheckId", self.check.as_ref());
        });
    }
}

/// The record sets of one name and type.
pub(super) fn group<'a>(sets: &'a Sets, key: &Key) -> impl Iterator<Item = &'a RecordSet> {
    let first = Key { identifier: None, ..key.clone() };
    let (name, kind) = (key.name.clone(), key.kind.clone());
    sets.range(first..)
        .map(|(_, set)| set)
        .take_while(move |set| set.key.name == name && set.key.kind == kind)
}

/// The record sets of one name.
pub(super) fn at_name<'a>(sets: &'a Sets, name: &Name) -> impl Iterator<Item = &'a RecordSet> {
    let wanted = name.clone();
    sets.range(Key::new(name.clone(), "")..)
        .map(|(_, set)| set)
        .take_while(move |set| set.key.name == wanted)
}
