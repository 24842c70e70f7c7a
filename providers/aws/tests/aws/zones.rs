//! Zones: private ones and who sees them, beside public ones of the same name; made again after they
//! were deleted; let go of.

use lifeboat_aws::Aws;
use lifeboat_aws_fake::Fake;
use lifeboat_contract::{
    Address, Batch, Depth, Key, Mark, Network, Object, Provider, Scope, Spec, Stack, Wanted, Write,
    Zone, ZoneName,
};

use crate::bench::{ACCOUNT, Wire, connect};

fn stack() -> Stack {
    "suite".parse().unwrap()
}

fn aws() -> Aws {
    connect(&Wire::to(&Fake::new(ACCOUNT)), &[], "".as_ref())
}

fn seen_from(networks: &[(&str, &str)]) -> Spec {
    let networks = networks.iter().map(|(location, id)| Network {
        location: location.parse().unwrap(),
        id: (*id).to_owned(),
    });
    Spec::Zone(Zone { comment: None, networks: networks.collect() })
}

fn key(zone: &str) -> Key {
    Key::Zone { name: zone.parse().unwrap() }
}

async fn write(aws: &Aws, zone: &str, expect: Option<Object>, then: Option<Wanted>) {
    let write = Write { address: Address::block("zone", "main"), key: key(zone), expect, then };
    let batch = Batch { stack: stack(), writes: vec![write], repeated: false };
    let receipt = aws.commit(&batch).await.unwrap();
    aws.settle(&receipt).await.unwrap();
}

fn ours(spec: Spec) -> Wanted {
    Wanted { mark: Some(Mark::of(&stack(), &spec)), spec, source: None }
}

async fn see(aws: &Aws, zone: &str) -> Option<Object> {
    let name: ZoneName = zone.parse().unwrap();
    let scope = Scope {
        stack: stack(),
        zones: [(name, 0)].into(),
        locations: [].into(),
        repositories: [].into(),
        checks: 0,
        depth: Depth::Plan,
    };
    let objects = aws.observe(&scope).await.unwrap().objects;
    objects.into_iter().find(|object| object.key == key(zone))
}

#[tokio::test(start_paused = true)]
async fn a_private_zone_is_seen_from_its_networks_alone() {
    const PRIVATE: &str = "example.com (private)";
    let aws = aws();
    let first = seen_from(&[("eu-west-1", "vpc-0a1"), ("us-east-1", "vpc-0b2")]);
    write(&aws, "example.com", None, Some(ours(seen_from(&[])))).await;
    write(&aws, PRIVATE, None, Some(ours(first.clone()))).await;
    let made = see(&aws, PRIVATE).await.unwrap();
    assert_eq!(made.spec, first);
    assert_ne!(see(&aws, "example.com").await.unwrap().id, made.id);

    // Every network is another: the new ones come before the old ones go.
    let second = seen_from(&[("eu-west-1", "vpc-0c3")]);
    write(&aws, PRIVATE, Some(made), Some(ours(second.clone()))).await;
    let changed = see(&aws, PRIVATE).await.unwrap();
    assert_eq!(changed.spec, second);

    write(&aws, PRIVATE, Some(changed), None).await;
    assert!(see(&aws, PRIVATE).await.is_none());
    assert!(see(&aws, "example.com").await.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_zone_is_made_again_after_it_was_deleted() {
    let aws = aws();
    for _ in 0..3 {
        write(&aws, "example.com", None, Some(ours(seen_from(&[])))).await;
        let made = see(&aws, "example.com").await.unwrap();
        assert_eq!(made.mark, Some(Mark::of(&stack(), &seen_from(&[]))));
        write(&aws, "example.com", Some(made), None).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_zone_that_was_let_go_of_is_nobody_s() {
    let aws = aws();
    write(&aws, "example.com", None, Some(ours(seen_from(&[])))).await;
    let made = see(&aws, "example.com").await.unwrap();
    let released = Wanted { spec: made.spec.clone(), mark: None, source: None };
    write(&aws, "example.com", Some(made), Some(released)).await;
    let there = see(&aws, "example.com").await.unwrap();
    assert_eq!(there.mark, None, "although its reference still tells who made it");
}
