//! What an OCI registry is and can hold.

use lifeboat_contract::{
    Batching, Capabilities, Form, ProviderAttribute, ProviderInfo, Seconds, Weight,
};

/// The provider's name in configurations.
pub(super) const NAME: &str = "oci";

/// OCI registries as the language sees them.
pub const INFO: ProviderInfo = ProviderInfo {
    name: NAME,
    summary: "Any OCI registry as the registry of a region: images alone. Logins come from where \
              Docker and Podman keep them.",
    attributes: &[
        attribute(
            "registries",
            Form::Map,
            "The registry of each location: `{ eu = \"registry.eu.example.com\", us = \
             \"registry.us.example.com:5000\" }`.",
        ),
        attribute(
            "insecure",
            Form::List,
            "Registries that are asked without TLS, as a list: whoever listens reads the login, \
             too. Within this machine none is needed.",
        ),
        attribute(
            "ca",
            Form::Text,
            "A file with certificates in PEM, relative to the configuration, that are trusted \
             besides those of the machine.",
        ),
    ],
    capabilities: &CAPABILITIES,
    permissions: None,
};

const fn attribute(name: &'static str, form: Form, summary: &'static str) -> ProviderAttribute {
    ProviderAttribute { name, summary, default: None, secret: false, form }
}

const CAPABILITIES: Capabilities = Capabilities {
    dns: false,
    images: true,
    record_types: &[],
    ttl: 0..=0,
    weighted: false,
    sets_max: 0,
    alias: false,
    protocols: &[],
    contains: false,
    calculated: false,
    interval: Seconds::OneOf(&[]),
    failures: 0..=0,
    timeout: None,
    private_endpoints: false,
    batch: Batching { max: Weight::ONE, weigh: |_| Weight::ONE, calls: |_| CALLS },
    calculated_nests: false,
    counted_checks_max: 0,
    checkers: &[],
    checkers_min: 0,
    check_address: false,
    private_zones: false,
    primary_needs_check: false,
    repository_settings: false,
    retention: false,
};

/// A look at the repository, and a few writes.
const CALLS: u32 = 8;
