//! What can be wrong with the folder.

use std::io;
use std::path::{Path, PathBuf};

use lifeboat_contract::ProviderError;
use lifeboat_oci::LayoutError;

/// Why the folder cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error("cannot {action} `{}`", .path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("`{}` is broken at line {line}: correct that line, or restore the file from a copy", .path.display())]
    Json {
        path: PathBuf,
        line: usize,
        #[source]
        source: serde_json::Error,
    },
    #[error("`{}` has the format {version}, this Lifeboat knows 1.x: use the Lifeboat that wrote it, or a newer one", .path.display())]
    Version { path: PathBuf, version: String },
    #[error("`{}` {why}", .path.display())]
    Content { path: PathBuf, why: String },
    #[error("the region does not answer: {why}")]
    Dark { why: String },
    #[error("an image layout of the local cloud cannot be used")]
    Layout(#[source] LayoutError),
}

impl Trouble {
    pub(super) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), source }
    }

    pub(super) fn content(path: &Path, why: impl Into<String>) -> Self {
        Self::Content { path: path.to_owned(), why: why.into() }
    }

    /// Why a region does not answer, or the trouble itself where it is not that.
    pub(super) fn darkness(self) -> Result<String, ProviderError> {
        match self {
            Self::Io { ref source, .. } => Ok(format!("{self}: {source}")),
            Self::Layout(LayoutError::Io { ref source, .. }) => Ok(format!("{self}: {source}")),
            Self::Dark { why } => Ok(why),
            Self::Json { .. } | Self::Version { .. } | Self::Content { .. } | Self::Layout(_) => {
                Err(self.into())
            }
        }
    }
}

impl From<Trouble> for ProviderError {
    fn from(trouble: Trouble) -> Self {
        let what = trouble.to_string();
        let source: Option<Box<dyn std::error::Error + Send + Sync>> = match trouble {
            Trouble::Io { source, .. } => Some(Box::new(source)),
            Trouble::Json { source, .. } => Some(Box::new(source)),
            Trouble::Layout(source) => Some(Box::new(source)),
            Trouble::Dark { .. } => return Self::NoAnswer { endpoint: what, source: None },
            Trouble::Version { .. } | Trouble::Content { .. } => None,
        };
        Self::Broken { what, source }
    }
}

impl From<LayoutError> for Trouble {
    fn from(error: LayoutError) -> Self {
        Self::Layout(error)
    }
}
