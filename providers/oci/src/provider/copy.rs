//! Images that are written: looked at, copied to all places that lack them at once, and tagged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::join_all;
use lifeboat_contract::{
    Batch, Digest, ImageCopy, ImageSource, Key, ProviderError, Receipt, Spec, Wanted, Watch, Write,
};

use super::expect::{Match, compare, stale};
use super::image::{Held, HeldImage, MARK, Place, mark_tag};
use super::push::Errand;
use super::{Oci, failed, refused};
use crate::registry::Source;

/// An image that is written, and what there is of it.
struct Case<'b> {
    write: &'b Write,
    wanted: &'b Wanted,
    digest: &'b Digest,
    place: Place,
    image: Option<HeldImage>,
    /// The tags that it shall have.
    shall: BTreeSet<String>,
    bytes: u64,
}

/// What a look says.
enum Seen<'b> {
    /// Nothing is left to do.
    Done(Receipt),
    Open(Box<Case<'b>>),
}

impl Oci {
    /// Writes one image to several places, and reads its source once for all that lack it.
    pub(super) async fn commit_images(
        &self,
        batches: &[Batch],
        watch: &Watch,
    ) -> Vec<Result<Receipt, ProviderError>> {
        let mut ended: Vec<Option<Result<Receipt, ProviderError>>> = Vec::new();
        let (mut here, mut lacking) = (Vec::new(), Vec::new());
        let looks = join_all(batches.iter().map(|batch| Box::pin(self.look(batch)))).await;
        for (at, seen) in looks.into_iter().enumerate() {
            ended.push(match seen {
                Ok(Seen::Done(receipt)) => Some(Ok(receipt)),
                Ok(Seen::Open(case)) => {
                    let list = if case.image.is_some() { &mut here } else { &mut lacking };
                    list.push((at, *case));
                    None
                }
                Err(error) => Some(Err(error)),
            });
        }
        for (at, copied) in self.bring(lacking, watch).await {
            match copied {
                Ok(case) => here.push((at, case)),
                Err(error) => ended[at] = Some(Err(error)),
            }
        }
        let tagged = here.into_iter().map(async |(at, case)| (at, self.tag(case).await));
        for (at, tagged) in join_all(tagged).await {
            ended[at] = Some(tagged);
        }
        ended.into_iter().map(|ended| ended.unwrap_or_else(|| Ok(Receipt::default()))).collect()
    }

    async fn look<'b>(&self, batch: &'b Batch) -> Result<Seen<'b>, ProviderError> {
        let Some(write) = batch.writes.first() else { return Ok(Seen::Done(Receipt::default())) };
        let Key::ImageCopy { location, repository, digest } = &write.key else {
            return Err(refused(&write.key, "it is no image"));
        };
        let place = self.place(location, repository)?;
        let held = self.held(&place).await?;
        let image = held.images.iter().find(|image| image.digest == *digest).cloned();
        let found = image.as_ref().map(|image| image.object(&place));
        match compare(write, found.as_ref(), batch.repeated) {
            Match::Expected | Match::Half => {}
            Match::Done => {
                let id = write.then.as_ref().and(found).and_then(|object| object.id);
                return Ok(Seen::Done(receipt(id, 0)));
            }
            Match::Stale => return Err(stale(write, found)),
        }
        let Some(wanted) = &write.then else {
            if let Some(image) = &image {
                self.remove(&place, write, image, &held).await?;
            }
            return Ok(Seen::Done(receipt(None, 0)));
        };
        let Spec::ImageCopy(ImageCopy { tag }) = &wanted.spec else {
            return Err(refused(&write.key, format!("it cannot be a {}", wanted.spec.kind())));
        };
        let mut shall: BTreeSet<String> = wanted.mark.iter().map(mark_tag).collect();
        if !tag.is_empty() {
            is_free(write, tag, digest, &held)?;
            shall.insert(tag.clone());
        }
        Ok(Seen::Open(Box::new(Case { write, wanted, digest, place, image, shall, bytes: 0 })))
    }

    /// Copies what is lacking: once from each source for all places.
    async fn bring<'b>(
        &self,
        lacking: Vec<(usize, Case<'b>)>,
        watch: &Watch,
    ) -> Vec<(usize, Result<Case<'b>, ProviderError>)> {
        let mut errands: BTreeMap<_, Vec<(usize, Case<'b>)>> = BTreeMap::new();
        for (at, case) in lacking {
            let source = case.wanted.source.as_ref().map(ImageSource::origin);
            // The mark comes with the content, so that there is never a copy of ours that nobody
            // owns.
            let tag = case.wanted.mark.as_ref().map(mark_tag);
            let tag = tag.or_else(|| case.shall.first().cloned());
            errands.entry((case.digest, source, tag)).or_default().push((at, case));
        }
        let mut brought = Vec::new();
        for ((digest, source, tag), cases) in errands {
            let places: Vec<usize> = cases.iter().map(|(at, _)| *at).collect();
            let watch = Arc::clone(watch);
            let errand = Errand {
                to: cases.iter().map(|(_, case)| (&case.place, case.write)).collect(),
                digest,
                source,
                tag: tag.as_deref(),
                watch: Arc::new(move |at, far| {
                    if let Some(at) = places.get(at) {
                        watch(*at, far);
                    }
                }),
            };
            let pushed = self.push(errand).await;
            for ((at, mut case), pushed) in cases.into_iter().zip(pushed) {
                let copied = pushed.map(|bytes| {
                    case.bytes = bytes;
                    let tags = tag.iter().cloned().collect();
                    case.image = Some(HeldImage { digest: digest.clone(), tags });
                    case
                });
                brought.push((at, copied));
            }
        }
        brought
    }

    /// Gives an image that is there the tags that it shall have, and takes those that it had.
    async fn tag(&self, case: Case<'_>) -> Result<Receipt, ProviderError> {
        let Case { write, wanted: _, digest, place, image, shall, bytes } = case;
        let (client, at) = (self.client()?, &place.repository);
        let wrong = |error| failed(&write.key, error);
        let there = image.as_ref().map(|image| image.tags.clone()).unwrap_or_default();
        let itself = Source::Registry(at.clone());
        for tag in shall.difference(&there) {
            client.push(&itself, at, digest, Some(tag)).await.map_err(wrong)?;
        }
        let before = image.as_ref().map(HeldImage::tag).unwrap_or_default();
        let is_ours = |tag: &&String| tag.starts_with(MARK) || **tag == before;
        for tag in there.difference(&shall).filter(is_ours) {
            client.untag(at, tag).await.map_err(wrong)?;
        }
        Ok(receipt(Some(digest.to_string()), bytes))
    }

    /// Deletes an image and what is attached to it. One that others have given tags to stays: it
    /// loses ours.
    async fn remove(
        &self,
        place: &Place,
        write: &Write,
        image: &HeldImage,
        held: &Held,
    ) -> Result<(), ProviderError> {
        let (client, at) = (self.client()?, &place.repository);
        let wrong = |error| failed(&write.key, error);
        let mark = write.expect.as_ref().and_then(|object| object.mark.as_ref()).map(mark_tag);
        // The mark is taken away last, so that what was interrupted can be gone on with.
        let ours: Vec<String> = [image.tag()].into_iter().chain(mark).collect();
        if image.tags.iter().any(|tag| !ours.contains(tag)) {
            for tag in ours.iter().filter(|tag| image.tags.contains(*tag)) {
                client.untag(at, tag).await.map_err(wrong)?;
            }
            return Ok(());
        }
        let start = image.attachments();
        for tag in held.attached.iter().filter(|tag| tag.starts_with(&start)) {
            if let Some(digest) = client.head(at, tag).await.map_err(wrong)? {
                client.delete(at, &digest).await.map_err(wrong)?;
            }
        }
        client.delete(at, &image.digest).await.map_err(wrong)
    }
}

/// No tag is taken from another image: the tags of a stack's images are their digests', so that
/// whoever has one did not get it from Lifeboat.
fn is_free(write: &Write, tag: &str, digest: &Digest, held: &Held) -> Result<(), ProviderError> {
    let mut others = held.images.iter().filter(|image| image.digest != *digest);
    match others.find(|image| image.tags.contains(tag)) {
        Some(other) => {
            let why = format!("the tag `{tag}` is that of {}, and tags do not move", other.digest);
            Err(refused(&write.key, why))
        }
        None => Ok(()),
    }
}

fn receipt(id: Option<String>, bytes: u64) -> Receipt {
    Receipt { ids: vec![id], pending: None, bytes }
}
