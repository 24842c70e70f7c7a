//! What a strict DNS cloud refuses is found when a plan is made. No provider of this build is as
//! strict, so there is one here that is only data.

mod checks;
mod failovers;
mod limits;
mod repositories;
mod world;
mod zones;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use expect_test::Expect;
use lifeboat::desired::{self, Desired};
use lifeboat::diagnostic::{self, Diagnostics, Sources};
use lifeboat::language::{self, Document};
use lifeboat::lock::{Content, Contents};
use lifeboat::{graph, intent};
use lifeboat_contract::{
    Address, Batching, Capabilities, Digest, ImageSource, Protocol, ProviderInfo, RecordType,
    Seconds, Spec, Weight,
};

/// What every text here begins with, on one line so that places stay readable.
const HEAD: &str = "lifeboat { stack = \"shop\" }\n";

/// A cloud as strict as the strictest.
const STRICT: ProviderInfo = ProviderInfo {
    name: "strict",
    summary: "A cloud that refuses whatever some cloud refuses.",
    attributes: &[],
    capabilities: &Capabilities {
        dns: true,
        images: true,
        record_types: &RecordType::ALL,
        ttl: 0..=2_147_483_647,
        weighted: true,
        sets_max: 100,
        alias: true,
        protocols: &[Protocol::Http, Protocol::Https, Protocol::Tcp],
        contains: true,
        calculated: true,
        interval: Seconds::OneOf(&[10, 30]),
        failures: 1..=10,
        timeout: None,
        private_endpoints: false,
        batch: Batching {
            max: Weight { records: 1000, characters: 0 },
            weigh: |_| Weight::ONE,
            calls: |_| 1,
        },
        calculated_nests: false,
        counted_checks_max: 3,
        checkers: &["us-east-1", "us-west-1", "us-west-2", "eu-west-1"],
        checkers_min: 3,
        check_address: true,
        private_zones: true,
        primary_needs_check: true,
        repository_settings: true,
        retention: true,
    },
    permissions: None,
};

fn derived(text: &str) -> (Option<Desired>, Diagnostics, Sources) {
    let mut sources = Sources::default();
    sources.add("main.hcl", text);
    let (document, mut found) = language::parse(&sources);
    let (variable_files, environment) = (Document::default(), BTreeMap::new());
    let providers = [STRICT, lifeboat_local::INFO];
    let inputs = intent::Inputs {
        given: Vec::new(),
        variable_files: &variable_files,
        environment: &environment,
        files: &|path| Err(format!("`{path}` is out of reach of a test")),
        providers: &providers,
    };
    let (intents, more) = intent::read(&document, &inputs);
    found.extend(more);
    let contents: Contents =
        intents.images.keys().map(|image| (image.clone(), content(image))).collect();
    let (desired, more) = desired::derive(&intents, &contents, &providers);
    found.extend(more);
    if let Some(desired) = &desired {
        found.extend(graph::build(desired).1);
    }
    (desired, found, sources)
}

/// What the lock would say of an image.
fn content(image: &Address) -> Content {
    Content {
        digest: Digest::of(image.as_str().as_bytes()),
        blobs: 3,
        bytes: 558,
        source: ImageSource::Layout { path: "image".to_owned() },
        missing: None,
        platforms: Vec::new(),
    }
}

/// Compares what is wanted of zones, repositories and checks, and the findings, of a text.
#[expect(clippy::needless_pass_by_value, reason = "a literal reads better without a `&`")]
fn wants(text: &str, expected: Expect) {
    let (desired, found, sources) = derived(&format!("{HEAD}{text}"));
    let mut out = String::new();
    for (address, resource) in &desired.unwrap().resources {
        if !matches!(resource.spec, Spec::RecordSet(_) | Spec::ImageCopy(_)) {
            let json = serde_json::to_string(&resource.spec).unwrap();
            writeln!(out, "{address}: {json}").unwrap();
        }
    }
    out.push_str(&findings(&found, &sources));
    expected.assert_eq(&out);
}

/// Compares the findings of a text.
#[expect(clippy::needless_pass_by_value, reason = "a literal reads better without a `&`")]
fn refuses(text: &str, expected: Expect) {
    let (_, found, sources) = derived(&format!("{HEAD}{text}"));
    expected.assert_eq(&findings(&found, &sources));
}

/// One line a finding, and one for its help.
fn findings(found: &Diagnostics, sources: &Sources) -> String {
    let mut out = String::new();
    for one in diagnostic::to_json(found, sources) {
        let line = one.range.as_ref().map_or(0, |range| range.start.line);
        writeln!(out, "{} line {line}: {}", one.code, one.detail).unwrap();
        if let Some(help) = &one.help {
            writeln!(out, "    help: {help}").unwrap();
        }
    }
    out
}
