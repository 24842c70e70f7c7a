//! The answers that Route 53's pages give or imply, case by case.

use std::collections::BTreeMap;

use lifeboat_contract::routing::{
    Alarm, Assumptions, Bias, Checks, Client, OnInsufficient, Place, UnhealthyBlock, ZeroWeight,
    Zone, alarm_healthy, endpoint_healthy,
};
use lifeboat_contract::{CheckRef, Endpoint, HealthCheck, Protocol, RecordType};

use crate::text::{ask, name, shown, zone};

/// Asks while each of the lists of checks is unhealthy, and compares.
fn check(zone: &Zone, client: &Client, cases: &[(&str, &str)]) {
    for (dead, expected) in cases {
        assert_eq!(ask(zone, client, dead), *expected, "unhealthy: {dead}");
    }
}

fn anyone() -> Client {
    Client::unknown()
}

fn from(continent: &str, country: &str, state: Option<&str>) -> Client {
    let place = Place::At {
        continent: continent.to_owned(),
        country: Some(country.to_owned()),
        subdivision: state.map(str::to_owned),
    };
    Client { place, ..anyone() }
}

fn near(regions: &[(&str, u32)]) -> Client {
    let latency = regions.iter().map(|(region, ms)| (region.parse().unwrap(), *ms)).collect();
    Client { latency, ..anyone() }
}

#[test]
fn weights() {
    let text = "www 1 weight=1 check=1\nwww 2 weight=1 check=2\n";
    let both = "0.5 1, 0.5 2";
    let checked = zone(&format!("{text}www 3 weight=0 check=3"));
    let cases = [("1 2", "3"), ("1 2 3", both), ("1 3", "2"), ("3", both), ("", both)];
    check(&checked, &anyone(), &cases);
    let unchecked = zone(&format!("{text}www 3 weight=0"));
    check(&unchecked, &anyone(), &[("", both), ("1 2", "3"), ("1", "2")]);
    let uneven = zone("www 1 weight=1\nwww 2 weight=255");
    check(&uneven, &anyone(), &[("", "0.00390625 1, 0.99609375 2")]);
    let zeros = zone("www 1 weight=0\nwww 2 weight=0\nwww 3 weight=0\nwww 4 weight=0");
    check(&zeros, &anyone(), &[("", "0.25 1, 0.25 2, 0.25 3, 0.25 4")]);
}

#[test]
fn failover() {
    let pair = zone("www P primary check=p\nwww S secondary check=s");
    check(&pair, &anyone(), &[("", "P"), ("s", "P"), ("p", "S"), ("p s", "P")]);
    let pair = zone("www P primary check=p\nwww S secondary");
    check(&pair, &anyone(), &[("", "P"), ("p", "S")]);
    check(&zone("www P primary check=p"), &anyone(), &[("", "P"), ("p", "P")]);
    let lone = "the only set of `www.example.com` A is an unhealthy secondary";
    check(&zone("www S secondary check=s"), &anyone(), &[("", "S"), ("s", lone)]);
}

#[test]
fn geolocation() {
    let world = zone(
        "www tx geo=state:US-TX check=tx
         www us geo=country:US check=us
         www na geo=continent:NA check=na
         www * geo=* check=*",
    );
    let texan = from("NA", "US", Some("TX"));
    let cases =
        [("", "tx"), ("tx", "us"), ("tx us", "na"), ("tx us na", "*"), ("tx us na *", "tx")];
    check(&world, &texan, &cases);
    check(&world, &from("EU", "DE", None), &[("", "*"), ("*", "*")]);
    let unmapped = Client { place: Place::Unmapped, ..anyone() };
    check(&world, &unmapped, &[("", "*")]);
    check(&world, &anyone(), &[("", "where the client is is unknown")]);
    check(&zone("www us geo=country:US"), &from("EU", "DE", None), &[("", "no data")]);
    check(&zone("www all geo=*"), &anyone(), &[("", "all")]);
}

#[test]
fn multivalue() {
    let line = |n: usize| format!("www {n:02} multi check={n:02} ttl={n}\n");
    let many = zone(&(1..=12).map(line).collect::<String>());
    let all = "01 02 03 04 05 06 07 08 09 10 11 12";
    let eight = format!("8 of {all}");
    let five = ("01 02 03 04 05 06 07", "08 09 10 11 12");
    check(&many, &anyone(), &[("", eight.as_str()), five, (all, eight.as_str())]);
}

#[test]
fn geoproximity() {
    let degrees = |kilometres: f64| kilometres / (6371.0 * std::f64::consts::PI / 180.0);
    let (a, b) = (degrees(150.0), degrees(100.0));
    let pair = |bias: i8| {
        zone(&format!("www A near={a:.2},0,{bias} check=a\nwww B near=-{b:.2},0,0 check=b"))
    };
    let here = Client { coordinates: Some((0.0, 0.0)), ..anyone() };
    check(&pair(50), &here, &[("", "A"), ("a", "B"), ("a b", "A")]);
    check(&pair(0), &here, &[("", "B")]);
    // At -99 the two formulas differ: 1.99 times as far, or 100 times.
    let far = zone("www A near=0.1,0,-99\nwww B near=-5,0,0");
    check(&far, &here, &[("", "A")]);
    let old = Assumptions { bias: Bias::Of2023, ..Assumptions::CURRENT };
    check(&far.assuming(old), &here, &[("", "B")]);
    let regions = zone("www A near=eu-west-1 check=a\nwww B near=us-east-1 check=b");
    let unknown = "which set of `www.example.com` A is nearer to the client is unknown";
    check(&regions, &here, &[("", unknown), ("a", "B"), ("b", "A"), ("a b", unknown)]);
    let sites = [("eu-west-1", (53.0, -8.0)), ("us-east-1", (38.0, -78.0))];
    let sites = sites.map(|(region, site)| (region.parse().unwrap(), site));
    check(&regions.with_sites(sites.into()), &here, &[("", "A"), ("a", "B"), ("a b", "A")]);
}

/// Weighted sets in two regions, behind aliases by latency.
const REGIONS: &str = "
    www us latency=us-east-1 alias=us eth
    www ap latency=ap-southeast-1 alias=ap eth
    us u1 weight=1 check=u1
    ap a1 weight=1 check=a1
    ap a2 weight=3 check=a2";

#[test]
fn aliases_by_latency() {
    let client = near(&[("us-east-1", 20), ("ap-southeast-1", 200)]);
    let (us, ap) = ("0.5 u1, 0.5 u2", "0.25 a1, 0.75 a2");
    let checked = zone(&format!("{REGIONS}\nus u2 weight=1 check=u2"));
    let cases = [("", us), ("u1", "u2"), ("u1 u2", ap), ("u1 u2 a1", "a2"), ("u1 u2 a1 a2", us)];
    check(&checked, &client, &cases);
    let pinned = zone(&format!("{REGIONS}\nus u2 weight=1"));
    check(&pinned, &client, &[("", us), ("u1", "u2")]);
    let blind = format!("{REGIONS}\nus u2 weight=1 check=u2").replace("alias=us eth", "alias=us");
    check(&zone(&blind), &client, &[("u1 u2", us)]);
    let gated =
        format!("{REGIONS}\nus u2 weight=1 check=u2").replace("alias=us", "check=gate alias=us");
    check(&zone(&gated), &client, &[("gate", ap), ("gate u1 a1 a2", "u2")]);
    let known_of_one = near(&[("us-east-1", 20)]);
    let unknown = "which set of `www.example.com` A is nearer to the client is unknown";
    check(&checked, &known_of_one, &[("", unknown), ("u1 u2", ap)]);
}

#[test]
fn blocks_of_addresses() {
    let sets =
        zone("www in cidr=c/in check=in\nwww out cidr=c/out check=out\nwww * cidr=c/* check=*");
    let blocks = |list: &[&str]| list.iter().map(|block| block.parse().unwrap()).collect();
    let of = |location: &str, list: &[&str]| (("c".to_owned(), location.to_owned()), blocks(list));
    let known = BTreeMap::from([
        of("in", &["198.51.100.0/24", "192.0.2.0/24"]),
        of("out", &["192.0.0.0/16", "2001:db8::/32"]),
    ]);
    let by = |subnet: &str| Client { subnet: Some(subnet.parse().unwrap()), ..anyone() };
    check(&sets, &by("192.0.2.1"), &[("", "the blocks of `in` in collection `c` are unknown")]);
    let sets = sets.with_blocks(known);
    check(&sets, &anyone(), &[("", "where the client is is unknown")]);
    check(&sets, &by("192.0.7.1"), &[("", "out")]);
    check(&sets, &by("2001:db8:1::/48"), &[("", "out")]);
    // A query that is less specific than the block does not match it.
    check(&sets, &by("192.0.2.0/23"), &[("", "out")]);
    check(&sets, &by("10.0.0.1"), &[("", "*")]);
    let open = "the set of `www.example.com` A for the client's block is unhealthy";
    check(&sets, &by("192.0.2.1"), &[("", "in"), ("in", open)]);
    let told =
        Assumptions { unhealthy_block: UnhealthyBlock::AsGeolocation, ..Assumptions::CURRENT };
    let cases = [("in", "out"), ("in out", "*"), ("in out *", "in")];
    check(&sets.assuming(told), &by("192.0.2.1"), &cases);
    let without_default = zone("www in cidr=c/in").with_blocks(BTreeMap::from([of("in", &[])]));
    check(&without_default, &by("192.0.2.1"), &[("", "no data")]);
}

#[test]
fn targets_outside_and_names() {
    let zone = zone(
        "www P primary elb=lb.elb.amazonaws.com eth
         www S secondary alias=site
         site V
         *.wild W
         x.y.wild Y",
    );
    let lb = "lb.elb.amazonaws.com";
    check(&zone, &anyone(), &[("", lb), (lb, "V")]);
    let at = |text: &str, rtype| {
        shown(&zone, &zone.tree(&name(text), rtype, &anyone()).answer(&|_| true))
    };
    for (text, expected) in [
        ("site", "V"),
        ("none", "no name"),
        ("some.wild", "W"),
        ("deep.some.wild", "W"),
        ("y.wild", "no data"),
        ("z.y.wild", "no name"),
        ("x.y.wild", "Y"),
        ("wild", "no data"),
    ] {
        assert_eq!(at(text, RecordType::A), expected, "{text}");
    }
    assert_eq!(at("some.wild", RecordType::Aaaa), "no data");
}

#[test]
fn what_cannot_be_told() {
    for (text, expected) in [
        (
            "www 1 alias=a eth\na 2 alias=www eth",
            "the aliases from `a.example.com` on go in a circle",
        ),
        ("www 1 alias=gone", "an alias leads to `gone.example.com` A, which does not exist"),
        ("www 1 weight=1\nwww 2 multi", "the sets of `www.example.com` A cannot be together"),
        ("www 1 primary\nwww 2 primary", "the sets of `www.example.com` A cannot be together"),
        ("www 1 multi alias=a\na 2", "the sets of `www.example.com` A cannot be together"),
        ("www 1 traffic", "it is routed by `traffic`"),
    ] {
        check(&zone(text), &anyone(), &[("", expected)]);
    }
    // What cannot be told of one branch does not matter while another is chosen.
    let zone = zone("www P primary check=p\nwww S secondary alias=gone eth");
    let gone = "an alias leads to `gone.example.com` A, which does not exist";
    check(&zone, &anyone(), &[("", "P"), ("p", gone)]);
    let tree = zone.tree(&name("www"), RecordType::A, &anyone());
    let unknown = tree.answer_known(&|_| None);
    assert_eq!(shown(&zone, &unknown), "whether health check `p` is healthy is unknown");
}

#[test]
fn zero_weights_below_an_alias() {
    let text = "www P primary alias=a eth\nwww S secondary\na 1 weight=1 check=1\na 0 weight=0";
    check(&zone(text), &anyone(), &[("1", "0")]);
    let strict = Assumptions { zero_weight: ZeroWeight::CountsAlone, ..Assumptions::CURRENT };
    check(&zone(text).assuming(strict), &anyone(), &[("", "1"), ("1", "S")]);
}

#[test]
fn only_checks_that_matter_are_listed() {
    let checks = |text: &str| {
        let zone = zone(text);
        let tree = zone.tree(&name("www"), RecordType::A, &anyone());
        (0..tree.checks().len())
            .map(|at| crate::text::called(&tree, at).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(checks("www 1 check=1"), Vec::<String>::new());
    assert_eq!(checks("www P primary\nwww S secondary check=s"), Vec::<String>::new());
    assert_eq!(
        checks("www P primary check=p\nwww S secondary check=s\nwww2 x check=x"),
        ["p", "s"]
    );
    let cut = zone("www P primary\nwww S secondary alias=a\na V");
    let tree = cut.tree(&name("www"), RecordType::A, &anyone());
    assert_eq!(tree.leaves().len(), 1, "nothing leads to the secondary");
    let through =
        "www P primary check=p alias=a eth\nwww S secondary\na 1 multi check=1\na 2 multi";
    assert_eq!(checks(through), ["1", "p"]);
}

fn endpoint(inverted: bool, disabled: bool) -> HealthCheck {
    let plain = Endpoint::new(Protocol::Https, "www.example.com".to_owned(), 443);
    HealthCheck::Endpoint(Endpoint { inverted, disabled, ..plain })
}

fn counted(at_least: u32, of: &[&str]) -> HealthCheck {
    let checks = of.iter().map(|id| CheckRef::Id((*id).to_owned())).collect();
    HealthCheck::Calculated { checks, at_least, inverted: false, disabled: false }
}

/// The status of the check `x` among these, while the endpoint of `dead` fails.
fn status(checks: &[(&str, HealthCheck)]) -> Option<bool> {
    let named = checks.iter().map(|(id, check)| (CheckRef::Id((*id).to_owned()), check));
    let checks = Checks::new(named);
    let dead = checks.position(&CheckRef::Id("dead".to_owned()));
    let statuses = checks.statuses(&|check| Some(Some(check) != dead));
    statuses[checks.position(&CheckRef::Id("x".to_owned())).unwrap()]
}

#[test]
fn counted_checks() {
    let three = |at_least, children: [&str; 3]| {
        let children_checks = children.map(|id| (id, endpoint(false, false)));
        let mut checks = Vec::from(children_checks);
        checks.push(("x", counted(at_least, &children)));
        status(&checks)
    };
    assert_eq!(three(2, ["a", "b", "dead"]), Some(true));
    assert_eq!(three(3, ["a", "b", "dead"]), Some(false));
    assert_eq!(three(0, ["a", "b", "dead"]), Some(true));
    assert_eq!(three(4, ["a", "b", "c"]), Some(false));
    let dead = || ("dead", endpoint(false, false));
    assert_eq!(status(&[dead(), ("x", counted(1, &["dead", "gone"]))]), None);
    assert_eq!(status(&[dead(), ("x", counted(2, &["dead", "gone"]))]), Some(false));
    assert_eq!(status(&[("y", counted(1, &["x"])), ("x", counted(1, &["y"]))]), None);
    assert_eq!(
        status(&[dead(), ("y", counted(1, &["dead"])), ("x", counted(1, &["y"]))]),
        Some(false)
    );
}

#[test]
fn inverted_and_disabled_checks() {
    let x = |id: &'static str, inverted, disabled| {
        status(&[(id, endpoint(inverted, disabled)), ("x", counted(1, &[id]))])
    };
    assert_eq!(x("dead", false, true), Some(true));
    assert_eq!(x("dead", true, true), Some(false));
    assert_eq!(x("alive", true, true), Some(false));
    assert_eq!(x("dead", true, false), Some(true));
    assert_eq!(x("alive", true, false), Some(false));
}

#[test]
fn eighteen_percent() {
    for (passing, reporting, healthy) in [
        (3, 16, true),
        (2, 16, false),
        (2, 6, true),
        (1, 6, false),
        (1, 8, false),
        (18, 100, false),
        (19, 100, true),
    ] {
        assert_eq!(endpoint_healthy(passing, reporting), Some(healthy), "{passing}/{reporting}");
    }
    assert_eq!(endpoint_healthy(0, 0), None);
}

#[test]
fn metrics() {
    let cases = [
        (OnInsufficient::Healthy, Some(true)),
        (OnInsufficient::Unhealthy, Some(false)),
        (OnInsufficient::LastKnown, None),
    ];
    for (on, insufficient) in cases {
        assert_eq!(alarm_healthy(Alarm::Ok, on, None), Some(true));
        assert_eq!(alarm_healthy(Alarm::Alarm, on, None), Some(false));
        assert_eq!(alarm_healthy(Alarm::Insufficient, on, None), insufficient);
    }
    let last = OnInsufficient::LastKnown;
    assert_eq!(alarm_healthy(Alarm::Insufficient, last, Some(false)), Some(false));
}
