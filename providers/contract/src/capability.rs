//! What a provider can hold, as data, checked when a plan is made.

use std::ops::RangeInclusive;

use crate::{Needs, Policy, Protocol, RecordType, Write};

/// A provider as the language sees it, known before any provider is connected.
#[derive(Clone, Copy, Debug)]
pub struct ProviderInfo {
    /// The name in `provider "<name>"`.
    pub name: &'static str,
    /// One sentence for the reference.
    pub summary: &'static str,
    /// What its block takes.
    pub attributes: &'static [ProviderAttribute],
    /// What it can hold.
    pub capabilities: &'static Capabilities,
    /// The least permissions for a configuration; absent where nobody has to be allowed anything.
    pub permissions: Option<fn(&Needs) -> Vec<Policy>>,
}

/// One attribute of a provider's block.
#[derive(Clone, Copy, Debug)]
pub struct ProviderAttribute {
    /// The name.
    pub name: &'static str,
    /// One sentence for the reference.
    pub summary: &'static str,
    /// Used where nothing is given; absent where there is none.
    pub default: Option<&'static str>,
    /// Whether a value may come from `env()`.
    pub secret: bool,
    /// What is written.
    pub form: Form,
}

/// What an attribute of a provider's block takes, and the text in which the provider gets it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// A string, as it is.
    #[default]
    Text,
    /// A list of strings, with commas between.
    List,
    /// A map of strings: `key=value`, with commas between.
    Map,
}

/// What a provider can hold.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "a table of independent abilities, not a state")]
pub struct Capabilities {
    /// Whether it serves DNS: zones, record sets, health checks.
    pub dns: bool,
    /// Whether it holds images: repositories and copies.
    pub images: bool,
    /// The types of record sets it takes.
    pub record_types: &'static [RecordType],
    /// The time to live of a record set, in seconds.
    pub ttl: RangeInclusive<u32>,
    /// Whether sets can be shared by weight.
    pub weighted: bool,
    /// Sets of one name and type.
    pub sets_max: usize,
    /// Whether a set can be an alias of another.
    pub alias: bool,
    /// How endpoints can be asked.
    pub protocols: &'static [Protocol],
    /// Whether a check can look for text in the answer.
    pub contains: bool,
    /// Whether checks can be calculated from others.
    pub calculated: bool,
    /// Seconds between two requests.
    pub interval: Seconds,
    /// Failures that make a check unhealthy.
    pub failures: RangeInclusive<u32>,
    /// Seconds until a request fails; absent where it cannot be set.
    pub timeout: Option<RangeInclusive<u32>>,
    /// Whether checkers reach private addresses.
    pub private_endpoints: bool,
    /// How much one atomic batch takes.
    pub batch: Batching,
    /// Whether a calculated check can count another calculated one.
    pub calculated_nests: bool,
    /// How many checks a calculated one can count.
    pub counted_checks_max: usize,
    /// From where endpoints can be asked; empty where that cannot be chosen.
    pub checkers: &'static [&'static str],
    /// The fewest places from which an endpoint is asked, where they are chosen.
    pub checkers_min: usize,
    /// Whether an endpoint's address can be given apart from its name.
    pub check_address: bool,
    /// Whether zones can be private.
    pub private_zones: bool,
    /// Whether a primary needs a health check or an alias that evaluates its target.
    pub primary_needs_check: bool,
    /// Whether repositories take scanning, encryption, readers, tags and policies.
    pub repository_settings: bool,
    /// Whether repositories can keep the newest images alone.
    pub retention: bool,
}

/// How much one atomic batch of record sets takes, and what steps cost.
#[derive(Clone, Copy, Debug)]
pub struct Batching {
    /// The most that a batch weighs.
    pub max: Weight,
    /// What a write weighs, at most: with the marks that come with it.
    pub weigh: fn(&Write) -> Weight,
    /// About how many calls the writes of one step take, waiting for them included.
    pub calls: fn(&[Write]) -> u32,
}

/// What counts against the limits of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weight {
    /// Records.
    pub records: usize,
    /// Characters in their values.
    pub characters: usize,
}

impl Weight {
    /// One record and no characters, for providers that only count writes.
    pub const ONE: Self = Self { records: 1, characters: 0 };

    /// Both together.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            records: self.records + other.records,
            characters: self.characters + other.characters,
        }
    }

    /// Whether this is within `max`.
    pub fn fits(self, max: Self) -> bool {
        self.records <= max.records && self.characters <= max.characters
    }
}

/// Which numbers of seconds are allowed.
#[derive(Clone, Debug)]
pub enum Seconds {
    /// Only these.
    OneOf(&'static [u32]),
    /// From the first to the last.
    Within(RangeInclusive<u32>),
}

impl Seconds {
    /// Whether `seconds` is allowed.
    pub fn allows(&self, seconds: u32) -> bool {
        match self {
            Self::OneOf(list) => list.contains(&seconds),
            Self::Within(range) => range.contains(&seconds),
        }
    }
}

impl std::fmt::Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::OneOf(list) => {
                let list: Vec<String> = list.iter().map(|s| format!("{s}s")).collect();
                f.write_str(&list.join(" or "))
            }
            Self::Within(range) => write!(f, "{}s to {}s", range.start(), range.end()),
        }
    }
}
