//! Copies of one image to several places: the source is read for the first of them, and the others
//! take it from there.

use std::collections::BTreeMap;

use lifeboat_contract::{
    Batch, Digest, ImageSource, Key, Lack, ProviderError, Receipt, Transfer, Watch, Write,
};
use lifeboat_oci::{Descriptor, Layout};

use super::Store;
use super::region::{self, Place};

/// What images consist of, as far as their sources tell.
type Known<'w> = BTreeMap<(&'w Digest, &'w ImageSource), Option<Vec<Descriptor>>>;

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
    /// What each copy would have to move.
    pub(super) fn lacking(&self, copies: &[Write]) -> Vec<Option<Lack>> {
        let mut known = BTreeMap::new();
        let mut lacking = Vec::new();
        for write in copies {
            lacking.push(self.lack(write, &mut known));
        }
        lacking
    }

    fn lack<'w>(&self, write: &'w Write, known: &mut Known<'w>) -> Option<Lack> {
        let Key::ImageCopy { location, repository, digest } = &write.key else { return None };
        let source = write.then.as_ref()?.source.as_ref()?;
        let parts = known.entry((digest, source)).or_insert_with(|| self.parts(source, digest));
        let place = Place::of(&self.folder, location, repository);
        let layout = Layout::open(place.layout()).ok();
        let lacks = |part: &&Descriptor| {
            let has = |layout: &Layout| {
                let found = part.digest().and_then(|digest| layout.blob_size(&digest));
                found.is_ok_and(|size| size == Some(part.size))
            };
            !layout.as_ref().is_some_and(has)
        };
        Some(Lack::of(parts.as_ref()?.iter().filter(lacks).map(|part| part.size)))
    }

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
