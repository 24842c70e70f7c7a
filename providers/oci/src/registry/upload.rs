//! Blobs on their way into a registry: streamed, measured and hashed as they pass.

use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use lifeboat_contract::Digest;
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use reqwest::{Method, Response, StatusCode, Url};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::content::Content;
use super::plan::Origin;
use super::request::{Ask, no_answer};
use super::{Client, Moved, RegistryError, Remote, Transport};
use crate::manifest::Descriptor;
use crate::{Host, LayoutError};

/// Pieces that wait to be sent: enough that reading and sending overlap.
const CHUNKS_MAX: usize = 4;
/// A registry that takes no byte for so long takes none any more.
const TAKE_DEADLINE: Duration = Duration::from_secs(30);
/// Registries on an object storage copy a blob when it is complete, gigabytes in minutes.
const COMMIT_DEADLINE: Duration = Duration::from_mins(5);
/// Requests that carry little.
pub(super) const ANSWER_DEADLINE: Duration = Duration::from_mins(1);

/// Why a blob was not handed over whole.
enum Stop {
    Broken(RegistryError),
    /// The registry takes no more; its answer tells why.
    HungUp,
    Stalled,
}

/// A request's body, fed through a channel. Ends with an error if it is not fed whole.
struct Fed {
    chunks: mpsc::Receiver<Bytes>,
    left: u64,
}

impl Client {
    /// Sends a blob unless it is there.
    pub(super) async fn push_blob(
        &self,
        from: &Origin<'_>,
        to: &Remote<'_>,
        blob: &Descriptor,
    ) -> Result<Moved, RegistryError> {
        let digest = blob.digest().map_err(|source| from.broken(source))?;
        if self.has_blob(to, &digest).await? {
            return Ok(Moved::default());
        }
        if blob.may_be_absent() && !self.offers(from, &digest).await? {
            return Ok(Moved::default());
        }
        let mut authorised = false;
        let mut waits = 0;
        loop {
            let (ask, url) = self.begin_upload(to, &digest).await?;
            let content = self.content(from, &digest).await?;
            let response = self.transfer(from, &ask, url, content, blob).await?;
            if response.status().is_success() {
                return Ok(Moved::one(blob));
            }
            if response.status() == StatusCode::UNAUTHORIZED && !authorised {
                authorised = true;
                self.authorise(to, response.headers(), &ask.what).await?;
            } else if let Some(pause) = to.pause(&response, waits) {
                waits += 1;
                drop(response);
                tokio::time::sleep(pause).await;
            } else {
                return Err(self.refusal(&ask, response).await);
            }
        }
    }

    /// Opens an upload. Returns how to speak of it, and where the blob is to be sent.
    async fn begin_upload<'a>(
        &self,
        to: &'a Remote<'a>,
        digest: &Digest,
    ) -> Result<(Ask<'a>, Url), RegistryError> {
        let (url, what) = (to.url("blobs", "uploads/"), to.named(digest.as_str()));
        let mut ask = Ask { remote: to, method: Method::POST, url, what, tag: None };
        let writer = self.writer()?;
        let request = || writer.post(&ask.url).timeout(ANSWER_DEADLINE).header(CONTENT_LENGTH, 0);
        let response = self.answered(&ask, request).await?;
        let told = response.headers().get(LOCATION).and_then(|told| told.to_str().ok());
        let here = response.url();
        let Some(mut url) = told.and_then(|told| here.join(told).ok()) else {
            return Err(to.strange(ask.what, "no place to send it to"));
        };
        if !may_lead(here, &url, to.transport) {
            return Err(to.strange(ask.what, "a place that is not secret to send it to"));
        }
        url.query_pairs_mut().append_pair("digest", digest.as_str());
        ask.method = Method::PUT;
        Ok((ask, url))
    }

    /// Streams a blob into an upload. The answer may be a refusal.
    async fn transfer(
        &self,
        from: &Origin<'_>,
        ask: &Ask<'_>,
        url: Url,
        content: Content<'_>,
        blob: &Descriptor,
    ) -> Result<Response, RegistryError> {
        let to = ask.remote;
        // What authorises is for the registry, not for a storage that it names.
        let is_home = Url::parse(&ask.url).is_ok_and(|home| home.origin() == url.origin());
        let token = self.known_token(to).filter(|_| is_home);
        let (sender, chunks) = mpsc::channel(CHUNKS_MAX);
        let request = self
            .writer()?
            .put(url)
            .header(CONTENT_TYPE, "application/octet-stream")
            .header(CONTENT_LENGTH, blob.size)
            .body(reqwest::Body::wrap(Fed { chunks, left: blob.size }));
        let request = match token {
            Some(token) => request.header(AUTHORIZATION, token),
            None => request,
        };
        let stalled = || RegistryError::Stalled { host: to.host.clone(), what: ask.what.clone() };
        let mut answer = pin!(request.send());
        let fed = tokio::select! {
            biased;
            fed = feed(from, content, blob, sender) => fed,
            answered = &mut answer => return answered.map_err(|source| no_answer(to.host, source)),
        };
        match fed {
            Ok(()) | Err(Stop::HungUp) => {
                let answered = timeout(COMMIT_DEADLINE, answer).await.map_err(|_| stalled())?;
                answered.map_err(|source| no_answer(to.host, source))
            }
            Err(Stop::Broken(error)) => Err(error),
            Err(Stop::Stalled) => Err(stalled()),
        }
    }
}

/// Whether a registry may have a blob sent there: over TLS, or in the open only where it is so
/// itself, and within this machine or as the caller wants it.
fn may_lead(registry: &Url, place: &Url, transport: Transport) -> bool {
    let host = place.host_str().and_then(|host| host.parse::<Host>().ok());
    let is_fine = transport == Transport::Plain || host.is_some_and(|host| host.is_loopback());
    match place.scheme() {
        "https" => true,
        "http" => registry.scheme() == "http" && is_fine,
        _ => false,
    }
}

/// Hands a blob over piece by piece. The last piece is held back until all of it is known to be
/// what its digest says, so that no registry can complete anything else.
async fn feed(
    from: &Origin<'_>,
    mut content: Content<'_>,
    blob: &Descriptor,
    to: mpsc::Sender<Bytes>,
) -> Result<(), Stop> {
    let broken = |source| Stop::Broken(from.broken(source));
    let digest = blob.digest().map_err(broken)?;
    let mut hasher = Sha256::new();
    let mut size: u64 = 0;
    let mut held = None;
    while let Some(chunk) = content.next().await.map_err(Stop::Broken)? {
        size += chunk.len() as u64;
        // A content without end must not be waited for.
        if size > blob.size {
            break;
        }
        hasher.update(&chunk);
        if let Some(before) = held.replace(chunk) {
            give(&to, before).await?;
        }
    }
    if size != blob.size {
        let (expected, found) = (blob.size, size);
        return Err(broken(LayoutError::SizeMismatch { digest, expected, found }));
    }
    let found = Digest::finished(&hasher.finalize());
    if found != digest {
        return Err(broken(LayoutError::DigestMismatch { expected: digest, found }));
    }
    match held {
        Some(last) => give(&to, last).await,
        None => Ok(()),
    }
}

async fn give(to: &mpsc::Sender<Bytes>, chunk: Bytes) -> Result<(), Stop> {
    match timeout(TAKE_DEADLINE, to.send(chunk)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(Stop::HungUp),
        Err(_) => Err(Stop::Stalled),
    }
}

impl Body for Fed {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match ready!(self.chunks.poll_recv(context)) {
            Some(chunk) => {
                self.left = self.left.saturating_sub(chunk.len() as u64);
                Poll::Ready(Some(Ok(Frame::data(chunk))))
            }
            None if self.left == 0 => Poll::Ready(None),
            None => Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into()))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_is_sent_in_the_open_only_where_the_registry_is() {
        let leads = |registry: &str, place: &str, transport| {
            may_lead(&registry.parse().unwrap(), &place.parse().unwrap(), transport)
        };
        let (tls, plain) = (Transport::Tls, Transport::Plain);
        assert!(leads("https://a.example", "https://b.example/x", tls));
        assert!(leads("http://localhost:1", "https://b.example/x", tls));
        assert!(leads("http://localhost:1", "http://[::1]:2/x", tls));
        assert!(leads("http://a.example", "http://b.example/x", plain));
        assert!(!leads("https://a.example", "http://a.example/x", tls));
        assert!(!leads("https://a.example", "http://localhost/x", tls));
        assert!(!leads("http://localhost:1", "http://b.example/x", tls));
        assert!(!leads("http://a.example", "file:///x", plain));
    }
}
