//! The cloud in a folder.
//!
//! Input: scopes and batches. Output: what the folder holds, or one file changed whole. Never
//! leaves half a batch behind: a batch is one file, and a file appears by being renamed.
//!
//! ```text
//! cloud.json                                    the format's version
//! zones/<name>.json                             a zone and its record sets, one on each line
//! health_checks.json                            all health checks
//! regions/<location>/<repository>/_repository.json
//! regions/<location>/<repository>/_layout/      a standard OCI image layout
//! regions/<location>/_unreachable               makes the region dark; `local lose` writes it
//! ```

pub(crate) mod alive;
mod checks;
mod copy;
mod file;
mod image;
pub(crate) mod lock;
mod region;
mod source;
mod trouble;
mod zones;

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use lifeboat_contract::{
    Batch, BoxFuture, Key, Lack, Lease, Observation, Provider, ProviderError, Receipt, Scope,
    Stack, Unreachable, Watch, Write, ZoneName,
};
use lifeboat_oci::durable;

use crate::cloud::Cloud;
use crate::info::NAME;
use copy::Way;
use lock::Access;
use trouble::Trouble;

/// A cloud in a folder. Safe under several processes.
#[derive(Clone, Debug)]
pub struct Local {
    store: Arc<Store>,
}

/// The folder, with blocking calls.
#[derive(Debug)]
struct Store {
    folder: PathBuf,
    /// What relative image sources are relative to.
    base: PathBuf,
    #[cfg(feature = "registry")]
    registries: source::Registries,
}

impl Local {
    /// The cloud in `folder`, which is made by the first write. Relative paths, those of image
    /// sources too, start at `base`, the configuration's folder.
    pub fn open(folder: PathBuf, base: PathBuf) -> Self {
        Self {
            store: Arc::new(Store {
                folder: base.join(folder),
                base,
                #[cfg(feature = "registry")]
                registries: source::Registries::default(),
            }),
        }
    }

    /// The same cloud, with logins for the registries that images come from.
    #[cfg(feature = "registry")]
    #[must_use]
    pub fn with_credentials(self, credentials: lifeboat_oci::registry::Credentials) -> Self {
        let Store { folder, base, registries: _ } = &*self.store;
        let registries = source::Registries::new(credentials);
        let store = Store { folder: folder.clone(), base: base.clone(), registries };
        Self { store: Arc::new(store) }
    }

    async fn blocking<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Store) -> Result<T, ProviderError> + Send + 'static,
    ) -> Result<T, ProviderError> {
        let store = Arc::clone(&self.store);
        match tokio::task::spawn_blocking(move || call(&store)).await {
            Ok(answer) => answer,
            Err(error) => Err(ProviderError::Broken {
                what: "the local cloud stopped in the middle of a call".to_owned(),
                source: Some(Box::new(error)),
            }),
        }
    }
}

impl Provider for Local {
    fn name(&self) -> &'static str {
        NAME
    }

    fn observe<'a>(
        &'a self,
        scope: &'a Scope,
    ) -> BoxFuture<'a, Result<Observation, ProviderError>> {
        let scope = scope.clone();
        Box::pin(self.blocking(move |store| store.observe(&scope)))
    }

    fn commit<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Result<Receipt, ProviderError>> {
        let batch = batch.clone();
        Box::pin(self.blocking(move |store| store.commit(&batch)))
    }

    fn lacking<'a>(&'a self, copies: &'a [Write]) -> BoxFuture<'a, Vec<Option<Lack>>> {
        let wanted = copies.to_vec();
        Box::pin(async move {
            let told = self.blocking(move |store| Ok(store.lacking(&wanted))).await;
            told.unwrap_or_else(|_| copies.iter().map(|_| None).collect())
        })
    }

    fn copy<'a>(
        &'a self,
        batches: &'a [Batch],
        watch: Watch,
    ) -> BoxFuture<'a, Vec<Result<Receipt, ProviderError>>> {
        let wanted = batches.to_vec();
        Box::pin(async move {
            let ended = self.blocking(move |store| Ok(store.copy(&wanted, &watch))).await;
            ended.unwrap_or_else(|error| copy::all_failed(batches.len(), error))
        })
    }

    fn settle<'a>(&'a self, _receipt: &'a Receipt) -> BoxFuture<'a, Result<(), ProviderError>> {
        // What is in the folder is in effect.
        Box::pin(async { Ok(()) })
    }

    fn lease(&self, stack: &Stack) -> Result<Lease, ProviderError> {
        self.store.prepare()?;
        let path = self.store.folder.join(format!("lease-{stack}.lock"));
        Ok(Lease::holding(lock::try_exclusive(&path)?.ok_or(ProviderError::Busy)?))
    }

    fn seen_from(&self, folder: &Path) -> BTreeMap<&'static str, String> {
        let path = relative(folder, &self.store.folder);
        path.map(|path| ("path", path.display().to_string())).into_iter().collect()
    }
}

/// The JSON Schemas of the files, by the name of each.
pub fn schemas() -> Vec<(&'static str, schemars::Schema)> {
    vec![
        ("cloud", schemars::schema_for!(file::CloudFile)),
        ("zone", schemars::schema_for!(zones::ZoneFile)),
        ("health_checks", schemars::schema_for!(checks::ChecksFile)),
        ("repository", schemars::schema_for!(region::RepositoryFile)),
        ("dark", schemars::schema_for!(alive::DarkFile)),
    ]
}

/// The way from one folder to another. Both have to exist.
fn relative(from: &Path, to: &Path) -> Option<PathBuf> {
    let [from, to] = [from.canonicalize().ok()?, to.canonicalize().ok()?];
    let shared = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    Some(up.chain(to.components().skip(shared)).collect())
}

impl Store {
    fn observe(&self, scope: &Scope) -> Result<Observation, ProviderError> {
        let there = self.folder.try_exists();
        if !there.map_err(|source| Trouble::io("read", &self.folder, source))? {
            return Ok(Observation { calls: 1, ..Observation::default() });
        }
        let _held = self.lock(Access::Shared)?;
        file::read_cloud(&self.folder)?;
        let mut cloud = Cloud::default();
        self.load_zones(scope, &mut cloud)?;
        cloud.checks = checks::load(&self.folder)?;
        cloud.rename_checks(&cloud.checks.adopted());
        let mut unreachable = Vec::new();
        for location in region::locations(&self.folder)? {
            match region::load(&self.folder, &location) {
                Ok(repositories) => drop(cloud.regions.insert(location, repositories)),
                Err(trouble) => unreachable
                    .push(Unreachable { why: trouble.darkness()?, location: Some(location) }),
            }
        }
        Ok(Observation { unreachable, ..cloud.into_observation(scope) })
    }

    /// Zones beyond the scope are read only if the stack may own something there.
    fn load_zones(&self, scope: &Scope, cloud: &mut Cloud) -> Result<(), ProviderError> {
        for name in zones::names(&self.folder)? {
            let zone = ZoneName::public(name);
            let read = if scope.zones.contains_key(&zone) {
                zones::load(&self.folder, &zone.name)?
            } else {
                zones::load_if_mentions(&self.folder, &zone.name, scope.stack.as_str())?
            };
            if let Some(held) = read {
                cloud.zones.insert(zone, held);
            }
        }
        Ok(())
    }

    fn commit(&self, batch: &Batch) -> Result<Receipt, ProviderError> {
        let Some(first) = batch.writes.first() else { return Ok(Receipt::default()) };
        if let Some(location) = first.key.location() {
            region::answer(&self.folder, location)?;
        }
        self.prepare()?;
        match &first.key {
            Key::Zone { name } | Key::RecordSet { zone: name, .. } => {
                let _held = self.lock(Access::Exclusive)?;
                let mut cloud = Cloud { checks: checks::load(&self.folder)?, ..Cloud::default() };
                let held = zones::load(&self.folder, &name.name)?.filter(|_| !name.private);
                cloud.zones.extend(held.map(|held| (name.clone(), held)));
                cloud.rename_checks(&cloud.checks.adopted());
                let receipt = cloud.commit(batch)?;
                if !name.private {
                    zones::save(&self.folder, &name.name, cloud.zones.get(name), &cloud.checks)?;
                }
                Ok(receipt)
            }
            Key::HealthCheck { .. } | Key::ForeignCheck { .. } => self.commit_check(batch, first),
            Key::Repository { location, name } => self.commit_repository(location, name, batch),
            Key::ImageCopy { .. } => self.commit_image(batch, &Way::default()),
        }
    }

    fn commit_check(&self, batch: &Batch, first: &Write) -> Result<Receipt, ProviderError> {
        let _held = self.lock(Access::Exclusive)?;
        let mut cloud = Cloud { checks: checks::load(&self.folder)?, ..Cloud::default() };
        if let (Key::HealthCheck { reference }, None) = (&first.key, &first.then) {
            // A check that a record set depends on must not go.
            let adopted = cloud.checks.marked.get(reference).and_then(|held| held.adopted.clone());
            let text = adopted.unwrap_or_else(|| reference.to_string());
            let text = serde_json::Value::from(text).to_string();
            for name in zones::names(&self.folder)? {
                let read = zones::load_if_mentions(&self.folder, &name, &text)?;
                cloud.zones.extend(read.map(|zone| (ZoneName::public(name), zone)));
            }
        }
        cloud.rename_checks(&cloud.checks.adopted());
        let receipt = cloud.commit(batch)?;
        checks::save(&self.folder, &cloud.checks)?;
        Ok(receipt)
    }

    fn lock(&self, access: Access) -> Result<lock::Held, ProviderError> {
        lock::acquire(&self.folder.join("lock"), access)
    }

    /// Makes the folder before the first write.
    fn prepare(&self) -> Result<(), ProviderError> {
        let trouble = |source| Trouble::io("make", &self.folder, source);
        std::fs::create_dir_all(&self.folder).map_err(trouble)?;
        if file::read_cloud(&self.folder)?.is_some() {
            return Ok(());
        }
        let _held = self.lock(Access::Exclusive)?;
        if file::read_cloud(&self.folder)?.is_none() {
            file::write_cloud(&self.folder)?;
        }
        Ok(())
    }
}

/// Writes a file after clearing away what killed processes left beside it. The caller holds the
/// exclusive lock.
fn write_swept(path: &Path, bytes: &[u8]) -> Result<(), Trouble> {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder).map_err(|source| Trouble::io("make", folder, source))?;
    durable::sweep(folder).map_err(|source| Trouble::io("sweep", folder, source))?;
    durable::write(path, bytes).map_err(|source| Trouble::io("write", path, source))
}
