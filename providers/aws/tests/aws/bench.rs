//! A provider on a stand-in of its own.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lifeboat_aws::{Aws, Carrier, Options};
use lifeboat_aws_fake::{Answer, Fake};
use lifeboat_contract::conformance::Image;
use lifeboat_contract::{Digest, Endpoint, ImageSource};
use lifeboat_oci::{Layout, media_type};
use serde_json::{Value, json};

/// The account that everything happens in.
pub(crate) const ACCOUNT: &str = "123456789012";

/// Carries requests to a stand-in, without a network.
#[derive(Clone)]
pub(crate) struct Wire {
    fake: Fake,
    /// Whether the answer to the next write is lost.
    lose: Arc<AtomicBool>,
}

/// Whether a request changes anything.
fn writes(request: &http::Request<Vec<u8>>) -> bool {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
    match target.and_then(|target| target.rsplit('.').next()) {
        Some(action) => !["Describe", "Get", "List", "BatchGet", "BatchCheck"]
            .iter()
            .any(|reading| action.starts_with(reading)),
        None => request.method() != http::Method::GET,
    }
}

impl Wire {
    pub(crate) fn to(fake: &Fake) -> Self {
        Self { fake: fake.clone(), lose: Arc::default() }
    }

    pub(crate) fn carrier(&self) -> Carrier {
        let wire = self.clone();
        Arc::new(move |request| {
            let Wire { fake, lose } = wire.clone();
            Box::pin(async move {
                let lost = writes(&request) && lose.swap(false, Ordering::Relaxed);
                match fake.answer(request).await {
                    Answer::Response(_) if lost => None,
                    Answer::Response(response) => Some(response),
                    Answer::Cut => None,
                    Answer::Hangs => std::future::pending().await,
                }
            })
        })
    }

    /// Loses the answer to the next write.
    pub(crate) fn lose(&self) {
        self.lose.store(true, Ordering::Relaxed);
    }
}

/// A provider on this wire, with layouts relative to a folder.
pub(crate) fn connect(wire: &Wire, attributes: &[(&str, &str)], folder: &Path) -> Aws {
    let pairs = attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let attributes: BTreeMap<String, String> = pairs.collect();
    let options = Options {
        carrier: Some(wire.carrier()),
        folder: folder.to_owned(),
        keys: Some(("AKIDTEST".to_owned(), "secret".to_owned())),
        ..Options::default()
    };
    Aws::connect(&attributes, options).unwrap()
}

/// A layout with one image of two layers.
pub(crate) fn image(folder: &Path, name: &str) -> Image {
    let layout = Layout::create(folder.join(name)).unwrap();
    let blob = |bytes: &[u8], kind: &str| -> Value {
        let digest = Digest::of(bytes);
        let mut draft = layout.draft().unwrap();
        draft.write(bytes).unwrap();
        draft.finish(&digest, bytes.len() as u64).unwrap();
        json!({ "mediaType": kind, "digest": digest, "size": bytes.len() })
    };
    let layer = "application/vnd.oci.image.layer.v1.tar";
    let config = json!({ "architecture": "amd64", "os": "linux", "rootfs": { "type": "layers", "diff_ids": [] } });
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": media_type::MANIFEST,
        "config": blob(config.to_string().as_bytes(), "application/vnd.oci.image.config.v1+json"),
        "layers": [
            blob(format!("what only {name} has").as_bytes(), layer),
            blob(b"a layer that all have", layer),
        ],
    })
    .to_string();
    blob(manifest.as_bytes(), media_type::MANIFEST);
    let digest = Digest::of(manifest.as_bytes());
    layout.tag(&digest, "latest").unwrap();
    Image { digest, source: ImageSource::Layout { path: name.to_owned() } }
}

/// Changes a health check as another tool does.
pub(crate) async fn change_check(fake: &Fake, id: &str, failures: u32) {
    let body = format!(
        "<UpdateHealthCheckRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\">\
         <FailureThreshold>{failures}</FailureThreshold></UpdateHealthCheckRequest>"
    );
    post(fake, &format!("/2013-04-01/healthcheck/{id}"), body).await;
}

/// Makes a health check as another tool does.
pub(crate) async fn make_check(fake: &Fake, reference: &str, endpoint: &Endpoint) {
    let Endpoint { host, port, interval, failures, .. } = endpoint;
    let path = endpoint.path.as_deref().unwrap_or("/");
    let body = format!(
        "<CreateHealthCheckRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\">\
         <CallerReference>{reference}</CallerReference><HealthCheckConfig><Port>{port}</Port>\
         <Type>HTTP</Type><ResourcePath>{path}</ResourcePath>\
         <FullyQualifiedDomainName>{host}</FullyQualifiedDomainName>\
         <RequestInterval>{interval}</RequestInterval>\
         <FailureThreshold>{failures}</FailureThreshold></HealthCheckConfig>\
         </CreateHealthCheckRequest>"
    );
    post(fake, "/2013-04-01/healthcheck", body).await;
}

/// Asks Route 53.
pub(crate) async fn post(fake: &Fake, path: &str, body: String) {
    let scope = "AKIDOTHER/20260101/us-east-1/route53/aws4_request";
    let request = http::Request::post(path)
        .header("authorization", format!("AWS4-HMAC-SHA256 Credential={scope}, Signature=0"))
        .body(body.into_bytes())
        .unwrap();
    let Answer::Response(response) = fake.answer(request).await else { panic!("no answer") };
    assert!(response.status().is_success(), "{}", String::from_utf8_lossy(response.body()));
}

/// Asks the stand-in past the provider, as another tool does.
pub(crate) async fn ask(fake: &Fake, region: &str, action: &str, input: &Value) -> Value {
    let scope = format!("AKIDOTHER/20260101/{region}/ecr/aws4_request");
    let request = http::Request::post("/")
        .header("x-amz-target", format!("AmazonEC2ContainerRegistry_V20150921.{action}"))
        .header("authorization", format!("AWS4-HMAC-SHA256 Credential={scope}, Signature=0"))
        .body(input.to_string().into_bytes())
        .unwrap();
    let Answer::Response(response) = fake.answer(request).await else { panic!("no answer") };
    assert!(response.status().is_success(), "{}", String::from_utf8_lossy(response.body()));
    serde_json::from_slice(response.body()).unwrap()
}
