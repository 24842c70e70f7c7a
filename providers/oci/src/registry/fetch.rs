//! An image in the steps in which whoever starts it gets it, for who measures them.

use futures_util::future::try_join_all;
use lifeboat_contract::Digest;
use tokio::sync::Semaphore;

use super::plan::Origin;
use super::{Access, Client, RegistryError, Repository};
use crate::Layout;
use crate::manifest::Descriptor;

impl Client {
    /// A manifest or index, verified.
    ///
    /// # Errors
    /// When the registry does not give it, or gives something else.
    pub async fn fetch_manifest(
        &self,
        at: &Repository,
        digest: &Digest,
    ) -> Result<Vec<u8>, RegistryError> {
        let origin = Origin::Registry { remote: at.remote(Access::Pull), kept: None };
        Ok(self.part(&origin, digest, None).await?.bytes)
    }

    /// Copies blobs into a layout, so many at once, verified on their way. Returns the bytes that
    /// moved.
    ///
    /// # Errors
    /// When the registry does not give one, or gives something else.
    pub async fn fetch(
        &self,
        from: &Repository,
        blobs: &[Descriptor],
        layout: &Layout,
        at_once: usize,
    ) -> Result<u64, RegistryError> {
        let origin = Origin::Registry { remote: from.remote(Access::Pull), kept: None };
        let places = Semaphore::new(at_once);
        let moved = try_join_all(blobs.iter().map(async |blob| {
            let _place = places.acquire().await;
            self.pull_blob(&origin, blob, layout, &|_| ()).await
        }));
        Ok(moved.await?.into_iter().sum())
    }
}
