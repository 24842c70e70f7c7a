//! What can stand in which block, and what in none.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::sync::Arc;

use lifeboat_contract::{
    Address, Answer, CheckRef, DnsName, FailoverRole, HealthCheck, Key, Object, RecordSet,
    RecordType, Repository, RepositoryName, Routing, Spec,
};

use super::name::{Names, lawful, of_check};
use super::{Draft, Form, Piece, Settings, Unsaid};
use crate::desired::WantedZone;

/// The sets of one name and type.
type Group<'w> = Vec<&'w Object>;

/// Blocks for what is there, and what cannot stand in one.
pub(super) fn sort<'w>(settings: &Settings<'w>) -> (Vec<Draft<'w>>, Vec<Unsaid>) {
    let mut sorting = Sorting {
        settings,
        names: match &settings.form {
            Form::Whole(_) => Names::default(),
            Form::Added(taken) => Names::beside(taken),
        },
        drafts: Vec::new(),
        unsaid: Vec::new(),
    };
    for (provider, objects) in settings.live.all() {
        sorting.checks(provider, objects);
    }
    for zone in settings.desired.zones.values() {
        if settings.zones.as_ref().is_none_or(|wanted| wanted.contains(&zone.address)) {
            sorting.zone(zone);
        }
    }
    if settings.zones.is_none() {
        for (provider, objects) in settings.live.all() {
            sorting.repositories(provider, objects);
        }
    }
    (sorting.drafts, sorting.unsaid)
}

struct Sorting<'s, 'w> {
    settings: &'s Settings<'w>,
    names: Names,
    drafts: Vec<Draft<'w>>,
    unsaid: Vec<Unsaid>,
}

impl<'w> Sorting<'_, 'w> {
    fn leave(&mut self, what: &dyn Display, why: impl Into<String>) {
        self.unsaid.push(Unsaid { what: what.to_string(), why: why.into(), check: None });
    }

    fn checks(&mut self, provider: &Arc<str>, objects: &'w [Object]) {
        for object in objects {
            let (Key::ForeignCheck { .. }, Spec::HealthCheck(check)) = (&object.key, &object.spec)
            else {
                continue;
            };
            if let Some(why) = self.uncountable(provider, check) {
                let check = Some((Arc::clone(provider), object.id.clone().unwrap_or_default()));
                self.unsaid.push(Unsaid { what: object.key.to_string(), why, check });
                continue;
            }
            let name = self.names.give("health_check", &of_check(check));
            let pieces = vec![Piece { label: None, object }];
            let provider = Arc::clone(provider);
            self.drafts.push(Draft { kind: "health_check", name, provider, zone: None, pieces });
        }
    }

    /// Why a check that counts others cannot be written: only blocks are counted.
    fn uncountable(&self, provider: &Arc<str>, check: &HealthCheck) -> Option<String> {
        let HealthCheck::Calculated { checks, at_least, .. } = check else { return None };
        if *at_least == 0 {
            return Some("it counts no check as needed, and so is healthy for ever".to_owned());
        }
        checks.iter().find_map(|child| match child {
            CheckRef::Id(id) => {
                let key = Key::ForeignCheck { id: id.clone() };
                let there = self.settings.live.object(provider, &key).is_some();
                (!there).then(|| format!("it counts health check {id}, which is not there"))
            }
            CheckRef::Marked(other) => {
                Some(format!("it counts health check {other}, which stack `{}` owns", other.stack))
            }
            CheckRef::Address(_) => None,
        })
    }

    fn zone(&mut self, zone: &WantedZone) {
        let live = self.settings.live;
        let mut groups: BTreeMap<(&DnsName, RecordType), Group<'w>> = BTreeMap::new();
        for object in live.objects(&zone.provider) {
            if let Key::RecordSet { zone: of, name, rtype, .. } = &object.key
                && *of == zone.name
            {
                groups.entry((name, *rtype)).or_default().push(object);
            }
        }
        let declared = self.declared(zone);
        let places: BTreeSet<_> = groups.keys().copied().collect();
        for (place, group) in groups {
            let ours = &self.settings.desired.stack;
            if group.iter().all(|o| o.mark.as_ref().is_some_and(|mark| mark.stack == *ours)) {
                continue;
            }
            let why = declared
                .get(&place)
                .map(|address| format!("it is declared already: `lifeboat adopt '{address}'`"))
                .or_else(|| taken(&group))
                .or_else(|| housekeeping(zone, place))
                .or_else(|| lawless(zone, place, &group, &places));
            let form = match why {
                Some(why) => Err(why),
                None => self.form(&group),
            };
            match form {
                Ok((kind, labels)) => self.draft(zone, place, kind, labels, group),
                Err(why) => group.iter().for_each(|object| self.leave(&object.key, why.as_str())),
            }
        }
    }

    /// What the settings' own configuration declares in a zone.
    fn declared(&self, zone: &WantedZone) -> BTreeMap<(&'w DnsName, RecordType), &'w Address> {
        let resources = self.settings.desired.resources.iter();
        let declared = resources.filter_map(|(address, resource)| match &resource.key {
            Some(Key::RecordSet { zone: of, name, rtype, .. })
                if *of == zone.name && resource.provider == zone.provider =>
            {
                Some(((name, *rtype), address))
            }
            Some(_) | None => None,
        });
        declared.collect()
    }

    /// The kind of block that says what a group does, and the names of its targets.
    fn form(&self, group: &[&Object]) -> Result<(&'static str, Vec<String>), String> {
        let sets: Vec<&RecordSet> = group.iter().filter_map(|object| set_of(object)).collect();
        if let [RecordSet { routing: Routing::Simple, .. }] = sets[..] {
            return Ok(("record", Vec::new()));
        }
        if let Some(policy) = sets.iter().find_map(|set| set.routing.foreign()) {
            return Err(format!("it is routed by `{policy}`, for which there is no block"));
        }
        if self.settings.desired.regions.is_empty() {
            return Err("its targets need regions, and no `region` block declares one".to_owned());
        }
        let ttls: BTreeSet<u32> = sets.iter().filter_map(|set| set.ttl).collect();
        if ttls.len() > 1 {
            let ttls: Vec<String> = ttls.iter().map(|ttl| format!("{ttl} s")).collect();
            let ttls = ttls.join(" and ");
            return Err(format!(
                "its sets have TTLs of their own, {ttls}, and a `failover` has one"
            ));
        }
        let roles: Vec<&str> = sets.iter().filter_map(|set| role(&set.routing)).collect();
        let mut pair = roles.clone();
        pair.sort_unstable();
        let weighted = sets.iter().all(|set| matches!(set.routing, Routing::Weighted { .. }));
        if roles.len() == sets.len() && pair == ["primary", "secondary"] {
            return Ok(("failover", roles.into_iter().map(str::to_owned).collect()));
        }
        if !weighted || sets.len() < 2 {
            return Err(
                "a `failover` has a primary and a secondary, or shares by weight among two \
                        at least"
                    .to_owned(),
            );
        }
        let mut names = Names::default();
        let labels = group.iter().map(|object| match &object.key {
            Key::RecordSet { label: Some(label), .. } => names.give("target", label),
            Key::RecordSet { .. }
            | Key::Zone { .. }
            | Key::Repository { .. }
            | Key::ImageCopy { .. }
            | Key::HealthCheck { .. }
            | Key::ForeignCheck { .. } => names.give("target", "target"),
        });
        Ok(("failover", labels.collect()))
    }

    fn draft(
        &mut self,
        zone: &WantedZone,
        (name, rtype): (&DnsName, RecordType),
        kind: &'static str,
        labels: Vec<String>,
        group: Group<'w>,
    ) {
        let name = self.names.give(kind, &format!("{name} {rtype}"));
        let labels = labels.into_iter().map(Some).chain(std::iter::repeat(None));
        let pieces = group.into_iter().zip(labels);
        let mut pieces: Vec<Piece<'w>> =
            pieces.map(|(object, label)| Piece { label, object }).collect();
        if pieces.iter().all(|piece| set_of(piece.object).is_some_and(is_of_a_pair)) {
            pieces.sort_by(|a, b| a.label.cmp(&b.label));
        }
        let provider = Arc::clone(&zone.provider);
        let zone = Some(zone.address.clone());
        self.drafts.push(Draft { kind, name, provider, zone, pieces });
    }

    /// Repositories without a mark, each name once for all its regions.
    fn repositories(&mut self, provider: &Arc<str>, objects: &'w [Object]) {
        let mut places: BTreeMap<&RepositoryName, Vec<&'w Object>> = BTreeMap::new();
        let declared = &self.settings.desired.resources;
        for object in objects.iter().filter(|object| object.mark.is_none()) {
            let here = declared.values().any(|r| r.key.as_ref() == Some(&object.key));
            if let (Key::Repository { name, .. }, false) = (&object.key, here) {
                places.entry(name).or_default().push(object);
            }
        }
        for (name, group) in places {
            let labels: Vec<Option<String>> =
                group.iter().map(|object| self.region_of(provider, object)).collect();
            if labels.contains(&None) || !alike(&group) {
                let why = "it is not alike in all its regions, and an `image` block says one thing \
                           for all of them";
                for object in group {
                    self.leave(&object.key, why);
                }
                continue;
            }
            let pieces = group.into_iter().zip(labels);
            let pieces = pieces.map(|(object, label)| Piece { label, object }).collect();
            let name = self.names.give("image", name.as_str());
            let provider = Arc::clone(provider);
            self.drafts.push(Draft { kind: "image", name, provider, zone: None, pieces });
        }
    }

    /// What the region of a repository is called where it is written.
    fn region_of(&self, provider: &Arc<str>, object: &Object) -> Option<String> {
        let mut regions = self.settings.desired.regions.iter();
        let region = regions.find(|region| {
            region.provider == *provider && Some(&region.location) == object.key.location()
        })?;
        Some(match &self.settings.form {
            Form::Whole(_) => lawful(region.name.trim_end_matches(['"', ']'])),
            Form::Added(_) => region.name.to_string(),
        })
    }
}

/// Whether repositories differ in nothing but the keys that they are encrypted with.
fn alike(group: &[&Object]) -> bool {
    let plain = |object: &&Object| match &object.spec {
        Spec::Repository(repository) => {
            let encrypted = repository.encryption.is_some();
            Some((encrypted, Repository { encryption: None, ..repository.clone() }))
        }
        Spec::Zone(_) | Spec::ImageCopy(_) | Spec::HealthCheck(_) | Spec::RecordSet(_) => None,
    };
    let mut all = group.iter().map(plain);
    let first = all.next();
    all.all(|other| Some(other) == first)
}

/// The record set that an object is.
pub(super) fn set_of(object: &Object) -> Option<&RecordSet> {
    match &object.spec {
        Spec::RecordSet(set) => Some(set),
        Spec::Zone(_) | Spec::Repository(_) | Spec::ImageCopy(_) | Spec::HealthCheck(_) => None,
    }
}

fn role(routing: &Routing) -> Option<&'static str> {
    match routing {
        Routing::Failover(FailoverRole::Primary) => Some("primary"),
        Routing::Failover(FailoverRole::Secondary) => Some("secondary"),
        Routing::Simple
        | Routing::Weighted { .. }
        | Routing::Latency { .. }
        | Routing::Geolocation(_)
        | Routing::Geoproximity { .. }
        | Routing::Cidr { .. }
        | Routing::Multivalue
        | Routing::Other { .. } => None,
    }
}

fn is_of_a_pair(set: &RecordSet) -> bool {
    role(&set.routing).is_some()
}

/// Why a group is not ours to take: a name and type has one owner.
fn taken(group: &[&Object]) -> Option<String> {
    let owner = group.iter().find_map(|object| object.mark.as_ref())?;
    Some(format!("stack `{}` owns sets of this name and type", owner.stack))
}

/// The records that every zone has of itself.
fn housekeeping(zone: &WantedZone, (name, rtype): (&DnsName, RecordType)) -> Option<String> {
    let own = rtype == RecordType::Soa || (rtype == RecordType::Ns && *name == zone.name.name);
    own.then(|| "it is the zone's own, and stays the provider's".to_owned())
}

/// Why what is there could not be declared as it is.
fn lawless(
    zone: &WantedZone,
    (name, rtype): (&DnsName, RecordType),
    group: &[&Object],
    places: &BTreeSet<(&DnsName, RecordType)>,
) -> Option<String> {
    let mut here =
        places.range((name, RecordType::ALL[0])..).take_while(|(other, _)| *other == name);
    let first = here.find(|(_, other)| *other != rtype);
    let cname = rtype == RecordType::Cname || places.contains(&(name, RecordType::Cname));
    if let (true, Some((_, other))) = (cname, first) {
        let other = if rtype == RecordType::Cname { *other } else { RecordType::Cname };
        return Some(format!("`{name}` has {other} records, too, and a CNAME stands alone"));
    }
    let sets = group.iter().filter_map(|object| set_of(object));
    let mut targets = sets.filter_map(|set| match &set.answer {
        Answer::Alias { name, zone_id: None, .. } => Some(name),
        Answer::Alias { .. } | Answer::Values(_) => None,
    });
    let nowhere = targets.find(|target| !places.contains(&(*target, rtype)))?;
    Some(format!("it is an alias of `{nowhere}`, which has no {rtype} records in {}", zone.name))
}
