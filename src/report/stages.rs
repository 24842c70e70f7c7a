//! A Dockerfile's stages, for people and their drawing tools.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::palette::{BOLD, DIM, PLAIN};
use crate::image::dockerfile::{Base, Origin, Stage, Stages};

/// What a stage, an image or the context is called.
pub(super) fn title(at: usize, stage: &Stage) -> String {
    stage.name.clone().unwrap_or_else(|| format!("stage {at}"))
}

/// Boxes and arrows, as every form draws them.
struct Drawing {
    /// Label, and whether the target needs it.
    nodes: Vec<(String, bool)>,
    /// From, to, and what the arrow says.
    edges: Vec<(usize, usize, String)>,
}

fn drawing(stages: &Stages) -> Drawing {
    let stage_nodes = stages.list.iter().enumerate();
    let mut nodes: Vec<(String, bool)> =
        stage_nodes.map(|(at, stage)| (title(at, stage), stage.reached)).collect();
    let mut images: BTreeMap<String, usize> = BTreeMap::new();
    let mut edges = BTreeSet::new();
    let mut other = |label: String, reached: bool, nodes: &mut Vec<(String, bool)>| {
        let at = *images.entry(label.clone()).or_insert_with(|| {
            nodes.push((label, false));
            nodes.len() - 1
        });
        nodes[at].1 |= reached;
        at
    };
    for (at, stage) in stages.list.iter().enumerate() {
        let base = match &stage.base {
            Base::Stage(base) => *base,
            Base::Scratch => other("scratch".to_owned(), stage.reached, &mut nodes),
            Base::Image(image) => other(image.clone(), stage.reached, &mut nodes),
        };
        edges.insert((base, at, "FROM".to_owned()));
        for one in &stage.uses {
            let from = match &one.origin {
                Origin::Stage(stage) => *stage,
                Origin::Image(image) => other(image.clone(), stage.reached, &mut nodes),
            };
            edges.insert((from, at, one.keyword.to_string()));
        }
        if !stage.takes.is_empty() {
            let context = other("context".to_owned(), stage.reached, &mut nodes);
            edges.insert((context, at, format!("{} taken", stage.takes.len())));
        }
    }
    Drawing { nodes, edges: edges.into_iter().collect() }
}

/// The stages as a list, those that the target does not need in grey.
pub fn stages_text(stages: &Stages) -> String {
    let mut out = String::new();
    for (at, stage) in stages.list.iter().enumerate() {
        let base = match &stage.base {
            Base::Scratch => "scratch".to_owned(),
            Base::Stage(base) => title(*base, &stages.list[*base]),
            Base::Image(image) => image.clone(),
        };
        let (style, note) = match (at == stages.target, stage.reached) {
            (true, _) => (BOLD, "   target"),
            (false, true) => (PLAIN, ""),
            (false, false) => (DIM, "   not needed"),
        };
        let name = title(at, stage);
        let _infallible = writeln!(out, "{style}{name}{PLAIN}   from {base}{note}");
        for one in &stage.uses {
            let from = match &one.origin {
                Origin::Stage(stage) => title(*stage, &stages.list[*stage]),
                Origin::Image(image) => image.clone(),
            };
            let _infallible = writeln!(out, "    {} from {from}", one.keyword);
        }
        for take in stage.takes.iter().chain(&stage.remote) {
            let _infallible = writeln!(out, "    takes {}", take.pattern);
        }
    }
    out
}

/// Graphviz.
pub fn stages_dot(stages: &Stages) -> String {
    let Drawing { nodes, edges } = drawing(stages);
    let mut out = String::from("digraph stages {\n  rankdir = \"LR\"\n  node [shape = box]\n");
    for (at, (label, reached)) in nodes.iter().enumerate() {
        let style = if *reached { "" } else { ", style = dashed" };
        let _infallible = writeln!(out, "  n{at} [label = {label:?}{style}]");
    }
    for (from, to, label) in edges {
        let _infallible = writeln!(out, "  n{from} -> n{to} [label = {label:?}]");
    }
    out.push_str("}\n");
    out
}

/// Mermaid, as pull requests draw it.
pub fn stages_mermaid(stages: &Stages) -> String {
    let Drawing { nodes, edges } = drawing(stages);
    let mut out = String::from("flowchart LR\n");
    for (at, (label, reached)) in nodes.iter().enumerate() {
        let label = label.replace('"', "#quot;");
        let _infallible = writeln!(out, "  n{at}[\"{label}\"]");
        if !reached {
            let _infallible = writeln!(out, "  style n{at} stroke-dasharray: 4");
        }
    }
    for (from, to, label) in edges {
        let _infallible = writeln!(out, "  n{from} -- {label} --> n{to}");
    }
    out
}
