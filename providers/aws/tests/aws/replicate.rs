//! Images that the registry itself brings to another region.

use std::time::Duration;

use lifeboat_aws::Aws;
use lifeboat_aws_fake::Fake;
use lifeboat_contract::{
    Address, Batch, Depth, ImageCopy, ImageSource, Key, Location, Mark, Object, Provider,
    Repository, Scope, Spec, Stack, Wanted, Write,
};
use serde_json::{Value, json};

use crate::bench::{ACCOUNT, Wire, ask, connect, image};

const HOME: &str = "us-east-1";
const AWAY: &str = "eu-west-1";

fn stack() -> Stack {
    "suite".parse().unwrap()
}

fn location(text: &str) -> Location {
    text.parse().unwrap()
}

async fn write(aws: &Aws, key: Key, expect: Option<Object>, then: Option<(Spec, ImageSource)>) {
    let then = then.map(|(spec, source)| Wanted {
        mark: Some(Mark::of(&stack(), &spec)),
        source: Some(source).filter(|_| matches!(spec, Spec::ImageCopy(_))),
        spec,
    });
    let writes = vec![Write { address: Address::block("image", "web"), key, expect, then }];
    aws.commit(&Batch { stack: stack(), writes, repeated: false }).await.unwrap();
}

fn repository(at: &str, to: &[&str]) -> (Key, Spec) {
    let key = Key::Repository { location: location(at), name: "shop/web".parse().unwrap() };
    let replicate_to = to.iter().map(|to| location(to)).collect();
    (key, Spec::Repository(Repository { replicate_to, ..Repository::default() }))
}

async fn see(aws: &Aws) -> Vec<Object> {
    let scope = Scope {
        stack: stack(),
        zones: [].into(),
        locations: [location(HOME), location(AWAY)].into(),
        repositories: ["shop/web".parse().unwrap()].into(),
        checks: 0,
        depth: Depth::Plan,
    };
    aws.observe(&scope).await.unwrap().objects
}

async fn rules(fake: &Fake) -> Vec<Value> {
    let registry = ask(fake, HOME, "DescribeRegistry", &json!({})).await;
    registry["replicationConfiguration"]["rules"].as_array().unwrap().clone()
}

/// Nothing is uploaded to the other region, and what another tool has set up stays.
#[tokio::test]
async fn the_registry_brings_what_it_is_told_to() {
    let folder = std::env::temp_dir().join(format!("lifeboat-replicate-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let web = image(&folder, "web");
    let fake = Fake::new(ACCOUNT);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    fake.settings(|settings| {
        settings.registry = Some(format!("http://127.0.0.1:{port}"));
        settings.replication_after = Duration::from_secs(1);
    });
    tokio::spawn(fake.clone().serve(listener));
    let foreign = json!({
        "destinations": [{ "region": "ap-southeast-2", "registryId": ACCOUNT }],
        "repositoryFilters": [{ "filter": "other/", "filterType": "PREFIX_MATCH" }],
    });
    let whole = json!({ "replicationConfiguration": { "rules": [foreign] } });
    ask(&fake, HOME, "PutReplicationConfiguration", &whole).await;

    let aws = connect(&Wire::to(&fake), &[], &folder);
    for (key, spec) in [repository(HOME, &[AWAY]), repository(AWAY, &[])] {
        write(&aws, key, None, Some((spec, web.source.clone()))).await;
    }
    assert_eq!(rules(&fake).await.len(), 2, "one rule is ours, and one is not");
    assert!(rules(&fake).await.contains(&foreign));

    let copy = |at: &str| Key::ImageCopy {
        location: location(at),
        repository: "shop/web".parse().unwrap(),
        digest: web.digest.clone(),
    };
    let spec = Spec::ImageCopy(ImageCopy { tag: "lb-1".to_owned() });
    write(&aws, copy(HOME), None, Some((spec.clone(), web.source.clone()))).await;
    fake.forget_calls();
    let brought =
        ImageSource::Replicated { from: location(HOME), source: Box::new(web.source.clone()) };
    write(&aws, copy(AWAY), None, Some((spec.clone(), brought))).await;
    let uploads = fake.calls().into_iter().filter(|call| call.action == "StartUpload");
    assert_eq!(uploads.count(), 0, "the registry brings it");
    for at in [HOME, AWAY] {
        let found = see(&aws).await.into_iter().find(|object| object.key == copy(at)).unwrap();
        assert_eq!((found.spec, found.mark), (spec.clone(), Some(Mark::of(&stack(), &spec))));
    }

    let there = see(&aws).await;
    let old = there.iter().find(|object| object.key == repository(HOME, &[]).0).unwrap();
    assert_eq!(old.spec, repository(HOME, &[AWAY]).1);
    let (key, alone) = repository(HOME, &[]);
    write(&aws, key, Some(old.clone()), Some((alone, web.source.clone()))).await;
    assert_eq!(rules(&fake).await, [foreign], "only our rule is gone");
    std::fs::remove_dir_all(&folder).unwrap();
}
