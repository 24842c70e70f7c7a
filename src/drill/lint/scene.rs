//! What rules see: the world as it will be once everything desired is applied, by name.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_contract::{
    Address, Answer, CheckRef, DnsName, Endpoint, HealthCheck, Key, RecordSet, RecordType, Routing,
    Spec, ZoneName,
};

use super::rule::Spot;
use crate::desired::{Desired, ServedName};
use crate::diagnostic::Span;
use crate::intent::{Failover, Intents, Region, Target};
use crate::live::Live;

/// How many aliases or names are followed in a row; more is a circle.
const STEPS_MAX: usize = 16;

/// A name and type of a provider's zone.
pub(super) type Place<'s> = (&'s str, &'s ZoneName, &'s DnsName, RecordType);

/// One of the sets at a place.
#[derive(Clone, Copy)]
pub(super) struct Member<'s> {
    pub(super) spec: &'s RecordSet,
    pub(super) key: &'s Key,
    /// Whether this stack declares it.
    pub(super) ours: bool,
}

/// What rules see.
pub(super) struct Scene<'s> {
    pub(super) intents: &'s Intents,
    pub(super) desired: &'s Desired,
    pub(super) live: Option<&'s Live>,
    pub(super) groups: BTreeMap<Place<'s>, Vec<Member<'s>>>,
    /// By what sets and other checks call them.
    checks: BTreeMap<CheckRef, &'s HealthCheck>,
    /// The regions of the targets that an endpoint check is asked for.
    homes: BTreeMap<CheckRef, BTreeSet<&'s Address>>,
    served: BTreeMap<&'s Address, &'s ServedName>,
    /// The places of a name.
    by_name: BTreeMap<&'s str, Vec<Place<'s>>>,
}

impl<'s> Scene<'s> {
    pub(super) fn of(intents: &'s Intents, desired: &'s Desired, live: Option<&'s Live>) -> Self {
        let mut scene = Self {
            intents,
            desired,
            live,
            groups: BTreeMap::new(),
            checks: BTreeMap::new(),
            homes: BTreeMap::new(),
            served: desired.names.iter().map(|name| (&name.address, name)).collect(),
            by_name: BTreeMap::new(),
        };
        for (address, resource) in &desired.resources {
            match (&resource.spec, &resource.key) {
                (Spec::RecordSet(spec), Some(key)) => {
                    scene.add(&resource.provider, Member { spec, key, ours: true });
                }
                (Spec::HealthCheck(check), _) => {
                    scene.checks.insert(CheckRef::Address(address.clone()), check);
                }
                (_, _) => {}
            }
        }
        scene.add_foreign();
        for place in scene.groups.keys() {
            scene.by_name.entry(place.2.as_str()).or_default().push(*place);
        }
        scene.settle_homes();
        scene
    }

    fn add(&mut self, provider: &'s str, member: Member<'s>) {
        if let Key::RecordSet { zone, name, rtype, label: _ } = member.key {
            self.groups.entry((provider, zone, name, *rtype)).or_default().push(member);
        }
    }

    /// What is there and neither declared nor about to go.
    fn add_foreign(&mut self) {
        let desired = self.desired;
        let keys = desired.resources.values().filter_map(|resource| resource.key.as_ref());
        let declared: BTreeSet<&Key> = keys.collect();
        for (provider, objects) in self.live.into_iter().flat_map(Live::all) {
            for object in objects {
                let ours = object.mark.as_ref().is_some_and(|mark| mark.stack == desired.stack);
                match (&object.spec, &object.key) {
                    (Spec::RecordSet(spec), key) if !ours && !declared.contains(key) => {
                        self.add(provider, Member { spec, key, ours: false });
                    }
                    (Spec::HealthCheck(check), Key::ForeignCheck { id }) => {
                        self.checks.insert(CheckRef::Id(id.clone()), check);
                    }
                    (Spec::HealthCheck(check), Key::HealthCheck { reference }) => {
                        self.checks.insert(CheckRef::Marked(reference.clone()), check);
                        let id = object.id.clone().map(CheckRef::Id);
                        self.checks.extend(id.map(|id| (id, check)));
                    }
                    (_, _) => {}
                }
            }
        }
    }

    fn settle_homes(&mut self) {
        for target in self.intents.failovers.values().flat_map(|failover| &failover.targets) {
            let Some(check) = &target.health_check else { continue };
            for leaf in self.leaves(&check.value) {
                self.homes.entry(leaf).or_default().insert(&target.region.value);
            }
        }
    }

    /// Failovers, each with the name that it serves.
    pub(super) fn failovers(&self) -> impl Iterator<Item = (&'s Address, &'s Failover)> {
        self.intents.failovers.iter()
    }

    pub(super) fn served(&self, failover: &Address) -> Option<&'s ServedName> {
        self.served.get(failover).copied()
    }

    /// Where a failover's sets are.
    pub(super) fn place(&self, failover: &Address) -> Option<Place<'s>> {
        let zone = self.desired.zones.get(&self.intents.failovers.get(failover)?.zone.value)?;
        let name = self.served(failover)?;
        Some((&zone.provider, &name.zone, &name.name, name.rtype))
    }

    /// The set that answers a target.
    pub(super) fn set(&self, failover: &Address, target: &Target) -> Option<&'s RecordSet> {
        let resource = self.desired.resources.get(&failover.part("target", &target.name))?;
        match &resource.spec {
            Spec::RecordSet(set) => Some(set),
            Spec::Zone(_) | Spec::Repository(_) | Spec::ImageCopy(_) | Spec::HealthCheck(_) => None,
        }
    }

    pub(super) fn region(&self, address: &Address) -> Option<&'s Region> {
        self.intents.regions.get(address)
    }

    /// Whether a health check could ever keep this target from being answered.
    pub(super) fn target_can_fail(&self, failover: &Address, target: &Target) -> bool {
        match (self.set(failover, target), self.place(failover)) {
            (Some(set), Some(place)) => self.can_fail(place, set),
            (_, _) => target.health_check.is_some(),
        }
    }

    /// Whether anything could ever make this set unhealthy.
    pub(super) fn can_fail(&self, place: Place<'s>, set: &'s RecordSet) -> bool {
        self.can_fail_within(place, set, STEPS_MAX)
    }

    fn can_fail_within(&self, place: Place<'s>, set: &'s RecordSet, steps: usize) -> bool {
        if set.health_check.is_some() {
            return true;
        }
        let Answer::Alias { name, zone_id, evaluate_target_health: true } = &set.answer else {
            return false;
        };
        let (provider, zone, _, rtype) = place;
        let target = (provider, zone, name, rtype);
        // A target stays healthy for ever as soon as one of its sets does.
        zone_id.is_some()
            || steps == 0
            || self.groups.get(&target).is_none_or(|group| {
                group.iter().all(|member| self.can_fail_within(target, member.spec, steps - 1))
            })
    }

    /// What a set is an alias of, where its health is not looked at although something tells it.
    pub(super) fn ignored(&self, place: Place<'s>, set: &'s RecordSet) -> Option<&'s DnsName> {
        let Answer::Alias { name, zone_id: None, evaluate_target_health: false } = &set.answer
        else {
            return None;
        };
        let (provider, zone, _, rtype) = place;
        let target = (provider, zone, name, rtype);
        let group = self.groups.get(&target)?;
        let told = group.iter().any(|member| self.can_fail(target, member.spec));
        (set.health_check.is_none() && told).then_some(name)
    }

    /// What a set leads to in the end: addresses, names, and load balancers with their zone.
    pub(super) fn ends(&self, place: Place<'s>, set: &'s RecordSet) -> BTreeSet<String> {
        let mut ends = BTreeSet::new();
        self.add_ends(place, set, STEPS_MAX, &mut ends);
        ends
    }

    fn add_ends(
        &self,
        (provider, zone, _, rtype): Place<'s>,
        set: &'s RecordSet,
        steps: usize,
        ends: &mut BTreeSet<String>,
    ) {
        match &set.answer {
            Answer::Values(values) => ends.extend(values.iter().cloned()),
            Answer::Alias { name, zone_id, .. } => {
                let target = (provider, zone, name, rtype);
                let group = self.groups.get(&target).filter(|_| zone_id.is_none() && steps > 0);
                match group {
                    None => drop(ends.insert(name.to_string())),
                    Some(group) => {
                        for member in group {
                            self.add_ends(target, member.spec, steps - 1, ends);
                        }
                    }
                }
            }
        }
    }

    /// The names that a name leads to in the zones seen here, itself first.
    pub(super) fn leads_to(&self, host: &str) -> Vec<String> {
        let mut names = vec![host.trim_end_matches('.').to_ascii_lowercase()];
        let mut next = 0;
        while next < names.len() && names.len() < STEPS_MAX {
            let name = names[next].clone();
            next += 1;
            let here = self.by_name.get(name.as_str()).into_iter().flatten();
            for place in here {
                for member in &self.groups[place] {
                    let further = match &member.spec.answer {
                        Answer::Alias { name, .. } => vec![name.to_string()],
                        Answer::Values(values) if place.3 == RecordType::Cname => values.clone(),
                        Answer::Values(_) => Vec::new(),
                    };
                    for name in further {
                        let name = name.trim_end_matches('.').to_ascii_lowercase();
                        if !names.contains(&name) {
                            names.push(name);
                        }
                    }
                }
            }
        }
        names
    }

    pub(super) fn check(&self, check: &CheckRef) -> Option<&'s HealthCheck> {
        self.checks.get(check).copied()
    }

    pub(super) fn endpoint(&self, check: &CheckRef) -> Option<&'s Endpoint> {
        match self.check(check)? {
            HealthCheck::Endpoint(endpoint) => Some(endpoint),
            HealthCheck::Calculated { .. } => None,
        }
    }

    /// A check and all that it counts.
    pub(super) fn reached(&self, check: &CheckRef) -> BTreeSet<CheckRef> {
        let mut reached = BTreeSet::from([check.clone()]);
        let mut open = vec![check.clone()];
        while let Some(next) = open.pop() {
            if let Some(HealthCheck::Calculated { checks, .. }) = self.check(&next) {
                open.extend(checks.iter().filter(|c| reached.insert((*c).clone())).cloned());
            }
        }
        reached
    }

    /// The endpoint checks that a check rests on.
    pub(super) fn leaves(&self, check: &CheckRef) -> BTreeSet<CheckRef> {
        let mut reached = self.reached(check);
        reached.retain(|check| self.endpoint(check).is_some());
        reached
    }

    /// Whether a check becomes unhealthy when these endpoints are lost.
    pub(super) fn fails_with(&self, check: &CheckRef, lost: &dyn Fn(&CheckRef) -> bool) -> bool {
        self.is_healthy_within(check, &|_| false, STEPS_MAX)
            && !self.is_healthy_within(check, lost, STEPS_MAX)
    }

    /// Whether a check is healthy while these endpoints are lost. One that is not here is.
    fn is_healthy_within(
        &self,
        check: &CheckRef,
        lost: &dyn Fn(&CheckRef) -> bool,
        steps: usize,
    ) -> bool {
        let Some(spec) = self.check(check).filter(|_| steps > 0) else { return true };
        match spec {
            HealthCheck::Endpoint(asked) => (asked.disabled || !lost(check)) != asked.inverted,
            HealthCheck::Calculated { checks, at_least, inverted, disabled } => {
                let well = checks.iter().filter(|c| self.is_healthy_within(c, lost, steps - 1));
                let at_least = usize::try_from(*at_least).unwrap_or(usize::MAX);
                (*disabled || well.count() >= at_least) != *inverted
            }
        }
    }

    /// The region that an endpoint check says it asks in, or that its targets are in.
    pub(super) fn homes(&self, leaf: &CheckRef) -> BTreeSet<&'s Address> {
        let declared = match leaf {
            CheckRef::Address(address) => self.intents.health_checks.get(address),
            CheckRef::Marked(_) | CheckRef::Id(_) => None,
        };
        match declared.and_then(|check| check.region.as_ref()) {
            Some(region) => BTreeSet::from([region]),
            None => self.homes.get(leaf).cloned().unwrap_or_default(),
        }
    }

    /// Everything that answers by a check: what it is, where that stands, and the check.
    pub(super) fn users(&self) -> Vec<(Spot<'s>, &'s CheckRef)> {
        let mut users = Vec::new();
        for (address, failover) in self.failovers() {
            let checks = failover.targets.iter().filter_map(|target| target.health_check.as_ref());
            users.extend(checks.map(|at| (Spot::Block(address, at.span), &at.value)));
        }
        for (address, record) in &self.intents.records {
            let check = record.health_check.as_ref();
            users.extend(check.map(|at| (Spot::Block(address, at.span), &at.value)));
        }
        let foreign = self.groups.values().flatten().filter(|member| !member.ours);
        users.extend(foreign.filter_map(|member| {
            Some((Spot::Foreign(member.key), member.spec.health_check.as_ref()?))
        }));
        users
    }

    /// Every group with a set that others own, unless the set is the only one of its name and type.
    pub(super) fn foreign_groups(&self) -> impl Iterator<Item = (Place<'s>, &[Member<'s>])> {
        let all = self.groups.iter().map(|(place, group)| (*place, &group[..]));
        all.filter(|(_, group)| {
            group.iter().any(|member| !member.ours && member.spec.routing != Routing::Simple)
        })
    }

    /// The block that declares a check, and where it stands.
    pub(super) fn declared(&self, check: &CheckRef) -> Option<(&'s Address, Span)> {
        let CheckRef::Address(address) = check else { return None };
        let (address, check) = self.intents.health_checks.get_key_value(address)?;
        Some((address, check.span))
    }
}

/// What people call a check.
pub(super) fn called(check: &CheckRef) -> String {
    match check {
        CheckRef::Address(address) => address.to_string(),
        CheckRef::Marked(reference) => reference.to_string(),
        CheckRef::Id(id) => id.clone(),
    }
}

/// What stands behind the kind of block: `web["a"]` of `health_check.web["a"]`.
pub(super) fn plain(address: &Address) -> &str {
    address.as_str().split_once('.').map_or(address.as_str(), |(_, name)| name)
}
