//! The registry protocol of ECR: manifests and blobs at `/v2/`.
//!
//! A token of ECR lets a client in, and tells the region where the host does not.

mod blobs;
mod manifests;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::cloud::Cloud;
use crate::ecr;
use crate::ecr::repository::Repository;
use crate::reply::{Refusal, Reply};
use crate::request::Request;

/// What a request is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) action: &'static str,
    pub(crate) repository: String,
    /// A tag, a digest or an upload.
    reference: String,
}

/// Whether the path belongs to the registry protocol.
pub(crate) fn is_meant(path: &[&str]) -> bool {
    path.first() == Some(&"v2")
}

/// The permission of ECR that an action needs.
pub(crate) fn permission(action: &str) -> &'static str {
    match action {
        "HeadManifest" | "GetManifest" => "ecr:BatchGetImage",
        "PutManifest" => "ecr:PutImage",
        "ListTags" => "ecr:ListImages",
        "HeadBlob" => "ecr:BatchCheckLayerAvailability",
        "GetBlob" => "ecr:GetDownloadUrlForLayer",
        "StartUpload" | "UploadStatus" | "CancelUpload" => "ecr:InitiateLayerUpload",
        "UploadPart" => "ecr:UploadLayerPart",
        "FinishUpload" => "ecr:CompleteLayerUpload",
        _ => "ecr:GetAuthorizationToken",
    }
}

/// The region of the host, or else that of the token.
pub(crate) fn region(cloud: &Cloud, request: &Request) -> String {
    let of_host = host_region(request).map(str::to_owned);
    let of_token = || token_region(cloud, request).unwrap_or_default().to_owned();
    of_host.unwrap_or_else(of_token)
}

fn host_region(request: &Request) -> Option<&str> {
    let (_, rest) = request.header("host")?.split_once(".dkr.ecr.")?;
    rest.split('.').next()
}

fn token_region<'c>(cloud: &'c Cloud, request: &Request) -> Option<&'c str> {
    let given = request.header("authorization")?.strip_prefix("Basic ")?;
    let pair = String::from_utf8(STANDARD.decode(given.trim()).ok()?).ok()?;
    cloud.ecr.tokens.region(pair.strip_prefix("AWS:")?)
}

/// `/v2/NAME/manifests/REFERENCE`, `/v2/NAME/blobs/DIGEST`, `/v2/NAME/blobs/uploads/ID`.
pub(crate) fn place(cloud: &Cloud, region: &str, request: &Request) -> Place {
    let parts = request.parts();
    let method = request.method.as_str();
    let (name, action, reference) = match parts.get(1..).unwrap_or_default() {
        [] => (&[] as &[&str], "Ping", ""),
        [name @ .., "tags", "list"] if method == "GET" => (name, "ListTags", ""),
        [name @ .., "manifests", reference] => {
            let action = match method {
                "HEAD" => "HeadManifest",
                "GET" => "GetManifest",
                "PUT" => "PutManifest",
                _ => "Unsupported",
            };
            (name, action, *reference)
        }
        [name @ .., "blobs", "uploads"] if method == "POST" => (name, "StartUpload", ""),
        [name @ .., "blobs", "uploads", id] => {
            let action = match method {
                "PATCH" => "UploadPart",
                "PUT" => "FinishUpload",
                "GET" => "UploadStatus",
                "DELETE" => "CancelUpload",
                _ => "Unsupported",
            };
            (name, action, *id)
        }
        [name @ .., "blobs", digest] => {
            let action = match method {
                "HEAD" => "HeadBlob",
                "GET" => "GetBlob",
                _ => "Unsupported",
            };
            (name, action, *digest)
        }
        _ => (&[] as &[&str], "Unsupported", ""),
    };
    let repository = within_region(cloud, region, name);
    Place { action, repository, reference: reference.to_owned() }
}

/// A first part that is the region only says so again, where no repository is called that.
fn within_region(cloud: &Cloud, region: &str, name: &[&str]) -> String {
    let whole = name.join("/");
    let registry = cloud.ecr.registries.get(region);
    match name {
        [first, rest @ ..] if *first == region && !rest.is_empty() => {
            let known = registry.is_some_and(|it| it.repositories.contains_key(&whole));
            if known { whole } else { rest.join("/") }
        }
        _ => whole,
    }
}

pub(crate) fn answer(
    cloud: &mut Cloud,
    region: &str,
    place: &Place,
    request: &Request,
) -> Result<Reply, Refusal> {
    let Some(of_token) = token_region(cloud, request) else { return Ok(challenge(cloud, region)) };
    if of_token != region {
        return Err(refusal(403, "DENIED", "Your Authorization Token is invalid."));
    }
    let permission = permission(place.action).trim_start_matches("ecr:");
    if place.action == "Ping" {
        return Ok(Reply::empty(200));
    }
    if !ecr::within_rate(cloud, region, permission) {
        return Err(throttled());
    }
    match place.action {
        "HeadManifest" | "GetManifest" => manifests::get(cloud, region, place),
        "PutManifest" => manifests::put(cloud, region, place, request),
        "ListTags" => manifests::tags(cloud, region, place, request),
        "HeadBlob" | "GetBlob" => blobs::get(cloud, region, place),
        "StartUpload" => blobs::start(cloud, region, place, request),
        "UploadPart" => blobs::part(cloud, region, place, request),
        "FinishUpload" => blobs::finish(cloud, region, place, request),
        "UploadStatus" => blobs::status(cloud, region, place),
        "CancelUpload" => blobs::cancel(cloud, region, place),
        _ => Err(refusal(405, "UNSUPPORTED", "The operation is unsupported.")),
    }
}

fn challenge(cloud: &Cloud, region: &str) -> Reply {
    let realm = format!("https://{}.dkr.ecr.{region}.amazonaws.com/", cloud.account);
    let mut reply = Reply::empty(401)
        .with("www-authenticate", format!("Basic realm=\"{realm}\",service=\"ecr.amazonaws.com\""))
        .with("content-type", "text/plain; charset=utf-8");
    reply.body = b"Not Authorized\n".to_vec();
    reply.code = Some("UNAUTHORIZED".to_owned());
    reply
}

pub(crate) fn throttled() -> Refusal {
    refusal(429, "TOOMANYREQUESTS", "Rate exceeded")
}

fn refusal(status: u16, code: &str, message: impl Into<String>) -> Refusal {
    Refusal::new(status, code, message)
}

/// The error document of the registry protocol.
pub(crate) fn document(refusal: &Refusal) -> String {
    json!({"errors": [{"code": refusal.code, "message": refusal.message}]}).to_string()
}

fn repository<'c>(
    cloud: &'c mut Cloud,
    region: &str,
    place: &Place,
) -> Result<&'c mut Repository, Refusal> {
    let account = cloud.account.clone();
    let registry = cloud.ecr.registries.get_mut(region);
    let found = registry.and_then(|registry| registry.repositories.get_mut(&place.repository));
    found.ok_or_else(|| {
        let message = format!(
            "The repository with name '{}' does not exist in the registry with id '{account}'",
            place.repository
        );
        refusal(404, "NAME_UNKNOWN", message)
    })
}
