//! Uploads of layers, by whichever way they come.

use std::sync::Arc;

use super::image::digest_of;
use super::repository::Repository;

/// A layer on its way.
pub(crate) struct Upload {
    pub(crate) repository: String,
    pub(crate) bytes: Vec<u8>,
    /// How long each part was.
    pub(super) parts: Vec<usize>,
}

impl Upload {
    pub(crate) fn new(repository: &str) -> Self {
        Self { repository: repository.to_owned(), bytes: Vec::new(), parts: Vec::new() }
    }

    pub(crate) fn push(&mut self, part: &[u8]) {
        self.bytes.extend_from_slice(part);
        self.parts.push(part.len());
    }
}

/// Keeps the bytes if they have this digest.
pub(crate) fn keep(repository: &mut Repository, bytes: Vec<u8>, digest: &str) -> bool {
    let right = digest_of(&bytes) == digest;
    if right {
        repository.blobs.insert(digest.to_owned(), Arc::new(bytes));
    }
    right
}
