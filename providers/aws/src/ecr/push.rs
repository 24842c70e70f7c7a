//! Copying an image's content into a repository, with ECR's own login.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::join_all;
use lifeboat_contract::{ImageSource, Location, ProviderError, Watch, Write};
use lifeboat_oci::registry::{
    Client, Login, RegistryError, Repository, Source, Tally, Target, Transport,
};
use lifeboat_oci::{Host, Layout};

use super::image::Place;
use super::{Ecr, refused};
use crate::action::GET_TOKEN;
use crate::connect::Repeats;

/// One image that has to be copied from one source to several places.
pub(super) struct Errand<'e> {
    pub(super) to: Vec<(Place<'e>, &'e Write)>,
    pub(super) source: Option<&'e ImageSource>,
    pub(super) tag: Option<&'e str>,
    pub(super) watch: Watch,
}

impl Ecr {
    /// Copies an image and gives it its tag; returns for each place how many bytes moved.
    pub(super) async fn push(&self, errand: Errand<'_>) -> Vec<Result<u64, ProviderError>> {
        let Errand { to, source, tag, watch } = errand;
        let targets = join_all(to.iter().map(|(place, write)| self.target(*place, write))).await;
        let mut ended = Vec::new();
        let (mut open, mut lawful) = (Vec::new(), Vec::new());
        for (at, target) in targets.into_iter().enumerate() {
            ended.push(match target {
                Ok(target) => {
                    open.push(at);
                    lawful.push(target);
                    Ok(0)
                }
                Err(error) => Err(error),
            });
        }
        let (Some((first, write)), false) = (to.first(), open.is_empty()) else { return ended };
        let repositories = lawful.iter().map(|target| target.repository.clone()).collect();
        let places = open.clone();
        let watch: Watch = Arc::new(move |at, far| {
            if let Some(at) = places.get(at) {
                watch(*at, far);
            }
        });
        let prepared = self.source(source, write).and_then(|from| {
            let client = self.client().map_err(|error| failed(write, error))?;
            let tally = Tally::new(repositories, watch);
            Ok((from, client.observed_by(Arc::new(tally))))
        });
        let (from, client) = match prepared {
            Ok(prepared) => prepared,
            Err(error) => {
                let why = error.to_string();
                let rest = open.iter().map(|_| refused(&"the copy", why.clone()));
                for (at, error) in open.iter().zip(std::iter::once(error).chain(rest)) {
                    ended[*at] = Err(error);
                }
                return ended;
            }
        };
        let pushed = client.push_all(&from, &lawful, first.digest, tag).await;
        for (at, pushed) in open.into_iter().zip(pushed) {
            let (_, write) = to[at];
            ended[at] = pushed.map(|moved| moved.bytes).map_err(|error| failed(write, error));
        }
        ended
    }

    /// One client for all copies, so that they share what a registry bears.
    pub(super) fn client(&self) -> Result<Client, RegistryError> {
        if let Some(client) = self.0.client.get() {
            return Ok(client.clone());
        }
        let client = Client::new(self.0.sources.credentials.clone())?;
        Ok(self.0.client.get_or_init(|| client).clone())
    }

    pub(super) fn source(
        &self,
        source: Option<&ImageSource>,
        write: &Write,
    ) -> Result<Source, ProviderError> {
        match source {
            None => Err(refused(&write.key, "nobody says where its content is")),
            Some(ImageSource::Layout { path }) => {
                let layout = Layout::open(self.0.sources.folder.join(path));
                Ok(Source::Layout(layout.map_err(|error| ProviderError::Broken {
                    what: format!("{} has no content to copy", write.key),
                    source: Some(Box::new(error)),
                })?))
            }
            Some(ImageSource::Replicated { source, .. }) => self.source(Some(source), write),
            Some(ImageSource::Registry { repository }) => {
                let (host, name) = repository.split_once('/').unwrap_or((repository, ""));
                let lawful = |why: lifeboat_contract::Invalid| refused(&write.key, why.to_string());
                let host: Host = host.parse().map_err(lawful)?;
                Ok(Source::Registry(Repository::new(host, name.parse().map_err(lawful)?)))
            }
        }
    }

    /// The repository as the registry protocol knows it, and others of its registry.
    async fn target(&self, place: Place<'_>, write: &Write) -> Result<Target, ProviderError> {
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
        let repository =
            Repository { transport, login: Some(login), ..Repository::new(host, name) };
        Ok(Target { repository, mounts: self.neighbours(place) })
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
        | RegistryError::NoDeletion { .. }
        | RegistryError::Denied { .. }
        | RegistryError::Answer { .. }
        | RegistryError::Layout { .. }
        | RegistryError::Source { .. } => ProviderError::Broken {
            what: format!("{} was not copied", write.key),
            source: Some(Box::new(error)),
        },
    }
}
