//! What the rules say.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a rule says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lint {
    /// The rule: `L33`.
    pub rule: String,
    /// How much it weighs here.
    pub severity: LintSeverity,
    /// What it is about.
    pub category: LintCategory,
    /// The block it is about.
    pub address: String,
    /// File, line and column, where the block stands.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<Place>,
    /// What is wrong here.
    pub message: String,
    /// Why that matters.
    pub why: String,
    /// What to do.
    pub fix: String,
    /// Where that is known from.
    pub source: String,
    /// Why it weighs less here than elsewhere, from the `policy` block.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub excepted: Option<String>,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// The file's name.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1.
    pub column: u32,
}

/// How much a finding weighs.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum LintSeverity {
    /// Users would be hurt.
    Error,
    /// Users may be hurt.
    Warning,
    /// Good to know.
    Info,
}

/// What a rule is about, in the words of AWS Resilience Hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LintCategory {
    /// A single point of failure.
    SinglePoint,
    /// What is meant to be apart shares a fate.
    SharedFate,
    /// Load that what is left cannot carry.
    Load,
    /// Too slow.
    Latency,
    /// A mistake.
    Mistake,
}
