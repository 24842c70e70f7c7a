//! ECR in every region: repositories, and the images in them.
//!
//! A repository is marked by tags, an image by a tag of its own beside those that people use.

mod image;
mod observe;
mod policy;
mod push;
mod replication;
mod repository;

use std::fmt::Display;
use std::path::PathBuf;
use std::sync::Arc;

use lifeboat_contract::{Key, Location, Object, ProviderError, RepositoryName};
use lifeboat_oci::registry::Credentials;

use crate::Session;

/// ECR of one account.
#[derive(Clone)]
pub(crate) struct Ecr(Arc<Inner>);

struct Inner {
    session: Session,
    sources: Sources,
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
        Self(Arc::new(Inner { session, sources, replicating: tokio::sync::Mutex::default() }))
    }

    fn session(&self) -> &Session {
        &self.0.session
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
