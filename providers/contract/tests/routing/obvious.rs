//! What is answered, found the slow and obvious way: from the sets alone, with the words of the
//! specification, and with nothing of the evaluator's but the types it takes.

use std::collections::BTreeMap;

use lifeboat_contract::routing::{Bias, Gauge, Place, Set, UnhealthyBlock, ZeroWeight};
use lifeboat_contract::{Answer, Area, DnsName, RecordType, Routing, Site};

use crate::choice::{Choice, failover, in_order, lawful, nearest, weighted};
use crate::random::{Health, Scene};

/// Probabilities of answers as text.
pub(crate) type Shares = BTreeMap<String, f64>;

pub(crate) const UNDECIDED: &str = "undecided";

pub(crate) fn answers(scene: &Scene, health: &Health) -> Shares {
    let mut shares = Shares::new();
    Obvious { scene, health }.query(&mut shares);
    shares
}

struct Obvious<'s> {
    scene: &'s Scene,
    health: &'s Health,
}

impl<'s> Obvious<'s> {
    fn query(&self, shares: &mut Shares) {
        let (name, rtype) = (self.scene.name.as_str(), self.scene.rtype);
        let mut labels: Vec<&str> = name.split('.').collect();
        let apex = if self.exists_at("example.com", RecordType::Soa) { 2 } else { 0 };
        for from_end in apex + 1..=labels.len() {
            let above = labels[labels.len() - from_end..].join(".");
            let itself = from_end == labels.len();
            if self.exists_at(&above, RecordType::Ns) && !(itself && rtype == RecordType::Ds) {
                shares.insert(format!("referral to {above}"), 1.0);
                return;
            }
        }
        let mut asked = name.to_owned();
        if !self.exists(&asked) {
            loop {
                labels.remove(0);
                if labels.is_empty() {
                    shares.insert("no name".to_owned(), 1.0);
                    return;
                }
                if self.exists(&labels.join(".")) {
                    break;
                }
            }
            asked = format!("*.{}", labels.join("."));
            if !self.exists(&asked) {
                shares.insert("no name".to_owned(), 1.0);
                return;
            }
        }
        for rtype in [rtype, RecordType::Cname] {
            let group = self.group(&asked, rtype);
            if !group.is_empty() {
                self.descend(&group, 1.0, shares);
                return;
            }
        }
        shares.insert("no data".to_owned(), 1.0);
    }

    fn exists(&self, name: &str) -> bool {
        let below = format!(".{name}");
        let at_or_below =
            |set: &Set| set.name.as_str() == name || set.name.as_str().ends_with(&below);
        let outside =
            self.exists_at("example.com", RecordType::Soa) && !name.ends_with("example.com");
        !outside && self.scene.sets.iter().any(at_or_below)
    }

    fn exists_at(&self, name: &str, rtype: RecordType) -> bool {
        !self.group(name, rtype).is_empty()
    }

    fn group(&self, name: &str, rtype: RecordType) -> Vec<&'s Set> {
        let same = |set: &&Set| set.name.as_str() == name && set.rtype == rtype;
        self.scene.sets.iter().filter(same).collect()
    }

    fn descend(&self, group: &[&'s Set], mass: f64, shares: &mut Shares) {
        for (part, choice) in self.choices(group) {
            let mass = mass * part;
            let mut give = |text: String| *shares.entry(text).or_default() += mass;
            match choice {
                Choice::NoData => give("no data".to_owned()),
                Choice::Undecided => give(UNDECIDED.to_owned()),
                Choice::Several(sets) => {
                    let mut values: Vec<&str> = sets.iter().map(|set| value(set)).collect();
                    values.sort_unstable();
                    let ttl = sets.iter().filter_map(|set| set.spec.ttl).max();
                    give(format!("{} of {} for {ttl:?}", values.len().min(8), values.join(" ")));
                }
                Choice::Set(set) => match &set.spec.answer {
                    Answer::Values(_) => {
                        give(format!("1 of {} for {:?}", value(set), set.spec.ttl));
                    }
                    Answer::Alias { name, zone_id: Some(_), .. } => give(format!("foreign {name}")),
                    Answer::Alias { name, zone_id: None, .. } => {
                        let target = self.group(name.as_str(), set.rtype);
                        if target.is_empty() || self.circles(name, set.rtype, &[]) {
                            give(UNDECIDED.to_owned());
                        } else {
                            self.descend(&target, mass, shares);
                        }
                    }
                },
            }
        }
    }

    /// Whether one comes to the same name twice by any way from here.
    fn circles(&self, name: &DnsName, rtype: RecordType, path: &[&DnsName]) -> bool {
        let longer: Vec<&DnsName> = path.iter().copied().chain([name]).collect();
        path.contains(&name)
            || self.group(name.as_str(), rtype).into_iter().any(|set| match &set.spec.answer {
                Answer::Alias { name, zone_id: None, .. } => self.circles(name, rtype, &longer),
                Answer::Alias { zone_id: Some(_), .. } | Answer::Values(_) => false,
            })
    }

    fn healthy(&self, set: &Set) -> Option<bool> {
        let known = |gauge: Gauge| self.health.get(&gauge).copied().flatten();
        let check = match &set.spec.health_check {
            Some(check) => known(Gauge::Check(check.clone())),
            None => Some(true),
        };
        let target = match &set.spec.answer {
            Answer::Alias { name, zone_id: Some(zone_id), evaluate_target_health: true } => {
                known(Gauge::Target { name: name.clone(), zone_id: zone_id.clone() })
            }
            Answer::Alias { name, zone_id: None, evaluate_target_health: true } => {
                self.any_healthy(name, set.rtype)
            }
            Answer::Alias { .. } | Answer::Values(_) => Some(true),
        };
        match (check, target) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        }
    }

    fn any_healthy(&self, name: &DnsName, rtype: RecordType) -> Option<bool> {
        let mut group = self.group(name.as_str(), rtype);
        if group.is_empty() || self.circles(name, rtype, &[]) {
            return None;
        }
        let zero = |set: &Set| set.spec.routing == Routing::Weighted { weight: 0 };
        let alone = self.scene.assumptions.zero_weight == ZeroWeight::CountsAlone;
        if alone && !group.iter().all(|set| zero(set)) {
            group.retain(|set| !zero(set));
        }
        let healths: Vec<Option<bool>> = group.iter().map(|set| self.healthy(set)).collect();
        if healths.contains(&Some(true)) {
            Some(true)
        } else if healths.contains(&None) {
            None
        } else {
            Some(false)
        }
    }

    /// What is chosen if it is the same however the unknown turns out.
    fn choices(&self, group: &[&'s Set]) -> Vec<(f64, Choice<'s>)> {
        let known: Vec<Option<bool>> = group.iter().map(|set| self.healthy(set)).collect();
        let unknown: Vec<usize> = (0..group.len()).filter(|at| known[*at].is_none()).collect();
        let mut outcomes = Vec::new();
        for bits in 0..1_usize << unknown.len() {
            let mut health: Vec<bool> = known.iter().map(|known| *known == Some(true)).collect();
            for (bit, at) in unknown.iter().enumerate() {
                health[*at] = bits >> bit & 1 == 1;
            }
            let with_health: Vec<(&'s Set, bool)> = group.iter().copied().zip(health).collect();
            outcomes.push(self.choose(&with_health));
        }
        let same = outcomes.iter().all(|outcome| *outcome == outcomes[0]);
        if same { outcomes.remove(0) } else { vec![(1.0, Choice::Undecided)] }
    }

    fn choose(&self, group: &[(&'s Set, bool)]) -> Vec<(f64, Choice<'s>)> {
        if !lawful(group) {
            return vec![(1.0, Choice::Undecided)];
        }
        let choice = match &group[0].0.spec.routing {
            Routing::Weighted { .. } => return weighted(group),
            Routing::Simple => Choice::Set(group[0].0),
            Routing::Failover(_) => failover(group),
            Routing::Latency { .. } => nearest(group, |routing| {
                let Routing::Latency { region } = routing else { panic!("{routing:?}") };
                self.scene.client.latency.get(region).map(|latency| f64::from(*latency))
            }),
            Routing::Geoproximity { .. } => nearest(group, |routing| self.distance(routing)),
            Routing::Geolocation(_) => self.geolocation(group),
            Routing::Cidr { .. } => self.cidr(group),
            Routing::Multivalue => {
                let healthy: Vec<&Set> =
                    group.iter().filter(|(_, healthy)| *healthy).map(|(set, _)| *set).collect();
                let all = group.iter().map(|(set, _)| *set).collect();
                Choice::Several(if healthy.is_empty() { all } else { healthy })
            }
            Routing::Other { .. } => Choice::Undecided,
        };
        vec![(1.0, choice)]
    }

    fn distance(&self, routing: &Routing) -> Option<f64> {
        let Routing::Geoproximity { site, bias } = routing else { panic!("{routing:?}") };
        let (latitude, longitude) = match site {
            Site::Location(region) => *self.scene.sites.get(region)?,
            Site::Point { latitude, longitude } => (latitude.as_f64(), longitude.as_f64()),
        };
        let point = |latitude: f64, longitude: f64| {
            let (up, round) = (latitude.to_radians(), longitude.to_radians());
            [up.cos() * round.cos(), up.cos() * round.sin(), up.sin()]
        };
        let client = self.scene.client.coordinates?;
        let (a, b) = (point(latitude, longitude), point(client.0, client.1));
        let angle = a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>().acos();
        let bias = f64::from(*bias);
        Some(match self.scene.assumptions.bias {
            Bias::Of2023 if bias < 0.0 => angle / ((100.0 + bias) / 100.0),
            Bias::Of2023 | Bias::Current => angle * (100.0 - bias) / 100.0,
        })
    }

    fn geolocation(&self, group: &[(&'s Set, bool)]) -> Choice<'s> {
        let default = Routing::Geolocation(Area::Default);
        let mut areas = Vec::new();
        match &self.scene.client.place {
            Place::Unknown if group.iter().any(|(set, _)| set.spec.routing != default) => {
                return Choice::Undecided;
            }
            Place::Unknown | Place::Unmapped => {}
            Place::At { continent, country, subdivision } => {
                if let (Some(country), Some(code)) = (country.clone(), subdivision.clone()) {
                    areas.push(Area::Subdivision { country, code });
                }
                areas.extend(country.clone().map(Area::Country));
                areas.push(Area::Continent(continent.clone()));
            }
        }
        areas.push(Area::Default);
        let mut matching = Vec::new();
        for area in areas {
            let here = Routing::Geolocation(area);
            matching.extend(group.iter().filter(|(set, _)| set.spec.routing == here));
        }
        in_order(&matching)
    }

    fn cidr(&self, group: &[(&'s Set, bool)]) -> Choice<'s> {
        let place = |set: &Set| {
            let Routing::Cidr { collection, location } = &set.spec.routing else {
                panic!("{:?}", set.spec.routing)
            };
            (collection.clone(), location.clone())
        };
        let location = |set: &Set| place(set).1;
        let mut matching = Vec::new();
        let Some(subnet) = self.scene.client.subnet else {
            let [(only, healthy)] = group else { return Choice::Undecided };
            return match (location(only) == "*", self.scene.assumptions.unhealthy_block) {
                (false, _) => Choice::Undecided,
                (true, UnhealthyBlock::Undecided) if !healthy => Choice::Undecided,
                (true, _) => Choice::Set(only),
            };
        };
        let subnet = binary(&subnet.to_string());
        for (set, healthy) in group {
            if location(set) == "*" {
                matching.push((0, (*set, *healthy)));
                continue;
            }
            let Some(blocks) = self.scene.blocks.get(&place(set)) else { return Choice::Undecided };
            let blocks = blocks.iter().map(|block| binary(&block.to_string()));
            let longest =
                blocks.filter(|block| subnet.starts_with(block.as_str())).max_by_key(String::len);
            matching.extend(longest.map(|block| (block.len(), (*set, *healthy))));
        }
        matching.sort_by_key(|(length, _)| std::cmp::Reverse(*length));
        if matching.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Choice::Undecided;
        }
        let matching: Vec<(&Set, bool)> = matching.into_iter().map(|(_, set)| set).collect();
        match matching.first() {
            Some((_, false))
                if self.scene.assumptions.unhealthy_block == UnhealthyBlock::Undecided =>
            {
                Choice::Undecided
            }
            _ => in_order(&matching.iter().collect::<Vec<_>>()),
        }
    }
}

/// `4` or `6` and the bits that the block fixes.
fn binary(block: &str) -> String {
    let (address, length) = block.split_once('/').unwrap();
    let bits = match address.parse().unwrap() {
        std::net::IpAddr::V4(address) => format!("{:032b}", address.to_bits()),
        std::net::IpAddr::V6(address) => format!("{:0128b}", address.to_bits()),
    };
    format!("{}{}", if bits.len() == 32 { 4 } else { 6 }, &bits[..length.parse().unwrap()])
}

fn value(set: &Set) -> &str {
    match &set.spec.answer {
        Answer::Values(values) => &values[0],
        Answer::Alias { name, .. } => panic!("the alias of {name} has no value"),
    }
}
