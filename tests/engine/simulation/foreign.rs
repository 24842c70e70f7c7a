//! A world that other people have made, with all that a language cannot say in it.

use std::collections::BTreeSet;

use lifeboat_contract::{
    Answer, CheckRef, Digest, DnsName, Endpoint, FailoverRole, HealthCheck, ImageCopy, Key, Mark,
    Object, Protocol, RecordSet, RecordType, Repository, Routing, Spec, Zone, ZoneName,
};
use lifeboat_local::Cloud;

use super::chance::Chance;

/// Texts that are somebody's, and have a meaning in HCL.
const TEXTS: [&str; 9] = [
    "v=spf1 -all",
    "${tenant} and %{if true}",
    "$${x} %%{y} $ % { }",
    "\"quoted\" \\ back \\\"slash\\\"",
    "ü 漢字 \u{1F6A2}",
    " spaces at both ends ",
    "# no comment // nor this /* either",
    "<<EOT",
    "line\nbreak",
];

const LABELS: [&str; 10] =
    ["@", "www", "*", "_dmarc", "a.b", "1", "*.deep", "example.com", "x-y", "api"];

const SPARE: &str = "198.51.100.7";

/// Zones, checks, record sets and images without a mark, or with that of another stack.
pub(super) fn plant(chance: &mut Chance, cloud: &mut Cloud, zones: &[&str]) {
    let checks = plant_checks(chance, cloud);
    for zone in zones {
        let zone: ZoneName = zone.parse().unwrap();
        put(cloud, Key::Zone { name: zone.clone() }, Spec::Zone(Zone::default()));
        let mut names: BTreeSet<(DnsName, RecordType)> = BTreeSet::new();
        for _ in 0..chance.below(14) {
            let name = name(chance, &zone);
            let rtype = rtype(chance);
            // Servers let nothing stand beside a CNAME, but people's files may.
            if names.insert((name.clone(), rtype)) {
                plant_sets(chance, cloud, &zone, (&name, rtype), &checks);
            }
        }
    }
    plant_images(chance, cloud);
}

fn name(chance: &mut Chance, zone: &ZoneName) -> DnsName {
    match LABELS[chance.place(LABELS.len())] {
        "@" => zone.name.clone(),
        label => zone.name.below(label).unwrap(),
    }
}

fn rtype(chance: &mut Chance) -> RecordType {
    const TYPES: [RecordType; 9] = [
        RecordType::A,
        RecordType::A,
        RecordType::A,
        RecordType::Aaaa,
        RecordType::Txt,
        RecordType::Mx,
        RecordType::Cname,
        RecordType::Caa,
        RecordType::Ns,
    ];
    TYPES[chance.place(TYPES.len())]
}

fn plant_checks(chance: &mut Chance, cloud: &mut Cloud) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 0..chance.below(7) {
        let id = match chance.below(4) {
            0 => format!("{number}=\"${{x}}\" 'y'"),
            _ => format!("c-{number}"),
        };
        let check = if ids.is_empty() || chance.likely(700) {
            HealthCheck::Endpoint(endpoint(chance))
        } else {
            let mut checks: Vec<CheckRef> =
                ids.iter().filter(|_| chance.likely(600)).cloned().map(CheckRef::Id).collect();
            if checks.is_empty() {
                checks.push(CheckRef::Id(ids[0].clone()));
            }
            checks.sort();
            let most = u32::try_from(checks.len()).unwrap();
            let at_least = if chance.likely(50) { 0 } else { chance.small(1, most) };
            HealthCheck::Calculated { checks, at_least, inverted: false, disabled: false }
        };
        cloud.plant_check(&id, check);
        ids.push(id);
    }
    ids
}

fn endpoint(chance: &mut Chance) -> Endpoint {
    let protocol = [Protocol::Http, Protocol::Https, Protocol::Tcp][chance.place(3)];
    let host = ["web.example.net", "192.0.2.9", "2001:db8::9", "UPPER.example"][chance.place(4)];
    let asks = protocol != Protocol::Tcp;
    let path = ["/", "/healthz?a=1&b=${c}", "/a b", "/ü", "/#"][chance.place(5)];
    let contains = TEXTS[chance.place(TEXTS.len())];
    Endpoint {
        path: asks.then(|| path.to_owned()),
        contains: (asks && chance.likely(400)).then(|| contains.to_owned()),
        interval: [10, 30, 90, 299, 301][chance.place(5)],
        failures: chance.small(1, 11),
        timeout: chance.likely(300).then(|| chance.small(1, 61)),
        disabled: chance.likely(50),
        ..Endpoint::new(protocol, host.to_owned(), [80, 443, 8080][chance.place(3)])
    }
}

/// The sets of one name and type, in one of the forms in which people have them.
fn plant_sets(
    chance: &mut Chance,
    cloud: &mut Cloud,
    zone: &ZoneName,
    (name, rtype): (&DnsName, RecordType),
    checks: &[String],
) {
    let mut sets: Vec<(Option<String>, RecordSet)> = Vec::new();
    let set = |chance: &mut Chance, routing| RecordSet {
        routing,
        health_check: checks.get(chance.place(checks.len() + 2)).map(|id| CheckRef::Id(id.clone())),
        ..answered(chance, zone, rtype)
    };
    match chance.below(10) {
        0..=4 => sets.push((None, set(chance, Routing::Simple))),
        5 | 6 => {
            for role in [FailoverRole::Secondary, FailoverRole::Primary] {
                let label = format!("{role:?} ${{{}}}", chance.below(3));
                sets.push((Some(label), set(chance, Routing::Failover(role))));
            }
        }
        7 | 8 => {
            let first = set(chance, Routing::Simple);
            for number in 0..chance.small(1, 4) {
                let weight = u8::try_from(chance.below(3)).unwrap();
                let other = set(chance, Routing::Simple);
                let same = if chance.likely(600) { first.clone() } else { other };
                let routing = Routing::Weighted { weight };
                sets.push((Some(format!("set {number}")), RecordSet { routing, ..same }));
            }
        }
        _ => sets.push((
            Some("alone".to_owned()),
            set(chance, Routing::Failover(FailoverRole::Primary)),
        )),
    }
    let others = chance.likely(80);
    for (label, set) in sets {
        let (zone, name) = (zone.clone(), name.clone());
        let key = Key::RecordSet { zone, name, rtype, label };
        let spec = Spec::RecordSet(set);
        let mark = others.then(|| Mark::of(&"other".parse().unwrap(), &spec));
        cloud.plant(Object { key, spec, mark, id: None, version: None });
    }
}

fn answered(chance: &mut Chance, zone: &ZoneName, rtype: RecordType) -> RecordSet {
    let alias = chance.likely(200) && rtype == RecordType::A;
    if alias {
        let elsewhere = chance.likely(300);
        let answer = Answer::Alias {
            name: if elsewhere { "lb.example.net".parse().unwrap() } else { name(chance, zone) },
            zone_id: elsewhere.then(|| "Z\"1\"".to_owned()),
            evaluate_target_health: chance.likely(500),
        };
        return RecordSet { ttl: None, answer, routing: Routing::Simple, health_check: None };
    }
    let mut values: BTreeSet<String> =
        (0..chance.small(1, 3)).map(|_| value(chance, rtype)).collect();
    if rtype == RecordType::Cname {
        values = values.into_iter().take(1).collect();
    }
    RecordSet {
        ttl: Some([60, 60, 60, 90, 300, 7200][chance.place(6)]),
        answer: Answer::Values(values.into_iter().collect()),
        routing: Routing::Simple,
        health_check: None,
    }
}

fn value(chance: &mut Chance, rtype: RecordType) -> String {
    let number = chance.below(4);
    if rtype == RecordType::A {
        return if number == 0 { SPARE.to_owned() } else { format!("192.0.2.{number}") };
    }
    if rtype == RecordType::Txt {
        return TEXTS[chance.place(TEXTS.len())].to_owned();
    }
    let text = match rtype.as_str() {
        "AAAA" => ["2001:db8::1", "2001:db8::2", "2001:DB8::3", "::"][chance.place(4)],
        "MX" => ["10 mail.example.net", "20 Mail.example.net.", "0 ."][chance.place(3)],
        "CAA" => ["0 issue \"ca.example.net\"", "0 issue ca.example.net"][chance.place(2)],
        _ => ["a.example.net", "b.example.net"][chance.place(2)],
    };
    text.to_owned()
}

fn plant_images(chance: &mut Chance, cloud: &mut Cloud) {
    for number in 0..chance.below(3) {
        let location: lifeboat_contract::Location = "loc-0".parse().unwrap();
        let repository: lifeboat_contract::RepositoryName =
            format!("theirs/r{number}").parse().unwrap();
        let key = Key::Repository { location: location.clone(), name: repository.clone() };
        put(cloud, key, Spec::Repository(Repository::default()));
        let digest = Digest::of(format!("{number}").as_bytes());
        let copy = Spec::ImageCopy(ImageCopy { tag: "v1".to_owned() });
        put(cloud, Key::ImageCopy { location, repository, digest }, copy);
    }
}

fn put(cloud: &mut Cloud, key: Key, spec: Spec) {
    cloud.plant(Object { key, spec, mark: None, id: None, version: None });
}
