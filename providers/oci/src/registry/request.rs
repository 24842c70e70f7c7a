//! Single requests: where they go, what they carry, and what their answers mean.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderName, RETRY_AFTER};
use reqwest::redirect::{Action, Attempt};
use reqwest::{Method, RequestBuilder, Response, StatusCode};

use super::credential::{HUB, HUB_REGISTRY};
use super::gate::Pass;
use super::{Access, Client, REDIRECTS_MAX, RegistryError, Remote, Transport};
use crate::{Host, media_type};

/// How long to wait before the next try where the registry does not say. One that is still busy
/// after all of them is left to the caller, who has other things to do meanwhile.
///
/// A write is the last of many calls; one that reads is cheap to repeat as a whole, so that it is
/// tried less often.
const PAUSES: [Duration; 4] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
];
const PAUSES_OF_READS_MAX: usize = 2;
/// How long to wait before a request is sent again whose answer was cut.
const PAUSES_AFTER_CUTS: [Duration; 3] =
    [Duration::from_millis(50), Duration::from_millis(400), Duration::from_secs(2)];
/// A registry that wants to be left alone for longer has a quota, not a peak.
const PAUSE_MAX: Duration = Duration::from_mins(1);

/// Follows a blob to its storage. The client drops what authorises when the host changes.
pub(super) fn follow(attempt: Attempt<'_>) -> Action {
    let was_secret = attempt.previous().iter().any(|url| url.scheme() == "https");
    if attempt.previous().len() > REDIRECTS_MAX {
        attempt.error("it leads from one address to the next without end")
    } else if was_secret && attempt.url().scheme() != "https" {
        attempt.error("it leads from a secret connection to an open one")
    } else {
        attempt.follow()
    }
}

/// Something that is asked of a registry.
#[derive(Clone)]
pub(super) struct Ask<'a> {
    pub(super) remote: Remote<'a>,
    pub(super) method: Method,
    pub(super) url: String,
    /// What it is about, as people name it.
    pub(super) what: String,
    /// The tag that is given.
    pub(super) tag: Option<&'a str>,
    /// Whether who asks is within the registry's gate already.
    pub(super) is_inside: bool,
}

impl<'a> Remote<'a> {
    /// Something that is asked of the repository.
    pub(super) fn asking(&self, method: Method, kind: &str, reference: &str) -> Ask<'a> {
        let (url, what) = (self.url(kind, reference), self.named(reference));
        Ask { remote: *self, method, url, what, tag: None, is_inside: false }
    }

    /// The address of something in the repository.
    pub(super) fn url(&self, kind: &str, reference: &str) -> String {
        let Self { host, repository, .. } = self;
        // Nobody can listen between two programs of one machine, and few have certificates there.
        let is_plain = host.is_loopback() || self.transport == Transport::Plain;
        let scheme = if is_plain { "http" } else { "https" };
        let host = if host.as_str() == HUB { HUB_REGISTRY } else { host.as_str() };
        format!("{scheme}://{host}/v2/{repository}/{kind}/{reference}")
    }

    /// Something of the repository, as people name it.
    pub(super) fn named(&self, reference: &str) -> String {
        let sign = if reference.contains(':') { '@' } else { ':' };
        format!("{}{sign}{reference}", self.repository)
    }

    /// How long to wait before asking again, after `waits` times; absent when that is no use.
    pub(super) fn pause(&self, response: &Response, waits: usize) -> Option<Duration> {
        let busy = [
            StatusCode::TOO_MANY_REQUESTS,
            StatusCode::BAD_GATEWAY,
            StatusCode::SERVICE_UNAVAILABLE,
            StatusCode::GATEWAY_TIMEOUT,
        ];
        let usual = PAUSES.get(waits).filter(|_| busy.contains(&response.status()))?;
        let told = response.headers().get(RETRY_AFTER).and_then(|told| told.to_str().ok());
        match told.and_then(|told| told.trim().parse().ok()).map(Duration::from_secs) {
            Some(told) => (told <= PAUSE_MAX).then_some(told),
            None => {
                let goes_on = self.access == Access::Push || waits < PAUSES_OF_READS_MAX;
                goes_on.then_some(*usual)
            }
        }
    }
}

impl Client {
    /// Asks a registry for something of a repository.
    pub(super) async fn ask(
        &self,
        method: Method,
        remote: &Remote<'_>,
        kind: &'static str,
        reference: &str,
    ) -> Result<Response, RegistryError> {
        let ask = remote.asking(method, kind, reference);
        // A registry answers 404 where it finds a manifest of a type that was not named.
        let accept = (kind == "manifests").then(|| (ACCEPT, media_type::ALL.join(", ")));
        self.asked(&ask, accept.as_slice()).await
    }

    /// Asks for something that is read.
    pub(super) async fn asked(
        &self,
        ask: &Ask<'_>,
        headers: &[(HeaderName, String)],
    ) -> Result<Response, RegistryError> {
        let request = || {
            let request = self.shared.http.request(ask.method.clone(), &ask.url);
            headers.iter().fold(request, |request, (name, value)| request.header(name, value))
        };
        self.answered(ask, request).await
    }

    /// Asks with a token or login if the registry wants one, and again if it asks to wait or the
    /// answer is cut. Whatever is asked so may be asked twice.
    pub(super) async fn answered(
        &self,
        ask: &Ask<'_>,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<Response, RegistryError> {
        let remote = &ask.remote;
        let mut token = self.known_token(remote);
        let (mut authorised, mut waits, mut cuts) = (false, 0, PAUSES_AFTER_CUTS.iter());
        loop {
            let pass =
                if ask.is_inside { None } else { Some(self.shared.gates.enter(remote).await) };
            let request = match &token {
                Some(token) => request().header(AUTHORIZATION, token.clone()),
                None => request(),
            };
            let response = match request.send().await {
                Ok(response) => response,
                Err(source) => {
                    let Some(pause) = cuts.next().filter(|_| is_cut(&source)) else {
                        return Err(no_answer(remote.host, source));
                    };
                    drop(pass);
                    tokio::time::sleep(*pause).await;
                    continue;
                }
            };
            let status = response.status();
            if status.is_success() {
                pass.inspect(Pass::went_well);
                return Ok(response);
            }
            if status == StatusCode::UNAUTHORIZED && !authorised {
                authorised = true;
                token = self.authorise(remote, response.headers(), &ask.what).await?;
            } else if let Some(pause) = remote.pause(&response, waits) {
                waits += 1;
                match pass {
                    Some(pass) => pass.was_refused(pause),
                    None => self.shared.gates.was_refused(remote, pause),
                }
                drop(response);
                tokio::time::sleep(pause).await;
            } else {
                // That something is absent is an answer like any other.
                pass.inspect(Pass::went_well);
                return Err(self.refusal(ask, response).await);
            }
        }
    }
}

/// Whether a connection ended before its time. One that cannot be made, or on which nothing comes,
/// is to a registry that is gone.
pub(super) fn is_cut(error: &reqwest::Error) -> bool {
    !(error.is_connect() || error.is_timeout() || error.is_redirect() || error.is_builder())
}

/// The address may carry a signature of the storage, so it is left out.
pub(super) fn no_answer(host: &Host, source: reqwest::Error) -> RegistryError {
    RegistryError::NoAnswer { host: host.clone(), source: Arc::new(source.without_url()) }
}

#[cfg(test)]
mod tests {
    use super::super::Repository;
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_or_when_it_is_said() {
        let url = |host: &str, transport| {
            let name = "shop/web".parse().unwrap();
            let repository =
                Repository { transport, ..Repository::new(host.parse().unwrap(), name) };
            repository.remote(Access::Push).url("manifests", "v1")
        };
        let (tls, plain) = (Transport::Tls, Transport::Plain);
        assert_eq!(url("a.example:5000", tls), "https://a.example:5000/v2/shop/web/manifests/v1");
        assert_eq!(url("a.example", plain), "http://a.example/v2/shop/web/manifests/v1");
        assert_eq!(url("localhost:1", tls), "http://localhost:1/v2/shop/web/manifests/v1");
        assert_eq!(url("docker.io", tls), "https://registry-1.docker.io/v2/shop/web/manifests/v1");
    }
}
