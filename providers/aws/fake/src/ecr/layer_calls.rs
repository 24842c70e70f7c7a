//! The calls about layers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::image::digest_of;
use super::layers::{self, Upload};
use super::{Call, named, named_mut, unsatisfied};
use crate::cloud::Cloud;
use crate::reply::Refusal;

const DIGESTS_MAX: usize = 100;
const PART_BYTES: u64 = 10 * 1024 * 1024;
const PART_BYTES_MAX: usize = 20 * 1024 * 1024;
const PART_BYTES_MIN: usize = 5 * 1024 * 1024;
const LAYER_TYPE: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";

pub(super) fn available(cloud: &Cloud, call: &Call<'_>) -> Result<Value, Refusal> {
    let repository = named(cloud, call)?;
    let (mut layers, mut failures) = (Vec::new(), Vec::new());
    for digest in call.fields.texts("layerDigests", DIGESTS_MAX)? {
        if !digest.starts_with("sha256:") {
            failures.push(json!({
                "layerDigest": digest,
                "failureCode": "InvalidLayerDigest",
                "failureReason": "Invalid layer digest",
            }));
            continue;
        }
        layers.push(match repository.blobs.get(digest) {
            None => json!({"layerDigest": digest, "layerAvailability": "UNAVAILABLE"}),
            Some(bytes) => json!({
                "layerDigest": digest,
                "layerAvailability": "AVAILABLE",
                "layerSize": bytes.len(),
                "mediaType": LAYER_TYPE,
            }),
        });
    }
    Ok(json!({"layers": layers, "failures": failures}))
}

pub(super) fn initiate(cloud: &mut Cloud, call: &Call<'_>) -> Result<Value, Refusal> {
    let name = named(cloud, call)?.name.clone();
    let id = cloud.fresh_uuid();
    if let Some(registry) = cloud.ecr.registries.get_mut(call.region) {
        registry.uploads.insert(id.clone(), Upload::new(&name));
    }
    Ok(json!({"uploadId": id, "partSize": PART_BYTES}))
}

pub(super) fn part(cloud: &mut Cloud, call: &Call<'_>) -> Result<Value, Refusal> {
    let name = named(cloud, call)?.name.clone();
    let account = cloud.account.clone();
    let id = call.fields.required("uploadId")?;
    let bytes = STANDARD.decode(call.fields.required("layerPartBlob")?);
    let bytes = bytes.map_err(|_| unsatisfied("layerPartBlob", "Member must be base64"))?;
    if bytes.len() > PART_BYTES_MAX {
        return Err(unsatisfied("layerPartBlob", "Member must have at most 20 MiB"));
    }
    let first = call.fields.number("partFirstByte", 0, u64::MAX)?;
    let last = call.fields.number("partLastByte", 0, u64::MAX)?;
    let upload = upload(cloud, call, &name, id)?;
    let received = upload.bytes.len();
    let end = u64::try_from(received + bytes.len()).unwrap_or(u64::MAX);
    if first != u64::try_from(received).ok()
        || last.and_then(|last| last.checked_add(1)) != Some(end)
    {
        let message = format!(
            "The layer part size is not valid, or the first byte specified is not consecutive to the \
             last byte of a previous layer part upload: {received} bytes are here"
        );
        return Err(Refusal::new(400, "InvalidLayerPartException", message));
    }
    upload.push(&bytes);
    Ok(json!({
        "registryId": account,
        "repositoryName": name,
        "uploadId": id,
        "lastByteReceived": last,
    }))
}

pub(super) fn complete(cloud: &mut Cloud, call: &Call<'_>) -> Result<Value, Refusal> {
    let repository = named(cloud, call)?;
    let (name, account) = (repository.name.clone(), cloud.account.clone());
    let id = call.fields.required("uploadId")?;
    let digests = call.fields.texts("layerDigests", DIGESTS_MAX)?;
    let there = digests.iter().any(|digest| repository.blobs.contains_key(*digest));
    let upload = upload(cloud, call, &name, id)?;
    let refuse = |code: &str, message: String| Err(Refusal::new(400, code, message));
    if upload.bytes.is_empty() {
        return refuse("EmptyUploadException", format!("The upload {id} has no layer parts"));
    }
    let (_, before_last) = upload.parts.split_last().unwrap_or((&0, &[]));
    if before_last.iter().any(|part| *part < PART_BYTES_MIN) {
        let message = format!("Layer parts must be at least {PART_BYTES_MIN} bytes");
        return refuse("LayerPartTooSmallException", message);
    }
    let calculated = digest_of(&upload.bytes);
    if !digests.contains(&calculated.as_str()) {
        let message = format!("The calculated layer digest is {calculated}");
        return refuse("InvalidLayerException", message);
    }
    if there {
        let message = format!(
            "Layer with digest '{calculated}' already exists in the repository with name '{name}'"
        );
        return refuse("LayerAlreadyExistsException", message);
    }
    let bytes = std::mem::take(&mut upload.bytes);
    if let Some(registry) = cloud.ecr.registries.get_mut(call.region) {
        registry.uploads.remove(id);
    }
    layers::keep(named_mut(cloud, call)?, bytes, &calculated);
    Ok(json!({
        "registryId": account,
        "repositoryName": name,
        "uploadId": id,
        "layerDigest": calculated,
    }))
}

fn upload<'c>(
    cloud: &'c mut Cloud,
    call: &Call<'_>,
    repository: &str,
    id: &str,
) -> Result<&'c mut Upload, Refusal> {
    let account = cloud.account.clone();
    let registry = cloud.ecr.registries.get_mut(call.region);
    let found = registry.and_then(|registry| registry.uploads.get_mut(id));
    found.filter(|upload| upload.repository == repository).ok_or_else(|| {
        let message = format!(
            "The upload with id '{id}' does not exist in the repository with name '{repository}' in the \
             registry with id '{account}'"
        );
        Refusal::new(400, "UploadNotFoundException", message)
    })
}
