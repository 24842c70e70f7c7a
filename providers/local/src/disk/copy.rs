//! Copies of one image to several places: the source is read for the first of them, and the others
//! take it from there.

use lifeboat_contract::{Batch, Key, ProviderError, Receipt, Transfer, Watch};

use super::Store;
use super::region::{self, Place};

/// How content comes, and who is told how far it is.
#[derive(Default)]
pub(super) struct Way<'w> {
    /// A place of this cloud that has it already.
    pub(super) near: Option<&'w Place>,
    pub(super) watch: Option<(usize, &'w Watch)>,
}

impl Way<'_> {
    #[cfg_attr(not(feature = "registry"), expect(dead_code, reason = "only registries take long"))]
    pub(super) fn tell(&self, far: Transfer) {
        if let Some((at, watch)) = self.watch {
            watch(at, far);
        }
    }
}

impl Store {
    pub(super) fn copy(
        &self,
        batches: &[Batch],
        watch: &Watch,
    ) -> Vec<Result<Receipt, ProviderError>> {
        let mut near = None;
        let mut ended = Vec::with_capacity(batches.len());
        for (at, batch) in batches.iter().enumerate() {
            let way = Way { near: near.as_ref(), watch: Some((at, watch)) };
            let copied = self.copy_one(batch, &way);
            if copied.is_ok() && near.is_none() {
                near = self.place_of(batch);
            }
            ended.push(copied);
        }
        ended
    }

    fn copy_one(&self, batch: &Batch, way: &Way<'_>) -> Result<Receipt, ProviderError> {
        if let Some(location) = batch.writes.first().and_then(|write| write.key.location()) {
            region::answer(&self.folder, location)?;
        }
        self.prepare()?;
        self.commit_image(batch, way)
    }

    fn place_of(&self, batch: &Batch) -> Option<Place> {
        let Key::ImageCopy { location, repository, digest: _ } = &batch.writes.first()?.key else {
            return None;
        };
        Some(Place::of(&self.folder, location, repository))
    }
}

/// Each of so many ends with the same failure.
pub(super) fn all_failed(
    count: usize,
    error: ProviderError,
) -> Vec<Result<Receipt, ProviderError>> {
    let why = error.to_string();
    let rest = (1..count).map(|_| Err(ProviderError::Broken { what: why.clone(), source: None }));
    let rest: Vec<_> = rest.collect();
    std::iter::once(Err(error)).take(count).chain(rest).collect()
}
