//! A configuration as a value: made by chance, mended so that it is lawful, edited by [`super::edit`].

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_contract::RecordType;

use super::chance::Chance;

/// What a configuration declares, by the names of its blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Configuration {
    /// The location of each region.
    pub(super) regions: BTreeMap<String, String>,
    pub(super) images: BTreeMap<String, Image>,
    pub(super) checks: BTreeMap<String, Check>,
    pub(super) zones: BTreeMap<String, Zone>,
    pub(super) served: BTreeMap<String, Served>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Image {
    pub(super) repository: String,
    pub(super) regions: BTreeSet<String>,
    pub(super) keep: Option<u32>,
    pub(super) immutable: bool,
    /// What its digest is made of.
    pub(super) content: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Check {
    Endpoint {
        host: u64,
        scheme: &'static str,
        interval: u32,
        failures: u32,
        contains: Option<u64>,
        timeout: Option<u32>,
    },
    /// Counts others: all of them, or one.
    Counted { of: BTreeSet<String>, all: bool },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Zone {
    pub(super) name: String,
    pub(super) create: bool,
    /// Whether it holds [`FOREIGN_LABEL`].
    pub(super) shared: bool,
    pub(super) comment: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Served {
    pub(super) zone: String,
    pub(super) label: String,
    pub(super) rtype: RecordType,
    pub(super) ttl: u32,
    pub(super) answers: Answers,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answers {
    /// A `record` block.
    Plain(Data),
    /// A `failover` block.
    Targets(Vec<Target>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Data {
    Values(BTreeSet<String>),
    /// The label of another name of the zone.
    Alias(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) name: String,
    pub(super) region: String,
    pub(super) data: Data,
    pub(super) check: Option<String>,
    pub(super) runs: BTreeSet<String>,
    /// With one, all targets of the failover have one.
    pub(super) tier: Option<u32>,
    pub(super) weight: u8,
}

/// Zones that are not this stack's to make, and whether each was there from the beginning.
pub(super) type Existing = BTreeMap<String, bool>;

/// A name in zones that were there before that is somebody else's, there from the beginning to the end.
pub(super) const FOREIGN_LABEL: &str = "theirs";

/// A check whose name starts so is an instance of one block with `for_each`.
pub(super) const EACH: &str = "e_";

const LABELS: [&str; 7] = ["@", "www", "api", "a", "b", "*", "x.y"];
const TTLS: [u32; 4] = [5, 60, 300, 3600];
const INTERVALS: [u32; 3] = [10, 20, 30];

impl Configuration {
    /// A lawful configuration. Zones that are there already are not created.
    pub(super) fn draw(chance: &mut Chance, existing: &Existing) -> Self {
        let mut drawn = Self::default();
        for _ in 0..=chance.below(3) {
            drawn.add_region(chance);
        }
        for _ in 0..chance.below(3) {
            drawn.add_image(chance);
        }
        let checks = if chance.likely(200) { 12 } else { chance.below(5) };
        for _ in 0..checks {
            drawn.add_check(chance);
        }
        for _ in 0..=chance.below(2) {
            drawn.add_zone(chance, existing);
        }
        for _ in 0..=chance.below(6) {
            drawn.add_served(chance);
        }
        drawn.mend();
        drawn
    }

    pub(super) fn add_region(&mut self, chance: &mut Chance) {
        let number = chance.below(4);
        self.regions.insert(format!("r{number}"), format!("loc-{number}"));
    }

    pub(super) fn add_image(&mut self, chance: &mut Chance) {
        let number = chance.below(3);
        let all: Vec<String> = self.regions.keys().cloned().collect();
        let image = Image {
            repository: format!("shop/i{number}"),
            regions: all.into_iter().filter(|_| chance.likely(700)).collect(),
            keep: chance.likely(300).then(|| chance.small(1, 3)),
            immutable: chance.likely(700),
            content: chance.below(5),
        };
        self.images.insert(format!("i{number}"), image);
    }

    pub(super) fn add_check(&mut self, chance: &mut Chance) {
        let number = chance.below(6);
        let others: Vec<String> = self.checks.keys().cloned().collect();
        let (name, check) = if !others.is_empty() && chance.likely(400) {
            let of = others.into_iter().filter(|_| chance.likely(600)).collect();
            (format!("c{number}"), Check::Counted { of, all: chance.likely(500) })
        } else if chance.likely(300) {
            (format!("{EACH}{number}"), endpoint(chance))
        } else {
            (format!("c{number}"), endpoint(chance))
        };
        self.checks.insert(name, check);
    }

    pub(super) fn add_zone(&mut self, chance: &mut Chance, existing: &Existing) {
        let (block, name) =
            if chance.likely(600) { ("main", "example.com") } else { ("second", "example.org") };
        let create = !existing.contains_key(name);
        let shared = existing.get(name).is_some_and(|shared| *shared);
        let comment = (create && chance.likely(300)).then(|| chance.below(3));
        let name = name.to_owned();
        self.zones.insert(block.to_owned(), Zone { name, create, shared, comment });
    }

    pub(super) fn add_served(&mut self, chance: &mut Chance) {
        let Some(zone) = chance.key(&self.zones) else { return };
        let label = LABELS[chance.place(LABELS.len())].to_owned();
        let rtype = match chance.below(10) {
            0 => RecordType::Aaaa,
            1 => RecordType::Txt,
            2 => RecordType::Cname,
            _ => RecordType::A,
        };
        let answers = if rtype == RecordType::A && chance.likely(550) {
            let targets =
                (0..chance.small(2, 5)).map(|at| self.target(chance, rtype, at)).collect();
            Answers::Targets(targets)
        } else {
            Answers::Plain(self.data(chance, rtype))
        };
        let ttl = TTLS[chance.place(TTLS.len())];
        let block = format!("n{}", chance.below(9));
        self.served.insert(block, Served { zone, label, rtype, ttl, answers });
    }

    pub(super) fn target(&self, chance: &mut Chance, rtype: RecordType, at: u32) -> Target {
        Target {
            name: format!("t{at}"),
            region: chance.key(&self.regions).unwrap_or_default(),
            data: self.data(chance, rtype),
            check: chance.key(&self.checks).filter(|_| chance.likely(700)),
            runs: self.images.keys().filter(|_| chance.likely(400)).cloned().collect(),
            tier: chance.likely(500).then(|| chance.small(1, 3)),
            weight: if chance.likely(100) { 0 } else { 1 + u8::try_from(chance.below(9)).unwrap() },
        }
    }

    pub(super) fn data(&self, chance: &mut Chance, rtype: RecordType) -> Data {
        if rtype == RecordType::A && chance.likely(250) {
            let labels: Vec<&String> = self.served.values().map(|served| &served.label).collect();
            let label = match labels.get(chance.place(labels.len() + 1)) {
                Some(label) => (*label).clone(),
                None => FOREIGN_LABEL.to_owned(),
            };
            return Data::Alias(label);
        }
        values(chance, rtype)
    }
}

pub(super) fn endpoint(chance: &mut Chance) -> Check {
    let scheme = ["http", "https", "tcp"][chance.place(3)];
    Check::Endpoint {
        host: chance.below(4),
        scheme,
        interval: INTERVALS[chance.place(INTERVALS.len())],
        failures: chance.small(1, 4),
        contains: (scheme != "tcp" && chance.likely(300)).then(|| chance.below(3)),
        timeout: chance.likely(200).then(|| chance.small(1, 5)),
    }
}

pub(super) fn values(chance: &mut Chance, rtype: RecordType) -> Data {
    let count = if rtype == RecordType::Cname { 1 } else { chance.small(1, 3) };
    let one = |number: u64| {
        if rtype == RecordType::Aaaa {
            format!("2001:db8::{number}")
        } else if rtype == RecordType::Txt {
            format!("text {number}")
        } else if rtype == RecordType::Cname {
            format!("host{number}.example.net")
        } else {
            format!("192.0.2.{number}")
        }
    };
    Data::Values((0..count).map(|_| one(1 + chance.below(9))).collect())
}
