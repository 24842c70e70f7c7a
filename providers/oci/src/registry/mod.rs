//! A client that copies images between OCI registries and layouts.
//!
//! Input: repositories, a tag or digest, and credentials as data. Output: a digest, or a layout or
//! repository that holds the image complete. Never sends a login to another host than the one it is
//! for and the token service which that host names, and never without TLS beyond this machine,
//! unless the caller says so.

mod auth;
mod blob;
mod content;
mod copy;
mod credential;
mod error;
mod fetch;
mod gate;
mod keeper;
mod listing;
mod neighbour;
mod plan;
mod progress;
mod pull;
mod push;
mod referrers;
mod refusal;
mod remove;
mod request;
mod session;
mod tally;
mod upload;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use lifeboat_contract::{Digest, RepositoryName};

use crate::{Host, Reference};

pub use credential::{Credentials, Login};
pub use error::RegistryError;
pub use progress::{Event, Observe};
pub use pull::Measured;
pub use push::{Moved, Source, Target};
pub use referrers::Referrers;
pub use tally::Tally;

/// A host that does not answer a connection by then is gone.
const CONNECT_DEADLINE: Duration = Duration::from_secs(5);
/// A transfer from which nothing comes for so long has ended.
const READ_DEADLINE: Duration = Duration::from_secs(15);
/// Servers hang up on connections that do nothing, many after a minute. A streamed body cannot be
/// sent again, so it must not meet such a one.
const IDLE_DEADLINE: Duration = Duration::from_secs(20);
/// Registries hand blobs over to a storage, which may hand them on once.
const REDIRECTS_MAX: usize = 5;

/// A client for registries, with its logins. Clones share connections, logins and how busy each
/// registry is.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    observer: Option<Arc<dyn Observe>>,
    referrers: Referrers,
}

/// What all copies of a client know.
struct Shared {
    http: reqwest::Client,
    /// Made when it is first needed: reading the machine's certificates takes time.
    writer: OnceLock<reqwest::Client>,
    credentials: Credentials,
    /// Tokens that were given for a repository.
    tokens: Mutex<BTreeMap<auth::Key, auth::Token>>,
    /// What programs that keep logins have said.
    kept: Mutex<BTreeMap<Host, Option<Login>>>,
    gates: gate::Gates,
    /// Authorities that are trusted besides those of the machine.
    authorities: Vec<reqwest::Certificate>,
}

/// A repository of a registry, and how to speak with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// The registry.
    pub host: Host,
    /// The repository.
    pub name: RepositoryName,
    /// What the connection is.
    pub transport: Transport,
    /// The login. Without one, that of the client's credentials is taken.
    pub login: Option<Login>,
}

/// What the connection to a registry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Transport {
    /// TLS; within this machine none is needed.
    Tls,
    /// Plain HTTP: whoever listens reads the login, too.
    Plain,
}

/// What is to be done in a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Access {
    Pull,
    Push,
}

/// A repository as it is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Remote<'a> {
    host: &'a Host,
    repository: &'a RepositoryName,
    transport: Transport,
    login: Option<&'a Login>,
    access: Access,
    /// Another repository of the registry, from which something is taken.
    mounts: Option<&'a RepositoryName>,
}

impl Repository {
    /// A repository that is asked over TLS, with the login of the client's credentials.
    pub fn new(host: Host, name: RepositoryName) -> Self {
        Self { host, name, transport: Transport::Tls, login: None }
    }

    fn remote(&self, access: Access) -> Remote<'_> {
        let Self { host, name, transport, login } = self;
        let (transport, login) = (*transport, login.as_ref());
        Remote { host, repository: name, transport, login, access, mounts: None }
    }
}

impl<'a> Remote<'a> {
    fn reading(host: &'a Host, repository: &'a RepositoryName) -> Self {
        let (transport, access) = (Transport::Tls, Access::Pull);
        Self { host, repository, transport, login: None, access, mounts: None }
    }

    /// Another repository of the same registry, to be read.
    fn reading_also(&self, repository: &'a RepositoryName) -> Self {
        Self { repository, access: Access::Pull, mounts: None, ..*self }
    }
}

impl Client {
    /// A client with these logins.
    ///
    /// # Errors
    /// When no TLS can be done on this machine.
    pub fn new(credentials: Credentials) -> Result<Self, RegistryError> {
        // Somebody may have chosen a provider for the whole process before; that one will do.
        drop(rustls::crypto::ring::default_provider().install_default());
        let shared = Shared::new(credentials, Vec::new())?;
        Ok(Self { shared: Arc::new(shared), observer: None, referrers: Referrers::Along })
    }

    /// Tells what happens to this observer, too.
    #[must_use]
    pub fn observed_by(self, observer: Arc<dyn Observe>) -> Self {
        Self { observer: Some(observer), ..self }
    }

    /// Trusts these authorities, too: certificates in PEM. Without them those of the machine are
    /// trusted, or of the file that `SSL_CERT_FILE` names.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn trusting(self, pem: &[u8]) -> Result<Self, RegistryError> {
        let authorities = reqwest::Certificate::from_pem_bundle(pem).map_err(no_tls)?;
        let shared = Shared::new(self.shared.credentials.clone(), authorities)?;
        Ok(Self { shared: Arc::new(shared), ..self })
    }

    /// Says whether what refers to an image travels with it, as it does unless this says otherwise.
    #[must_use]
    pub fn with_referrers(self, referrers: Referrers) -> Self {
        Self { referrers, ..self }
    }

    /// The client for what is written: its limits are set for each request, since the general one
    /// counts from the start of an upload to its answer. A body that was streamed cannot be sent to
    /// where a redirect leads, so none is followed.
    fn writer(&self) -> Result<&reqwest::Client, RegistryError> {
        let shared = &self.shared;
        if let Some(writer) = shared.writer.get() {
            return Ok(writer);
        }
        let builder = builder(&shared.authorities).redirect(reqwest::redirect::Policy::none());
        let writer = builder.build().map_err(no_tls)?;
        Ok(shared.writer.get_or_init(|| writer))
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
        self.digest_of(&Remote::reading(host, repository), tag).await
    }
}

impl Shared {
    fn new(
        credentials: Credentials,
        authorities: Vec<reqwest::Certificate>,
    ) -> Result<Self, RegistryError> {
        Ok(Self {
            http: reader(&authorities)?,
            writer: OnceLock::new(),
            credentials,
            tokens: Mutex::default(),
            kept: Mutex::default(),
            gates: gate::Gates::default(),
            authorities,
        })
    }
}

fn no_tls(why: reqwest::Error) -> RegistryError {
    RegistryError::Tls(Arc::new(why))
}

/// The client for what is read.
fn reader(authorities: &[reqwest::Certificate]) -> Result<reqwest::Client, RegistryError> {
    let follow = reqwest::redirect::Policy::custom(request::follow);
    let builder = builder(authorities).read_timeout(READ_DEADLINE).redirect(follow);
    builder.build().map_err(no_tls)
}

fn builder(authorities: &[reqwest::Certificate]) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("lifeboat/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_DEADLINE)
        .pool_idle_timeout(IDLE_DEADLINE)
        .tls_certs_merge(authorities.iter().cloned())
}
