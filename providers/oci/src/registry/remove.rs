//! Taking away: manifests by digest, and tags from images that stay.

use lifeboat_contract::Digest;
use reqwest::Method;
use serde_json::json;

use super::plan::{small_body, understand};
use super::{Access, Client, RegistryError, Remote, Repository};
use crate::manifest::Descriptor;
use crate::media_type;

impl Client {
    /// Deletes an image with all its tags. What it consists of is left to the registry's own
    /// collection. One that is not there is deleted already.
    ///
    /// # Errors
    /// [`RegistryError::NoDeletion`] where the registry is not set up for it.
    pub async fn delete(&self, at: &Repository, digest: &Digest) -> Result<(), RegistryError> {
        self.take_away(&at.remote(Access::Push), digest.as_str()).await
    }

    /// Takes a tag from an image, which stays.
    ///
    /// Registries before version 1.1 of the specification take no tag away. There the tag is moved
    /// to something that nobody needs, which is then deleted.
    ///
    /// # Errors
    /// [`RegistryError::NoDeletion`] where the registry is not set up for it; the tag is then still
    /// where it was.
    pub async fn untag(&self, at: &Repository, tag: &str) -> Result<(), RegistryError> {
        let remote = at.remote(Access::Push);
        match self.take_away(&remote, tag).await {
            Err(RegistryError::NoDeletion { .. } | RegistryError::Answer { .. }) => {}
            answered => return answered,
        }
        let nothing = json!({
            "schemaVersion": 2,
            "mediaType": media_type::INDEX,
            "manifests": [],
            "annotations": { "lifeboat.nothing": tag },
        });
        let bytes = nothing.to_string().into_bytes();
        let digest = Digest::of(&bytes);
        // Whether anything is deleted there is found out before the tag moves.
        self.put_index(&remote, digest.as_str(), bytes.clone()).await?;
        self.take_away(&remote, digest.as_str()).await?;
        self.put_index(&remote, tag, bytes).await?;
        self.take_away(&remote, digest.as_str()).await
    }

    /// The manifest of a tag, and its digest; absent where there is none.
    ///
    /// # Errors
    /// When the registry does not tell.
    pub async fn tagged(
        &self,
        at: &Repository,
        tag: &str,
    ) -> Result<Option<(Digest, Vec<u8>)>, RegistryError> {
        let remote = at.remote(Access::Pull);
        let response = match self.ask(Method::GET, &remote, "manifests", tag).await {
            Ok(response) => response,
            Err(RegistryError::NotFound { .. } | RegistryError::NoRepository { .. }) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let bytes = small_body(&remote, response, tag).await?;
        Ok(Some((Digest::of(&bytes), bytes)))
    }

    /// Puts an index under a tag.
    ///
    /// # Errors
    /// When the registry does not take it.
    pub async fn put_tagged(
        &self,
        at: &Repository,
        tag: &str,
        index: Vec<u8>,
    ) -> Result<(), RegistryError> {
        self.put_index(&at.remote(Access::Push), tag, index).await
    }

    /// Whether a repository has a manifest or blob.
    ///
    /// # Errors
    /// When the registry does not tell.
    pub async fn has(&self, at: &Repository, part: &Descriptor) -> Result<bool, RegistryError> {
        let remote = at.remote(Access::Pull);
        let kind = if part.is_manifest() { "manifests" } else { "blobs" };
        let digest = part.digest();
        let digest =
            digest.map_err(|source| RegistryError::Layout { host: at.host.clone(), source })?;
        match self.ask(Method::HEAD, &remote, kind, digest.as_str()).await {
            Ok(_) => Ok(true),
            Err(RegistryError::NotFound { .. } | RegistryError::NoRepository { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn put_index(
        &self,
        to: &Remote<'_>,
        reference: &str,
        bytes: Vec<u8>,
    ) -> Result<(), RegistryError> {
        let digest = Digest::of(&bytes);
        let (manifest, _) = understand(&digest, &bytes, None)
            .map_err(|source| RegistryError::Layout { host: to.host.clone(), source })?;
        let tag = (!reference.contains(':')).then_some(reference);
        self.put_manifest(to, reference, tag, &manifest, bytes).await.map(drop)
    }

    async fn take_away(&self, from: &Remote<'_>, reference: &str) -> Result<(), RegistryError> {
        match self.ask(Method::DELETE, from, "manifests", reference).await {
            Ok(_) | Err(RegistryError::NotFound { .. } | RegistryError::NoRepository { .. }) => {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}
