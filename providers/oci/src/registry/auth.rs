//! Logins and tokens: what a registry asks for before it answers.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use base64::Engine as _;
use lifeboat_contract::RepositoryName;
use reqwest::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use reqwest::{StatusCode, Url};
use serde::Deserialize;

use super::request::no_answer;
use super::{Access, Client, Login, RegistryError, Remote, Transport, keeper};
use crate::Host;

/// What a token service may say: tokens have some kilobytes.
const TOKEN_BYTES_MAX: usize = 1024 * 1024;

/// What goes into the header of every request to a repository.
#[derive(Clone)]
pub(super) struct Token(HeaderValue);

/// What a token is for. A token must not serve who has another login, nor go over another transport.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    host: Host,
    repository: RepositoryName,
    transport: Transport,
    access: Access,
    mounts: Option<RepositoryName>,
    login: Option<Login>,
}

/// How a registry wants to be asked.
#[derive(Debug, PartialEq)]
enum Challenge {
    Basic,
    Bearer(BTreeMap<String, String>),
}

#[derive(Deserialize)]
struct TokenAnswer {
    #[serde(default)]
    token: String,
    #[serde(default)]
    access_token: String,
}

impl Client {
    pub(super) fn known_token(&self, remote: &Remote<'_>) -> Option<HeaderValue> {
        let tokens = self.shared.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = tokens.get(&key(remote)) {
            return Some(token.0.clone());
        }
        // A login is the same whatever is asked; a token is not.
        let plain = tokens.get(&key(&Remote { mounts: None, ..*remote }))?;
        plain.0.as_bytes().starts_with(b"Basic ").then(|| plain.0.clone())
    }

    /// The login for a repository: the one it came with, or else that of the credentials, or else
    /// that of the program which keeps logins, which is asked once.
    pub(super) async fn login(&self, remote: &Remote<'_>) -> Option<Login> {
        let known = || self.shared.credentials.find(remote.host, remote.repository.as_str());
        if let Some(login) = remote.login.or_else(known) {
            return Some(login.clone());
        }
        let (keeper, server) = self.shared.credentials.keeper(remote.host)?;
        let kept = || self.shared.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(login) = kept().get(remote.host) {
            return login.clone();
        }
        let login = keeper::ask(keeper, server).await;
        kept().insert(remote.host.clone(), login.clone());
        login
    }

    /// Finds out what the registry wants and gets it. Absent where there is nothing to offer.
    pub(super) async fn authorise(
        &self,
        remote: &Remote<'_>,
        headers: &HeaderMap,
        what: &str,
    ) -> Result<Option<HeaderValue>, RegistryError> {
        let login = self.login(remote).await;
        let login = login.as_ref();
        let mut offered =
            headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|all| all.to_str().ok());
        let value = match offered.find_map(challenge) {
            Some(Challenge::Bearer(fields)) => self.token(remote, &fields, login, what).await?,
            Some(Challenge::Basic) | None => match login {
                Some(login) => basic(login),
                None => return Ok(None),
            },
        };
        let Ok(mut value) = HeaderValue::from_str(&value) else {
            return Err(answer(remote.host, what, "a token that no header can carry"));
        };
        value.set_sensitive(true);
        let mut tokens = self.shared.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.insert(key(remote), Token(value.clone()));
        Ok(Some(value))
    }

    async fn token(
        &self,
        remote: &Remote<'_>,
        fields: &BTreeMap<String, String>,
        login: Option<&Login>,
        what: &str,
    ) -> Result<String, RegistryError> {
        let realm = fields.get("realm").and_then(|realm| Url::parse(realm).ok());
        let Some(mut realm) = realm.filter(|realm| is_safe(realm, remote.host, remote.transport))
        else {
            return Err(answer(remote.host, what, "a token service that cannot be trusted"));
        };
        // A registry that is asked for something to read names a scope in which nothing is written.
        let (offered, actions) = match remote.access {
            Access::Pull => (fields.get("scope"), "pull"),
            Access::Push => (None, "pull,push"),
        };
        let own = format!("repository:{}:{actions}", remote.repository);
        if let Some(service) = fields.get("service") {
            realm.query_pairs_mut().append_pair("service", service);
        }
        realm.query_pairs_mut().append_pair("scope", offered.unwrap_or(&own));
        if let Some(mounts) = remote.mounts {
            let scope = format!("repository:{mounts}:pull");
            realm.query_pairs_mut().append_pair("scope", &scope);
        }
        let mut request = self.shared.http.get(realm);
        if let Some(login) = login {
            request = request.basic_auth(&login.username, Some(&login.password));
        }
        let fail = |source| no_answer(remote.host, source);
        let mut response = request.send().await.map_err(fail)?;
        if response.status() == StatusCode::TOO_MANY_REQUESTS {
            return Err(RegistryError::Throttled { host: remote.host.clone() });
        }
        if !response.status().is_success() {
            return Err(remote.denied(what, login.is_some(), String::new()));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(fail)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > TOKEN_BYTES_MAX {
                return Err(answer(remote.host, what, "a token beyond any sense"));
            }
        }
        match serde_json::from_slice::<TokenAnswer>(&bytes) {
            Ok(TokenAnswer { token, .. }) if !token.is_empty() => Ok(format!("Bearer {token}")),
            Ok(TokenAnswer { access_token, .. }) if !access_token.is_empty() => {
                Ok(format!("Bearer {access_token}"))
            }
            Ok(_) | Err(_) => Err(answer(remote.host, what, "a token service without a token")),
        }
    }
}

fn key(remote: &Remote<'_>) -> Key {
    let Remote { host, repository, transport, login, access, mounts } = *remote;
    let (host, repository, login) = (host.clone(), repository.clone(), login.cloned());
    Key { host, repository, transport, access, mounts: mounts.cloned(), login }
}

fn basic(login: &Login) -> String {
    let pair = format!("{}:{}", login.username, login.password);
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
}

fn answer(host: &Host, what: &str, answer: &str) -> RegistryError {
    RegistryError::Answer { host: host.clone(), what: what.to_owned(), answer: answer.to_owned() }
}

/// A login goes to a token service over TLS only, or within this machine to one of this machine;
/// where plain HTTP is wanted, also to one of the registry's own host.
fn is_safe(realm: &Url, registry: &Host, transport: Transport) -> bool {
    if realm.scheme() == "https" {
        return true;
    }
    let service = realm.host_str().and_then(|host| host.parse::<Host>().ok());
    service.is_some_and(|service| {
        if registry.is_loopback() {
            service.is_loopback()
        } else {
            transport == Transport::Plain && service.name() == registry.name()
        }
    })
}

/// Reads one challenge (RFC 9110 section 11.6.1) of a kind that is known.
fn challenge(header: &str) -> Option<Challenge> {
    let (scheme, rest) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
    if scheme.eq_ignore_ascii_case("basic") {
        return Some(Challenge::Basic);
    }
    scheme.eq_ignore_ascii_case("bearer").then(|| Challenge::Bearer(fields(rest)))
}

fn fields(mut rest: &str) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim_matches([' ', ',', '\t']).to_ascii_lowercase();
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_once(',').unwrap_or((after, "")),
        };
        fields.insert(name, value.trim().to_owned());
        rest = after;
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_are_read() {
        let header = "Bearer realm=\"https://auth.example.com/token\",service=\"a, b\", \
                      scope=\"repository:shop/web:pull,push\"";
        let Some(Challenge::Bearer(fields)) = challenge(header) else { unreachable!("{header}") };
        assert_eq!(fields["realm"], "https://auth.example.com/token");
        assert_eq!(fields["service"], "a, b");
        assert_eq!(fields["scope"], "repository:shop/web:pull,push");
        assert_eq!(challenge("basic realm=\"x\""), Some(Challenge::Basic));
        assert_eq!(challenge("Negotiate"), None);
        for odd in ["Bearer", "Bearer =", "Bearer realm=\"", "Bearer ,,,=,\"=\""] {
            assert!(challenge(odd).is_some(), "{odd}");
        }
    }

    #[test]
    fn a_login_is_not_sent_in_the_open() {
        let safe_over = |transport, realm: &str, host: &str| {
            is_safe(&Url::parse(realm).unwrap(), &host.parse().unwrap(), transport)
        };
        let safe = |realm: &str, host: &str| safe_over(Transport::Tls, realm, host);
        assert!(safe("https://auth.example.com/token", "registry.example.com"));
        assert!(safe("http://127.0.0.1:5001/token", "localhost:5000"));
        assert!(!safe("http://auth.example.com/token", "localhost:5000"));
        assert!(!safe("http://127.0.0.1:5001/token", "registry.example.com"));
        assert!(!safe("file:///token", "registry.example.com"));
        let plain = |realm: &str, host: &str| safe_over(Transport::Plain, realm, host);
        assert!(plain("http://registry.example.com:5001/token", "registry.example.com:5000"));
        assert!(!plain("http://auth.example.com/token", "registry.example.com:5000"));
    }
}
