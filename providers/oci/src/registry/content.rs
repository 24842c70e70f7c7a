//! Blobs as their source gives them, piece by piece, from wherever a copy goes on.

use std::io::SeekFrom;
use std::path::PathBuf;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use lifeboat_contract::Digest;
use reqwest::header::{CONTENT_RANGE, RANGE};
use reqwest::{Method, Response, StatusCode};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

use super::plan::Origin;
use super::request::{is_cut, no_answer};
use super::{Client, RegistryError, Remote};
use crate::Layout;
use crate::error::io_error;

/// What is read from a file at once.
const CHUNK_BYTES: usize = 128 * 1024;
/// How often a blob is asked for again without a byte of it having come.
const CUTS_MAX: u32 = 5;
/// The first pause after a cut; each further one is twice as long.
const PAUSE_FIRST: Duration = Duration::from_millis(50);

/// A blob that is being read.
pub(super) struct Content<'a> {
    client: &'a Client,
    digest: Digest,
    size: u64,
    /// Where the next piece begins.
    at: u64,
    stream: Stream<'a>,
    /// How often it was cut since the last byte.
    cuts: u32,
}

enum Stream<'a> {
    File {
        file: File,
        path: PathBuf,
        layout: &'a Layout,
    },
    /// The first bytes are passed over where a registry gives nothing but the whole.
    Answer {
        response: Response,
        passed_over: u64,
        remote: Remote<'a>,
    },
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

    /// Starts to read a blob of `size` bytes, `at` so many of them.
    pub(super) async fn content<'a>(
        &'a self,
        from: &Origin<'a>,
        digest: &Digest,
        size: u64,
        at: u64,
    ) -> Result<Content<'a>, RegistryError> {
        let stream = match from {
            Origin::Layout(layout) => {
                let file = layout.open_blob(digest).map_err(|source| from.broken(source))?;
                let path = layout.blob_path(digest);
                let mut file = File::from_std(file);
                if at > 0 {
                    let sought = file.seek(SeekFrom::Start(at)).await;
                    sought.map_err(|error| from.broken(io_error("read", path.clone())(error)))?;
                }
                Stream::File { file, path, layout }
            }
            Origin::Registry { remote, kept: _ } => {
                let (response, passed_over) = self.blob_from(remote, digest, at).await?;
                Stream::Answer { response, passed_over, remote: *remote }
            }
        };
        Ok(Content { client: self, digest: digest.clone(), size, at, stream, cuts: 0 })
    }

    /// Asks for a blob from some byte on, and tells how many of those that come are before it.
    async fn blob_from(
        &self,
        remote: &Remote<'_>,
        digest: &Digest,
        at: u64,
    ) -> Result<(Response, u64), RegistryError> {
        if at == 0 {
            return Ok((self.ask(Method::GET, remote, "blobs", digest.as_str()).await?, 0));
        }
        let headers = [(RANGE, format!("bytes={at}-"))];
        let ask = remote.asking(Method::GET, "blobs", digest.as_str());
        let response = self.asked(&ask, &headers).await?;
        if response.status() != StatusCode::PARTIAL_CONTENT {
            return Ok((response, at));
        }
        let told = response.headers().get(CONTENT_RANGE).and_then(|told| told.to_str().ok());
        let first = told.and_then(|told| told.strip_prefix("bytes ")?.split('-').next());
        match first.map(str::parse::<u64>) {
            Some(Ok(first)) if first == at => Ok((response, 0)),
            Some(_) | None => Err(remote.strange(ask.what, "another part than was asked for")),
        }
    }
}

impl Content<'_> {
    /// The next piece, which is never empty. A source that is cut is asked for the rest.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, RegistryError> {
        loop {
            let piece = match &mut self.stream {
                Stream::File { file, path, layout } => {
                    let mut chunk = BytesMut::with_capacity(CHUNK_BYTES);
                    let read = file.read_buf(&mut chunk).await.map_err(|error| {
                        let source = io_error("read", path.clone())(error);
                        RegistryError::Source { folder: layout.folder().to_owned(), source }
                    })?;
                    return Ok((read > 0).then(|| chunk.freeze()));
                }
                Stream::Answer { response, passed_over, remote: _ } => {
                    let piece = response.chunk().await;
                    piece.map(|piece| piece.map(|chunk| wanted(chunk, passed_over)))
                }
            };
            match piece {
                Ok(Some(chunk)) if chunk.is_empty() => {}
                Ok(Some(chunk)) => {
                    self.at += chunk.len() as u64;
                    self.cuts = 0;
                    return Ok(Some(chunk));
                }
                Ok(None) => return Ok(None),
                Err(source) => self.reopen(source).await?,
            }
        }
    }

    async fn reopen(&mut self, source: reqwest::Error) -> Result<(), RegistryError> {
        let Stream::Answer { response, passed_over, remote } = &mut self.stream else {
            return Ok(());
        };
        if self.cuts >= CUTS_MAX || self.at >= self.size || !is_cut(&source) {
            return Err(no_answer(remote.host, source));
        }
        tokio::time::sleep(PAUSE_FIRST * (1 << self.cuts)).await;
        self.cuts += 1;
        (*response, *passed_over) = self.client.blob_from(remote, &self.digest, self.at).await?;
        Ok(())
    }
}

fn wanted(mut chunk: Bytes, passed_over: &mut u64) -> Bytes {
    let less = usize::try_from(*passed_over).map_or(chunk.len(), |less| less.min(chunk.len()));
    *passed_over -= less as u64;
    chunk.split_off(less)
}
