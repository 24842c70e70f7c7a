//! A client that pulls images from OCI registries into layouts.
//!
//! Input: a host, a repository, a tag or digest, and credentials as data. Output: a digest, or a
//! layout that holds the image complete. Never sends a login to another host than the one it is for
//! and the token service which that host names, and never without TLS beyond this machine.

mod auth;
mod credential;
mod error;
mod pull;
mod request;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use lifeboat_contract::{Digest, RepositoryName};

use crate::{Host, Reference};

pub use credential::{Credentials, Login};
pub use error::RegistryError;

/// A host that does not answer a connection by then is gone.
const CONNECT_DEADLINE: Duration = Duration::from_secs(5);
/// A transfer from which nothing comes for so long has ended.
const READ_DEADLINE: Duration = Duration::from_secs(15);
/// Registries hand blobs over to a storage, which may hand them on once.
const REDIRECTS_MAX: usize = 5;

/// A client for registries, with its logins.
pub struct Client {
    http: reqwest::Client,
    credentials: Credentials,
    /// Tokens that were given for a host and repository.
    tokens: Mutex<BTreeMap<(Host, RepositoryName), auth::Token>>,
}

/// An image of a repository.
#[derive(Clone, Debug)]
pub(crate) struct Remote<'a> {
    pub(crate) host: &'a Host,
    pub(crate) repository: &'a RepositoryName,
}

impl Client {
    /// A client with these logins.
    ///
    /// # Errors
    /// When no TLS can be done on this machine.
    pub fn new(credentials: Credentials) -> Result<Self, RegistryError> {
        // Somebody may have chosen a provider for the whole process before; that one will do.
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = reqwest::Client::builder()
            .user_agent(concat!("lifeboat/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_DEADLINE)
            .read_timeout(READ_DEADLINE)
            .redirect(reqwest::redirect::Policy::custom(request::follow))
            .build()
            .map_err(RegistryError::Tls)?;
        Ok(Self { http, credentials, tokens: Mutex::default() })
    }

    /// Which digest a reference means now. A reference with a digest is taken at its word.
    ///
    /// # Errors
    /// When the registry does not tell; or the reference is one to a layout.
    pub async fn resolve(
        &self,
        host: &Host,
        repository: &RepositoryName,
        reference: &Reference,
    ) -> Result<Digest, RegistryError> {
        if let Some(digest) = &reference.digest {
            return Ok(digest.clone());
        }
        let tag = reference.tag.as_deref().unwrap_or("latest");
        self.digest_of(&Remote { host, repository }, tag).await
    }
}
