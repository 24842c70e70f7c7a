//! The suite that every provider must pass, against Debian's registry, and what that one leaves out.

use std::collections::BTreeMap;
use std::path::PathBuf;

use lifeboat_contract::conformance::{self, Bench, Failure, Ground, Image};
use lifeboat_contract::{
    Address, Batch, BoxFuture, Depth, ImageCopy, ImageSource, Key, Mark, Object, Provider,
    ProviderError, ProviderInfo, Scope, Spec, Wanted, Write,
};
use lifeboat_oci::registry::{Client, Credentials, Source};
use lifeboat_oci::{INFO, Oci, Options};

use crate::fixture::{Folder, LAYER, put, put_image, seen_by_skopeo, tool};
use crate::server::{Protected, Registry, at, run};

const DELETES: &[(&str, &str)] = &[("REGISTRY_STORAGE_DELETE_ENABLED", "true")];

struct Stand {
    oci: Oci,
    ground: Ground,
    registry: Registry,
    folder: Folder,
}

fn connect(registries: &str, folder: PathBuf) -> Oci {
    let attributes = BTreeMap::from([("registries".to_owned(), registries.to_owned())]);
    let options = Options { folder, credentials: Credentials::default() };
    Oci::connect(&attributes, options).unwrap()
}

impl Stand {
    fn new(settings: &[(&str, &str)]) -> Self {
        let registry = Registry::start_with(Protected::No, settings);
        let folder = Folder::new();
        let layout = folder.layout("images");
        let images = ["one", "two"].map(|content| {
            let digest = put_image(&layout, &[put(&layout, LAYER, content.as_bytes())]);
            Image { digest, source: ImageSource::Layout { path: "images".to_owned() } }
        });
        let ground = Ground {
            stack: "suite".parse().unwrap(),
            zone: "conformance.example".parse().unwrap(),
            location: "eu".parse().unwrap(),
            images: Some(images),
        };
        let oci = connect(&format!("eu = {}", registry.host), folder.join(""));
        Self { oci, ground, registry, folder }
    }

    fn scope(&self, locations: &[&str]) -> Scope {
        Scope {
            stack: self.ground.stack.clone(),
            zones: BTreeMap::new(),
            locations: locations.iter().map(|location| location.parse().unwrap()).collect(),
            repositories: ["shop/web".parse().unwrap()].into(),
            checks: 0,
            depth: Depth::Plan,
        }
    }

    /// A write of the first image.
    fn copy(&self) -> Write {
        let [Image { digest, source }, _] = self.ground.images.clone().unwrap();
        let spec = Spec::ImageCopy(ImageCopy { tag: "lb-1".to_owned() });
        let mark = Some(Mark::of(&self.ground.stack, &spec));
        Write {
            address: Address::block("image", "web"),
            key: Key::ImageCopy {
                location: self.ground.location.clone(),
                repository: "shop/web".parse().unwrap(),
                digest,
            },
            expect: None,
            then: Some(Wanted { spec, mark, source: Some(source) }),
        }
    }

    fn commit(&self, write: Write) -> Result<lifeboat_contract::Receipt, ProviderError> {
        let stack = self.ground.stack.clone();
        run(self.oci.commit(&Batch { stack, writes: vec![write], repeated: false }))
    }

    fn images(&self) -> Vec<Object> {
        let seen = run(self.oci.observe(&self.scope(&["eu"]))).unwrap();
        seen.objects.into_iter().filter(|o| matches!(o.key, Key::ImageCopy { .. })).collect()
    }

    fn url(&self, rest: &str) -> String {
        format!("docker://{}/shop/web{rest}", self.registry.host)
    }

    fn skopeo(&self, from: &str, to: &str) {
        let plain = ["--src-tls-verify=false", "--dest-tls-verify=false"];
        tool("skopeo", &["copy", plain[0], plain[1], &self.url(from), &self.url(to)]);
    }
}

impl Bench for Stand {
    fn info(&self) -> ProviderInfo {
        INFO
    }

    fn provider(&self) -> &dyn Provider {
        &self.oci
    }

    fn ground(&self) -> &Ground {
        &self.ground
    }

    /// Somebody else pushes, and knows nothing of marks.
    fn plant<'a>(&'a self, object: &'a Object) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move {
            let (Key::ImageCopy { repository, digest, .. }, Spec::ImageCopy(copy)) =
                (&object.key, &object.spec)
            else {
                return Err(Failure(format!("{} cannot be planted", object.key)));
            };
            let (host, ..) = at(&format!("{}/any", self.registry.host));
            let to = lifeboat_oci::registry::Repository::new(host, repository.clone());
            let from = Source::Layout(self.folder.layout("images"));
            let client = Client::new(Credentials::default()).unwrap();
            let pushed = client.push(&from, &to, digest, Some(&copy.tag)).await;
            pushed.map(drop).map_err(|error| Failure(error.to_string()))
        })
    }
}

#[test]
fn a_registry_conforms() {
    let failures = run(conformance::run(|_| Stand::new(DELETES)));
    let failures: Vec<String> = failures.iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn a_registry_that_deletes_nothing_is_told_by_its_setting() {
    let stand = Stand::new(&[]);
    stand.commit(stand.copy()).unwrap();
    let there = stand.images();
    let delete = Write { expect: Some(there[0].clone()), then: None, ..stand.copy() };
    let error = stand.commit(delete).unwrap_err();
    assert!(matches!(error, ProviderError::Refused { .. }), "{error:?}");
    assert!(error.to_string().contains("storage.delete.enabled"), "{error}");
    // Nor does a tag move that could not be taken away.
    let let_go = Wanted { mark: None, ..stand.copy().then.unwrap() };
    let release = Write { expect: Some(there[0].clone()), then: Some(let_go), ..stand.copy() };
    let error = stand.commit(release).unwrap_err();
    assert!(error.to_string().contains("storage.delete.enabled"), "{error}");
    assert_eq!(stand.images(), there);
}

#[test]
fn an_image_that_others_have_tagged_loses_only_our_tags() {
    let stand = Stand::new(DELETES);
    stand.commit(stand.copy()).unwrap();
    stand.skopeo(":lb-1", ":stable");
    let there = stand.images();
    assert_eq!(there.len(), 1, "{there:?}");
    let delete = Write { expect: Some(there[0].clone()), then: None, ..stand.copy() };
    stand.commit(delete.clone()).unwrap();
    let digest = stand.ground.images.as_ref().unwrap()[0].digest.to_string();
    assert_eq!(seen_by_skopeo(&stand.url(":stable")), digest);
    let left = stand.images();
    assert!(left[0].mark.is_none() && left.len() == 1, "{left:?}");
    // The answer was lost, and the deletion is done.
    let stack = stand.ground.stack.clone();
    let again = Batch { stack, writes: vec![delete], repeated: true };
    run(stand.oci.commit(&again)).unwrap();
}

#[test]
fn a_tag_of_another_image_is_not_taken() {
    let stand = Stand::new(DELETES);
    let [one, two] = stand.ground.images.clone().unwrap();
    let spec = Spec::ImageCopy(ImageCopy { tag: "lb-1".to_owned() });
    let key = stand.copy().key;
    let Key::ImageCopy { location, repository, .. } = key else { unreachable!("it is a copy") };
    let key = Key::ImageCopy { location, repository, digest: two.digest.clone() };
    let theirs = Object { key, spec, mark: None, id: None, version: None };
    run(stand.plant(&theirs)).unwrap();
    let error = stand.commit(stand.copy()).unwrap_err().to_string();
    assert!(error.contains("`lb-1`") && error.contains(two.digest.as_str()), "{error}");
    assert_eq!(seen_by_skopeo(&stand.url(":lb-1")), two.digest.to_string());
    assert_ne!(one.digest, two.digest);
}

#[test]
fn a_registry_that_does_not_answer_is_named_and_the_others_are_read() {
    let stand = Stand::new(&[]);
    stand.commit(stand.copy()).unwrap();
    let registries = format!("eu = {}, us = 127.0.0.1:1", stand.registry.host);
    let oci = connect(&registries, stand.folder.join(""));
    let seen = run(oci.observe(&stand.scope(&["eu", "us"]))).unwrap();
    let keys: Vec<&Key> = seen.objects.iter().map(|object| &object.key).collect();
    assert!(keys.contains(&&stand.copy().key), "{keys:?}");
    assert_eq!(seen.unreachable.len(), 1, "{:?}", seen.unreachable);
    assert_eq!(seen.unreachable[0].location, Some("us".parse().unwrap()));
    assert!(seen.unreachable[0].why.contains("127.0.0.1:1"), "{:?}", seen.unreachable);
    let error = run(oci.observe(&stand.scope(&["asia"]))).unwrap_err().to_string();
    assert!(error.contains("add `asia = HOST`"), "{error}");
}

#[test]
fn what_nothing_declares_any_more_is_found_by_its_note() {
    let stand = Stand::new(DELETES);
    let key = Key::Repository {
        location: stand.ground.location.clone(),
        name: "shop/web".parse().unwrap(),
    };
    let spec = Spec::Repository(lifeboat_contract::Repository::default());
    let mark = Some(Mark::of(&stand.ground.stack, &spec));
    let then = Some(Wanted { spec, mark, source: None });
    stand.commit(Write { key: key.clone(), then, ..stand.copy() }).unwrap();
    stand.commit(stand.copy()).unwrap();
    let scope = Scope { repositories: [].into(), ..stand.scope(&["eu"]) };
    let seen = run(stand.oci.observe(&scope)).unwrap();
    assert_eq!(seen.objects.len(), 2, "{:?}", seen.objects);
    assert_eq!(seen.objects[0].key, key);
    let scope = Scope { stack: "another".parse().unwrap(), ..scope };
    assert_eq!(run(stand.oci.observe(&scope)).unwrap().objects, []);
}
