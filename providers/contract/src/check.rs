//! Health checks.

use std::fmt;
use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Address, CheckReference, Location};

/// What is checked, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum HealthCheck {
    /// An endpoint is asked.
    Endpoint(Endpoint),
    /// Other checks are counted.
    Calculated {
        /// The checks counted, sorted.
        checks: Vec<CheckRef>,
        /// How many of them have to be healthy.
        at_least: u32,
        /// Whether healthy and unhealthy are exchanged. Never declared; a drill's lever.
        #[serde(skip_serializing_if = "std::ops::Not::not", default)]
        inverted: bool,
        /// Whether it is not computed and counts as healthy. Never declared; a drill's lever.
        #[serde(skip_serializing_if = "std::ops::Not::not", default)]
        disabled: bool,
    },
}

impl HealthCheck {
    /// Calls the checks that this one counts by other names; those without one keep theirs.
    pub fn rename_checks(&mut self, name: impl Fn(&CheckRef) -> Option<CheckRef>) {
        let Self::Calculated { checks, .. } = self else { return };
        for check in checks.iter_mut() {
            if let Some(name) = name(check) {
                *check = name;
            }
        }
        checks.sort();
    }
}

/// An endpoint and how it is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// How to ask. Cannot be changed in place.
    pub protocol: Protocol,
    /// A DNS name or an address.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// Path and query, for http and https.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub path: Option<String>,
    /// Text that the body has to contain, for http and https.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub contains: Option<String>,
    /// Seconds between two requests of one checker. Cannot be changed in place.
    pub interval: u32,
    /// Failures in a row that make it unhealthy, and successes that make it healthy again.
    pub failures: u32,
    /// Seconds until a request counts as failed, where the provider lets it be set.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub timeout: Option<u32>,
    /// The address to connect to, where `host` is only the name that is asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub address: Option<IpAddr>,
    /// Whether an https check hides which name it asks for: TLS without SNI.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub no_sni: bool,
    /// From where it is asked, sorted; empty for everywhere that the provider has checkers.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub checkers: Vec<Location>,
    /// Whether healthy and unhealthy are exchanged. Never declared; a drill's lever.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub inverted: bool,
    /// Whether it is not asked and counts as healthy. Never declared; a drill's lever.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub disabled: bool,
}

impl Endpoint {
    /// An endpoint with the settings that most have: asked every 30 s, unhealthy after 3 failures.
    pub fn new(protocol: Protocol, host: String, port: u16) -> Self {
        Self {
            protocol,
            host,
            port,
            path: None,
            contains: None,
            interval: 30,
            failures: 3,
            timeout: None,
            address: None,
            no_sni: false,
            checkers: Vec::new(),
            inverted: false,
            disabled: false,
        }
    }

    /// The endpoint as people write it: `https://www.example.com:8443/healthz`.
    pub fn url(&self) -> String {
        let host =
            if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let port = match (self.protocol, self.port) {
            (Protocol::Http, 80) | (Protocol::Https, 443) => String::new(),
            (Protocol::Http | Protocol::Https | Protocol::Tcp, port) => format!(":{port}"),
        };
        format!("{}://{host}{port}{}", self.protocol, self.path.as_deref().unwrap_or(""))
    }
}

/// How an endpoint is asked.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// A GET that has to answer 2xx or 3xx.
    Http,
    /// The same over TLS.
    Https,
    /// A connection that has to open.
    Tcp,
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Tcp => "tcp",
        })
    }
}

/// Which health check is meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckRef {
    /// The one declared at this address; only in what is desired, never sent to a provider.
    Address(Address),
    /// One that carries a mark.
    Marked(CheckReference),
    /// One without a mark, by the provider's id.
    Id(String),
}
