//! A Dockerfile's stages, for people and their drawing tools.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::palette::{BOLD, DIM, PLAIN};
use crate::image::dockerfile::{Base, Origin, Stage, Stages};

/// What a stage, an image or the context is called.
fn title(at: usize, stage: &Stage) -> String {
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

const BOX: (usize, usize) = (220, 36);
const GAP: (usize, usize) = (90, 24);
/// So many letters fit into a box.
const LETTERS_MAX: usize = 28;

/// A drawing by itself: what is needed first stands to the left.
pub fn stages_svg(stages: &Stages) -> String {
    let Drawing { nodes, edges } = drawing(stages);
    let mut columns = vec![0_usize; nodes.len()];
    // Arrows lead to later stages, so one pass over them in order of their ends is enough.
    let mut by_end: Vec<_> = edges.iter().collect();
    by_end.sort_by_key(|(_, to, _)| *to);
    for (from, to, _) in by_end {
        columns[*to] = columns[*to].max(columns[*from] + 1);
    }
    let mut rows: BTreeMap<usize, usize> = BTreeMap::new();
    let places: Vec<(usize, usize)> = columns
        .iter()
        .map(|column| {
            let row = rows.entry(*column).or_default();
            *row += 1;
            (20 + column * (BOX.0 + GAP.0), 20 + (*row - 1) * (BOX.1 + GAP.1))
        })
        .collect();
    let width = 20 + rows.len() * (BOX.0 + GAP.0);
    let height = 20 + rows.values().max().unwrap_or(&0) * (BOX.1 + GAP.1);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"13\">\n<defs><marker id=\"end\" refX=\"8\" \
         refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\"><path d=\"M0 0L8 4L0 \
         8z\"/></marker></defs>\n"
    );
    for (from, to, label) in &edges {
        let ((x1, y1), (x2, y2)) = (places[*from], places[*to]);
        let (x1, y1, y2) = (x1 + BOX.0, y1 + BOX.1 / 2, y2 + BOX.1 / 2);
        let _infallible = writeln!(
            out,
            "<path d=\"M{x1} {y1}L{x2} {y2}\" stroke=\"#555\" marker-end=\"url(#end)\"/><text \
             x=\"{}\" y=\"{}\" text-anchor=\"middle\" fill=\"#555\" font-size=\"11\">{}</text>",
            usize::midpoint(x1, x2),
            usize::midpoint(y1, y2) - 4,
            escaped(label)
        );
    }
    for ((label, reached), (x, y)) in nodes.iter().zip(&places) {
        let (width, height) = BOX;
        let dashes = if *reached { "" } else { " stroke-dasharray=\"4\"" };
        let cut: String = label.chars().take(LETTERS_MAX).collect();
        let dots = if cut.len() < label.len() { ".." } else { "" };
        let (label, cut) = (escaped(label), escaped(&cut));
        let _infallible = writeln!(
            out,
            "<g><title>{label}</title><rect x=\"{x}\" y=\"{y}\" width=\"{width}\" \
             height=\"{height}\" rx=\"5\" fill=\"#fff\" stroke=\"#222\"{dashes}/><text x=\"{}\" \
             y=\"{}\" text-anchor=\"middle\">{cut}{dots}</text></g>",
            x + width / 2,
            y + height / 2 + 5
        );
    }
    out.push_str("</svg>\n");
    out
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
