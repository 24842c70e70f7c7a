//! What the cloud refuses beyond the suite that every provider passes.

use lifeboat_contract::{
    CheckRef, HealthCheck, Key, ProviderError, RecordType, Spec, Stack, Write,
};
use lifeboat_local::Cloud;

use crate::fixture::{batch, change, check, create, delete, name, plain, zone, zone_name};

fn with_zone() -> Cloud {
    let mut cloud = Cloud::default();
    cloud.commit(&batch(vec![create(zone("example.com"))])).unwrap();
    cloud
}

fn refused(cloud: &mut Cloud, writes: Vec<Write>) {
    let before = cloud.clone();
    let error = cloud.commit(&batch(writes)).unwrap_err();
    let is = matches!(error, ProviderError::Refused { .. } | ProviderError::Unsupported { .. });
    assert!(is, "{error:?}");
    assert_eq!(*cloud, before, "a refused batch leaves no trace");
}

#[test]
fn a_batch_has_one_form() {
    let mut cloud = with_zone();
    let set = |at: &str| create(plain("example.com", at, "192.0.2.1"));
    refused(&mut cloud, vec![set("a.example.com"), set("a.example.com")]);
    refused(&mut cloud, vec![set("a.example.com"), create(check("web"))]);
    refused(&mut cloud, vec![create(zone("one.example")), create(zone("two.example"))]);
    let other = create(plain("example.org", "www.example.org", "192.0.2.1"));
    refused(&mut cloud, vec![set("a.example.com"), other.clone()]);
    refused(&mut cloud, vec![other]);
    refused(&mut cloud, (0..1001).map(|n| set(&format!("n{n}.example.com"))).collect());
    let mut wrong = set("a.example.com");
    wrong.then = create(check("web")).then;
    refused(&mut cloud, vec![wrong]);
    let mut theirs = batch(vec![set("a.example.com")]);
    theirs.stack = "other".parse::<Stack>().unwrap();
    assert!(matches!(cloud.commit(&theirs), Err(ProviderError::Refused { .. })));
}

#[test]
fn values_have_the_form_of_their_type() {
    let mut cloud = with_zone();
    for value in ["", "192.0.2", "192.0.2.256", "2001:db8::1", "www.example.com"] {
        refused(&mut cloud, vec![create(plain("example.com", "www.example.com", value))]);
    }
    let (Key::RecordSet { zone, .. }, spec) = plain("example.com", "x", "example.org") else {
        unreachable!("a record set has a record set's key")
    };
    let apex =
        Key::RecordSet { name: zone.name.clone(), zone, rtype: RecordType::Cname, label: None };
    refused(&mut cloud, vec![create((apex, spec))]);
}

#[test]
fn checks_do_not_count_themselves() {
    let mut cloud = Cloud::default();
    let calculated = |of: &str, counts: &[&str]| {
        let reference = |of| {
            let Key::HealthCheck { reference } = check(of).0 else { unreachable!("it is a check") };
            CheckRef::Marked(reference)
        };
        let checks = counts.iter().map(|count| reference(count)).collect();
        let spec = Spec::HealthCheck(HealthCheck::Calculated {
            checks,
            at_least: 1,
            inverted: false,
            disabled: false,
        });
        (check(of).0, spec)
    };
    refused(&mut cloud, vec![create(calculated("one", &["one"]))]);
    refused(&mut cloud, vec![create(calculated("one", &["absent"]))]);
    refused(&mut cloud, vec![create(calculated("one", &[]))]);
    cloud.commit(&batch(vec![create(check("leaf"))])).unwrap();
    cloud.commit(&batch(vec![create(calculated("one", &["leaf"]))])).unwrap();
    cloud.commit(&batch(vec![create(calculated("two", &["one"]))])).unwrap();
    let one = cloud.get(&calculated("one", &[]).0).unwrap();
    refused(&mut cloud, vec![change(&one, calculated("one", &["leaf", "two"]).1)]);
    let leaf = cloud.get(&check("leaf").0).unwrap();
    refused(&mut cloud, vec![delete(&leaf)]);
    refused(&mut cloud, vec![change(&leaf, calculated("leaf", &["two"]).1)]);
}

#[test]
fn what_cannot_change_in_place_does_not() {
    let mut cloud = Cloud::default();
    cloud.commit(&batch(vec![create(check("web"))])).unwrap();
    let found = cloud.get(&check("web").0).unwrap();
    let Spec::HealthCheck(HealthCheck::Endpoint(endpoint)) = found.spec.clone() else {
        unreachable!("{found:?}")
    };
    let mut faster = endpoint.clone();
    faster.interval += 1;
    refused(&mut cloud, vec![change(&found, Spec::HealthCheck(HealthCheck::Endpoint(faster)))]);
    let mut other = endpoint;
    other.host = "other.example.com".to_owned();
    let other = Spec::HealthCheck(HealthCheck::Endpoint(other));
    cloud.commit(&batch(vec![change(&found, other)])).unwrap();
    assert_eq!(cloud.get(&found.key).unwrap().version, Some(2));
}

#[test]
fn a_foreign_check_can_be_depended_on() {
    let mut cloud = with_zone();
    let (key, Spec::RecordSet(mut set)) = plain("example.com", "www.example.com", "192.0.2.1")
    else {
        unreachable!("a record set has a record set's key")
    };
    set.health_check = Some(CheckRef::Id("by-hand".to_owned()));
    let write = create((key, Spec::RecordSet(set)));
    refused(&mut cloud, vec![write.clone()]);
    let Spec::HealthCheck(by_hand) = check("by hand").1 else { unreachable!("it is a check") };
    cloud.plant_check("by-hand", by_hand);
    cloud.commit(&batch(vec![write])).unwrap();
    let www = name("www.example.com");
    assert_eq!(cloud.record_sets(&zone_name("example.com"), &www, RecordType::A).count(), 1);
}
