//! What a copy tells on its way, for bars and logs.

use lifeboat_contract::Digest;

use super::Repository;

/// Who wants to know how a copy goes. Called often and from several tasks, so it must be quick.
pub trait Observe: Send + Sync {
    /// Something happened.
    fn observe(&self, event: Event<'_>);
}

/// What happens on the way to a repository.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// It is known what the image is made of and may have to move; what turns out to be there
    /// already ends as [`Event::Present`].
    Planned {
        /// The target.
        to: &'a Repository,
        /// How many blobs, manifests among them.
        blobs: usize,
        /// Their bytes.
        bytes: u64,
    },
    /// A blob needs no move: it is there, or the registry has taken it from another repository.
    Present {
        /// The target.
        to: &'a Repository,
        /// The blob.
        blob: &'a Digest,
        /// Its bytes.
        bytes: u64,
    },
    /// More of a blob was handed to the registry. After a cut this may begin anew.
    Moving {
        /// The target.
        to: &'a Repository,
        /// The blob.
        blob: &'a Digest,
        /// How much of it.
        moved: u64,
        /// All of it.
        bytes: u64,
    },
    /// The registry has taken a blob or manifest.
    Moved {
        /// The target.
        to: &'a Repository,
        /// The blob.
        blob: &'a Digest,
        /// Its bytes.
        bytes: u64,
    },
}
