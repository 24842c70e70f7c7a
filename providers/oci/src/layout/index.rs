//! The index of a layout: which images it has, and their tags.

use std::fs;

use lifeboat_contract::Digest;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{INDEX, Layout, is_absent, shown};
use crate::error::{LayoutError, io_error};
use crate::manifest::Descriptor;
use crate::{MANIFEST_BYTES_MAX, durable, media_type};

/// Where a layout notes an image's tag.
pub const TAG_ANNOTATION: &str = "org.opencontainers.image.ref.name";

/// Ten thousands of tags fit; more is no index.
const INDEX_BYTES_MAX: u64 = 16 * MANIFEST_BYTES_MAX;

/// What a layout has, the oldest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Index {
    #[serde(rename = "schemaVersion")]
    schema_version: u32,
    /// One for each tag, and one for each image without.
    #[serde(rename = "manifests")]
    pub entries: Vec<Entry>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// An image in a layout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Entry {
    /// Where its manifest or index is.
    pub descriptor: Descriptor,
}

impl Entry {
    /// The digest; absent for an algorithm that is not read, whose images are left alone.
    pub fn digest(&self) -> Option<Digest> {
        self.descriptor.digest().ok()
    }

    /// The tag.
    pub fn tag(&self) -> Option<&str> {
        self.descriptor.annotations.get(TAG_ANNOTATION).map(String::as_str)
    }
}

impl Layout {
    /// What the layout has.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn index(&self) -> Result<Index, LayoutError> {
        let path = self.folder.join(INDEX);
        let size = match fs::metadata(&path) {
            Ok(metadata) => metadata.len(),
            Err(error) if is_absent(&error) => {
                return Err(LayoutError::NotALayout {
                    folder: self.folder.clone(),
                    missing: INDEX,
                });
            }
            Err(error) => return Err(io_error("read", path)(error)),
        };
        if size > INDEX_BYTES_MAX {
            let source = std::io::Error::other(format!("it has {size} bytes, which is no index"));
            return Err(io_error("read", path)(source));
        }
        let bytes = fs::read(&path).map_err(io_error("read", &path))?;
        serde_json::from_slice(&bytes).map_err(|source| LayoutError::json(shown(&path), source))
    }

    /// Replaces the index, whole or not at all.
    ///
    /// # Errors
    /// When the disk refuses; then the old index stays.
    pub fn write_index(&self, index: &Index) -> Result<(), LayoutError> {
        let path = self.folder.join(INDEX);
        let bytes = serde_json::to_vec_pretty(index)
            .map_err(|source| LayoutError::json(shown(&path), source))?;
        durable::write(&path, &bytes).map_err(io_error("write", &path))
    }

    /// Gives an image that is already here a tag, taking the tag from any other.
    ///
    /// # Errors
    /// When the image is not here, or the index cannot be written.
    pub fn tag(&self, digest: &Digest, tag: &str) -> Result<(), LayoutError> {
        let descriptor = self.descriptor(digest)?;
        let mut index = self.index()?;
        index.entries.retain(|entry| {
            let same_image = entry.descriptor.raw_digest == digest.as_str();
            entry.tag() != Some(tag) && !(same_image && entry.tag().is_none())
        });
        index.entries.push(Entry::tagged(descriptor, tag));
        self.write_index(&index)
    }
}

impl Entry {
    /// An image with a tag; without one when the tag is empty.
    pub fn tagged(mut descriptor: Descriptor, tag: &str) -> Self {
        if tag.is_empty() {
            descriptor.annotations.remove(TAG_ANNOTATION);
        } else {
            descriptor.annotations.insert(TAG_ANNOTATION.to_owned(), tag.to_owned());
        }
        Self { descriptor }
    }
}

impl Default for Index {
    fn default() -> Self {
        let mut rest = Map::new();
        rest.insert("mediaType".to_owned(), Value::from(media_type::INDEX));
        Self { schema_version: 2, entries: Vec::new(), rest }
    }
}
