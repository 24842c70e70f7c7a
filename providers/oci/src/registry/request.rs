//! Single requests: where they go, what they carry, and what their answers mean.

use reqwest::redirect::{Action, Attempt};
use reqwest::{Method, Response, StatusCode, header};

use super::credential::{HUB, HUB_REGISTRY};
use super::{Client, REDIRECTS_MAX, RegistryError, Remote};
use crate::{Host, media_type};

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

impl Remote<'_> {
    fn url(&self, kind: &str, reference: &str) -> String {
        let Self { host, repository } = self;
        // Nobody can listen between two programs of one machine, and few have certificates there.
        let scheme = if host.is_loopback() { "http" } else { "https" };
        let host = if host.as_str() == HUB { HUB_REGISTRY } else { host.as_str() };
        format!("{scheme}://{host}/v2/{repository}/{kind}/{reference}")
    }
}

impl Client {
    /// Asks a registry, with a token or login if it wants one.
    pub(super) async fn ask(
        &self,
        method: Method,
        remote: &Remote<'_>,
        kind: &'static str,
        reference: &str,
    ) -> Result<Response, RegistryError> {
        let url = remote.url(kind, reference);
        let what = || format!("{}:{reference}", remote.repository);
        let known = self.known_token(remote);
        let mut response = self.send(&method, remote.host, kind, &url, known).await?;
        if response.status() == StatusCode::UNAUTHORIZED {
            let token = self.authorise(remote, response.headers(), &what()).await?;
            response = self.send(&method, remote.host, kind, &url, token).await?;
        }
        let host = remote.host.clone();
        match response.status() {
            status if status.is_success() => Ok(response),
            StatusCode::NOT_FOUND => Err(RegistryError::NotFound { host, what: what() }),
            StatusCode::TOO_MANY_REQUESTS => Err(RegistryError::Throttled { host }),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                let login = self.credentials.find(remote.host, remote.repository.as_str());
                Err(RegistryError::Denied { host, what: what(), logged_in: login.is_some() })
            }
            status => Err(RegistryError::Answer { host, what: what(), answer: status.to_string() }),
        }
    }

    async fn send(
        &self,
        method: &Method,
        host: &Host,
        kind: &str,
        url: &str,
        authorisation: Option<header::HeaderValue>,
    ) -> Result<Response, RegistryError> {
        let mut request = self.http.request(method.clone(), url);
        if kind == "manifests" {
            // A registry answers 404 where it finds a manifest of a type that was not named.
            request = request.header(header::ACCEPT, media_type::ALL.join(", "));
        }
        if let Some(authorisation) = authorisation {
            request = request.header(header::AUTHORIZATION, authorisation);
        }
        request.send().await.map_err(|source| no_answer(host, source))
    }
}

/// The address may carry a signature of the storage, so it is left out.
pub(super) fn no_answer(host: &Host, source: reqwest::Error) -> RegistryError {
    RegistryError::NoAnswer { host: host.clone(), source: source.without_url() }
}
