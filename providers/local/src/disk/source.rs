//! Where the content of images comes from: a layout beside the configuration, or a registry.

use lifeboat_contract::{Digest, ImageSource, ProviderError};
use lifeboat_oci::{Descriptor, Imported, Layout, LayoutError};

use super::Store;
use super::copy::Way;
use super::lock::Access;
use super::region::Place;
use super::trouble::Trouble;

impl Store {
    /// Brings an image's content into the layout, without showing it yet.
    pub(super) fn fetch(
        &self,
        place: &Place,
        digest: &Digest,
        source: Option<&ImageSource>,
        way: &Way<'_>,
    ) -> Result<Imported, ProviderError> {
        let layout = {
            // Two who make the layout at once could each take the other's index for their own.
            let _held = self.lock(Access::Exclusive)?;
            Layout::create(place.layout()).map_err(Trouble::from)?
        };
        let near = way.near.and_then(|near| Layout::open(near.layout()).ok());
        // What is near may go at any moment; the source itself stays.
        if let Some(Ok(imported)) = near.map(|near| layout.import(&near, digest)) {
            return Ok(imported);
        }
        match source {
            Some(ImageSource::Layout { path }) => Layout::open(self.base.join(path))
                .and_then(|source| layout.import(&source, digest))
                .map_err(|error| broken(digest, error)),
            Some(ImageSource::Registry { repository }) => {
                self.pull(&layout, digest, repository, way)
            }
            // Nothing here copies by itself.
            Some(ImageSource::Replicated { source, .. }) => {
                self.fetch(place, digest, Some(source), way)
            }
            // Content that another tool has put there already needs no source.
            None => match layout.walk(digest).and_then(|_| layout.descriptor(digest)) {
                Ok(top) => Ok(Imported { top, bytes: 0, blobs: 0 }),
                Err(error) => Err(broken(digest, error)),
            },
        }
    }

    /// What an image consists of, if its source tells.
    pub(super) fn parts(&self, source: &ImageSource, digest: &Digest) -> Option<Vec<Descriptor>> {
        match source {
            ImageSource::Layout { path } => {
                let layout = Layout::open(self.base.join(path)).ok()?;
                Some(layout.walk(digest).ok()?.parts)
            }
            ImageSource::Registry { repository } => self.parts_of(repository, digest),
            ImageSource::Replicated { source, .. } => self.parts(source, digest),
        }
    }

    #[cfg(not(feature = "registry"))]
    #[expect(clippy::unused_self, reason = "with registries it has their logins")]
    fn parts_of(&self, _repository: &str, _digest: &Digest) -> Option<Vec<Descriptor>> {
        None
    }

    #[cfg(not(feature = "registry"))]
    #[expect(clippy::unused_self, reason = "with registries it has their logins")]
    fn pull(
        &self,
        _layout: &Layout,
        digest: &Digest,
        repository: &str,
        _way: &Way<'_>,
    ) -> Result<Imported, ProviderError> {
        let why = "this Lifeboat was built without registries: build it with `--features registry`";
        Err(crate::cloud::refused(format!("the copy of {repository}@{digest}"), why))
    }
}

fn broken(digest: &Digest, error: LayoutError) -> ProviderError {
    ProviderError::Broken {
        what: format!("the image {digest} cannot be copied"),
        source: Some(Box::new(error)),
    }
}

#[cfg(feature = "registry")]
pub(super) use registry::Registries;

#[cfg(feature = "registry")]
mod registry {
    //! Content from registries.

    use std::sync::OnceLock;

    use lifeboat_contract::{Digest, ProviderError};
    use lifeboat_oci::registry::{Client, Credentials, RegistryError, Repository, Source};
    use lifeboat_oci::{Descriptor, Imported, Layout, Place, Reference};

    use crate::cloud::refused;
    use crate::disk::Store;
    use crate::disk::copy::Way;
    use crate::info::NAME;

    /// A client that is made when it is first needed: reading the machine's certificates takes time.
    #[derive(Default)]
    pub(in crate::disk) struct Registries {
        credentials: Credentials,
        client: OnceLock<Client>,
    }

    impl std::fmt::Debug for Registries {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.debug_tuple("Registries").field(&self.credentials).finish()
        }
    }

    impl Registries {
        pub(in crate::disk) fn new(credentials: Credentials) -> Self {
            Self { credentials, client: OnceLock::new() }
        }

        fn client(&self) -> Result<&Client, RegistryError> {
            if let Some(client) = self.client.get() {
                return Ok(client);
            }
            let client = Client::new(self.credentials.clone())?;
            Ok(self.client.get_or_init(|| client))
        }
    }

    impl Store {
        pub(super) fn parts_of(&self, source: &str, digest: &Digest) -> Option<Vec<Descriptor>> {
            let Place::Registry { host, repository } = source.parse::<Reference>().ok()?.place
            else {
                return None;
            };
            let from = Source::Registry(Repository::new(host, repository));
            let client = self.registries.client().ok()?;
            tokio::runtime::Handle::current().block_on(client.parts(&from, digest)).ok()
        }

        /// Called on a thread for blocking calls, so the writes to disk may block too.
        pub(super) fn pull(
            &self,
            layout: &Layout,
            digest: &Digest,
            repository: &str,
            way: &Way<'_>,
        ) -> Result<Imported, ProviderError> {
            let what = format!("the copy of {repository}@{digest}");
            let place = repository.parse::<Reference>().map(|reference| reference.place);
            let Ok(Place::Registry { host, repository }) = place else {
                return Err(refused(what, "its source is no repository of a registry"));
            };
            let pulled = self.registries.client().and_then(|client| {
                let runtime = tokio::runtime::Handle::current();
                let from = (&host, &repository);
                runtime.block_on(client.pull(from, digest, layout, &|far| way.tell(far)))
            });
            pulled.map_err(|error| told(&what, error))
        }
    }

    fn told(what: &str, error: RegistryError) -> ProviderError {
        match error {
            RegistryError::Throttled { .. } => {
                ProviderError::Throttled { provider: NAME.to_owned() }
            }
            RegistryError::NoAnswer { host, source } => ProviderError::NoAnswer {
                endpoint: format!("the registry {host}"),
                source: Some(Box::new(source)),
            },
            RegistryError::Stalled { host, what: _ } => {
                ProviderError::NoAnswer { endpoint: format!("the registry {host}"), source: None }
            }
            RegistryError::Tls(_)
            | RegistryError::NotFound { .. }
            | RegistryError::NoRepository { .. }
            | RegistryError::TagTaken { .. }
            | RegistryError::NoDeletion { .. }
            | RegistryError::Name(_)
            | RegistryError::Denied { .. }
            | RegistryError::Answer { .. }
            | RegistryError::Layout { .. }
            | RegistryError::Source { .. } => ProviderError::Broken {
                what: format!("{what} failed"),
                source: Some(Box::new(error)),
            },
        }
    }
}
