//! What a drill says of the loss: which checks flip, what is answered then, and how long it takes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use lifeboat_contract::living::Loss;
use lifeboat_contract::routing::{Checks, Client, Gauge, Reply, Set, Zone};
use lifeboat_contract::{
    Address, AddressDigest, Answer, CheckRef, DnsName, Endpoint, HealthCheck, Key, Location,
    Protocol, RecordType, Spec, ZoneName,
};

use super::client::{PATIENCE, RETRY};
use super::outcome::{Class, Forecast};
use super::query::plain;
use super::scene::Scene;
use crate::desired::{Desired, ServedName, ServedTarget};
use crate::drill::{Asking, Habits, Journey, Turn};

/// How long a checker waits for a connection that never opens, and for one that HTTP goes over
/// (Developer Guide, "How Route 53 determines whether a health check is healthy").
const TCP_SILENCE: f64 = 10.0;
const HTTP_SILENCE: f64 = 4.0;

/// What a name is before anything happens, and what is to happen.
#[derive(Clone, Debug)]
pub(super) struct Prospect {
    pub(super) address: Address,
    pub(super) name: DnsName,
    pub(super) rtype: RecordType,
    /// Where each value leads.
    pub(super) leads: Arc<BTreeMap<String, Location>>,
    pub(super) before: BTreeSet<Location>,
    pub(super) after: BTreeSet<Location>,
    pub(super) ttl: u32,
    /// The checks of targets in the lost region that flip.
    pub(super) checks: Vec<(AddressDigest, Tree)>,
    /// Why nobody can watch it here, where that is so.
    pub(super) unwatched: Option<String>,
}

/// A check that falls when the region is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tree {
    Endpoint(Endpoint),
    /// Falls when so many of these have fallen, and rises when so many have risen again.
    Counted {
        falls: usize,
        rises: usize,
        of: Vec<Tree>,
    },
}

/// What times depend on that is not in the configuration.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rates {
    pub(super) loss: Loss,
    /// How long a request takes that is answered, in seconds.
    pub(super) answered: f64,
    /// Checkers that are left when the region is lost, and all.
    pub(super) left: u32,
    pub(super) all: u32,
}

/// The region whose endpoint each check asks: the one of the targets that it decides about. A check
/// of several regions is asked of none.
pub fn places(desired: &Desired) -> BTreeMap<Address, Location> {
    let mut regions: BTreeMap<Address, BTreeSet<Location>> = BTreeMap::new();
    for target in desired.names.iter().flat_map(|name| &name.targets) {
        let Some(location) = location(desired, &target.region) else { continue };
        let mut open: Vec<Address> = check_of(desired, target).into_iter().collect();
        let mut seen = BTreeSet::new();
        while let Some(check) = open.pop() {
            if !seen.insert(check.clone()) {
                continue;
            }
            match spec(desired, &check) {
                Some(HealthCheck::Endpoint(_)) => {
                    regions.entry(check).or_default().insert(location.clone());
                }
                Some(HealthCheck::Calculated { checks, .. }) => {
                    open.extend(checks.iter().filter_map(address_of).cloned());
                }
                None => {}
            }
        }
    }
    let one = regions.into_iter().filter(|(_, regions)| regions.len() == 1);
    one.filter_map(|(check, regions)| Some((check, regions.into_iter().next()?))).collect()
}

/// Everything that fails over, and what is to happen to it.
pub(super) fn names(desired: &Desired, scene: &Scene) -> Vec<Prospect> {
    let world = World::of(desired, scene);
    desired.names.iter().map(|served| world.name(served)).collect()
}

fn location(desired: &Desired, region: &str) -> Option<Location> {
    let region = desired.regions.iter().find(|known| *known.name == *region)?;
    Some(region.location.clone())
}

fn spec<'d>(desired: &'d Desired, check: &Address) -> Option<&'d HealthCheck> {
    match &desired.resources.get(check)?.spec {
        Spec::HealthCheck(check) => Some(check),
        Spec::Zone(_) | Spec::Repository(_) | Spec::ImageCopy(_) | Spec::RecordSet(_) => None,
    }
}

fn check_of(desired: &Desired, target: &ServedTarget) -> Option<Address> {
    match &desired.resources.get(&target.set)?.spec {
        Spec::RecordSet(set) => address_of(set.health_check.as_ref()?).cloned(),
        Spec::Zone(_) | Spec::Repository(_) | Spec::ImageCopy(_) | Spec::HealthCheck(_) => None,
    }
}

fn address_of(check: &CheckRef) -> Option<&Address> {
    match check {
        CheckRef::Address(address) => Some(address),
        CheckRef::Marked(_) | CheckRef::Id(_) => None,
    }
}

/// The configuration, and what is lost of it.
struct World<'d> {
    desired: &'d Desired,
    lost: &'d Location,
    loss: Loss,
    places: BTreeMap<Address, Location>,
    zones: BTreeMap<ZoneName, Zone>,
    checks: Checks,
}

impl<'d> World<'d> {
    fn of(desired: &'d Desired, scene: &'d Scene) -> Self {
        let mut sets: BTreeMap<ZoneName, Vec<Set>> = BTreeMap::new();
        let mut checks = Vec::new();
        for (address, resource) in &desired.resources {
            match (&resource.spec, &resource.key) {
                (Spec::RecordSet(spec), Some(Key::RecordSet { zone, name, rtype, label })) => {
                    let (name, rtype, id) = (name.clone(), *rtype, label.clone());
                    let set = Set { name, rtype, id, spec: spec.clone() };
                    sets.entry(zone.clone()).or_default().push(set);
                }
                (Spec::HealthCheck(check), _) => {
                    checks.push((CheckRef::Address(address.clone()), check));
                }
                (_, _) => {}
            }
        }
        let zones = sets.into_iter().map(|(zone, sets)| (zone, Zone::new(sets))).collect();
        let places = places(desired);
        let (lost, loss) = (&scene.region.location, scene.loss);
        Self { desired, lost, loss, places, zones, checks: Checks::new(checks) }
    }

    /// Whether requests of a check fail once the region is lost. A connection opens to whoever
    /// answers 503.
    fn fails(&self, check: &Address, endpoint: &Endpoint) -> bool {
        let opens = endpoint.protocol == Protocol::Tcp && self.loss == Loss::Unavailable;
        self.places.get(check) == Some(self.lost) && !opens
    }

    fn name(&self, served: &ServedName) -> Prospect {
        let (leads, twice) = self.leads(served);
        let (before, ttl) = self.answered(served, &leads, false);
        let (after, _) = self.answered(served, &leads, true);
        let reached = [RecordType::A, RecordType::Aaaa, RecordType::Cname];
        let unwatched = if reached.contains(&served.rtype) {
            twice.map(|value| format!("`{value}` is a value of two regions"))
        } else {
            Some(format!("nobody connects to what {} records say", served.rtype))
        };
        let checks = self.falling(served, &after);
        let (address, name, rtype) = (served.address.clone(), served.name.clone(), served.rtype);
        let leads = Arc::new(leads);
        Prospect { address, name, rtype, leads, before, after, ttl, checks, unwatched }
    }

    /// Where each value leads, and one that leads to two regions.
    fn leads(&self, served: &ServedName) -> (BTreeMap<String, Location>, Option<String>) {
        let (mut leads, mut twice) = (BTreeMap::new(), None);
        for target in &served.targets {
            let Some(location) = location(self.desired, &target.region) else { continue };
            let set = self.desired.resources.get(&target.set);
            let Some(Spec::RecordSet(set)) = set.map(|set| &set.spec) else { continue };
            let values = match &set.answer {
                Answer::Values(values) => values.iter().map(|value| plain(value)).collect(),
                Answer::Alias { name, .. } => vec![name.to_string()],
            };
            for value in values {
                let before = leads.insert(value.clone(), location.clone());
                if before.is_some_and(|before| before != location) {
                    twice = Some(value);
                }
            }
        }
        (leads, twice)
    }

    /// The regions that are answered, and for how long that is kept.
    fn answered(
        &self,
        served: &ServedName,
        leads: &BTreeMap<String, Location>,
        is_lost: bool,
    ) -> (BTreeSet<Location>, u32) {
        let (mut regions, mut kept) = (BTreeSet::new(), 0);
        let Some(zone) = self.zones.get(&served.zone) else { return (regions, kept) };
        let statuses = self.checks.statuses(&|index| {
            let check = address_of(&self.checks.names()[index]);
            let fails = check.is_some_and(|check| match spec(self.desired, check) {
                Some(HealthCheck::Endpoint(endpoint)) => self.fails(check, endpoint),
                Some(HealthCheck::Calculated { .. }) | None => false,
            });
            Some(!(is_lost && fails))
        });
        let tree = zone.tree(&served.name, served.rtype, &Client::unknown());
        let answers = tree.answer_known(&|gauge| match &tree.checks()[gauge] {
            Gauge::Check(check) => statuses[self.checks.position(check)?],
            Gauge::Target { .. } => None,
        });
        for share in answers {
            let Reply::Sets { of, ttl, .. } = share.reply else { continue };
            kept = kept.max(ttl.unwrap_or(0));
            for set in of.into_iter().filter_map(|set| zone.sets().get(set)) {
                if let Answer::Values(values) = &set.spec.answer {
                    let places = values.iter().filter_map(|value| leads.get(&plain(value)));
                    regions.extend(places.cloned());
                }
            }
        }
        (regions, kept)
    }

    /// The checks of lost targets that have to fall before the answers are right; those of all lost
    /// targets where the answers are right anyway.
    fn falling(
        &self,
        served: &ServedName,
        after: &BTreeSet<Location>,
    ) -> Vec<(AddressDigest, Tree)> {
        let is_lost = |target: &&ServedTarget| {
            location(self.desired, &target.region).as_ref() == Some(self.lost)
        };
        let serving = served.targets.iter().filter(|target| {
            !is_lost(target)
                && location(self.desired, &target.region).is_some_and(|at| after.contains(&at))
        });
        let tier = serving.map(|target| target.tier).min().unwrap_or(u32::MAX);
        let lost: Vec<&ServedTarget> = served.targets.iter().filter(is_lost).collect();
        let ahead: Vec<&ServedTarget> =
            lost.iter().copied().filter(|target| target.tier <= tier).collect();
        let mut checks = BTreeMap::new();
        for target in if ahead.is_empty() { lost } else { ahead } {
            if let Some(check) = check_of(self.desired, target)
                && let Some(tree) = self.tree(&check, &mut BTreeSet::new())
            {
                checks.insert(check, tree);
            }
        }
        checks.into_iter().map(|(check, tree)| (check.digest(), tree)).collect()
    }

    /// How a check falls; absent where it does not.
    fn tree(&self, check: &Address, seen: &mut BTreeSet<Address>) -> Option<Tree> {
        if !seen.insert(check.clone()) {
            return None;
        }
        let tree = match spec(self.desired, check)? {
            HealthCheck::Endpoint(endpoint) => {
                self.fails(check, endpoint).then(|| Tree::Endpoint(endpoint.clone()))
            }
            HealthCheck::Calculated { checks, at_least, .. } => {
                let of: Vec<Tree> =
                    checks.iter().filter_map(|child| self.tree(address_of(child)?, seen)).collect();
                let at_least = usize::try_from(*at_least).unwrap_or(usize::MAX);
                let falls = (checks.len() + 1).checked_sub(at_least)?;
                let rises = at_least.saturating_sub(checks.len() - of.len());
                (falls <= of.len()).then_some(Tree::Counted { falls, rises, of })
            }
        };
        seen.remove(check);
        tree
    }
}

impl Tree {
    fn turn(&self, rates: &Rates, falls: bool) -> Option<Turn> {
        match self {
            Self::Endpoint(endpoint) => {
                let asking = rates.asking(endpoint, falls);
                let flip = if falls { asking.falls() } else { asking.rises() };
                flip.map(Turn::Endpoint)
            }
            Self::Counted { falls: fallen, rises, of } => {
                let of: Vec<Turn> = of.iter().filter_map(|tree| tree.turn(rates, falls)).collect();
                let needed = if falls { *fallen } else { *rises };
                (needed <= of.len()).then_some(Turn::Counted { needed, of })
            }
        }
    }

    /// The longest interval in it.
    pub(super) fn interval(&self) -> Duration {
        match self {
            Self::Endpoint(endpoint) => Duration::from_secs(endpoint.interval.into()),
            Self::Counted { of, .. } => of.iter().map(Self::interval).max().unwrap_or_default(),
        }
    }
}

impl Rates {
    fn asking(&self, endpoint: &Endpoint, falls: bool) -> Asking {
        let silence = match (endpoint.timeout, endpoint.protocol) {
            (Some(own), _) => f64::from(own),
            (None, Protocol::Tcp) => TCP_SILENCE,
            (None, Protocol::Http | Protocol::Https) => HTTP_SILENCE,
        };
        Asking {
            interval: f64::from(endpoint.interval),
            in_a_row: endpoint.failures,
            answered: self.answered,
            failed: match self.loss {
                Loss::Silent => silence,
                Loss::Refusing | Loss::Unavailable => self.answered,
            },
            checkers: if falls { self.left } else { self.all },
        }
    }

    /// How long a client takes to find that a request has failed.
    fn notice(&self) -> Duration {
        match self.loss {
            Loss::Silent => PATIENCE,
            Loss::Refusing | Loss::Unavailable => RETRY,
        }
    }
}

impl Prospect {
    /// Whether the answers change.
    pub(super) fn moves(&self) -> bool {
        self.before != self.after
    }

    /// When all checks that matter have fallen, or have risen again.
    pub(super) fn turns(&self, rates: &Rates, falls: bool) -> Option<Forecast> {
        let journey = self.journey(rates, falls, Class::Direct)?;
        let least = journey.turns.iter().map(Turn::least).fold(0.0, f64::max);
        let most = journey.turns.iter().map(Turn::most).fold(0.0, f64::max);
        let curve = journey.turned();
        let at = |share| curve.quantile(share).unwrap_or(most);
        Some(Forecast { least, p50: at(0.5), p95: at(0.95), most })
    }

    /// When clients of a class are served again.
    pub(super) fn serves(&self, rates: &Rates, class: Class) -> Option<Forecast> {
        let journey = self.journey(rates, true, class)?;
        let curve = journey.served();
        let most = journey.bound();
        let at = |share| curve.quantile(share).unwrap_or(most);
        let least = journey.turns.iter().map(Turn::least).fold(0.0, f64::max);
        Some(Forecast { least, p50: at(0.5), p95: at(0.95), most })
    }

    fn journey(&self, rates: &Rates, falls: bool, class: Class) -> Option<Journey> {
        let turns: Option<Vec<Turn>> =
            self.checks.iter().map(|(_, tree)| tree.turn(rates, falls)).collect();
        let turns = turns.filter(|turns| !turns.is_empty())?;
        let kept = f64::from(class.stretches_to().max(self.ttl));
        Some(Journey {
            turns,
            rise: None,
            // Here the servers of the zone are the ones that decide.
            propagation: 0.0,
            ttl: if class == Class::Direct { 0.0 } else { kept },
            habits: Habits {
                stretched: 0.0,
                cached: if class == Class::Cached { 1.0 } else { 0.0 },
                stretched_to: 0.0,
                cached_for: f64::from(class.caches_for()),
                notice: rates.notice().as_secs_f64(),
                // Resolvers ask anew as soon as they have forgotten.
                queries: f64::from(u16::MAX),
            },
            growth: 0.0,
            growth_on_arrival: 0.0,
        })
    }
}
