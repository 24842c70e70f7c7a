//! What is there.
//!
//! Input: [`Desired`], [`Providers`]. Output: [`Live`]. Reads in bulk, all providers at once; never
//! writes. What does not answer is named, and the rest is still read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use lifeboat_contract::{
    Depth, ImageState, Key, Lack, Limits, Object, Observation, Provider, ProviderError, Providers,
    Retry, Scope, Unreachable, Write,
};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::desired::Desired;
use crate::diagnostic::{Diagnostic, Diagnostics, chain, codes};

/// A provider names by itself what is silent, well before this. Large accounts that keep answering
/// may take minutes.
const READ_MAX: Duration = Duration::from_mins(5);

/// A person waits for a plan: a provider that only asks for fewer calls is not asked any more.
const PATIENCE: Duration = Duration::from_secs(15);

/// What is there, as far as it could be read.
#[derive(Clone, Debug, Default)]
pub struct Live {
    observations: BTreeMap<Arc<str>, Observation>,
}

/// Reads everything that the desired resources could be found in.
pub async fn read(desired: &Desired, providers: &Providers) -> (Live, Diagnostics) {
    read_deep(desired, providers, Depth::Plan).await
}

/// The same, and as much more as `depth` says.
pub async fn read_deep(
    desired: &Desired,
    providers: &Providers,
    depth: Depth,
) -> (Live, Diagnostics) {
    let scopes = providers.keys().map(|name| {
        let scope = Scope { depth, ..scope(desired, name) };
        (Arc::clone(name), scope)
    });
    observe(scopes.collect(), providers).await
}

/// Reads these scopes, each from its provider.
pub async fn observe(
    scopes: BTreeMap<Arc<str>, Scope>,
    providers: &Providers,
) -> (Live, Diagnostics) {
    let mut reads = JoinSet::new();
    for (name, scope) in scopes {
        let Some(provider) = providers.get(&name) else { continue };
        let provider = Arc::clone(provider);
        reads.spawn(async move { (name, read_one(&*provider, &scope).await) });
    }
    let mut live = Live::default();
    let mut found = Diagnostics::default();
    let mut failed = BTreeMap::new();
    while let Some(read) = reads.join_next().await {
        match read {
            Ok((name, Ok(observation))) => {
                live.observations.insert(name, observation);
            }
            Ok((name, Err(error))) => {
                failed.insert(name, error);
            }
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }
    for (name, error) in failed {
        let detail = format!("Provider `{name}` could not be read: {}.", chain(&error));
        found.push(Diagnostic::global(codes::PROVIDER_FAILED, detail));
    }
    (live, found)
}

async fn read_one(provider: &dyn Provider, scope: &Scope) -> Result<Observation, ProviderError> {
    let unreachable = |why: String| {
        let everywhere = scope.locations.iter().cloned().map(Some).chain([None]);
        Observation {
            unreachable: everywhere
                .map(|location| Unreachable { location, why: why.clone() })
                .collect(),
            ..Observation::default()
        }
    };
    match tokio::time::timeout(READ_MAX, patient(provider, scope)).await {
        Ok(Err(error @ ProviderError::NoAnswer { .. })) => Ok(unreachable(chain(&error))),
        Ok(result) => result,
        Err(_) => Ok(unreachable(format!("no answer within {} s", READ_MAX.as_secs()))),
    }
}

/// Reads again when asked for fewer calls, for as long as a person waits.
async fn patient(provider: &dyn Provider, scope: &Scope) -> Result<Observation, ProviderError> {
    let start = Instant::now();
    let mut pause = Duration::from_millis(200);
    loop {
        match provider.observe(scope).await {
            Err(error) if error.retry() == Retry::Again && start.elapsed() + pause < PATIENCE => {
                tokio::time::sleep(pause).await;
            }
            result => return result,
        }
        pause *= 2;
    }
}

/// What copies would move, by provider and key, as far as that is known.
pub type Lacking = BTreeMap<(Arc<str>, Key), Lack>;

/// What these copies would have to move. That it cannot be told is no reason not to plan.
pub async fn lacking(copies: BTreeMap<Arc<str>, Vec<Write>>, providers: &Providers) -> Lacking {
    let mut reads = JoinSet::new();
    for (name, writes) in copies {
        let Some(provider) = providers.get(&name).map(Arc::clone) else { continue };
        reads.spawn(async move {
            let told = tokio::time::timeout(PATIENCE, provider.lacking(&writes)).await;
            (name, writes, told.unwrap_or_default())
        });
    }
    let mut lacking = Lacking::new();
    while let Some(read) = reads.join_next().await {
        match read {
            Ok((name, writes, told)) => {
                let known = writes.into_iter().zip(told);
                let known = known.filter_map(|(write, lack)| Some((write.key, lack?)));
                lacking.extend(known.map(|(key, lack)| ((Arc::clone(&name), key), lack)));
            }
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }
    lacking
}

/// What to read of a provider.
pub fn scope(desired: &Desired, provider: &str) -> Scope {
    let zones = desired.zones.values().filter(|zone| &*zone.provider == provider);
    let regions = desired.regions.iter().filter(|region| &*region.provider == provider);
    let mut scope = Scope {
        stack: desired.stack.clone(),
        zones: zones.map(|zone| (zone.name.clone(), 0)).collect(),
        locations: regions.map(|region| region.location.clone()).collect::<BTreeSet<_>>(),
        repositories: BTreeSet::new(),
        checks: 0,
        depth: Depth::Plan,
    };
    for resource in desired.resources.values().filter(|r| *r.provider == *provider) {
        match &resource.key {
            None => scope.checks += 1,
            Some(Key::RecordSet { zone, .. }) => {
                *scope.zones.entry(zone.clone()).or_default() += 1;
            }
            Some(Key::Repository { name, .. }) => {
                scope.repositories.insert(name.clone());
            }
            Some(
                Key::Zone { .. }
                | Key::ImageCopy { .. }
                | Key::HealthCheck { .. }
                | Key::ForeignCheck { .. },
            ) => {}
        }
    }
    scope
}

impl Live {
    /// What a provider holds, sorted by key.
    pub fn objects(&self, provider: &str) -> &[Object] {
        self.observations.get(provider).map_or(&[], |observation| &observation.objects)
    }

    /// Every provider that was read, and what it holds.
    pub fn all(&self) -> impl Iterator<Item = (&Arc<str>, &[Object])> {
        self.observations.iter().map(|(name, observation)| (name, &observation.objects[..]))
    }

    /// The object found by a key.
    pub fn object(&self, provider: &str, key: &Key) -> Option<&Object> {
        let objects = self.objects(provider);
        let at = objects.binary_search_by(|object| object.key.cmp(key)).ok()?;
        Some(&objects[at])
    }

    /// Every object whose key lies within a range.
    pub fn range(&self, provider: &str, within: impl std::ops::RangeBounds<Key>) -> &[Object] {
        use std::ops::Bound::{Excluded, Included, Unbounded};
        let objects = self.objects(provider);
        let start = match within.start_bound() {
            Included(key) => objects.partition_point(|object| object.key < *key),
            Excluded(key) => objects.partition_point(|object| object.key <= *key),
            Unbounded => 0,
        };
        let end = match within.end_bound() {
            Included(key) => objects.partition_point(|object| object.key <= *key),
            Excluded(key) => objects.partition_point(|object| object.key < *key),
            Unbounded => objects.len(),
        };
        &objects[start..end.max(start)]
    }

    /// How an image stands, where the provider says so.
    pub fn image(&self, provider: &str, key: &Key) -> Option<&ImageState> {
        self.observations.get(provider)?.images.get(key)
    }

    /// How much fits at a provider, where it says so.
    pub fn limits(&self, provider: &str) -> Option<&Limits> {
        self.observations.get(provider).map(|observation| &observation.limits)
    }

    /// Why objects of this key could not be read, if they could not.
    pub fn unreachable(&self, provider: &str, key: Option<&Key>) -> Option<&Unreachable> {
        let covers = |u: &&Unreachable| match key {
            Some(key) => u.covers(key),
            None => u.location.is_none(),
        };
        self.observations.get(provider)?.unreachable.iter().find(covers)
    }

    /// Everything that could not be read.
    pub fn dark(&self) -> impl Iterator<Item = (&Arc<str>, &Unreachable)> {
        self.observations.iter().flat_map(|(name, observation)| {
            observation.unreachable.iter().map(move |unreachable| (name, unreachable))
        })
    }

    /// Calls made, by provider.
    pub fn calls(&self) -> BTreeMap<Arc<str>, u32> {
        self.observations.iter().map(|(name, o)| (Arc::clone(name), o.calls)).collect()
    }

    /// Takes out what is planned around.
    pub fn forget(&mut self, provider: &str, location: &lifeboat_contract::Location) {
        if let Some(observation) = self.observations.get_mut(provider) {
            observation.objects.retain(|object| object.key.location() != Some(location));
            observation.unreachable.retain(|u| u.location.as_ref() != Some(location));
            let why = "planned as lost".to_owned();
            let location = Some(location.clone());
            observation.unreachable.push(Unreachable { location, why });
        }
    }
}
