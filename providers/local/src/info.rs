//! What the local cloud is and can hold.

use lifeboat_contract::{
    Batching, Capabilities, Form, Protocol, ProviderAttribute, ProviderInfo, RecordType, Seconds,
    Weight,
};

/// The provider's name in configurations.
pub(crate) const NAME: &str = "local";

/// The local cloud as the language sees it.
pub const INFO: ProviderInfo = ProviderInfo {
    name: NAME,
    summary: "A cloud in a folder: DNS and health checks as JSON, images as OCI layouts.",
    attributes: &[ProviderAttribute {
        name: "path",
        summary: "The folder, relative to the configuration.",
        default: Some(".lifeboat/cloud"),
        secret: false,
        form: Form::Text,
    }],
    capabilities: &CAPABILITIES,
    permissions: None,
};

/// What the local cloud can hold.
pub(crate) const CAPABILITIES: Capabilities = Capabilities {
    dns: true,
    images: true,
    record_types: &RECORD_TYPES,
    ttl: 0..=TTL_MAX,
    weighted: true,
    sets_max: usize::MAX,
    alias: true,
    protocols: &[Protocol::Http, Protocol::Https, Protocol::Tcp],
    contains: true,
    calculated: true,
    interval: Seconds::Within(1..=300),
    failures: 1..=10,
    timeout: Some(1..=60),
    private_endpoints: true,
    batch: Batching {
        max: Weight { records: BATCH_WRITES_MAX, characters: 0 },
        weigh: |_| Weight::ONE,
        calls: |_| 1,
    },
    calculated_nests: true,
    counted_checks_max: 256,
    checkers: &[],
    checkers_min: 0,
    check_address: false,
    private_zones: false,
    primary_needs_check: false,
    repository_settings: false,
    retention: true,
};

/// Writes in one batch.
pub(crate) const BATCH_WRITES_MAX: usize = 1000;

/// RFC 2181 section 8: the top bit is zero.
const TTL_MAX: u32 = 2_147_483_647;

/// Every type but SOA, which a zone's server makes itself.
const RECORD_TYPES: [RecordType; 15] = [
    RecordType::A,
    RecordType::Aaaa,
    RecordType::Caa,
    RecordType::Cname,
    RecordType::Ds,
    RecordType::Https,
    RecordType::Mx,
    RecordType::Naptr,
    RecordType::Ns,
    RecordType::Ptr,
    RecordType::Srv,
    RecordType::Sshfp,
    RecordType::Svcb,
    RecordType::Tlsa,
    RecordType::Txt,
];
