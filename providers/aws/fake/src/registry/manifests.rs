//! Manifests and tags.

use serde_json::json;

use super::{Place, refusal, repository};
use crate::cloud::Cloud;
use crate::ecr::image::{self, Image, Wrong};
use crate::ecr::replication;
use crate::reply::{Refusal, Reply};
use crate::request::Request;

const TAGS_MAX: usize = 1_000;

fn is_digest(reference: &str) -> bool {
    reference.contains(':')
}

pub(super) fn get(cloud: &mut Cloud, region: &str, place: &Place) -> Result<Reply, Refusal> {
    let repository = repository(cloud, region, place)?;
    let reference = place.reference.as_str();
    let found = if is_digest(reference) {
        repository.images.get(reference)
    } else {
        repository.tagged(reference)
    };
    let image = found.ok_or_else(|| {
        refusal(404, "MANIFEST_UNKNOWN", format!("Requested image not found: {reference}"))
    })?;
    let mut reply = Reply::empty(200)
        .with("content-type", image.media_type.as_str())
        .with("content-length", image.manifest.len().to_string())
        .with("docker-content-digest", image.digest.as_str());
    if place.action == "GetManifest" {
        reply.body.clone_from(&image.manifest);
    }
    Ok(reply)
}

pub(super) fn put(
    cloud: &mut Cloud,
    region: &str,
    place: &Place,
    request: &Request,
) -> Result<Reply, Refusal> {
    let pushed = cloud.epoch();
    let target = repository(cloud, region, place)?;
    let reference = place.reference.as_str();
    let (tag, given) =
        if is_digest(reference) { (None, Some(reference)) } else { (Some(reference), None) };
    let put = Image::read(&request.body, request.header("content-type"), pushed).and_then(|read| {
        let digest = read.digest.clone();
        match image::put(target, read, tag, given) {
            Ok(digest) => Ok((digest, true)),
            // Pushing again what is there is no fault here, unlike in ECR's own call.
            Err(Wrong::AlreadyThere { .. }) => Ok((digest, false)),
            Err(wrong) => Err(wrong),
        }
    });
    let (digest, new) = put.map_err(|wrong| refused(&wrong, place))?;
    if new {
        replication::pushed(cloud, region, &place.repository, &digest, tag);
    }
    // There is no `Location`, as there is none from ECR.
    Ok(Reply::empty(201).with("docker-content-digest", digest))
}

fn refused(wrong: &Wrong, place: &Place) -> Refusal {
    let (status, code) = match wrong {
        Wrong::Malformed(_) | Wrong::ImagesMissing(_) => (405, "UNSUPPORTED"),
        Wrong::Digest { .. } => (400, "DIGEST_INVALID"),
        Wrong::LayersMissing(_) => (404, "BLOB_UNKNOWN"),
        Wrong::TagFixed(_) | Wrong::AlreadyThere { .. } => (400, "TAG_INVALID"),
        Wrong::TooManyTags => (403, "DENIED"),
    };
    refusal(status, code, wrong.told(&place.repository))
}

pub(super) fn tags(
    cloud: &mut Cloud,
    region: &str,
    place: &Place,
    request: &Request,
) -> Result<Reply, Refusal> {
    let repository = repository(cloud, region, place)?;
    let last = request.query.get("last").map(String::as_str).unwrap_or_default();
    let size = request.query.get("n").and_then(|n| n.parse().ok()).unwrap_or(TAGS_MAX);
    let size = size.clamp(1, TAGS_MAX);
    let mut tags: Vec<&String> = repository.images.values().flat_map(|it| &it.tags).collect();
    tags.sort();
    tags.retain(|tag| tag.as_str() > last);
    let more = tags.len() > size;
    tags.truncate(size);
    let mut reply = Reply::empty(200).with("content-type", "application/json");
    reply.body = json!({"name": place.repository, "tags": tags}).to_string().into_bytes();
    match tags.last().filter(|_| more) {
        None => Ok(reply),
        Some(last) => {
            let next =
                format!("</v2/{}/tags/list?last={last}&n={size}>; rel=\"next\"", place.repository);
            Ok(reply.with("link", next))
        }
    }
}
