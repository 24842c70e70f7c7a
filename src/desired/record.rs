//! Plain record sets, and what all record sets share.

use std::collections::BTreeMap;
use std::sync::Arc;

use lifeboat_contract::{
    Address, Answer, CheckRef, DnsName, Key, RecordSet, RecordType, Routing, Spec, ZoneName,
};

use super::{Making, Resource, WantedZone};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::intent::{At, Data};

pub(super) fn derive(making: &mut Making<'_>) {
    let intents = making.intents;
    for (address, record) in &intents.records {
        let Some(zone) = making.zone(&record.zone.value) else { continue };
        let Some(name) = place(making, address, &record.name, &zone, record.rtype) else {
            continue;
        };
        check_capabilities(making, address, &zone, record.rtype, &record.ttl);
        let Some(answer) = answer(making, address, &record.data, &zone) else { continue };
        let ttl = matches!(answer, Answer::Values(_)).then_some(record.ttl.value);
        let health_check = record.health_check.as_ref().map(|at| at.value.clone());
        let mut needs = needs_zone(&zone);
        needs.extend(health_check.as_ref().and_then(declared));
        let spec = RecordSet { ttl, answer, routing: Routing::Simple, health_check };
        let key = Key::RecordSet {
            zone: zone.name.clone(),
            name: name.clone(),
            rtype: record.rtype,
            label: None,
        };
        let resource = Resource {
            provider: Arc::clone(&zone.provider),
            region: None,
            key: Some(key),
            spec: Spec::RecordSet(spec),
            needs,
            unit: Some(name),
            content: None,
            span: record.name.span,
        };
        making.desired.resources.insert(address.clone(), resource);
    }
}

/// A zone that is made by this stack has to be there first.
pub(super) fn needs_zone(zone: &WantedZone) -> Vec<Address> {
    zone.ours.then(|| zone.address.clone()).into_iter().collect()
}

/// The block that declares a check.
pub(super) fn declared(check: &CheckRef) -> Option<Address> {
    match check {
        CheckRef::Address(address) => Some(address.clone()),
        CheckRef::Marked(_) | CheckRef::Id(_) => None,
    }
}

/// The whole name, noted as served by this address.
pub(super) fn place(
    making: &mut Making<'_>,
    address: &Address,
    name: &At<String>,
    zone: &WantedZone,
    rtype: RecordType,
) -> Option<DnsName> {
    let whole = match absolute(&name.value, &zone.name) {
        Ok(whole) => whole,
        Err(found) => {
            let found = Diagnostic::new(found.0, name.span, found.1);
            making.found.push(found.about(address.as_str()));
            return None;
        }
    };
    let key = (zone.name.clone(), whole.clone(), rtype);
    if let Some((owner, span)) = making.served.get(&key) {
        // What stands further up counts as the first, in whatever order blocks are derived.
        let (first, second) = if *span < name.span {
            ((owner, *span), (address, name.span))
        } else {
            ((address, name.span), (owner, *span))
        };
        let detail = format!("`{whole}` {rtype} is declared by `{}` already.", first.0);
        let twice = Diagnostic::new(codes::DUPLICATE_RECORD, second.1, detail);
        making.found.push(twice.also(first.1, "first here").about(second.0.as_str()));
        return None;
    }
    making.served.insert(key, (address.clone(), name.span));
    Some(whole)
}

/// A name of the configuration as a whole DNS name.
fn absolute(
    written: &str,
    zone: &ZoneName,
) -> Result<DnsName, (&'static crate::diagnostic::Code, String)> {
    let whole = match written {
        "@" => zone.name.to_string(),
        name if name.ends_with('.') => name.to_owned(),
        name => {
            let within = name.parse::<DnsName>().is_ok_and(|name| name.is_within(&zone.name));
            if within { name.to_owned() } else { format!("{name}.{}", zone.name) }
        }
    };
    let name: DnsName = whole.parse().map_err(|why: lifeboat_contract::Invalid| {
        let shown: String = written.chars().take(80).collect();
        (codes::INVALID_VALUE, format!("`{shown}` is not a name in `{zone}`: {}.", why.why))
    })?;
    if !name.is_within(&zone.name) {
        let detail = format!("`{name}` does not lie in zone `{zone}`.");
        return Err((codes::OUTSIDE_ZONE, detail));
    }
    Ok(name)
}

pub(super) fn check_capabilities(
    making: &mut Making<'_>,
    address: &Address,
    zone: &WantedZone,
    rtype: RecordType,
    ttl: &At<u32>,
) {
    let Some(can) = making.capabilities(&zone.provider) else { return };
    if !can.record_types.contains(&rtype) {
        let what = format!("serves no {rtype} records");
        making.unsupported(address, ttl.span, &zone.provider, &what);
    }
    if !can.ttl.contains(&ttl.value) {
        let (low, high) = (can.ttl.start(), can.ttl.end());
        let what = format!("takes a TTL of {low}s to {high}s, not {}s", ttl.value);
        making.unsupported(address, ttl.span, &zone.provider, &what);
    }
}

/// What a set answers.
pub(super) fn answer(
    making: &mut Making<'_>,
    address: &Address,
    data: &Data,
    zone: &WantedZone,
) -> Option<Answer> {
    let (name, zone_id, evaluate_target_health) = match data {
        Data::Values(values) => return Some(Answer::Values(values.clone())),
        Data::Alias { name, zone_id, evaluate_target_health } => {
            (name, zone_id, *evaluate_target_health)
        }
    };
    if !making.capabilities(&zone.provider).is_some_and(|can| can.alias) {
        making.unsupported(address, name.span, &zone.provider, "has no aliases");
    }
    let target = match zone_id {
        // A load balancer's name lies in its own zone.
        Some(_) => name.value.parse().map_err(|why: lifeboat_contract::Invalid| {
            (codes::INVALID_VALUE, format!("`{}` is no DNS name: {}.", name.value, why.why))
        }),
        None => absolute(&name.value, &zone.name),
    };
    match target {
        Ok(target) => {
            let zone_id = zone_id.clone();
            Some(Answer::Alias { name: target, zone_id, evaluate_target_health })
        }
        Err((code, detail)) => {
            let found = Diagnostic::new(code, name.span, detail);
            making.found.push(found.about(address.as_str()));
            None
        }
    }
}

/// A name with a CNAME has nothing else, and a zone's own name has none.
pub(super) fn check_cnames(making: &mut Making<'_>) {
    let mut others: BTreeMap<(&ZoneName, &DnsName), (RecordType, Span)> = BTreeMap::new();
    let mut found: Vec<(Span, String, Option<Span>, &Address)> = Vec::new();
    for ((zone, name, rtype), (_, span)) in &making.served {
        if *rtype != RecordType::Cname {
            others.insert((zone, name), (*rtype, *span));
        }
    }
    for ((zone, name, rtype), (address, span)) in &making.served {
        if *rtype != RecordType::Cname {
            continue;
        }
        if *name == zone.name {
            let detail = format!("`{name}` is the zone itself, which has SOA and NS records.");
            found.push((*span, detail, None, address));
        }
        if let Some((other, at)) = others.get(&(zone, name)) {
            let detail = format!("`{name}` has a CNAME record, and here {other} records too.");
            found.push((*at, detail, Some(*span), address));
        }
    }
    for (span, detail, also, address) in found {
        let mut diagnostic =
            Diagnostic::new(codes::CNAME_CONFLICT, span, detail).about(address.as_str());
        if let Some(also) = also {
            diagnostic = diagnostic.also(also, "the CNAME");
        }
        making.found.push(diagnostic);
    }
}
