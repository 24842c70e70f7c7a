//! The clients, made when they are first needed: credentials, profiles and endpoints the way the
//! AWS SDK finds them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use lifeboat_contract::Location;

use crate::pace::{Pace, Paced};

/// Where the control plane of Route 53 is, and whoever is asked where no region is named.
pub(crate) const GLOBAL: &str = "us-east-1";

/// An endpoint that has not taken a connection by then is down.
const CONNECT_MAX: Duration = Duration::from_secs(3);

/// How the clients are made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Means {
    /// Absent for the environment's.
    pub(crate) profile: Option<String>,
    /// Absent for the network.
    pub(crate) http: Option<SharedHttpClient>,
    /// Absent for the SDK's chain.
    pub(crate) credentials: Option<aws_credential_types::Credentials>,
}

/// Whether a client repeats calls that were not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Repeats {
    Yes,
    No,
}

/// The clients of all services.
#[derive(Debug)]
pub(crate) struct Clients {
    /// For reads, which are repeated until they are answered.
    pub(crate) route53: aws_sdk_route53::Client,
    /// For writes, which are sent once: whoever commits decides about repeating.
    pub(crate) route53_once: aws_sdk_route53::Client,
    shared: SdkConfig,
    ecr: std::sync::Mutex<BTreeMap<(Location, Repeats), aws_sdk_ecr::Client>>,
    tagging: std::sync::Mutex<BTreeMap<Location, aws_sdk_resourcegroupstagging::Client>>,
}

impl Clients {
    pub(crate) async fn make(means: &Means, pace: &Arc<Pace>) -> Self {
        let network = means.http.clone().unwrap_or_else(|| {
            aws_smithy_http_client::Builder::new()
                .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
                .build_https()
        });
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(network.clone())
            .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT_MAX).build())
            .retry_config(RetryConfig::standard())
            // A request that waits for its turn is not stalled; each attempt has a limit of its own.
            .stalled_stream_protection(
                StalledStreamProtectionConfig::enabled().upload_enabled(false).build(),
            );
        if let Some(profile) = &means.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(credentials) = &means.credentials {
            // Nothing of this machine is asked for then.
            loader = loader.credentials_provider(credentials.clone()).region(Region::new(GLOBAL));
        }
        let loaded = loader.load().await;
        // What finds the credentials asks as it likes; what we ask keeps the pace.
        let paced = Paced { inner: network, pace: Arc::clone(pace) };
        let shared = loaded.to_builder().http_client(SharedHttpClient::new(paced)).build();
        let global = at(&shared, GLOBAL);
        Self {
            route53: aws_sdk_route53::Client::new(&global),
            route53_once: aws_sdk_route53::Client::new(&once(&global)),
            shared,
            ecr: std::sync::Mutex::default(),
            tagging: std::sync::Mutex::default(),
        }
    }

    pub(crate) fn ecr(&self, location: &Location, repeats: Repeats) -> aws_sdk_ecr::Client {
        let mut clients = self.ecr.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let make = || {
            let there = at(&self.shared, location.as_str());
            aws_sdk_ecr::Client::new(&match repeats {
                Repeats::Yes => there,
                Repeats::No => once(&there),
            })
        };
        clients.entry((location.clone(), repeats)).or_insert_with(make).clone()
    }

    /// Asked once, so nothing is kept.
    pub(crate) fn sts(&self, location: &Location) -> aws_sdk_sts::Client {
        aws_sdk_sts::Client::new(&at(&self.shared, location.as_str()))
    }

    pub(crate) fn tagging(&self, location: &Location) -> aws_sdk_resourcegroupstagging::Client {
        let mut clients = self.tagging.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let make =
            || aws_sdk_resourcegroupstagging::Client::new(&at(&self.shared, location.as_str()));
        clients.entry(location.clone()).or_insert_with(make).clone()
    }
}

fn at(shared: &SdkConfig, region: &str) -> SdkConfig {
    shared.to_builder().region(Region::new(region.to_owned())).build()
}

/// The same, without repeats.
fn once(config: &SdkConfig) -> SdkConfig {
    config.to_builder().retry_config(RetryConfig::disabled()).build()
}
