//! What a registry says when it refuses.

use std::fmt;

use reqwest::{Method, Response, StatusCode};
use serde::Deserialize;

use super::request::Ask;
use super::{Access, Client, READ_DEADLINE, RegistryError, Remote};

/// An error has some hundred bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// What fits into a message that people read.
const SAID_CHARS_MAX: usize = 400;

/// The first error of an answer (OCI distribution specification, "Error Codes").
#[derive(Debug, Default, PartialEq)]
struct Said {
    code: String,
    message: String,
}

#[derive(Deserialize)]
struct Answer {
    errors: Vec<AnswerError>,
}

#[derive(Deserialize)]
struct AnswerError {
    code: Option<String>,
    message: Option<String>,
}

impl Remote<'_> {
    pub(super) fn denied(&self, what: &str, logged_in: bool, said: String) -> RegistryError {
        let wish = match self.access {
            Access::Pull => "read",
            Access::Push => "written",
        };
        let (host, what) = (self.host.clone(), what.to_owned());
        RegistryError::Denied { host, what, wish, logged_in, said }
    }

    /// An answer that makes no sense.
    pub(super) fn strange(&self, what: String, answer: impl Into<String>) -> RegistryError {
        RegistryError::Answer { host: self.host.clone(), what, answer: answer.into() }
    }
}

impl Client {
    /// What an answer means that is none.
    pub(super) async fn refusal(&self, ask: &Ask<'_>, response: Response) -> RegistryError {
        let Ask { remote, method, url: _, what, tag, is_inside: _ } = ask;
        let (host, repository) = (remote.host.clone(), remote.repository.clone());
        let status = response.status();
        let login = self.login(remote).await;
        let token = self.known_token(remote);
        let token = token.as_ref().and_then(|token| token.to_str().ok()).unwrap_or_default();
        let token = token.split_once(' ').map_or(token, |(_, secret)| secret);
        let secrets = [login.as_ref().map_or("", |login| login.password.as_str()), token];
        let said = read(&body(response).await, &secrets);
        let reads = [Method::GET, Method::HEAD].contains(method);
        let deletes = *method == Method::DELETE;
        if let Some(tag) = tag.filter(|_| status.is_client_error() && said.is_of_a_fixed_tag()) {
            return RegistryError::TagTaken { host, repository, tag: tag.to_owned() };
        }
        match status {
            StatusCode::NOT_FOUND if said.code == "NAME_UNKNOWN" => {
                RegistryError::NoRepository { host, repository }
            }
            StatusCode::METHOD_NOT_ALLOWED if deletes => {
                RegistryError::NoDeletion { host, said: said.to_string() }
            }
            StatusCode::NOT_FOUND if reads || deletes => {
                RegistryError::NotFound { host, what: what.clone() }
            }
            StatusCode::TOO_MANY_REQUESTS => RegistryError::Throttled { host },
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                remote.denied(what, login.is_some(), said.to_string())
            }
            status => remote.strange(what.clone(), format!("{status}{said}")),
        }
    }
}

impl Said {
    /// Tags are valid before they are sent, so this code, which Amazon's registry gives, can only
    /// mean one thing. Others have only words for it.
    fn is_of_a_fixed_tag(&self) -> bool {
        self.code == "TAG_INVALID" || self.message.contains("immutab")
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code.as_str(), self.message.as_str()) {
            ("", "") => Ok(()),
            (one, "") | ("", one) => write!(f, " ({one})"),
            (code, message) => write!(f, " ({code}: {message})"),
        }
    }
}

/// A registry may say back what it was sent, so nothing is kept of what tells a secret.
fn read(bytes: &[u8], secrets: &[&str]) -> Said {
    let answer = serde_json::from_slice::<Answer>(bytes).ok();
    let Some(first) = answer.and_then(|answer| answer.errors.into_iter().next()) else {
        return Said::default();
    };
    let plain = |text: Option<String>| {
        let text = text.unwrap_or_default();
        let tells = |secret: &&str| !secret.is_empty() && text.contains(*secret);
        if secrets.iter().any(tells) {
            return String::new();
        }
        text.chars().filter(|c| !c.is_control()).take(SAID_CHARS_MAX).collect()
    };
    Said { code: plain(first.code), message: plain(first.message) }
}

/// As much of an error's body as comes in time: the error itself is known without it.
async fn body(mut response: Response) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Ok(Ok(Some(chunk))) = tokio::time::timeout(READ_DEADLINE, response.chunk()).await {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > ANSWER_BYTES_MAX {
            break;
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_registry_says_is_kept_short_and_tells_no_secret() {
        let said = br#"{"errors": [{"code": "DENIED", "message": "no\u001b[31m, secret"}]}"#;
        assert_eq!(read(said, &["", "other"]).to_string(), " (DENIED: no[31m, secret)");
        assert_eq!(read(said, &["secret"]).to_string(), " (DENIED)");
        let long = format!(r#"{{"errors": [{{"message": "{}"}}]}}"#, "x".repeat(10_000));
        assert_eq!(read(long.as_bytes(), &[]).to_string().len(), SAID_CHARS_MAX + 3);
        for nothing in ["", "<html>", "{}", r#"{"errors": []}"#, r#"{"errors": [{"code": null}]}"#]
        {
            assert_eq!(read(nothing.as_bytes(), &[]), Said::default(), "{nothing}");
        }
    }

    #[test]
    fn a_tag_that_cannot_move_is_known_by_code_or_word() {
        for body in [
            r#"{"errors": [{"code": "TAG_INVALID", "message": "The image tag 'x' exists"}]}"#,
            r#"{"errors": [{"code": "PRECONDITION", "message": "configured as immutable"}]}"#,
        ] {
            assert!(read(body.as_bytes(), &[]).is_of_a_fixed_tag(), "{body}");
        }
        assert!(!read(br#"{"errors": [{"code": "MANIFEST_INVALID"}]}"#, &[]).is_of_a_fixed_tag());
    }
}
