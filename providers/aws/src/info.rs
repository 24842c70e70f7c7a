//! What AWS is and can hold.

use lifeboat_contract::{
    Answer, Batching, Capabilities, Form, Key, Kind, Object, Protocol, ProviderAttribute,
    ProviderInfo, RecordSet, RecordType, Seconds, Spec, Weight, Write,
};

use crate::route53::wire;
use crate::{marker, permission};

/// AWS as the language sees it.
pub const INFO: ProviderInfo = ProviderInfo {
    name: crate::NAME,
    summary: "Amazon Route 53 and Amazon ECR. Credentials and endpoints come from where the AWS \
              CLI and SDKs take them.",
    attributes: &[
        ProviderAttribute {
            name: "allowed_account",
            summary: "The only account, by its 12 digits, that may be read and written.",
            default: None,
            secret: false,
            form: Form::Text,
        },
        ProviderAttribute {
            name: "profile",
            summary: "The profile of the AWS configuration to use; else what the environment says.",
            default: None,
            secret: false,
            form: Form::Text,
        },
    ],
    capabilities: &CAPABILITIES,
    permissions: Some(permission::policies),
};

/// What one `ChangeResourceRecordSets` takes (Route 53 Developer Guide, "Quotas").
pub(crate) const BATCH_MAX: Weight = Weight { records: 1000, characters: 32_000 };

pub(crate) const CAPABILITIES: Capabilities = Capabilities {
    dns: true,
    images: true,
    record_types: &RECORD_TYPES,
    ttl: 0..=2_147_483_647,
    weighted: true,
    // Route 53 Developer Guide, "Quotas".
    sets_max: 100,
    alias: true,
    protocols: &[Protocol::Http, Protocol::Https, Protocol::Tcp],
    contains: true,
    calculated: true,
    interval: Seconds::OneOf(&[10, 30]),
    failures: 1..=10,
    timeout: None,
    private_endpoints: false,
    batch: Batching { max: BATCH_MAX, weigh, calls },
    calculated_nests: false,
    counted_checks_max: 255,
    checkers: &CHECKERS,
    checkers_min: 3,
    check_address: true,
    private_zones: true,
    primary_needs_check: true,
    repository_settings: true,
    retention: true,
};

/// Where Route 53 has health checkers (API reference, `HealthCheckConfig`, `Regions`).
pub(crate) const CHECKERS: [&str; 8] = [
    "ap-northeast-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "eu-west-1",
    "sa-east-1",
    "us-east-1",
    "us-west-1",
    "us-west-2",
];

/// Every type that Route 53 lets be written; the SOA record is its own.
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

/// The `DELETE` of what is there and the `CREATE` of what shall be, and of the mark beside it.
fn weigh(write: &Write) -> Weight {
    let Key::RecordSet { rtype, label, .. } = &write.key else { return Weight::ONE };
    let marked = |is_marked: bool| match label {
        None if is_marked => Weight { records: 1, characters: marker::CHARACTERS_MAX },
        None | Some(_) => Weight::default(),
    };
    let set = |spec: &Spec| match spec {
        Spec::RecordSet(set) => weight_of(*rtype, set),
        Spec::Zone(_) | Spec::Repository(_) | Spec::ImageCopy(_) | Spec::HealthCheck(_) => {
            Weight::default()
        }
    };
    let before = write
        .expect
        .as_ref()
        .map(|Object { spec, mark, .. }| set(spec).with(marked(mark.is_some())));
    let after =
        write.then.as_ref().map(|wanted| set(&wanted.spec).with(marked(wanted.mark.is_some())));
    before.unwrap_or_default().with(after.unwrap_or_default())
}

/// A change is asked after twice as a rule; an image counts without its blobs, which may be there.
#[expect(clippy::match_same_arms, reason = "a table of kinds")]
fn calls(writes: &[Write]) -> u32 {
    let Some(write) = writes.first() else { return 0 };
    let (made, gone) = (write.expect.is_none(), write.then.is_none());
    match write.key.kind() {
        Kind::RecordSet => 3,
        Kind::HealthCheck if made || gone => 2,
        Kind::HealthCheck => 3,
        Kind::Zone => 5,
        Kind::Repository if made => 4,
        Kind::Repository => 7,
        Kind::ImageCopy if gone => 2,
        Kind::ImageCopy => 6,
    }
}

fn weight_of(rtype: RecordType, set: &RecordSet) -> Weight {
    match &set.answer {
        Answer::Values(values) => Weight {
            records: values.len(),
            characters: values.iter().map(|value| wire::written(rtype, value).len()).sum(),
        },
        Answer::Alias { .. } => Weight::ONE,
    }
}
