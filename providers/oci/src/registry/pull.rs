//! Pulling: manifests first, then only the blobs that are missing.

use lifeboat_contract::{Digest, RepositoryName};

use super::plan::{Origin, Plan};
use super::{Client, RegistryError, Remote};
use crate::manifest::Descriptor;
use crate::{Host, Imported, Layout, LayoutError};

impl Client {
    /// Copies an image by digest into a layout: only what is missing, verified on its way, and
    /// nothing before what it refers to. The index is left as it is.
    ///
    /// # Errors
    /// When the registry does not give it, or gives something else. What was copied until then
    /// stays and is not copied again.
    pub async fn pull(
        &self,
        host: &Host,
        repository: &RepositoryName,
        digest: &Digest,
        layout: &Layout,
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
        for blob in &blobs {
            count(self.pull_blob(&origin, blob, layout).await?);
        }
        for part in &manifests {
            count(layout.put(&part.manifest, &part.bytes).map_err(store)?);
        }
        layout.sync().map_err(store)?;
        Ok(imported)
    }

    /// How many blobs an image has, manifests among them, and their bytes.
    ///
    /// # Errors
    /// When the registry does not tell.
    pub async fn measure(
        &self,
        host: &Host,
        repository: &RepositoryName,
        digest: &Digest,
    ) -> Result<(usize, u64), RegistryError> {
        let origin = Origin::Registry { remote: Remote::reading(host, repository), kept: None };
        let Plan { manifests, blobs, lacking: _ } = self.plan(&origin, &[], digest).await?;
        let parts = manifests.iter().map(|part| &part.manifest).chain(&blobs);
        let bytes = parts.fold(0, |sum: u64, part| sum.saturating_add(part.size));
        Ok((manifests.len() + blobs.len(), bytes))
    }

    pub(super) async fn pull_blob(
        &self,
        from: &Origin<'_>,
        blob: &Descriptor,
        layout: &Layout,
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
        }
        draft.finish(&digest, blob.size).map_err(store)?;
        Ok(blob.size)
    }
}

fn nothing(digest: &Digest) -> LayoutError {
    LayoutError::TooDeep { digest: digest.clone() }
}
