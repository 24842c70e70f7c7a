//! What the tests are made of: folders that go away, and short ways to say what is wanted.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use lifeboat_contract::{
    Address, Answer, Batch, DnsName, Key, Mark, Object, Provider, RecordSet, RecordType, Routing,
    Scope, Spec, Stack, Wanted, Write, Zone,
};
use lifeboat_local::Local;

/// A folder that goes away at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("lifeboat-local-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
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
        drop(std::fs::remove_dir_all(&self.0));
    }
}

pub(crate) fn stack() -> Stack {
    "shop".parse().unwrap()
}

pub(crate) fn name(text: &str) -> DnsName {
    text.parse().unwrap()
}

pub(crate) fn scope(zones: &[&str], locations: &[&str]) -> Scope {
    Scope {
        stack: stack(),
        zones: zones.iter().map(|zone| name(zone)).collect(),
        locations: locations.iter().map(|location| location.parse().unwrap()).collect(),
    }
}

pub(crate) fn zone(zone: &str) -> (Key, Spec) {
    (Key::Zone { name: name(zone) }, Spec::Zone(Zone::default()))
}

pub(crate) fn plain(zone: &str, at: &str, value: &str) -> (Key, Spec) {
    let key =
        Key::RecordSet { zone: name(zone), name: name(at), rtype: RecordType::A, label: None };
    let set = RecordSet {
        ttl: Some(60),
        answer: Answer::Values(vec![value.to_owned()]),
        routing: Routing::Simple,
        health_check: None,
    };
    (key, Spec::RecordSet(set))
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
