//! An image on its way to several repositories at once: the blobs, then the manifests that refer
//! to them. One repository's failure is its own; the source's is everybody's.

use std::slice::Iter;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::future::{join_all, try_join_all};
use lifeboat_contract::Digest;
use tokio::sync::Semaphore;

use super::neighbour::Neighbours;
use super::plan::{Origin, Plan};
use super::{Access, Client, Event, Moved, RegistryError, Remote, Repository, Source, Target};
use crate::manifest::Descriptor;

/// Blobs that are asked for or moved at once. The gates let in as many as the registries bear.
const LANES: usize = 64;
/// A blob of this size fills a connection; more of them at once only fill memory.
const LARGE_BYTES: u64 = 4 * 1024 * 1024;
const LARGE_AT_ONCE: usize = 6;

/// A repository that shall have the image, and how far that is.
pub(super) struct Goal<'a> {
    pub(super) repository: &'a Repository,
    pub(super) remote: Remote<'a>,
    /// Repositories of the same registry that may have some of it.
    pub(super) neighbours: Neighbours<'a>,
    state: Mutex<Result<Moved, RegistryError>>,
}

impl<'a> Goal<'a> {
    pub(super) fn new(target: &'a Target, from: &'a Source) -> Self {
        let Target { repository, mounts } = target;
        let mounts = match from {
            // The source has all of it, so there is nothing to choose.
            Source::Registry(from) if from.host == repository.host => vec![&from.name],
            Source::Registry(_) | Source::Layout(_) => mounts.iter().collect(),
        };
        let mounts = mounts.into_iter().filter(|name| **name != repository.name).collect();
        let neighbours = Neighbours::new(mounts);
        let remote = repository.remote(Access::Push);
        Self { repository, remote, neighbours, state: Mutex::new(Ok(Moved::default())) }
    }

    fn state(&self) -> MutexGuard<'_, Result<Moved, RegistryError>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_alive(&self) -> bool {
        self.state().is_ok()
    }

    pub(super) fn count(&self, more: Moved) {
        let mut state = self.state();
        if let Ok(moved) = &mut *state {
            *moved = moved.and(more);
        }
    }

    /// The first failure is the one that is told.
    pub(super) fn fail(&self, error: RegistryError) {
        let mut state = self.state();
        if state.is_ok() {
            *state = Err(error);
        }
    }

    pub(super) fn end(self) -> Result<Moved, RegistryError> {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Client {
    /// Copies the image `digest` to all goals, at each under its tag or else its digest. What fails
    /// is noted at the goals.
    pub(super) async fn copy(
        &self,
        from: &Origin<'_>,
        goals: &[&Goal<'_>],
        digest: &Digest,
        tag: Option<&str>,
    ) {
        if goals.is_empty() {
            return;
        }
        if let Err(error) = self.copy_parts(from, goals, digest, tag).await {
            for goal in goals {
                goal.fail(error.clone());
            }
        }
    }

    async fn copy_parts(
        &self,
        from: &Origin<'_>,
        goals: &[&Goal<'_>],
        digest: &Digest,
        tag: Option<&str>,
    ) -> Result<(), RegistryError> {
        let targets: Vec<Remote<'_>> = goals.iter().map(|goal| goal.remote).collect();
        let plan = self.plan(from, &targets, digest).await?;
        for (goal, lacking) in goals.iter().zip(&plan.lacking) {
            let manifests = plan.manifests.iter().map(|part| &part.manifest);
            let parts = manifests.chain(&plan.blobs);
            let parts = parts.filter(|part| lacking.contains(&part.raw_digest));
            let (blobs, bytes) = parts.fold((0, 0_u64), |(blobs, bytes), part| {
                (blobs + 1, bytes.saturating_add(part.size))
            });
            self.tell(&Event::Planned { to: goal.repository, blobs, bytes });
        }
        let (queue, large) = (Mutex::new(plan.blobs.iter()), Semaphore::new(LARGE_AT_ONCE));
        let lanes = LANES.min(plan.blobs.len());
        try_join_all((0..lanes).map(|_| self.lane(from, goals, &plan, &queue, &large))).await?;
        let puts = goals.iter().zip(0..).map(|(goal, at)| self.put_parts(goal, at, &plan, tag));
        join_all(puts).await;
        Ok(())
    }

    async fn lane(
        &self,
        from: &Origin<'_>,
        goals: &[&Goal<'_>],
        plan: &Plan,
        queue: &Mutex<Iter<'_, Descriptor>>,
        large: &Semaphore,
    ) -> Result<(), RegistryError> {
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
        while let Some(blob) = next() {
            let lacking = goals
                .iter()
                .zip(&plan.lacking)
                .filter(|(goal, lacking)| goal.is_alive() && lacking.contains(&blob.raw_digest));
            let goals: Vec<&Goal<'_>> = lacking.map(|(goal, _)| *goal).collect();
            let _turn = match blob.size {
                LARGE_BYTES.. => large.acquire().await.ok(),
                _ => None,
            };
            if !goals.is_empty() {
                self.push_blob(from, &goals, blob).await?;
            }
        }
        Ok(())
    }

    async fn put_parts(&self, goal: &Goal<'_>, at: usize, plan: &Plan, tag: Option<&str>) {
        let Some(lacking) = plan.lacking.get(at) else { return };
        let last = plan.manifests.len() - 1;
        for (place, part) in plan.manifests.iter().enumerate() {
            if !goal.is_alive() || !lacking.contains(&part.manifest.raw_digest) {
                continue;
            }
            let tag = tag.filter(|_| place == last);
            let put = match part.manifest.digest() {
                Ok(digest) => self.put_part(goal, part, &digest, tag).await,
                Err(source) => {
                    Err(RegistryError::Layout { host: goal.remote.host.clone(), source })
                }
            };
            put.unwrap_or_else(|error| goal.fail(error));
        }
    }
}
