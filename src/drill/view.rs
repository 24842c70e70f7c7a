//! One protected name in one world: what is answered for it, and on which facts that depends.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_contract::routing::{Checks, Client, Gauge, Set, SetIndex, Tree, Zone};
use lifeboat_contract::{Address, Answer, CheckRef, DnsName, Endpoint};

use super::component::{CHECKERS, Universe, control, plain, registry};
use super::fact::{Fact, Facts, Fleet, State};
use super::place::asked_in;
use super::world::World;
use crate::desired::{Desired, ServedName, ServedTarget};
use crate::intent::{Capacity, Failover, Grows, Intents};

/// One protected name in one world.
pub(super) struct View<'v> {
    pub(super) world: &'v World,
    pub(super) tree: Tree,
    /// The checks that decide here, and what they count.
    pub(super) checks: Checks,
    pub(super) leaves: BTreeMap<SetIndex, Leaf<'v>>,
    /// The endpoint checks that decide here.
    pub(super) asked: BTreeMap<CheckRef, Asked<'v>>,
    /// What decides for the gauges of the tree that no check stands for: the target is lost.
    pub(super) targets: BTreeMap<usize, Fact>,
}

/// A record set that can be answered.
pub(super) struct Leaf<'v> {
    /// The target that declares it.
    pub(super) target: Option<&'v ServedTarget>,
    pub(super) capacity: Capacity,
    pub(super) values: Vec<String>,
    /// Its region is lost.
    pub(super) dead: Option<Fact>,
    /// It cannot grow, and what it lacks for that.
    pub(super) blocked: Option<Fact>,
    /// The image that is missing where it should grow or take over.
    pub(super) lacks: Option<Address>,
    pub(super) check: Option<CheckRef>,
}

impl Leaf<'_> {
    /// In words: the region, where one is known.
    pub(super) fn name(&self) -> String {
        match self.target {
            Some(target) => target.region.to_string(),
            None => self.values.first().cloned().unwrap_or_else(|| "nothing".to_owned()),
        }
    }

    /// Whether it serves, or could once it has grown.
    pub(super) fn can_serve(&self, state: &State) -> bool {
        !self.dead.is_some_and(|fact| state.is(fact)) && !self.is_blocked(state)
    }

    /// Whether it lacks what it needs to serve, though its region is there.
    pub(super) fn is_blocked(&self, state: &State) -> bool {
        let is = |fact: Option<Fact>| fact.is_some_and(|fact| state.is(fact));
        !is(self.dead) && (self.lacks.is_some() || is(self.blocked))
    }

    pub(super) fn is_cold(&self) -> bool {
        self.capacity.grows != Grows::Never
    }
}

/// An endpoint check.
pub(super) struct Asked<'v> {
    pub(super) endpoint: &'v Endpoint,
    /// It fails.
    pub(super) broken: Fact,
    pub(super) fleet: Fleet,
    /// The leaves whose health it tells, lowest tier first.
    pub(super) of: Vec<SetIndex>,
}

/// A target, with its name and its failover.
type Owner<'v> = (&'v ServedName, &'v Failover, usize);

/// What views are made from.
pub(super) struct Making<'v, 'f> {
    pub(super) intents: &'v Intents,
    pub(super) desired: &'v Desired,
    pub(super) universe: &'v Universe,
    /// The dependencies that each endpoint check needs.
    pub(super) needs: &'v BTreeMap<Address, BTreeSet<String>>,
    pub(super) facts: &'f mut Facts,
}

impl<'v> Making<'v, '_> {
    /// The name as these clients see it. Absent where its zone has no sets in this world.
    pub(super) fn view(
        &mut self,
        world: &'v World,
        (name, failover): (&'v ServedName, &'v Failover),
        client: &Client,
    ) -> Option<View<'v>> {
        let zone = self.desired.zones.get(&failover.zone.value)?;
        let zone = world.zone(&zone.provider, &name.zone)?;
        let tree = zone.tree(&name.name, name.rtype, client);
        let mut view = View {
            world,
            checks: world.checks_of(&tree),
            tree,
            leaves: BTreeMap::new(),
            asked: BTreeMap::new(),
            targets: BTreeMap::new(),
        };
        let mut led = None;
        for index in view.tree.leaves() {
            let set = &zone.sets()[index];
            let values = values(&set.spec.answer);
            let own = target_of(name, failover, set, &values).map(|at| (name, failover, at));
            let owner = own.or_else(|| self.declares(set, name)).or_else(|| {
                let led = led.get_or_insert_with(|| led_to(zone, name, client));
                Some((name, failover, *led.get(&index)?))
            });
            let mut leaf = self.leaf(world, owner);
            leaf.values = values;
            leaf.check.clone_from(&set.spec.health_check);
            view.leaves.insert(index, leaf);
        }
        self.one_place(&mut view);
        self.checks(&mut view, (name, failover));
        gauges(&mut view);
        Some(view)
    }

    /// What is answered in several regions alike is in one of them: nobody can tell in which, so it
    /// is lost with each.
    fn one_place(&mut self, view: &mut View<'_>) {
        let mut regions: BTreeMap<Vec<String>, BTreeSet<&str>> = BTreeMap::new();
        for leaf in view.leaves.values() {
            if let Some(target) = leaf.target {
                regions.entry(leaf.values.clone()).or_default().insert(&target.region);
            }
        }
        for leaf in view.leaves.values_mut() {
            if let Some(regions) = regions.get(&leaf.values).filter(|regions| regions.len() > 1) {
                let causes = regions.iter().flat_map(|region| self.universe.causes(region));
                leaf.dead = Some(self.facts.fact(causes.collect()));
            }
        }
    }

    /// The target of another failover of this zone that a set is, to which an alias led.
    fn declares(&self, set: &Set, asked: &ServedName) -> Option<Owner<'v>> {
        let names = self.desired.names.iter();
        let mut others = names.filter(|name| {
            name.zone == asked.zone && name.rtype == set.rtype && is_of(&set.name, &name.name)
        });
        others.find_map(|name| {
            let at =
                name.targets.iter().position(|target| set.id.as_deref() == Some(&target.label));
            Some((name, self.intents.failovers.get(&name.address)?, at?))
        })
    }

    fn leaf(&mut self, world: &World, owner: Option<Owner<'v>>) -> Leaf<'v> {
        let mut leaf = Leaf {
            target: owner.map(|(name, _, at)| &name.targets[at]),
            capacity: Capacity::default(),
            values: Vec::new(),
            dead: None,
            blocked: None,
            lacks: None,
            check: None,
        };
        let declared = owner.and_then(|(_, failover, at)| failover.targets.get(at));
        let Some(target) = declared else { return leaf };
        let region = plain(&target.region.value);
        leaf.dead = Some(self.facts.fact(self.universe.causes(region)));
        leaf.capacity = target.capacity.clone();
        if leaf.is_cold() {
            let from = target.capacity.pulls_from.as_ref().map_or(region, plain);
            let mut causes = BTreeSet::new();
            if target.runs.is_some() || target.capacity.pulls_from.is_some() {
                // A region takes its registry with it only if that is a component.
                causes.extend(self.universe.causes(&registry(from)));
                causes.extend(self.universe.causes(from));
            }
            for plane in &target.capacity.needs {
                causes.extend(self.universe.causes(&control(plane, region)));
            }
            leaf.blocked = Some(self.facts.fact(causes));
        }
        // What serves now has its image, or it would not serve.
        let stands_behind = leaf.target.is_some_and(|target| target.tier > 0);
        if stands_behind || leaf.is_cold() {
            let runs = leaf.target.iter().flat_map(|target| &target.runs);
            leaf.lacks = runs.clone().find(|copy| world.missing.contains(copy)).cloned();
        }
        leaf
    }

    /// The endpoint checks that decide, and what breaks them.
    fn checks(&mut self, view: &mut View<'v>, name: (&ServedName, &Failover)) {
        let world = view.world;
        let mut users: BTreeMap<CheckRef, Vec<SetIndex>> = BTreeMap::new();
        let tier = |leaf: &Leaf<'_>| leaf.target.map_or(u32::MAX, |target| target.tier);
        let mut leaves: Vec<_> = view.leaves.iter().collect();
        leaves.sort_by_key(|(index, leaf)| (tier(leaf), **index));
        for (index, leaf) in leaves {
            for check in leaf.check.iter().flat_map(|check| world.endpoints_of(check)) {
                users.entry(check).or_default().push(*index);
            }
        }
        for gauge in view.tree.checks() {
            if let Gauge::Check(check) = gauge {
                for check in world.endpoints_of(check) {
                    users.entry(check).or_default();
                }
            }
        }
        for (check, of) in users {
            let Some(endpoint) = world.endpoint(&check) else { continue };
            let first = of.first().and_then(|set| view.leaves[set].target);
            let causes = self.breaks(world, &check, first, name);
            let places: Vec<&str> = match &endpoint.checkers[..] {
                [] => CHECKERS.to_vec(),
                chosen => chosen.iter().map(lifeboat_contract::Location::as_str).collect(),
            };
            let broken = self.facts.fact(causes);
            let fleet = self.facts.fleet(self.universe, &places);
            view.asked.insert(check, Asked { endpoint, broken, fleet, of });
        }
    }

    /// What makes a check fail: the loss of the region that it asks in, and of what it needs.
    fn breaks(
        &self,
        world: &World,
        check: &CheckRef,
        first: Option<&ServedTarget>,
        (name, failover): (&ServedName, &Failover),
    ) -> BTreeSet<usize> {
        let declared = world.declared(check);
        let intent = declared.and_then(|address| self.intents.health_checks.get(address));
        let region = intent.and_then(|check| check.region.as_ref()).or_else(|| {
            // Where no set of this name has it, it is a check of a nested alias.
            let own = self.region(&first.or(name.targets.first())?.region)?;
            let endpoint = world.endpoint(check)?;
            let tells = asked_in(self.intents, failover, own, endpoint).or_else(|| {
                // What asks a name that fails over asks where that leads when something is lost.
                let leads = world.leads(&endpoint.host).filter(|_| endpoint.address.is_none())?;
                self.region(leads)
            });
            tells.or(Some(own))
        });
        let mut causes = BTreeSet::new();
        if let Some(region) = region {
            causes.extend(self.universe.causes(plain(region)));
        }
        for dependency in declared.and_then(|address| self.needs.get(address)).into_iter().flatten()
        {
            causes.extend(self.universe.causes(dependency));
        }
        causes
    }

    fn region(&self, name: &str) -> Option<&'v Address> {
        self.intents.regions.keys().find(|region| plain(region) == name)
    }
}

/// Targets outside of the zone, such as load balancers, are healthy while their region is there.
fn gauges(view: &mut View<'_>) {
    for (at, gauge) in view.tree.checks().iter().enumerate() {
        let Gauge::Target { name, .. } = gauge else { continue };
        let leaf = view.leaves.values().find(|leaf| leaf.values == [name.to_string()]);
        if let Some(dead) = leaf.and_then(|leaf| leaf.dead) {
            view.targets.insert(at, dead);
        }
    }
}

/// What a set answers, for people.
fn values(answer: &Answer) -> Vec<String> {
    match answer {
        Answer::Values(values) => values.clone(),
        Answer::Alias { name, .. } => vec![name.to_string()],
    }
}

/// Whether a set belongs to a failover's name: at it, or at a name nested for it.
fn is_of(set: &DnsName, name: &DnsName) -> bool {
    set == name
        || (set.as_str().starts_with("_lifeboat-")
            && set.as_str().split_once('.').is_some_and(|(_, base)| base == name.as_str()))
}

/// The declared target of a set: of the same label, or else of the same answer.
fn target_of(
    name: &ServedName,
    failover: &Failover,
    set: &Set,
    values: &[String],
) -> Option<usize> {
    let label = set.id.as_deref().filter(|_| is_of(&set.name, &name.name));
    let by_label = label.and_then(|label| name.targets.iter().position(|t| *t.label == *label));
    by_label.or_else(|| {
        failover.targets.iter().position(|target| match &target.data {
            crate::intent::Data::Values(declared) => declared == values,
            crate::intent::Data::Alias { .. } => false,
        })
    })
}

/// The sets to which aliases of targets lead, each with the first of those targets: what stands
/// behind a target is lost with its region.
fn led_to(zone: &Zone, name: &ServedName, client: &Client) -> BTreeMap<SetIndex, usize> {
    let mut led = BTreeMap::new();
    for (at, target) in name.targets.iter().enumerate() {
        let own = zone.sets().iter().filter(|set| {
            set.rtype == name.rtype
                && set.id.as_deref() == Some(&target.label)
                && is_of(&set.name, &name.name)
        });
        for set in own {
            if let Answer::Alias { name: to, zone_id: None, .. } = &set.spec.answer {
                for leaf in zone.tree(to, name.rtype, client).leaves() {
                    led.entry(leaf).or_insert(at);
                }
            }
        }
    }
    led
}
