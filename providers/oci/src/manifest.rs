//! Manifests and indexes: what an image refers to.

use std::collections::BTreeMap;

use lifeboat_contract::Digest;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::LayoutError;

/// No registry takes a larger manifest (OCI distribution specification, "Pushing manifests").
pub const MANIFEST_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// The media types of manifests and indexes.
pub mod media_type {
    /// An image manifest.
    pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
    /// An index of manifests.
    pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
    /// Docker's image manifest.
    pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
    /// Docker's index of manifests.
    pub const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
    /// All of them.
    pub const ALL: [&str; 4] = [MANIFEST, INDEX, DOCKER_MANIFEST, DOCKER_LIST];
}

/// A pointer to content, as manifests and indexes have them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Descriptor {
    /// The kind of content.
    #[serde(rename = "mediaType", default)]
    pub media_type: String,
    /// The digest as it was read, not to be trusted: use [`Descriptor::digest`].
    #[serde(rename = "digest")]
    pub raw_digest: String,
    /// The content's size.
    pub size: u64,
    /// Notes on this use of the content.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub annotations: BTreeMap<String, String>,
    /// What else was there; kept when written back.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Descriptor {
    /// A pointer to content.
    pub fn new(media_type: &str, digest: &Digest, size: u64) -> Self {
        Self {
            media_type: media_type.to_owned(),
            raw_digest: digest.to_string(),
            size,
            annotations: BTreeMap::new(),
            rest: Map::new(),
        }
    }

    /// The digest, safe to be used as a file name.
    ///
    /// # Errors
    /// [`LayoutError::UnsafeDigest`] when it is none that is read.
    pub fn digest(&self) -> Result<Digest, LayoutError> {
        self.raw_digest.parse().map_err(LayoutError::UnsafeDigest)
    }

    /// Whether this points to a manifest or index.
    pub fn is_manifest(&self) -> bool {
        media_type::ALL.contains(&self.media_type.as_str())
    }

    /// Whether the content may lawfully be absent: layers that are fetched from elsewhere.
    pub(crate) fn may_be_absent(&self) -> bool {
        self.media_type.contains("nondistributable") || self.media_type.contains(".foreign.")
    }
}

/// A manifest or index, as far as a copy needs it.
#[derive(Debug, Deserialize)]
struct Document {
    #[serde(rename = "mediaType")]
    media_type: Option<String>,
    manifests: Option<Vec<Descriptor>>,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
}

/// A manifest that was read: its type, and what it refers to.
pub(crate) struct Manifest {
    pub(crate) media_type: String,
    pub(crate) refers_to: Vec<Descriptor>,
}

/// Reads a manifest or index.
///
/// `expected` is the type by which it was referred to; without one (a bare digest) the document's
/// own, or what its shape says, is taken.
pub(crate) fn read(
    digest: &Digest,
    bytes: &[u8],
    expected: Option<&str>,
) -> Result<Manifest, LayoutError> {
    let document: Document = serde_json::from_slice(bytes)
        .map_err(|source| LayoutError::json(format!("the manifest {digest}"), source))?;
    // One document that two readers understand differently is how images are smuggled
    // (GHSA-mc8v-mgrf-8f4m).
    if document.manifests.is_some() && (document.layers.is_some() || document.config.is_some()) {
        return Err(LayoutError::Confused { digest: digest.clone() });
    }
    let shape = if document.manifests.is_some() { media_type::INDEX } else { media_type::MANIFEST };
    let media_type = document.media_type.as_deref().or(expected).unwrap_or(shape).to_owned();
    if !media_type::ALL.contains(&media_type.as_str()) {
        return Err(LayoutError::UnknownMediaType { digest: digest.clone(), media_type });
    }
    let mut refers_to = document.manifests.unwrap_or_default();
    refers_to.extend(document.config);
    refers_to.extend(document.layers.unwrap_or_default());
    Ok(Manifest { media_type, refers_to })
}
