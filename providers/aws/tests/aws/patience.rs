//! Calls wait for their turn, however long that takes; by the real clock, which the SDK looks at.

use std::sync::Arc;
use std::time::Duration;

use lifeboat_aws_fake::Fake;
use lifeboat_contract::{
    Address, Batch, CheckReference, Endpoint, HealthCheck, Key, Mark, Protocol, Provider, Spec,
    Stack, Wanted, Write,
};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::bench::{ACCOUNT, Wire, connect};

/// Beyond those that may be made at once, Route 53 takes a check every two seconds. The SDK counts
/// an upload as stalled after twenty.
#[tokio::test]
async fn checks_that_are_made_all_at_once_wait_for_their_turn() {
    let fake = Fake::new(ACCOUNT);
    let aws = Arc::new(connect(&Wire::to(&fake), &[], "".as_ref()));
    let stack: Stack = "suite".parse().unwrap();
    let start = Instant::now();
    let mut commits = JoinSet::new();
    for n in 0..62 {
        let address = Address::block("health_check", &format!("web{n}"));
        let reference =
            CheckReference { stack: stack.clone(), address: address.digest(), generation: 1 };
        let endpoint = Endpoint::new(Protocol::Tcp, "192.0.2.1".to_owned(), 443);
        let spec = Spec::HealthCheck(HealthCheck::Endpoint(endpoint));
        let mark = Some(Mark::of(&stack, &spec));
        let then = Some(Wanted { spec, mark, source: None });
        let write = Write { address, key: Key::HealthCheck { reference }, expect: None, then };
        let (aws, stack) = (Arc::clone(&aws), stack.clone());
        commits.spawn(async move {
            aws.commit(&Batch { stack, writes: vec![write], repeated: false }).await
        });
    }
    while let Some(commit) = commits.join_next().await {
        commit.unwrap().unwrap();
    }
    assert!(start.elapsed() > Duration::from_secs(24), "{:?}", start.elapsed());
    let refused = fake.calls().into_iter().filter(|call| call.code.is_some()).count();
    assert_eq!(refused, 0);
}
