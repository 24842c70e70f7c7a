//! Files that are there whole or not at all, whatever happens to the process or the disk.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// What the names of unfinished files begin with. No name of ours or of a layout does.
const DRAFT_PREFIX: &str = ".draft-";

/// Names tried for a draft: another process with the same id (in another container, or dead long
/// ago) may have left some.
const NAMES_TRIED_MAX: u32 = 1000;

/// A file being written beside the place where it shall appear.
///
/// Dropped without [`Draft::publish`], it goes away; a process killed meanwhile leaves it for
/// [`sweep`].
pub struct Draft {
    file: File,
    path: PathBuf,
    published: bool,
}

impl Draft {
    /// Starts a file in `folder`.
    pub fn begin(folder: &Path) -> io::Result<Self> {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        for _ in 0..NAMES_TRIED_MAX {
            let count = COUNTER.fetch_add(1, Ordering::Relaxed);
            let path = folder.join(format!("{DRAFT_PREFIX}{}-{count}", std::process::id()));
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => return Ok(Self { file, path, published: false }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::new(io::ErrorKind::AlreadyExists, "every name for a draft is taken"))
    }

    /// Makes the file appear at `path`, in the same folder, in place of what was there.
    ///
    /// The content is on the disk before the name is; the name is when the folder is synced.
    pub fn publish(mut self, path: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.path, path)?;
        self.published = true;
        Ok(())
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.published {
            // A draft that cannot be removed is swept later; there is nobody to tell here.
            drop(fs::remove_file(&self.path));
        }
    }
}

/// Puts `bytes` at `path`, whole and durable, in place of what was there.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    let mut draft = Draft::begin(folder)?;
    draft.write_all(bytes)?;
    draft.publish(path)?;
    sync_folder(folder)
}

/// Makes the names in `folder` durable.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Removes a file durably; one that is not there is fine.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Ok(()) => sync_folder(folder_of(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Removes drafts that a killed process left in `folder`. The caller has to know that nobody is
/// writing there.
pub fn sweep(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(DRAFT_PREFIX) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
