//! What happens to one name when something is lost.

use lifeboat_contract::Address;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Verdict;

/// What happens to one name and one kind of clients when something is lost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Loss {
    /// What is lost.
    pub lost: Vec<String>,
    /// The objective that this is looked at for.
    pub objective: Address,
    /// Whether that is met in this case.
    pub verdict: Verdict,
    /// What happens, in a few words: `ireland answers`.
    pub summary: String,
    /// What the servers of the zone answer before.
    pub before: Vec<Answered>,
    /// What they answer in the end.
    pub after: Vec<Answered>,
    /// When the checks flip that matter; absent where none does.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detected: Option<Span>,
    /// When the servers of the zone answer otherwise.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub switched: Option<Span>,
    /// By when clients are served again.
    pub recovery: Recovery,
    /// The same by chance, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sampled: Option<Sampled>,
    /// What happens when, for a timeline.
    pub events: Vec<Event>,
    /// The share of clients that is served, over time: pairs of seconds and shares, rising.
    pub curve: Vec<(f64, f64)>,
}

/// Part of the answers to one question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Answered {
    /// The target of the failover; absent for what nobody declared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target: Option<String>,
    /// The region that serves it, where that is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub region: Option<String>,
    /// What is answered.
    pub values: Vec<String>,
    /// The share of answers, 0 to 1.
    pub share: f64,
    /// Whether something serves there.
    pub serves: bool,
}

/// Between when something happens.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Span {
    /// At the earliest.
    pub least: f64,
    /// On average.
    pub mean: f64,
    /// At the latest.
    pub most: f64,
}

/// By when which share of all clients is served again; absent for never.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Recovery {
    /// Half of them.
    pub p50: Option<f64>,
    /// 95 %.
    pub p95: Option<f64>,
    /// 99 %.
    pub p99: Option<f64>,
    /// All that ever are: nobody takes longer.
    pub bound: Option<f64>,
    /// The share that is served in the end.
    pub served: f64,
}

/// By when clients were served that were sent one by one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sampled {
    /// How many of those that were hit.
    pub clients: u64,
    /// What their chances came from.
    pub seed: u64,
    /// Half of them.
    pub p50: Option<f64>,
    /// 95 %.
    pub p95: Option<f64>,
    /// 99 %.
    pub p99: Option<f64>,
}

/// A point on the timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// When, on average.
    pub at: f64,
    /// When what leads to it begins; absent where that is the event before it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub since: Option<f64>,
    /// What happens.
    pub kind: EventKind,
    /// In a few words.
    pub text: String,
}

/// The kinds of what happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Something is lost.
    Fault,
    /// Checks flip.
    Detected,
    /// A target has its images.
    Pulled,
    /// A target has grown.
    Grown,
    /// The servers of the zone answer otherwise.
    Switched,
    /// Resolvers that keep to its time have forgotten the old answer.
    Expired,
    /// Resolvers and clients have forgotten the old answer, all but a few.
    Drained,
    /// The share of clients that the objective names is served again.
    Served,
}
