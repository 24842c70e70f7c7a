//! Blobs as their source gives them, piece by piece.

use std::path::PathBuf;

use bytes::{Bytes, BytesMut};
use lifeboat_contract::Digest;
use reqwest::{Method, Response};
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;

use super::plan::Origin;
use super::request::no_answer;
use super::{Client, RegistryError, Remote};
use crate::error::io_error;
use crate::{Host, Layout};

/// What is read from a file at once.
const CHUNK_BYTES: usize = 128 * 1024;

/// A blob that is being read.
pub(super) enum Content<'a> {
    File { file: File, path: PathBuf, layout: &'a Layout },
    Answer { response: Response, host: &'a Host },
}

impl Client {
    /// Whether a repository has a blob.
    pub(super) async fn has_blob(
        &self,
        at: &Remote<'_>,
        digest: &Digest,
    ) -> Result<bool, RegistryError> {
        match self.ask(Method::HEAD, at, "blobs", digest.as_str()).await {
            Ok(_) => Ok(true),
            Err(RegistryError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether a source has a blob.
    pub(super) async fn offers(
        &self,
        from: &Origin<'_>,
        digest: &Digest,
    ) -> Result<bool, RegistryError> {
        match from {
            Origin::Layout(layout) => {
                let size = layout.blob_size(digest).map_err(|source| from.broken(source))?;
                Ok(size.is_some())
            }
            Origin::Registry { remote, kept: _ } => self.has_blob(remote, digest).await,
        }
    }

    /// Starts to read a blob.
    pub(super) async fn content<'a>(
        &self,
        from: &Origin<'a>,
        digest: &Digest,
    ) -> Result<Content<'a>, RegistryError> {
        match from {
            Origin::Layout(layout) => {
                let file = layout.open_blob(digest).map_err(|source| from.broken(source))?;
                let path = layout.blob_path(digest);
                Ok(Content::File { file: File::from_std(file), path, layout })
            }
            Origin::Registry { remote, kept: _ } => {
                let response = self.ask(Method::GET, remote, "blobs", digest.as_str()).await?;
                Ok(Content::Answer { response, host: remote.host })
            }
        }
    }
}

impl Content<'_> {
    /// The next piece, which is never empty.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, RegistryError> {
        match self {
            Self::File { file, path, layout } => {
                let mut chunk = BytesMut::with_capacity(CHUNK_BYTES);
                let read = file.read_buf(&mut chunk).await.map_err(|error| {
                    let source = io_error("read", path.clone())(error);
                    RegistryError::Source { folder: layout.folder().to_owned(), source }
                })?;
                Ok((read > 0).then(|| chunk.freeze()))
            }
            Self::Answer { response, host } => loop {
                let chunk = response.chunk().await.map_err(|source| no_answer(host, source))?;
                if chunk.as_ref().is_none_or(|chunk| !chunk.is_empty()) {
                    return Ok(chunk);
                }
            },
        }
    }
}
