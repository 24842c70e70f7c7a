//! What copies would have to move: the parts that a repository does not have.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use lifeboat_contract::{Digest, ImageSource, Key, Lack, Write};

use super::Oci;
use super::image::Place;
use crate::manifest::Descriptor;

impl Oci {
    pub(super) async fn lacks(&self, copies: &[Write]) -> Vec<Option<Lack>> {
        let mut wanted: BTreeMap<(&Digest, &ImageSource), &Write> = BTreeMap::new();
        for write in copies {
            wanted.extend(origin(write).map(|origin| (origin, write)));
        }
        let reads = wanted.into_iter().map(async |(origin, write)| {
            let from = self.source(Some(origin.1), write).ok()?;
            Some((origin, self.client().ok()?.parts(&from, origin.0).await.ok()?))
        });
        let known: BTreeMap<_, _> = join_all(reads).await.into_iter().flatten().collect();
        let lacks = copies.iter().map(async |write| {
            let Key::ImageCopy { location, repository, .. } = &write.key else { return None };
            let place = self.place(location, repository).ok()?;
            self.lack(&place, known.get(&origin(write)?)?).await
        });
        join_all(lacks).await
    }

    async fn lack(&self, place: &Place, parts: &[Descriptor]) -> Option<Lack> {
        let client = self.client().ok()?;
        let asked = join_all(parts.iter().map(|part| client.has(&place.repository, part))).await;
        let mut lacking = Vec::new();
        for (part, has) in parts.iter().zip(asked) {
            if !has.ok()? {
                lacking.push(part.size);
            }
        }
        Some(Lack::of(lacking.into_iter()))
    }
}

/// The image of a copy, and where its content comes from.
fn origin(write: &Write) -> Option<(&Digest, &ImageSource)> {
    let Key::ImageCopy { digest, .. } = &write.key else { return None };
    Some((digest, write.then.as_ref()?.source.as_ref()?.origin()))
}
