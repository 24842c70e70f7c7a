//! Pushing: blobs that are missing, then the manifests, what is referred to first, then the tag.

use std::slice::Iter;
use std::sync::{Mutex, PoisonError};

use lifeboat_contract::Digest;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;

use super::plan::{Origin, Plan, understand};
use super::request::Ask;
use super::upload::ANSWER_DEADLINE;
use super::{Access, Client, RegistryError, Remote, Repository};
use crate::Layout;
use crate::manifest::Descriptor;
use crate::reference::valid_tag;

/// Where an image is copied from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A layout on disk.
    Layout(Layout),
    /// A repository, of the same registry or another.
    Registry(Repository),
}

/// What a push really sent: nothing that was there already, and no tag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// How many blobs, manifests among them.
    pub blobs: usize,
    /// Their bytes.
    pub bytes: u64,
}

impl Moved {
    pub(super) fn one(part: &Descriptor) -> Self {
        Self { blobs: 1, bytes: part.size }
    }

    fn and(self, other: Self) -> Self {
        Self { blobs: self.blobs + other.blobs, bytes: self.bytes + other.bytes }
    }
}

impl Client {
    /// Copies the image `digest` with all it refers to, then gives it the tag.
    ///
    /// What is there already is not sent: where the tag means the image, one request tells that
    /// nothing is to be done. Everything is verified on its way, nothing is put before what it
    /// refers to, and at the end the target has told that it has the image. Two who push the same
    /// do each other no harm.
    ///
    /// # Errors
    /// When the source does not give it, or gives something else, or the target does not take it.
    /// What was copied until then stays and is not copied again.
    pub async fn push(
        &self,
        from: &Source,
        to: &Repository,
        digest: &Digest,
        tag: Option<&str>,
    ) -> Result<Moved, RegistryError> {
        let tag = tag.map(valid_tag).transpose().map_err(RegistryError::Name)?;
        let from = match from {
            Source::Layout(layout) => Origin::Layout(layout),
            Source::Registry(from) => {
                Origin::Registry { remote: from.remote(Access::Pull), kept: None }
            }
        };
        let to = to.remote(Access::Push);
        if let Some(tag) = &tag
            && self.found(&to, tag).await?.as_ref() == Some(digest)
        {
            return Ok(Moved::default());
        }
        let moved = if self.holds(&to, digest).await? {
            Moved::default()
        } else {
            self.copy(&from, &to, digest).await?
        };
        match &tag {
            Some(tag) => self.give_tag(&to, digest, tag).await?,
            None if moved.blobs == 0 => {}
            None if self.holds(&to, digest).await? => {}
            None => {
                return Err(to.strange(to.named(digest.as_str()), "success, but does not have it"));
            }
        }
        Ok(moved)
    }

    /// Which image a tag or digest means in a repository; absent when there is none, or no such
    /// repository.
    ///
    /// # Errors
    /// When the registry does not tell, or no image can be named so.
    pub async fn head(
        &self,
        at: &Repository,
        reference: &str,
    ) -> Result<Option<Digest>, RegistryError> {
        let name = if reference.contains(':') {
            reference.parse().map(|digest: Digest| digest.to_string())
        } else {
            valid_tag(reference)
        };
        self.found(&at.remote(Access::Pull), &name.map_err(RegistryError::Name)?).await
    }

    /// Whether a repository has a manifest.
    pub(super) async fn holds(
        &self,
        at: &Remote<'_>,
        digest: &Digest,
    ) -> Result<bool, RegistryError> {
        match self.found(at, digest.as_str()).await? {
            Some(found) if found != *digest => {
                Err(at.strange(at.named(digest.as_str()), format!("the digest {found}")))
            }
            found => Ok(found.is_some()),
        }
    }

    async fn found(
        &self,
        at: &Remote<'_>,
        reference: &str,
    ) -> Result<Option<Digest>, RegistryError> {
        match self.digest_of(at, reference).await {
            Ok(digest) => Ok(Some(digest)),
            Err(RegistryError::NotFound { .. } | RegistryError::NoRepository { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn copy(
        &self,
        from: &Origin<'_>,
        to: &Remote<'_>,
        digest: &Digest,
    ) -> Result<Moved, RegistryError> {
        let Plan { manifests, blobs } = self.plan(from, Some(to), digest).await?;
        let queue = Mutex::new(blobs.iter());
        let lane = || self.push_blobs(from, to, &queue);
        // Enough that one waits while another sends; no registry minds so few.
        let (one, two, three, four) = tokio::try_join!(lane(), lane(), lane(), lane())?;
        let mut moved = one.and(two).and(three).and(four);
        for (manifest, bytes) in manifests {
            let digest = manifest.digest().map_err(|source| from.broken(source))?;
            self.put_manifest(to, digest.as_str(), None, &manifest, bytes).await?;
            moved = moved.and(Moved::one(&manifest));
        }
        Ok(moved)
    }

    async fn push_blobs(
        &self,
        from: &Origin<'_>,
        to: &Remote<'_>,
        queue: &Mutex<Iter<'_, Descriptor>>,
    ) -> Result<Moved, RegistryError> {
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
        let mut moved = Moved::default();
        while let Some(blob) = next() {
            moved = moved.and(self.push_blob(from, to, blob).await?);
        }
        Ok(moved)
    }

    /// Gives an image that is there a tag, and verifies that it has it.
    async fn give_tag(
        &self,
        to: &Remote<'_>,
        digest: &Digest,
        tag: &str,
    ) -> Result<(), RegistryError> {
        let broken = |source| RegistryError::Layout { host: to.host.clone(), source };
        let bytes = self.manifest(to, digest).await?;
        let (manifest, _) = understand(digest, &bytes, None).map_err(broken)?;
        let put = self.put_manifest(to, tag, Some(tag), &manifest, bytes).await;
        let found = self.found(to, tag).await;
        match (put, found) {
            // Whoever else gave the tag, it is right: the answer to an earlier try may be lost.
            (_, Ok(Some(found))) if found == *digest => Ok(()),
            (Err(error), _) | (Ok(()), Err(error)) => Err(error),
            (Ok(()), Ok(Some(found))) => {
                Err(to.strange(to.named(tag), format!("success, but has {found} there")))
            }
            (Ok(()), Ok(None)) => Err(to.strange(to.named(tag), "success, but does not have it")),
        }
    }

    async fn put_manifest(
        &self,
        to: &Remote<'_>,
        reference: &str,
        tag: Option<&str>,
        manifest: &Descriptor,
        bytes: Vec<u8>,
    ) -> Result<(), RegistryError> {
        let url = to.url("manifests", reference);
        let ask = Ask { remote: to, method: Method::PUT, url, what: to.named(reference), tag };
        let (writer, bytes) = (self.writer()?, bytes::Bytes::from(bytes));
        let request = || {
            writer
                .put(&ask.url)
                .timeout(ANSWER_DEADLINE)
                .header(CONTENT_TYPE, &manifest.media_type)
                .body(bytes.clone())
        };
        self.answered(&ask, request).await.map(drop)
    }
}
