//! The calls about images.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::fields::{Fields, next_token};
use super::image::{self, Image};
use super::repository::Repository;
use super::{Call, invalid, named, named_mut, replication};
use crate::cloud::Cloud;
use crate::reply::Refusal;

const IDS_MAX: usize = 100;

/// What names an image: a digest, a tag, or both, which then must agree.
struct Id<'a> {
    digest: Option<&'a str>,
    tag: Option<&'a str>,
}

impl<'a> Id<'a> {
    fn read(fields: Fields<'a>) -> Self {
        Self { digest: fields.text("imageDigest"), tag: fields.text("imageTag") }
    }

    /// The image, or ECR's code and reason why there is none.
    fn find<'r>(
        &self,
        repository: &'r Repository,
    ) -> Result<&'r Image, (&'static str, &'static str)> {
        let missing = ("ImageNotFound", "Requested image not found");
        match (self.digest, self.tag) {
            (None, None) => Err((
                "MissingDigestAndTag",
                "Invalid request parameters: both tag and digest cannot be null",
            )),
            (Some(digest), _) if !digest.starts_with("sha256:") || digest.len() != 71 => Err((
                "InvalidImageDigest",
                "Invalid request parameters: image digest should satisfy the regex \
                 '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
            )),
            (Some(digest), None) => repository.images.get(digest).ok_or(missing),
            (None, Some(tag)) => repository.tagged(tag).ok_or(missing),
            (Some(digest), Some(tag)) => {
                let image = repository.images.get(digest).ok_or(missing)?;
                let both = image.tags.contains(tag);
                both.then_some(image).ok_or((
                    "ImageTagDoesNotMatchDigest",
                    "The tag and the digest are not of one image",
                ))
            }
        }
    }

    fn shown(&self) -> Value {
        let mut shown = json!({});
        for (name, value) in [("imageDigest", self.digest), ("imageTag", self.tag)] {
            if let Some(value) = value {
                shown[name] = value.into();
            }
        }
        shown
    }

    fn failure(&self, (code, reason): (&str, &str)) -> Value {
        json!({"imageId": self.shown(), "failureCode": code, "failureReason": reason})
    }
}

/// The image that `imageId` names.
pub(super) fn one<'r>(
    repository: &'r Repository,
    fields: Fields<'_>,
    account: &str,
) -> Result<&'r Image, Refusal> {
    let id = Id::read(fields);
    id.find(repository).map_err(|_| {
        let shown = |value: Option<&str>| value.unwrap_or("null").to_owned();
        let message = format!(
            "The image with imageId {{imageDigest:'{}', imageTag:'{}'}} does not exist within the \
             repository with name '{}' in the registry with id '{account}'",
            shown(id.digest),
            shown(id.tag),
            repository.name
        );
        Refusal::new(400, "ImageNotFoundException", message)
    })
}

pub(super) fn describe(cloud: &Cloud, call: &Call<'_>) -> Result<Value, Refusal> {
    let repository = named(cloud, call)?;
    let shown = |image: &Image| {
        let mut shown = image.shown(&cloud.account, &repository.name);
        if cloud.settings.archived.contains(&image.digest) {
            shown["imageStatus"] = "ARCHIVED".into();
        }
        shown
    };
    if call.fields.list("imageIds").is_some() {
        if call.fields.text("nextToken").is_some() || call.fields.0.get("maxResults").is_some() {
            return Err(invalid("Image ids and pages cannot be asked for together"));
        }
        let (mut seen, mut details) = (BTreeSet::new(), Vec::new());
        for id in call.fields.some("imageIds", IDS_MAX)? {
            let image = one(repository, id, &cloud.account)?;
            if seen.insert(&image.digest) {
                details.push(shown(image));
            }
        }
        return Ok(json!({"imageDetails": details}));
    }
    let (page, next) = page(repository, call)?;
    let details: Vec<Value> = page.into_iter().map(shown).collect();
    Ok(with_token(json!({"imageDetails": details}), next))
}

pub(super) fn list(cloud: &Cloud, call: &Call<'_>) -> Result<Value, Refusal> {
    let repository = named(cloud, call)?;
    let (page, next) = page(repository, call)?;
    let mut ids = Vec::new();
    for image in page {
        if image.tags.is_empty() {
            ids.push(json!({"imageDigest": image.digest}));
        }
        let id = |tag: &String| json!({"imageDigest": image.digest, "imageTag": tag});
        ids.extend(image.tags.iter().map(id));
    }
    Ok(with_token(json!({"imageIds": ids}), next))
}

/// One page of images, and the token of the next.
fn page<'r>(
    repository: &'r Repository,
    call: &Call<'_>,
) -> Result<(Vec<&'r Image>, Option<String>), Refusal> {
    let (size, after) = call.fields.page()?;
    let status = call.fields.object("filter").and_then(|filter| filter.text("tagStatus"));
    let images = repository.images.values().filter(|image| match status {
        Some("TAGGED") => !image.tags.is_empty(),
        Some("UNTAGGED") => image.tags.is_empty(),
        _ => true,
    });
    let rest = images.filter(|image| after.is_none_or(|after| image.digest.as_str() > after));
    let mut page: Vec<&Image> = rest.take(size + 1).collect();
    let more = page.len() > size;
    page.truncate(size);
    let last = page.last().filter(|_| more).map(|image| next_token(&image.digest));
    Ok((page, last))
}

fn with_token(mut answer: Value, token: Option<String>) -> Value {
    if let Some(token) = token {
        answer["nextToken"] = token.into();
    }
    answer
}

pub(super) fn get(cloud: &Cloud, call: &Call<'_>) -> Result<Value, Refusal> {
    let repository = named(cloud, call)?;
    let (mut images, mut failures) = (Vec::new(), Vec::new());
    for fields in call.fields.some("imageIds", IDS_MAX)? {
        let id = Id::read(fields);
        match id.find(repository) {
            Ok(image) => images.push(shown(cloud, repository, image, id.tag)),
            Err(why) => failures.push(id.failure(why)),
        }
    }
    Ok(json!({"images": images, "failures": failures}))
}

fn shown(cloud: &Cloud, repository: &Repository, image: &Image, tag: Option<&str>) -> Value {
    let id = Id { digest: Some(&image.digest), tag };
    json!({
        "registryId": cloud.account,
        "repositoryName": repository.name,
        "imageId": id.shown(),
        "imageManifest": String::from_utf8_lossy(&image.manifest),
        "imageManifestMediaType": image.media_type,
    })
}

pub(super) fn put(cloud: &mut Cloud, call: &Call<'_>) -> Result<Value, Refusal> {
    let manifest = call.fields.required("imageManifest")?;
    let media_type = call.fields.text("imageManifestMediaType");
    let (tag, given) = (call.fields.text("imageTag"), call.fields.text("imageDigest"));
    let (pushed, account) = (cloud.epoch(), cloud.account.clone());
    let repository = named_mut(cloud, call)?;
    let name = repository.name.clone();
    let refusal = |wrong: image::Wrong| wrong.refusal(&name, &account);
    let image = Image::read(manifest.as_bytes(), media_type, pushed).map_err(refusal)?;
    let digest = image::put(repository, image, tag, given).map_err(refusal)?;
    replication::pushed(cloud, call.region, &name, &digest, tag);
    let repository = named(cloud, call)?;
    let image = repository.images.get(&digest);
    Ok(json!({"image": image.map(|image| shown(cloud, repository, image, tag))}))
}

pub(super) fn delete(cloud: &mut Cloud, call: &Call<'_>) -> Result<Value, Refusal> {
    let ids = call.fields.some("imageIds", IDS_MAX)?;
    let repository = named_mut(cloud, call)?;
    let name = repository.name.clone();
    let (mut deleted, mut failures, mut gone) = (Vec::new(), Vec::new(), Vec::new());
    for fields in ids {
        let id = Id::read(fields);
        match id.find(repository).map(|image| image.digest.clone()) {
            Err(why) => failures.push(id.failure(why)),
            Ok(digest) if id.digest.is_none() => {
                deleted.push(json!({"imageDigest": digest, "imageTag": id.tag}));
                gone.extend(untag(repository, &digest, id.tag.unwrap_or_default()));
            }
            Ok(digest) if is_child(repository, &digest) => failures.push(id.failure((
                "ImageReferencedByManifestList",
                "Requested image referenced by manifest list",
            ))),
            Ok(digest) => {
                let image = repository.images.remove(&digest);
                let tags = image.map(|image| image.tags).unwrap_or_default();
                if tags.is_empty() {
                    deleted.push(json!({"imageDigest": digest}));
                }
                let shown = |tag| json!({"imageDigest": digest, "imageTag": tag});
                deleted.extend(tags.iter().map(shown));
                gone.push(digest);
            }
        }
    }
    for digest in gone {
        replication::deleted(cloud, call.region, &name, &digest);
    }
    Ok(json!({"imageIds": deleted, "failures": failures}))
}

/// Takes a tag off. An image goes with its last tag, unless an index holds it.
fn untag(repository: &mut Repository, digest: &str, tag: &str) -> Option<String> {
    let held = is_child(repository, digest);
    let image = repository.images.get_mut(digest)?;
    image.tags.remove(tag);
    if !image.tags.is_empty() || held {
        return None;
    }
    repository.images.remove(digest).map(|image| image.digest)
}

fn is_child(repository: &Repository, digest: &str) -> bool {
    repository.images.values().any(|image| image.children.iter().any(|child| child == digest))
}
