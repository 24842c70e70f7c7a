//! Uploads: how one is opened, by a mount where that may do, asked how far it came, and told where
//! to go.

use futures_util::future::join_all;
use lifeboat_contract::{Digest, RepositoryName};
use reqwest::header::{CONTENT_LENGTH, LOCATION, RANGE};
use reqwest::{Method, Response, StatusCode, Url};

use super::neighbour::Neighbours;
use super::request::Ask;
use super::upload::ANSWER_DEADLINE;
use super::{Client, RegistryError, Remote, Transport};
use crate::Host;

/// What an upload begins with.
pub(super) enum Begun<'a> {
    /// The registry has taken the blob from another of its repositories.
    Mounted,
    Session(Box<Session<'a>>),
}

/// An upload that waits for content.
pub(super) struct Session<'a> {
    /// How to speak of it.
    pub(super) ask: Ask<'a>,
    /// Where content is to be sent, without the digest.
    place: Url,
    /// How much the registry has.
    pub(super) at: u64,
}

impl Session<'_> {
    /// Where the rest of the blob is to be sent.
    pub(super) fn url(&self, digest: &Digest) -> Url {
        let mut url = self.place.clone();
        url.query_pairs_mut().append_pair("digest", digest.as_str());
        url
    }

    /// Whether it is with the registry itself. What authorises is for the registry, not for a
    /// storage that it names.
    pub(super) fn is_home(&self) -> bool {
        Url::parse(&self.ask.url).is_ok_and(|home| home.origin() == self.place.origin())
    }
}

impl Client {
    /// Opens an upload within the gate, or has the blob taken from a neighbour.
    pub(super) async fn begin<'a>(
        &self,
        to: &Remote<'a>,
        digest: &Digest,
        neighbours: &Neighbours<'a>,
    ) -> Result<Begun<'a>, RegistryError> {
        if let Some(from) = self.holder(to, digest, neighbours).await {
            let to = Remote { mounts: Some(from), ..*to };
            let query = format!("uploads/?mount={digest}&from={from}").replace(':', "%3A");
            // A registry that does not know mounts, or forbids this one, still takes the blob.
            if let Ok(begun) = self.open(&to, digest, &query).await {
                neighbours.note_mount(from, matches!(begun, Begun::Mounted));
                return Ok(begun);
            }
        }
        self.open(to, digest, "uploads/").await
    }

    /// Which neighbour has the blob. An only one is taken at its word, since asking it costs as much
    /// as trying.
    async fn holder<'a>(
        &self,
        to: &Remote<'a>,
        digest: &Digest,
        neighbours: &Neighbours<'a>,
    ) -> Option<&'a RepositoryName> {
        let candidates = neighbours.likely();
        if let [only] = candidates[..] {
            return Some(only);
        }
        let asked = candidates.into_iter().map(async |repository| {
            let remote = to.reading_also(repository);
            let has = self.has_blob(&remote, digest).await.unwrap_or(false);
            neighbours.note_answer(repository, has);
            has.then_some(repository)
        });
        join_all(asked).await.into_iter().flatten().next()
    }

    async fn open<'a>(
        &self,
        to: &Remote<'a>,
        digest: &Digest,
        query: &str,
    ) -> Result<Begun<'a>, RegistryError> {
        let mut ask = to.asking(Method::POST, "blobs", query);
        ask.what = to.named(digest.as_str());
        ask.is_inside = true;
        let writer = self.writer()?;
        let request = || writer.post(&ask.url).timeout(ANSWER_DEADLINE).header(CONTENT_LENGTH, 0);
        let response = self.answered(&ask, request).await?;
        if to.mounts.is_some() && response.status() == StatusCode::CREATED {
            return Ok(Begun::Mounted);
        }
        let place = place(&response, to, &ask.what)?;
        ask.method = Method::PUT;
        Ok(Begun::Session(Box::new(Session { ask, place, at: 0 })))
    }

    /// How far an upload came that was cut; absent where the registry has given it up.
    pub(super) async fn resume<'a>(&self, session: Session<'a>) -> Option<Session<'a>> {
        let Session { mut ask, place: before, at: _ } = session;
        let asked = Ask { method: Method::GET, url: before.to_string(), ..ask.clone() };
        let is_home = Url::parse(&ask.url).is_ok_and(|home| home.origin() == before.origin());
        if !is_home {
            return None;
        }
        let writer = self.writer().ok()?;
        let request = || writer.get(before.clone()).timeout(ANSWER_DEADLINE);
        let response = self.answered(&asked, request).await.ok()?;
        let told = response.headers().get(RANGE).and_then(|told| told.to_str().ok())?;
        let last: u64 = told.trim_start_matches("bytes=").strip_prefix("0-")?.parse().ok()?;
        // Some say this of nothing, others of one byte.
        if last == 0 {
            return None;
        }
        let place = place(&response, &ask.remote, &ask.what).unwrap_or(before);
        ask.method = Method::PUT;
        Some(Session { ask, place, at: last + 1 })
    }
}

/// Where an answer says that content is to be sent.
fn place(response: &Response, to: &Remote<'_>, what: &str) -> Result<Url, RegistryError> {
    let told = response.headers().get(LOCATION).and_then(|told| told.to_str().ok());
    let here = response.url();
    let Some(place) = told.and_then(|told| here.join(told).ok()) else {
        return Err(to.strange(what.to_owned(), "no place to send it to"));
    };
    if !may_lead(here, &place, to.transport) {
        return Err(to.strange(what.to_owned(), "a place that is not secret to send it to"));
    }
    Ok(place)
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
