//! ECR in every region: repositories, and the images in them.
//!
//! A repository is marked by tags, an image by a tag of its own beside those that people use.

mod image;
mod observe;
mod policy;
mod push;
mod repository;

use std::fmt::Display;
use std::path::PathBuf;
use std::sync::Arc;

use lifeboat_contract::{Key, Location, Object, ProviderError, RepositoryName, Write};
use lifeboat_oci::registry::Credentials;

use crate::Session;

/// ECR of one account.
#[derive(Clone)]
pub(crate) struct Ecr(Arc<Inner>);

struct Inner {
    session: Session,
    sources: Sources,
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
        Self(Arc::new(Inner { session, sources }))
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

fn fits(write: &Write, found: Option<&Object>) -> bool {
    match (&write.expect, found) {
        (None, None) => true,
        (Some(expected), Some(found)) => expected.spec == found.spec && expected.mark == found.mark,
        (None, Some(_)) | (Some(_), None) => false,
    }
}

fn is_done(write: &Write, found: Option<&Object>) -> bool {
    match (&write.then, found) {
        (None, None) => true,
        (Some(wanted), Some(found)) => wanted.spec == found.spec && wanted.mark == found.mark,
        (None, Some(_)) | (Some(_), None) => false,
    }
}

/// Whether what is there carries the very mark that is wanted: a create that was interrupted.
fn is_half(write: &Write, found: Option<&Object>) -> bool {
    let wanted = write.then.as_ref().and_then(|wanted| wanted.mark.as_ref());
    let there = found.and_then(|object| object.mark.as_ref());
    write.expect.is_none() && wanted.is_some() && wanted == there
}

fn stale(write: &Write, found: Option<Object>) -> ProviderError {
    ProviderError::Stale {
        key: write.key.clone(),
        expected: write.expect.clone().map(Box::new),
        found: found.map(Box::new),
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
