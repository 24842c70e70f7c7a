//! What users would see if something were lost.
//!
//! Input: [`crate::desired::Desired`], what is live, outages. Output: [`Drill`]. Pure: it asks no cloud and no
//! clock, and never receives a provider.

mod timing;
mod verdict;

pub use self::timing::{Asking, Curve, Flip, Habits, Journey, Turn};
pub use self::verdict::{
    Answered, Assumption, BreakingSet, Compared, Component, ComponentKind, Drill, Event, EventKind,
    FORMAT_VERSION, Importance, Lint, LintCategory, LintSeverity, Loss, ObjectiveVerdict, Place,
    Recovery, Search, Span, Verdict,
};
