//! Copies to many repositories, and from one of a registry to another.

use std::sync::{Arc, Mutex};

use lifeboat_contract::Digest;
use lifeboat_oci::Layout;
use lifeboat_oci::registry::{Event, Moved, Observe, RegistryError, Repository, Source, Target};

use crate::fake::Fake;
use crate::fixture::{Folder, LAYER, put, put_image};
use crate::server::{Answer, Protected, Registry, Stub, at, client, ok, run, status};

fn target(host: &str, name: &str, mounts: &[&str]) -> Target {
    let (host, name, _) = at(&format!("{host}/{name}:v1"));
    let mounts = mounts.iter().map(|name| name.parse().unwrap()).collect();
    Target { repository: Repository::new(host, name), mounts }
}

fn image(layout: &Layout) -> Digest {
    let layers = [1_u8, 2, 3].map(|byte| put(layout, LAYER, &vec![byte; 700_000]));
    put_image(layout, &layers)
}

fn count(asked: &[String], start: &str) -> usize {
    asked.iter().filter(|request| request.starts_with(start)).count()
}

#[test]
fn the_source_gives_each_blob_once_to_all_and_one_failure_is_one() {
    let [near, east, west] = [(); 3].map(|()| Registry::start(Protected::No));
    let folder = Folder::new();
    let source = folder.layout("source");
    let digest = image(&source);
    let contents = source.walk(&digest).unwrap();
    let whole = Moved { blobs: contents.count(), bytes: contents.size() };
    let (client, from) = (client(&near.host, None), target(&near.host, "shop/web", &[]));
    run(client.push(&Source::Layout(source), &from.repository, &digest, None)).unwrap();
    near.asked();
    let targets = [
        target(&east.host, "shop/web", &[]),
        target("127.0.0.1:1", "shop/web", &[]),
        target(&west.host, "shop/web", &[]),
        // This one takes nothing.
        target(&Stub::start(|_| status("404 Not Found")).host, "shop/web", &[]),
    ];
    let from = Source::Registry(from.repository);
    let ended = run(client.push_all(&from, &targets, &digest, Some("v1")));
    assert_eq!(ended[0].as_ref().unwrap(), &whole);
    assert!(matches!(ended[1], Err(RegistryError::NoAnswer { .. })), "{ended:?}");
    assert_eq!(ended[2].as_ref().unwrap(), &whole);
    assert!(matches!(ended[3], Err(RegistryError::Answer { .. })), "{ended:?}");
    let asked = near.asked();
    assert_eq!(count(&asked, "GET /v2/shop/web/blobs/"), 4, "{asked:?}");
    // The manifest, and five questions for what refers to it.
    assert_eq!(asked.len(), 10, "{asked:?}");

    // Only one of them lacks it now.
    let north = Registry::start(Protected::No);
    let targets = [targets[0].clone(), target(&north.host, "shop/web", &[])];
    east.asked();
    let ended = run(client.push_all(&from, &targets, &digest, Some("v1")));
    let ended: Vec<Moved> = ended.into_iter().map(Result::unwrap).collect();
    assert_eq!(ended, [Moved::default(), whole]);
    assert_eq!(east.asked(), ["HEAD /v2/shop/web/manifests/v1"]);
}

#[test]
fn what_another_repository_of_the_registry_has_is_not_sent() {
    let registry = Registry::start(Protected::Yes);
    let folder = Folder::new();
    let source = folder.layout("source");
    let digest = image(&source);
    let client = client(&registry.host, Some("secret"));
    let layout = Source::Layout(source.clone());
    let first = target(&registry.host, "shop/web", &[]);
    run(client.push(&layout, &first.repository, &digest, None)).unwrap();
    registry.asked();
    let manifest = source.descriptor(&digest).unwrap().size;
    let copies = [
        (Source::Registry(first.repository), target(&registry.host, "shop/copy", &[])),
        (layout.clone(), target(&registry.host, "shop/other", &["shop/web"])),
        (layout.clone(), target(&registry.host, "shop/third", &["shop/none", "shop/other"])),
    ];
    for (from, to) in copies {
        let ended = run(client.push_all(&from, &[to], &digest, Some("v1"))).pop().unwrap();
        assert_eq!(ended.unwrap(), Moved { blobs: 1, bytes: manifest });
        let asked = registry.asked();
        assert_eq!(count(&asked, "PUT "), 1, "{asked:?}");
        assert!(asked.iter().any(|request| request.contains("mount=")), "{asked:?}");
    }
    // Where the guess is wrong the blobs are sent, into the uploads that the tries have opened.
    let to = target(&registry.host, "shop/fourth", &["shop/none"]);
    let ended = run(client.push_all(&layout, &[to], &digest, None)).pop().unwrap();
    assert_eq!(ended.unwrap().blobs, 5);
    let asked = registry.asked();
    assert_eq!(count(&asked, "POST "), 4, "{asked:?}");
}

#[test]
fn a_mount_asks_for_a_token_for_both_repositories() {
    let service = Stub::start(|request| {
        let mounts = request.path.contains("scope=repository%3Ashop%2Fbase%3Apull");
        ok(if mounts { br#"{"token": "mounting"}"# } else { br#"{"token": "plain"}"# })
    });
    let realm = format!("Bearer realm=\"http://{}/token\"", service.host);
    let registry = Fake::start(move |request| {
        let token = request.headers.get("authorization").map(String::as_str);
        let mounts = request.path.contains("from=shop/base");
        let wanted = if mounts { "Bearer mounting" } else { "Bearer plain" };
        if token != Some(wanted) && !request.path.starts_with("/upload/") {
            let headers = vec![("www-authenticate", realm.clone())];
            return Some(Answer { headers, ..status("401 Unauthorized") });
        }
        mounts.then(|| status("201 Created"))
    });
    let folder = Folder::new();
    let source = folder.layout("source");
    let digest = image(&source);
    let to = target(&registry.host, "shop/web", &["shop/base"]);
    let client = client(&registry.host, None);
    let ended = run(client.push_all(&Source::Layout(source), &[to], &digest, None));
    assert_eq!(ended[0].as_ref().unwrap().blobs, 1, "{ended:?}");
}

#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Observe for Notes {
    fn observe(&self, event: Event<'_>) {
        let note = match event {
            Event::Planned { blobs, bytes, .. } => format!("planned {blobs} {bytes}"),
            Event::Present { bytes, .. } => format!("present {bytes}"),
            Event::Moving { moved, bytes, .. } => {
                assert!(moved <= bytes);
                return;
            }
            Event::Moved { bytes, .. } => format!("moved {bytes}"),
        };
        self.0.lock().unwrap().push(note);
    }
}

#[test]
fn a_copy_tells_what_it_does() {
    let registry = Fake::start(|_| None);
    let folder = Folder::new();
    let source = folder.layout("source");
    let digest = image(&source);
    let notes = Arc::new(Notes::default());
    let client = client(&registry.host, None).observed_by(Arc::clone(&notes) as Arc<dyn Observe>);
    let to = target(&registry.host, "shop/web", &[]);
    let contents = source.walk(&digest).unwrap();
    run(client.push(&Source::Layout(source), &to.repository, &digest, None)).unwrap();
    let notes = notes.0.lock().unwrap();
    assert_eq!(notes[0], format!("planned {} {}", contents.count(), contents.size()));
    let moved: u64 = notes[1..].iter().map(|note| note[6..].parse::<u64>().unwrap()).sum();
    assert_eq!((notes.len(), moved), (1 + contents.count(), contents.size()));
}
