//! The suite that every provider must pass.

use lifeboat_aws::{Aws, INFO};
use lifeboat_aws_fake::Fake;
use lifeboat_contract::conformance::{self, Bench, Failure, Ground};
use lifeboat_contract::{
    Batch, BoxFuture, Key, Object, Provider, ProviderInfo, Spec, Wanted, Write,
};

use crate::bench::{ACCOUNT, Wire, aws, connect};

struct Stand {
    fake: Fake,
    wire: Wire,
    aws: Aws,
    ground: Ground,
}

impl Stand {
    fn new() -> Self {
        let fake = Fake::new(ACCOUNT);
        let wire = Wire::to(&fake);
        Self {
            aws: connect(&wire, &[]),
            wire,
            fake,
            ground: Ground {
                stack: "suite".parse().unwrap(),
                zone: "conformance.example".parse().unwrap(),
                location: "eu-west-1".parse().unwrap(),
                images: None,
            },
        }
    }
}

impl Bench for Stand {
    fn info(&self) -> ProviderInfo {
        let mut c = INFO.capabilities.clone();
        c.images = false;
        ProviderInfo { capabilities: Box::leak(Box::new(c)), ..INFO }
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
            let other = aws(&self.fake);
            let write = Write {
                address: lifeboat_contract::Address::block("foreign", "one"),
                key: object.key.clone(),
                expect: None,
                then: Some(Wanted { spec: object.spec.clone(), mark: None, source: None }),
            };
            assert!(matches!(
                (&object.key, &object.spec),
                (Key::RecordSet { .. }, Spec::RecordSet(_))
            ));
            let stack = self.ground.stack.clone();
            let batch = Batch { stack, writes: vec![write], repeated: false };
            other.commit(&batch).await?;
            Ok(())
        })
    }

    fn lose_next_answer(&self) -> bool {
        self.wire.lose();
        true
    }
}

#[tokio::test(start_paused = true)]
async fn aws_keeps_the_contract() {
    let failures = conformance::run(|_| Stand::new()).await;
    let failures: Vec<String> = failures.iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
