//! Record sets of others are read with all that decides which of them is answered.

use std::collections::BTreeMap;

use lifeboat_aws_fake::Fake;
use lifeboat_contract::{
    Address, Area, Batch, Depth, FailoverRole, Key, Mark, Object, Provider, Routing, Scope, Site,
    Spec, Stack, Wanted, Write, Zone, ZoneName,
};

use crate::bench::{ACCOUNT, Wire, connect, post};

/// A set as Route 53 writes it, and what it is read as.
fn sets() -> Vec<(&'static str, &'static str, Routing)> {
    let country = "US".to_owned();
    let point = |latitude: &str, longitude: &str| Site::Point {
        latitude: latitude.parse().unwrap(),
        longitude: longitude.parse().unwrap(),
    };
    let region = |name: &str| name.parse().unwrap();
    vec![
        ("failover", "<Failover>SECONDARY</Failover>", Routing::Failover(FailoverRole::Secondary)),
        ("weight", "<Weight>255</Weight>", Routing::Weighted { weight: 255 }),
        ("latency", "<Region>eu-west-1</Region>", Routing::Latency { region: region("eu-west-1") }),
        (
            "default",
            "<GeoLocation><CountryCode>*</CountryCode></GeoLocation>",
            Routing::Geolocation(Area::Default),
        ),
        (
            "continent",
            "<GeoLocation><ContinentCode>EU</ContinentCode></GeoLocation>",
            Routing::Geolocation(Area::Continent("EU".to_owned())),
        ),
        (
            "country",
            "<GeoLocation><CountryCode>US</CountryCode></GeoLocation>",
            Routing::Geolocation(Area::Country(country.clone())),
        ),
        (
            "state",
            "<GeoLocation><CountryCode>US</CountryCode><SubdivisionCode>TX</SubdivisionCode>\
             </GeoLocation>",
            Routing::Geolocation(Area::Subdivision { country, code: "TX".to_owned() }),
        ),
        (
            "region",
            "<GeoProximityLocation><AWSRegion>us-east-1</AWSRegion></GeoProximityLocation>",
            Routing::Geoproximity { site: Site::Location(region("us-east-1")), bias: 0 },
        ),
        (
            "group",
            "<GeoProximityLocation><LocalZoneGroup>us-east-1-bos-1</LocalZoneGroup>\
             <Bias>-99</Bias></GeoProximityLocation>",
            Routing::Geoproximity { site: Site::Location(region("us-east-1-bos-1")), bias: -99 },
        ),
        (
            "point",
            "<GeoProximityLocation><Bias>20</Bias><Coordinates><Latitude>-33.87</Latitude>\
             <Longitude>151.2</Longitude></Coordinates></GeoProximityLocation>",
            Routing::Geoproximity { site: point("-33.87", "151.2"), bias: 20 },
        ),
        (
            "cidr",
            "<CidrRoutingConfig><CollectionId>c-1</CollectionId><LocationName>*</LocationName>\
             </CidrRoutingConfig>",
            Routing::Cidr { collection: "c-1".to_owned(), location: "*".to_owned() },
        ),
        ("multi", "<MultiValueAnswer>true</MultiValueAnswer>", Routing::Multivalue),
    ]
}

#[tokio::test(start_paused = true)]
async fn every_policy_is_read_with_its_facts() {
    let fake = Fake::new(ACCOUNT);
    let aws = connect(&Wire::to(&fake), &[], "".as_ref());
    let stack: Stack = "suite".parse().unwrap();
    let name: ZoneName = "example.com".parse().unwrap();
    let spec = Spec::Zone(Zone::default());
    let then = Wanted { mark: Some(Mark::of(&stack, &spec)), spec, source: None };
    let key = Key::Zone { name: name.clone() };
    let address = Address::block("zone", "main");
    let write = Write { address, key, expect: None, then: Some(then) };
    let batch = Batch { stack: stack.clone(), writes: vec![write], repeated: false };
    let receipt = aws.commit(&batch).await.unwrap();
    let id = receipt.ids[0].clone().unwrap();

    let changes = sets().into_iter().map(|(label, policy, _)| {
        format!(
            "<Change><Action>CREATE</Action><ResourceRecordSet><Name>{label}.example.com</Name>\
             <Type>A</Type><SetIdentifier>theirs</SetIdentifier>{policy}<TTL>60</TTL>\
             <ResourceRecords><ResourceRecord><Value>192.0.2.1</Value></ResourceRecord>\
             </ResourceRecords></ResourceRecordSet></Change>"
        )
    });
    let body = format!(
        "<ChangeResourceRecordSetsRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\">\
         <ChangeBatch><Changes>{}</Changes></ChangeBatch></ChangeResourceRecordSetsRequest>",
        changes.collect::<String>()
    );
    post(&fake, &format!("/2013-04-01/hostedzone/{id}/rrset"), body).await;

    let scope = Scope {
        stack,
        zones: [(name, 100)].into(),
        locations: [].into(),
        repositories: [].into(),
        checks: 0,
        depth: Depth::Plan,
    };
    let objects: Vec<Object> = aws.observe(&scope).await.unwrap().objects;
    let read: BTreeMap<String, Routing> = objects
        .into_iter()
        .filter_map(|object| match (object.key, object.spec) {
            (Key::RecordSet { name, label: Some(_), .. }, Spec::RecordSet(set)) => {
                Some((name.to_string(), set.routing))
            }
            (_, _) => None,
        })
        .collect();
    let expected =
        sets().into_iter().map(|(label, _, routing)| (format!("{label}.example.com"), routing));
    assert_eq!(read, expected.collect());
}
