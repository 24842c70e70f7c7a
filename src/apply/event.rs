//! What can be told while an apply runs.

use std::time::Duration;

use lifeboat_contract::Transfer;

use crate::plan::Step;

/// How often a step that takes long is heard of.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(10);

/// How often it is heard how far copies are: often enough for a bar that moves.
pub(super) const PULSE: Duration = Duration::from_millis(500);

/// Something that happened.
#[derive(Clone, Copy, Debug)]
pub enum Event<'e> {
    Started {
        step: &'e Step,
    },
    /// More of an image was moved.
    Moving {
        step: &'e Step,
        for_: Duration,
        transfer: Transfer,
    },
    /// Still under way. Of a copy it is told how far it is, where that is known.
    Waiting {
        step: &'e Step,
        for_: Duration,
        transfer: Transfer,
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
