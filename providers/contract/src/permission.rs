//! What an identity has to be allowed.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{DnsName, Location, RecordType, RepositoryName, ZoneName};

/// What a configuration needs of a provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// The account, where the configuration names it.
    pub account: Option<String>,
    /// The zones that names lie in.
    pub zones: Vec<NeededZone>,
    /// The record sets that are written.
    pub sets: BTreeSet<NeededSet>,
    /// Whether health checks are declared.
    pub checks: bool,
    /// Repositories and where they are.
    pub repositories: BTreeSet<(Location, RepositoryName)>,
    /// Whether a registry replicates by itself.
    pub replicates: bool,
    /// Locations that are read.
    pub locations: BTreeSet<Location>,
}

/// A zone that names lie in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeededZone {
    /// Which zone.
    pub name: ZoneName,
    /// The provider's id, where it is known.
    pub id: Option<String>,
    /// Whether the stack makes it.
    pub made: bool,
}

/// A record set that is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NeededSet {
    /// The whole name.
    pub name: DnsName,
    /// The type.
    pub rtype: RecordType,
    /// Whether it is the only one of its name and type.
    pub plain: bool,
}

/// The least that an identity has to be allowed for one purpose.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// What for: `plan` or `apply`.
    pub purpose: &'static str,
    /// The policy, in the provider's own form.
    pub document: Value,
}
