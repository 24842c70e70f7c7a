//! Zones and answers as text.

use lifeboat_contract::routing::{Answers, Client, Gauge, Reply, Set, Tree, Zone};
use lifeboat_contract::{
    Answer, Area, CheckRef, DnsName, FailoverRole, RecordSet, RecordType, Routing, Site,
};

/// A zone of A sets below `example.com`, one a line: `NAME IDENTIFIER [WORD..]`. Words are
/// `primary`, `secondary`, `weight=1`, `latency=eu-west-1`, `geo=*`, `geo=continent:EU`,
/// `geo=country:DE`, `geo=state:US-TX`, `near=LATITUDE,LONGITUDE,BIAS`, `near=REGION`,
/// `cidr=COLLECTION/LOCATION`, `multi`; `check=ID`; `ttl=60`; `alias=NAME`, `elb=NAME`, `eth`.
/// Without words it is a plain set; what it answers is its identifier.
pub(crate) fn zone(text: &str) -> Zone {
    Zone::new(text.lines().filter(|line| !line.trim().is_empty()).map(set))
}

pub(crate) fn name(text: &str) -> DnsName {
    format!("{text}.example.com").parse().unwrap()
}

fn set(line: &str) -> Set {
    let mut words = line.split_whitespace();
    let (at, id) = (words.next().unwrap(), words.next().unwrap());
    let mut spec = RecordSet {
        ttl: Some(60),
        answer: Answer::Values(vec![id.to_owned()]),
        routing: Routing::Simple,
        health_check: None,
    };
    let mut evaluated = false;
    for word in words {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        let alias = |name, zone_id| Answer::Alias { name, zone_id, evaluate_target_health: false };
        match key {
            "check" => spec.health_check = Some(CheckRef::Id(value.to_owned())),
            "ttl" => spec.ttl = Some(value.parse().unwrap()),
            "alias" => spec.answer = alias(name(value), None),
            "elb" => spec.answer = alias(value.parse().unwrap(), Some("ELB".to_owned())),
            "eth" => evaluated = true,
            key => spec.routing = routing(key, value),
        }
    }
    if let Answer::Alias { evaluate_target_health, .. } = &mut spec.answer {
        *evaluate_target_health = evaluated;
        spec.ttl = None;
    }
    let id = (!spec.routing.is_simple()).then(|| id.to_owned());
    Set { name: name(at), rtype: RecordType::A, id, spec }
}

fn routing(key: &str, value: &str) -> Routing {
    match key {
        "primary" => Routing::Failover(FailoverRole::Primary),
        "secondary" => Routing::Failover(FailoverRole::Secondary),
        "weight" => Routing::Weighted { weight: value.parse().unwrap() },
        "latency" => Routing::Latency { region: value.parse().unwrap() },
        "geo" => Routing::Geolocation(match value.split_once(':') {
            None => Area::Default,
            Some(("continent", code)) => Area::Continent(code.to_owned()),
            Some(("country", code)) => Area::Country(code.to_owned()),
            Some((_, code)) => {
                let (country, code) = code.split_once('-').unwrap();
                Area::Subdivision { country: country.to_owned(), code: code.to_owned() }
            }
        }),
        "near" => {
            let parts: Vec<&str> = value.split(',').collect();
            let [latitude, longitude, bias] = parts[..] else {
                return Routing::Geoproximity {
                    site: Site::Location(value.parse().unwrap()),
                    bias: 0,
                };
            };
            let (latitude, longitude) = (latitude.parse().unwrap(), longitude.parse().unwrap());
            let site = Site::Point { latitude, longitude };
            Routing::Geoproximity { site, bias: bias.parse().unwrap() }
        }
        "cidr" => {
            let (collection, location) = value.split_once('/').unwrap();
            Routing::Cidr { collection: collection.to_owned(), location: location.to_owned() }
        }
        "multi" => Routing::Multivalue,
        policy => Routing::Other { policy: policy.to_owned() },
    }
}

/// The answers for `www` while the checks and targets in `dead` are unhealthy.
pub(crate) fn ask(zone: &Zone, client: &Client, dead: &str) -> String {
    let tree = zone.tree(&name("www"), RecordType::A, client);
    let answers =
        tree.answer(&|check| !dead.split_whitespace().any(|dead| dead == called(&tree, check)));
    shown(zone, &answers)
}

/// What a tree calls one of its checks.
pub(crate) fn called(tree: &Tree, check: usize) -> &str {
    match &tree.checks()[check] {
        Gauge::Check(CheckRef::Id(id)) => id,
        Gauge::Check(other) => panic!("{other:?}"),
        Gauge::Target { name, .. } => name.as_str(),
    }
}

/// The answers with their probabilities, which a certain answer goes without.
pub(crate) fn shown(zone: &Zone, answers: &Answers) -> String {
    let shares = answers.iter().map(|share| {
        let reply = match &share.reply {
            Reply::Sets { of, take, .. } if *take == of.len() => ids(zone, of),
            Reply::Sets { of, take, .. } => format!("{take} of {}", ids(zone, of)),
            Reply::Foreign { name, .. } => name.to_string(),
            Reply::Referral { .. } => "a referral".to_owned(),
            Reply::NoData => "no data".to_owned(),
            Reply::NoName => "no name".to_owned(),
            Reply::Undecided { why } => why.to_string(),
        };
        if answers.len() == 1 { reply } else { format!("{} {reply}", share.probability) }
    });
    shares.collect::<Vec<_>>().join(", ")
}

fn ids(zone: &Zone, of: &[usize]) -> String {
    let values = of.iter().map(|set| match &zone.sets()[*set].spec.answer {
        Answer::Values(values) => values.join(" "),
        Answer::Alias { name, .. } => panic!("the alias of {name} is no answer"),
    });
    values.collect::<Vec<_>>().join(" ")
}
