//! Somebody else in the same cloud: things of their own, and hands on ours.

use std::collections::BTreeSet;

use lifeboat_contract::{
    Answer, DnsName, HealthCheck, ImageCopy, Key, Kind, Mark, Object, RecordSet, RecordType,
    Repository, Routing, Spec, Zone, ZoneName,
};
use lifeboat_local::{Cloud, Random};

use super::configuration::FOREIGN_LABEL;
use super::pipeline::stack;
use super::rules::{Shared, is_ours, lock};

/// How much somebody else does before each call, in cases of a thousand.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Restless {
    /// To things of their own.
    pub(super) own: u32,
    /// To ours, leaving the mark.
    pub(super) drift: u32,
}

/// Lets somebody else act before every call.
pub(super) fn meddler(watch: Shared, restless: Restless) -> impl FnMut(&mut Cloud, &mut Random) {
    move |cloud, random| {
        let (own, drift) = (random.chance(restless.own), random.chance(restless.drift));
        if own {
            meddle(cloud, random, &watch);
        }
        if drift {
            touch(cloud, random);
        }
        if own || drift {
            lock(&watch).forgive(cloud);
        }
    }
}

/// A zone that is there already, with a name in it that aliases may lead to.
pub(super) fn settle(cloud: &mut Cloud, watch: &Shared, zone: &str) {
    let zone: ZoneName = zone.parse().unwrap();
    let comment = Some("by hand".to_owned());
    let spec = Spec::Zone(Zone { comment, networks: Vec::new() });
    let name = zone.name.below(FOREIGN_LABEL).unwrap();
    put(cloud, watch, foreign(Key::Zone { name: zone.clone() }, spec));
    put(cloud, watch, plain(&zone, name, "198.51.100.1"));
}

/// One thing of their own appears, changes or goes.
fn meddle(cloud: &mut Cloud, random: &mut Random, watch: &Shared) {
    let objects = cloud.objects();
    let zones: Vec<&ZoneName> = objects
        .iter()
        .filter_map(|object| object.key.zone().filter(|_| object.key.kind() == Kind::Zone))
        .collect();
    let number = random.below(3);
    let zone = pick(&zones, random).copied();
    match (random.below(6), zone) {
        (0, Some(zone)) => {
            let name = zone.name.below(&format!("f{number}")).unwrap();
            put(cloud, watch, plain(zone, name, &format!("198.51.100.{number}")));
        }
        (1, Some(zone)) => {
            let name = zone.name.below(&format!("g{number}")).unwrap();
            put(cloud, watch, routed(zone, name, number));
        }
        (2, Some(zone)) => {
            let name = zone.name.below(&format!("o{number}")).unwrap();
            let mut object = plain(zone, name, "203.0.113.1");
            object.mark = Some(Mark::of(&"other".parse().unwrap(), &object.spec));
            put(cloud, watch, object);
        }
        (3, _) => put(cloud, watch, image(&objects, random)),
        (_, _) => {
            let theirs: Vec<Key> =
                lock(watch).foreign.keys().filter(|k| leaves(k)).cloned().collect();
            if let Some(key) = pick(&theirs, random) {
                lock(watch).foreign.remove(key);
                cloud.uproot(key);
            }
        }
    }
}

/// Whether they may take it away again: nothing of ours leads to it.
fn leaves(key: &Key) -> bool {
    match key {
        Key::RecordSet { name, .. } => !name.as_str().starts_with(FOREIGN_LABEL),
        Key::ImageCopy { .. } => true,
        Key::Zone { .. }
        | Key::Repository { .. }
        | Key::HealthCheck { .. }
        | Key::ForeignCheck { .. } => false,
    }
}

/// They leave what is ours: images in our repositories, names in our zones.
pub(super) fn retreat(cloud: &mut Cloud, watch: &Shared) {
    let mut watch = lock(watch);
    let homes: BTreeSet<Key> = watch.foreign.keys().cloned().collect();
    watch.foreign.retain(|key, _| {
        let home = match key {
            Key::RecordSet { zone, .. } => Key::Zone { name: zone.clone() },
            Key::ImageCopy { location, repository, .. } => {
                Key::Repository { location: location.clone(), name: repository.clone() }
            }
            Key::Zone { .. }
            | Key::Repository { .. }
            | Key::HealthCheck { .. }
            | Key::ForeignCheck { .. } => key.clone(),
        };
        let stays = homes.contains(&home);
        if !stays {
            cloud.uproot(key);
        }
        stays
    });
}

/// Changes something of ours as a person in a console does: the mark stays.
fn touch(cloud: &mut Cloud, random: &mut Random) {
    let objects = cloud.objects();
    let ours: Vec<&Object> = objects.iter().filter(|object| is_ours(object, &stack())).collect();
    let Some(object) = pick(&ours, random).copied() else { return };
    let mut object = object.clone();
    match &mut object.spec {
        Spec::RecordSet(set) => touch_set(set, random),
        Spec::HealthCheck(HealthCheck::Endpoint(endpoint)) => endpoint.failures = 9,
        Spec::HealthCheck(HealthCheck::Calculated { at_least, .. }) => *at_least += 1,
        Spec::Repository(repository) => repository.immutable = !repository.immutable,
        Spec::ImageCopy(copy) => "moved".clone_into(&mut copy.tag),
        Spec::Zone(zone) => zone.comment = Some("edited".to_owned()),
    }
    cloud.plant(object);
}

fn touch_set(set: &mut RecordSet, random: &mut Random) {
    match (&mut set.answer, &mut set.routing) {
        (_, Routing::Weighted { weight }) if random.chance(300) => *weight = 77,
        (Answer::Values(values), _) if random.chance(500) => {
            values.truncate(1);
            set.ttl = Some(7);
        }
        (Answer::Alias { evaluate_target_health, .. }, _) => {
            *evaluate_target_health = !*evaluate_target_health;
        }
        (Answer::Values(_), _) => set.health_check = None,
    }
}

/// Takes something of ours away. Only between plans: no plan can see that a thing it does not
/// write will be gone.
pub(super) fn destroy_one(cloud: &mut Cloud, random: &mut Random) {
    let objects = cloud.objects();
    let ours: Vec<&Object> = objects
        .iter()
        .filter(|object| is_ours(object, &stack()))
        .filter(|object| !matches!(object.key, Key::Zone { .. } | Key::Repository { .. }))
        .collect();
    if let Some(object) = pick(&ours, random) {
        cloud.uproot(&object.key);
    }
}

fn put(cloud: &mut Cloud, watch: &Shared, object: Object) {
    if cloud.get(&object.key).is_some_and(|there| is_ours(&there, &stack())) {
        return;
    }
    lock(watch).foreign.insert(object.key.clone(), object.clone());
    cloud.plant(object);
}

fn foreign(key: Key, spec: Spec) -> Object {
    Object { key, spec, mark: None, id: None, version: None }
}

fn plain(zone: &ZoneName, name: DnsName, value: &str) -> Object {
    let key = Key::RecordSet { zone: zone.clone(), name, rtype: RecordType::A, label: None };
    foreign(key, Spec::RecordSet(set(value, Routing::Simple)))
}

fn routed(zone: &ZoneName, name: DnsName, number: u64) -> Object {
    let label = Some(format!("theirs-{number}"));
    let key = Key::RecordSet { zone: zone.clone(), name, rtype: RecordType::A, label };
    foreign(key, Spec::RecordSet(set("198.51.100.9", Routing::Weighted { weight: 1 })))
}

fn set(value: &str, routing: Routing) -> RecordSet {
    let answer = Answer::Values(vec![value.to_owned()]);
    RecordSet { ttl: Some(60), answer, routing, health_check: None }
}

/// An image in a repository that is there, ours too, or in one of their own.
fn image(objects: &[Object], random: &mut Random) -> Object {
    let repositories: Vec<&Key> = objects
        .iter()
        .filter(|object| matches!(object.spec, Spec::Repository(_)))
        .map(|object| &object.key)
        .collect();
    let number = random.below(3);
    let (location, repository) = match pick(&repositories, random) {
        Some(Key::Repository { location, name }) => (location.clone(), name.clone()),
        _ => {
            let key = Key::Repository {
                location: "loc-0".parse().unwrap(),
                name: "foreign/app".parse().unwrap(),
            };
            let spec = Spec::Repository(Repository::default());
            return foreign(key, spec);
        }
    };
    let digest = lifeboat_contract::Digest::of(format!("theirs {number}").as_bytes());
    let tag = format!("v{number}");
    let key = Key::ImageCopy { location, repository, digest };
    foreign(key, Spec::ImageCopy(ImageCopy { tag }))
}

fn pick<'a, T>(list: &'a [T], random: &mut Random) -> Option<&'a T> {
    let at = random.below(list.len() as u64);
    list.get(usize::try_from(at).unwrap())
}
