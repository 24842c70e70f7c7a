//! Reading a registry: what is declared, and what the stack owns beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;
use std::time::Duration;

use futures_util::future::join_all;
use lifeboat_contract::{
    Depth, ImageState, Key, Location, Object, Observation, ProviderError, RepositoryName, Scope,
    Unreachable,
};

use super::image::Place;
use super::note::{NOTE, Note};
use super::{Oci, failed, refused};
use crate::registry::RegistryError;

/// A registry that takes longer to be read counts as one that does not answer.
const DEADLINE: Duration = Duration::from_mins(2);

/// In a registry with more repositories nobody looks for those that are no longer declared: that
/// takes a request each.
const LISTED_MAX: usize = 1000;

#[derive(Default)]
struct Seen {
    objects: Vec<Object>,
    images: BTreeMap<Key, ImageState>,
    calls: u32,
}

impl Oci {
    pub(super) async fn read(&self, scope: &Scope) -> Result<Observation, ProviderError> {
        let reads = scope.locations.iter().map(async |location| {
            let read = tokio::time::timeout(DEADLINE, self.read_at(location, scope)).await;
            let endpoint = || format!("the registry of {location}");
            let late = |_| ProviderError::NoAnswer { endpoint: endpoint(), source: None };
            (location, read.map_err(late).flatten())
        });
        let mut all = Observation::default();
        for (location, read) in join_all(reads).await {
            match read {
                Ok(seen) => {
                    all.objects.extend(seen.objects);
                    all.images.extend(seen.images);
                    all.calls += seen.calls;
                }
                Err(ProviderError::NoAnswer { endpoint, .. }) => {
                    let why = format!("no answer from {endpoint}");
                    all.unreachable.push(Unreachable { location: Some(location.clone()), why });
                    all.calls += 1;
                }
                Err(error) => return Err(error),
            }
        }
        all.objects.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(all)
    }

    async fn read_at(&self, location: &Location, scope: &Scope) -> Result<Seen, ProviderError> {
        let mut seen = Seen::default();
        let mut names = scope.repositories.clone();
        names.extend(self.undeclared(location, scope, &mut seen.calls).await?);
        let reads = names.iter().map(async |name| {
            let place = self.place(location, name)?;
            let held = self.held(&place).await?;
            Ok::<_, ProviderError>((place, held))
        });
        for read in join_all(reads).await {
            let (place, held) = read?;
            seen.calls += held.calls;
            seen.objects.extend(held.objects(&place));
            let states = held.images.iter().map(|image| (image.object(&place).key, image.state()));
            seen.images.extend(states);
        }
        let mut known = self.0.seen.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(location.clone()).or_default().extend(names);
        drop(known);
        Ok(seen)
    }

    /// Repositories that nothing declares, and that the scope asks for nevertheless. A registry that
    /// does not list what it has tells of none.
    async fn undeclared(
        &self,
        location: &Location,
        scope: &Scope,
        calls: &mut u32,
    ) -> Result<BTreeSet<RepositoryName>, ProviderError> {
        let what = format!("the repositories in {location}");
        let any: RepositoryName = "catalog"
            .parse()
            .map_err(|why: lifeboat_contract::Invalid| refused(&what, why.to_string()))?;
        let any = self.place(location, &any)?;
        let client = self.client()?;
        let listed = client.catalog(&any.repository).await;
        *calls += 1;
        let listed = listed.map_err(|error| failed(&what, error))?.unwrap_or_default();
        let names: BTreeSet<RepositoryName> =
            listed.into_iter().filter_map(|name| name.parse().ok()).collect();
        if scope.depth == Depth::Everything {
            return Ok(names);
        }
        let others: Vec<RepositoryName> = names.difference(&scope.repositories).cloned().collect();
        if others.len() > LISTED_MAX {
            return Ok(BTreeSet::new());
        }
        let notes = others.into_iter().map(async |name| {
            let Place { repository, .. } = self.place(location, &name)?;
            let note = match client.tagged(&repository, NOTE).await {
                // What may not be read is nobody's business here.
                Err(RegistryError::Denied { .. }) => None,
                note => note.map_err(|error| failed(&format!("repository {name}"), error))?,
            };
            let mark = note.and_then(|(digest, bytes)| Note::read(digest, &bytes).mark);
            Ok::<_, ProviderError>(mark.filter(|mark| mark.stack == scope.stack).map(|_| name))
        });
        let mut ours = BTreeSet::new();
        for name in join_all(notes).await {
            ours.extend(name?);
            *calls += 1;
        }
        Ok(ours)
    }
}
