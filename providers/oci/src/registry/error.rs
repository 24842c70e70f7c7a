//! What can go wrong with a registry.

use std::path::PathBuf;
use std::sync::Arc;

use lifeboat_contract::{Invalid, RepositoryName};

use crate::{Host, LayoutError};

/// Why a registry did not give or take an image.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RegistryError {
    /// No TLS can be done on this machine.
    #[error("cannot speak TLS on this machine")]
    Tls(#[source] Arc<reqwest::Error>),
    /// No answer came.
    #[error("no answer from the registry {host}")]
    NoAnswer {
        /// The registry.
        host: Host,
        /// Why.
        #[source]
        source: Arc<reqwest::Error>,
    },
    /// A registry went on taking or answering nothing.
    #[error("the registry {host} took too long with {what}")]
    Stalled {
        /// The registry.
        host: Host,
        /// What it was to take.
        what: String,
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
    /// The registry has no such repository, and makes none when something is put there.
    #[error("the registry {host} has no repository `{repository}`")]
    NoRepository {
        /// The registry.
        host: Host,
        /// The repository.
        repository: RepositoryName,
    },
    /// The tag is another image's and the repository lets no tag move.
    #[error(
        "the tag `{tag}` of {host}/{repository} belongs to another image, and tags cannot be \
         moved there"
    )]
    TagTaken {
        /// The registry.
        host: Host,
        /// The repository.
        repository: RepositoryName,
        /// The tag.
        tag: String,
    },
    /// The registry deletes nothing.
    #[error(
        "the registry {host} deletes nothing: allow it in the registry's settings (for the \
         `registry` of the CNCF `storage.delete.enabled`, or \
         `REGISTRY_STORAGE_DELETE_ENABLED=true`){said}"
    )]
    NoDeletion {
        /// The registry.
        host: Host,
        /// What the registry says about it, in brackets.
        said: String,
    },
    /// A tag that no registry takes.
    #[error("no image can be named like this")]
    Name(#[source] Invalid),
    /// The login, or its absence, does not allow this.
    #[error(
        "the registry {host} does not allow {what} to be {wish}; {}{said}",
        login_advice(*.logged_in)
    )]
    Denied {
        /// The registry.
        host: Host,
        /// What was asked.
        what: String,
        /// Whether it was to be read or written.
        wish: &'static str,
        /// Whether a login was used.
        logged_in: bool,
        /// What the registry says about it, in brackets.
        said: String,
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
    #[error("an image from the registry {host} cannot be copied")]
    Layout {
        /// The registry.
        host: Host,
        /// Why.
        #[source]
        source: LayoutError,
    },
    /// What is in a layout is not what it should be, or the disk refused.
    #[error("an image from the layout `{}` cannot be copied", .folder.display())]
    Source {
        /// The layout.
        folder: PathBuf,
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
