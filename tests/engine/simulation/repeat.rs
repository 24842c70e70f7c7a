//! A cloud in which every commit arrives three times: twice at once, and again when all are done.

use std::sync::{Mutex, PoisonError};

use lifeboat_contract::{
    Batch, BoxFuture, Lease, Observation, Provider, ProviderError, Receipt, Scope, Stack,
};
use lifeboat_local::World;

use super::history::History;
use super::rules::{Shared, lock};

/// Repeats every commit that was carried out, as a client does whose answer was lost.
pub(super) struct Repeating {
    world: World,
    watch: Shared,
    /// What was committed since somebody last looked.
    done: Mutex<Vec<Batch>>,
}

impl Repeating {
    pub(super) fn of(history: &History) -> Self {
        let (world, watch) = (history.world.clone(), history.watch.clone());
        Self { world, watch, done: Mutex::default() }
    }

    async fn repeat(&self, batch: &Batch) {
        let before = self.world.cloud();
        let again = self.world.commit(&Batch { repeated: true, ..batch.clone() }).await;
        if again.is_err() || self.world.cloud() != before {
            let what = format!("repeated, {batch:?} did something: {again:?}");
            lock(&self.watch).broken.push(what);
        }
    }
}

impl Provider for Repeating {
    fn name(&self) -> &'static str {
        self.world.name()
    }

    fn observe<'a>(
        &'a self,
        scope: &'a Scope,
    ) -> BoxFuture<'a, Result<Observation, ProviderError>> {
        Box::pin(async move {
            let done =
                std::mem::take(&mut *self.done.lock().unwrap_or_else(PoisonError::into_inner));
            for batch in &done {
                self.repeat(batch).await;
            }
            self.world.observe(scope).await
        })
    }

    fn commit<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Result<Receipt, ProviderError>> {
        Box::pin(async move {
            let receipt = self.world.commit(batch).await?;
            self.repeat(batch).await;
            self.done.lock().unwrap_or_else(PoisonError::into_inner).push(batch.clone());
            Ok(receipt)
        })
    }

    fn settle<'a>(&'a self, receipt: &'a Receipt) -> BoxFuture<'a, Result<(), ProviderError>> {
        self.world.settle(receipt)
    }

    fn lease(&self, stack: &Stack) -> Result<Lease, ProviderError> {
        self.world.lease(stack)
    }
}
