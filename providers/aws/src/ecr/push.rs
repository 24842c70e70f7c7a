//! Copying an image's content into a repository, with ECR's own login.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lifeboat_contract::{ImageSource, Location, ProviderError, Write};
use lifeboat_oci::registry::{Client, Login, RegistryError, Repository, Source, Transport};
use lifeboat_oci::{Host, Layout};

use super::image::Place;
use super::{Ecr, refused};
use crate::action::GET_TOKEN;
use crate::connect::Repeats;

impl Ecr {
    /// Copies the image and gives it `tag`; returns how many bytes moved.
    pub(super) async fn push(
        &self,
        place: Place<'_>,
        write: &Write,
        source: Option<&ImageSource>,
        tag: Option<&str>,
    ) -> Result<u64, ProviderError> {
        let broken = |error: RegistryError| failed(write, error);
        let client = Client::new(self.0.sources.credentials.clone()).map_err(broken)?;
        let from = match source {
            None => return Err(refused(&write.key, "nobody says where its content is")),
            Some(ImageSource::Layout { path }) => {
                let layout = Layout::open(self.0.sources.folder.join(path));
                Source::Layout(layout.map_err(|error| ProviderError::Broken {
                    what: format!("{} has no content to copy", write.key),
                    source: Some(Box::new(error)),
                })?)
            }
            Some(ImageSource::Replicated { source, .. }) => {
                return Box::pin(self.push(place, write, Some(source), tag)).await;
            }
            Some(ImageSource::Registry { repository }) => {
                let (host, name) = repository.split_once('/').unwrap_or((repository, ""));
                let lawful = |why: lifeboat_contract::Invalid| refused(&write.key, why.to_string());
                let host: Host = host.parse().map_err(lawful)?;
                Source::Registry(Repository::new(host, name.parse().map_err(lawful)?))
            }
        };
        let to = self.target(place, write).await?;
        let moved = client.push(&from, &to, place.digest, tag).await.map_err(broken)?;
        Ok(moved.bytes)
    }

    /// The repository as the registry protocol knows it.
    async fn target(&self, place: Place<'_>, write: &Write) -> Result<Repository, ProviderError> {
        let (login, endpoint) = self.login(place.location).await?;
        let (transport, host) = match endpoint.split_once("://") {
            Some(("http", host)) => (Transport::Plain, host),
            Some((_, host)) => (Transport::Tls, host),
            None => (Transport::Tls, endpoint.as_str()),
        };
        let host: Host =
            host.trim_end_matches('/').parse().map_err(|why: lifeboat_contract::Invalid| {
                refused(&write.key, format!("ECR names a registry that is none: {why}"))
            })?;
        let name = place.repository.clone();
        Ok(Repository { transport, login: Some(login), ..Repository::new(host, name) })
    }

    /// A login for a region's registry, and where it is. Valid for twelve hours.
    async fn login(&self, location: &Location) -> Result<(Login, String), ProviderError> {
        let client = self.session().clients().await.ecr(location, Repeats::Yes);
        let send = client.get_authorization_token().send();
        let answer = self.session().call_in(GET_TOKEN, location, &"*", send).await;
        let what = format!("a login for the registry in {location}");
        let answer = answer.map_err(|failure| failure.about(&what))?;
        let data = answer.authorization_data().first();
        let token = data.and_then(|data| STANDARD.decode(data.authorization_token()?).ok());
        let token = token.and_then(|bytes| String::from_utf8(bytes).ok());
        let endpoint = data.and_then(|data| data.proxy_endpoint());
        match (token.as_deref().and_then(|token| token.split_once(':')), endpoint) {
            (Some((user, password)), Some(endpoint)) => Ok((
                Login { username: user.to_owned(), password: password.to_owned() },
                endpoint.to_owned(),
            )),
            (_, _) => Err(refused(&what, "ECR gave none that can be understood")),
        }
    }
}

fn failed(write: &Write, error: RegistryError) -> ProviderError {
    match error {
        RegistryError::NoAnswer { .. } | RegistryError::Stalled { .. } => {
            let endpoint = "the registry".to_owned();
            ProviderError::NoAnswer { endpoint, source: Some(Box::new(error)) }
        }
        RegistryError::Throttled { .. } => {
            ProviderError::Throttled { provider: crate::NAME.to_owned() }
        }
        RegistryError::TagTaken { .. } | RegistryError::NoRepository { .. } => {
            refused(&write.key, error.to_string())
        }
        RegistryError::Tls(_)
        | RegistryError::NotFound { .. }
        | RegistryError::Name(_)
        | RegistryError::Denied { .. }
        | RegistryError::Answer { .. }
        | RegistryError::Layout { .. }
        | RegistryError::Source { .. } => ProviderError::Broken {
            what: format!("{} was not copied", write.key),
            source: Some(Box::new(error)),
        },
    }
}
