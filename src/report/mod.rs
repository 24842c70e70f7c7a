//! What stages made, as people and machines read it.
//!
//! Input: artifacts of other stages. Output: text. Computes nothing, prints nothing. Text carries
//! colours; whoever prints it strips them where they do not belong.

pub mod drill;

mod alive;
mod bars;
mod chart;
mod drift;
mod graph;
mod image;
mod lint;
mod palette;
mod permission;
mod plan;
mod progress;
mod ranking;
mod reference;
mod rehearsal;
mod rule;
mod sarif;
mod stages;
mod stale;
mod summary;
mod validation;
mod values;

pub use self::alive::{Alive, AliveRegion, alive, alive_text};
pub use self::bars::ranking_svg;
pub use self::chart::stages_svg;
pub use self::drift::{DriftJson, DriftedJson, Status, drift, drift_text};
pub use self::graph::{EdgeJson, GraphJson, dot, json as graph_json, mermaid};
pub use self::image::{ImageJson, ImageStatus, ReasonJson, explanation, image_status, images};
pub use self::lint::{LayersJson, Lints, MeasuredJson, RemarkJson, lint_rules, lints, lints_text};
pub use self::permission::{Permission, Permissions, permissions};
pub use self::plan::{Detail, plan};
pub use self::progress::{
    Hook, Line, Operation, Progress, Summary, bytes, line, progress, subject,
};
pub use self::ranking::{
    PhaseJson, PlacedJson, RankingJson, RequestJson, TimeJson, ranking, ranking_text,
};
pub use self::reference::{blocks, codes, functions};
pub use self::rehearsal::rehearsal;
pub use self::rule::drill_rules;
pub use self::sarif::sarif;
pub use self::stages::{stages_dot, stages_mermaid, stages_text};
pub use self::stale::stale;
pub use self::validation::{Validation, validation};
