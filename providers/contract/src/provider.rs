//! The contract.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use crate::{
    Batch, ImageState, Key, Lack, Location, Object, ProviderError, Receipt, RepositoryName, Stack,
    Watch, Write, ZoneName,
};

/// A future that can be kept beside others.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A cloud.
///
/// # Guarantees
/// - `commit` is atomic: all writes of a batch happen, or none.
/// - `commit` writes only where it finds exactly what the write expects.
/// - What is not named in a batch is never touched.
/// - No call waits for ever: each has a deadline and then fails with [`ProviderError::NoAnswer`].
pub trait Provider: Send + Sync {
    /// The name in `provider "<name>"`.
    fn name(&self) -> &'static str;

    /// Reads what is there, in few calls.
    ///
    /// Guarantees: every object within the scope is returned, foreign ones too, or the part that
    /// could not be read is named in [`Observation::unreachable`]. Sorted by key.
    ///
    /// # Errors
    /// Only where nothing at all could be read for a reason that is not an absent answer.
    fn observe<'a>(&'a self, scope: &'a Scope)
    -> BoxFuture<'a, Result<Observation, ProviderError>>;

    /// Writes a batch, if everything is as it expects.
    ///
    /// A batch with `repeated` succeeds when it is found already done. Deleting what is absent
    /// needs no object to expect and is refused as stale otherwise.
    ///
    /// # Errors
    /// [`ProviderError::Stale`] when something is not as expected; the other variants as documented.
    fn commit<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Result<Receipt, ProviderError>>;

    /// What each of these writes of a new image copy would have to move; absent where that cannot be
    /// told. Reads only, from the places and from the sources.
    fn lacking<'a>(&'a self, copies: &'a [Write]) -> BoxFuture<'a, Vec<Option<Lack>>> {
        Box::pin(async move { copies.iter().map(|_| None).collect() })
    }

    /// Commits batches that each copy the same image out of the same source, to one place each; a
    /// provider that can reads the source once for all of them. Each ends as [`Provider::commit`]
    /// says, in the order of the batches: where one fails the others go on. `watch` is told how far
    /// each of them is, by its place in the list.
    fn copy<'a>(
        &'a self,
        batches: &'a [Batch],
        _watch: Watch,
    ) -> BoxFuture<'a, Vec<Result<Receipt, ProviderError>>> {
        Box::pin(async move {
            let mut ended = Vec::with_capacity(batches.len());
            for batch in batches {
                ended.push(self.commit(batch).await);
            }
            ended
        })
    }

    /// Waits until the change of a receipt is in effect everywhere.
    ///
    /// # Errors
    /// [`ProviderError::NoAnswer`] when that cannot be told within the provider's limit.
    fn settle<'a>(&'a self, receipt: &'a Receipt) -> BoxFuture<'a, Result<(), ProviderError>>;

    /// Keeps other applies of this stack out, as far as the provider can, until dropped.
    ///
    /// # Errors
    /// [`ProviderError::Busy`] when another apply is under way.
    fn lease(&self, stack: &Stack) -> Result<Lease, ProviderError>;

    /// The attributes by which a configuration in another folder reaches the same cloud, as far as
    /// they are others than the ones here: paths that are relative to the configuration.
    fn seen_from(&self, _folder: &Path) -> BTreeMap<&'static str, String> {
        BTreeMap::new()
    }
}

/// Held while an apply runs; dropping it, or the end of the process, lets go.
#[must_use]
pub struct Lease {
    #[expect(dead_code, reason = "held for its Drop")]
    held: Option<Box<dyn Send>>,
}

impl Lease {
    /// A lease that lasts as long as `held`.
    pub fn holding(held: impl Send + 'static) -> Self {
        Self { held: Some(Box::new(held)) }
    }

    /// A lease that excludes nobody: writers are kept apart by compare and swap alone.
    pub fn open() -> Self {
        Self { held: None }
    }
}

/// The providers that a configuration uses, by name.
pub type Providers = BTreeMap<Arc<str>, Arc<dyn Provider>>;

/// What to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The stack whose objects are wanted wherever they are found: its zones and repositories with
    /// all that they hold, since nothing else tells whether they may be deleted.
    pub stack: Stack,
    /// Zones to be read whole, and how many record sets are declared in each.
    pub zones: BTreeMap<ZoneName, usize>,
    /// Locations whose repositories are to be read.
    pub locations: BTreeSet<Location>,
    /// Repositories that are declared, in any of the locations: those to be read whole.
    pub repositories: BTreeSet<RepositoryName>,
    /// How many health checks are declared.
    pub checks: usize,
    /// How much is wanted beyond that.
    pub depth: Depth,
}

/// How much is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// What a plan needs, in few calls. The hash in the mark of an object may be that of what is there.
    #[default]
    Plan,
    /// Every mark with the hash of what was last applied.
    Marks,
    /// All repositories in the locations, whole.
    Everything,
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    /// The objects, sorted by key.
    pub objects: Vec<Object>,
    /// What could not be read.
    pub unreachable: Vec<Unreachable>,
    /// How many calls it took.
    pub calls: u32,
    /// How much fits.
    pub limits: Limits,
    /// How images stand, by the keys of their objects, as far as the provider tells.
    pub images: BTreeMap<Key, ImageState>,
}

/// How much a provider takes, where it says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Record sets in each zone.
    pub sets: BTreeMap<ZoneName, u64>,
    /// Health checks, and how many there are, others' included.
    pub checks: Option<(u64, u64)>,
}

/// A part of the world that did not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreachable {
    /// The location, or absent for what is global.
    pub location: Option<Location>,
    /// Why, for people.
    pub why: String,
}

impl Unreachable {
    /// Whether objects of this key could not be read.
    pub fn covers(&self, key: &Key) -> bool {
        self.location.as_ref() == key.location()
    }
}
