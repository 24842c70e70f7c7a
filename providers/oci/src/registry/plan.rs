//! What an image is made of, read from where it is, before any blob moves.

use std::collections::BTreeSet;
use std::vec::IntoIter;

use lifeboat_contract::Digest;
use reqwest::{Method, Response};

use super::request::no_answer;
use super::{Client, RegistryError, Remote};
use crate::layout::{DEPTH_MAX, PARTS_MAX};
use crate::manifest::{self, Descriptor, Manifest};
use crate::{Layout, LayoutError, MANIFEST_BYTES_MAX};

/// What an image is made of.
pub(super) struct Plan {
    /// The manifests with their bytes, those that are referred to before those that refer to them,
    /// the image itself last.
    pub(super) manifests: Vec<(Descriptor, Vec<u8>)>,
    pub(super) blobs: Vec<Descriptor>,
}

/// Where an image is read.
pub(super) enum Origin<'a> {
    Layout(&'a Layout),
    /// A repository, and a layout that may have some of it.
    Registry {
        remote: Remote<'a>,
        kept: Option<&'a Layout>,
    },
}

/// A manifest, and what of it was not visited yet.
struct Branch {
    manifest: Descriptor,
    bytes: Vec<u8>,
    ahead: IntoIter<Descriptor>,
}

impl Origin<'_> {
    /// What is read there is not what it should be.
    pub(super) fn broken(&self, source: LayoutError) -> RegistryError {
        match self {
            Self::Layout(layout) => {
                RegistryError::Source { folder: layout.folder().to_owned(), source }
            }
            Self::Registry { remote, kept: _ } => {
                RegistryError::Layout { host: remote.host.clone(), source }
            }
        }
    }
}

impl Client {
    /// All that makes the image `digest`, each part once, except manifests that `known` has, and
    /// what only those refer to.
    pub(super) async fn plan(
        &self,
        from: &Origin<'_>,
        known: Option<&Remote<'_>>,
        digest: &Digest,
    ) -> Result<Plan, RegistryError> {
        let broken = |source| from.broken(source);
        let mut plan = Plan { manifests: Vec::new(), blobs: Vec::new() };
        let mut seen = BTreeSet::from([digest.clone()]);
        let mut path = vec![self.branch(from, digest, None).await?];
        while let Some(branch) = path.last_mut() {
            let Some(part) = branch.ahead.next() else {
                plan.manifests.extend(path.pop().map(|done| (done.manifest, done.bytes)));
                continue;
            };
            let part_digest = part.digest().map_err(broken)?;
            if !seen.insert(part_digest.clone()) {
                continue;
            }
            if seen.len() > PARTS_MAX || (part.is_manifest() && path.len() > DEPTH_MAX) {
                return Err(broken(LayoutError::TooDeep { digest: digest.clone() }));
            }
            if !part.is_manifest() {
                plan.blobs.push(part);
                continue;
            }
            if let Some(known) = known
                && self.holds(known, &part_digest).await?
            {
                continue;
            }
            path.push(self.branch(from, &part_digest, Some(&part)).await?);
        }
        Ok(plan)
    }

    async fn branch(
        &self,
        from: &Origin<'_>,
        digest: &Digest,
        expected: Option<&Descriptor>,
    ) -> Result<Branch, RegistryError> {
        let bytes = match from {
            Origin::Layout(layout) => layout.manifest_bytes(digest).map_err(|e| from.broken(e))?,
            Origin::Registry { remote, kept } => {
                match kept.map(|layout| layout.manifest_bytes(digest)) {
                    Some(Ok(bytes)) => bytes,
                    Some(Err(_)) | None => self.manifest(remote, digest).await?,
                }
            }
        };
        let (manifest, refers_to) =
            understand(digest, &bytes, expected).map_err(|e| from.broken(e))?;
        Ok(Branch { manifest, bytes, ahead: refers_to.into_iter() })
    }

    /// The digest of a tag: one request that carries no content, where the registry allows it.
    pub(super) async fn digest_of(
        &self,
        remote: &Remote<'_>,
        reference: &str,
    ) -> Result<Digest, RegistryError> {
        let head = self.ask(Method::HEAD, remote, "manifests", reference).await?;
        let told = head.headers().get("docker-content-digest").and_then(|told| told.to_str().ok());
        if let Some(digest) = told.and_then(|told| told.parse().ok()) {
            return Ok(digest);
        }
        let response = self.ask(Method::GET, remote, "manifests", reference).await?;
        Ok(Digest::of(&small_body(remote, response, reference).await?))
    }

    /// A manifest, verified.
    pub(super) async fn manifest(
        &self,
        remote: &Remote<'_>,
        digest: &Digest,
    ) -> Result<Vec<u8>, RegistryError> {
        let response = self.ask(Method::GET, remote, "manifests", digest.as_str()).await?;
        let bytes = small_body(remote, response, digest.as_str()).await?;
        let found = Digest::of(&bytes);
        if found != *digest {
            let source = LayoutError::DigestMismatch { expected: digest.clone(), found };
            return Err(RegistryError::Layout { host: remote.host.clone(), source });
        }
        Ok(bytes)
    }
}

/// A pointer to a manifest by its own words, and what it refers to.
pub(super) fn understand(
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
            let answer = format!("a manifest of more than {MANIFEST_BYTES_MAX} bytes");
            return Err(remote.strange(remote.named(reference), answer));
        }
    }
    Ok(bytes)
}
