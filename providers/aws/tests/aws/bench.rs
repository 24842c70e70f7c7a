//! A provider on a stand-in of its own.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use lifeboat_aws::{Aws, Options};
use lifeboat_aws_fake::{Answer, Fake};

/// The account that everything happens in.
pub(crate) const ACCOUNT: &str = "123456789012";

/// Carries requests to a stand-in, without a network.
#[derive(Clone)]
pub(crate) struct Wire {
    fake: Fake,
    /// Whether the answer to the next write is lost.
    lose: Arc<AtomicBool>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl HttpClient for Wire {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { fake, lose } = self.clone();
        HttpConnectorFuture::new(async move {
            let lost = |why: &str| ConnectorError::io(why.to_owned().into());
            let request = request.try_into_http1x().map_err(|_| lost("no request"))?;
            let request = request.map(|body| body.bytes().unwrap_or_default().to_vec());
            let lost_now = writes(&request) && lose.swap(false, Ordering::Relaxed);
            match fake.answer(request).await {
                Answer::Response(_) if lost_now => Err(lost("the connection was cut")),
                Answer::Response(response) => {
                    let response = response.map(SdkBody::from);
                    HttpResponse::try_from(response).map_err(|_| lost("no answer"))
                }
                Answer::Cut => Err(lost("the connection was cut")),
                Answer::Hangs => std::future::pending().await,
            }
        })
    }
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

    /// Loses the answer to the next write.
    pub(crate) fn lose(&self) {
        self.lose.store(true, Ordering::Relaxed);
    }
}

/// A provider that asks `fake`.
pub(crate) fn aws(fake: &Fake) -> Aws {
    connect(&Wire::to(fake), &[])
}

pub(crate) fn connect(wire: &Wire, attributes: &[(&str, &str)]) -> Aws {
    let attributes: BTreeMap<String, String> =
        attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let options = Options {
        trace: None,
        http: Some(SharedHttpClient::new(wire.clone())),
        credentials: Some(Credentials::new("AKIDTEST", "secret", None, None, "test")),
    };
    Aws::connect(&attributes, options).unwrap()
}
