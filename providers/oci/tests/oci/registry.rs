//! Pulls from a real registry, and from ones that do what a real one hardly ever does.

use lifeboat_contract::Digest;
use lifeboat_oci::registry::{Client, RegistryError};
use lifeboat_oci::{Host, LayoutError, media_type};
use serde_json::json;

use crate::fixture::{Folder, files, regclient, tool};
use crate::server::{Answer, Protected, Registry, Request, Stub, at, client, ok, run, status};

fn push(registry: &Registry, tag: &str) {
    let from = format!("oci:{}:{tag}", regclient().folder().display());
    let to = format!("docker://{}/shop/web:{tag}", registry.host);
    tool("skopeo", &["copy", "--all", "--preserve-digests", "--dest-tls-verify=false", &from, &to]);
}

#[test]
fn an_image_is_pulled_from_debians_registry() {
    let registry = Registry::start(Protected::No);
    let folder = Folder::new();
    let layout = folder.layout("layout");
    let client = client(&registry.host, None);
    for tag in ["v1", "v3"] {
        push(&registry, tag);
        let (host, repository, reference) = at(&format!("{}/shop/web:{tag}", registry.host));
        let digest = run(client.resolve(&host, &repository, &reference)).unwrap();
        assert_eq!(digest, regclient().resolve(Some(tag)).unwrap());
        let pulled = run(client.pull((&host, &repository), &digest, &layout, &|_| ())).unwrap();
        assert!(pulled.bytes > 0);
        assert_eq!(layout.walk(&digest).unwrap(), regclient().walk(&digest).unwrap());
        let again = run(client.pull((&host, &repository), &digest, &layout, &|_| ())).unwrap();
        assert_eq!((again.bytes, again.blobs, again.top), (0, 0, pulled.top));
    }
    let (host, repository, reference) = at(&format!("{}/shop/web:absent", registry.host));
    let error = run(client.resolve(&host, &repository, &reference)).unwrap_err();
    assert!(matches!(error, RegistryError::NotFound { .. }), "{error:?}");
}

#[test]
fn a_protected_registry_gives_nothing_without_the_login() {
    let registry = Registry::start(Protected::Yes);
    let (host, repository, reference) = at(&format!("{}/shop/web:v1", registry.host));
    let resolve = |secret| {
        run(client(&registry.host, secret).resolve(&host, &repository, &reference)).unwrap_err()
    };
    for (secret, logged_in) in [(None, false), (Some("wrong"), true)] {
        let error = resolve(secret);
        assert!(
            matches!(error, RegistryError::Denied { logged_in: told, .. } if told == logged_in),
            "{error:?}"
        );
        assert!(!format!("{error:?} {error}").contains("wrong"));
    }
    // The login is good: what is missing now is the image.
    let error = resolve(Some("secret"));
    assert!(matches!(error, RegistryError::NotFound { .. }), "{error:?}");
}

const BLOB: &[u8] = b"a blob";

fn manifest() -> Vec<u8> {
    let config = json!({ "mediaType": "x", "digest": Digest::of(BLOB), "size": BLOB.len() });
    json!({ "schemaVersion": 2, "mediaType": media_type::MANIFEST, "config": config, "layers": [] })
        .to_string()
        .into_bytes()
}

#[test]
fn a_token_is_fetched_with_the_login_and_kept() {
    let service = Stub::start(|request| {
        let wanted = "/token?service=here&scope=repository%3Ashop%2Fweb%3Apull";
        assert_eq!(request.path, wanted);
        ok(br#"{"token": "a-token"}"#)
    });
    let realm = format!("Bearer realm=\"http://{}/token\",service=\"here\"", service.host);
    let registry = Stub::start(move |request| {
        if request.headers.get("authorization").map(String::as_str) != Some("Bearer a-token") {
            let headers = vec![("www-authenticate", realm.clone())];
            return Answer { headers, ..status("401 Unauthorized") };
        }
        ok(if request.path.contains("/blobs/") { BLOB } else { &[] }).with_manifest(request)
    });
    let folder = Folder::new();
    let (host, repository, _) = at(&format!("{}/shop/web:v1", registry.host));
    let client = client(&registry.host, Some("secret"));
    let digest = Digest::of(&manifest());
    run(client.pull((&host, &repository), &digest, &folder.layout("layout"), &|_| ())).unwrap();
    let asked = service.asked();
    assert_eq!(asked.len(), 1, "one token does for all: {asked:?}");
    assert_eq!(asked[0].headers["authorization"], "Basic dXNlcjpzZWNyZXQ=");
    let asked = registry.asked();
    assert!(asked[0].headers["accept"].contains(media_type::DOCKER_LIST), "{asked:?}");
}

impl Answer {
    fn with_manifest(self, request: &Request) -> Self {
        if request.path.contains("/manifests/") { ok(&manifest()) } else { self }
    }
}

#[test]
fn a_login_does_not_follow_to_another_host() {
    let storage = Stub::start(|_| ok(BLOB));
    let elsewhere = format!("http://{}/a-blob?signature=x", storage.host);
    let registry = Stub::start(move |request| {
        if !request.headers.contains_key("authorization") {
            let headers = vec![("www-authenticate", "Basic realm=\"x\"".to_owned())];
            return Answer { headers, ..status("401 Unauthorized") };
        }
        let headers = vec![("location", elsewhere.clone())];
        Answer { headers, ..status("307 Temporary Redirect") }.with_manifest(request)
    });
    let folder = Folder::new();
    let (host, repository, _) = at(&format!("{}/shop/web:v1", registry.host));
    let client = client(&registry.host, Some("secret"));
    let digest = Digest::of(&manifest());
    run(client.pull((&host, &repository), &digest, &folder.layout("layout"), &|_| ())).unwrap();
    let asked = storage.asked();
    assert_eq!(asked.len(), 1);
    assert!(!asked[0].headers.contains_key("authorization"), "{asked:?}");
}

#[test]
fn what_a_registry_makes_up_does_not_appear() {
    let endless = vec![b'x'; 1_000_000];
    for body in [b"a blot".to_vec(), b"a".to_vec(), endless] {
        let registry = Stub::start(move |request| ok(&body).with_manifest(request));
        let folder = Folder::new();
        let layout = folder.layout("layout");
        let (host, repository, _) = at(&format!("{}/shop/web:v1", registry.host));
        let client = client(&registry.host, None);
        let digest = Digest::of(&manifest());
        let error = run(client.pull((&host, &repository), &digest, &layout, &|_| ())).unwrap_err();
        assert!(matches!(error, RegistryError::Layout { .. }), "{error:?}");
        assert_eq!(files(&layout.folder().join("blobs/sha256")), [""; 0]);

        let other = Digest::of(b"another manifest");
        let error = run(client.pull((&host, &repository), &other, &layout, &|_| ())).unwrap_err();
        let mismatch = matches!(
            &error,
            RegistryError::Layout { source: LayoutError::DigestMismatch { .. }, .. }
        );
        assert!(mismatch, "{error:?}");
    }
}

#[test]
fn errors_of_a_registry_are_told_apart() {
    let (host, repository, reference) = at("127.0.0.1:1/shop/web:v1");
    let resolve = |client: &Client, host: &Host| {
        run(client.resolve(host, &repository, &reference)).unwrap_err()
    };
    let error = resolve(&client(host.as_str(), None), &host);
    assert!(matches!(error, RegistryError::NoAnswer { .. }), "{error:?}");
    for (line, kind) in
        [("429 Too Many Requests", "Throttled"), ("500 Oh No", "Answer"), ("403 No", "Denied")]
    {
        let registry = Stub::start(move |_| status(line));
        let host: Host = registry.host.parse().unwrap();
        let error = resolve(&client(host.as_str(), None), &host);
        assert!(format!("{error:?}").starts_with(kind), "{error:?}");
    }
    // A registry that leads in a circle, one that never ends its head, one that hangs up.
    let circle = Stub::start(|request| {
        let headers = vec![("location", request.path.clone())];
        Answer { headers, ..status("302 Found") }
    });
    let host: Host = circle.host.parse().unwrap();
    let error = resolve(&client(host.as_str(), None), &host);
    assert!(matches!(error, RegistryError::NoAnswer { .. }), "{error:?}");
    assert!(circle.asked().len() <= 7, "{}", circle.asked().len());
    let short = Stub::start(|_| {
        let headers = vec![("content-length", "1000".to_owned())];
        Answer { headers, ..ok(b"less") }
    });
    let (host, repository, _) = at(&format!("{}/shop/web:v1", short.host));
    let folder = Folder::new();
    let client = client(host.as_str(), None);
    let pulled =
        run(client.pull((&host, &repository), &Digest::of(b""), &folder.layout("layout"), &|_| ()));
    assert!(matches!(pulled, Err(RegistryError::NoAnswer { .. })), "{pulled:?}");
}
