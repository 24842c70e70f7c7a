//! Record sets of one zone, in as few batches as they fit. What serves one name is never split.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_contract::{Address, Answer, Batching, DnsName, Key, Spec, Weight, Write};
use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;

use super::Phase;
use super::order::Draft;
use crate::diff::Change;

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
pub(super) fn batches<'c>(
    provider: &'c str,
    changes: &[&'c Change],
    batching: Option<Batching>,
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
    let mut taken = Weight::default();
    for group in in_order(&units) {
        let more = weight(group.iter().flat_map(|name| &units[name].writes), batching);
        let full = batching.is_some_and(|batching| !taken.with(more).fits(batching.max));
        if full {
            drafts.extend(open.take());
            taken = Weight::default();
        }
        taken = taken.with(more);
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

fn weight<'w>(writes: impl Iterator<Item = &'w Write>, batching: Option<Batching>) -> Weight {
    let weigh = |write: &Write| batching.map_or(Weight::ONE, |batching| (batching.weigh)(write));
    writes.fold(Weight::default(), |sum, write| sum.with(weigh(write)))
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
