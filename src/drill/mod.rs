//! What users would see if something were lost.
//!
//! Input: [`Intents`](crate::intent::Intents), [`Desired`](crate::desired::Desired), what is live,
//! losses. Output: [`Drill`]. Pure: it asks no cloud and no clock, and never receives a provider.

mod ask;
mod assumption;
mod case;
mod component;
mod fact;
mod group;
mod judge;
mod lint;
mod loss;
mod objective;
mod part;
mod place;
mod run;
mod sample;
mod search;
mod timing;
mod verdict;
mod view;
mod words;
mod world;

pub use self::ask::{Ask, Together};
pub use self::lint::{Findings, Rule, UNDECIDED, Undecided, lints, rules, unknown_rules};
pub use self::run::drill;
pub use self::sample::Sample;
pub use self::timing::{Asking, Curve, Flip, Habits, Journey, Served, Turn};
pub use self::verdict::{
    Answered, Assumption, BreakingSet, Compared, Component, ComponentKind, Drill, Event, EventKind,
    FORMAT_VERSION, Importance, Lint, LintCategory, LintSeverity, Loss, ObjectiveVerdict, Place,
    Recovery, Sampled, Search, Span, Verdict,
};
