//! The record sets and health checks of one world: as it shall be, or as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lifeboat_contract::routing::{Checks, Gauge, Set, Tree, Zone};
use lifeboat_contract::{
    Address, AddressDigest, CheckRef, Endpoint, HealthCheck, Key, Object, Spec, ZoneName,
};

use crate::desired::Desired;
use crate::live::Live;

/// One world.
pub(super) struct World {
    zones: BTreeMap<(Arc<str>, ZoneName), Zone>,
    specs: BTreeMap<CheckRef, HealthCheck>,
    /// What declares a check.
    declared: BTreeMap<CheckRef, Address>,
    /// The region that each name which fails over leads to first.
    leads: BTreeMap<String, Arc<str>>,
    /// The image copies that are missing.
    pub(super) missing: Vec<Address>,
}

impl World {
    /// As it will be once everything desired is applied.
    pub(super) fn desired(desired: &Desired, live: Option<&Live>) -> Self {
        let mut making = Making::default();
        for (address, resource) in &desired.resources {
            match (&resource.spec, &resource.key) {
                (Spec::RecordSet(spec), Some(Key::RecordSet { zone, name, rtype, label })) => {
                    let set = Set {
                        name: name.clone(),
                        rtype: *rtype,
                        id: label.clone(),
                        spec: spec.clone(),
                    };
                    making.set(&resource.provider, zone, set);
                }
                (Spec::HealthCheck(check), _) => {
                    making.check(CheckRef::Address(address.clone()), check, Some(address.clone()));
                }
                (_, _) => {}
            }
        }
        let wanted: BTreeSet<&Key> =
            desired.resources.values().filter_map(|resource| resource.key.as_ref()).collect();
        for (provider, object) in all(live) {
            // What bears a mark is either desired or about to go.
            let foreign = object.mark.is_none();
            match (&object.key, &object.spec) {
                (Key::RecordSet { .. }, Spec::RecordSet(_)) if foreign => {
                    // What is being adopted stands among the resources already.
                    if !wanted.contains(&object.key) {
                        making.object(provider, object);
                    }
                }
                (Key::ForeignCheck { id }, Spec::HealthCheck(check)) => {
                    making.check(CheckRef::Id(id.clone()), check, None);
                }
                (_, _) => {}
            }
        }
        making.world(desired, Vec::new())
    }

    /// As it is.
    pub(super) fn live(desired: &Desired, live: &Live) -> Self {
        let mut making = Making::default();
        let declared: BTreeMap<AddressDigest, &Address> =
            desired.resources.keys().map(|address| (address.digest(), address)).collect();
        for (provider, object) in all(Some(live)) {
            match (&object.key, &object.spec) {
                (Key::RecordSet { .. }, _) => making.object(provider, object),
                (Key::HealthCheck { reference }, Spec::HealthCheck(check)) => {
                    let own = reference.stack == desired.stack;
                    let address = declared.get(&reference.address).filter(|_| own);
                    let name = CheckRef::Marked(reference.clone());
                    making.check(name, check, address.map(|address| (*address).clone()));
                }
                (Key::ForeignCheck { id }, Spec::HealthCheck(check)) => {
                    making.check(CheckRef::Id(id.clone()), check, None);
                }
                (_, _) => {}
            }
        }
        let copies = desired.resources.iter().filter(|(_, resource)| {
            let key = resource.key.as_ref().filter(|key| matches!(key, Key::ImageCopy { .. }));
            key.is_some_and(|key| {
                live.object(&resource.provider, key).is_none()
                    && live.unreachable(&resource.provider, Some(key)).is_none()
            })
        });
        making.world(desired, copies.map(|(address, _)| address.clone()).collect())
    }

    pub(super) fn zone(&self, provider: &Arc<str>, zone: &ZoneName) -> Option<&Zone> {
        self.zones.get(&(Arc::clone(provider), zone.clone()))
    }

    /// The checks that decide in a tree, and those that they count.
    pub(super) fn checks_of(&self, tree: &Tree) -> Checks {
        let mut reached: BTreeMap<CheckRef, &HealthCheck> = BTreeMap::new();
        let mut open: Vec<&CheckRef> = tree.checks().iter().filter_map(check_of).collect();
        while let Some(next) = open.pop() {
            let Some(spec) = self.specs.get(next) else { continue };
            if reached.insert(next.clone(), spec).is_none() {
                open.extend(self.counted(next).into_iter().flat_map(|(checks, _)| checks));
            }
        }
        Checks::new(reached)
    }

    pub(super) fn endpoint(&self, check: &CheckRef) -> Option<&Endpoint> {
        match self.specs.get(check)? {
            HealthCheck::Endpoint(endpoint) => Some(endpoint),
            HealthCheck::Calculated { .. } => None,
        }
    }

    /// The checks that a check counts, and how many of them have to be healthy.
    pub(super) fn counted(&self, check: &CheckRef) -> Option<(&[CheckRef], usize)> {
        match self.specs.get(check)? {
            HealthCheck::Calculated { checks, at_least, .. } => {
                Some((checks, usize::try_from(*at_least).unwrap_or(usize::MAX)))
            }
            HealthCheck::Endpoint(_) => None,
        }
    }

    pub(super) fn is_inverted(&self, check: &CheckRef) -> bool {
        match self.specs.get(check) {
            Some(HealthCheck::Endpoint(endpoint)) => endpoint.inverted,
            Some(HealthCheck::Calculated { inverted, .. }) => *inverted,
            None => false,
        }
    }

    /// The block that declares a check.
    pub(super) fn declared(&self, check: &CheckRef) -> Option<&Address> {
        self.declared.get(check)
    }

    /// The region that a name which fails over leads to first.
    pub(super) fn leads(&self, name: &str) -> Option<&str> {
        self.leads.get(&name.to_ascii_lowercase()).map(|region| &**region)
    }

    /// Endpoint checks that decide this one, itself if it is one.
    pub(super) fn endpoints_of(&self, check: &CheckRef) -> Vec<CheckRef> {
        let mut endpoints = Vec::new();
        let mut seen = vec![check];
        let mut open = vec![check];
        while let Some(next) = open.pop() {
            match self.counted(next) {
                None => endpoints.push(next.clone()),
                Some((checks, _)) => {
                    for child in checks {
                        if !seen.contains(&child) {
                            seen.push(child);
                            open.push(child);
                        }
                    }
                }
            }
        }
        endpoints.sort();
        endpoints
    }
}

/// The health check that a gauge is.
pub(super) fn check_of(gauge: &Gauge) -> Option<&CheckRef> {
    match gauge {
        Gauge::Check(check) => Some(check),
        Gauge::Target { .. } => None,
    }
}

fn all(live: Option<&Live>) -> impl Iterator<Item = (&Arc<str>, &Object)> {
    live.into_iter()
        .flat_map(Live::all)
        .flat_map(|(provider, objects)| objects.iter().map(move |object| (provider, object)))
}

#[derive(Default)]
struct Making {
    sets: BTreeMap<(Arc<str>, ZoneName), Vec<Set>>,
    specs: BTreeMap<CheckRef, HealthCheck>,
    declared: BTreeMap<CheckRef, Address>,
}

impl Making {
    fn set(&mut self, provider: &Arc<str>, zone: &ZoneName, set: Set) {
        self.sets.entry((Arc::clone(provider), zone.clone())).or_default().push(set);
    }

    fn object(&mut self, provider: &Arc<str>, object: &Object) {
        let (Key::RecordSet { zone, name, rtype, label }, Spec::RecordSet(spec)) =
            (&object.key, &object.spec)
        else {
            return;
        };
        let (name, id) = (name.clone(), label.clone());
        self.set(provider, zone, Set { name, rtype: *rtype, id, spec: spec.clone() });
    }

    fn check(&mut self, name: CheckRef, check: &HealthCheck, declared: Option<Address>) {
        if let Some(address) = declared {
            self.declared.insert(name.clone(), address);
        }
        self.specs.insert(name, check.clone());
    }

    fn world(self, desired: &Desired, missing: Vec<Address>) -> World {
        let zones = self.sets.into_iter().map(|(place, sets)| (place, Zone::new(sets))).collect();
        let leads = desired.names.iter().filter_map(|name| {
            Some((
                name.name.as_str().to_ascii_lowercase(),
                Arc::clone(&name.targets.first()?.region),
            ))
        });
        let leads = leads.collect();
        World { zones, specs: self.specs, declared: self.declared, leads, missing }
    }
}
