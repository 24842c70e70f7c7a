//! Aliases of each other: names that would answer nothing.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_contract::{Address, Answer, DnsName, Key, RecordType, Spec, ZoneName};

use super::Making;
use crate::diagnostic::{Diagnostic, Span, codes};

/// A name and type of a zone.
type Place<'d> = (&'d ZoneName, &'d DnsName, RecordType);

struct Step<'d> {
    address: &'d Address,
    span: Span,
    /// Names of the same zone that it is an alias of.
    targets: Vec<&'d DnsName>,
}

/// Finds names that are aliases of themselves, directly or by way of others.
pub(super) fn check_circles(making: &mut Making<'_>) {
    let mut steps: BTreeMap<Place<'_>, Step<'_>> = BTreeMap::new();
    for (address, resource) in &making.desired.resources {
        let (Some(Key::RecordSet { zone, name, rtype, label: _ }), Spec::RecordSet(set)) =
            (&resource.key, &resource.spec)
        else {
            continue;
        };
        let Answer::Alias { name: target, zone_id: None, .. } = &set.answer else { continue };
        let step = || Step { address, span: resource.span, targets: Vec::new() };
        steps.entry((zone, name, *rtype)).or_insert_with(step).targets.push(target);
    }
    let mut done: BTreeSet<Place<'_>> = BTreeSet::new();
    for start in steps.keys() {
        let mut way = Vec::new();
        if let Some(circle) = follow(start, &steps, &mut way, &mut done) {
            let step = &steps[&circle[0]];
            let names: Vec<String> = circle
                .iter()
                .chain(circle.first())
                .map(|(_, name, _)| format!("`{name}`"))
                .collect();
            let (_, _, rtype) = circle[0];
            let detail = format!(
                "These {rtype} records are aliases of each other, so none has an answer: {}.",
                names.join(" -> ")
            );
            let found = Diagnostic::new(codes::RESOURCE_CYCLE, step.span, detail);
            making.found.push(found.about(step.address.as_str()));
        }
    }
}

/// Follows aliases until one of the way comes again; what has been followed once is not again.
/// Walks by a stack of its own, because a chain of aliases can be as long as a zone.
fn follow<'d>(
    start: &Place<'d>,
    steps: &BTreeMap<Place<'d>, Step<'d>>,
    way: &mut Vec<(Place<'d>, usize)>,
    done: &mut BTreeSet<Place<'d>>,
) -> Option<Vec<Place<'d>>> {
    if done.contains(start) {
        return None;
    }
    let mut underway = BTreeSet::from([*start]);
    way.push((*start, 0));
    while let Some((place, next)) = way.last_mut() {
        let (zone, _, rtype) = *place;
        let step = &steps[place];
        let Some(target) = step.targets.get(*next) else {
            underway.remove(place);
            done.insert(*place);
            way.pop();
            continue;
        };
        *next += 1;
        let target = (zone, *target, rtype);
        if underway.contains(&target) {
            done.append(&mut underway);
            let circle = way.iter().map(|(place, _)| *place);
            return Some(circle.skip_while(|place| *place != target).collect());
        }
        if steps.contains_key(&target) && !done.contains(&target) {
            underway.insert(target);
            way.push((target, 0));
        }
    }
    None
}
