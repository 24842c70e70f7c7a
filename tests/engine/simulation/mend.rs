//! Makes a configuration lawful: what an author would be told to repair is repaired here.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_contract::RecordType;

use super::configuration::{Answers, Check, Configuration, Data, EACH, FOREIGN_LABEL, Served};

impl Configuration {
    pub(super) fn mend(&mut self) {
        if self.regions.is_empty() {
            self.regions.insert("r0".to_owned(), "loc-0".to_owned());
        }
        if self.zones.is_empty() {
            self.served.clear();
        }
        self.mend_images();
        self.mend_checks();
        self.mend_names();
        self.mend_targets();
        self.mend_aliases();
    }

    fn mend_images(&mut self) {
        let mut taken = BTreeSet::new();
        let regions: BTreeSet<String> = self.regions.keys().cloned().collect();
        self.images.retain(|_, image| {
            image.regions.retain(|region| regions.contains(region));
            !image.regions.is_empty() && taken.insert(image.repository.clone())
        });
    }

    /// Checks count only others that are there, and none counts itself.
    fn mend_checks(&mut self) {
        let names: BTreeSet<String> = self.checks.keys().cloned().collect();
        let before = self.checks.clone();
        for (name, check) in &mut self.checks {
            match check {
                Check::Counted { of, all: _ } => {
                    of.retain(|other| names.contains(other) && !reaches(&before, other, name));
                    if of.is_empty() || name.starts_with(EACH) {
                        *check = plain_endpoint();
                    }
                }
                Check::Endpoint { contains, timeout, .. } if name.starts_with(EACH) => {
                    (*contains, *timeout) = (None, None);
                }
                Check::Endpoint { .. } => {}
            }
        }
    }

    /// One block for a name and type, nothing beside a CNAME, and none at the zone itself.
    fn mend_names(&mut self) {
        let mut types: BTreeMap<(String, String), BTreeSet<RecordType>> = BTreeMap::new();
        let zones = &self.zones;
        self.served.retain(|_, served| {
            let cname = served.rtype == RecordType::Cname;
            if !zones.contains_key(&served.zone) || (cname && served.label == "@") {
                return false;
            }
            let here = types.entry((served.zone.clone(), served.label.clone())).or_default();
            let alone = here.is_empty() || !(cname || here.contains(&RecordType::Cname));
            alone && here.insert(served.rtype)
        });
    }

    fn mend_targets(&mut self) {
        let (regions, images, checks) = (&self.regions, &self.images, &self.checks);
        for served in self.served.values_mut() {
            let Answers::Targets(targets) = &mut served.answers else { continue };
            targets.retain(|target| regions.contains_key(&target.region));
            let tiered = targets.first().is_some_and(|first| first.tier.is_some());
            let mut names = BTreeSet::new();
            targets.retain(|target| names.insert(target.name.clone()));
            for target in targets.iter_mut() {
                target.tier = tiered.then(|| target.tier.unwrap_or(1));
                target.check.take_if(|check| !checks.contains_key(check));
                target.runs.retain(|image| {
                    images.get(image).is_some_and(|image| image.regions.contains(&target.region))
                });
            }
            if targets.len() < 2 {
                served.answers = Answers::Plain(replacement());
            }
        }
    }

    /// Aliases lead to something of the same zone and type, and never in a circle.
    fn mend_aliases(&mut self) {
        loop {
            let sound = self.sound();
            let mut mended = false;
            for (block, served) in &mut self.served {
                if sound.contains(block) {
                    continue;
                }
                mended = true;
                for data in served.data_mut() {
                    if matches!(data, Data::Alias(_)) {
                        *data = replacement();
                    }
                }
                break;
            }
            if !mended {
                return;
            }
        }
    }

    /// The blocks whose aliases all lead to values in the end.
    fn sound(&self) -> BTreeSet<String> {
        let mut sound: BTreeSet<String> = BTreeSet::new();
        loop {
            let before = sound.len();
            for (block, served) in &self.served {
                let leads = |label: &String| {
                    (label == FOREIGN_LABEL && self.zones[&served.zone].shared)
                        || self.served.iter().any(|(other, at)| {
                            sound.contains(other)
                                && (&at.zone, &at.label, at.rtype)
                                    == (&served.zone, label, served.rtype)
                        })
                };
                let good = served.data().into_iter().all(|data| match data {
                    Data::Values(_) => true,
                    Data::Alias(label) => leads(label),
                });
                if good {
                    sound.insert(block.clone());
                }
            }
            if sound.len() == before {
                return sound;
            }
        }
    }
}

impl Served {
    pub(super) fn data(&self) -> Vec<&Data> {
        match &self.answers {
            Answers::Plain(data) => vec![data],
            Answers::Targets(targets) => targets.iter().map(|target| &target.data).collect(),
        }
    }

    pub(super) fn data_mut(&mut self) -> Vec<&mut Data> {
        match &mut self.answers {
            Answers::Plain(data) => vec![data],
            Answers::Targets(targets) => {
                targets.iter_mut().map(|target| &mut target.data).collect()
            }
        }
    }
}

fn replacement() -> Data {
    Data::Values(BTreeSet::from(["192.0.2.200".to_owned()]))
}

fn plain_endpoint() -> Check {
    Check::Endpoint {
        host: 0,
        scheme: "https",
        interval: 30,
        failures: 3,
        contains: None,
        timeout: None,
    }
}

/// Whether `from` is `to` or counts it, be it through others that come before it by name.
fn reaches(checks: &BTreeMap<String, Check>, from: &str, to: &str) -> bool {
    let mut open = vec![from];
    let mut seen = BTreeSet::new();
    while let Some(name) = open.pop() {
        if name == to {
            return true;
        }
        if let Some(Check::Counted { of, all: _ }) = checks.get(name)
            && seen.insert(name)
        {
            open.extend(of.iter().map(String::as_str));
        }
    }
    false
}
