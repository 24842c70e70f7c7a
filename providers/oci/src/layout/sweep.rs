//! Removal of images and of what nothing refers to any more.

use std::collections::BTreeSet;
use std::fs;

use lifeboat_contract::Digest;

use super::Layout;
use crate::LayoutError;
use crate::error::io_error;

impl Layout {
    /// Takes an image, with all its tags, out of the index and removes what nothing else refers to.
    ///
    /// Returns how many bytes that freed. The caller keeps other writers out.
    ///
    /// # Errors
    /// When the index cannot be written, or something that stays cannot be read; then no content is
    /// removed.
    pub fn remove(&self, digest: &Digest) -> Result<u64, LayoutError> {
        let mut index = self.index()?;
        index.entries.retain(|entry| entry.descriptor.raw_digest != digest.as_str());
        self.write_index(&index)?;
        self.sweep()
    }

    /// Removes content that no image in the index refers to, and returns how many bytes that freed.
    ///
    /// # Errors
    /// When an image in the index cannot be read whole: then it is not known what belongs to it,
    /// and nothing is removed.
    pub fn sweep(&self) -> Result<u64, LayoutError> {
        self.sweep_drafts()?;
        let mut kept = BTreeSet::new();
        for entry in self.index()?.entries {
            for part in self.walk(&entry.descriptor.digest()?)?.parts {
                kept.insert(part.digest()?.hex().to_owned());
            }
        }
        let folder = self.folder.join("blobs/sha256");
        let mut freed = 0;
        for blob in fs::read_dir(&folder).map_err(io_error("read", &folder))? {
            let blob = blob.map_err(io_error("read", &folder))?;
            let name = blob.file_name().to_string_lossy().into_owned();
            // What is not named by a digest is not ours.
            if kept.contains(&name) || format!("sha256:{name}").parse::<Digest>().is_err() {
                continue;
            }
            let size = blob.metadata().map_err(io_error("read", blob.path()))?.len();
            fs::remove_file(blob.path()).map_err(io_error("remove", blob.path()))?;
            freed += size;
        }
        Ok(freed)
    }
}
