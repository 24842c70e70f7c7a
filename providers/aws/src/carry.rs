//! Requests carried by something else than the network: a stand-in in the same process.

use std::fmt;
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use lifeboat_contract::BoxFuture;

/// Carries a request and brings the answer; nothing where the connection is lost.
pub type Carrier = Arc<
    dyn Fn(http::Request<Vec<u8>>) -> BoxFuture<'static, Option<http::Response<Vec<u8>>>>
        + Send
        + Sync,
>;

#[derive(Clone)]
pub(crate) struct Carried(pub(crate) Carrier);

impl fmt::Debug for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Carried")
    }
}

impl HttpClient for Carried {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Carried {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let carrier = Arc::clone(&self.0);
        HttpConnectorFuture::new(async move {
            let lost = |why: &str| ConnectorError::io(why.to_owned().into());
            let request = request.try_into_http1x().map_err(|_| lost("no lawful request"))?;
            let request = request.map(|body| body.bytes().unwrap_or_default().to_vec());
            let answer = carrier(request).await.ok_or_else(|| lost("the connection was lost"))?;
            HttpResponse::try_from(answer.map(SdkBody::from)).map_err(|_| lost("no lawful answer"))
        })
    }
}
