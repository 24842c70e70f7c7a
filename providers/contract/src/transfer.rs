//! How far a copy is, as it is shown to people who wait for it.

use std::sync::Arc;

/// How much of what has to be moved was moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Transfer {
    /// Bytes that the target has taken.
    pub moved: u64,
    /// All bytes that have to be moved, as far as that is known: what turns out to be there already
    /// is taken off.
    pub bytes: u64,
}

/// Told how far each of several copies is, by its place in a list. Called often and from several
/// tasks, so it must be quick.
pub type Watch = Arc<dyn Fn(usize, Transfer) + Send + Sync>;
