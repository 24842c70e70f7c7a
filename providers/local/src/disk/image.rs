//! Copies of images: content first, then one change of the layout's index.

use std::collections::BTreeMap;

use lifeboat_contract::{Batch, Digest, Key, Mark, ProviderError, Receipt};
use lifeboat_oci::{Descriptor, Entry, Index, Layout, TAG_ANNOTATION};

use super::Store;
use super::copy::Way;
use super::lock::{self, Access};
use super::region::{Place, SPEC_ANNOTATION, STACK_ANNOTATION};
use super::trouble::Trouble;
use crate::cloud::{Cloud, HeldRepository};

impl Store {
    pub(super) fn commit_image(
        &self,
        batch: &Batch,
        way: &Way<'_>,
    ) -> Result<Receipt, ProviderError> {
        let Some(Key::ImageCopy { location, repository: name, digest }) =
            batch.writes.first().map(|write| &write.key)
        else {
            return Ok(Receipt::default());
        };
        let place = Place::of(&self.folder, location, name);
        let load = || -> Result<Cloud, ProviderError> {
            let mut cloud = Cloud::default();
            let repositories = cloud.regions.entry(location.clone()).or_default();
            repositories.extend(place.load()?.map(|held| (name.clone(), held)));
            Ok(cloud)
        };
        // Asked before the content is moved, which may take long, and again when it is there.
        let before = {
            let _held = self.lock(Access::Shared)?;
            load()?
        };
        before.clone().commit(batch)?;
        let Some(known) = before.regions.get(location).and_then(|all| all.get(name)) else {
            return Ok(Receipt::default());
        };
        let copies = lock_copies(&place)?;
        let fetched = match &batch.writes[0].then {
            Some(wanted) if !known.images.contains_key(digest) => {
                Some(self.fetch(&place, digest, wanted.source.as_ref(), way)?)
            }
            Some(_) | None => None,
        };
        let held = self.lock(Access::Exclusive)?;
        let mut cloud = load()?;
        let receipt = cloud.commit(batch)?;
        if let Some(after) = cloud.regions.get(location).and_then(|all| all.get(name)) {
            save_images(&place, after, fetched.as_ref().map(|fetched| &fetched.top))?;
            drop(held);
            if known.images.keys().any(|digest| !after.images.contains_key(digest)) {
                drop(copies);
                sweep(&place)?;
            }
        }
        Ok(Receipt { bytes: fetched.map_or(0, |fetched| fetched.bytes), ..receipt })
    }
}

/// Keeps sweepers out while content is added. Whoever comes alone clears away what killed copies
/// left.
fn lock_copies(place: &Place) -> Result<lock::Held, ProviderError> {
    let path = place.lock_file();
    match lock::try_exclusive(&path)? {
        Some(alone) => {
            // A layout whose making was killed is completed, as what was left of that is swept too.
            if place.layout().exists() {
                let layout = Layout::create(place.layout()).map_err(Trouble::from)?;
                layout.sweep_drafts().map_err(Trouble::from)?;
            }
            alone.shared(&path)
        }
        None => lock::acquire(&path, Access::Shared),
    }
}

/// Removes content that no image needs any more.
fn sweep(place: &Place) -> Result<(), ProviderError> {
    // While somebody copies, what is being copied could be taken for waste. The next deletion sweeps.
    let Some(_alone) = lock::try_exclusive(&place.lock_file())? else { return Ok(()) };
    let swept = Layout::open(place.layout()).and_then(|layout| layout.sweep());
    // The image is gone already. Content that cannot be told apart from a foreign image's, because
    // that cannot be read, only takes room.
    drop(swept);
    Ok(())
}

/// Makes the layout's index say what the repository holds. The caller holds the exclusive lock.
fn save_images(
    place: &Place,
    held: &HeldRepository,
    fresh: Option<&Descriptor>,
) -> Result<(), Trouble> {
    if held.images.is_empty() && !place.layout().exists() {
        return Ok(());
    }
    let layout = Layout::create(place.layout())?;
    let mut index = layout.index()?;
    index.entries = entries(&index, held, fresh);
    Ok(layout.write_index(&index)?)
}

fn entries(index: &Index, held: &HeldRepository, fresh: Option<&Descriptor>) -> Vec<Entry> {
    let mut descriptors: BTreeMap<Digest, &Descriptor> = BTreeMap::new();
    for descriptor in fresh.into_iter().chain(index.entries.iter().map(|entry| &entry.descriptor)) {
        if let Ok(digest) = descriptor.digest() {
            descriptors.entry(digest).or_insert(descriptor);
        }
    }
    let unread = index.entries.iter().filter(|entry| entry.digest().is_none());
    let mut entries: Vec<Entry> = unread.cloned().collect();
    let mut images: Vec<_> = held.images.iter().collect();
    images.sort_by_key(|(_, image)| image.pushed);
    for (digest, image) in images {
        let Some(descriptor) = descriptors.get(digest) else { continue };
        entries.push(marked((*descriptor).clone(), &image.tag, image.mark.as_ref()));
        for tag in &image.other_tags {
            entries.push(marked((*descriptor).clone(), tag, None));
        }
    }
    entries
}

fn marked(mut descriptor: Descriptor, tag: &str, mark: Option<&Mark>) -> Entry {
    for annotation in [TAG_ANNOTATION, STACK_ANNOTATION, SPEC_ANNOTATION] {
        descriptor.annotations.remove(annotation);
    }
    if let Some(mark) = mark {
        descriptor.annotations.insert(STACK_ANNOTATION.to_owned(), mark.stack.to_string());
        descriptor.annotations.insert(SPEC_ANNOTATION.to_owned(), mark.spec.to_string());
    }
    Entry::tagged(descriptor, tag)
}
