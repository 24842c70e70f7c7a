//! A provider on a stand-in of its own.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lifeboat_aws::{Aws, Carrier, Options};
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

    fn carrier(&self) -> Carrier {
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
