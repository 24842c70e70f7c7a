//! What the tests are made of: folders that go away, and short ways to say what is wanted.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use lifeboat_contract::conformance::Image;
use lifeboat_contract::{
    Address, Answer, Batch, CheckReference, Depth, Digest, DnsName, Endpoint, HealthCheck,
    ImageCopy, ImageSource, Key, Mark, Object, Protocol, Provider, RecordSet, RecordType,
    Repository, Routing, Scope, Spec, Stack, Wanted, Write, Zone, ZoneName,
};
use lifeboat_local::Local;
use lifeboat_oci::{Layout, media_type};
use serde_json::{Value, json};

/// A folder that goes away at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("lifeboat-local-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn cloud(&self) -> PathBuf {
        self.0.join("cloud")
    }

    pub(crate) fn local(&self) -> Local {
        Local::open("cloud".into(), self.0.clone())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

pub(crate) fn stack() -> Stack {
    "shop".parse().unwrap()
}

pub(crate) fn name(text: &str) -> DnsName {
    text.parse().unwrap()
}

pub(crate) fn zone_name(text: &str) -> ZoneName {
    ZoneName::public(name(text))
}

pub(crate) fn scope(zones: &[&str], locations: &[&str]) -> Scope {
    Scope {
        stack: stack(),
        zones: zones.iter().map(|at| (zone_name(at), 0)).collect(),
        locations: locations.iter().map(|location| location.parse().unwrap()).collect(),
        repositories: BTreeSet::new(),
        checks: 0,
        depth: Depth::Plan,
    }
}

pub(crate) fn zone(zone: &str) -> (Key, Spec) {
    (Key::Zone { name: zone_name(zone) }, Spec::Zone(Zone::default()))
}

pub(crate) fn plain(zone: &str, at: &str, value: &str) -> (Key, Spec) {
    let key =
        Key::RecordSet { zone: zone_name(zone), name: name(at), rtype: RecordType::A, label: None };
    let set = RecordSet {
        ttl: Some(60),
        answer: Answer::Values(vec![value.to_owned()]),
        routing: Routing::Simple,
        health_check: None,
    };
    (key, Spec::RecordSet(set))
}

pub(crate) fn check(of: &str) -> (Key, Spec) {
    let address = Address::block("health_check", of).digest();
    let reference = CheckReference { stack: stack(), address, generation: 1 };
    let endpoint = Endpoint {
        path: Some("/healthz".to_owned()),
        interval: 10,
        timeout: Some(4),
        ..Endpoint::new(Protocol::Https, "www.example.com".to_owned(), 443)
    };
    (Key::HealthCheck { reference }, Spec::HealthCheck(HealthCheck::Endpoint(endpoint)))
}

pub(crate) fn repository(location: &str, of: &str, keep_last: Option<u32>) -> (Key, Spec) {
    let key = Key::Repository { location: location.parse().unwrap(), name: of.parse().unwrap() };
    (key, Spec::Repository(Repository { keep_last, ..Repository::default() }))
}

pub(crate) fn image_copy(location: &str, repository: &str, image: &Image, tag: &str) -> Write {
    let key = Key::ImageCopy {
        location: location.parse().unwrap(),
        repository: repository.parse().unwrap(),
        digest: image.digest.clone(),
    };
    let mut write = create((key, Spec::ImageCopy(ImageCopy { tag: tag.to_owned() })));
    if let Some(wanted) = &mut write.then {
        wanted.source = Some(image.source.clone());
    }
    write
}

pub(crate) fn create((key, spec): (Key, Spec)) -> Write {
    let mark = Some(Mark::of(&stack(), &spec));
    let then = Some(Wanted { spec, mark, source: None });
    Write { address: Address::block("test", "it"), key, expect: None, then }
}

pub(crate) fn change(found: &Object, spec: Spec) -> Write {
    let write = create((found.key.clone(), spec));
    Write { expect: Some(found.clone()), ..write }
}

pub(crate) fn delete(found: &Object) -> Write {
    let address = Address::block("test", "it");
    Write { address, key: found.key.clone(), expect: Some(found.clone()), then: None }
}

pub(crate) fn batch(writes: Vec<Write>) -> Batch {
    Batch { stack: stack(), writes, repeated: false }
}

/// Drives a future to its end, blocking calls included.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

pub(crate) fn read(provider: &dyn Provider, scope: &Scope) -> Vec<Object> {
    run(provider.observe(scope)).unwrap().objects
}

pub(crate) fn write(provider: &dyn Provider, writes: Vec<Write>) {
    run(provider.commit(&batch(writes))).unwrap();
}

/// A layout beside the cloud with one image of two layers.
pub(crate) fn image(folder: &Path, name: &str) -> Image {
    let layout = Layout::create(folder.join(name)).unwrap();
    let blob = |bytes: &[u8]| {
        let digest = Digest::of(bytes);
        let mut draft = layout.draft().unwrap();
        draft.write(bytes).unwrap();
        draft.finish(&digest, bytes.len() as u64).unwrap();
        json!({ "digest": digest, "size": bytes.len() })
    };
    let typed = |mut descriptor: Value, media_type: &str| {
        descriptor["mediaType"] = media_type.into();
        descriptor
    };
    let config = json!({ "architecture": "amd64", "os": "linux", "rootfs": { "type": "layers", "diff_ids": [] } });
    let layer = "application/vnd.oci.image.layer.v1.tar";
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": media_type::MANIFEST,
        "config": typed(blob(config.to_string().as_bytes()), "application/vnd.oci.image.config.v1+json"),
        "layers": [
            typed(blob(format!("the first layer of {name}").as_bytes()), layer),
            typed(blob(b"a layer that every image has"), layer),
        ],
    });
    let manifest = manifest.to_string();
    blob(manifest.as_bytes());
    let digest = Digest::of(manifest.as_bytes());
    layout.tag(&digest, "latest").unwrap();
    Image { digest, source: ImageSource::Layout { path: name.to_owned() } }
}

/// Changes the folder as a person with an editor, or another tool, does.
pub(crate) fn foreign_hand(folder: &Folder, object: &Object) {
    match (&object.key, &object.spec) {
        (Key::RecordSet { zone, name, rtype, label }, Spec::RecordSet(set)) => {
            let path = folder.cloud().join(format!("zones/{zone}.json"));
            let mut file: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            let Answer::Values(values) = &set.answer else { unreachable!("planted are values") };
            let mut line = json!({ "name": name, "type": rtype, "ttl": set.ttl, "values": values });
            if let Routing::Failover(role) = set.routing {
                line["set_identifier"] = json!(label);
                line["failover"] = json!(role);
            }
            file["record_sets"].as_array_mut().unwrap().push(line);
            fs::write(path, file.to_string()).unwrap();
        }
        (Key::ForeignCheck { id }, Spec::HealthCheck(check)) => {
            let checks = json!([{ "id": id, "check": check }]);
            let file = json!({ "format_version": "1.0", "health_checks": checks });
            fs::write(folder.cloud().join("health_checks.json"), file.to_string()).unwrap();
        }
        (Key::ImageCopy { location, repository, digest }, Spec::ImageCopy(copy)) => {
            let place = folder.cloud().join(format!("regions/{location}/{repository}/_layout"));
            let layout = Layout::create(place).unwrap();
            layout.import(&Layout::open(folder.path().join("two")).unwrap(), digest).unwrap();
            layout.tag(digest, &copy.tag).unwrap();
        }
        (key, _) => unreachable!("{key} is not planted by hand"),
    }
}
