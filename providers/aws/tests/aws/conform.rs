//! The suite that every provider must pass: names and repositories on a clock that stands still,
//! images over a real socket.

use std::path::{Path, PathBuf};

use lifeboat_aws::{Aws, INFO};
use lifeboat_aws_fake::Fake;
use lifeboat_contract::conformance::{self, Bench, Failure, Ground, Image};
use lifeboat_contract::{
    Address, Batch, BoxFuture, HealthCheck, Key, Object, Provider, ProviderInfo, Spec, Wanted,
    Write,
};

use crate::bench::{ACCOUNT, Wire, connect, image, make_check};

struct Stand {
    fake: Fake,
    wire: Wire,
    aws: Aws,
    ground: Ground,
    folder: PathBuf,
    dns: bool,
}

impl Stand {
    fn new(fake: Fake, images: Option<[Image; 2]>, folder: &Path) -> Self {
        let wire = Wire::to(&fake);
        Self {
            aws: connect(&wire, &[], folder),
            wire,
            fake,
            dns: images.is_none(),
            folder: folder.to_owned(),
            ground: Ground {
                stack: "suite".parse().unwrap(),
                zone: "conformance.example".parse().unwrap(),
                location: "eu-west-1".parse().unwrap(),
                images,
            },
        }
    }
}

impl Bench for Stand {
    fn info(&self) -> ProviderInfo {
        let mut capabilities = INFO.capabilities.clone();
        capabilities.dns = self.dns;
        ProviderInfo { capabilities: Box::leak(Box::new(capabilities)), ..INFO }
    }

    fn provider(&self) -> &dyn Provider {
        &self.aws
    }

    fn ground(&self) -> &Ground {
        &self.ground
    }

    /// Somebody else writes with the same API, and no mark.
    fn plant<'a>(&'a self, object: &'a Object) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move {
            if let (Key::ForeignCheck { id }, Spec::HealthCheck(HealthCheck::Endpoint(endpoint))) =
                (&object.key, &object.spec)
            {
                make_check(&self.fake, id, endpoint).await;
                return Ok(());
            }
            let other = connect(&Wire::to(&self.fake), &[], &self.folder);
            let images = self.ground.images.iter().flatten();
            let source = images
                .map(|image| (image.digest.to_string(), image.source.clone()))
                .find(|(digest, _)| object.key.to_string().contains(digest))
                .map(|(_, source)| source);
            let write = Write {
                address: Address::block("foreign", "one"),
                key: object.key.clone(),
                expect: None,
                then: Some(Wanted { spec: object.spec.clone(), mark: None, source }),
            };
            let stack = self.ground.stack.clone();
            other.commit(&Batch { stack, writes: vec![write], repeated: false }).await?;
            Ok(())
        })
    }

    fn lose_next_answer(&self) -> bool {
        self.wire.lose();
        true
    }
}

fn told(failures: &[Failure]) -> String {
    let failures: Vec<String> = failures.iter().map(ToString::to_string).collect();
    failures.join("\n\n")
}

#[tokio::test(start_paused = true)]
async fn names_and_repositories_keep_the_contract() {
    let nowhere = Path::new("");
    let failures = conformance::run(|_| Stand::new(Fake::new(ACCOUNT), None, nowhere)).await;
    assert!(failures.is_empty(), "{}", told(&failures));
}

#[tokio::test]
async fn images_keep_the_contract() {
    let folder = std::env::temp_dir().join(format!("lifeboat-aws-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let images = ["one", "two"].map(|name| image(&folder, name));
    let mut stands = Vec::new();
    for _ in conformance::CASES {
        let fake = Fake::new(ACCOUNT);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        fake.settings(|s| s.registry = Some(format!("http://127.0.0.1:{port}")));
        fake.settings(|settings| settings.buckets = false);
        tokio::spawn(fake.clone().serve(listener));
        stands.push(Stand::new(fake, Some(images.clone()), &folder));
    }
    let failures = conformance::run(|_| stands.pop().unwrap()).await;
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(failures.is_empty(), "{}", told(&failures));
}
