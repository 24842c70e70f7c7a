//! Images that are written: looked at, copied to all regions that lack them at once, and tagged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::join_all;
use lifeboat_contract::{
    Batch, ImageCopy, ImageSource, Key, Mark, ProviderError, Receipt, Spec, Wanted, Watch, Write,
};

use super::image::{HeldImage, MARK, Place, mark_tag};
use super::push::Errand;
use super::{Ecr, refused};
use crate::expect::{fits, is_done, is_half, stale};

/// An image that is written, and what there is of it.
struct Case<'b> {
    write: &'b Write,
    place: Place<'b>,
    held: Option<HeldImage>,
    /// Tags that it has by now.
    there: BTreeSet<String>,
    bytes: u64,
}

/// What a look says.
enum Seen<'b> {
    /// Nothing is left to do.
    Done(Receipt),
    /// Its content is there.
    Here(Case<'b>),
    /// Its content has to be copied.
    Lacking(Case<'b>),
}

impl Ecr {
    /// Writes one image to several places, and reads its source once for all that lack it.
    pub(crate) async fn commit_images(
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
                Ok(Seen::Here(case)) => {
                    here.push((at, case));
                    None
                }
                Ok(Seen::Lacking(case)) => {
                    lacking.push((at, case));
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
        let place = Place { location, repository, digest };
        let images = self.images(location, repository).await?;
        let held = images.iter().find(|image| image.digest == *digest).cloned();
        let found = held.as_ref().map(|image| image.object(location, repository));
        if !fits(write, found.as_ref()) {
            if batch.repeated && is_done(write, found.as_ref()) {
                return Ok(Seen::Done(receipt(found.and_then(|object| object.id), 0)));
            }
            if !(batch.repeated && is_half(write, found.as_ref())) {
                return Err(stale(write, found));
            }
        }
        let Some(wanted) = &write.then else {
            if let Some(held) = &held {
                self.delete_image(place, write, held, &images).await?;
            }
            return Ok(Seen::Done(receipt(None, 0)));
        };
        let there = held.as_ref().map(|held| held.tags.clone()).unwrap_or_default();
        let mut case = Case { write, place, held, there, bytes: 0 };
        if case.held.is_some() {
            return Ok(Seen::Here(case));
        }
        if let Some(ImageSource::Replicated { from, .. }) = &wanted.source
            && self.arrives(place, from, write).await?
        {
            let images = self.images(location, repository).await?;
            let here = images.into_iter().find(|image| image.digest == *digest);
            case.there = here.map(|image| image.tags).unwrap_or_default();
            return Ok(Seen::Here(case));
        }
        Ok(Seen::Lacking(case))
    }

    /// Copies what is lacking: once from each source for all places.
    async fn bring<'b>(
        &self,
        lacking: Vec<(usize, Case<'b>)>,
        watch: &Watch,
    ) -> Vec<(usize, Result<Case<'b>, ProviderError>)> {
        let mut errands: BTreeMap<_, Vec<(usize, Case<'b>)>> = BTreeMap::new();
        for (at, case) in lacking {
            let wanted = case.write.then.as_ref();
            let source = wanted.and_then(|wanted| wanted.source.as_ref()).map(ImageSource::origin);
            let tag = wanted.and_then(first_tag);
            errands.entry((case.place.digest, source, tag)).or_default().push((at, case));
        }
        let mut brought = Vec::new();
        for ((_, source, tag), mut cases) in errands {
            let places: Vec<usize> = cases.iter().map(|(at, _)| *at).collect();
            let watch = Arc::clone(watch);
            let errand = Errand {
                to: cases.iter().map(|(_, case)| (case.place, case.write)).collect(),
                source,
                tag: tag.as_deref(),
                watch: Arc::new(move |at, far| {
                    if let Some(at) = places.get(at) {
                        watch(*at, far);
                    }
                }),
            };
            let pushed = self.push(errand).await;
            for ((at, mut case), pushed) in cases.drain(..).zip(pushed) {
                let copied = pushed.map(|bytes| {
                    case.bytes = bytes;
                    case.there.extend(tag.clone());
                    case
                });
                brought.push((at, copied));
            }
        }
        brought
    }

    /// Gives an image that is there the tags that it shall have, and takes those that it had.
    async fn tag(&self, case: Case<'_>) -> Result<Receipt, ProviderError> {
        let Case { write, place, held, there, bytes } = case;
        let Some(Wanted { spec: Spec::ImageCopy(copy), mark, .. }) = &write.then else {
            return Err(refused(&write.key, "an image holds nothing else"));
        };
        let mut shall: BTreeSet<String> = mark.iter().map(mark_tag).collect();
        shall.extend(Some(copy.tag.clone()).filter(|tag| !tag.is_empty()));
        for tag in shall.difference(&there) {
            self.give_tag(place, write, tag).await?;
        }
        let before = held.as_ref().map(HeldImage::tag).unwrap_or_default();
        let gone: Vec<&String> = there
            .iter()
            .filter(|tag| (tag.starts_with(MARK) || **tag == before) && !shall.contains(*tag))
            .collect();
        self.take_tags(place, write, &gone).await?;
        Ok(receipt(Some(place.digest.to_string()), bytes))
    }
}

/// The tag that a new copy gets with its content: its mark, so that there is never a copy of ours
/// that nobody owns.
fn first_tag(wanted: &Wanted) -> Option<String> {
    let mark: Option<&Mark> = wanted.mark.as_ref();
    let tag = match &wanted.spec {
        Spec::ImageCopy(ImageCopy { tag }) => Some(tag.clone()).filter(|tag| !tag.is_empty()),
        Spec::Zone(_) | Spec::RecordSet(_) | Spec::HealthCheck(_) | Spec::Repository(_) => None,
    };
    mark.map(mark_tag).or(tag)
}

fn receipt(id: Option<String>, bytes: u64) -> Receipt {
    Receipt { ids: vec![id], pending: None, bytes }
}
