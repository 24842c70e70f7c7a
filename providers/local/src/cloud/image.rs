//! Repositories and the images they hold.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_contract::{
    Digest, ImageCopy, ImageState, Key, Location, Mark, Object, ProviderError, Repository,
    RepositoryName, Spec, Wanted, Write,
};

use super::{Cloud, refused, unsupported, wrong_kind};

/// OCI distribution specification, "Pulling manifests".
const TAG_CHARS_MAX: usize = 128;

/// A repository as it is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeldRepository {
    pub(crate) repository: Repository,
    pub(crate) mark: Option<Mark>,
    pub(crate) images: BTreeMap<Digest, HeldImage>,
}

impl Default for HeldRepository {
    fn default() -> Self {
        let repository = Repository::default();
        Self { repository, mark: None, images: BTreeMap::new() }
    }
}

/// An image as it is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeldImage {
    /// Our tag, or the first of a foreign image's; empty for none.
    pub(crate) tag: String,
    pub(crate) mark: Option<Mark>,
    /// Orders the images of a repository by age.
    pub(crate) pushed: u64,
    /// Tags that others gave it.
    pub(crate) other_tags: BTreeSet<String>,
    /// Whether somebody put it away.
    pub(crate) archived: bool,
}

impl HeldImage {
    pub(crate) fn new(tag: String, mark: Option<Mark>, pushed: u64) -> Self {
        Self { tag, mark, pushed, other_tags: BTreeSet::new(), archived: false }
    }

    fn has_tag(&self, tag: &str) -> bool {
        self.tag == tag || self.other_tags.contains(tag)
    }

    pub(crate) fn object(
        &self,
        location: &Location,
        repository: &RepositoryName,
        digest: &Digest,
    ) -> Object {
        Object {
            key: Key::ImageCopy {
                location: location.clone(),
                repository: repository.clone(),
                digest: digest.clone(),
            },
            spec: Spec::ImageCopy(ImageCopy { tag: self.tag.clone() }),
            mark: self.mark.clone(),
            id: None,
            version: None,
        }
    }
}

impl HeldRepository {
    pub(crate) fn next_push(&self) -> u64 {
        self.images.values().map(|image| image.pushed + 1).max().unwrap_or(0)
    }

    pub(crate) fn object(&self, location: &Location, name: &RepositoryName) -> Object {
        Object {
            key: Key::Repository { location: location.clone(), name: name.clone() },
            spec: Spec::Repository(self.repository.clone()),
            mark: self.mark.clone(),
            id: None,
            version: None,
        }
    }

    /// The repository and all it holds.
    pub(crate) fn objects<'a>(
        &'a self,
        location: &'a Location,
        name: &'a RepositoryName,
    ) -> impl Iterator<Item = Object> + 'a {
        let images =
            self.images.iter().map(move |(digest, image)| image.object(location, name, digest));
        std::iter::once(self.object(location, name)).chain(images)
    }

    /// How each image stands. Only ours count against what is kept.
    pub(crate) fn states<'a>(
        &'a self,
        location: &'a Location,
        name: &'a RepositoryName,
    ) -> impl Iterator<Item = (Key, ImageState)> + 'a {
        let mut ours: Vec<u64> = self
            .images
            .values()
            .filter(|image| image.mark.is_some())
            .map(|image| image.pushed)
            .collect();
        ours.sort_unstable();
        self.images.iter().map(move |(digest, image)| {
            let newer = ours.len() - ours.partition_point(|pushed| *pushed <= image.pushed);
            let tags = image.other_tags.iter().chain([&image.tag]);
            let state = ImageState {
                archived: image.archived,
                newer: u32::try_from(newer).unwrap_or(u32::MAX),
                tags: tags.filter(|tag| !tag.is_empty()).cloned().collect(),
            };
            (image.object(location, name, digest).key, state)
        })
    }

    /// Takes our image away. What others tagged stays theirs.
    fn delete(&mut self, digest: &Digest) {
        let Some(mut image) = self.images.remove(digest) else { return };
        if image.mark.is_some()
            && let Some(tag) = image.other_tags.pop_first()
        {
            image.tag = tag;
            image.mark = None;
            self.images.insert(digest.clone(), image);
        }
    }

    /// Deletes the oldest of our images beyond what is to be kept, as a registry's lifecycle rule
    /// does.
    fn expire(&mut self) {
        let Some(kept) = self.repository.keep_last else { return };
        let mut ours: Vec<(u64, Digest)> = self
            .images
            .iter()
            .filter(|(_, image)| image.mark.is_some())
            .map(|(digest, image)| (image.pushed, digest.clone()))
            .collect();
        ours.sort_unstable();
        let beyond = ours.len().saturating_sub(kept as usize);
        for (_, digest) in &ours[..beyond] {
            self.delete(digest);
        }
    }
}

impl Cloud {
    pub(super) fn write_repository(
        &mut self,
        location: &Location,
        name: &RepositoryName,
        write: &Write,
    ) -> Result<(), ProviderError> {
        let repositories = self.regions.entry(location.clone()).or_default();
        let Some(Wanted { spec, mark, source: _ }) = &write.then else {
            let holds = repositories.get(name).map_or(0, |held| held.images.len());
            if holds > 0 {
                return Err(refused(&write.key, format!("it still holds {holds} images")));
            }
            repositories.remove(name);
            return Ok(());
        };
        let Spec::Repository(repository) = spec else { return Err(wrong_kind(&write.key, spec)) };
        if repository.keep_last == Some(0) {
            return Err(refused(&write.key, "a repository that keeps nothing is of no use"));
        }
        let Repository { immutable, keep_last, .. } = *repository;
        if *repository != (Repository { immutable, keep_last, ..Repository::default() }) {
            let why = "repositories here have `immutable` and `keep`, and nothing else to set";
            return Err(unsupported(&write.key, why));
        }
        let held = repositories.entry(name.clone()).or_default();
        held.repository = repository.clone();
        held.mark.clone_from(mark);
        Ok(())
    }

    pub(super) fn write_image(
        &mut self,
        location: &Location,
        repository: &RepositoryName,
        digest: &Digest,
        write: &Write,
    ) -> Result<(), ProviderError> {
        let held = self.regions.get_mut(location).and_then(|all| all.get_mut(repository));
        let Some(Wanted { spec, mark, source: _ }) = &write.then else {
            if let Some(held) = held {
                held.delete(digest);
            }
            return Ok(());
        };
        let Spec::ImageCopy(ImageCopy { tag }) = spec else {
            return Err(wrong_kind(&write.key, spec));
        };
        let Some(held) = held else {
            let why = format!("there is no repository {repository} in {location}");
            return Err(refused(&write.key, why));
        };
        if !tag.is_empty() && !is_tag(tag) {
            return Err(refused(&write.key, format!("`{tag}` is not a tag")));
        }
        held.free_tag(digest, tag, write)?;
        let pushed = held.next_push();
        if let Some(image) = held.images.get_mut(digest) {
            image.retag(tag, mark.as_ref());
        } else {
            let image = HeldImage::new(tag.clone(), mark.clone(), pushed);
            held.images.insert(digest.clone(), image);
            held.expire();
        }
        Ok(())
    }
}

impl HeldRepository {
    /// Takes `tag` from another image of the same owner, where the repository lets tags move.
    fn free_tag(&mut self, digest: &Digest, tag: &str, write: &Write) -> Result<(), ProviderError> {
        let other = |(held, image): &(&Digest, &mut HeldImage)| {
            !tag.is_empty() && *held != digest && image.has_tag(tag)
        };
        let Some((taken_by, image)) = self.images.iter_mut().find(other) else { return Ok(()) };
        if self.repository.immutable {
            let why = format!("the tag `{tag}` is on {} and cannot be moved", taken_by.short());
            return Err(refused(&write.key, why));
        }
        let stack = |mark: &Mark| mark.stack.clone();
        let wanted = write.then.as_ref().and_then(|wanted| wanted.mark.as_ref());
        if image.tag != tag
            || image.mark.is_none()
            || image.mark.as_ref().map(stack) != wanted.map(stack)
        {
            let why = format!("the tag `{tag}` is on {}, which is not ours", taken_by.short());
            return Err(refused(&write.key, why));
        }
        image.tag.clear();
        Ok(())
    }
}

impl HeldImage {
    fn retag(&mut self, tag: &str, mark: Option<&Mark>) {
        let before = std::mem::replace(&mut self.tag, tag.to_owned());
        // The tags of an image that is adopted are still somebody's.
        if self.mark.is_none() && !before.is_empty() {
            self.other_tags.insert(before);
        }
        self.other_tags.remove(tag);
        self.mark = mark.cloned();
    }
}

fn is_tag(tag: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    tag.len() <= TAG_CHARS_MAX && !tag.starts_with(['.', '-']) && tag.chars().all(inner)
}
