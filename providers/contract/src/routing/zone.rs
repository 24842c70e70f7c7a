//! The record sets of a zone, and how a name is found in them.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::{Client, SetIndex, Subnet, Tree, grow};
use crate::{DnsName, Location, RecordSet, RecordType};

/// One record set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set {
    /// The whole name.
    pub name: DnsName,
    /// The type.
    pub rtype: RecordType,
    /// Which of several sets of the name and type; absent for a plain set.
    pub id: Option<String>,
    /// What it is.
    pub spec: RecordSet,
}

/// What the documentation leaves open or has said in two ways. Whoever concludes from an answer
/// tells on which of them it rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assumptions {
    /// How a negative bias counts.
    pub bias: Bias,
    /// What follows when the set for the client's block of addresses is unhealthy.
    pub unhealthy_block: UnhealthyBlock,
    /// Whether sets of weight 0 keep the target of an alias healthy.
    pub zero_weight: ZeroWeight,
}

impl Assumptions {
    /// As the current pages have it; what they leave open is undecided, but that any healthy set
    /// keeps a target healthy.
    pub const CURRENT: Self = Self {
        bias: Bias::Current,
        unhealthy_block: UnhealthyBlock::Undecided,
        zero_weight: ZeroWeight::Counts,
    };
}

/// How a bias changes a distance `d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bias {
    /// `d * (1 - bias / 100)`, the current guide (`routing-policy-geoproximity`).
    Current,
    /// For a negative bias `d / (1 + bias / 100)`, the guide of 2023.
    Of2023,
}

/// What follows when the set for the client's block of addresses is unhealthy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnhealthyBlock {
    /// That is not told.
    Undecided,
    /// The next larger block that contains the client, then the default; if none is healthy, the
    /// smallest block. The guide says so of geolocation.
    AsGeolocation,
}

/// Whether sets of weight 0 keep the target of an alias healthy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZeroWeight {
    /// Like any other.
    Counts,
    /// Only where all sets of the target have weight 0.
    CountsAlone,
}

/// The record sets of one zone, as a conforming server knows them.
#[derive(Clone, Debug)]
pub struct Zone {
    sets: Vec<Set>,
    /// Every name that exists, also those that only have names below them.
    names: BTreeSet<String>,
    apex: Option<DnsName>,
    pub(super) sites: BTreeMap<Location, (f64, f64)>,
    pub(super) blocks: BTreeMap<(String, String), Vec<Subnet>>,
    pub(super) assumptions: Assumptions,
}

/// What a name and type lead to.
pub(super) enum Found {
    Group(Range<SetIndex>),
    Referral(SetIndex),
    NoData,
    NoName,
}

impl Zone {
    /// A zone of these sets; the order in which they come does not matter.
    ///
    /// Its apex is where the SOA set is, else where an NS set is above all others; NS sets
    /// elsewhere delegate.
    pub fn new(sets: impl IntoIterator<Item = Set>) -> Self {
        let mut sets: Vec<Set> = sets.into_iter().collect();
        sets.sort_by(compare);
        let soa = sets.iter().find(|set| set.rtype == RecordType::Soa);
        let above = |set: &&Set| {
            set.rtype == RecordType::Ns && sets.iter().all(|other| other.name.is_within(&set.name))
        };
        let apex = soa.or_else(|| sets.iter().find(above)).map(|set| set.name.clone());
        let within = |name: &str| match &apex {
            Some(apex) => name.len() >= apex.as_str().len(),
            None => true,
        };
        let mut names = BTreeSet::new();
        for set in &sets {
            let chain = std::iter::once(set.name.as_str()).chain(parents(set.name.as_str()));
            for name in chain.take_while(|name| within(name)) {
                if !names.insert(name.to_owned()) {
                    break;
                }
            }
        }
        let (sites, blocks) = (BTreeMap::new(), BTreeMap::new());
        Self { sets, names, apex, sites, blocks, assumptions: Assumptions::CURRENT }
    }

    /// With the latitude and longitude of regions and local zones, for geoproximity: no page gives
    /// them, so a set in a region that is not here is neither near nor far.
    #[must_use]
    pub fn with_sites(self, sites: BTreeMap<Location, (f64, f64)>) -> Self {
        Self { sites, ..self }
    }

    /// With the blocks of addresses by collection and location.
    #[must_use]
    pub fn with_blocks(self, blocks: BTreeMap<(String, String), Vec<Subnet>>) -> Self {
        Self { blocks, ..self }
    }

    /// With other assumptions than [`Assumptions::CURRENT`].
    #[must_use]
    pub fn assuming(self, assumptions: Assumptions) -> Self {
        Self { assumptions, ..self }
    }

    /// The sets, sorted by name, type and identifier.
    pub fn sets(&self) -> &[Set] {
        &self.sets
    }

    /// What a query means, health aside.
    ///
    /// Wildcards are matched (RFC 4592), delegations are referred to, a CNAME answers for every
    /// type, aliases within the zone are followed. A name outside of the zone does not exist.
    pub fn tree(&self, name: &DnsName, rtype: RecordType, client: &Client) -> Tree {
        grow::grow(self, name, rtype, client)
    }

    pub(super) fn find(&self, name: &DnsName, rtype: RecordType) -> Found {
        if let Some(referral) = self.referral(name, rtype) {
            return Found::Referral(referral);
        }
        if self.names.contains(name.as_str()) {
            return self.here(name.as_str(), rtype);
        }
        let encloser = parents(name.as_str()).find(|parent| self.names.contains(*parent));
        let wildcard = encloser.map(|parent| format!("*.{parent}"));
        match wildcard.filter(|wildcard| self.names.contains(wildcard)) {
            Some(wildcard) => self.here(&wildcard, rtype),
            None => Found::NoName,
        }
    }

    /// The topmost delegation that the name is at or below. Its DS set is still answered here.
    fn referral(&self, name: &DnsName, rtype: RecordType) -> Option<SetIndex> {
        let mut found = None;
        for cut in std::iter::once(name.as_str()).chain(parents(name.as_str())) {
            if self.apex.as_ref().is_some_and(|apex| apex.as_str() == cut) {
                break;
            }
            if !(rtype == RecordType::Ds && cut == name.as_str()) {
                found = self.group(cut, RecordType::Ns).next().or(found);
            }
        }
        found
    }

    fn here(&self, name: &str, rtype: RecordType) -> Found {
        let sets = [rtype, RecordType::Cname].map(|rtype| self.group(name, rtype));
        sets.into_iter().find(|group| !group.is_empty()).map_or(Found::NoData, Found::Group)
    }

    /// The sets of exactly this name and type.
    pub(super) fn group(&self, name: &str, rtype: RecordType) -> Range<SetIndex> {
        let key = |set: &Set| (set.name.as_str(), set.rtype).cmp(&(name, rtype));
        let first = self.sets.partition_point(|set| key(set) == Ordering::Less);
        let end = self.sets.partition_point(|set| key(set) != Ordering::Greater);
        first..end
    }
}

/// Sets of one name, type and identifier are unlawful; that they too have one order makes the zone
/// the same for every order of input.
fn compare(a: &Set, b: &Set) -> Ordering {
    let spec = |set: &Set| format!("{:?}", set.spec);
    let key = (&a.name, a.rtype, &a.id).cmp(&(&b.name, b.rtype, &b.id));
    key.then_with(|| spec(a).cmp(&spec(b)))
}

/// The names above one, nearest first.
fn parents(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('.').map(|(dot, _)| &name[dot + 1..])
}
