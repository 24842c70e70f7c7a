//! What a DNS server refuses. The cost is that of the names touched, not of the zone.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, Ipv6Addr};

use lifeboat_contract::{
    Answer, DnsName, FailoverRole, Key, Mark, ProviderError, RecordSet, RecordType, Routing,
    SetIdentifier,
};

use super::{Checks, HeldSet, HeldZone, SetKey, refused, unsupported};
use crate::info::CAPABILITIES;

/// As in Route 53, so that what works here works there.
const SET_IDENTIFIER_CHARS_MAX: usize = 128;

/// What a batch touched in a zone.
pub(super) struct Touched {
    pub(super) names: BTreeSet<DnsName>,
    pub(super) written: Vec<SetKey>,
    pub(super) deleted: Vec<SetKey>,
}

/// Whether a set may be held by itself, whatever stands beside it.
pub(super) fn admit_set(
    zone: &DnsName,
    key: &Key,
    set: &RecordSet,
    mark: Option<&Mark>,
) -> Result<(), ProviderError> {
    let Key::RecordSet { zone: _, name, rtype, label } = key else {
        return Err(refused(key, "it is no record set"));
    };
    if !CAPABILITIES.record_types.contains(rtype) {
        return Err(unsupported(key, format!("the server makes {rtype} records itself")));
    }
    if !name.is_within(zone) {
        return Err(refused(key, format!("it lies outside of the zone {zone}")));
    }
    if let Some(policy) = set.routing.foreign() {
        return Err(unsupported(key, format!("it routes by `{policy}`")));
    }
    match (set.routing.is_simple(), label) {
        (true, Some(_)) => {
            return Err(refused(key, "a plain record set has no set identifier"));
        }
        (false, None) => {
            return Err(refused(key, "a routed record set needs a set identifier"));
        }
        (false, Some(label)) => admit_label(key, label, mark)?,
        (true, None) => {}
    }
    match (&set.answer, set.ttl) {
        (Answer::Values(values), Some(ttl)) => {
            if !CAPABILITIES.ttl.contains(&ttl) {
                return Err(unsupported(key, format!("no resolver keeps an answer for {ttl}s")));
            }
            admit_values(key, *rtype, values)
        }
        (Answer::Values(_), None) => Err(refused(key, "it has values and no ttl")),
        (Answer::Alias { .. }, Some(_)) => {
            Err(refused(key, "an alias takes the ttl of its target and has none of its own"))
        }
        (Answer::Alias { .. }, None) => Ok(()),
    }
}

fn admit_label(key: &Key, label: &str, mark: Option<&Mark>) -> Result<(), ProviderError> {
    let Some(mark) = mark else {
        return if label.is_empty() || label.len() > SET_IDENTIFIER_CHARS_MAX {
            Err(refused(key, "a set identifier has 1 to 128 characters"))
        } else {
            Ok(())
        };
    };
    let identifier = SetIdentifier { mark: mark.clone(), label: label.to_owned() };
    let text = identifier.to_string();
    if label.is_empty() || text.len() > SET_IDENTIFIER_CHARS_MAX || text.parse() != Ok(identifier) {
        return Err(refused(key, format!("`{text}` is no set identifier that can be read back")));
    }
    Ok(())
}

fn admit_values(key: &Key, rtype: RecordType, values: &[String]) -> Result<(), ProviderError> {
    if values.is_empty() {
        return Err(refused(key, "it has no value"));
    }
    if values.iter().collect::<BTreeSet<_>>().len() != values.len() {
        return Err(refused(key, "it has a value twice"));
    }
    if rtype == RecordType::Cname && values.len() > 1 {
        return Err(refused(key, "a CNAME has one value"));
    }
    let bad = values.iter().find(|value| match rtype {
        RecordType::A => value.parse::<Ipv4Addr>().is_err(),
        RecordType::Aaaa => value.parse::<Ipv6Addr>().is_err(),
        RecordType::Cname | RecordType::Ns | RecordType::Ptr => value.parse::<DnsName>().is_err(),
        RecordType::Caa
        | RecordType::Ds
        | RecordType::Https
        | RecordType::Mx
        | RecordType::Naptr
        | RecordType::Soa
        | RecordType::Srv
        | RecordType::Sshfp
        | RecordType::Svcb
        | RecordType::Tlsa
        | RecordType::Txt => false,
    });
    match bad {
        Some(value) => Err(refused(key, format!("`{value}` is no value of a {rtype} record"))),
        None => Ok(()),
    }
}

/// Whether what the batch leaves behind holds together.
pub(super) fn check(
    zone: &DnsName,
    held: &HeldZone,
    checks: &Checks,
    touched: &Touched,
) -> Result<(), ProviderError> {
    for name in &touched.names {
        check_name(zone, held, name)?;
    }
    for key in &touched.written {
        if let Some(set) = held.set(key) {
            check_references(zone, held, checks, key, set)?;
        }
    }
    for key in &touched.deleted {
        let gone = held.sets_of(&key.name, key.rtype).next().is_none();
        if let Some(alias) = held.aliases_of(&key.name, key.rtype).filter(|_| gone) {
            return Err(refused(key, format!("{alias} is an alias of it")));
        }
    }
    Ok(())
}

fn check_name(zone: &DnsName, held: &HeldZone, name: &DnsName) -> Result<(), ProviderError> {
    let mut by_type: BTreeMap<RecordType, Vec<(&SetKey, &HeldSet)>> = BTreeMap::new();
    for (key, set) in held.sets_at(name) {
        by_type.entry(key.rtype).or_default().push((key, set));
    }
    if let Some(sets) = by_type.get(&RecordType::Cname) {
        if name == zone {
            return Err(refused(sets[0].0, "a CNAME cannot stand at the apex of a zone"));
        }
        if by_type.len() > 1 {
            return Err(refused(sets[0].0, "a CNAME cannot stand beside records of other types"));
        }
    }
    by_type.values().try_for_each(|sets| check_siblings(sets))
}

/// Whether the sets of one name and type can be told apart when a query comes.
fn check_siblings(sets: &[(&SetKey, &HeldSet)]) -> Result<(), ProviderError> {
    let mut roles = [0_u32; 2];
    for (key, held) in sets {
        let same = std::mem::discriminant(&sets[0].1.set.routing)
            == std::mem::discriminant(&held.set.routing);
        if !same {
            return Err(refused(*key, "the sets of one name and type are all routed the same way"));
        }
        match &held.set.routing {
            Routing::Simple if sets.len() > 1 => {
                return Err(refused(
                    *key,
                    "a plain record set is the only one of its name and type",
                ));
            }
            Routing::Failover(FailoverRole::Primary) => roles[0] += 1,
            Routing::Failover(FailoverRole::Secondary) => roles[1] += 1,
            Routing::Simple
            | Routing::Weighted { .. }
            | Routing::Latency { .. }
            | Routing::Geolocation(_)
            | Routing::Geoproximity { .. }
            | Routing::Cidr { .. }
            | Routing::Multivalue
            | Routing::Other { .. } => {}
        }
    }
    if roles.iter().any(|count| *count > 1) {
        let why = "a name and type has one primary and one secondary record set at most";
        return Err(refused(sets[0].0, why));
    }
    Ok(())
}

fn check_references(
    zone: &DnsName,
    held: &HeldZone,
    checks: &Checks,
    key: &SetKey,
    set: &HeldSet,
) -> Result<(), ProviderError> {
    if let Some(check) = &set.set.health_check
        && !checks.contains(check)
    {
        return Err(refused(
            key,
            format!("there is no health check {}", super::check::shown(check)),
        ));
    }
    let Answer::Alias { name, zone_id: None, evaluate_target_health: _ } = &set.set.answer else {
        return Ok(());
    };
    if *name == key.name {
        return Err(refused(key, "it is an alias of itself"));
    }
    if !name.is_within(zone) {
        return Err(refused(key, format!("its alias target {name} lies outside of the zone")));
    }
    if held.sets_of(name, key.rtype).next().is_none() {
        let why = format!("its alias target {name} has no {} record set", key.rtype);
        return Err(refused(key, why));
    }
    Ok(())
}

impl std::fmt::Display for SetKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "record set {} {}", self.name, self.rtype)?;
        match &self.label {
            Some(label) => write!(f, " \"{label}\""),
            None => Ok(()),
        }
    }
}
