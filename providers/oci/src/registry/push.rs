//! Pushing: blobs that are missing, then the manifests, what is referred to first, then the tag.

use futures_util::future::join_all;
use lifeboat_contract::{Digest, RepositoryName};
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;

use super::copy::Goal;
use super::plan::{Origin, Part, understand};
use super::upload::ANSWER_DEADLINE;
use super::{Access, Client, Referrers, RegistryError, Remote, Repository};
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

/// Where an image is copied to.
#[derive(Clone, Debug)]
pub struct Target {
    /// The repository.
    pub repository: Repository,
    /// Other repositories of its registry that may have blobs of the image. What one of them has
    /// the registry can take from there, so that it need not be sent.
    pub mounts: Vec<RepositoryName>,
}

/// What a push really sent: nothing that was there already, and no tag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// How many blobs, manifests among them.
    pub blobs: usize,
    /// Their bytes.
    pub bytes: u64,
}

/// What of an image a repository has.
enum Stand {
    Done,
    Untagged,
    Without,
}

impl Source {
    pub(super) fn origin(&self) -> Origin<'_> {
        match self {
            Self::Layout(layout) => Origin::Layout(layout),
            Self::Registry(from) => {
                Origin::Registry { remote: from.remote(Access::Pull), kept: None }
            }
        }
    }
}

impl Moved {
    pub(super) fn and(self, other: Self) -> Self {
        Self { blobs: self.blobs + other.blobs, bytes: self.bytes + other.bytes }
    }
}

impl Client {
    /// Copies the image `digest` with all it refers to, then gives it the tag.
    ///
    /// What is there already is not sent: where the tag means the image, one request tells that
    /// nothing is to be done. Everything is verified on its way, nothing is put before what it
    /// refers to, and at the end the target has told that it has the image. Two who push the same
    /// do each other no harm. What refers to the image travels along where the image had to be
    /// copied; see [`Client::with_referrers`].
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
        let target = Target { repository: to.clone(), mounts: Vec::new() };
        let ended = self.push_all(from, &[target], digest, tag).await;
        ended.into_iter().next().unwrap_or_else(|| Ok(Moved::default()))
    }

    /// Copies an image as [`Client::push`] does, to several repositories at once. The source gives
    /// each blob once, whatever the number of those that lack it, and the slowest of them sets the
    /// pace. Where one fails the others go on.
    ///
    /// Returns what became of each target, in their order.
    pub async fn push_all(
        &self,
        from: &Source,
        to: &[Target],
        digest: &Digest,
        tag: Option<&str>,
    ) -> Vec<Result<Moved, RegistryError>> {
        let goals: Vec<Goal<'_>> = to.iter().map(|target| Goal::new(target, from)).collect();
        let tag = match tag.map(valid_tag).transpose() {
            Ok(tag) => tag,
            Err(why) => return to.iter().map(|_| Err(RegistryError::Name(why.clone()))).collect(),
        };
        let tag = tag.as_deref();
        let origin = from.origin();
        let stands = join_all(goals.iter().map(|goal| self.stand(goal, digest, tag))).await;
        let (mut without, mut untagged) = (Vec::new(), Vec::new());
        for (goal, stand) in goals.iter().zip(stands) {
            match stand {
                Ok(Stand::Done) => {}
                Ok(Stand::Untagged) => untagged.push(goal),
                Ok(Stand::Without) => without.push(goal),
                Err(error) => goal.fail(error),
            }
        }
        let give = untagged.iter().filter_map(|goal| Some((goal, tag?)));
        let given = join_all(give.map(async |(goal, tag)| {
            let given = self.give_tag(&goal.remote, digest, tag).await;
            given.unwrap_or_else(|error| goal.fail(error));
        }));
        futures_util::future::join(given, self.copy(&origin, &without, digest, tag)).await;
        if self.referrers == Referrers::Along {
            self.attach(&origin, &without, digest).await;
        }
        goals.into_iter().map(Goal::end).collect()
    }

    /// What of an image is there already, in one request where that is all of it.
    async fn stand(
        &self,
        goal: &Goal<'_>,
        digest: &Digest,
        tag: Option<&str>,
    ) -> Result<Stand, RegistryError> {
        if let Some(tag) = tag
            && self.found(&goal.remote, tag).await?.as_ref() == Some(digest)
        {
            return Ok(Stand::Done);
        }
        Ok(match (self.holds(&goal.remote, digest).await?, tag) {
            (true, None) => Stand::Done,
            (true, Some(_)) => Stand::Untagged,
            (false, _) => Stand::Without,
        })
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

    pub(super) async fn found(
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
        if let Ok(Some(told)) = &put
            && told == digest
        {
            return Ok(());
        }
        let found = self.found(to, tag).await;
        match (put, found) {
            // Whoever else gave the tag, it is right: the answer to an earlier try may be lost.
            (_, Ok(Some(found))) if found == *digest => Ok(()),
            (Err(error), _) | (Ok(_), Err(error)) => Err(error),
            (Ok(_), Ok(found)) => Err(lies(to, tag, found.as_ref())),
        }
    }

    /// Puts a manifest under its tag, or else its digest, and verifies that it is there.
    pub(super) async fn put_part(
        &self,
        goal: &Goal<'_>,
        part: &Part,
        digest: &Digest,
        tag: Option<&str>,
    ) -> Result<(), RegistryError> {
        let (to, Part { manifest, bytes, .. }) = (&goal.remote, part);
        let reference = tag.unwrap_or(digest.as_str());
        let put = self.put_manifest(to, reference, tag, manifest, bytes.clone()).await;
        let is_certain = match put {
            Ok(told) => told.as_ref() == Some(digest),
            // Whoever else gave the tag may have been right; and where not, the image is kept.
            Err(error @ RegistryError::TagTaken { .. }) => {
                self.put_manifest(to, digest.as_str(), None, manifest, bytes.clone()).await?;
                self.note_moved(goal, digest, manifest.size);
                let found = self.found(to, reference).await?;
                return if found.as_ref() == Some(digest) { Ok(()) } else { Err(error) };
            }
            Err(error) => return Err(error),
        };
        if !is_certain {
            match self.found(to, reference).await? {
                Some(found) if found == *digest => {}
                found => return Err(lies(to, reference, found.as_ref())),
            }
        }
        self.note_moved(goal, digest, manifest.size);
        Ok(())
    }

    /// Returns what digest the registry says that the manifest has, if it says so.
    pub(super) async fn put_manifest(
        &self,
        to: &Remote<'_>,
        reference: &str,
        tag: Option<&str>,
        manifest: &Descriptor,
        bytes: Vec<u8>,
    ) -> Result<Option<Digest>, RegistryError> {
        let mut ask = to.asking(Method::PUT, "manifests", reference);
        ask.tag = tag;
        let (writer, bytes) = (self.writer()?, bytes::Bytes::from(bytes));
        let request = || {
            writer
                .put(&ask.url)
                .timeout(ANSWER_DEADLINE)
                .header(CONTENT_TYPE, &manifest.media_type)
                .body(bytes.clone())
        };
        let response = self.answered(&ask, request).await?;
        let told = response.headers().get("docker-content-digest");
        Ok(told.and_then(|told| told.to_str().ok()?.parse().ok()))
    }
}

fn lies(to: &Remote<'_>, reference: &str, found: Option<&Digest>) -> RegistryError {
    let answer = match found {
        Some(found) => format!("success, but has {found} there"),
        None => "success, but does not have it".to_owned(),
    };
    to.strange(to.named(reference), answer)
}
