//! Locks between processes. The end of a process lets go of all it holds.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::time::Duration;

use lifeboat_contract::ProviderError;

use super::trouble::Trouble;

/// Writes take milliseconds, so whoever holds a lock longer than all of these tries has stopped.
const TRIES_MAX: u32 = 2_000;
const PAUSE: Duration = Duration::from_millis(10);

/// Whether others may read meanwhile.
#[derive(Clone, Copy, Debug)]
pub(super) enum Access {
    Shared,
    Exclusive,
}

/// A lock; dropping it lets go.
#[derive(Debug)]
pub(crate) struct Held {
    /// Absent where the folder cannot be written at all, so that nobody can be kept out.
    file: Option<File>,
}

impl Held {
    /// Lets go of this lock and takes it shared.
    pub(super) fn shared(self, path: &Path) -> Result<Self, ProviderError> {
        drop(self.file);
        acquire(path, Access::Shared)
    }
}

/// Takes a lock, waiting for others to let go, but not for ever.
pub(super) fn acquire(path: &Path, access: Access) -> Result<Held, ProviderError> {
    let Some(file) = open(path, access)? else { return Ok(Held { file: None }) };
    for _ in 0..TRIES_MAX {
        let locked = match access {
            Access::Shared => file.try_lock_shared(),
            Access::Exclusive => file.try_lock(),
        };
        match locked {
            Ok(()) => return Ok(Held { file: Some(file) }),
            Err(TryLockError::WouldBlock) => pause(),
            Err(TryLockError::Error(error)) => return Err(Trouble::io("lock", path, error).into()),
        }
    }
    let endpoint = format!("whoever holds `{}`", path.display());
    Err(ProviderError::NoAnswer { endpoint, source: None })
}

/// Takes a lock if nobody holds it.
pub(super) fn try_exclusive(path: &Path) -> Result<Option<Held>, ProviderError> {
    let file = open(path, Access::Exclusive)?;
    match file.as_ref().map(File::try_lock) {
        Some(Ok(())) | None => Ok(Some(Held { file })),
        Some(Err(TryLockError::WouldBlock)) => Ok(None),
        Some(Err(TryLockError::Error(error))) => Err(Trouble::io("lock", path, error).into()),
    }
}

fn open(path: &Path, access: Access) -> Result<Option<File>, Trouble> {
    let opened = OpenOptions::new().create(true).append(true).open(path);
    match (opened, access) {
        (Ok(file), _) => Ok(Some(file)),
        // A cloud on a read-only disk can still be read: nobody writes there.
        (Err(error), Access::Shared) if is_read_only(&error) => Ok(None),
        (Err(error), _) => Err(Trouble::io("open", path, error)),
    }
}

fn is_read_only(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied)
}

#[expect(
    clippy::disallowed_methods,
    reason = "another process holds the lock; a virtual clock would not make it let go"
)]
fn pause() {
    std::thread::sleep(PAUSE);
}
