//! Signatures and the like travel with their image.

use lifeboat_contract::Digest;
use lifeboat_oci::registry::{Referrers, Repository, Source};
use lifeboat_oci::{Layout, media_type};
use serde_json::{Value, json};

use crate::fake::Fake;
use crate::fixture::{CONFIG, Folder, LAYER, put, put_image, put_manifest};
use crate::push::repository;
use crate::server::{Protected, Registry, client, ok, run};

const KIND: &str = "application/vnd.example.signature";

/// Puts something that refers to `subject`, and returns its pointer.
fn refer(layout: &Layout, subject: &Digest, what: &[u8]) -> Value {
    let size = layout.blob_size(subject).unwrap().unwrap();
    let digest = put_manifest(
        layout,
        &json!({
            "schemaVersion": 2,
            "mediaType": media_type::MANIFEST,
            "artifactType": KIND,
            "config": put(layout, CONFIG, b"{}"),
            "layers": [put(layout, LAYER, what)],
            "subject": { "mediaType": media_type::MANIFEST, "digest": subject, "size": size },
        }),
    );
    let size = layout.blob_size(&digest).unwrap().unwrap();
    json!({ "mediaType": media_type::MANIFEST, "digest": digest, "size": size, "artifactType": KIND })
}

fn digest_of(pointer: &Value) -> Digest {
    pointer["digest"].as_str().unwrap().parse().unwrap()
}

/// An image with a referrer, one of that, and a signature by tag.
fn signed(layout: &Layout) -> (Digest, [Digest; 3]) {
    let image = put_image(layout, &[put(layout, LAYER, b"the layer")]);
    let listed = digest_of(&refer(layout, &image, b"a list of contents"));
    layout.tag(&listed, "any").unwrap();
    let of_the_list = digest_of(&refer(layout, &listed, b"its signature"));
    layout.tag(&of_the_list, "other").unwrap();
    let by_tag = put_image(layout, &[put(layout, LAYER, b"by tag")]);
    layout.tag(&by_tag, &format!("sha256-{}.sig", image.hex())).unwrap();
    (image, [listed, of_the_list, by_tag])
}

fn asked_before(asked: &[String], first: &Digest, second: &Digest) -> bool {
    let at = |digest: &Digest| {
        let fits = |request: &String| {
            request.starts_with("PUT ") && request.ends_with(&format!("/manifests/{digest}"))
        };
        asked.iter().position(fits).unwrap()
    };
    at(first) < at(second)
}

#[test]
fn signatures_travel_with_their_image() {
    let [near, far] = [(); 2].map(|()| Registry::start(Protected::No));
    let folder = Folder::new();
    let source = folder.layout("source");
    let (image, [listed, of_the_list, by_tag]) = signed(&source);
    let client = client(&near.host, None);
    let (near_at, far_at) = (repository(&near.host), repository(&far.host));
    run(client.push(&Source::Layout(source), &near_at, &image, None)).unwrap();
    let from = Source::Registry(near_at);
    run(client.push(&from, &far_at, &image, None)).unwrap();
    let head = |at: &Repository, name: &str| run(client.head(at, name)).unwrap();
    // Debian's registry has no referrers API, so the fallback tags have to be there.
    for (registry, at) in [(&near, repository(&near.host)), (&far, far_at)] {
        let asked = registry.asked();
        assert!(asked_before(&asked, &image, &listed), "{asked:?}");
        assert!(asked_before(&asked, &listed, &of_the_list), "{asked:?}");
        let signature = head(&at, &format!("sha256-{}.sig", image.hex()));
        assert_eq!(signature.as_ref(), Some(&by_tag));
        for subject in [&image, &listed] {
            assert!(head(&at, &format!("sha256-{}", subject.hex())).is_some());
        }
    }
}

#[test]
fn who_wants_no_signatures_gets_none() {
    let registry = Registry::start(Protected::No);
    let folder = Folder::new();
    let source = folder.layout("source");
    let (image, [listed, ..]) = signed(&source);
    let client = client(&registry.host, None).with_referrers(Referrers::Stay);
    let to = repository(&registry.host);
    run(client.push(&Source::Layout(source), &to, &image, None)).unwrap();
    assert_eq!(run(client.head(&to, listed.as_str())).unwrap(), None);
}

#[test]
fn a_registry_that_lists_by_itself_is_believed() {
    let folder = Folder::new();
    let source = folder.layout("source");
    let image = put_image(&source, &[put(&source, LAYER, b"the layer")]);
    let pointer = refer(&source, &image, b"a list of contents");
    let listed = digest_of(&pointer);
    let of_image = image.clone();
    let lists = move |request: &crate::server::Request| {
        let all = if request.path.ends_with(of_image.as_str()) { vec![&pointer] } else { vec![] };
        let index = json!({ "schemaVersion": 2, "manifests": all }).to_string();
        request.path.contains("/referrers/").then(|| ok(index.as_bytes()))
    };
    let (near, far) = (Fake::start(lists.clone()), Fake::start(lists));
    let client = client(&near.host, None);
    let near_at = repository(&near.host);
    let layout = Source::Layout(source);
    for digest in [&image, &listed] {
        run(client.push(&layout, &near_at, digest, None)).unwrap();
    }
    let to = repository(&far.host);
    run(client.push(&Source::Registry(near_at), &to, &image, None)).unwrap();
    assert_eq!(run(client.head(&to, listed.as_str())).unwrap(), Some(listed));
    let by_tag = format!("/manifests/sha256-{}", image.hex());
    let puts = far.asked().into_iter().filter(|asked| asked.method == "PUT");
    assert_eq!(puts.filter(|asked| asked.path.ends_with(&by_tag)).count(), 0);
}
