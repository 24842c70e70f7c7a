//! What refers to an image without being part of it: signatures, attestations, lists of contents.
//!
//! They are found by the referrers API (OCI distribution specification 1.1), by its fallback tag,
//! and by the tags that cosign gives.

use std::collections::BTreeMap;

use futures_util::future::{join, join_all};
use lifeboat_contract::Digest;
use reqwest::{Method, Url};
use serde::Deserialize;
use serde_json::{Value, json};

use super::copy::Goal;
use super::plan::{Origin, small_body};
use super::{Client, RegistryError, Remote};
use crate::manifest::Descriptor;
use crate::{Entry, Layout, LayoutError, media_type};

/// Whether what refers to an image travels with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Referrers {
    /// It does, whenever the image itself has to be copied.
    Along,
    /// It stays.
    Stay,
}

/// What cosign puts after the digest.
const SUFFIXES: [&str; 3] = [".sig", ".att", ".sbom"];
/// A signature of a list of contents of an image; nobody goes further.
const DEPTH_MAX: usize = 3;
/// An answer has up to some hundred referrers.
const PAGES_MAX: usize = 100;

/// What refers to an image.
struct Attached {
    referrers: Vec<Descriptor>,
    tagged: Vec<(String, Digest)>,
}

/// An index, as far as it says what refers.
#[derive(Deserialize)]
struct Listing {
    #[serde(default)]
    manifests: Vec<Descriptor>,
}

/// A manifest, as far as it says what it refers to.
#[derive(Deserialize)]
struct Referrer {
    subject: Option<Descriptor>,
    #[serde(rename = "artifactType")]
    artifact_type: Option<String>,
}

fn fallback(subject: &Digest) -> String {
    format!("sha256-{}", subject.hex())
}

impl Client {
    /// Copies what refers to an image that all goals have by now. What fails is noted there: an
    /// image without its signature may not be let in where it has to start.
    pub(super) async fn attach(&self, from: &Origin<'_>, goals: &[&Goal<'_>], subject: &Digest) {
        let mut subjects = vec![subject.clone()];
        for _ in 0..DEPTH_MAX {
            let mut next = Vec::new();
            for subject in &subjects {
                let alive: Vec<&Goal<'_>> =
                    goals.iter().copied().filter(|goal| goal.is_alive()).collect();
                if alive.is_empty() {
                    return;
                }
                match self.attach_to(from, &alive, subject).await {
                    Ok(copied) => next.extend(copied),
                    Err(error) => {
                        for goal in alive {
                            goal.fail(error.clone());
                        }
                    }
                }
            }
            subjects = next;
        }
    }

    /// Returns what was copied that may be referred to in turn.
    async fn attach_to(
        &self,
        from: &Origin<'_>,
        goals: &[&Goal<'_>],
        subject: &Digest,
    ) -> Result<Vec<Digest>, RegistryError> {
        let Attached { referrers, tagged } = match from {
            Origin::Layout(layout) => in_layout(layout, subject).map_err(|e| from.broken(e))?,
            Origin::Registry { remote, kept: _ } => self.attached(remote, subject).await?,
        };
        let mut copied = Vec::new();
        for referrer in &referrers {
            let digest = referrer.digest().map_err(|e| from.broken(e))?;
            self.copy(from, goals, &digest, None).await;
            copied.push(digest);
        }
        for (tag, digest) in &tagged {
            self.copy(from, goals, digest, Some(tag)).await;
        }
        if !referrers.is_empty() {
            join_all(goals.iter().filter(|goal| goal.is_alive()).map(async |goal| {
                let listed = self.list_at(&goal.remote, subject, &referrers).await;
                listed.unwrap_or_else(|error| goal.fail(error));
            }))
            .await;
        }
        Ok(copied)
    }

    async fn attached(
        &self,
        remote: &Remote<'_>,
        subject: &Digest,
    ) -> Result<Attached, RegistryError> {
        let names = SUFFIXES.map(|suffix| format!("{}{suffix}", fallback(subject)));
        let heads = join_all(names.iter().map(|name| self.found(remote, name)));
        let (listed, heads) = join(self.listed(remote, subject), heads).await;
        let referrers = match listed? {
            Some(referrers) => referrers,
            None => self.fallback_list(remote, subject).await?,
        };
        let mut tagged = Vec::new();
        for (name, digest) in names.into_iter().zip(heads) {
            tagged.extend(digest?.map(|digest| (name, digest)));
        }
        Ok(Attached { referrers, tagged })
    }

    /// What the referrers API says; absent where a registry has none.
    async fn listed(
        &self,
        remote: &Remote<'_>,
        subject: &Digest,
    ) -> Result<Option<Vec<Descriptor>>, RegistryError> {
        let mut ask = remote.asking(Method::GET, "referrers", subject.as_str());
        let mut referrers = Vec::new();
        for _ in 0..PAGES_MAX {
            let response = match self.asked(&ask, &[]).await {
                Ok(response) => response,
                Err(
                    RegistryError::NotFound { .. }
                    | RegistryError::NoRepository { .. }
                    | RegistryError::Denied { .. }
                    | RegistryError::Answer { .. },
                ) => return Ok(None),
                Err(error) => return Err(error),
            };
            let link = response.headers().get("link").and_then(|link| link.to_str().ok());
            let next = link.and_then(|link| link.split_once('<')?.1.split_once('>'));
            let next = next.and_then(|(next, _)| response.url().join(next).ok());
            let bytes = small_body(remote, response, subject.as_str()).await?;
            // A page for people says as much as no page.
            let Ok(listing) = serde_json::from_slice::<Listing>(&bytes) else { return Ok(None) };
            referrers.extend(listing.manifests);
            let home = Url::parse(&ask.url).ok().map(|home| home.origin());
            match next.filter(|next| Some(next.origin()) == home) {
                Some(next) => ask.url = next.to_string(),
                None => return Ok(Some(referrers)),
            }
        }
        Err(remote.strange(ask.what, "more referrers than can be"))
    }

    async fn fallback_list(
        &self,
        remote: &Remote<'_>,
        subject: &Digest,
    ) -> Result<Vec<Descriptor>, RegistryError> {
        let tag = fallback(subject);
        let response = match self.ask(Method::GET, remote, "manifests", &tag).await {
            Ok(response) => response,
            Err(RegistryError::NotFound { .. } | RegistryError::NoRepository { .. }) => {
                return Ok(Vec::new());
            }
            Err(error) => return Err(error),
        };
        let bytes = small_body(remote, response, &tag).await?;
        let listing = serde_json::from_slice::<Listing>(&bytes);
        listing.map(|listing| listing.manifests).map_err(|_| remote.strange(tag, "no index"))
    }

    /// Lists referrers under the fallback tag of a registry that does not do so by itself.
    async fn list_at(
        &self,
        to: &Remote<'_>,
        subject: &Digest,
        referrers: &[Descriptor],
    ) -> Result<(), RegistryError> {
        if self.listed(to, subject).await?.is_some() {
            return Ok(());
        }
        let there = self.fallback_list(to, subject).await?;
        let by_digest = |all: &[Descriptor]| -> BTreeMap<String, Descriptor> {
            all.iter().map(|one| (one.raw_digest.clone(), one.clone())).collect()
        };
        let (mut all, before) = (by_digest(referrers), by_digest(&there));
        // What others have listed there stays.
        all.extend(before.clone());
        if all.len() == before.len() {
            return Ok(());
        }
        let manifests: Vec<&Descriptor> = all.values().collect();
        let index =
            json!({ "schemaVersion": 2, "mediaType": media_type::INDEX, "manifests": manifests });
        let bytes = index.to_string().into_bytes();
        let digest = Digest::of(&bytes);
        let descriptor = Descriptor::new(media_type::INDEX, &digest, bytes.len() as u64);
        let tag = fallback(subject);
        self.put_manifest(to, &tag, Some(&tag), &descriptor, bytes).await.map(drop)
    }
}

/// What a layout has under the tags of its index, or refers by itself.
fn in_layout(layout: &Layout, subject: &Digest) -> Result<Attached, LayoutError> {
    let index = layout.index()?;
    let tag = fallback(subject);
    let mut referrers: BTreeMap<String, Descriptor> = BTreeMap::new();
    let mut tagged = Vec::new();
    for entry in &index.entries {
        let Some(digest) = entry.digest() else { continue };
        let name = entry.tag().unwrap_or_default();
        // What cannot be read is another image's trouble.
        let Ok(bytes) = layout.manifest_bytes(&digest) else { continue };
        if name == tag {
            let what = format!("the manifest {digest}");
            let listing: Listing =
                serde_json::from_slice(&bytes).map_err(|error| LayoutError::json(what, error))?;
            referrers
                .extend(listing.manifests.into_iter().map(|one| (one.raw_digest.clone(), one)));
        } else if SUFFIXES.iter().any(|suffix| name.strip_suffix(suffix) == Some(&tag)) {
            tagged.push((name.to_owned(), digest));
        } else if let Some(one) = refers_to(entry, &bytes, subject) {
            referrers.insert(one.raw_digest.clone(), one);
        }
    }
    Ok(Attached { referrers: referrers.into_values().collect(), tagged })
}

fn refers_to(entry: &Entry, bytes: &[u8], subject: &Digest) -> Option<Descriptor> {
    let referrer: Referrer = serde_json::from_slice(bytes).ok()?;
    if referrer.subject?.raw_digest != subject.as_str() {
        return None;
    }
    let mut descriptor = Entry::tagged(entry.descriptor.clone(), "").descriptor;
    if let Some(kind) = referrer.artifact_type {
        descriptor.rest.insert("artifactType".to_owned(), Value::from(kind));
    }
    Some(descriptor)
}
