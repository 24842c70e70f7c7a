//! The steps: what is written together, and what waits for what.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_contract::{
    Address, Answer, CheckRef, CheckReference, DnsName, HealthCheck, Key, Kind, Object, Spec, Write,
};
use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;

use super::{Phase, Step};
use crate::diff::{Action, Change, Changes};

/// One step that is being put together.
struct Draft<'c> {
    phase: Phase,
    provider: &'c str,
    writes: Vec<Write>,
    needs: BTreeSet<&'c Address>,
    /// Drafts that come first, by their place in the list.
    follows: BTreeSet<usize>,
}

/// Everything that is to be written, in an order in which no served name is ever unserved.
pub(super) fn steps(changes: &Changes, batch_max: &dyn Fn(&str) -> usize) -> Vec<Step> {
    let idle = Idle::of(changes);
    let mut drafts: Vec<Draft<'_>> = Vec::new();
    let mut records: BTreeMap<(&str, &DnsName), Vec<&Change>> = BTreeMap::new();
    for change in changes.list.iter().filter(|change| change.action.writes()) {
        if let Key::RecordSet { zone, .. } = &change.key {
            records.entry((&change.provider, zone)).or_default().push(change);
        } else {
            singles(change, &idle, &mut drafts);
        }
    }
    for ((provider, _), changes) in records {
        batches(provider, &changes, batch_max(provider), &mut drafts);
    }
    // Batches of one zone are already in order, and stay so.
    drafts.sort_by_cached_key(|draft| {
        let first = draft.writes.first().filter(|_| draft.phase != Phase::Records);
        (draft.phase, first.map(|write| (write.address.clone(), write.key.clone())))
    });
    order_checks(&mut drafts);
    chain(&mut drafts);
    finish(drafts)
}

/// What resources that stay as they are need: whoever needs them waits for that, too.
struct Idle<'c>(BTreeMap<&'c Address, &'c [Address]>);

impl<'c> Idle<'c> {
    fn of(changes: &'c Changes) -> Self {
        let idle = changes.list.iter().filter(|c| !c.action.writes() && !c.needs.is_empty());
        Self(idle.map(|change| (&change.address, &change.needs[..])).collect())
    }

    /// All that a change needs, directly or through what stays as it is.
    fn needs(&self, change: &'c Change) -> BTreeSet<&'c Address> {
        let mut found = BTreeSet::new();
        let mut open: Vec<&Address> = change.needs.iter().collect();
        while let Some(address) = open.pop() {
            if found.insert(address) {
                open.extend(self.0.get(address).copied().unwrap_or_default());
            }
        }
        found
    }
}

/// Everything but record sets is written one by one.
fn singles<'c>(change: &'c Change, idle: &Idle<'c>, drafts: &mut Vec<Draft<'c>>) {
    let mut draft = |phase, key: &Key, expect: Option<&Object>, then| {
        drafts.push(Draft {
            phase,
            provider: &change.provider,
            writes: vec![Write {
                address: change.address.clone(),
                key: key.clone(),
                expect: expect.cloned(),
                then,
            }],
            needs: idle.needs(change),
            follows: BTreeSet::new(),
        });
    };
    let before = change.before.as_ref();
    match (&change.action, before) {
        (Action::Replace { .. }, Some(old)) => {
            draft(make_phase(change.key.kind()), &change.key, None, change.after.clone());
            draft(delete_phase(old.key.kind()), &old.key, Some(old), None);
        }
        (Action::Delete(_), _) => draft(delete_phase(change.key.kind()), &change.key, before, None),
        (_, _) => draft(make_phase(change.key.kind()), &change.key, before, change.after.clone()),
    }
}

fn make_phase(kind: Kind) -> Phase {
    match kind {
        Kind::Zone => Phase::Zone,
        Kind::Repository => Phase::Repository,
        Kind::ImageCopy => Phase::ImageCopy,
        Kind::HealthCheck => Phase::HealthCheck,
        Kind::RecordSet => Phase::Records,
    }
}

fn delete_phase(kind: Kind) -> Phase {
    match kind {
        Kind::Zone => Phase::DeleteZone,
        Kind::Repository => Phase::DeleteRepository,
        Kind::ImageCopy => Phase::DeleteImageCopy,
        Kind::HealthCheck => Phase::DeleteHealthCheck,
        Kind::RecordSet => Phase::Records,
    }
}

/// The writes of record sets at one name, which are never split: a name that changes hands has to
/// do so at once.
#[derive(Default)]
struct Unit<'c> {
    writes: Vec<Write>,
    needs: BTreeSet<&'c Address>,
    /// Names that its new sets are aliases of.
    refers: BTreeSet<DnsName>,
    /// Names that its old sets were aliases of.
    referred: BTreeSet<DnsName>,
}

/// The record sets of one zone, in as few batches as they fit.
fn batches<'c>(
    provider: &'c str,
    changes: &[&'c Change],
    batch_max: usize,
    drafts: &mut Vec<Draft<'c>>,
) {
    let mut units: BTreeMap<DnsName, Unit<'c>> = BTreeMap::new();
    for change in changes {
        let Key::RecordSet { name, .. } = &change.key else { continue };
        let unit = units.entry(change.unit.clone().unwrap_or_else(|| name.clone())).or_default();
        unit.needs.extend(&change.needs);
        set_writes(change, unit);
    }
    let mut open: Option<Draft<'c>> = None;
    for group in in_order(&units) {
        let size: usize = group.iter().map(|name| units[name].writes.len()).sum();
        let full = open.as_ref().is_some_and(|draft| draft.writes.len() + size > batch_max);
        if full {
            drafts.extend(open.take());
        }
        let draft = open.get_or_insert_with(|| Draft {
            phase: Phase::Records,
            provider,
            writes: Vec::new(),
            needs: BTreeSet::new(),
            follows: BTreeSet::new(),
        });
        for name in group {
            let unit = units.remove(&name).unwrap_or_default();
            draft.writes.extend(unit.writes);
            draft.needs.extend(unit.needs);
        }
    }
    drafts.extend(open);
}

fn set_writes<'c>(change: &'c Change, unit: &mut Unit<'c>) {
    let target = |spec: &Spec| match spec {
        Spec::RecordSet(set) => match &set.answer {
            Answer::Alias { name, zone_id: None, .. } => Some(name.clone()),
            Answer::Alias { .. } | Answer::Values(_) => None,
        },
        Spec::Zone(_) | Spec::Repository(_) | Spec::ImageCopy(_) | Spec::HealthCheck(_) => None,
    };
    let address = || change.address.clone();
    unit.referred.extend(change.before.as_ref().and_then(|object| target(&object.spec)));
    unit.refers.extend(change.after.as_ref().and_then(|wanted| target(&wanted.spec)));
    let moved = change.before.as_ref().filter(|object| object.key != change.key);
    if let Some(old) = moved {
        let (key, expect) = (old.key.clone(), Some(old.clone()));
        unit.writes.push(Write { address: address(), key, expect, then: None });
    }
    unit.writes.push(Write {
        address: address(),
        key: change.key.clone(),
        expect: change.before.clone().filter(|_| moved.is_none()),
        then: change.after.clone(),
    });
}

/// Units so that an alias comes with or after what it is an alias of, and what it was an alias of
/// goes with or after it. Units in a circle stay together.
fn in_order(units: &BTreeMap<DnsName, Unit<'_>>) -> Vec<Vec<DnsName>> {
    let mut graph: DiGraph<&DnsName, ()> = DiGraph::new();
    let nodes: BTreeMap<&DnsName, _> =
        units.keys().map(|name| (name, graph.add_node(name))).collect();
    for (name, unit) in units {
        let at = |other: &DnsName| nodes.get(other).copied().filter(|_| other != name);
        for earlier in unit.refers.iter().filter_map(at) {
            graph.add_edge(nodes[name], earlier, ());
        }
        for later in unit.referred.difference(&unit.refers).filter_map(at) {
            graph.add_edge(later, nodes[name], ());
        }
    }
    // Kosaraju returns what is pointed to before what points to it.
    let components = kosaraju_scc(&graph);
    let depths = depths(&graph, &components);
    let mut groups: Vec<(usize, Vec<DnsName>)> = components
        .into_iter()
        .zip(depths)
        .map(|(component, depth)| {
            let mut names: Vec<DnsName> =
                component.into_iter().map(|node| graph[node].clone()).collect();
            names.sort();
            (depth, names)
        })
        .collect();
    groups.sort();
    groups.into_iter().map(|(_, names)| names).collect()
}

/// How many components have to come before each, so that the order does not depend on the graph's
/// inner workings.
fn depths(
    graph: &DiGraph<&DnsName, ()>,
    components: &[Vec<petgraph::graph::NodeIndex>],
) -> Vec<usize> {
    let mut of_node = vec![0; graph.node_count()];
    let mut depths = Vec::with_capacity(components.len());
    for component in components {
        let inside: BTreeSet<_> = component.iter().copied().collect();
        let earlier = component.iter().flat_map(|node| graph.neighbors(*node));
        let depth = earlier
            .filter(|other| !inside.contains(other))
            .map(|other| of_node[other.index()] + 1)
            .max()
            .unwrap_or(0);
        for node in component {
            of_node[node.index()] = depth;
        }
        depths.push(depth);
    }
    depths
}

/// Checks that others count are made before them, and deleted after them.
fn order_checks(drafts: &mut [Draft<'_>]) {
    let mut making: BTreeMap<CheckReference, usize> = BTreeMap::new();
    let mut deleting: BTreeMap<CheckReference, usize> = BTreeMap::new();
    let reference = |draft: &Draft<'_>| match &draft.writes.first()?.key {
        Key::HealthCheck { reference } => Some(reference.clone()),
        Key::Zone { .. }
        | Key::Repository { .. }
        | Key::ImageCopy { .. }
        | Key::RecordSet { .. } => None,
    };
    for (at, draft) in drafts.iter().enumerate() {
        if let Some(reference) = reference(draft) {
            let deletes = draft.phase == Phase::DeleteHealthCheck;
            let place = if deletes { &mut deleting } else { &mut making };
            place.insert(reference, at);
        }
    }
    let mut edges = Vec::new();
    for (at, draft) in drafts.iter().enumerate() {
        let Some(write) = draft.writes.first() else { continue };
        let counted = |spec: &Spec| {
            let mut counted = Vec::new();
            if let Spec::HealthCheck(HealthCheck::Calculated { checks, at_least: _ }) = spec {
                counted.clone_from(checks);
            }
            counted
        };
        for child in write.then.iter().flat_map(|wanted| counted(&wanted.spec)) {
            if let CheckRef::Marked(child) = child {
                edges.extend(making.get(&child).map(|first| (at, *first)));
            }
        }
        for child in write.expect.iter().flat_map(|object| counted(&object.spec)) {
            if let CheckRef::Marked(child) = child {
                edges.extend(deleting.get(&child).filter(|later| **later != at).map(|l| (*l, at)));
            }
        }
    }
    for (later, earlier) in edges {
        drafts[later].follows.insert(earlier);
    }
}

/// What waits for a whole phase: batches of a zone follow each other, and what names might need is
/// deleted after the last batch.
fn chain(drafts: &mut [Draft<'_>]) {
    let mut last_batch: BTreeMap<DnsName, usize> = BTreeMap::new();
    let mut copies: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    // An image that is still needed may be on its way to another repository.
    let mut copied: Vec<usize> = Vec::new();
    for (at, draft) in drafts.iter_mut().enumerate() {
        let Some(key) = draft.writes.first().map(|write| write.key.clone()) else { continue };
        let follows = &mut draft.follows;
        match draft.phase {
            Phase::ImageCopy => copied.push(at),
            Phase::Zone | Phase::Repository | Phase::HealthCheck => {}
            Phase::Records => {
                let Some(zone) = key.zone() else { continue };
                let before = last_batch.insert(zone.clone(), at);
                follows.extend(before);
            }
            Phase::DeleteImageCopy => {
                follows.extend(last_batch.values());
                follows.extend(&copied);
                if let Key::ImageCopy { location, repository, .. } = &key {
                    let place = (location.to_string(), repository.to_string());
                    copies.entry(place).or_default().push(at);
                }
            }
            Phase::DeleteHealthCheck => follows.extend(last_batch.values()),
            Phase::DeleteRepository => {
                follows.extend(last_batch.values());
                follows.extend(&copied);
                if let Key::Repository { location, name } = &key {
                    let inside = copies.get(&(location.to_string(), name.to_string()));
                    follows.extend(inside.into_iter().flatten());
                }
            }
            Phase::DeleteZone => {
                follows.extend(key.zone().and_then(|zone| last_batch.get(zone)));
            }
        }
    }
}

/// Numbers the steps so that each follows only lower ones.
fn finish(drafts: Vec<Draft<'_>>) -> Vec<Step> {
    let mut makers: BTreeMap<Address, usize> = BTreeMap::new();
    for (at, draft) in drafts.iter().enumerate() {
        for write in draft.writes.iter().filter(|write| write.then.is_some()) {
            makers.insert(write.address.clone(), at);
        }
    }
    let follows: Vec<BTreeSet<usize>> = drafts
        .iter()
        .enumerate()
        .map(|(at, draft)| {
            let needed = draft.needs.iter().filter_map(|need| makers.get(*need).copied());
            let deletes_only = draft.writes.iter().all(|write| write.then.is_none());
            let needed = needed.filter(|first| *first != at && !deletes_only);
            draft.follows.iter().copied().chain(needed).collect()
        })
        .collect();
    let order = topological(&follows);
    let mut number = vec![0; drafts.len()];
    for (id, at) in (0..).zip(&order) {
        number[*at] = id;
    }
    let mut drafts: Vec<Option<Draft<'_>>> = drafts.into_iter().map(Some).collect();
    let mut steps = Vec::with_capacity(drafts.len());
    for at in order {
        let Some(draft) = drafts[at].take() else { continue };
        let mut ids: Vec<u32> = follows[at].iter().map(|first| number[*first]).collect();
        ids.sort_unstable();
        steps.push(Step {
            id: number[at],
            phase: draft.phase,
            provider: draft.provider.to_owned(),
            follows: ids,
            writes: draft.writes,
        });
    }
    steps
}

/// The lowest place first among those whose predecessors are done, so that the same plan has the
/// same order.
fn topological(follows: &[BTreeSet<usize>]) -> Vec<usize> {
    let mut waiting: Vec<usize> = follows.iter().map(BTreeSet::len).collect();
    let mut followers: Vec<Vec<usize>> = vec![Vec::new(); follows.len()];
    for (at, first) in follows.iter().enumerate() {
        for earlier in first {
            followers[*earlier].push(at);
        }
    }
    let mut ready: BTreeSet<usize> = (0..follows.len()).filter(|at| waiting[*at] == 0).collect();
    let mut order = Vec::with_capacity(follows.len());
    while let Some(at) = ready.pop_first() {
        order.push(at);
        for later in &followers[at] {
            waiting[*later] -= 1;
            if waiting[*later] == 0 {
                ready.insert(*later);
            }
        }
    }
    assert!(
        order.len() == follows.len(),
        "steps follow each other in a circle; this is a bug in Lifeboat"
    );
    order
}
