//! The folder and the world pass the suite that every provider passes.

use lifeboat_contract::conformance::{self, Bench, Failure, Ground, Image};
use lifeboat_contract::{BoxFuture, Digest, ImageSource, Object, Provider, ProviderInfo};
use lifeboat_local::{INFO, Local, World};

use crate::fixture::{Folder, foreign_hand, image, name, run, stack};

struct InFolder {
    folder: Folder,
    local: Local,
    ground: Ground,
}

impl Bench for InFolder {
    fn info(&self) -> ProviderInfo {
        INFO
    }

    fn provider(&self) -> &dyn Provider {
        &self.local
    }

    fn ground(&self) -> &Ground {
        &self.ground
    }

    fn plant<'a>(&'a self, object: &'a Object) -> BoxFuture<'a, Result<(), Failure>> {
        foreign_hand(&self.folder, object);
        Box::pin(async { Ok(()) })
    }
}

fn ground(images: [Image; 2]) -> Ground {
    Ground {
        stack: stack(),
        zone: name("conformance.example.com"),
        location: "eu-west-1".parse().unwrap(),
        images: Some(images),
    }
}

#[test]
fn the_folder_conforms() {
    let failures = run(conformance::run(|_| {
        let folder = Folder::new();
        let images = ["one", "two"].map(|name| image(folder.path(), name));
        InFolder { local: folder.local(), ground: ground(images), folder }
    }));
    assert!(failures.is_empty(), "{failures:#?}");
}

struct InMemory {
    world: World,
    ground: Ground,
}

impl Bench for InMemory {
    fn info(&self) -> ProviderInfo {
        INFO
    }

    fn provider(&self) -> &dyn Provider {
        &self.world
    }

    fn ground(&self) -> &Ground {
        &self.ground
    }

    fn plant<'a>(&'a self, object: &'a Object) -> BoxFuture<'a, Result<(), Failure>> {
        self.world.edit(|cloud| cloud.plant(object.clone()));
        Box::pin(async { Ok(()) })
    }

    fn lose_next_answer(&self) -> bool {
        self.world.lose_next_answer();
        true
    }
}

#[test]
fn the_world_conforms() {
    let failures = run(conformance::run(|_| {
        let images = [b"one", b"two"].map(|bytes| Image {
            digest: Digest::of(bytes),
            source: ImageSource::Layout { path: "anywhere".to_owned() },
        });
        InMemory { world: World::new(7), ground: ground(images) }
    }));
    assert!(failures.is_empty(), "{failures:#?}");
}
