//! What can be wrong with a layout.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use lifeboat_contract::{Digest, Invalid};

/// Why a layout cannot be read or written.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LayoutError {
    /// There is no image layout.
    #[error("`{}` is not an OCI image layout: it has no `{missing}`", .folder.display())]
    NotALayout {
        /// The folder.
        folder: PathBuf,
        /// The file that makes it one.
        missing: &'static str,
    },
    /// The layout is of a version that is not known.
    #[error("`{}` is an OCI image layout of version `{version}`, only 1.x is known", .folder.display())]
    Version {
        /// The folder.
        folder: PathBuf,
        /// The version.
        version: String,
    },
    /// No image has this tag.
    #[error("`{}` has no image tagged `{tag}`; it has {}", .folder.display(), listed(.tags))]
    NoSuchTag {
        /// The folder.
        folder: PathBuf,
        /// The tag.
        tag: String,
        /// The tags that exist.
        tags: Vec<String>,
    },
    /// No tag was given and there is not exactly one image.
    #[error("`{}` has {count} images, so a tag has to be named; it has {}", .folder.display(), listed(.tags))]
    Ambiguous {
        /// The folder.
        folder: PathBuf,
        /// How many images there are.
        count: usize,
        /// The tags that exist.
        tags: Vec<String>,
    },
    /// Content that is referred to is not there.
    #[error("`{}` lacks {digest}", .folder.display())]
    MissingBlob {
        /// The folder.
        folder: PathBuf,
        /// The content.
        digest: Digest,
    },
    /// Content is not what its digest says.
    #[error("content that should be {expected} is {found}")]
    DigestMismatch {
        /// What it should be.
        expected: Digest,
        /// What it is.
        found: Digest,
    },
    /// Content has another size than its descriptor says.
    #[error("{digest} should have {expected} bytes and has {found}")]
    SizeMismatch {
        /// The content.
        digest: Digest,
        /// What it should have.
        expected: u64,
        /// What it has.
        found: u64,
    },
    /// A manifest is larger than any registry takes.
    #[error("the manifest {digest} has {size} bytes, at most {max} are read")]
    TooLarge {
        /// The manifest.
        digest: Digest,
        /// Its size.
        size: u64,
        /// The limit.
        max: u64,
    },
    /// A file is not the JSON it should be.
    #[error("{what} is not valid JSON of its kind")]
    Json {
        /// The file or manifest.
        what: String,
        /// Why.
        #[source]
        source: Arc<serde_json::Error>,
    },
    /// A manifest contradicts itself.
    #[error("the manifest {digest} is both an index and an image")]
    Confused {
        /// The manifest.
        digest: Digest,
    },
    /// A digest that cannot be trusted as a file name, or of an algorithm that is not read.
    #[error("a descriptor has an unusable digest")]
    UnsafeDigest(#[source] Invalid),
    /// A manifest of a kind that is not known.
    #[error("{digest} has the media type `{media_type}`, which is no known kind of image")]
    UnknownMediaType {
        /// The manifest.
        digest: Digest,
        /// Its type.
        media_type: String,
    },
    /// Indexes within indexes, or too many parts.
    #[error("the image {digest} is nested or divided beyond any sense")]
    TooDeep {
        /// The image.
        digest: Digest,
    },
    /// The disk refused.
    #[error("cannot {action} `{}`", .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why.
        #[source]
        source: Arc<io::Error>,
    },
}

impl LayoutError {
    pub(crate) fn json(what: String, source: serde_json::Error) -> Self {
        Self::Json { what, source: Arc::new(source) }
    }
}

fn listed(tags: &[String]) -> String {
    /// Enough to recognise a typo, few enough for one line.
    const SHOWN_MAX: usize = 10;
    if tags.is_empty() {
        return "no tags".to_owned();
    }
    let shown: Vec<String> = tags.iter().take(SHOWN_MAX).map(|tag| format!("`{tag}`")).collect();
    let more = if tags.len() > SHOWN_MAX { ", ..." } else { "" };
    format!("{}{more}", shown.join(", "))
}

/// Turns an answer of the disk into ours.
pub(crate) fn io_error(
    action: &'static str,
    path: impl Into<PathBuf>,
) -> impl FnOnce(io::Error) -> LayoutError {
    let path = path.into();
    move |source| LayoutError::Io { action, path, source: Arc::new(source) }
}
