//! How far a copy is, as it is shown to people who wait for it.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much of what has to be moved was moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Transfer {
    /// Bytes that the target has taken.
    pub moved: u64,
    /// All bytes that have to be moved, as far as that is known: what turns out to be there already
    /// is taken off.
    pub bytes: u64,
}

/// What a copy would have to move: what its place does not have yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lack {
    /// Blobs, manifests among them.
    pub blobs: u32,
    /// Their size.
    pub bytes: u64,
}

impl Lack {
    /// Of these parts, by their sizes.
    pub fn of(sizes: impl Iterator<Item = u64>) -> Self {
        sizes.fold(Self::default(), |sum, size| Self {
            blobs: sum.blobs.saturating_add(1),
            bytes: sum.bytes.saturating_add(size),
        })
    }
}

/// Told how far each of several copies is, by its place in a list. Called often and from several
/// tasks, so it must be quick.
pub type Watch = Arc<dyn Fn(usize, Transfer) + Send + Sync>;
