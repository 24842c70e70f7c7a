//! What can go wrong in the world.

use crate::{Key, Object};

/// Text that is not what it has to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not a {what}: {why}")]
pub struct Invalid {
    /// What it has to be.
    pub what: &'static str,
    /// The text.
    pub value: String,
    /// Why it is not.
    pub why: String,
}

/// Why a provider did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// Something else is there than was expected. Nothing was written.
    #[error("{key} is not as the plan expects")]
    Stale {
        /// Where.
        key: Key,
        /// What the write expected.
        expected: Option<Box<Object>>,
        /// What is there.
        found: Option<Box<Object>>,
    },
    /// Too many calls. Nothing was written.
    #[error("`{provider}` asks for fewer calls")]
    Throttled {
        /// The provider.
        provider: String,
    },
    /// No answer came; the call may have been carried out.
    #[error("no answer from {endpoint}")]
    NoAnswer {
        /// The endpoint, as people know it.
        endpoint: String,
        /// What happened on the way.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// The credentials do not allow the call. Nothing was written.
    #[error("{action} on {resource} is not allowed")]
    Denied {
        /// The action, in the provider's words.
        action: String,
        /// On what.
        resource: String,
    },
    /// The provider holds nothing like this. Nothing was written.
    #[error("{what} is not something `{provider}` can hold: {why}")]
    Unsupported {
        /// The provider.
        provider: String,
        /// What was asked.
        what: String,
        /// Why not.
        why: String,
    },
    /// Another writer holds the stack. Nothing was written.
    #[error("another apply of this stack is under way")]
    Busy,
    /// The provider refuses for a reason of its own. Nothing was written.
    #[error("{what} was refused: {why}")]
    Refused {
        /// What was asked.
        what: String,
        /// The reason, in the provider's words.
        why: String,
    },
    /// The provider's own storage or content is broken.
    #[error("{what}")]
    Broken {
        /// What cannot be done.
        what: String,
        /// Why.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
}

/// Whether it makes sense to send a call again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// The same call fails again.
    Never,
    /// The call was not carried out.
    Again,
    /// The call may have been carried out: say so when repeating it.
    AgainRepeated,
}

impl ProviderError {
    /// Whether it makes sense to send the call again.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Throttled { .. } => Retry::Again,
            Self::NoAnswer { .. } => Retry::AgainRepeated,
            Self::Stale { .. }
            | Self::Denied { .. }
            | Self::Unsupported { .. }
            | Self::Busy
            | Self::Refused { .. }
            | Self::Broken { .. } => Retry::Never,
        }
    }
}
