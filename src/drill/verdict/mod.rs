//! The artifact of a drill: what was lost, what users would see, and whether that is enough.
//!
//! Every report is made from this alone. Times are seconds after the loss.

mod lint;
mod loss;

use lifeboat_contract::{Address, DnsName, RecordType, Stack};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::lint::{Lint, LintCategory, LintSeverity, Place};
pub use self::loss::{Answered, Event, EventKind, Loss, Recovery, Sampled, Span};
use super::lint::Findings;

/// The version written; readers take any of the same major version.
pub const FORMAT_VERSION: &str = "1.0";

/// What a drill found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Lifeboat drill")]
pub struct Drill {
    /// The version of this form.
    pub format_version: String,
    /// The Lifeboat that made it.
    pub lifeboat_version: String,
    /// Whose configuration it is about.
    pub stack: Stack,
    /// The worst of all objectives; `unproven` where there is none.
    pub verdict: Verdict,
    /// Everything that can be lost here.
    pub components: Vec<Component>,
    /// What was looked at.
    pub search: Search,
    /// One entry an objective, sorted by address.
    pub objectives: Vec<ObjectiveVerdict>,
    /// What happens to each name when something is lost, in the order of the losses.
    pub losses: Vec<Loss>,
    /// What the rules say, sorted by severity, rule and place.
    pub lints: Vec<Lint>,
    /// How many more the policy turns off.
    #[serde(skip_serializing_if = "is_nothing", default)]
    pub lints_off: u32,
    /// What the answers rest on.
    pub assumptions: Vec<Assumption>,
    /// Whether the world as it is now was drilled too, or why not.
    pub compared: Compared,
}

impl Drill {
    /// The same with what the rules say.
    #[must_use]
    pub fn with(self, findings: Findings) -> Self {
        Self { lints: findings.lints, lints_off: findings.off, ..self }
    }

    /// The loss that the answer rests on: the worst one of the first of the worst objectives.
    pub fn worst(&self) -> Option<&Loss> {
        let worst = self.objectives.iter().rev().max_by_key(|objective| objective.verdict)?;
        let of = |loss: &&Loss| loss.objective == worst.address && loss.lost == worst.worst;
        self.losses.iter().find(of)
    }
}

/// Whether something holds.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It holds.
    Met,
    /// It cannot be told, and the reason says why.
    Unproven,
    /// It does not hold.
    Violated,
}

impl Verdict {
    /// As people read it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Met => "MET",
            Self::Unproven => "UNPROVEN",
            Self::Violated => "VIOLATED",
        }
    }
}

/// Something that can be lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Component {
    /// Its name: `ireland`, `registry:ireland`, `checkers:eu-west-1`, `control:route53`,
    /// `dependency:login`.
    pub name: String,
    /// What it is.
    pub kind: ComponentKind,
    /// What is lost with it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub takes: Vec<String>,
}

/// The kinds of what can be lost.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ComponentKind {
    /// A region, with everything in it.
    Region,
    /// The images of a region.
    Registry,
    /// The health checkers of one place.
    Checkers,
    /// What changes things, while what is there goes on.
    ControlPlane,
    /// Something that several things need.
    Dependency,
}

/// What was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Search {
    /// How many components were lost together, at most.
    pub losses_max: u32,
    /// Whether that is all of them.
    pub exhaustive: bool,
    /// How many sets of losses were computed, for each objective.
    pub outages: u64,
}

/// Whether one objective holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ObjectiveVerdict {
    /// The `objective` block.
    pub address: Address,
    /// The `failover` block.
    pub protects: Address,
    /// The name that users ask for.
    pub name: DnsName,
    /// The type that they ask for.
    #[serde(rename = "type")]
    pub rtype: RecordType,
    /// How many regions may be lost.
    pub survive: u32,
    /// Whether losses were named, and it is about those instead.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub named: bool,
    /// Within how many seconds clients have to be served again.
    pub rto: u32,
    /// Which share of them.
    pub quantile: f64,
    /// Which clients.
    pub clients: String,
    /// Whether it holds when the plan is applied.
    pub verdict: Verdict,
    /// Why it does not, or why that cannot be told.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// What has to be lost for the worst case among the losses that it is about.
    pub worst: Vec<String>,
    /// By when `quantile` of the clients are served again in that case; absent for never.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub recovery: Option<f64>,
    /// Whether it holds in the world as it is now.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before: Option<Verdict>,
    /// The smallest sets of losses that break it: no smaller part of one does. Newly breaking ones
    /// come first.
    pub breaking: Vec<BreakingSet>,
    /// How many more there are than are listed.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub breaking_left_out: u64,
    /// What is in most of those sets.
    pub importance: Vec<Importance>,
}

/// A set of losses that breaks an objective, and of which no part does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BreakingSet {
    /// What is lost.
    pub lost: Vec<String>,
    /// What happens then.
    pub why: String,
    /// Whether the world as it is now survives it.
    pub newly: bool,
    /// How many larger sets around it are survived, among those that were looked at: losing more
    /// can help.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub survived_with_more: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_nothing(count: &u32) -> bool {
    *count == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// How many sets are gone when one component cannot be lost any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Importance {
    /// Which component.
    pub component: String,
    /// How many of the breaking sets it is in.
    pub sets: u32,
}

/// Something that the answers rest on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Assumption {
    /// What is taken to be so.
    pub text: String,
    /// Where that is known from.
    pub source: String,
    /// Whether the vendor says so.
    pub documented: bool,
}

/// Whether the world as it is now was drilled too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Compared {
    /// It was.
    Live,
    /// It was not, and why.
    Not(String),
}
