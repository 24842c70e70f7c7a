//! Pulling: manifests first, then only the blobs that are missing.

use std::collections::BTreeSet;

use lifeboat_contract::{Digest, RepositoryName, Transfer};

use reqwest::Method;

use super::plan::{Origin, Plan, small_body};
use super::{Client, RegistryError, Remote, Source};
use crate::manifest::Descriptor;
use crate::platform::{self, Told};
use crate::{Host, Imported, Layout, LayoutError};

/// What an image in a registry is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// How many blobs it has, manifests among them.
    pub blobs: usize,
    /// Their size.
    pub bytes: u64,
    /// The platforms that it says it runs on; empty where it does not say.
    pub platforms: BTreeSet<String>,
}

impl Client {
    /// Copies an image by digest into a layout: only what is missing, verified on its way, and
    /// nothing before what it refers to. The index is left as it is. `watch` is told how far it is.
    ///
    /// # Errors
    /// When the registry does not give it, or gives something else. What was copied until then
    /// stays and is not copied again.
    pub async fn pull(
        &self,
        (host, repository): (&Host, &RepositoryName),
        digest: &Digest,
        layout: &Layout,
        watch: &(dyn Fn(Transfer) + Sync),
    ) -> Result<Imported, RegistryError> {
        let remote = Remote::reading(host, repository);
        let origin = Origin::Registry { remote, kept: Some(layout) };
        let Plan { manifests, blobs, lacking: _ } = self.plan(&origin, &[], digest).await?;
        let store = |source| RegistryError::Layout { host: host.clone(), source };
        let Some(top) = manifests.last() else { return Err(store(nothing(digest))) };
        let mut imported = Imported { top: top.manifest.clone(), bytes: 0, blobs: 0 };
        let mut count = |moved: u64| {
            imported.bytes += moved;
            imported.blobs += usize::from(moved > 0);
        };
        let parts = manifests.iter().map(|part| &part.manifest).chain(&blobs);
        let mut far = Transfer { moved: 0, bytes: 0 };
        for part in parts {
            let has = layout.has(part).map_err(store)?;
            far.bytes = far.bytes.saturating_add(if has { 0 } else { part.size });
        }
        for blob in &blobs {
            let here = |moved: u64| watch(Transfer { moved: far.moved + moved, ..far });
            let moved = self.pull_blob(&origin, blob, layout, &here).await?;
            far.moved += moved;
            count(moved);
        }
        for part in &manifests {
            count(layout.put(&part.manifest, &part.bytes).map_err(store)?);
        }
        layout.sync().map_err(store)?;
        Ok(imported)
    }

    /// What an image is made of, without its layers.
    ///
    /// # Errors
    /// When the registry does not tell.
    pub async fn measure(
        &self,
        host: &Host,
        repository: &RepositoryName,
        digest: &Digest,
    ) -> Result<Measured, RegistryError> {
        let remote = Remote::reading(host, repository);
        let origin = Origin::Registry { remote, kept: None };
        let Plan { manifests, blobs, lacking: _ } = self.plan(&origin, &[], digest).await?;
        let parts = manifests.iter().map(|part| &part.manifest).chain(&blobs);
        let bytes = parts.fold(0, |sum: u64, part| sum.saturating_add(part.size));
        let platforms = match manifests.last().map(|top| platform::told(&top.bytes)) {
            Some(Told::Here(platforms)) => platforms,
            Some(Told::In(config)) => {
                let digest = config.digest().map_err(|source| origin.broken(source))?;
                platform::of_config(&self.small_blob(&remote, &digest).await?)
            }
            Some(Told::Nowhere) | None => BTreeSet::new(),
        };
        Ok(Measured { blobs: manifests.len() + blobs.len(), bytes, platforms })
    }

    /// A blob that fits into memory, verified.
    async fn small_blob(
        &self,
        remote: &Remote<'_>,
        digest: &Digest,
    ) -> Result<Vec<u8>, RegistryError> {
        let response = self.ask(Method::GET, remote, "blobs", digest.as_str()).await?;
        let bytes = small_body(remote, response, digest.as_str()).await?;
        let found = Digest::of(&bytes);
        if found != *digest {
            let source = LayoutError::DigestMismatch { expected: digest.clone(), found };
            return Err(RegistryError::Layout { host: remote.host.clone(), source });
        }
        Ok(bytes)
    }

    /// All that makes an image: what is referred to comes before what refers to it.
    ///
    /// # Errors
    /// When the source does not tell, or lies.
    pub async fn parts(
        &self,
        from: &Source,
        digest: &Digest,
    ) -> Result<Vec<Descriptor>, RegistryError> {
        let origin = from.origin();
        let Plan { manifests, blobs, lacking: _ } = self.plan(&origin, &[], digest).await?;
        let manifests = manifests.into_iter().map(|part| part.manifest);
        Ok(blobs.into_iter().chain(manifests).collect())
    }

    pub(super) async fn pull_blob(
        &self,
        from: &Origin<'_>,
        blob: &Descriptor,
        layout: &Layout,
        watch: &(dyn Fn(u64) + Sync),
    ) -> Result<u64, RegistryError> {
        let store = |source| from.broken(source);
        if layout.has(blob).map_err(store)? {
            return Ok(0);
        }
        let digest = blob.digest().map_err(store)?;
        let mut content = match self.content(from, &digest, blob.size, 0).await {
            Err(RegistryError::NotFound { .. }) if blob.may_be_absent() => return Ok(0),
            answered => answered?,
        };
        let mut draft = layout.draft().map_err(store)?;
        while let Some(chunk) = content.next().await? {
            draft.write(&chunk).map_err(store)?;
            // An answer without end must not fill the disk.
            if draft.size() > blob.size {
                break;
            }
            watch(draft.size());
        }
        draft.finish(&digest, blob.size).map_err(store)?;
        Ok(blob.size)
    }
}

fn nothing(digest: &Digest) -> LayoutError {
    LayoutError::TooDeep { digest: digest.clone() }
}
