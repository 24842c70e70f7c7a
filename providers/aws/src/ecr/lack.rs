//! What copies would have to move: the layers that a repository does not have.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecr::types::LayerAvailability;
use futures_util::future::join_all;
use lifeboat_contract::{Digest, ImageSource, Key, Lack, ProviderError, Write};
use lifeboat_oci::Descriptor;

use super::image::Place;
use super::{Ecr, arn};
use crate::action::CHECK_LAYERS;
use crate::connect::Repeats;

/// The most digests that one call takes.
const DIGESTS_MAX: usize = 100;

impl Ecr {
    /// What each of these copies would have to move, as far as sources and repositories tell.
    pub(crate) async fn lacking(&self, copies: &[Write]) -> Vec<Option<Lack>> {
        let mut wanted: BTreeMap<(&Digest, &ImageSource), &Write> = BTreeMap::new();
        for write in copies {
            wanted.extend(origin(write).map(|origin| (origin, write)));
        }
        let reads = wanted.into_iter().map(async |(origin, write)| {
            let client = self.client().ok()?;
            let from = self.source(Some(origin.1), write).ok()?;
            Some((origin, client.parts(&from, origin.0).await.ok()?))
        });
        let known: BTreeMap<_, _> = join_all(reads).await.into_iter().flatten().collect();
        let lacks = copies.iter().map(async |write| {
            let Key::ImageCopy { location, repository, digest } = &write.key else { return None };
            let parts = known.get(&origin(write)?)?;
            self.lack(Place { location, repository, digest }, parts).await.ok()
        });
        join_all(lacks).await
    }

    async fn lack(&self, place: Place<'_>, parts: &[Descriptor]) -> Result<Lack, ProviderError> {
        let blobs: Vec<&Descriptor> = parts.iter().filter(|part| !part.is_manifest()).collect();
        let mut there = BTreeSet::new();
        for some in blobs.chunks(DIGESTS_MAX) {
            there.extend(self.available(place, some).await?);
        }
        let lacking = parts.iter().filter(|part| !there.contains(&part.raw_digest));
        Ok(Lack::of(lacking.map(|part| part.size)))
    }

    async fn available(
        &self,
        Place { location, repository, .. }: Place<'_>,
        blobs: &[&Descriptor],
    ) -> Result<Vec<String>, ProviderError> {
        let client = self.session().clients().await.ecr(location, Repeats::Yes);
        let digests = blobs.iter().map(|blob| blob.raw_digest.clone()).collect();
        let send = client
            .batch_check_layer_availability()
            .repository_name(repository.as_str())
            .set_layer_digests(Some(digests))
            .send();
        let resource = arn(location, repository);
        let answer = match self.session().call_in(CHECK_LAYERS, location, &resource, send).await {
            Ok(answer) => answer,
            Err(failure) if failure.code() == Some("RepositoryNotFoundException") => {
                return Ok(Vec::new());
            }
            Err(failure) => {
                return Err(failure.about(&format!("layers of {repository} in {location}")));
            }
        };
        let layers = answer.layers.unwrap_or_default().into_iter();
        let here =
            layers.filter(|layer| layer.layer_availability == Some(LayerAvailability::Available));
        Ok(here.filter_map(|layer| layer.layer_digest).collect())
    }
}

/// The image of a copy, and where its content comes from.
fn origin(write: &Write) -> Option<(&Digest, &ImageSource)> {
    let Key::ImageCopy { digest, .. } = &write.key else { return None };
    Some((digest, write.then.as_ref()?.source.as_ref()?.origin()))
}
