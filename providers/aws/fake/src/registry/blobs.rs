//! Layers and image configurations, and their uploads.

use super::{Place, refusal, repository};
use crate::cloud::Cloud;
use crate::ecr::layers::{self, Upload};
use crate::reply::{Refusal, Reply};
use crate::request::Request;

pub(super) fn get(cloud: &mut Cloud, region: &str, place: &Place) -> Result<Reply, Refusal> {
    let repository = repository(cloud, region, place)?;
    let digest = &place.reference;
    let bytes = repository.blobs.get(digest).ok_or_else(|| {
        refusal(404, "BLOB_UNKNOWN", format!("blob unknown to registry: {digest}"))
    })?;
    let mut reply = Reply::empty(200)
        .with("content-type", "application/octet-stream")
        .with("content-length", bytes.len().to_string())
        .with("docker-content-digest", digest.as_str());
    if place.action == "GetBlob" {
        reply.body = bytes.to_vec();
    }
    Ok(reply)
}

/// Begins an upload, or takes the whole blob where its digest is given. Nothing is mounted from
/// another repository unless the registry is told so, and then only what an image there refers to.
pub(super) fn start(
    cloud: &mut Cloud,
    region: &str,
    place: &Place,
    request: &Request,
) -> Result<Reply, Refusal> {
    if let (Some(digest), Some(from), true) =
        (request.query.get("mount"), request.query.get("from"), cloud.settings.mounts)
    {
        let registry = cloud.ecr.registries.entry(region.to_owned()).or_default();
        let held = registry.repositories.get(from).filter(|held| held.refers_to(digest));
        let blob = held.and_then(|held| held.blobs.get(digest)).cloned();
        if let Some(blob) = blob {
            repository(cloud, region, place)?.blobs.insert(digest.clone(), blob);
            return keep(true, place, digest);
        }
    }
    let repository = repository(cloud, region, place)?;
    if let Some(digest) = request.query.get("digest") {
        return keep(layers::keep(repository, request.body.clone(), digest), place, digest);
    }
    let id = cloud.fresh_uuid();
    let registry = cloud.ecr.registries.entry(region.to_owned()).or_default();
    registry.uploads.insert(id.clone(), Upload::new(&place.repository));
    Ok(progress(202, place, &id, 0))
}

/// ECR answers 201 here, not 202.
pub(super) fn part(
    cloud: &mut Cloud,
    region: &str,
    place: &Place,
    request: &Request,
) -> Result<Reply, Refusal> {
    let upload = upload(cloud, region, place)?;
    let first = request.header("content-range").and_then(|range| range.split('-').next());
    let first = first.map(|first| first.trim_start_matches("bytes ").parse::<usize>());
    if first.is_some_and(|first| first != Ok(upload.bytes.len())) {
        return Err(refusal(416, "BLOB_UPLOAD_INVALID", "The part does not follow the one before"));
    }
    upload.push(&request.body);
    let length = upload.bytes.len();
    Ok(progress(201, place, &place.reference, length))
}

pub(super) fn finish(
    cloud: &mut Cloud,
    region: &str,
    place: &Place,
    request: &Request,
) -> Result<Reply, Refusal> {
    let upload = upload(cloud, region, place)?;
    let Some(digest) = request.query.get("digest") else {
        return Err(refusal(400, "DIGEST_INVALID", "The digest is missing"));
    };
    upload.push(&request.body);
    let bytes = std::mem::take(&mut upload.bytes);
    remove(cloud, region, place);
    keep(layers::keep(repository(cloud, region, place)?, bytes, digest), place, digest)
}

pub(super) fn status(cloud: &mut Cloud, region: &str, place: &Place) -> Result<Reply, Refusal> {
    let length = upload(cloud, region, place)?.bytes.len();
    Ok(progress(204, place, &place.reference, length))
}

pub(super) fn cancel(cloud: &mut Cloud, region: &str, place: &Place) -> Result<Reply, Refusal> {
    upload(cloud, region, place)?;
    remove(cloud, region, place);
    Ok(Reply::empty(204))
}

fn keep(kept: bool, place: &Place, digest: &str) -> Result<Reply, Refusal> {
    if !kept {
        let message = format!("provided digest did not match uploaded content: {digest}");
        return Err(refusal(400, "DIGEST_INVALID", message));
    }
    Ok(Reply::empty(201)
        .with("location", format!("/v2/{}/blobs/{digest}", place.repository))
        .with("docker-content-digest", digest))
}

fn progress(status: u16, place: &Place, id: &str, length: usize) -> Reply {
    Reply::empty(status)
        .with("location", format!("/v2/{}/blobs/uploads/{id}", place.repository))
        .with("docker-upload-uuid", id)
        .with("range", format!("0-{}", length.saturating_sub(1)))
}

fn upload<'c>(
    cloud: &'c mut Cloud,
    region: &str,
    place: &Place,
) -> Result<&'c mut Upload, Refusal> {
    repository(cloud, region, place)?;
    let registry = cloud.ecr.registries.get_mut(region);
    let found = registry.and_then(|registry| registry.uploads.get_mut(&place.reference));
    found
        .filter(|upload| upload.repository == place.repository)
        .ok_or_else(|| refusal(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry"))
}

fn remove(cloud: &mut Cloud, region: &str, place: &Place) {
    if let Some(registry) = cloud.ecr.registries.get_mut(region) {
        registry.uploads.remove(&place.reference);
    }
}
