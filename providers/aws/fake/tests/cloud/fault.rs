//! Faults that were ordered, rights that are missing, regions that are cut off.

use std::time::Duration;

use lifeboat_aws_fake::{Answer, Fake, Fault, FaultKind, GLOBAL};
use tokio::time::Instant;

use crate::drive::{
    ACCOUNT, batch, call, change, cloud, create_check, got, patient, records, request, signed, zone,
};

fn order(fake: &Fake, action: &str, skip: usize, kind: FaultKind) {
    let action = Some(action.to_owned());
    fake.inject(Fault { service: Some("route53".to_owned()), action, region: None, skip, kind });
}

#[tokio::test(start_paused = true)]
async fn faults_come_once_and_in_their_turn() {
    let fake = patient();
    order(&fake, "ListHostedZones", 1, FaultKind::Throttle);
    order(&fake, "ListHostedZones", 1, FaultKind::Status(503));
    order(&fake, "ListHealthChecks", 0, FaultKind::Denied);
    let mut seen = Vec::new();
    for _ in 0..4 {
        let got = call(&fake, "GET", "hostedzone", "").await;
        seen.push((got.status, got.code()));
    }
    let wanted = [(200, ""), (400, "Throttling"), (503, "ServiceUnavailable"), (200, "")];
    assert_eq!(seen, wanted.map(|(status, code)| (status, code.to_owned())));
    assert_eq!(call(&fake, "GET", "healthcheck", "").await.code(), "AccessDenied");
}

#[tokio::test(start_paused = true)]
async fn answers_are_lost_before_or_after() {
    let fake = patient();
    let id = zone(&fake, "example.com").await;
    let path = format!("hostedzone/{id}/rrset/");
    let body = batch("CREATE a.example.com A ttl=1 v=192.0.2.1");
    for (kind, there) in [(FaultKind::CutBefore, 0), (FaultKind::CutAfter, 1)] {
        order(&fake, "ChangeResourceRecordSets", 0, kind);
        let answer = fake.answer(request("POST", &path, &body)).await;
        assert!(matches!(answer, Answer::Cut), "{answer:?}");
        assert_eq!(records(&fake, &id).await.len(), 2 + there);
    }
    let call =
        fake.calls().into_iter().rfind(|it| it.action == "ChangeResourceRecordSets").unwrap();
    assert_eq!((call.status, call.code), (0, None));
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_does_not_wait_finds_its_change_carried_out() {
    let fake = patient();
    let id = zone(&fake, "example.com").await;
    let changed = change(&fake, &id, "CREATE a.example.com A ttl=1 v=192.0.2.1");
    tokio::time::timeout(Duration::from_millis(10), changed).await.unwrap_err();
    assert_eq!(records(&fake, &id).await.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn answers_are_late() {
    let fake = patient();
    order(&fake, "ListHostedZones", 0, FaultKind::Delay(Duration::from_secs(7)));
    let begun = Instant::now();
    call(&fake, "GET", "hostedzone", "").await.fine();
    assert_eq!(begun.elapsed(), Duration::from_secs(7));
}

#[tokio::test(start_paused = true)]
async fn missing_rights_are_told_in_aws_words() {
    let fake = patient();
    fake.settings(|settings| {
        settings.denied.insert("route53:CreateHealthCheck".to_owned());
    });
    let got = create_check(&fake, "a", "<Type>HTTP</Type>").await;
    assert_eq!((got.status, got.code().as_str()), (403, "AccessDenied"));
    let message = format!(
        "User: arn:aws:iam::{ACCOUNT}:user/lifeboat is not authorized to perform: \
         route53:CreateHealthCheck because no identity-based policy allows the \
         route53:CreateHealthCheck action"
    );
    assert_eq!(got.text("Message"), message);
}

#[tokio::test(start_paused = true)]
async fn endpoints_hang_while_they_are_cut_off() {
    let fake = cloud();
    fake.cut("us-east-1");
    call(&fake, "GET", "hostedzone", "").await.fine();
    fake.cut(GLOBAL);
    assert!(matches!(fake.answer(request("GET", "hostedzone", "")).await, Answer::Hangs));
    fake.heal(GLOBAL);
    call(&fake, "GET", "hostedzone", "").await.fine();
    let statuses: Vec<u16> = fake.calls().iter().map(|call| call.status).collect();
    assert_eq!(statuses, [200, 0, 200]);
    fake.forget_calls();
    assert!(fake.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn requests_must_be_signed_and_meant_for_something() {
    let fake = cloud();
    let unsigned = http::Request::get("/2013-04-01/hostedzone").body(Vec::new()).unwrap();
    let refused = got(fake.answer(unsigned).await);
    assert_eq!((refused.status, refused.code().as_str()), (403, "MissingAuthenticationToken"));
    assert_eq!(call(&fake, "GET", "trafficpolicies", "").await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn the_caller_is_told_who_it_is() {
    let fake = cloud();
    let body = b"Action=GetCallerIdentity&Version=2011-06-15".to_vec();
    let request = signed("sts", "eu-west-1").method("POST").uri("/").body(body).unwrap();
    let got = got(fake.answer(request).await).fine();
    assert_eq!(got.text("Account"), ACCOUNT);
    let call = &fake.calls()[0];
    assert_eq!((call.service.as_str(), call.action.as_str()), ("sts", "GetCallerIdentity"));
}
