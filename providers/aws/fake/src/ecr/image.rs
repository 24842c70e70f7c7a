//! Images: what is known of a manifest, and putting one into a repository.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::fields::Fields;
use super::repository::Repository;
use crate::cloud::hex;
use crate::reply::Refusal;

const MANIFEST_BYTES_MAX: usize = 4 * 1024 * 1024;
const TAGS_MAX: usize = 1_000;
const TAG_CHARS_MAX: usize = 300;
const INDEXES: &[&str] = &[
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
];
const MANIFESTS: &[&str] = &[
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];

#[derive(Debug, Clone)]
pub(crate) struct Image {
    pub(crate) digest: String,
    pub(crate) media_type: String,
    pub(crate) manifest: Vec<u8>,
    pub(crate) tags: BTreeSet<String>,
    pub(crate) pushed: f64,
    pub(super) size: u64,
    pub(super) artifact_type: Option<String>,
    /// The images of an index.
    pub(super) children: Vec<String>,
    /// The layers and the configuration of a manifest.
    pub(super) blobs: Vec<String>,
    pub(super) subject: Option<String>,
    pub(super) replicas: Vec<super::replication::Replica>,
}

/// What is wrong with a manifest that is to be put.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    Malformed(String),
    Digest { given: String, calculated: String },
    LayersMissing(Vec<String>),
    ImagesMissing(Vec<String>),
    TagFixed(String),
    AlreadyThere { digest: String, tag: Option<String> },
    TooManyTags,
}

pub(crate) fn digest_of(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(&Sha256::digest(bytes)))
}

pub(crate) fn is_tag(tag: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let first = tag.bytes().next().is_some_and(word);
    first
        && tag.len() <= TAG_CHARS_MAX
        && tag.bytes().all(|byte| word(byte) || b".-".contains(&byte))
}

impl Image {
    pub(crate) fn read(
        manifest: &[u8],
        media_type: Option<&str>,
        pushed: f64,
    ) -> Result<Self, Wrong> {
        let malformed = |why: &str| Err(Wrong::Malformed(why.to_owned()));
        if manifest.len() > MANIFEST_BYTES_MAX {
            return malformed("the manifest is larger than 4 MiB");
        }
        let read: Value =
            serde_json::from_slice(manifest).map_err(|why| Wrong::Malformed(why.to_string()))?;
        let fields = Fields(&read);
        let stated = fields.text("mediaType");
        let media_type = media_type.or(stated).unwrap_or_default();
        if stated.is_some_and(|stated| stated != media_type) {
            return malformed("the media type is not the manifest's own");
        }
        let (list, is_index) = match media_type {
            _ if INDEXES.contains(&media_type) => ("manifests", true),
            _ if MANIFESTS.contains(&media_type) => ("layers", false),
            _ => return malformed("the media type is not supported"),
        };
        let Some(parts) = fields.list(list).filter(|_| schema(fields)) else {
            return malformed("the manifest has no parts");
        };
        let config = fields.object("config");
        if config.is_none() && !is_index {
            return malformed("the manifest has no configuration");
        }
        let digests: Option<Vec<String>> =
            parts.iter().map(|part| part.text("digest").map(str::to_owned)).collect();
        let Some(digests) = digests else { return malformed("a part has no digest") };
        let bytes =
            |part: &Fields<'_>| part.0.get("size").and_then(Value::as_u64).unwrap_or_default();
        let configured = config.and_then(|config| config.text("digest")).map(str::to_owned);
        let (children, blobs) = if is_index {
            (digests, Vec::new())
        } else {
            (Vec::new(), configured.into_iter().chain(digests).collect())
        };
        let of_config = config.and_then(|config| config.text("mediaType"));
        Ok(Self {
            digest: digest_of(manifest),
            media_type: media_type.to_owned(),
            manifest: manifest.to_vec(),
            tags: BTreeSet::new(),
            pushed,
            size: parts.iter().map(bytes).sum(),
            artifact_type: fields.text("artifactType").or(of_config).map(str::to_owned),
            children,
            blobs,
            subject: fields.object("subject").and_then(|it| it.text("digest")).map(str::to_owned),
            replicas: Vec::new(),
        })
    }

    pub(super) fn shown(&self, account: &str, repository: &str) -> Value {
        let mut shown = json!({
            "registryId": account,
            "repositoryName": repository,
            "imageDigest": self.digest,
            "imageSizeInBytes": self.size,
            "imagePushedAt": self.pushed,
            "imageManifestMediaType": self.media_type,
            "imageStatus": "ACTIVE",
        });
        if !self.tags.is_empty() {
            shown["imageTags"] = self.tags.iter().cloned().collect();
        }
        if let Some(kind) = &self.artifact_type {
            shown["artifactMediaType"] = kind.as_str().into();
        }
        if let Some(subject) = &self.subject {
            shown["subjectManifestDigest"] = subject.as_str().into();
        }
        shown
    }
}

fn schema(fields: Fields<'_>) -> bool {
    fields.0.get("schemaVersion").and_then(Value::as_u64) == Some(2)
}

/// Puts an image, and moves the tag to it. `given` is the digest that the client expects.
pub(crate) fn put(
    repository: &mut Repository,
    image: Image,
    tag: Option<&str>,
    given: Option<&str>,
) -> Result<String, Wrong> {
    let digest = image.digest.clone();
    if let Some(given) = given.filter(|given| *given != digest) {
        return Err(Wrong::Digest { given: given.to_owned(), calculated: digest });
    }
    if let Some(tag) = tag.filter(|tag| !is_tag(tag)) {
        return Err(Wrong::Malformed(format!("'{tag}' is not a tag")));
    }
    let wanted = image.children.iter().chain(&image.subject);
    let missing: Vec<String> =
        wanted.filter(|child| !repository.images.contains_key(*child)).cloned().collect();
    if !missing.is_empty() {
        return Err(Wrong::ImagesMissing(missing));
    }
    let blobs = image.blobs.iter().filter(|blob| !repository.blobs.contains_key(*blob));
    let missing: Vec<String> = blobs.cloned().collect();
    if !missing.is_empty() {
        return Err(Wrong::LayersMissing(missing));
    }
    if let Some(tag) = tag {
        let fixed = repository.mutability.is_fixed(tag);
        if fixed && repository.tagged(tag).is_some() {
            return Err(Wrong::TagFixed(tag.to_owned()));
        }
    }
    let known = repository.images.get(&digest);
    let nothing_new = match (known, tag) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(known), Some(tag)) => known.tags.contains(tag),
    };
    if nothing_new {
        return Err(Wrong::AlreadyThere { digest, tag: tag.map(str::to_owned) });
    }
    if known.is_some_and(|known| known.tags.len() >= TAGS_MAX) {
        return Err(Wrong::TooManyTags);
    }
    for other in repository.images.values_mut() {
        other.tags.retain(|other| Some(other.as_str()) != tag);
    }
    let image = repository.images.entry(digest.clone()).or_insert(image);
    image.tags.extend(tag.map(str::to_owned));
    Ok(digest)
}

impl Wrong {
    /// In the words of ECR's own calls.
    pub(super) fn refusal(&self, repository: &str, account: &str) -> Refusal {
        let place =
            format!("the repository with name '{repository}' in the registry with id '{account}'");
        let (code, message) = match self {
            Self::Malformed(why) => (
                "InvalidParameterException",
                format!(
                    "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON \
                     syntax or manifest: {why}'"
                ),
            ),
            Self::Digest { given, calculated } => (
                "ImageDigestDoesNotMatchException",
                format!(
                    "The specified image digest '{given}' does not match the calculated digest \
                     '{calculated}'"
                ),
            ),
            Self::LayersMissing(digests) => (
                "LayersNotFoundException",
                format!(
                    "Layers with digests '[{}]' required for pushing image into {place} not found",
                    digests.join(", ")
                ),
            ),
            Self::ImagesMissing(digests) => (
                "ReferencedImagesNotFoundException",
                format!(
                    "Images with digests '[{}]' required for pushing image into {place} not found",
                    digests.join(", ")
                ),
            ),
            Self::TagFixed(_) => ("ImageTagAlreadyExistsException", self.told(repository)),
            Self::AlreadyThere { digest, tag } => (
                "ImageAlreadyExistsException",
                format!(
                    "Image with digest '{digest}' and tag '{}' already exists in {place}",
                    tag.as_deref().unwrap_or("null")
                ),
            ),
            Self::TooManyTags => ("LimitExceededException", self.told(repository)),
        };
        Refusal::new(400, code, message)
    }

    /// What both ways of putting an image say.
    pub(crate) fn told(&self, repository: &str) -> String {
        match self {
            Self::TagFixed(tag) => format!(
                "The image tag '{tag}' already exists in the '{repository}' repository and cannot be \
                 overwritten because the tag is immutable."
            ),
            Self::TooManyTags => format!("The image would have more than {TAGS_MAX} tags"),
            Self::Malformed(why) => format!("Invalid manifest: {why}"),
            Self::Digest { calculated, .. } => format!("The manifest's digest is {calculated}"),
            Self::LayersMissing(digests) => format!("layers are missing: {}", digests.join(", ")),
            Self::ImagesMissing(digests) => format!("images are missing: {}", digests.join(", ")),
            Self::AlreadyThere { digest, .. } => format!("{digest} is there already"),
        }
    }
}
