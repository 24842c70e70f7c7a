//! What can be told while an apply runs.

use std::time::Duration;

use crate::plan::Step;

/// How often a step that takes long is heard of.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(10);

/// Something that happened.
#[derive(Clone, Copy, Debug)]
pub enum Event<'e> {
    Started {
        step: &'e Step,
    },
    /// Still under way.
    Waiting {
        step: &'e Step,
        for_: Duration,
    },
    Done {
        step: &'e Step,
        after: Duration,
        bytes: u64,
    },
    Failed {
        step: &'e Step,
        why: &'e str,
    },
}

/// Hears of events, in order.
pub type Events<'e> = dyn Fn(Event<'_>) + Send + Sync + 'e;
