//! The graph, for people's drawing tools.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::graph::Graph;

/// Graphviz.
pub fn dot(graph: &Graph) -> String {
    let mut out = String::from("digraph lifeboat {\n  rankdir = \"LR\"\n  node [shape = box]\n");
    for address in graph.addresses() {
        let _infallible = writeln!(out, "  {:?}", address.as_str());
    }
    for address in graph.addresses() {
        for needed in graph.needs(address) {
            let _infallible = writeln!(out, "  {:?} -> {:?}", needed.as_str(), address.as_str());
        }
    }
    out.push_str("}\n");
    out
}

/// Mermaid, as pull requests draw it.
pub fn mermaid(graph: &Graph) -> String {
    let mut out = String::from("flowchart LR\n");
    let ids: std::collections::BTreeMap<_, usize> = graph.addresses().zip(0..).collect();
    for (address, id) in &ids {
        let label = address.as_str().replace('"', "#quot;");
        let _infallible = writeln!(out, "  n{id}[\"{label}\"]");
    }
    for (address, id) in &ids {
        for needed in graph.needs(address) {
            let _infallible = writeln!(out, "  n{} --> n{id}", ids[needed]);
        }
    }
    out
}

/// The graph, as machines read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Lifeboat graph")]
pub struct GraphJson {
    /// The version of this form.
    pub format_version: String,
    /// Every resource, sorted.
    pub nodes: Vec<String>,
    /// What is needed, and what needs it.
    pub edges: Vec<EdgeJson>,
}

/// One resource that needs another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EdgeJson {
    /// What has to be there first.
    pub from: String,
    /// What needs it.
    pub to: String,
}

/// The graph, as machines read it.
pub fn json(graph: &Graph) -> GraphJson {
    let edges = graph.addresses().flat_map(|address| {
        let edge = |needed: &lifeboat_contract::Address| EdgeJson {
            from: needed.to_string(),
            to: address.to_string(),
        };
        graph.needs(address).into_iter().map(edge).collect::<Vec<_>>()
    });
    GraphJson {
        format_version: "1.0".to_owned(),
        nodes: graph.addresses().map(ToString::to_string).collect(),
        edges: edges.collect(),
    }
}
