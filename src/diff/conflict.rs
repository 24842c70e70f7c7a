//! What a name server would refuse: foreign sets in the way, and aliases of nothing.

use std::collections::BTreeMap;

use lifeboat_contract::{
    Address, Answer, CheckRef, DnsName, Key, Object, RecordSet, RecordType, Routing, Spec, ZoneName,
};

use super::Comparing;
use crate::desired::{Desired, Resource};
use crate::diagnostic::{Diagnostic, codes, nearest, sentence};
use crate::live::Live;

/// What one name of a zone holds after the plan, foreign sets included.
#[derive(Default)]
struct Held<'a> {
    ours: Vec<(&'a Address, &'a Key)>,
    foreign: Vec<&'a Object>,
}

/// By provider, zone and name.
type Names<'a> = BTreeMap<(&'a str, &'a ZoneName, &'a DnsName), Held<'a>>;

pub(super) fn find(comparing: &mut Comparing<'_>) {
    let mut found = Vec::new();
    for zone in comparing.desired.zones.values() {
        let there = comparing.live.object(&zone.provider, &Key::Zone { name: zone.name.clone() });
        let reachable = comparing.live.unreachable(&zone.provider, None).is_none();
        if there.is_none() && !zone.ours && reachable {
            let detail = format!("Provider `{}` has no zone `{}`.", zone.provider, zone.name);
            let help = "set `create = true` to let this stack make and own it";
            found.push(
                Diagnostic::new(codes::ZONE_MISSING, zone.span, detail)
                    .help(help)
                    .about(zone.address.as_str()),
            );
        }
    }
    let desired = comparing.desired;
    let mut names: Names<'_> = BTreeMap::new();
    for (address, resource) in &desired.resources {
        if let Some(key @ Key::RecordSet { zone, name, .. }) = &resource.key {
            names.entry((&resource.provider, zone, name)).or_default().ours.push((address, key));
        }
    }
    for (provider, objects) in comparing.live.all() {
        for object in objects {
            let mine = object.mark.as_ref().is_some_and(|m| m.stack == desired.stack);
            if let (false, Key::RecordSet { zone, name, .. }) = (mine, &object.key)
                && let Some(held) = names.get_mut(&(&**provider, zone, name))
            {
                held.foreign.push(object);
            }
        }
    }
    for held in names.values() {
        for (address, key) in &held.ours {
            found.extend(in_the_way(comparing.live, (address, key), held, desired));
        }
    }
    found.extend(aliases_of_nothing(comparing, &names));
    found.extend(checks_that_are_not(comparing));
    for diagnostic in found {
        comparing.found.push(diagnostic);
    }
}

fn parts(key: &Key) -> Option<(&DnsName, RecordType, Option<&str>)> {
    match key {
        Key::RecordSet { zone: _, name, rtype, label } => Some((name, *rtype, label.as_deref())),
        Key::Zone { .. }
        | Key::Repository { .. }
        | Key::ImageCopy { .. }
        | Key::HealthCheck { .. }
        | Key::ForeignCheck { .. } => None,
    }
}

/// A foreign set that cannot stand beside ours. The one with our own key is found before.
fn in_the_way(
    live: &Live,
    (address, key): (&Address, &Key),
    held: &Held<'_>,
    desired: &Desired,
) -> Option<Diagnostic> {
    let (_, rtype, _) = parts(key)?;
    let resource = &desired.resources[address];
    if held.foreign.iter().any(|foreign| foreign.key == *key) {
        return None;
    }
    // The set that stands for this one is named before any other.
    let itself = same_place(live, resource, key);
    for object in itself.iter().chain(&held.foreign) {
        let foreign = &object.key;
        let (name, other, _) = parts(foreign)?;
        if other == rtype
            && let Some(mark) = &object.mark
        {
            let detail = format!("{foreign} carries the mark of stack `{}`.", mark.stack);
            let found = Diagnostic::new(codes::OTHER_STACK, resource.span, sentence(&detail));
            return Some(found.about(address.as_str()));
        }
        if other == rtype {
            let detail = format!(
                "{foreign} exists already and was not made by this stack, and one name and type \
                 has one owner."
            );
            let adoptable = itself.is_some() && live.object(&resource.provider, key).is_none();
            let help = if adoptable {
                format!("`lifeboat adopt '{address}'` takes over the set that stands for it")
            } else {
                "remove or rename one of the two".to_owned()
            };
            return Some(
                Diagnostic::new(codes::FOREIGN_OBJECT, resource.span, sentence(&detail))
                    .help(help)
                    .about(address.as_str()),
            );
        }
        if other == RecordType::Cname || rtype == RecordType::Cname {
            let detail = format!(
                "`{name}` holds a foreign {other} record, and a CNAME cannot stand beside it."
            );
            let found = Diagnostic::new(codes::CNAME_CONFLICT, resource.span, detail);
            return Some(found.about(address.as_str()));
        }
    }
    None
}

fn aliases_of_nothing(comparing: &Comparing<'_>, names: &Names<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (address, resource) in &comparing.desired.resources {
        let (Some(Key::RecordSet { zone, rtype, .. }), Spec::RecordSet(set)) =
            (&resource.key, &resource.spec)
        else {
            continue;
        };
        let Answer::Alias { name, zone_id: None, .. } = &set.answer else { continue };
        let held = names.get(&(&*resource.provider, zone, name));
        let declared = held.is_some_and(|held| {
            let keys = held.ours.iter().map(|(_, key)| *key);
            keys.chain(held.foreign.iter().map(|object| &object.key))
                .any(|key| parts(key).is_some_and(|(_, other, _)| other == *rtype))
        });
        let exists = || foreign_set(comparing, &resource.provider, (zone, name, *rtype));
        if !declared && !exists() && comparing.live.unreachable(&resource.provider, None).is_none()
        {
            let detail = format!("Zone `{zone}` has no {rtype} records at `{name}`.");
            let others = names.iter().filter(|(place, held)| {
                let keys = held
                    .ours
                    .iter()
                    .map(|(_, key)| *key)
                    .chain(held.foreign.iter().map(|object| &object.key));
                let mut same = keys.filter_map(parts).filter(|(_, other, _)| other == rtype);
                place.0 == &*resource.provider && place.1 == zone && same.next().is_some()
            });
            let near = nearest(name.as_str(), others.map(|((_, _, other), _)| other.as_str()));
            let help = near.map(|near| format!("did you mean `{near}`?"));
            let found_here = Diagnostic::new(codes::ALIAS_TARGET, resource.span, detail);
            found.push(found_here.help_if(help).about(address.as_str()));
        }
    }
    found
}

/// Record sets that name a check by an id that no check has.
fn checks_that_are_not(comparing: &Comparing<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (address, resource) in &comparing.desired.resources {
        let Spec::RecordSet(RecordSet { health_check: Some(CheckRef::Id(id)), .. }) =
            &resource.spec
        else {
            continue;
        };
        let key = Key::ForeignCheck { id: id.clone() };
        let there = comparing.live.object(&resource.provider, &key).is_some()
            || comparing.checks.is_ours(id);
        if !there && comparing.live.unreachable(&resource.provider, None).is_none() {
            let detail = format!("Provider `{}` has no health check `{id}`.", resource.provider);
            let help = "a check of this configuration is named by its block: `health_check.name`";
            let missing = Diagnostic::new(codes::CHECK_MISSING, resource.span, detail).help(help);
            found.push(missing.about(address.as_str()));
        }
    }
    found
}

/// Whether somebody else's set answers this name and type.
fn foreign_set(
    comparing: &Comparing<'_>,
    provider: &str,
    (zone, name, rtype): (&ZoneName, &DnsName, RecordType),
) -> bool {
    let mut sets = at(comparing.live, provider, zone, name, rtype).iter();
    sets.any(|o| o.mark.as_ref().is_none_or(|mark| mark.stack != comparing.desired.stack))
}

/// Every set of a name and type.
fn at<'l>(
    live: &'l Live,
    provider: &str,
    zone: &ZoneName,
    name: &DnsName,
    rtype: RecordType,
) -> &'l [Object] {
    let key = |label: Option<String>| Key::RecordSet {
        zone: zone.clone(),
        name: name.clone(),
        rtype,
        label,
    };
    // No label sorts first, and no label in use comes after this one.
    live.range(provider, key(None)..=key(Some("\u{10FFFF}".to_owned())))
}

/// The foreign set that stands where ours shall be.
pub(super) fn same_place<'l>(live: &'l Live, resource: &Resource, key: &Key) -> Option<&'l Object> {
    same_places(live, resource, key).next()
}

/// The foreign sets that could stand where ours shall be: same name and type, same place in the
/// routing.
pub(super) fn same_places<'l>(
    live: &'l Live,
    resource: &Resource,
    key: &Key,
) -> impl Iterator<Item = &'l Object> {
    let (mut sets, mut place): (&[Object], _) = (&[], None);
    if let (Key::RecordSet { zone, name, rtype, .. }, Spec::RecordSet(wanted)) =
        (key, &resource.spec)
    {
        sets = at(live, &resource.provider, zone, name, *rtype);
        place = Some(wanted.clone());
    }
    let same = move |observed: &RecordSet, wanted: &RecordSet| match (
        &observed.routing,
        &wanted.routing,
    ) {
        (Routing::Failover(a), Routing::Failover(b)) => a == b,
        (Routing::Weighted { .. }, Routing::Weighted { .. }) => observed.answer == wanted.answer,
        (
            Routing::Simple
            | Routing::Failover(_)
            | Routing::Weighted { .. }
            | Routing::Latency { .. }
            | Routing::Geolocation(_)
            | Routing::Geoproximity { .. }
            | Routing::Cidr { .. }
            | Routing::Multivalue
            | Routing::Other { .. },
            _,
        ) => false,
    };
    sets.iter().filter(move |object| match (&object.spec, &place) {
        (Spec::RecordSet(set), Some(wanted)) => object.mark.is_none() && same(set, wanted),
        (_, _) => false,
    })
}
