//! Single objects: looked up, listed, and edited from outside as a person or another tool does.

use lifeboat_contract::{DnsName, HealthCheck, Key, Object, RecordSet, RecordType, Spec, ZoneName};

use super::{Cloud, HeldCheck, HeldImage, HeldRepository, HeldSet, HeldZone, SetKey};

impl Cloud {
    /// What is at a key.
    pub fn get(&self, key: &Key) -> Option<Object> {
        match key {
            Key::Zone { name } => Some(self.zones.get(name)?.object(name)),
            Key::Repository { location, name } => {
                Some(self.regions.get(location)?.get(name)?.object(location, name))
            }
            Key::ImageCopy { location, repository, digest } => {
                let held = self.regions.get(location)?.get(repository)?;
                Some(held.images.get(digest)?.object(location, repository, digest))
            }
            Key::HealthCheck { reference } => {
                Some(self.checks.marked.get(reference)?.object(reference))
            }
            Key::ForeignCheck { id } => self.checks.foreign_object(id),
            Key::RecordSet { zone, name, rtype, label } => {
                let key = SetKey { name: name.clone(), rtype: *rtype, label: label.clone() };
                Some(self.zones.get(zone)?.set(&key)?.object(zone, &key))
            }
        }
    }

    /// Everything that is there, sorted by key.
    pub fn objects(&self) -> Vec<Object> {
        let zones = self.zones.iter().flat_map(|(name, zone)| zone.objects(name));
        let regions = self.regions.iter().flat_map(|(location, repositories)| {
            repositories.iter().flat_map(|(name, held)| held.objects(location, name))
        });
        let checks = self.checks.objects().chain(self.checks.foreign_objects());
        let mut objects: Vec<Object> = zones.chain(regions).chain(checks).collect();
        objects.sort_by(|a, b| a.key.cmp(&b.key));
        objects
    }

    /// The sets of one name and type, with their labels.
    pub fn record_sets<'a>(
        &'a self,
        zone: &ZoneName,
        name: &'a DnsName,
        rtype: RecordType,
    ) -> impl Iterator<Item = (Option<&'a str>, &'a RecordSet)> {
        let zone = self.zones.get(zone);
        zone.into_iter().flat_map(move |zone| {
            zone.sets_of(name, rtype).map(|(key, held)| (key.label.as_deref(), &held.set))
        })
    }

    /// Puts an object there as somebody else would, past every rule; ids and versions are the
    /// cloud's own. What lives in a zone or repository that is not there brings it along.
    pub fn plant(&mut self, object: Object) {
        let Object { key, spec, mark, id: _, version: _ } = object;
        match (key, spec) {
            (Key::Zone { name }, Spec::Zone(zone)) => {
                let held = self.zones.entry(name).or_default();
                held.zone = zone;
                held.mark = mark;
            }
            (Key::Repository { location, name }, Spec::Repository(repository)) => {
                let held = self.regions.entry(location).or_default().entry(name).or_default();
                held.repository = repository;
                held.mark = mark;
            }
            (Key::ImageCopy { location, repository, digest }, Spec::ImageCopy(copy)) => {
                let repositories = self.regions.entry(location).or_default();
                let held: &mut HeldRepository = repositories.entry(repository).or_default();
                let pushed = held.next_push();
                held.images.insert(digest, HeldImage::new(copy.tag, mark, pushed));
            }
            (Key::HealthCheck { reference }, Spec::HealthCheck(check)) => {
                let before = self.checks.marked.get(&reference);
                let version = before.map_or(1, |held| held.version + 1);
                let adopted = before.and_then(|held| held.adopted.clone());
                let held = HeldCheck { check, spec: mark.map(|mark| mark.spec), version, adopted };
                self.checks.marked.insert(reference, held);
            }
            (Key::RecordSet { zone, name, rtype, label }, Spec::RecordSet(set)) => {
                let held: &mut HeldZone = self.zones.entry(zone).or_default();
                held.put(SetKey { name, rtype, label }, Some(HeldSet { set, mark }));
            }
            (Key::ForeignCheck { id }, Spec::HealthCheck(check)) => self.plant_check(&id, check),
            // A key that holds another kind of spec is nowhere: there is nothing to plant.
            (
                Key::Zone { .. }
                | Key::Repository { .. }
                | Key::ImageCopy { .. }
                | Key::HealthCheck { .. }
                | Key::ForeignCheck { .. }
                | Key::RecordSet { .. },
                _,
            ) => {}
        }
    }

    /// Puts a health check there that carries no mark.
    pub fn plant_check(&mut self, id: &str, check: HealthCheck) {
        self.checks.foreign.insert(id.to_owned(), check);
    }

    /// Takes an object away as somebody else would, past every rule, with all that it holds.
    pub fn uproot(&mut self, key: &Key) {
        match key {
            Key::Zone { name } => drop(self.zones.remove(name)),
            Key::Repository { location, name } => {
                self.regions.get_mut(location).map(|held| held.remove(name));
            }
            Key::ImageCopy { location, repository, digest } => {
                let held = self.regions.get_mut(location).and_then(|all| all.get_mut(repository));
                held.map(|held| held.images.remove(digest));
            }
            Key::HealthCheck { reference } => drop(self.checks.marked.remove(reference)),
            Key::ForeignCheck { id } => drop(self.checks.foreign.remove(id)),
            Key::RecordSet { zone, name, rtype, label } => {
                let key = SetKey { name: name.clone(), rtype: *rtype, label: label.clone() };
                self.zones.get_mut(zone).map(|held| held.put(key, None));
            }
        }
    }
}
