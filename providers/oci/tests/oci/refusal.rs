//! Pushes into registries that refuse, wait, lead elsewhere or tell lies.

use std::error::Error as _;
use std::time::Duration;

use lifeboat_contract::Digest;
use lifeboat_oci::registry::{
    Client, Credentials, Login, Moved, RegistryError, Repository, Source,
};
use lifeboat_oci::{Layout, media_type};
use serde_json::json;
use tokio::time::timeout;

use crate::fake::{Fake, first};
use crate::fixture::{Folder, LAYER, put, put_image, put_manifest};
use crate::push::repository;
use crate::server::{Answer, Protected, Registry, Request, Stub, client, ok, run, status};

/// An image of a config and a layer.
fn image(layout: &Layout) -> Digest {
    put_image(layout, &[put(layout, LAYER, b"the layer")])
}

fn push(host: &str, tag: Option<&str>) -> Result<Moved, RegistryError> {
    push_to(&client(host, None), &repository(host), tag)
}

fn push_to(client: &Client, to: &Repository, tag: Option<&str>) -> Result<Moved, RegistryError> {
    let folder = Folder::new();
    let source = folder.layout("source");
    let digest = image(&source);
    run(client.push(&Source::Layout(source), to, &digest, tag))
}

fn said(line: &'static str, code: &str, message: &str) -> Answer {
    let body = json!({ "errors": [{ "code": code, "message": message }] });
    Answer { body: body.to_string().into_bytes(), ..status(line) }
}

fn busy(line: &'static str, seconds: &str) -> Answer {
    Answer { headers: vec![("retry-after", seconds.to_owned())], ..status(line) }
}

fn is_upload(request: &Request) -> bool {
    request.path.starts_with("/upload/")
}

fn count(stub: &Stub, fits: impl Fn(&Request) -> bool) -> usize {
    stub.asked().iter().filter(|request| fits(request)).count()
}

#[test]
fn a_registry_that_asks_to_wait_is_obeyed() {
    type Fits = fn(&Request) -> bool;
    let all: [(Fits, Option<&str>); 5] = [
        (|request| request.method == "HEAD", Some("v1")),
        (|request| request.method == "POST", Some("v1")),
        (is_upload, Some("v1")),
        (|request| request.method == "PUT" && request.path.contains("/manifests/sha256:"), None),
        (|request| request.method == "PUT" && request.path.ends_with("/manifests/v1"), Some("v1")),
    ];
    for (fits, tag) in all {
        for line in ["429 Too Many Requests", "503 Service Unavailable"] {
            let registry = Fake::start(first(2, fits, move || busy(line, "0")));
            let moved = push(&registry.host, tag).unwrap();
            assert_eq!(moved.blobs, 3);
            let without = Fake::start(|_| None);
            push(&without.host, tag).unwrap();
            let more = registry.asked().len() - without.asked().len();
            assert!((2..=4).contains(&more), "{more} more");
        }
    }
    // It is as long as the registry says.
    let registry = Fake::start(first(1, is_upload, || busy("429 Too Many Requests", "1")));
    let folder = Folder::new();
    let layout = folder.layout("source");
    let (client, to) = (client(&registry.host, None), repository(&registry.host));
    let (digest, source) = (image(&layout), Source::Layout(layout));
    let push = || client.push(&source, &to, &digest, None);
    let early = run(async { timeout(Duration::from_millis(900), push()).await });
    assert!(early.is_err(), "{early:?}");
    run(push()).unwrap();
}

#[test]
fn a_registry_that_never_has_time_is_left_alone() {
    for (seconds, asked) in [("0", 5), ("3600", 1)] {
        let registry = Fake::start(move |request| {
            (request.method == "POST").then(|| busy("429 Too Many Requests", seconds))
        });
        let error = push(&registry.host, None).unwrap_err();
        assert!(matches!(error, RegistryError::Throttled { .. }), "{error:?}");
        // Both blobs are on their way when one of them gives up.
        let posts = count(&registry, |request| request.method == "POST");
        assert!((asked..=2 * asked).contains(&posts), "{posts}");
    }
}

#[test]
fn a_blob_may_go_to_another_host_and_the_login_may_not() {
    let storage = Fake::start(|_| None);
    let place = format!("http://{}/upload/1?signature=x%2Fy", storage.host);
    let registry = Fake::start(move |request| {
        if !request.headers.contains_key("authorization") {
            let headers = vec![("www-authenticate", "Basic realm=\"x\"".to_owned())];
            return Some(Answer { headers, ..status("401 Unauthorized") });
        }
        let headers = vec![("location", place.clone())];
        (request.method == "POST").then(|| Answer { headers, ..status("202 Accepted") })
    });
    push_to(&client(&registry.host, Some("secret")), &repository(&registry.host), None).unwrap();
    let asked = storage.asked();
    assert_eq!(asked.len(), 2);
    for upload in asked {
        assert!(!upload.headers.contains_key("authorization"), "{upload:?}");
        assert!(upload.path.starts_with("/upload/1?signature=x%2Fy&digest=sha256"), "{upload:?}");
        assert_eq!(upload.headers["content-length"], upload.body.len().to_string());
    }
}

#[test]
fn a_blob_comes_from_another_host_without_the_login() {
    let folder = Folder::new();
    let layout = folder.layout("source");
    let digest = image(&layout);
    let near = Fake::start(|_| None);
    run(client(&near.host, None).push(
        &Source::Layout(layout),
        &repository(&near.host),
        &digest,
        None,
    ))
    .unwrap();
    // The blobs of this registry are with the other, under the same paths.
    let storage = near.host.clone();
    let target = Fake::start(|_| None);
    let registry = Stub::start(move |request| {
        if !request.headers.contains_key("authorization") {
            let headers = vec![("www-authenticate", "Basic realm=\"x\"".to_owned())];
            return Answer { headers, ..status("401 Unauthorized") };
        }
        let headers = vec![("location", format!("http://{storage}{}?signature=x", request.path))];
        Answer { headers, ..status("307 Temporary Redirect") }
    });
    let before = near.asked().len();
    let client = client(&registry.host, Some("secret"));
    let from = Source::Registry(repository(&registry.host));
    let moved = run(client.push(&from, &repository(&target.host), &digest, None)).unwrap();
    assert_eq!(moved.blobs, 3);
    for request in &near.asked()[before..] {
        assert!(!request.headers.contains_key("authorization"), "{request:?}");
    }
    assert!(target.asked().iter().all(|request| !request.headers.contains_key("authorization")));
}

#[test]
fn a_tag_that_cannot_move_is_told_apart() {
    let registry = Fake::start(|request| {
        let taken = "The image tag 'v1' already exists in the 'shop/web' repository and cannot be \
                     overwritten because the tag is immutable.";
        (request.method == "PUT" && request.path.ends_with("/manifests/v1"))
            .then(|| said("400 Bad Request", "TAG_INVALID", taken))
    });
    let error = push(&registry.host, Some("v1")).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the tag `v1` of {}/shop/web belongs to another image, and tags cannot be moved there",
            registry.host
        )
    );
    assert!(matches!(error, RegistryError::TagTaken { .. }), "{error:?}");
    // The image is there; only its name is not.
    assert_eq!(push(&registry.host, None).unwrap(), Moved::default());

    // Somebody else has given the tag meanwhile, and rightly so.
    let folder = Folder::new();
    let digest = image(&folder.layout("source")).to_string();
    let tries = std::sync::atomic::AtomicU32::new(0);
    let registry = Fake::start(move |request| {
        if !request.path.ends_with("/manifests/v1") {
            return None;
        }
        if request.method == "PUT" {
            return Some(said("400 Bad Request", "TAG_INVALID", "it is immutable"));
        }
        let headers = vec![("docker-content-digest", digest.clone())];
        let tried = tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed) > 0;
        tried.then(|| Answer { headers, ..status("200 OK") })
    });
    assert_eq!(push(&registry.host, Some("v1")).unwrap().blobs, 3);
}

#[test]
fn refusals_are_told_apart_and_tell_no_secret() {
    let told = |line: &'static str, code: &'static str, message: &'static str| {
        let registry = Fake::start(move |request| {
            if !request.headers.contains_key("authorization") {
                let headers = vec![("www-authenticate", "Basic realm=\"x\"".to_owned())];
                return Some(Answer { headers, ..status("401 Unauthorized") });
            }
            (request.method == "POST").then(|| said(line, code, message))
        });
        let mut to = repository(&registry.host);
        to.login = Some(Login { username: "AWS".to_owned(), password: "a-secret".to_owned() });
        let error = push_to(&client(&registry.host, None), &to, None).unwrap_err();
        let text = format!("{error} {error:?} {:?} {to:?}", error.source());
        // Also not as it is sent.
        assert!(!text.contains("a-secret") && !text.contains("QVdTOmEtc2VjcmV0"), "{text}");
        assert!(error.to_string().contains(&registry.host), "{text}");
        assert!(error.to_string().contains("shop/web"), "{text}");
        error
    };
    let error = told("404 Not Found", "NAME_UNKNOWN", "The repository does not exist");
    assert!(matches!(error, RegistryError::NoRepository { .. }), "{error:?}");
    for line in ["401 Unauthorized", "403 Forbidden"] {
        let error = told(line, "DENIED", "not authorized to perform: InitiateLayerUpload");
        assert!(matches!(error, RegistryError::Denied { logged_in: true, .. }), "{error:?}");
        assert!(
            error.to_string().ends_with(
                "to be written; the login is known, but does not \
            suffice (DENIED: not authorized to perform: InitiateLayerUpload)"
            ),
            "{error}"
        );
    }
    let error = told("405 Method Not Allowed", "UNSUPPORTED", "you sent QVdTOmEtc2VjcmV0");
    assert!(matches!(error, RegistryError::Answer { .. }), "{error:?}");
    assert!(error.to_string().ends_with("405 Method Not Allowed (UNSUPPORTED)"), "{error}");
    told("400 Bad Request", "a-secret", "a-secret");
}

#[test]
fn a_protected_registry_takes_an_image_with_a_login() {
    let registry = Registry::start(Protected::Yes);
    let mut to = repository(&registry.host);
    for secret in [None, Some("wrong")] {
        let error = push_to(&client(&registry.host, secret), &to, None).unwrap_err();
        assert!(matches!(error, RegistryError::Denied { .. }), "{error:?}");
    }
    let known = client(&registry.host, Some("secret"));
    assert_eq!(push_to(&known, &to, Some("v1")).unwrap().blobs, 3);
    // A login that is given counts more than one that is known, be it worse.
    to.login = Some(Login { username: "user".to_owned(), password: "wrong".to_owned() });
    let error = push_to(&known, &to, Some("v1")).unwrap_err();
    assert!(matches!(error, RegistryError::Denied { logged_in: true, .. }), "{error:?}");
    to.login = Some(Login { username: "user".to_owned(), password: "secret".to_owned() });
    let fresh = Client::new(Credentials::default()).unwrap();
    assert_eq!(push_to(&fresh, &to, Some("v1")).unwrap(), Moved::default());
}

#[test]
fn one_token_to_write_does_for_all() {
    let service = Stub::start(|request| {
        assert_eq!(request.path, "/token?scope=repository%3Ashop%2Fweb%3Apull%2Cpush");
        ok(br#"{"token": "a-token"}"#)
    });
    let realm = format!(
        "Bearer realm=\"http://{}/token\",scope=\"repository:shop/web:pull\"",
        service.host
    );
    let registry = Fake::start(move |request| {
        let token = request.headers.get("authorization").map(String::as_str);
        let headers = vec![("www-authenticate", realm.clone())];
        (token != Some("Bearer a-token")).then(|| Answer { headers, ..status("401 No") })
    });
    push(&registry.host, Some("v1")).unwrap();
    assert_eq!(service.asked().len(), 1);
    let refused = |request: &Request| !request.headers.contains_key("authorization");
    assert_eq!(count(&registry, refused), 1);
}

#[test]
fn layers_that_are_fetched_from_elsewhere_may_be_absent() {
    let folder = Folder::new();
    let source = folder.layout("source");
    let elsewhere = json!({
        "mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "digest": Digest::of(b"elsewhere"),
        "size": 9,
        "urls": ["https://layers.example.com/elsewhere"],
    });
    let image = put_image(&source, &[elsewhere]);
    let near = Fake::start(|_| None);
    let client = client(&near.host, None);
    let moved = run(client.push(&Source::Layout(source), &repository(&near.host), &image, None));
    assert_eq!(moved.unwrap().blobs, 2);
    let (from, far) = (Source::Registry(repository(&near.host)), Fake::start(|_| None));
    let moved = run(client.push(&from, &repository(&far.host), &image, None));
    assert_eq!(moved.unwrap().blobs, 2);
}

#[test]
fn what_a_registry_makes_up_is_not_passed_on() {
    let config = json!({ "mediaType": "x", "digest": Digest::of(b"a blob"), "size": 6 });
    let manifest = json!({ "schemaVersion": 2, "mediaType": media_type::MANIFEST,
        "config": config, "layers": [] });
    let folder = Folder::new();
    let digest = put_manifest(&folder.layout("source"), &manifest);
    for body in [b"a blot".to_vec(), b"a".to_vec(), vec![b'x'; 1_000_000]] {
        let manifest = manifest.to_string().into_bytes();
        let from = Stub::start(move |request| {
            ok(if request.path.contains("/manifests/") { &manifest } else { &body })
        });
        let target = Fake::start(|_| None);
        let (client, source) = (client(&from.host, None), Source::Registry(repository(&from.host)));
        let error = run(client.push(&source, &repository(&target.host), &digest, Some("v1")));
        assert!(matches!(error, Err(RegistryError::Layout { .. })), "{error:?}");
        // Whether or not the upload began, it did not end.
        assert_eq!(count(&target, |request| is_upload(request) && request.body.len() == 6), 0);
        let manifests = |request: &Request| request.path.contains("/manifests/");
        assert_eq!(count(&target, |request| request.method == "PUT" && manifests(request)), 0);
    }
}

#[test]
fn a_registry_that_says_yes_and_does_nothing_is_found_out() {
    let registry = Fake::start(|request| {
        (request.method == "PUT" && request.path.contains("/manifests/"))
            .then(|| status("201 Created"))
    });
    for tag in [None, Some("v1")] {
        let error = push(&registry.host, tag).unwrap_err();
        let told = matches!(error, RegistryError::Answer { .. } | RegistryError::NotFound { .. });
        assert!(told, "{error:?}");
    }
}
