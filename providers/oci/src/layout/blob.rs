//! Content by digest: read whole when small, streamed in when large, verified always.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::PathBuf;

use lifeboat_contract::Digest;
use sha2::{Digest as _, Sha256};

use super::{Layout, is_absent};
use crate::error::{LayoutError, io_error};
use crate::manifest::{self, Descriptor, Manifest};
use crate::{MANIFEST_BYTES_MAX, durable};

/// What is read at once: large enough that the system calls vanish, small enough to stay in cache.
const CHUNK_BYTES: usize = 128 * 1024;

impl Layout {
    fn blobs(&self) -> PathBuf {
        self.folder.join("blobs/sha256")
    }

    /// The file that holds some content.
    pub(crate) fn blob_path(&self, digest: &Digest) -> PathBuf {
        self.blobs().join(digest.hex())
    }

    /// The size of some content; absent when it is not here.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn blob_size(&self, digest: &Digest) -> Result<Option<u64>, LayoutError> {
        let path = self.blob_path(digest);
        match fs::metadata(&path) {
            Ok(metadata) => Ok(Some(metadata.len())),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(io_error("read", path)(error)),
        }
    }

    /// Opens some content, which the caller verifies.
    ///
    /// # Errors
    /// When it is missing, or the disk refuses.
    pub fn open_blob(&self, digest: &Digest) -> Result<File, LayoutError> {
        let path = self.blob_path(digest);
        File::open(&path).map_err(|error| {
            if is_absent(&error) {
                LayoutError::MissingBlob { folder: self.folder.clone(), digest: digest.clone() }
            } else {
                io_error("read", path)(error)
            }
        })
    }

    /// Reads a manifest or index whole and verifies it.
    ///
    /// # Errors
    /// When it is missing, too large, or not what its digest says.
    pub fn manifest_bytes(&self, digest: &Digest) -> Result<Vec<u8>, LayoutError> {
        let mut bytes = Vec::new();
        self.open_blob(digest)?
            .take(MANIFEST_BYTES_MAX + 1)
            .read_to_end(&mut bytes)
            .map_err(io_error("read", self.blob_path(digest)))?;
        if bytes.len() as u64 > MANIFEST_BYTES_MAX {
            let size = self.blob_size(digest)?.unwrap_or_default();
            let digest = digest.clone();
            return Err(LayoutError::TooLarge { digest, size, max: MANIFEST_BYTES_MAX });
        }
        let found = Digest::of(&bytes);
        if found != *digest {
            return Err(LayoutError::DigestMismatch { expected: digest.clone(), found });
        }
        Ok(bytes)
    }

    /// A pointer to an image that is here.
    ///
    /// # Errors
    /// When it is missing or no image.
    pub fn descriptor(&self, digest: &Digest) -> Result<Descriptor, LayoutError> {
        let bytes = self.manifest_bytes(digest)?;
        let Manifest { media_type, refers_to: _ } = manifest::read(digest, &bytes, None)?;
        Ok(Descriptor::new(&media_type, digest, bytes.len() as u64))
    }

    /// Puts small content there, and returns how many bytes that moved.
    #[cfg(feature = "registry")]
    pub(crate) fn put(&self, part: &Descriptor, bytes: &[u8]) -> Result<u64, LayoutError> {
        if self.has(part)? {
            return Ok(0);
        }
        let mut draft = self.draft()?;
        draft.write(bytes)?;
        draft.finish(&part.digest()?, part.size)?;
        Ok(part.size)
    }

    /// Starts writing some content.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn draft(&self) -> Result<Draft, LayoutError> {
        let folder = self.blobs();
        let file = durable::Draft::begin(&folder).map_err(io_error("write in", &folder))?;
        Ok(Draft { layout: self.clone(), file, hasher: Sha256::new(), size: 0 })
    }

    /// Makes all content written so far durable.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn sync(&self) -> Result<(), LayoutError> {
        let folder = self.blobs();
        durable::sync_folder(&folder).map_err(io_error("sync", &folder))
    }

    /// Removes unfinished content of killed processes. The caller keeps other writers out.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn sweep_drafts(&self) -> Result<(), LayoutError> {
        for folder in [self.blobs(), self.folder.clone()] {
            durable::sweep(&folder).map_err(io_error("sweep", &folder))?;
        }
        Ok(())
    }
}

/// Content being written: measured and hashed on its way.
pub struct Draft {
    layout: Layout,
    file: durable::Draft,
    hasher: Sha256,
    size: u64,
}

impl Draft {
    /// Adds bytes.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), LayoutError> {
        self.file.write_all(bytes).map_err(io_error("write in", self.layout.blobs()))?;
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
        Ok(())
    }

    /// How many bytes were added.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds everything that `source` gives, in constant memory, but no more than one byte beyond
    /// `size_max`.
    pub(crate) fn fill(&mut self, source: impl Read, size_max: u64) -> Result<(), LayoutError> {
        let mut source = source.take(size_max.saturating_add(1));
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            match source.read(&mut chunk) {
                Ok(0) => return Ok(()),
                Ok(count) => self.write(&chunk[..count])?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    return Err(io_error("read into", self.layout.blobs())(error));
                }
            }
        }
    }

    /// Ends the content: it appears only if it is what it should be.
    ///
    /// # Errors
    /// When digest or size differ, or the disk refuses.
    pub fn finish(self, expected: &Digest, size: u64) -> Result<(), LayoutError> {
        if self.size != size {
            let digest = expected.clone();
            return Err(LayoutError::SizeMismatch { digest, expected: size, found: self.size });
        }
        let found = Digest::finished(&self.hasher.finalize());
        if found != *expected {
            return Err(LayoutError::DigestMismatch { expected: expected.clone(), found });
        }
        let path = self.layout.blob_path(expected);
        self.file.publish(&path).map_err(io_error("write", path))
    }
}
