//! How much fits: what an apply would run into halfway.

use std::collections::BTreeMap;

use lifeboat_contract::{Key, Kind, ZoneName};

use super::{Action, Change, Comparing};
use crate::desired::WantedZone;
use crate::diagnostic::{Diagnostic, codes};

pub(super) fn find(comparing: &mut Comparing<'_>) {
    let mut found = Vec::new();
    let desired = comparing.desired;
    for zone in desired.zones.values() {
        let limits = comparing.live.limits(&zone.provider);
        if let Some(max) = limits.and_then(|limits| limits.sets.get(&zone.name)) {
            found.extend(zone_is_full(comparing, zone, *max));
        }
    }
    let mut made: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
    for change in &comparing.changes.list {
        let makes = matches!(change.action, Action::Create | Action::Replace { .. });
        if makes && change.key.kind() == Kind::HealthCheck {
            made.entry(&change.provider).or_default().push(change);
        }
    }
    for (provider, made) in made {
        let limits = comparing.live.limits(provider);
        if let Some((max, there)) = limits.and_then(|limits| limits.checks) {
            found.extend(too_many_checks(comparing, (provider, &made), max, there));
        }
    }
    for diagnostic in found {
        comparing.found.push(diagnostic);
    }
}

fn zone_is_full(comparing: &Comparing<'_>, zone: &WantedZone, max: u64) -> Option<Diagnostic> {
    let inside = |key: &Key| lies_in(key) == Some(&zone.name);
    let objects = comparing.live.objects(&zone.provider).iter();
    let there = count(objects.filter(|object| inside(&object.key)));
    let changes = || {
        let all = comparing.changes.list.iter();
        all.filter(|change| change.provider == zone.provider && inside(&change.key))
    };
    let made = count(changes().filter(|change| change.action == Action::Create));
    let deleted = count(changes().filter(|change| matches!(change.action, Action::Delete(_))));
    let after = there.saturating_add(made).saturating_sub(deleted);
    if after <= max || made <= deleted {
        return None;
    }
    let detail = format!(
        "Zone `{}` holds {there} record sets, and with {made} more and {deleted} fewer it would hold \
         {after}. It takes {max}.",
        zone.name
    );
    let help = "raise the limit at the provider, or remove record sets";
    let found = Diagnostic::new(codes::UNSUPPORTED, zone.span, detail).help(help);
    Some(found.about(zone.address.as_str()))
}

/// Whatever is replaced is deleted last, so there has to be room for both at once.
fn too_many_checks(
    comparing: &Comparing<'_>,
    (provider, made): (&str, &[&Change]),
    max: u64,
    there: u64,
) -> Option<Diagnostic> {
    let first = made.first()?;
    let resource = comparing.desired.resources.get(&first.address)?;
    let most = there.saturating_add(count(made.iter()));
    if most <= max {
        return None;
    }
    let leaves = |change: &Change| {
        let goes = matches!(change.action, Action::Delete(_) | Action::Replace { .. });
        *change.provider == *provider && change.key.kind() == Kind::HealthCheck && goes
    };
    let last = if comparing.changes.list.iter().any(leaves) {
        ", since what is replaced or deleted goes last"
    } else {
        ""
    };
    let detail = format!(
        "Provider `{provider}` has {there} health checks, those of others among them, and with {} \
         more it would have {most}{last}. It takes {max}.",
        made.len()
    );
    let help = "raise the limit at the provider, or remove health checks first";
    let found = Diagnostic::new(codes::UNSUPPORTED, resource.span, detail).help(help);
    Some(found.about(first.address.as_str()))
}

/// The zone of a record set.
fn lies_in(key: &Key) -> Option<&ZoneName> {
    key.zone().filter(|_| key.kind() == Kind::RecordSet)
}

fn count<T>(items: impl Iterator<Item = T>) -> u64 {
    u64::try_from(items.count()).unwrap_or(u64::MAX)
}
