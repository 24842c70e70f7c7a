//! Blobs on their way into registries: read once, measured and hashed as they pass, and handed to
//! all who miss them. The slowest sets the pace, so that memory stays flat.

use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{join, join_all};
use http_body::{Body, Frame, SizeHint};
use lifeboat_contract::Digest;
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE};
use reqwest::{RequestBuilder, Response};
use sha2::{Digest as _, Sha256};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::content::Content;
use super::copy::Goal;
use super::plan::Origin;
use super::request::{is_cut, no_answer};
use super::session::Session;
use super::{Client, Event, RegistryError, Repository};
use crate::LayoutError;

/// Pieces that wait to be sent: enough that reading and sending overlap.
const CHUNKS_MAX: usize = 4;
/// A registry that takes no byte for so long takes none any more.
const TAKE_DEADLINE: Duration = Duration::from_secs(30);
/// Registries on an object storage copy a blob when it is complete, gigabytes in minutes.
const COMMIT_DEADLINE: Duration = Duration::from_mins(5);
/// Requests that carry little.
pub(super) const ANSWER_DEADLINE: Duration = Duration::from_mins(1);

/// A blob that moves, and what is known of it.
#[derive(Clone)]
pub(super) struct Parcel {
    pub(super) digest: Digest,
    pub(super) size: u64,
    /// Of the first bytes, as many as `measured` says.
    hasher: Sha256,
    measured: u64,
    /// Whether the whole was what its digest says.
    is_proven: bool,
}

/// How a blob's way to one registry ended.
pub(super) enum End {
    Answered(Response),
    /// The connection ended before its time.
    Cut(RegistryError),
    Failed(RegistryError),
}

/// What the reader tells of one registry.
enum Fate {
    /// It has got all, or takes no more; its answer tells.
    Answers,
    Stalled,
}

/// A request's body, fed through a channel. Ends with an error if it is not fed whole.
struct Fed {
    chunks: mpsc::Receiver<Bytes>,
    left: u64,
}

/// One registry, as the reader sees it.
struct Mouth<'a> {
    to: &'a Repository,
    chunks: mpsc::Sender<Bytes>,
    fate: oneshot::Sender<Fate>,
    /// What the registry has already.
    at: u64,
}

impl Parcel {
    pub(super) fn new(digest: Digest, size: u64) -> Self {
        Self { digest, size, hasher: Sha256::new(), measured: 0, is_proven: false }
    }

    /// Takes the piece at `at` into account, as far as it is new.
    fn measure(&mut self, at: u64, chunk: &Bytes) {
        let known = usize::try_from(self.measured.saturating_sub(at)).unwrap_or(usize::MAX);
        if let Some(new) = chunk.get(known..).filter(|new| !new.is_empty()) {
            self.hasher.update(new);
            self.measured += new.len() as u64;
        }
    }

    /// Whether what was read up to `found` bytes is the blob.
    fn prove(&mut self, found: u64) -> Result<(), LayoutError> {
        let (digest, expected) = (self.digest.clone(), self.size);
        if found != expected {
            return Err(LayoutError::SizeMismatch { digest, expected, found });
        }
        if !self.is_proven {
            let found = Digest::finished(&self.hasher.clone().finalize());
            if found != digest {
                return Err(LayoutError::DigestMismatch { expected: digest, found });
            }
        }
        self.is_proven = true;
        Ok(())
    }
}

impl Client {
    /// Reads a blob once and sends it into all these uploads. An answer may be a refusal.
    ///
    /// # Errors
    /// When the source fails; what the registries say then is no news.
    pub(super) async fn spread(
        &self,
        from: &Origin<'_>,
        parcel: &mut Parcel,
        sessions: &[Session<'_>],
        goals: &[&Goal<'_>],
    ) -> Result<Vec<End>, RegistryError> {
        // What was read before is known, so that no more is read than the furthest behind needs.
        let at = sessions.iter().map(|session| session.at).min().unwrap_or(0);
        let at = at.min(parcel.measured);
        let content = self.content(from, &parcel.digest, parcel.size, at).await?;
        let mut mouths = Vec::new();
        let mut puts = Vec::new();
        for (session, goal) in sessions.iter().zip(goals) {
            let (chunks, fed) = mpsc::channel(CHUNKS_MAX);
            let (fate, told) = oneshot::channel();
            let request = self.put(session, parcel, fed)?;
            mouths.push(Some(Mouth { to: goal.repository, chunks, fate, at: session.at }));
            puts.push(deliver(request, session, told));
        }
        let fed = self.feed(from, content, at, parcel, mouths);
        let (fed, ends) = join(fed, join_all(puts)).await;
        fed.map(|()| ends)
    }

    /// Hands a blob over piece by piece. The last piece is held back until all of it is known to be
    /// what its digest says, so that no registry can complete anything else.
    async fn feed(
        &self,
        from: &Origin<'_>,
        mut content: Content<'_>,
        mut at: u64,
        parcel: &mut Parcel,
        mut mouths: Vec<Option<Mouth<'_>>>,
    ) -> Result<(), RegistryError> {
        let mut held: Option<(u64, Bytes)> = None;
        while let Some(chunk) = content.next().await? {
            let here = at;
            at += chunk.len() as u64;
            // A content without end must not be waited for.
            if at > parcel.size {
                break;
            }
            parcel.measure(here, &chunk);
            if let Some((at, before)) = held.replace((here, chunk)) {
                self.give(&mut mouths, parcel, at, &before).await;
                if mouths.iter().all(Option::is_none) {
                    return Ok(());
                }
            }
        }
        parcel.prove(at).map_err(|source| from.broken(source))?;
        if let Some((at, last)) = held {
            self.give(&mut mouths, parcel, at, &last).await;
        }
        for mouth in mouths.into_iter().flatten() {
            drop(mouth.fate.send(Fate::Answers));
        }
        Ok(())
    }

    /// Gives a piece to all that still take any, each as far as it lacks it.
    async fn give(
        &self,
        mouths: &mut [Option<Mouth<'_>>],
        parcel: &Parcel,
        at: u64,
        chunk: &Bytes,
    ) {
        for place in mouths {
            let Some(mouth) = place else { continue };
            let known = usize::try_from(mouth.at.saturating_sub(at)).unwrap_or(usize::MAX);
            if known >= chunk.len() {
                continue;
            }
            let fate = match timeout(TAKE_DEADLINE, mouth.chunks.send(chunk.slice(known..))).await {
                Ok(Ok(())) => {
                    let moved = at + chunk.len() as u64;
                    let (to, blob, bytes) = (mouth.to, &parcel.digest, parcel.size);
                    self.tell(&Event::Moving { to, blob, moved, bytes });
                    continue;
                }
                Ok(Err(_)) => Fate::Answers,
                Err(_) => Fate::Stalled,
            };
            if let Some(mouth) = place.take() {
                drop(mouth.fate.send(fate));
            }
        }
    }

    fn put(
        &self,
        session: &Session<'_>,
        parcel: &Parcel,
        chunks: mpsc::Receiver<Bytes>,
    ) -> Result<RequestBuilder, RegistryError> {
        let token = self.known_token(&session.ask.remote).filter(|_| session.is_home());
        let left = parcel.size.saturating_sub(session.at);
        let mut request = self
            .writer()?
            .put(session.url(&parcel.digest))
            .header(CONTENT_TYPE, "application/octet-stream")
            .header(CONTENT_LENGTH, left)
            .body(reqwest::Body::wrap(Fed { chunks, left }));
        if session.at > 0 && left > 0 {
            request = request.header(CONTENT_RANGE, format!("{}-{}", session.at, parcel.size - 1));
        }
        Ok(match token {
            Some(token) => request.header(AUTHORIZATION, token),
            None => request,
        })
    }
}

/// Sends one request to its end.
async fn deliver(
    request: RequestBuilder,
    session: &Session<'_>,
    fate: oneshot::Receiver<Fate>,
) -> End {
    let (host, what) = (&session.ask.remote.host, &session.ask.what);
    let stalled =
        || End::Failed(RegistryError::Stalled { host: (*host).clone(), what: what.clone() });
    let mut answer = pin!(request.send());
    let answered = tokio::select! {
        biased;
        answered = &mut answer => answered,
        fate = fate => match fate {
            Ok(Fate::Answers) => match timeout(COMMIT_DEADLINE, answer).await {
                Ok(answered) => answered,
                Err(_) => return stalled(),
            },
            // Without a word the source has failed, and so has the whole.
            Ok(Fate::Stalled) | Err(_) => return stalled(),
        },
    };
    match answered {
        Ok(response) => End::Answered(response),
        Err(source) if is_cut(&source) => End::Cut(no_answer(host, source)),
        Err(source) => End::Failed(no_answer(host, source)),
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
