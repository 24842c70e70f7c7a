//! Who asks exactly learns that somebody else has changed a health check.

use lifeboat_aws_fake::Fake;
use lifeboat_contract::{
    Address, Batch, CheckReference, Depth, Endpoint, HealthCheck, Key, Mark, Object, Protocol,
    Provider, Scope, Spec, SpecHash, Stack, Wanted, Write,
};

use crate::bench::{ACCOUNT, Wire, change_check, connect};

#[tokio::test(start_paused = true)]
async fn a_check_that_somebody_changed_has_the_hash_of_what_was_applied() {
    let fake = Fake::new(ACCOUNT);
    let aws = connect(&Wire::to(&fake), &[], "".as_ref());
    let stack: Stack = "suite".parse().unwrap();
    let address = Address::block("health_check", "web");
    let reference =
        CheckReference { stack: stack.clone(), address: address.digest(), generation: 1 };
    let endpoint = Endpoint::new(Protocol::Https, "web.example.com".to_owned(), 443);
    let path = Some("/".to_owned());
    let spec = Spec::HealthCheck(HealthCheck::Endpoint(Endpoint { path, ..endpoint }));
    let then = Wanted { spec: spec.clone(), mark: Some(Mark::of(&stack, &spec)), source: None };
    let key = Key::HealthCheck { reference };
    let writes = vec![Write { address, key, expect: None, then: Some(then) }];
    let receipt =
        aws.commit(&Batch { stack: stack.clone(), writes, repeated: false }).await.unwrap();
    change_check(&fake, receipt.ids[0].as_deref().unwrap(), 5).await;

    let see = async |depth| -> Object {
        let scope = Scope {
            stack: stack.clone(),
            zones: [].into(),
            locations: [].into(),
            repositories: [].into(),
            checks: 1,
            depth,
        };
        aws.observe(&scope).await.unwrap().objects.remove(0)
    };
    let exact = see(Depth::Marks).await;
    assert_eq!(exact.mark.unwrap().spec, SpecHash::of(&spec));
    assert_ne!(SpecHash::of(&exact.spec), SpecHash::of(&spec), "somebody has changed it");
    // A plan does without, and is spared a call for every ten checks.
    let usual = see(Depth::Plan).await;
    assert_eq!(usual.mark.unwrap().spec, SpecHash::of(&usual.spec));
}
