//! What an image is made of, read from where it is, before any blob moves.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::{join_all, try_join_all};
use lifeboat_contract::Digest;
use reqwest::{Method, Response};

use super::request::no_answer;
use super::{Client, RegistryError, Remote};
use crate::layout::{DEPTH_MAX, PARTS_MAX};
use crate::manifest::{self, Descriptor, Manifest};
use crate::{Layout, LayoutError, MANIFEST_BYTES_MAX};

/// What an image is made of, in its place.
pub(super) struct Plan {
    /// Those that are referred to before those that refer to them, the image itself last.
    pub(super) manifests: Vec<Part>,
    pub(super) blobs: Vec<Descriptor>,
    /// For each target, the digests of what it lacks or may lack.
    pub(super) lacking: Vec<BTreeSet<String>>,
}

/// A manifest that was read.
pub(super) struct Part {
    pub(super) manifest: Descriptor,
    pub(super) bytes: Vec<u8>,
    refers_to: Vec<Descriptor>,
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
    /// All that makes the image `digest`, each part once, except manifests that all of `targets`
    /// have, and what only those refer to.
    pub(super) async fn plan(
        &self,
        from: &Origin<'_>,
        targets: &[Remote<'_>],
        digest: &Digest,
    ) -> Result<Plan, RegistryError> {
        let broken = |source| from.broken(source);
        let beyond = || broken(LayoutError::TooDeep { digest: digest.clone() });
        let mut parts = BTreeMap::new();
        let mut held = vec![BTreeSet::new(); targets.len()];
        let mut known = BTreeSet::from([digest.to_string()]);
        let mut level = vec![(digest.clone(), None)];
        // Level by level, since what is on one can be asked for at once.
        for _ in 0..=DEPTH_MAX {
            let visits = level
                .iter()
                .map(|(digest, pointer)| self.visit(from, targets, digest, pointer.as_ref()));
            let visited = try_join_all(visits).await?;
            let mut next = Vec::new();
            for ((digest, _), (part, holders)) in level.iter().zip(visited) {
                for (held, has) in held.iter_mut().zip(holders) {
                    if has {
                        held.insert(digest.to_string());
                    }
                }
                let Some(part) = part else { continue };
                for child in &part.refers_to {
                    let child_digest = child.digest().map_err(broken)?;
                    if known.insert(child.raw_digest.clone()) && child.is_manifest() {
                        next.push((child_digest, Some(child.clone())));
                    }
                }
                parts.insert(digest.to_string(), part);
            }
            if known.len() > PARTS_MAX {
                return Err(beyond());
            }
            level = next;
            if level.is_empty() {
                return Ok(order(digest, parts, &held));
            }
        }
        Err(beyond())
    }

    /// Reads a manifest unless all targets have it, and tells which have.
    async fn visit(
        &self,
        from: &Origin<'_>,
        targets: &[Remote<'_>],
        digest: &Digest,
        pointer: Option<&Descriptor>,
    ) -> Result<(Option<Part>, Vec<bool>), RegistryError> {
        // The image itself was asked for before.
        let asked = targets.iter().filter(|_| pointer.is_some());
        // A target that does not tell is found out when something is put there.
        let holders = join_all(asked.map(|target| self.holds(target, digest))).await;
        let holders: Vec<bool> = holders.into_iter().map(|has| has.unwrap_or(false)).collect();
        if !holders.is_empty() && holders.iter().all(|has| *has) {
            return Ok((None, holders));
        }
        Ok((Some(self.part(from, digest, pointer).await?), holders))
    }

    pub(super) async fn part(
        &self,
        from: &Origin<'_>,
        digest: &Digest,
        expected: Option<&Descriptor>,
    ) -> Result<Part, RegistryError> {
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
        Ok(Part { manifest, bytes, refers_to })
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

/// Puts what is referred to first, and finds what each target lacks: the image, and all that
/// something which it lacks refers to, unless it has it.
fn order(top: &Digest, mut parts: BTreeMap<String, Part>, held: &[BTreeSet<String>]) -> Plan {
    let mut blobs = Vec::new();
    let mut manifests: Vec<Part> = Vec::new();
    let mut seen = BTreeSet::from([top.to_string()]);
    let begin = |part: Part| (part.refers_to.clone().into_iter(), part);
    let mut path: Vec<_> = parts.remove(top.as_str()).map(begin).into_iter().collect();
    while let Some((ahead, _)) = path.last_mut() {
        let Some(child) = ahead.next() else {
            manifests.extend(path.pop().map(|(_, part)| part));
            continue;
        };
        if !seen.insert(child.raw_digest.clone()) {
            continue;
        }
        if let Some(part) = parts.remove(&child.raw_digest) {
            path.push(begin(part));
        } else if !child.is_manifest() {
            blobs.push(child);
        }
    }
    let lacking = held.iter().map(|held| {
        let mut lacking = BTreeSet::from([top.to_string()]);
        for part in manifests.iter().rev() {
            if lacking.contains(&part.manifest.raw_digest) {
                let children = part.refers_to.iter().map(|child| child.raw_digest.clone());
                lacking.extend(children.filter(|child| !held.contains(child)));
            }
        }
        lacking
    });
    let lacking = lacking.collect();
    Plan { manifests, blobs, lacking }
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

pub(super) async fn small_body(
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
