//! Authorization tokens: what lets a client use the registry protocol.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::repository::host;
use crate::cloud::Cloud;

const VALID_FOR: Duration = Duration::from_hours(12);

#[derive(Default)]
pub(crate) struct Tokens {
    issued: BTreeMap<String, Token>,
}

struct Token {
    region: String,
    until: Instant,
}

impl Tokens {
    /// The region that the password is for, while it is valid.
    pub(crate) fn region(&self, password: &str) -> Option<&str> {
        let token = self.issued.get(password)?;
        (Instant::now() < token.until).then_some(&token.region)
    }
}

/// The password tells its region, so that one port of a test can serve all of them.
pub(super) fn issue(cloud: &mut Cloud, region: &str) -> Value {
    let password = STANDARD.encode(format!("{region} {}", cloud.fresh_id('T')));
    let until = Instant::now() + VALID_FOR;
    let token = Token { region: region.to_owned(), until };
    cloud.ecr.tokens.issued.insert(password.clone(), token);
    let named = || format!("https://{}", host(&cloud.account, region));
    let endpoint = cloud.settings.registry.clone().unwrap_or_else(named);
    json!({"authorizationData": [{
        "authorizationToken": STANDARD.encode(format!("AWS:{password}")),
        "expiresAt": cloud.clock.epoch(until),
        "proxyEndpoint": endpoint,
    }]})
}
