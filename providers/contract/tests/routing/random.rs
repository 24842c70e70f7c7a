//! Zones, clients and health by chance, small enough that strange cases come often.

use std::collections::BTreeMap;

use lifeboat_contract::routing::{
    Assumptions, Bias, Client, Gauge, Place, Set, Subnet, UnhealthyBlock, ZeroWeight, Zone,
};
use lifeboat_contract::{
    Answer, Area, CheckRef, DnsName, FailoverRole, Location, RecordSet, RecordType, Routing, Site,
};

/// `SplitMix64`.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((bits ^ (bits >> 31)) % end as u64).unwrap()
    }

    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }

    pub(crate) fn shuffled<T>(&mut self, mut items: Vec<T>) -> Vec<T> {
        for end in (1..items.len()).rev() {
            items.swap(end, self.below(end + 1));
        }
        items
    }
}

/// All that decides answers but health.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) seed: u64,
    pub(crate) sets: Vec<Set>,
    pub(crate) sites: BTreeMap<Location, (f64, f64)>,
    pub(crate) blocks: BTreeMap<(String, String), Vec<Subnet>>,
    pub(crate) assumptions: Assumptions,
    pub(crate) client: Client,
    pub(crate) name: DnsName,
    pub(crate) rtype: RecordType,
}

impl Scene {
    pub(crate) fn zone(&self, sets: Vec<Set>) -> Zone {
        let zone = Zone::new(sets).with_sites(self.sites.clone()).with_blocks(self.blocks.clone());
        zone.assuming(self.assumptions)
    }
}

/// Names that have sets now and then; aliases lead to later ones but rarely.
const NAMES: [&str; 7] = ["www", "a", "b", "*.w", "x.y.w", "c", "d"];
const ASKED: [&str; 9] = ["www", "www", "www", "a", "b", "q.w", "y.w", "z.y.w", "gone.v.w"];
const REGIONS: [&str; 4] = ["eu-west-1", "us-east-1", "ap-south-1", "sa-east-1"];
/// No two are equally far from any client, also with a bias.
const POINTS: [(&str, &str); 4] =
    [("53.31", "-8.17"), ("38.9", "-77.45"), ("19.08", "72.88"), ("-23.51", "-46.37")];
const CLIENTS: [(f64, f64); 3] = [(48.137, 11.575), (-33.868, 151.209), (40.713, -74.006)];
const BLOCKS: [&str; 5] =
    ["192.0.2.0/24", "192.0.0.0/16", "2001:db8::/32", "192.0.2.0/28", "128.0.0.0/1"];
const SUBNETS: [&str; 5] =
    ["192.0.2.7", "192.0.2.99", "192.0.2.0/23", "192.0.9.0/24", "2001:db8:7::/48"];

/// The scene of a seed, and what chance goes on with.
pub(crate) fn scene(seed: u64) -> (Chance, Scene) {
    let mut chance = Chance(seed.wrapping_mul(0x2545_f491_4f6c_dd1d));
    let scene = scene_of(&mut chance, seed);
    (chance, scene)
}

fn scene_of(chance: &mut Chance, seed: u64) -> Scene {
    let mut sets = Vec::new();
    for (at, label) in NAMES.into_iter().enumerate() {
        if at == 0 || !chance.once_in(4) {
            group(chance, at, label, &mut sets);
        }
    }
    if chance.once_in(2) {
        sets.push(plain(name(""), RecordType::Soa));
        sets.push(plain(name(""), RecordType::Ns));
    }
    if chance.once_in(20) {
        let label = chance.of(&["w", "y.w", "a"]);
        sets.push(plain(name(label), RecordType::Ns));
    }
    let mut sites = BTreeMap::new();
    for (region, (latitude, longitude)) in REGIONS.into_iter().zip(POINTS) {
        if !chance.once_in(8) {
            let site = (latitude.parse().unwrap(), longitude.parse().unwrap());
            sites.insert(region.parse().unwrap(), site);
        }
    }
    let mut blocks = BTreeMap::new();
    for location in ["k", "l"] {
        if !chance.once_in(8) {
            let list = (0..chance.below(5)).map(|_| chance.of(&BLOCKS).parse().unwrap()).collect();
            blocks.insert(("c".to_owned(), location.to_owned()), list);
        }
    }
    let assumptions = Assumptions {
        bias: chance.of(&[Bias::Current, Bias::Of2023]),
        unhealthy_block: chance.of(&[UnhealthyBlock::Undecided, UnhealthyBlock::AsGeolocation]),
        zero_weight: chance.of(&[ZeroWeight::Counts, ZeroWeight::CountsAlone]),
    };
    let types = [RecordType::A, RecordType::A, RecordType::A, RecordType::Aaaa, RecordType::Ds];
    let (asked, rtype) = (chance.of(&ASKED), chance.of(&types));
    let client = client(chance);
    Scene { seed, sets, sites, blocks, assumptions, client, name: name(asked), rtype }
}

fn name(label: &str) -> DnsName {
    let text =
        if label.is_empty() { "example.com".to_owned() } else { format!("{label}.example.com") };
    text.parse().unwrap()
}

fn plain(name: DnsName, rtype: RecordType) -> Set {
    let answer = Answer::Values(vec![format!("{rtype} of {name}")]);
    let spec = RecordSet { ttl: Some(900), answer, routing: Routing::Simple, health_check: None };
    Set { name, rtype, id: None, spec }
}

fn client(chance: &mut Chance) -> Client {
    let place = match chance.below(6) {
        0 => Place::Unknown,
        1 => Place::Unmapped,
        _ => Place::At {
            continent: chance.of(&["NA", "EU"]).to_owned(),
            country: chance.of(&[Some("US"), Some("US"), Some("DE"), None]).map(str::to_owned),
            subdivision: chance.of(&[Some("TX"), Some("CA"), None]).map(str::to_owned),
        },
    };
    let mut latency = BTreeMap::new();
    for region in REGIONS {
        if !chance.once_in(6) {
            latency.insert(region.parse().unwrap(), u32::try_from(chance.below(5)).unwrap());
        }
    }
    Client {
        subnet: (!chance.once_in(5)).then(|| chance.of(&SUBNETS).parse().unwrap()),
        place,
        coordinates: (!chance.once_in(5)).then(|| chance.of(&CLIENTS)),
        latency,
    }
}

/// The sets of one name: mostly as a provider would hold them.
fn group(chance: &mut Chance, at: usize, label: &str, sets: &mut Vec<Set>) {
    let policy = chance.below(9);
    let rtype =
        chance.of(&[RecordType::A, RecordType::A, RecordType::A, RecordType::A, RecordType::Cname]);
    let count = if policy == 0 { 1 } else { 1 + chance.below(4) };
    let mut routings = Vec::new();
    for number in 0..count {
        let policy = if chance.once_in(60) { chance.below(9) } else { policy };
        let routing = routing(chance, policy, number);
        if chance.once_in(30) || policy == 2 || policy == 5 || !routings.contains(&routing) {
            routings.push(routing);
        }
    }
    for (number, routing) in routings.into_iter().enumerate() {
        let id = (!routing.is_simple() || chance.once_in(50)).then(|| format!("s{number}"));
        let id = if chance.once_in(100) { id.map(|_| "s0".to_owned()) } else { id };
        let values = routing == Routing::Multivalue && !chance.once_in(40);
        let answer = answer(chance, at, format!("{label}/{number}"), values);
        let ttl = match &answer {
            Answer::Values(_) => Some(u32::try_from(chance.below(3)).unwrap() * 30),
            Answer::Alias { .. } => None,
        };
        let health_check = (!chance.once_in(4))
            .then(|| CheckRef::Id(chance.of(&["1", "2", "3", "4", "5"]).to_owned()));
        let spec = RecordSet { ttl, answer, routing, health_check };
        sets.push(Set { name: name(label), rtype, id, spec });
    }
}

fn answer(chance: &mut Chance, at: usize, value: String, values: bool) -> Answer {
    if values || chance.once_in(2) {
        return Answer::Values(vec![value]);
    }
    let evaluate_target_health = !chance.once_in(4);
    if chance.once_in(6) {
        let (name, zone_id) =
            (chance.of(&["one.elb", "two.elb"]).parse().unwrap(), "ELB".to_owned());
        return Answer::Alias { name, zone_id: Some(zone_id), evaluate_target_health };
    }
    let first = if chance.once_in(12) { 0 } else { (at + 1).min(NAMES.len() - 1) };
    let name = name(NAMES[first + chance.below(NAMES.len() - first)]);
    Answer::Alias { name, zone_id: None, evaluate_target_health }
}

fn routing(chance: &mut Chance, policy: usize, number: usize) -> Routing {
    let country = |code: &str| Area::Country(code.to_owned());
    match policy {
        0 => Routing::Simple,
        1 if number == 0 => Routing::Failover(FailoverRole::Primary),
        1 => Routing::Failover(chance.of(&[FailoverRole::Primary, FailoverRole::Secondary])),
        2 => Routing::Weighted { weight: chance.of(&[0, 0, 1, 3, 255]) },
        3 => Routing::Latency { region: chance.of(&REGIONS).parse().unwrap() },
        4 => Routing::Geolocation(match chance.below(5) {
            0 => Area::Default,
            1 => Area::Continent("NA".to_owned()),
            2 => country("US"),
            3 => country("DE"),
            _ => Area::Subdivision { country: "US".to_owned(), code: "TX".to_owned() },
        }),
        5 => {
            let site = if chance.once_in(2) {
                Site::Location(chance.of(&REGIONS).parse().unwrap())
            } else {
                let (latitude, longitude) = chance.of(&POINTS);
                let (latitude, longitude) = (latitude.parse().unwrap(), longitude.parse().unwrap());
                Site::Point { latitude, longitude }
            };
            Routing::Geoproximity { site, bias: chance.of(&[0, 0, 37, -37, 99, -99]) }
        }
        6 => {
            let collection = if chance.once_in(30) { "other" } else { "c" }.to_owned();
            Routing::Cidr { collection, location: chance.of(&["k", "l", "*"]).to_owned() }
        }
        7 => Routing::Multivalue,
        _ if chance.once_in(5) => Routing::Other { policy: "unheard of".to_owned() },
        _ => Routing::Weighted { weight: 1 },
    }
}

/// Whether something is healthy; absent if unknown.
pub(crate) type Health = BTreeMap<Gauge, Option<bool>>;

/// Health of all that the sets depend on.
pub(crate) fn health(chance: &mut Chance, sets: &[Set], unknown: bool) -> Health {
    let dead = [2, 2, 8, 100][chance.below(4)];
    let mut health = Health::new();
    for set in sets {
        let check = set.spec.health_check.clone().map(Gauge::Check);
        let target = match &set.spec.answer {
            Answer::Alias { name, zone_id: Some(zone_id), .. } => {
                Some(Gauge::Target { name: name.clone(), zone_id: zone_id.clone() })
            }
            Answer::Alias { zone_id: None, .. } | Answer::Values(_) => None,
        };
        for gauge in check.into_iter().chain(target) {
            let known = !(unknown && chance.once_in(3));
            let healthy = !chance.once_in(dead);
            health.entry(gauge).or_insert(known.then_some(healthy));
        }
    }
    health
}
