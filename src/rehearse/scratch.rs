//! The folder of a rehearsal's cloud, which never outlives it for long: what a crash leaves is
//! removed by the next one.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Another rehearsal that begins holds the folder for milliseconds.
const TRIES_MAX: u32 = 500;
const PAUSE: Duration = Duration::from_millis(10);

/// Nobody rehearses one configuration so often at once.
const TOGETHER_MAX: u32 = 64;

/// A folder of one's own. Dropping it removes it.
#[derive(Debug)]
pub struct Scratch {
    folder: PathBuf,
    lock: PathBuf,
    /// Held as long as the folder is used; the end of the process lets go.
    held: Option<File>,
}

/// Why there is no folder.
#[derive(Debug, thiserror::Error)]
pub enum ScratchError {
    #[error("cannot use `{}`", .path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("`{}` is held by another process for too long", .path.display())]
    Held { path: PathBuf },
    #[error("there are {TOGETHER_MAX} rehearsals in `{}` already", .path.display())]
    Full { path: PathBuf },
}

impl Scratch {
    /// Makes a folder within `home`, after removing those of rehearsals that did not end. Returns
    /// how many that were, too.
    ///
    /// # Errors
    /// When `home` cannot be written.
    pub async fn make(home: &Path) -> Result<(Self, u32), ScratchError> {
        fs::create_dir_all(home).map_err(|source| failed(home, source))?;
        let gate = home.join("gate.lock");
        let _passing = pass(&gate).await?;
        let swept = sweep(home)?;
        for number in 1..=TOGETHER_MAX {
            let (folder, lock) = (home.join(number.to_string()), lock_of(home, number));
            let Some(held) = try_lock(&lock)? else { continue };
            fs::create_dir(&folder).map_err(|source| failed(&folder, source))?;
            return Ok((Self { folder, lock, held: Some(held) }, swept));
        }
        Err(ScratchError::Full { path: home.to_owned() })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Removes it, also where somebody who was stopped is still writing there for a moment.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub async fn remove(self) -> Result<(), ScratchError> {
        for _ in 0..TRIES_MAX {
            if fs::remove_dir_all(&self.folder).is_ok() {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
        let removed = fs::remove_dir_all(&self.folder);
        removed.map_err(|source| failed(&self.folder, source))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next rehearsal: nobody holds its lock then.
        let _left = fs::remove_dir_all(&self.folder);
        drop(self.held.take());
        if !self.folder.exists() {
            let _left = fs::remove_file(&self.lock);
        }
    }
}

/// Removes what nobody holds.
fn sweep(home: &Path) -> Result<u32, ScratchError> {
    let mut swept = 0;
    for number in 1..=TOGETHER_MAX {
        let (folder, lock) = (home.join(number.to_string()), lock_of(home, number));
        if !folder.exists() && !lock.exists() {
            continue;
        }
        if try_lock(&lock)?.is_none() {
            continue;
        }
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(|source| failed(&folder, source))?;
            swept += 1;
        }
        fs::remove_file(&lock).map_err(|source| failed(&lock, source))?;
    }
    Ok(swept)
}

fn lock_of(home: &Path, number: u32) -> PathBuf {
    home.join(format!("{number}.lock"))
}

async fn pass(gate: &Path) -> Result<File, ScratchError> {
    for _ in 0..TRIES_MAX {
        if let Some(held) = try_lock(gate)? {
            return Ok(held);
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(ScratchError::Held { path: gate.to_owned() })
}

fn try_lock(path: &Path) -> Result<Option<File>, ScratchError> {
    let file = OpenOptions::new().create(true).append(true).open(path);
    let file = file.map_err(|source| failed(path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(failed(path, source)),
    }
}

fn failed(path: &Path, source: io::Error) -> ScratchError {
    ScratchError::Io { path: path.to_owned(), source }
}
