//! OCI image layouts: a folder of content by digest, and an index of what is in it.
//!
//! Input: a folder. Output: its images, and copies of images from other layouts. Never shows an
//! image before all of it is there: content first, then the manifest, then the index.

mod blob;
mod import;
mod index;
mod sweep;
mod walk;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use lifeboat_contract::Digest;
use serde::{Deserialize, Serialize};

use crate::durable;
use crate::error::{LayoutError, io_error};

pub use blob::Draft;
pub use import::Imported;
pub use index::{Entry, Index, TAG_ANNOTATION};
pub use walk::Contents;
#[cfg(feature = "registry")]
pub(crate) use walk::{DEPTH_MAX, PARTS_MAX};

const MARKER: &str = "oci-layout";
const INDEX: &str = "index.json";

/// An image layout on disk.
///
/// Several processes may add content at once. Whoever changes the index or sweeps has to keep
/// others out.
#[derive(Clone, Debug)]
pub struct Layout {
    folder: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Marker {
    #[serde(rename = "imageLayoutVersion")]
    version: String,
}

impl Layout {
    /// Opens the layout in `folder`.
    ///
    /// # Errors
    /// When there is none, or none of version 1.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, LayoutError> {
        let folder = folder.into();
        let path = folder.join(MARKER);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if is_absent(&error) => {
                return Err(LayoutError::NotALayout { folder, missing: MARKER });
            }
            Err(error) => return Err(io_error("read", path)(error)),
        };
        let marker: Marker = serde_json::from_slice(&bytes)
            .map_err(|source| LayoutError::json(shown(&path), source))?;
        if !marker.version.starts_with("1.") {
            return Err(LayoutError::Version { folder, version: marker.version });
        }
        Ok(Self { folder })
    }

    /// Opens the layout in `folder`, or makes an empty one. The caller keeps other makers out.
    ///
    /// # Errors
    /// When the disk refuses, or what is there is no layout of version 1.
    pub fn create(folder: impl Into<PathBuf>) -> Result<Self, LayoutError> {
        let folder = folder.into();
        let blobs = folder.join("blobs/sha256");
        fs::create_dir_all(&blobs).map_err(io_error("make", &blobs))?;
        let index = folder.join(INDEX);
        if !index.exists() {
            let empty = b"{\"schemaVersion\":2,\"manifests\":[]}";
            durable::write(&index, empty).map_err(io_error("write", &index))?;
        }
        let marker = folder.join(MARKER);
        if !marker.exists() {
            let version = b"{\"imageLayoutVersion\":\"1.0.0\"}";
            durable::write(&marker, version).map_err(io_error("write", &marker))?;
        }
        Self::open(folder)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Which image a tag means, or the only one without a tag.
    ///
    /// # Errors
    /// When the tag does not exist, or there is not exactly one image.
    pub fn resolve(&self, tag: Option<&str>) -> Result<Digest, LayoutError> {
        let index = self.index()?;
        let tags = || index.entries.iter().filter_map(Entry::tag).map(str::to_owned).collect();
        if let Some(tag) = tag {
            let found = index.entries.iter().find(|entry| entry.tag() == Some(tag));
            return match found {
                Some(entry) => entry.descriptor.digest(),
                None => Err(LayoutError::NoSuchTag {
                    folder: self.folder.clone(),
                    tag: tag.to_owned(),
                    tags: tags(),
                }),
            };
        }
        let mut digests: Vec<&str> =
            index.entries.iter().map(|entry| entry.descriptor.raw_digest.as_str()).collect();
        digests.sort_unstable();
        digests.dedup();
        match (&digests[..], index.entries.first()) {
            ([_], Some(entry)) => entry.descriptor.digest(),
            _ => Err(LayoutError::Ambiguous {
                folder: self.folder.clone(),
                count: digests.len(),
                tags: tags(),
            }),
        }
    }
}

/// Whether nothing is there, be it that a folder on the way is a file.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn shown(path: &Path) -> String {
    format!("`{}`", path.display())
}
