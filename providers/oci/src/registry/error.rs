//! What can go wrong with a registry.

use crate::{Host, LayoutError};

/// Why a registry did not give an image.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// No TLS can be done on this machine.
    #[error("cannot speak TLS on this machine")]
    Tls(#[source] reqwest::Error),
    /// No answer came.
    #[error("no answer from the registry {host}")]
    NoAnswer {
        /// The registry.
        host: Host,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// The registry asks for fewer calls.
    #[error("the registry {host} asks for fewer calls")]
    Throttled {
        /// The registry.
        host: Host,
    },
    /// The registry has nothing of this name.
    #[error("the registry {host} has no {what}")]
    NotFound {
        /// The registry.
        host: Host,
        /// What was asked.
        what: String,
    },
    /// The login, or its absence, does not allow this.
    #[error("the registry {host} does not allow {what} to be read; {}", login_advice(*.logged_in))]
    Denied {
        /// The registry.
        host: Host,
        /// What was asked.
        what: String,
        /// Whether a login was used.
        logged_in: bool,
    },
    /// The registry answers in a way that makes no sense.
    #[error("the registry {host} answered {what} with {answer}")]
    Answer {
        /// The registry.
        host: Host,
        /// What was asked.
        what: String,
        /// What it said.
        answer: String,
    },
    /// What came is not what was asked for, or the disk refused.
    #[error("an image from the registry {host} cannot be stored")]
    Layout {
        /// The registry.
        host: Host,
        /// Why.
        #[source]
        source: LayoutError,
    },
}

fn login_advice(logged_in: bool) -> &'static str {
    if logged_in {
        "the login is known, but does not suffice"
    } else {
        "there is no login for it: use `docker login` or `podman login`"
    }
}
