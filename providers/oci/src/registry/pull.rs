//! Pulling: manifests first, then only the blobs that are missing.

use std::collections::BTreeSet;

use lifeboat_contract::{Digest, RepositoryName};
use reqwest::{Method, Response};

use super::request::no_answer;
use super::{Client, RegistryError, Remote};
use crate::layout::{DEPTH_MAX, PARTS_MAX};
use crate::manifest::{self, Descriptor, Manifest};
use crate::{Host, Imported, Layout, LayoutError, MANIFEST_BYTES_MAX};

/// What an image is made of, before its blobs are here.
struct Plan {
    /// The manifests with their bytes, those that refer to others before those.
    manifests: Vec<(Descriptor, Vec<u8>)>,
    blobs: Vec<Descriptor>,
}

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
        let remote = Remote { host, repository };
        let Plan { manifests, blobs } = self.plan(&remote, digest, Some(layout)).await?;
        let store = |source| RegistryError::Layout { host: host.clone(), source };
        let Some((top, _)) = manifests.first() else { return Err(store(nothing(digest))) };
        let mut imported = Imported { top: top.clone(), bytes: 0, blobs: 0 };
        let mut count = |moved: u64| {
            imported.bytes += moved;
            imported.blobs += usize::from(moved > 0);
        };
        for blob in &blobs {
            count(self.pull_blob(&remote, blob, layout).await?);
        }
        for (manifest, bytes) in manifests.iter().rev() {
            count(layout.put(manifest, bytes).map_err(store)?);
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
        let Plan { manifests, blobs } =
            self.plan(&Remote { host, repository }, digest, None).await?;
        let parts = manifests.iter().map(|(manifest, _)| manifest).chain(&blobs);
        let bytes = parts.fold(0, |sum: u64, part| sum.saturating_add(part.size));
        Ok((manifests.len() + blobs.len(), bytes))
    }

    /// The digest of a tag: one request that carries no content, where the registry allows it.
    pub(super) async fn digest_of(
        &self,
        remote: &Remote<'_>,
        tag: &str,
    ) -> Result<Digest, RegistryError> {
        let head = self.ask(Method::HEAD, remote, "manifests", tag).await?;
        let told = head.headers().get("docker-content-digest").and_then(|told| told.to_str().ok());
        if let Some(digest) = told.and_then(|told| told.parse().ok()) {
            return Ok(digest);
        }
        let response = self.ask(Method::GET, remote, "manifests", tag).await?;
        Ok(Digest::of(&small_body(remote, response, tag).await?))
    }

    async fn plan(
        &self,
        remote: &Remote<'_>,
        digest: &Digest,
        layout: Option<&Layout>,
    ) -> Result<Plan, RegistryError> {
        let store = |source| RegistryError::Layout { host: remote.host.clone(), source };
        let mut plan = Plan { manifests: Vec::new(), blobs: Vec::new() };
        let mut seen = BTreeSet::from([digest.clone()]);
        let mut level = vec![(digest.clone(), None::<Descriptor>)];
        for _ in 0..=DEPTH_MAX {
            let mut next = Vec::new();
            for (digest, expected) in level {
                let bytes = self.manifest(remote, &digest, layout).await?;
                let expected = expected.as_ref();
                let (manifest, refers_to) = understand(&digest, &bytes, expected).map_err(store)?;
                for part in refers_to {
                    let part_digest = part.digest().map_err(store)?;
                    if !seen.insert(part_digest.clone()) {
                        continue;
                    }
                    if seen.len() > PARTS_MAX {
                        return Err(store(LayoutError::TooDeep { digest }));
                    }
                    if part.is_manifest() {
                        next.push((part_digest, Some(part)));
                    } else {
                        plan.blobs.push(part);
                    }
                }
                plan.manifests.push((manifest, bytes));
            }
            if next.is_empty() {
                return Ok(plan);
            }
            level = next;
        }
        Err(store(LayoutError::TooDeep { digest: digest.clone() }))
    }

    async fn manifest(
        &self,
        remote: &Remote<'_>,
        digest: &Digest,
        layout: Option<&Layout>,
    ) -> Result<Vec<u8>, RegistryError> {
        if let Some(Ok(bytes)) = layout.map(|layout| layout.manifest_bytes(digest)) {
            return Ok(bytes);
        }
        let response = self.ask(Method::GET, remote, "manifests", digest.as_str()).await?;
        let bytes = small_body(remote, response, digest.as_str()).await?;
        let found = Digest::of(&bytes);
        if found != *digest {
            let source = LayoutError::DigestMismatch { expected: digest.clone(), found };
            return Err(RegistryError::Layout { host: remote.host.clone(), source });
        }
        Ok(bytes)
    }

    async fn pull_blob(
        &self,
        remote: &Remote<'_>,
        blob: &Descriptor,
        layout: &Layout,
    ) -> Result<u64, RegistryError> {
        let store = |source| RegistryError::Layout { host: remote.host.clone(), source };
        if layout.has(blob).map_err(store)? {
            return Ok(0);
        }
        let digest = blob.digest().map_err(store)?;
        let mut response = match self.ask(Method::GET, remote, "blobs", digest.as_str()).await {
            Err(RegistryError::NotFound { .. }) if blob.may_be_absent() => return Ok(0),
            answered => answered?,
        };
        let mut draft = layout.draft().map_err(store)?;
        while let Some(chunk) =
            response.chunk().await.map_err(|source| no_answer(remote.host, source))?
        {
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

fn understand(
    digest: &Digest,
    bytes: &[u8],
    expected: Option<&Descriptor>,
) -> Result<(Descriptor, Vec<Descriptor>), LayoutError> {
    let found = bytes.len() as u64;
    if let Some(expected) = expected.filter(|expected| expected.size != found) {
        let digest = digest.clone();
        return Err(LayoutError::SizeMismatch { digest, expected: expected.size, found });
    }
    let media_type = expected.map(|expected| expected.media_type.as_str());
    let Manifest { media_type, refers_to } = manifest::read(digest, bytes, media_type)?;
    Ok((Descriptor::new(&media_type, digest, found), refers_to))
}

async fn small_body(
    remote: &Remote<'_>,
    mut response: Response,
    reference: &str,
) -> Result<Vec<u8>, RegistryError> {
    let mut bytes = Vec::new();
    while let Some(chunk) =
        response.chunk().await.map_err(|source| no_answer(remote.host, source))?
    {
        bytes.extend_from_slice(&chunk);
        if bytes.len() as u64 > MANIFEST_BYTES_MAX {
            return Err(RegistryError::Answer {
                host: remote.host.clone(),
                what: format!("{}:{reference}", remote.repository),
                answer: format!("a manifest of more than {MANIFEST_BYTES_MAX} bytes"),
            });
        }
    }
    Ok(bytes)
}

fn nothing(digest: &Digest) -> LayoutError {
    LayoutError::TooDeep { digest: digest.clone() }
}
