//! Pushes into a real registry, which other tools then read.

use std::fs;

use lifeboat_contract::Digest;
use lifeboat_oci::registry::{Moved, RegistryError, Repository, Source};
use lifeboat_oci::{Layout, media_type};
use serde_json::{Value, json};

use crate::fixture::{
    Folder, LAYER, put, put_image, put_manifest, regclient, seen_by_skopeo, tool,
};
use crate::server::{Cut, Cutter, Protected, Registry, at, client, run};

pub(crate) fn repository(host: &str) -> Repository {
    let (host, name, _) = at(&format!("{host}/shop/web:v1"));
    Repository::new(host, name)
}

fn push(
    from: &Source,
    host: &str,
    digest: &Digest,
    tag: Option<&str>,
) -> Result<Moved, RegistryError> {
    let (client, to) = (client(host, None), repository(host));
    run(on_any_thread(client.push(from, &to, digest, tag)))
}

/// The engine moves its work between threads.
fn on_any_thread<F: Future + Send>(future: F) -> F {
    future
}

fn layout(layout: &Layout) -> Source {
    Source::Layout(layout.clone())
}

/// Points to a manifest of a layout.
fn pointer(layout: &Layout, media_type: &str, digest: &Digest) -> Value {
    let size = layout.blob_size(digest).unwrap().unwrap();
    json!({ "mediaType": media_type, "digest": digest, "size": size })
}

fn put_index(layout: &Layout, manifests: &[Value]) -> Digest {
    let index = json!({
        "schemaVersion": 2, "mediaType": media_type::INDEX, "manifests": manifests,
    });
    put_manifest(layout, &index)
}

/// An index of two platforms, with its layers: one is shared, one is the given.
fn two_platforms(layout: &Layout, changing: &[u8]) -> Digest {
    let shared = put(layout, LAYER, &vec![1; 300_000]);
    let images = [("amd64", changing), ("arm64", b"for arm")].map(|(name, own)| {
        let image = put_image(layout, &[shared.clone(), put(layout, LAYER, own)]);
        let mut pointer = pointer(layout, media_type::MANIFEST, &image);
        pointer["platform"] = json!({ "os": "linux", "architecture": name });
        pointer
    });
    put_index(layout, &images)
}

fn assert_seen(layout: &Layout, host: &str, digest: &Digest) {
    let image = format!("docker://{host}/shop/web@{digest}");
    assert_eq!(seen_by_skopeo(&image), digest.as_str());
    let raw = tool("skopeo", &["inspect", "--raw", "--tls-verify=false", &image]);
    assert_eq!(raw.as_bytes(), layout.manifest_bytes(digest).unwrap());
}

fn count(asked: &[String], start: &str) -> usize {
    asked.iter().filter(|request| request.starts_with(start)).count()
}

#[test]
fn an_index_goes_from_a_layout_to_a_registry_and_on_to_another() {
    let (near, far) = (Registry::start(Protected::No), Registry::start(Protected::No));
    let folder = Folder::new();
    let source = folder.layout("source");
    let digest = two_platforms(&source, b"for amd");
    let contents = source.walk(&digest).unwrap();
    let whole = Moved { blobs: contents.count(), bytes: contents.size() };

    assert_eq!(push(&layout(&source), &near.host, &digest, Some("v1")).unwrap(), whole);
    assert_seen(&source, &near.host, &digest);
    assert_eq!(seen_by_skopeo(&format!("docker://{}/shop/web:v1", near.host)), digest.as_str());

    let from = Source::Registry(repository(&near.host));
    assert_eq!(push(&from, &far.host, &digest, None).unwrap(), whole);
    assert_seen(&source, &far.host, &digest);
    // Skopeo reads every blob of every platform on this way.
    let image = format!("docker://{}/shop/web@{digest}", far.host);
    let copy = format!("oci:{}:v1", folder.join("copy").display());
    tool("skopeo", &["copy", "--all", "--src-tls-verify=false", &image, &copy]);

    near.asked();
    far.asked();
    for (registry, from, tag) in [(&near, layout(&source), Some("v1")), (&far, from.clone(), None)]
    {
        assert_eq!(push(&from, &registry.host, &digest, tag).unwrap(), Moved::default());
        let asked = registry.asked();
        let reference = tag.unwrap_or(digest.as_str());
        assert_eq!(asked, [format!("HEAD /v2/shop/web/manifests/{reference}")]);
    }
    assert_eq!(near.asked(), [""; 0], "what is there is not read");
}

#[test]
fn images_of_another_tool_are_pushed_whole() {
    let registry = Registry::start(Protected::No);
    let source = regclient();
    for tag in ["v1", "v3", "a-docker", "ai", "loop"] {
        let digest = source.resolve(Some(tag)).unwrap();
        push(&layout(&source), &registry.host, &digest, Some(tag)).unwrap();
        let folder = Folder::new();
        let target = folder.layout("target");
        let client = client(&registry.host, None);
        let Repository { host, name, .. } = repository(&registry.host);
        run(client.pull((&host, &name), &digest, &target, &|_| ())).unwrap();
        assert_eq!(target.walk(&digest).unwrap(), source.walk(&digest).unwrap(), "{tag}");
        let raw = format!("docker://{}/shop/web:{tag}", registry.host);
        let raw = tool("skopeo", &["inspect", "--raw", "--tls-verify=false", &raw]);
        assert_eq!(raw.as_bytes(), source.manifest_bytes(&digest).unwrap(), "{tag}");
    }
}

#[test]
fn only_what_changed_is_sent() {
    let registry = Registry::start(Protected::No);
    let folder = Folder::new();
    let source = folder.layout("source");
    let before = two_platforms(&source, b"for amd");
    push(&layout(&source), &registry.host, &before, Some("v1")).unwrap();
    registry.asked();

    let changed = b"for amd, changed";
    let after = two_platforms(&source, changed);
    let moved = push(&layout(&source), &registry.host, &after, Some("v1")).unwrap();
    assert_eq!(moved.blobs, 3, "the layer, its image, and the index");
    let asked = registry.asked();
    let layer = format!("HEAD /v2/shop/web/blobs/{}", Digest::of(changed));
    assert_eq!(count(&asked, &layer), 1, "{asked:?}");
    assert_eq!(count(&asked, "POST /v2/shop/web/blobs/uploads/"), 1, "{asked:?}");
    assert_eq!(count(&asked, "PUT /v2/shop/web/blobs/uploads/"), 1, "{asked:?}");
    assert_eq!(count(&asked, "HEAD /v2/shop/web/blobs/"), 3, "what only arm has is not asked for");
    assert_eq!(seen_by_skopeo(&format!("docker://{}/shop/web:v1", registry.host)), after.as_str());

    // The tag goes back to what is there: nothing is sent but the tag.
    let moved = push(&layout(&source), &registry.host, &before, Some("v1")).unwrap();
    assert_eq!(moved, Moved::default());
    let asked = registry.asked();
    assert_eq!((count(&asked, "PUT "), count(&asked, "POST ")), (1, 0), "{asked:?}");
    assert_eq!(seen_by_skopeo(&format!("docker://{}/shop/web:v1", registry.host)), before.as_str());
    let client = client(&registry.host, None);
    let head = |reference: &str| run(client.head(&repository(&registry.host), reference));
    assert_eq!(head("v1").unwrap(), Some(before));
    assert_eq!(head(after.as_str()).unwrap(), Some(after));
    assert_eq!(head("absent").unwrap(), None);
    assert!(matches!(head("../v1"), Err(RegistryError::Name(_))));
    assert!(matches!(head("sha256:../v1"), Err(RegistryError::Name(_))));
}

#[test]
fn what_is_referred_to_comes_before_what_refers_to_it() {
    let registry = Registry::start(Protected::No);
    let folder = Folder::new();
    let source = folder.layout("source");
    let image = put_image(&source, &[put(&source, LAYER, b"one"), put(&source, LAYER, b"")]);
    let image = pointer(&source, media_type::MANIFEST, &image);
    let inner = put_index(&source, std::slice::from_ref(&image));
    let inner = pointer(&source, media_type::INDEX, &inner);
    // Debian's registry refuses an index before what it refers to, in whichever order it does.
    for parts in [[image.clone(), inner.clone()], [inner, image]] {
        let digest = put_index(&source, &parts);
        push(&layout(&source), &registry.host, &digest, None).unwrap();
        assert_seen(&source, &registry.host, &digest);
    }
}

#[test]
fn a_push_that_was_cut_is_finished_by_the_next() {
    let registry = Registry::start(Protected::No);
    let cutter = Cutter::start(&registry.host, Cut::Sent(500_000), usize::MAX);
    let folder = Folder::new();
    let source = folder.layout("source");
    let small = put(&source, LAYER, b"small");
    let digest = put_image(&source, &[small, put(&source, LAYER, &vec![2; 2_000_000])]);
    let error = push(&layout(&source), &cutter.host, &digest, Some("v1")).unwrap_err();
    assert!(matches!(error, RegistryError::NoAnswer { .. }), "{error:?}");
    let client = client(&registry.host, None);
    let head = || run(client.head(&repository(&registry.host), digest.as_str())).unwrap();
    assert_eq!(head(), None);
    let moved = push(&layout(&source), &registry.host, &digest, Some("v1")).unwrap();
    assert!(moved.bytes >= 2_000_000, "{moved:?}");
    assert_eq!(head(), Some(digest.clone()));
    assert_seen(&source, &registry.host, &digest);
}

#[test]
fn content_that_is_not_what_its_digest_says_is_not_pushed() {
    let registry = Registry::start(Protected::No);
    let folder = Folder::new();
    let source = folder.layout("source");
    let content = vec![3; 400_000];
    let digest = put_image(&source, &[put(&source, LAYER, &content)]);
    let path = folder.join("source/blobs/sha256").join(Digest::of(&content).hex());
    let mut wrong = content.clone();
    wrong[0] = 4;
    let longer = [&content[..], b"more"].concat();
    for bytes in [&wrong[..], &longer, &content[..399_999], b""] {
        fs::write(&path, bytes).unwrap();
        let error = push(&layout(&source), &registry.host, &digest, Some("v1")).unwrap_err();
        assert!(matches!(error, RegistryError::Source { .. }), "{error:?}");
    }
    fs::remove_file(&path).unwrap();
    let error = push(&layout(&source), &registry.host, &digest, Some("v1")).unwrap_err();
    assert!(matches!(error, RegistryError::Source { .. }), "{error:?}");
    let asked = registry.asked();
    assert_eq!(count(&asked, "PUT /v2/shop/web/manifests/"), 0, "{asked:?}");
}
