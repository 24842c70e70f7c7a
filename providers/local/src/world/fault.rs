//! What can happen to a call.

use lifeboat_contract::{Key, ProviderError};

use super::{Random, no_answer};
use crate::info::NAME;

/// How often things go wrong, in cases of a thousand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Too many calls: nothing was done.
    pub throttled: u32,
    /// No answer: nothing was done.
    pub unanswered: u32,
    /// No answer: it was done all the same.
    pub lost: u32,
}

impl Faults {
    pub(super) fn draw(&self, random: &mut Random) -> Outcome {
        let drawn = random.below(1000);
        let [throttled, unanswered, lost] =
            [self.throttled, self.unanswered, self.lost].map(u64::from);
        if drawn < throttled {
            Outcome::Throttled
        } else if drawn < throttled + unanswered {
            Outcome::Unanswered
        } else if drawn < throttled + unanswered + lost {
            Outcome::Lost
        } else {
            Outcome::Answered
        }
    }
}

/// A call and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The call.
    pub call: Call,
    /// How it ended.
    pub outcome: Outcome,
}

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// To read.
    Observe,
    /// To write.
    Commit {
        /// Where.
        keys: Vec<Key>,
        /// Whether the batch said that it may have been carried out before.
        repeated: bool,
    },
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done and answered.
    Answered,
    /// It was answered with a refusal; nothing was done.
    Refused,
    /// It was turned away; nothing was done.
    Throttled,
    /// It was not answered; nothing was done.
    Unanswered,
    /// It was not answered; it was done if it was lawful.
    Lost,
    /// The caller was killed before; nothing was done.
    Crashed,
}

impl Outcome {
    pub(super) fn failure(self) -> Result<(), ProviderError> {
        match self {
            Self::Answered | Self::Refused => Ok(()),
            Self::Throttled => Err(ProviderError::Throttled { provider: NAME.to_owned() }),
            Self::Unanswered | Self::Lost | Self::Crashed => Err(no_answer()),
        }
    }
}
