//! How far the copy of a step is.

use std::sync::atomic::{AtomicU64, Ordering};

use lifeboat_contract::Transfer;

/// Written by the provider, read by whoever shows it.
#[derive(Debug, Default)]
pub(super) struct Meter {
    moved: AtomicU64,
    bytes: AtomicU64,
}

impl Meter {
    pub(super) fn set(&self, Transfer { moved, bytes }: Transfer) {
        self.moved.store(moved, Ordering::Relaxed);
        self.bytes.store(bytes, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> Transfer {
        let load = |number: &AtomicU64| number.load(Ordering::Relaxed);
        Transfer { moved: load(&self.moved), bytes: load(&self.bytes) }
    }
}
