//! Any OCI registry as the registry of a region.
//!
//! Input: which registry is where. Output: repositories and images there, as the contract asks.
//! A registry has no compare and swap: what a write expects is looked at right before it.

mod copy;
mod expect;
mod image;
mod info;
mod lack;
mod note;
mod observe;
mod push;
mod repository;
mod setting;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::slice;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use lifeboat_contract::{
    Batch, BoxFuture, Key, Lack, Lease, Location, Observation, Provider, ProviderError, Receipt,
    RepositoryName, Scope, Stack, Watch, Write,
};

use crate::registry::{Client, Credentials, RegistryError};
use image::Place;
use setting::Setting;

pub use info::INFO;

/// OCI registries, one for each location.
#[derive(Clone)]
pub struct Oci(Arc<Inner>);

struct Inner {
    setting: Setting,
    options: Options,
    /// Made when it is first needed: reading the machine's certificates takes time.
    client: OnceLock<Client>,
    /// Repositories that were seen, by location: what may share layers.
    seen: Mutex<BTreeMap<Location, BTreeSet<RepositoryName>>>,
}

/// What is not said in the provider's block.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What paths are relative to.
    pub folder: PathBuf,
    /// The logins.
    pub credentials: Credentials,
}

impl Oci {
    /// Understands the provider's block. Nothing is asked yet.
    ///
    /// # Errors
    /// When an attribute makes no sense, or the file with certificates cannot be read.
    pub fn connect(
        attributes: &BTreeMap<String, String>,
        options: Options,
    ) -> Result<Self, String> {
        let setting = Setting::read(attributes, &options.folder)?;
        let (client, seen) = (OnceLock::new(), Mutex::default());
        Ok(Self(Arc::new(Inner { setting, options, client, seen })))
    }

    /// One client for everything, so that all share what a registry bears.
    fn client(&self) -> Result<Client, ProviderError> {
        if let Some(client) = self.0.client.get() {
            return Ok(client.clone());
        }
        let made = Client::new(self.0.options.credentials.clone());
        let made = match &self.0.setting.authorities {
            Some(pem) => made.and_then(|client| client.trusting(pem)),
            None => made,
        };
        let client = made.map_err(|error| failed(&"a connection to a registry", error))?;
        Ok(self.0.client.get_or_init(|| client).clone())
    }

    fn place(&self, location: &Location, name: &RepositoryName) -> Result<Place, ProviderError> {
        let repository = self.0.setting.at(location, name)?;
        Ok(Place { location: location.clone(), repository })
    }

    /// Other repositories of the registry that content may be taken from.
    fn neighbours(&self, place: &Place) -> Vec<RepositoryName> {
        let seen = self.0.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let here = seen.get(&place.location).into_iter().flatten();
        here.filter(|name| *name != place.name()).cloned().collect()
    }

    async fn write(&self, batch: &Batch) -> Result<Receipt, ProviderError> {
        let Some(first) = batch.writes.first() else { return Ok(Receipt::default()) };
        if batch.writes.len() > 1 {
            return Err(refused(&first.key, "a batch here holds one write"));
        }
        match &first.key {
            Key::Repository { location, name } => {
                self.commit_repository(&self.place(location, name)?, batch, first).await
            }
            Key::ImageCopy { .. } => {
                let unwatched: Watch = Arc::new(|_, _| ());
                let mut ended = self.commit_images(slice::from_ref(batch), &unwatched).await;
                ended.pop().unwrap_or_else(|| Ok(Receipt::default()))
            }
            Key::Zone { .. }
            | Key::RecordSet { .. }
            | Key::HealthCheck { .. }
            | Key::ForeignCheck { .. } => Err(ProviderError::Unsupported {
                provider: info::NAME.to_owned(),
                what: first.key.to_string(),
                why: "it holds images alone".to_owned(),
            }),
        }
    }
}

impl Provider for Oci {
    fn name(&self) -> &'static str {
        info::NAME
    }

    fn observe<'a>(
        &'a self,
        scope: &'a Scope,
    ) -> BoxFuture<'a, Result<Observation, ProviderError>> {
        Box::pin(self.read(scope))
    }

    fn commit<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Result<Receipt, ProviderError>> {
        Box::pin(self.write(batch))
    }

    fn lacking<'a>(&'a self, copies: &'a [Write]) -> BoxFuture<'a, Vec<Option<Lack>>> {
        Box::pin(self.lacks(copies))
    }

    fn copy<'a>(
        &'a self,
        batches: &'a [Batch],
        watch: Watch,
    ) -> BoxFuture<'a, Vec<Result<Receipt, ProviderError>>> {
        Box::pin(async move { self.commit_images(batches, &watch).await })
    }

    fn settle<'a>(&'a self, _receipt: &'a Receipt) -> BoxFuture<'a, Result<(), ProviderError>> {
        Box::pin(async { Ok(()) })
    }

    /// A registry has no lock to take.
    fn lease(&self, _stack: &Stack) -> Result<Lease, ProviderError> {
        Ok(Lease::open())
    }

    fn seen_from(&self, folder: &Path) -> BTreeMap<&'static str, String> {
        let ca = self.0.setting.ca.as_ref().map(|ca| self.0.options.folder.join(ca));
        let path = ca.and_then(|ca| relative(folder, &ca));
        path.map(|path| ("ca", path.display().to_string())).into_iter().collect()
    }
}

/// A path from one folder to a file.
fn relative(from: &Path, to: &Path) -> Option<PathBuf> {
    let [from, to] = [from.canonicalize().ok()?, to.canonicalize().ok()?];
    let shared = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(shared).map(|_| std::path::Component::ParentDir);
    Some(up.chain(to.components().skip(shared)).collect())
}

fn refused(what: &dyn Display, why: impl Into<String>) -> ProviderError {
    ProviderError::Refused { what: what.to_string(), why: why.into() }
}

fn failed(what: &dyn Display, error: RegistryError) -> ProviderError {
    match error {
        RegistryError::NoAnswer { host, source } => ProviderError::NoAnswer {
            endpoint: format!("the registry {host}"),
            source: Some(Box::new(source)),
        },
        RegistryError::Stalled { host, what: _ } => {
            ProviderError::NoAnswer { endpoint: format!("the registry {host}"), source: None }
        }
        RegistryError::Throttled { .. } => {
            ProviderError::Throttled { provider: info::NAME.to_owned() }
        }
        RegistryError::TagTaken { .. }
        | RegistryError::NoRepository { .. }
        | RegistryError::NoDeletion { .. } => refused(what, error.to_string()),
        RegistryError::Tls(_)
        | RegistryError::NotFound { .. }
        | RegistryError::Name(_)
        | RegistryError::Denied { .. }
        | RegistryError::Answer { .. }
        | RegistryError::Layout { .. }
        | RegistryError::Source { .. } => {
            ProviderError::Broken { what: format!("{what} failed"), source: Some(Box::new(error)) }
        }
    }
}
