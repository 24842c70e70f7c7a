//! Transfers that are cut wherever it may be.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_contract::Digest;
use lifeboat_oci::Layout;
use lifeboat_oci::registry::{Repository, Source};

use crate::fake::Fake;
use crate::fixture::{Folder, LAYER, put, put_image};
use crate::server::{Cut, Cutter, Protected, Registry, at, client, run};

fn repository(host: &str, name: &str) -> Repository {
    let (host, name, _) = at(&format!("{host}/{name}:v1"));
    Repository::new(host, name)
}

/// Numbers that look random and are the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

fn image(layout: &Layout, sizes: &[usize]) -> Digest {
    let mut random = Random(7);
    let layers = sizes.iter().map(|size| {
        let bytes: Vec<u8> = (0..*size).map(|_| random.below(256).to_le_bytes()[0]).collect();
        put(layout, LAYER, &bytes)
    });
    let layers: Vec<_> = layers.collect();
    put_image(layout, &layers)
}

/// No blob is sent again that the registry has taken.
fn assert_sent_once(answered: &[(String, u16)], why: &str) {
    let mut taken = BTreeSet::new();
    for (request, status) in answered {
        let Some((_, digest)) = request.split_once("digest=") else { continue };
        if request.starts_with("PUT ") {
            assert!(!taken.contains(digest), "{why}: {answered:?}");
            if *status == 201 {
                taken.insert(digest);
            }
        }
    }
}

#[test]
fn a_copy_that_is_cut_at_any_byte_finishes() {
    let (near, far) = (Registry::start(Protected::No), Registry::start(Protected::No));
    let folder = Folder::new();
    let source = folder.layout("source");
    let digest = image(&source, &[400_000, 60_000, 900_000]);
    let direct = client(&near.host, None);
    let from = repository(&near.host, "shop/web");
    run(direct.push(&Source::Layout(source.clone()), &from, &digest, None)).unwrap();
    far.asked();
    let mut random = Random(42);
    for seed in 0..100 {
        let bytes = random.below(950_000);
        let (cut_near, cut_far) = match random.below(2) {
            0 => (Cut::Got(bytes), Cut::Sent(u64::MAX)),
            _ => (Cut::Got(u64::MAX), Cut::Sent(bytes)),
        };
        let cuts = if seed % 2 == 0 { 1 } else { 3 };
        let near = Cutter::start(&near.host, cut_near, cuts);
        let through = Cutter::start(&far.host, cut_far, cuts);
        let from = Source::Registry(repository(&near.host, "shop/web"));
        let name = format!("shop/web{seed}");
        let to = repository(&through.host, &name);
        let why = format!("seed {seed}, {cut_near:?}, {cut_far:?}, {cuts} cuts");
        let pushed = run(client(&near.host, None).push(&from, &to, &digest, Some("v1")));
        assert!(pushed.is_ok(), "{why}: {pushed:?}");
        assert_sent_once(&far.answered(), &why);
        let to = repository(&far.host, &name);
        assert_eq!(run(direct.head(&to, "v1")).unwrap(), Some(digest.clone()), "{why}");
    }
    // What the registry took is what was sent: it reads as it should.
    let copy = folder.layout("copy");
    let Repository { host, name, .. } = repository(&far.host, "shop/web99");
    run(direct.pull((&host, &name), &digest, &copy, &|_| ())).unwrap();
    assert_eq!(copy.walk(&digest).unwrap(), source.walk(&digest).unwrap());
}

#[test]
fn an_upload_goes_on_where_it_was_cut() {
    let registry = Fake::start(|_| None);
    let cutter = Cutter::start(&registry.host, Cut::Sent(500_000), 1);
    let folder = Folder::new();
    let source = folder.layout("source");
    let digest = image(&source, &[2_000_000]);
    let (client, to) = (client(&registry.host, None), repository(&cutter.host, "shop/web"));
    let moved = run(client.push(&Source::Layout(source), &to, &digest, Some("v1"))).unwrap();
    assert_eq!(moved.blobs, 3);
    let mut sent = BTreeMap::new();
    for request in registry.asked() {
        if request.path.starts_with("/upload/") && request.method == "PUT" {
            *sent.entry(request.path).or_insert(0) += request.body.len();
        }
    }
    assert_eq!(sent.len(), 2, "no upload was begun anew");
    assert_eq!(sent.values().max(), Some(&2_000_000), "and no byte was sent twice");
}

#[test]
fn a_pull_goes_on_where_it_was_cut() {
    let registry = Registry::start(Protected::No);
    let folder = Folder::new();
    let source = folder.layout("source");
    let digest = image(&source, &[2_000_000]);
    let client = client(&registry.host, None);
    let to = repository(&registry.host, "shop/web");
    run(client.push(&Source::Layout(source.clone()), &to, &digest, None)).unwrap();
    let cutter = Cutter::start(&registry.host, Cut::Got(500_000), 2);
    let Repository { host, name, .. } = repository(&cutter.host, "shop/web");
    registry.asked();
    let copy = folder.layout("copy");
    run(client.pull((&host, &name), &digest, &copy, &|_| ())).unwrap();
    assert_eq!(copy.walk(&digest).unwrap(), source.walk(&digest).unwrap());
    let parts = registry.answered().into_iter().filter(|(_, status)| *status == 206).count();
    assert_eq!(parts, 2);
}
