//! ECR in every region: repositories, and the images in them.
//!
//! A repository is marked by tags, an image by a tag of its own beside those that people use.

mod copy;
mod image;
mod lack;
mod observe;
mod policy;
mod push;
mod replication;
mod repository;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use lifeboat_contract::{Key, Location, Object, ProviderError, RepositoryName};
use lifeboat_oci::registry::{Client, Credentials};

use crate::Session;

/// ECR of one account.
#[derive(Clone)]
pub(crate) struct Ecr(Arc<Inner>);

struct Inner {
    session: Session,
    sources: Sources,
    /// Made when it is first needed: reading the machine's certificates takes time.
    client: OnceLock<Client>,
    /// The stack's repositories that were seen, by location.
    seen: Mutex<BTreeMap<Location, BTreeSet<RepositoryName>>>,
    /// Held while a region's replication is written.
    replicating: tokio::sync::Mutex<()>,
}

/// Where images come from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    /// What paths of layouts are relative to.
    pub(crate) folder: PathBuf,
    /// For registries other than ECR.
    pub(crate) credentials: Credentials,
}

impl Ecr {
    pub(crate) fn new(session: Session, sources: Sources) -> Self {
        Self(Arc::new(Inner {
            session,
            sources,
            client: OnceLock::new(),
            seen: Mutex::default(),
            replicating: tokio::sync::Mutex::default(),
        }))
    }

    fn session(&self) -> &Session {
        &self.0.session
    }

    /// Remembers repositories, so that content may be taken from them.
    fn has_seen(&self, location: &Location, names: impl Iterator<Item = RepositoryName>) {
        let mut seen = self.0.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.entry(location.clone()).or_default().extend(names);
    }

    /// Other repositories of the registry that content may be taken from.
    fn neighbours(&self, place: image::Place<'_>) -> Vec<RepositoryName> {
        let seen = self.0.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let here = seen.get(place.location).into_iter().flatten();
        here.filter(|name| *name != place.repository).cloned().collect()
    }
}

/// A repository as policies name it; the account is whoever asks.
fn arn(location: &Location, name: &RepositoryName) -> String {
    format!("arn:aws:ecr:{location}:*:repository/{name}")
}

fn refused(what: &dyn Display, why: impl Into<String>) -> ProviderError {
    ProviderError::Refused { what: what.to_string(), why: why.into() }
}

/// The SDK's builders fail only where a required part was left out.
fn unbuilt(what: &dyn Display, error: aws_sdk_ecr::error::BuildError) -> ProviderError {
    ProviderError::Broken {
        what: format!("{what} cannot be written; this is a bug in Lifeboat"),
        source: Some(Box::new(error)),
    }
}

fn object(
    key: Key,
    spec: lifeboat_contract::Spec,
    mark: Option<lifeboat_contract::Mark>,
    id: Option<String>,
) -> Object {
    Object { key, spec, mark, id, version: None }
}
