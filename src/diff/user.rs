//! What somebody else still uses, and would be deleted.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_contract::{
    Answer, CheckRef, DnsName, HealthCheck, Key, Object, RecordSet, RecordType, Spec, ZoneName,
};

use super::{Action, Change, Comparing};
use crate::diagnostic::{Diagnostic, codes, sentence};

/// A name and type of a zone.
type Place<'c> = (&'c str, &'c ZoneName, &'c DnsName, RecordType);

/// What goes, and by which change.
struct Going<'c> {
    places: BTreeMap<Place<'c>, &'c Change>,
    /// By provider and reference, and by provider and id.
    checks: BTreeMap<(&'c str, CheckRef), &'c Change>,
    /// The zones that aliases in other zones name by id.
    zones: BTreeMap<(&'c str, &'c str), &'c ZoneName>,
}

pub(super) fn find(comparing: &mut Comparing<'_>) {
    let going = going(comparing);
    if going.places.is_empty() && going.checks.is_empty() {
        return;
    }
    let mut found = Vec::new();
    for (provider, objects) in comparing.live.all() {
        let others = objects.iter().filter(|object| {
            object.mark.as_ref().is_none_or(|mark| mark.stack != comparing.desired.stack)
        });
        for object in others {
            found.extend(used(comparing, &going, (provider, object)));
        }
    }
    for diagnostic in found {
        comparing.found.push(diagnostic);
    }
}

fn going<'c>(comparing: &'c Comparing<'_>) -> Going<'c> {
    let mut going =
        Going { places: BTreeMap::new(), checks: BTreeMap::new(), zones: BTreeMap::new() };
    for change in &comparing.changes.list {
        let deletes = matches!(change.action, Action::Delete(_));
        if let (true, Some(place)) = (deletes, place(&change.provider, &change.key)) {
            going.places.insert(place, change);
        }
        let replaces = matches!(change.action, Action::Replace { .. });
        if let (true, Some(old)) = (deletes || replaces, &change.before)
            && let Key::HealthCheck { reference } = &old.key
        {
            let ids = old.id.iter().map(|id| CheckRef::Id(id.clone()));
            for check in ids.chain([CheckRef::Marked(reference.clone())]) {
                going.checks.insert((&change.provider, check), change);
            }
        }
    }
    let mut deleted: BTreeSet<(&str, &Key)> = BTreeSet::new();
    for change in &comparing.changes.list {
        match &change.action {
            Action::Delete(_) => drop(deleted.insert((&change.provider, &change.key))),
            Action::Create
            | Action::Update(_)
            | Action::Replace { .. }
            | Action::Adopt
            | Action::Release
            | Action::NoOp
            | Action::Unreachable { .. } => {
                if let Some(place) = place(&change.provider, &change.key) {
                    going.places.remove(&place);
                }
            }
        }
    }
    for (provider, objects) in comparing.live.all() {
        for object in objects {
            if let (Key::Zone { name }, Some(id)) = (&object.key, &object.id) {
                going.zones.insert((provider, id), name);
            }
            // What others hold at the place goes on to answer.
            if let Some(place) = place(provider, &object.key)
                && !deleted.contains(&(&**provider, &object.key))
            {
                going.places.remove(&place);
            }
        }
    }
    going
}

fn place<'c>(provider: &'c str, key: &'c Key) -> Option<Place<'c>> {
    match key {
        Key::RecordSet { zone, name, rtype, label: _ } => Some((provider, zone, name, *rtype)),
        Key::Zone { .. }
        | Key::Repository { .. }
        | Key::ImageCopy { .. }
        | Key::HealthCheck { .. }
        | Key::ForeignCheck { .. } => None,
    }
}

/// What a foreign object uses of what goes.
fn used(
    comparing: &Comparing<'_>,
    going: &Going<'_>,
    (provider, object): (&str, &Object),
) -> Vec<Diagnostic> {
    let check = |check: &CheckRef| going.checks.get(&(provider, check.clone())).copied();
    match &object.spec {
        Spec::RecordSet(set) => {
            let answers = set.health_check.as_ref().and_then(check);
            let answers = answers.map(|change| (change, "answers by it"));
            let leads = alias(going, (provider, object), set).map(|c| (c, "is an alias of it"));
            let both = answers.into_iter().chain(leads);
            both.map(|(change, how)| tell(comparing, change, object, how)).collect()
        }
        Spec::HealthCheck(HealthCheck::Calculated { checks, .. }) => {
            let counted = checks.iter().filter_map(check);
            counted.map(|change| tell(comparing, change, object, "counts it")).collect()
        }
        Spec::HealthCheck(HealthCheck::Endpoint(_))
        | Spec::Zone(_)
        | Spec::Repository(_)
        | Spec::ImageCopy(_) => Vec::new(),
    }
}

/// The change by which the name goes that a set is an alias of.
fn alias<'c>(
    going: &Going<'c>,
    (provider, object): (&str, &Object),
    set: &RecordSet,
) -> Option<&'c Change> {
    let Key::RecordSet { zone, name: _, rtype, label: _ } = &object.key else { return None };
    let Answer::Alias { name, zone_id, evaluate_target_health: _ } = &set.answer else {
        return None;
    };
    let zone = match zone_id {
        None => zone,
        Some(id) => going.zones.get(&(provider, id))?,
    };
    going.places.get(&(provider, zone, name, *rtype)).copied()
}

fn tell(comparing: &Comparing<'_>, change: &Change, user: &Object, how: &str) -> Diagnostic {
    let old = change.before.as_ref().map_or(&change.key, |object| &object.key);
    let replaced = matches!(change.action, Action::Replace { .. });
    let goes = if replaced { "replaced by another" } else { "deleted" };
    let user = &user.key;
    let detail = format!(
        "{old} would be {goes}, and {user} {how}, which this stack does not own and so does not \
         change."
    );
    let help = format!("change or remove {user} first, or keep what it uses");
    let detail = sentence(&detail);
    let found = match comparing.desired.resources.get(&change.address) {
        Some(resource) => Diagnostic::new(codes::STILL_USED, resource.span, detail),
        None => Diagnostic::global(codes::STILL_USED, detail),
    };
    found.help(help).about(change.address.as_str())
}
