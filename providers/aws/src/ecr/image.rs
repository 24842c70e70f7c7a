//! Images in repositories: ours and as ECR holds them.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecr::types::builders::ImageIdentifierBuilder;
use aws_sdk_ecr::types::{Image as RawImage, ImageDetail, ImageIdentifier, ImageStatus};
use aws_smithy_types::DateTime;
use lifeboat_contract::{
    Digest, ImageCopy, ImageState, Key, Location, Mark, Object, ProviderError, RepositoryName,
    Spec, SpecHash, Write,
};
use serde_json::Value;

use super::{Ecr, arn, object, refused};
use crate::action::{BATCH_DELETE_IMAGE, BATCH_GET_IMAGE, DESCRIBE_IMAGES, PUT_IMAGE};
use crate::connect::Repeats;

/// Images on a page, and images that one call gives or deletes: the most that ECR takes.
const PAGE: i32 = 1000;
const BATCH: usize = 100;

/// Tags with which Lifeboat marks an image: `lifeboat.<stack>.<spec hash>`.
pub(super) const MARK: &str = "lifeboat.";

/// Tags that Lifeboat gives an image for people start with this.
const OURS: &str = "lb-";

/// An image that stands for itself: not a part of another.
#[derive(Clone, Debug)]
pub(super) struct HeldImage {
    pub(super) digest: Digest,
    pub(super) tags: BTreeSet<String>,
    /// Images that it consists of, where it is an index.
    parts: Vec<Digest>,
    archived: bool,
    /// How many of the repository are newer.
    newer: u32,
}

/// The tag that says whose an image is.
pub(super) fn mark_tag(mark: &Mark) -> String {
    format!("{MARK}{}.{}", mark.stack, mark.spec)
}

impl HeldImage {
    fn mark(&self) -> Option<(Mark, &String)> {
        self.tags.iter().find_map(|tag| {
            let (stack, spec) = tag.strip_prefix(MARK)?.rsplit_once('.')?;
            Some((Mark { stack: stack.parse().ok()?, spec: SpecHash::read(spec) }, tag))
        })
    }

    /// The tag that counts: Lifeboat's own, or the first of the others.
    pub(super) fn tag(&self) -> String {
        let mut others = self.tags.iter().filter(|tag| !tag.starts_with(MARK));
        let ours = self.tags.iter().find(|tag| tag.starts_with(OURS));
        ours.or_else(|| others.next()).cloned().unwrap_or_default()
    }

    pub(super) fn state(&self) -> ImageState {
        let Self { archived, newer, tags, .. } = self;
        ImageState { archived: *archived, newer: *newer, tags: tags.clone() }
    }

    pub(super) fn object(&self, location: &Location, repository: &RepositoryName) -> Object {
        let key = Key::ImageCopy {
            location: location.clone(),
            repository: repository.clone(),
            digest: self.digest.clone(),
        };
        let spec = Spec::ImageCopy(ImageCopy { tag: self.tag() });
        let id = Some(self.digest.to_string());
        object(key, spec, self.mark().map(|(mark, _)| mark), id)
    }
}

/// Where an image is written.
#[derive(Clone, Copy)]
pub(super) struct Place<'p> {
    pub(super) location: &'p Location,
    pub(super) repository: &'p RepositoryName,
    pub(super) digest: &'p Digest,
}

impl Ecr {
    /// The images of a repository that stand for themselves.
    pub(super) async fn images(
        &self,
        location: &Location,
        repository: &RepositoryName,
    ) -> Result<Vec<HeldImage>, ProviderError> {
        let details = self.details(location, repository).await?;
        let is_index = |detail: &ImageDetail| {
            let kind = detail.image_manifest_media_type().unwrap_or_default();
            kind.contains("image.index") || kind.contains("manifest.list")
        };
        let indexes: Vec<String> = details
            .iter()
            .filter(|detail| is_index(detail))
            .filter_map(|detail| detail.image_digest().map(str::to_owned))
            .collect();
        let parts = self.parts(location, repository, &indexes).await?;
        let mut pushed: Vec<Option<DateTime>> =
            details.iter().map(|detail| detail.image_pushed_at().copied()).collect();
        pushed.sort_unstable();
        let inside: BTreeSet<&Digest> = parts.values().flatten().collect();
        let mut images = Vec::new();
        for detail in &details {
            let Some(digest) = detail.image_digest().and_then(|text| text.parse().ok()) else {
                continue;
            };
            let tags: BTreeSet<String> = detail.image_tags().iter().cloned().collect();
            // Parts of an index and what is attached to an image come and go with them.
            let is_part = inside.contains(&digest) || detail.subject_manifest_digest().is_some();
            if !(tags.is_empty() && is_part) {
                let parts = parts.get(&digest).cloned().unwrap_or_default();
                let archived = !matches!(detail.image_status(), None | Some(ImageStatus::Active));
                let at = detail.image_pushed_at().copied();
                let newer = pushed.len() - pushed.partition_point(|other| *other <= at);
                let newer = u32::try_from(newer).unwrap_or(u32::MAX);
                images.push(HeldImage { digest, tags, parts, archived, newer });
            }
        }
        Ok(images)
    }

    async fn details(
        &self,
        location: &Location,
        repository: &RepositoryName,
    ) -> Result<Vec<ImageDetail>, ProviderError> {
        let client = self.session().clients().await.ecr(location, Repeats::Yes);
        let mut details = Vec::new();
        let mut token = None;
        loop {
            let send = client
                .describe_images()
                .repository_name(repository.as_str())
                .max_results(PAGE)
                .set_next_token(token)
                .send();
            let resource = arn(location, repository);
            let page =
                match self.session().call_in(DESCRIBE_IMAGES, location, &resource, send).await {
                    Ok(page) => page,
                    Err(failure) if failure.code() == Some("RepositoryNotFoundException") => {
                        return Ok(Vec::new());
                    }
                    Err(failure) => {
                        let what = format!("the images of {repository} in {location}");
                        return Err(failure.about(&what));
                    }
                };
            details.extend(page.image_details.unwrap_or_default());
            token = page.next_token;
            if token.is_none() {
                return Ok(details);
            }
        }
    }

    /// What indexes consist of.
    async fn parts(
        &self,
        location: &Location,
        repository: &RepositoryName,
        indexes: &[String],
    ) -> Result<BTreeMap<Digest, Vec<Digest>>, ProviderError> {
        let mut parts = BTreeMap::new();
        for some in indexes.chunks(BATCH) {
            for image in self.manifests(location, repository, some).await? {
                let digest = image.image_id().and_then(|id| id.image_digest()?.parse().ok());
                let manifest: Option<Value> =
                    image.image_manifest().and_then(|text| serde_json::from_str(text).ok());
                let (Some(digest), Some(manifest)) = (digest, manifest) else { continue };
                let list = manifest.get("manifests").and_then(Value::as_array);
                let inside = list
                    .into_iter()
                    .flatten()
                    .filter_map(|part| part.get("digest").and_then(Value::as_str)?.parse().ok());
                parts.insert(digest, inside.collect());
            }
        }
        Ok(parts)
    }

    pub(super) async fn manifests(
        &self,
        location: &Location,
        repository: &RepositoryName,
        digests: &[String],
    ) -> Result<Vec<RawImage>, ProviderError> {
        let client = self.session().clients().await.ecr(location, Repeats::Yes);
        let ids = digests.iter().map(|digest| ImageIdentifier::builder().image_digest(digest));
        let send = client
            .batch_get_image()
            .repository_name(repository.as_str())
            .set_image_ids(Some(ids.map(ImageIdentifierBuilder::build).collect()))
            .send();
        let resource = arn(location, repository);
        let answer = self.session().call_in(BATCH_GET_IMAGE, location, &resource, send).await;
        let answer = answer
            .map_err(|failure| failure.about(&format!("images of {repository} in {location}")))?;
        Ok(answer.images.unwrap_or_default())
    }

    /// Gives an image that is there another tag.
    pub(super) async fn give_tag(
        &self,
        place: Place<'_>,
        write: &Write,
        tag: &str,
    ) -> Result<(), ProviderError> {
        let Place { location, repository, digest } = place;
        let images = self.manifests(location, repository, &[digest.to_string()]).await?;
        let Some(image) = images.into_iter().next() else {
            return Err(refused(&write.key, "it is not there any more"));
        };
        let client = self.session().clients().await.ecr(location, Repeats::No);
        let send = client
            .put_image()
            .repository_name(repository.as_str())
            .set_image_manifest(image.image_manifest)
            .set_image_manifest_media_type(image.image_manifest_media_type)
            .image_tag(tag)
            .image_digest(digest.as_str())
            .send();
        let resource = arn(location, repository);
        match self.session().call_in(PUT_IMAGE, location, &resource, send).await {
            Err(failure) if failure.code() == Some("ImageTagAlreadyExistsException") => {
                let why = format!("the tag `{tag}` is another image's, and tags do not move there");
                Err(refused(&write.key, why))
            }
            Err(failure) if failure.code() != Some("ImageAlreadyExistsException") => {
                Err(failure.about(&write.key))
            }
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Takes tags from an image that keeps others: with its last tag an image is deleted.
    pub(super) async fn take_tags(
        &self,
        place: Place<'_>,
        write: &Write,
        tags: &[&String],
    ) -> Result<(), ProviderError> {
        let ids: Vec<ImageIdentifier> =
            tags.iter().map(|tag| ImageIdentifier::builder().image_tag(*tag).build()).collect();
        self.delete_ids(place, write, ids).await
    }

    async fn delete_ids(
        &self,
        place: Place<'_>,
        write: &Write,
        ids: Vec<ImageIdentifier>,
    ) -> Result<(), ProviderError> {
        if ids.is_empty() {
            return Ok(());
        }
        let Place { location, repository, .. } = place;
        let client = self.session().clients().await.ecr(location, Repeats::No);
        let send = client.batch_delete_image().repository_name(repository.as_str());
        let send = send.set_image_ids(Some(ids)).send();
        let resource = arn(location, repository);
        let answer = self.session().call_in(BATCH_DELETE_IMAGE, location, &resource, send).await;
        let answer = answer.map_err(|failure| failure.about(&write.key))?;
        match answer.failures().first() {
            Some(failure) => {
                Err(refused(&write.key, failure.failure_reason().unwrap_or("ECR says no more")))
            }
            None => Ok(()),
        }
    }

    /// Deletes an image, and then those of its parts that nothing else needs.
    pub(super) async fn delete_image(
        &self,
        place: Place<'_>,
        write: &Write,
        held: &HeldImage,
        all: &[HeldImage],
    ) -> Result<(), ProviderError> {
        let by_digest =
            |digest: &Digest| ImageIdentifier::builder().image_digest(digest.as_str()).build();
        self.delete_ids(place, write, vec![by_digest(&held.digest)]).await?;
        let others = all.iter().filter(|image| image.digest != held.digest);
        let needed: BTreeSet<&Digest> =
            others.flat_map(|image| image.parts.iter().chain([&image.digest])).collect();
        let alone: Vec<&Digest> = held.parts.iter().filter(|part| !needed.contains(part)).collect();
        for some in alone.chunks(BATCH) {
            let ids = some.iter().map(|digest| by_digest(digest)).collect();
            self.delete_ids(place, write, ids).await?;
        }
        Ok(())
    }
}
