//! Who needs whom.
//!
//! Input: [`Desired`]. Output: [`Graph`], and a finding for every circle. Orders; never compares.

use std::collections::{BTreeMap, VecDeque};

use lifeboat_contract::Address;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::desired::Desired;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};

/// Resources and what each needs to be there first.
#[derive(Debug)]
pub struct Graph {
    /// An edge leads from what is needed to what needs it.
    inner: DiGraph<Address, ()>,
    nodes: BTreeMap<Address, NodeIndex>,
}

/// Builds the graph of what shall be there.
pub fn build(desired: &Desired) -> (Graph, Diagnostics) {
    let mut inner = DiGraph::with_capacity(desired.resources.len(), desired.resources.len());
    let mut nodes = BTreeMap::new();
    for address in desired.resources.keys() {
        nodes.insert(address.clone(), inner.add_node(address.clone()));
    }
    for (address, resource) in &desired.resources {
        for needed in &resource.needs {
            if let Some(from) = nodes.get(needed) {
                inner.add_edge(*from, nodes[address], ());
            }
        }
    }
    let graph = Graph { inner, nodes };
    let found = circles(&graph, desired);
    (graph, found)
}

impl Graph {
    /// Every resource, sorted.
    pub fn addresses(&self) -> impl Iterator<Item = &Address> {
        self.nodes.keys()
    }

    /// What a resource needs to be there first, sorted.
    pub fn needs(&self, address: &Address) -> Vec<&Address> {
        let Some(node) = self.nodes.get(address) else { return Vec::new() };
        let incoming = self.inner.neighbors_directed(*node, petgraph::Direction::Incoming);
        let mut needed: Vec<&Address> = incoming.map(|index| &self.inner[index]).collect();
        needed.sort();
        needed.dedup();
        needed
    }
}

/// One finding for each set of resources that need each other, with a shortest way round.
fn circles(graph: &Graph, desired: &Desired) -> Diagnostics {
    let mut found = Diagnostics::default();
    for component in kosaraju_scc(&graph.inner) {
        let first = component.iter().copied().min_by_key(|node| &graph.inner[*node]);
        let Some(first) = first else { continue };
        if component.len() == 1 && !graph.inner.contains_edge(first, first) {
            continue;
        }
        let way: Vec<String> = way_round(graph, first)
            .iter()
            .map(|node| format!("`{}`", graph.inner[*node]))
            .collect();
        let address = &graph.inner[first];
        let detail = format!("These resources need each other: {}.", way.join(" -> "));
        let span = desired.resources[address].span;
        let code = codes::RESOURCE_CYCLE;
        found.push(Diagnostic::new(code, span, detail).about(address.as_str()));
    }
    found
}

/// A shortest way from a node back to itself, both ends named.
fn way_round(graph: &Graph, start: NodeIndex) -> Vec<NodeIndex> {
    let mut from: BTreeMap<NodeIndex, NodeIndex> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for next in graph.inner.neighbors(node) {
            if next == start {
                let mut way = vec![start, node];
                let mut at = node;
                while at != start {
                    at = from[&at];
                    way.push(at);
                }
                way.dedup();
                return way;
            }
            if next != start && !from.contains_key(&next) {
                from.insert(next, node);
                queue.push_back(next);
            }
        }
    }
    vec![start]
}
