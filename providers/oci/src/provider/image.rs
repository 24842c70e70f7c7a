//! Repositories and the images in them, as their tags tell.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use lifeboat_contract::{
    Digest, ImageCopy, ImageState, Key, Location, Mark, Object, ProviderError, RepositoryName,
    Spec, SpecHash,
};

use super::note::{NOTE, Note};
use super::{Oci, failed};
use crate::registry::Repository;

/// Tags with which Lifeboat marks an image: `lifeboat.<stack>.<spec hash>`.
pub(super) const MARK: &str = "lifeboat.";

/// Tags that Lifeboat gives an image for people start with this.
const OURS: &str = "lb-";

/// What is attached to an image has tags that start with this and the image's digest.
const ATTACHED: &str = "sha256-";

/// Where something is written.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) location: Location,
    pub(super) repository: Repository,
}

/// A repository that was read whole.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    pub(super) note: Option<Note>,
    pub(super) images: Vec<HeldImage>,
    /// Tags of what is attached to images.
    pub(super) attached: Vec<String>,
    /// How many requests that took.
    pub(super) calls: u32,
}

/// An image with a tag.
#[derive(Clone, Debug)]
pub(super) struct HeldImage {
    pub(super) digest: Digest,
    pub(super) tags: BTreeSet<String>,
}

/// The tag that says whose an image is.
pub(super) fn mark_tag(mark: &Mark) -> String {
    format!("{MARK}{}.{}", mark.stack, mark.spec)
}

impl Place {
    pub(super) fn name(&self) -> &RepositoryName {
        &self.repository.name
    }

    /// The repository's id: one that is changed stays the same.
    pub(super) fn id(&self) -> String {
        format!("{}/{}", self.repository.host, self.repository.name)
    }
}

impl Held {
    /// The repository. One that others push to is there without a note.
    pub(super) fn repository(&self, place: &Place) -> Option<Object> {
        let is_there = self.note.is_some() || !self.images.is_empty() || !self.attached.is_empty();
        let note = self.note.clone();
        let (settings, mark) = note.map(|note| (note.settings, note.mark)).unwrap_or_default();
        let key = Key::Repository { location: place.location.clone(), name: place.name().clone() };
        is_there.then(|| object(key, Spec::Repository(settings), mark, place.id()))
    }

    /// The repository with its images.
    pub(super) fn objects(&self, place: &Place) -> Vec<Object> {
        let images = self.images.iter().map(|image| image.object(place));
        self.repository(place).into_iter().chain(images).collect()
    }
}

impl HeldImage {
    fn mark(&self) -> Option<Mark> {
        self.tags.iter().find_map(|tag| {
            let (stack, spec) = tag.strip_prefix(MARK)?.rsplit_once('.')?;
            Some(Mark { stack: stack.parse().ok()?, spec: SpecHash::read(spec) })
        })
    }

    /// The tag that counts: Lifeboat's own, or the first of the others.
    pub(super) fn tag(&self) -> String {
        let mut others = self.tags.iter().filter(|tag| !tag.starts_with(MARK));
        let ours = self.tags.iter().find(|tag| tag.starts_with(OURS));
        ours.or_else(|| others.next()).cloned().unwrap_or_default()
    }

    pub(super) fn state(&self) -> ImageState {
        ImageState { archived: false, newer: 0, tags: self.tags.clone() }
    }

    pub(super) fn object(&self, place: &Place) -> Object {
        let key = Key::ImageCopy {
            location: place.location.clone(),
            repository: place.name().clone(),
            digest: self.digest.clone(),
        };
        let spec = Spec::ImageCopy(ImageCopy { tag: self.tag() });
        object(key, spec, self.mark(), self.digest.to_string())
    }

    /// What tags of what is attached to it start with.
    pub(super) fn attachments(&self) -> String {
        format!("{ATTACHED}{}", self.digest.hex())
    }
}

impl Oci {
    /// A repository with all that has a tag.
    pub(super) async fn held(&self, place: &Place) -> Result<Held, ProviderError> {
        let client = self.client()?;
        let what = || format!("repository {} in {}", place.name(), place.location);
        let at = &place.repository;
        let tags = client.tags(at).await.map_err(|error| failed(&what(), error))?;
        let mut held = Held { calls: 1, ..Held::default() };
        if tags.iter().any(|tag| tag == NOTE) {
            let note = client.tagged(at, NOTE).await.map_err(|error| failed(&what(), error))?;
            held.note = note.map(|(digest, bytes)| Note::read(digest, &bytes));
            held.calls += 1;
        }
        let (attached, tags): (Vec<String>, Vec<String>) =
            tags.into_iter().filter(|tag| tag != NOTE).partition(|tag| tag.starts_with(ATTACHED));
        let heads = join_all(tags.iter().map(|tag| client.head(at, tag))).await;
        let mut images: BTreeMap<Digest, BTreeSet<String>> = BTreeMap::new();
        for (tag, digest) in tags.into_iter().zip(heads) {
            held.calls += 1;
            // A tag that was taken away meanwhile is none.
            if let Some(digest) = digest.map_err(|error| failed(&what(), error))? {
                images.entry(digest).or_default().insert(tag);
            }
        }
        held.attached = attached;
        held.images = images.into_iter().map(|(digest, tags)| HeldImage { digest, tags }).collect();
        Ok(held)
    }
}

fn object(key: Key, spec: Spec, mark: Option<Mark>, id: String) -> Object {
    Object { key, spec, mark, id: Some(id), version: None }
}
