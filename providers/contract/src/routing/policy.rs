//! Which sets of a group are for a client, and how health chooses among them.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeSet;
use std::mem::discriminant;
use std::ops::Range;

use super::{Bias, Client, Place, Reply, Set, SetIndex, UnhealthyBlock, Why, Zone};
use crate::{Answer, Area, DnsName, FailoverRole, RecordType, Routing, Site};

/// How health chooses among the sets that are for a client.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Rule {
    /// Health does not matter.
    Fixed(Reply),
    /// The first healthy one, else the first; never empty.
    First(Vec<SetIndex>),
    /// This one while it is healthy, else nobody can tell.
    Only(SetIndex, Why),
    /// The healthy one that is nearest, else the nearest; those of unknown distance first, then
    /// ascending; never empty. Where two come next alike, nobody can tell.
    Nearest(Vec<(Option<f64>, SetIndex)>, Why),
    /// By weight; never empty.
    Weighted(Vec<(u8, SetIndex)>),
    /// Several at once; never empty.
    Multivalue(Vec<SetIndex>),
}

/// The rule of a group, which is never empty.
pub(super) fn rule(zone: &Zone, group: &Range<SetIndex>, client: &Client) -> Rule {
    let sets = &zone.sets()[group.clone()];
    let group = Group { zone, sets, offset: group.start, client };
    if !lawful(sets) {
        return undecided(group.named(|name, rtype| Why::Unlawful { name, rtype }));
    }
    match &sets[0].spec.routing {
        Routing::Simple => Rule::First(vec![group.offset]),
        Routing::Failover(_) => group.failover(),
        Routing::Weighted { .. } => group.weighted(),
        Routing::Latency { .. } => group.latency(),
        Routing::Geolocation(_) => group.geolocation(),
        Routing::Geoproximity { .. } => group.geoproximity(),
        Routing::Cidr { .. } => group.cidr(),
        Routing::Multivalue => Rule::Multivalue(group.routings().map(|(index, _)| index).collect()),
        Routing::Other { policy } => undecided(Why::Policy { policy: policy.clone() }),
    }
}

fn undecided(why: Why) -> Rule {
    Rule::Fixed(Reply::Undecided { why })
}

/// Whether a provider would hold these sets of one name and type together.
fn lawful(sets: &[Set]) -> bool {
    let (mut ids, mut claims) = (BTreeSet::new(), BTreeSet::new());
    let first = &sets[0].spec.routing;
    sets.iter().all(|set| {
        let routing = &set.spec.routing;
        ids.insert(&set.id)
            && discriminant(routing) == discriminant(first)
            && collection(routing) == collection(first)
            && claim(routing).is_none_or(|claim| claims.insert(claim))
            && (*routing != Routing::Multivalue || several(set))
    })
}

fn collection(routing: &Routing) -> Option<&str> {
    if let Routing::Cidr { collection, .. } = routing { Some(collection) } else { None }
}

/// What a set of the policy has for itself alone.
fn claim(routing: &Routing) -> Option<String> {
    match routing {
        Routing::Simple => Some(String::new()),
        Routing::Failover(role) => Some(format!("{role:?}")),
        Routing::Latency { region } => Some(region.to_string()),
        Routing::Geolocation(area) => Some(format!("{area:?}")),
        Routing::Cidr { location, .. } => Some(location.clone()),
        Routing::Geoproximity { site, .. } => Some(format!("{site:?}")),
        Routing::Weighted { .. } | Routing::Multivalue | Routing::Other { .. } => None,
    }
}

/// Whether a set can be one of several that are answered together.
fn several(set: &Set) -> bool {
    matches!(set.spec.answer, Answer::Values(_))
        && !matches!(set.rtype, RecordType::Cname | RecordType::Ns)
}

/// The sets of one name, type and policy, and who asks for them.
struct Group<'z> {
    zone: &'z Zone,
    sets: &'z [Set],
    offset: SetIndex,
    client: &'z Client,
}

impl Group<'_> {
    fn named(&self, why: impl FnOnce(DnsName, RecordType) -> Why) -> Why {
        why(self.sets[0].name.clone(), self.sets[0].rtype)
    }

    fn routings(&self) -> impl Iterator<Item = (SetIndex, &Routing)> {
        (self.offset..).zip(self.sets.iter().map(|set| &set.spec.routing))
    }

    fn failover(&self) -> Rule {
        let first = |(index, routing): (SetIndex, &Routing)| {
            (*routing == Routing::Failover(FailoverRole::Primary)).then_some(index)
        };
        let Some(primary) = self.routings().find_map(first) else {
            let why = self.named(|name, rtype| Why::LoneSecondary { name, rtype });
            return Rule::Only(self.offset, why);
        };
        let secondary = self.routings().map(|(index, _)| index).find(|index| *index != primary);
        Rule::First(std::iter::once(primary).chain(secondary).collect())
    }

    fn weighted(&self) -> Rule {
        let weight = |(index, routing): (SetIndex, &Routing)| {
            if let Routing::Weighted { weight } = routing { Some((*weight, index)) } else { None }
        };
        Rule::Weighted(self.routings().filter_map(weight).collect())
    }

    fn latency(&self) -> Rule {
        let latency = |(index, routing): (SetIndex, &Routing)| {
            let Routing::Latency { region } = routing else { return None };
            Some((self.client.latency.get(region).copied().map(f64::from), index))
        };
        self.nearest(self.routings().filter_map(latency).collect(), self.client.latency.is_empty())
    }

    fn geoproximity(&self) -> Rule {
        let distance = |(index, routing): (SetIndex, &Routing)| {
            let Routing::Geoproximity { site, bias } = routing else { return None };
            let site = match site {
                Site::Location(location) => self.zone.sites.get(location).copied(),
                Site::Point { latitude, longitude } => {
                    Some((latitude.as_f64(), longitude.as_f64()))
                }
            };
            let distance = site.zip(self.client.coordinates).map(|(a, b)| kilometres(a, b));
            Some((distance.map(|distance| self.biased(distance, *bias)), index))
        };
        let distances = self.routings().filter_map(distance).collect();
        self.nearest(distances, self.client.coordinates.is_none())
    }

    fn nearest(&self, mut by: Vec<(Option<f64>, SetIndex)>, placeless: bool) -> Rule {
        by.sort_by(|(a, i), (b, j)| {
            let known = a.is_some().cmp(&b.is_some());
            let near = a.zip(*b).map_or(Ordering::Equal, |(a, b)| a.total_cmp(&b));
            known.then(near).then(i.cmp(j))
        });
        let why =
            if placeless { Why::Place } else { self.named(|name, rtype| Why::Tie { name, rtype }) };
        Rule::Nearest(by, why)
    }

    /// A distance as the bias changes it.
    fn biased(&self, distance: f64, bias: i8) -> f64 {
        let bias = f64::from(bias) / 100.0;
        match self.zone.assumptions.bias {
            Bias::Of2023 if bias < 0.0 => distance / (1.0 + bias),
            Bias::Of2023 | Bias::Current => distance * (1.0 - bias),
        }
    }

    fn geolocation(&self) -> Rule {
        let only_default =
            |(_, routing): (SetIndex, &Routing)| *routing == Routing::Geolocation(Area::Default);
        if self.client.place == Place::Unknown && !self.routings().all(only_default) {
            return undecided(Why::Place);
        }
        let size = |(index, routing): (SetIndex, &Routing)| {
            let Routing::Geolocation(area) = routing else { return None };
            Some((size(area, &self.client.place)?, index))
        };
        let mut areas: Vec<(u8, SetIndex)> = self.routings().filter_map(size).collect();
        areas.sort_unstable();
        first(areas.into_iter().map(|(_, index)| index))
    }

    fn cidr(&self) -> Rule {
        let only_default = |(_, routing): (SetIndex, &Routing)| matches!(routing, Routing::Cidr { location, .. } if location == "*");
        let subnet = match self.client.subnet {
            Some(subnet) => subnet,
            None if self.routings().all(only_default) => return self.block(vec![self.offset]),
            None => return undecided(Why::Place),
        };
        let mut blocks: Vec<(Option<u8>, SetIndex)> = Vec::new();
        for (index, routing) in self.routings() {
            let Routing::Cidr { collection, location } = routing else { continue };
            if location == "*" {
                blocks.push((None, index));
                continue;
            }
            let key = (collection.clone(), location.clone());
            let Some(known) = self.zone.blocks.get(&key) else {
                let (collection, location) = key;
                return undecided(Why::Blocks { collection, location });
            };
            let around = known.iter().filter(|block| block.contains(subnet));
            blocks.extend(around.map(|block| block.length()).max().map(|l| (Some(l), index)));
        }
        blocks.sort_by_key(|(length, index)| (Reverse(*length), *index));
        let tied = |pair: &[(Option<u8>, SetIndex)]| pair[0].0 == pair[1].0;
        if blocks.windows(2).any(tied) {
            return undecided(self.named(|name, rtype| Why::Unlawful { name, rtype }));
        }
        self.block(blocks.into_iter().map(|(_, index)| index).collect())
    }

    /// The smallest block first, the default last.
    fn block(&self, blocks: Vec<SetIndex>) -> Rule {
        match (self.zone.assumptions.unhealthy_block, blocks.first()) {
            (UnhealthyBlock::Undecided, Some(block)) => {
                let why = self.named(|name, rtype| Why::UnhealthyBlock { name, rtype });
                Rule::Only(*block, why)
            }
            (UnhealthyBlock::Undecided | UnhealthyBlock::AsGeolocation, _) => first(blocks),
        }
    }
}

fn first(sets: impl IntoIterator<Item = SetIndex>) -> Rule {
    let sets: Vec<SetIndex> = sets.into_iter().collect();
    if sets.is_empty() { Rule::Fixed(Reply::NoData) } else { Rule::First(sets) }
}

/// How large an area is beside others that the place is in; absent for one that it is not in.
fn size(area: &Area, place: &Place) -> Option<u8> {
    let Place::At { continent, country, subdivision } = place else {
        return (*area == Area::Default).then_some(3);
    };
    match area {
        Area::Subdivision { country: of, code } => {
            (Some(of) == country.as_ref() && Some(code) == subdivision.as_ref()).then_some(0)
        }
        Area::Country(code) => (Some(code) == country.as_ref()).then_some(1),
        Area::Continent(code) => (code == continent).then_some(2),
        Area::Default => Some(3),
    }
}

/// The way between two points on a ball, given in degrees.
fn kilometres((north, east): (f64, f64), (other_north, other_east): (f64, f64)) -> f64 {
    let half = |a: f64, b: f64| ((b - a).to_radians() / 2.0).sin().powi(2);
    let across = north.to_radians().cos() * other_north.to_radians().cos();
    let chord = half(north, other_north) + across * half(east, other_east);
    2.0 * 6371.0 * chord.min(1.0).sqrt().asin()
}
