//! What a query is answered, and with which probability.

use std::fmt;

use super::Gauge;
use crate::{CheckRef, DnsName, RecordType};

/// The place of a set in [`Zone::sets`](super::Zone::sets).
pub type SetIndex = usize;

/// The distribution over the answers of a query: no reply twice, sorted by reply, every probability
/// above 0, and their sum 1 but for rounding.
pub type Answers = Vec<Share>;

/// One answer and how often it is given.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// Above 0, at most 1.
    pub probability: f64,
    /// The answer.
    pub reply: Reply,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reply {
    /// Record sets with values. A set of type CNAME may answer a query for another type; whoever
    /// asked goes on with its value.
    Sets {
        /// The sets that are eligible, ascending; never empty.
        of: Vec<SetIndex>,
        /// How many of them are answered, each choice as likely as the next; 1 but for multivalue.
        take: usize,
        /// How long resolvers keep it at most, in seconds: the greatest TTL of the sets, absent
        /// where none of them says.
        ttl: Option<u32>,
    },
    /// What a name outside of the zone answers for the same type.
    Foreign {
        /// The alias.
        set: SetIndex,
        /// The name.
        name: DnsName,
        /// The provider's id of its zone.
        zone_id: String,
    },
    /// The name servers of a zone below this one.
    Referral {
        /// Their set.
        set: SetIndex,
    },
    /// The name exists, and has nothing for this type and client.
    NoData,
    /// The name does not exist: NXDOMAIN.
    NoName,
    /// What is answered cannot be told.
    Undecided {
        /// What is missing, or what the documentation leaves open.
        why: Why,
    },
}

/// Why an answer cannot be told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// An alias leads to a circle of aliases.
    Circle {
        /// The name that it is an alias of.
        name: DnsName,
    },
    /// An alias leads to a name of the zone that has no set of the type.
    NoTarget {
        /// The name.
        name: DnsName,
        /// The type.
        rtype: RecordType,
    },
    /// The sets of the name and type cannot be together in a provider: policies that differ, two
    /// plain sets, two primaries, two sets for the same clients, an alias of multivalue.
    Unlawful {
        /// The name.
        name: DnsName,
        /// The type.
        rtype: RecordType,
    },
    /// A policy that has no words here.
    Policy {
        /// As the provider calls it.
        policy: String,
    },
    /// Two sets come next alike: equally near, or it is unknown how near.
    Tie {
        /// The name.
        name: DnsName,
        /// The type.
        rtype: RecordType,
    },
    /// Where the client is, or its address, decides and is unknown.
    Place,
    /// Whether this is healthy decides and is unknown.
    Health {
        /// What.
        of: Gauge,
    },
    /// The blocks of a collection's location are unknown.
    Blocks {
        /// The collection.
        collection: String,
        /// The location.
        location: String,
    },
    /// A secondary without a primary is unhealthy, which no page describes.
    LoneSecondary {
        /// The name.
        name: DnsName,
        /// The type.
        rtype: RecordType,
    },
    /// The set for the client's block is unhealthy, which no page describes.
    UnhealthyBlock {
        /// The name.
        name: DnsName,
        /// The type.
        rtype: RecordType,
    },
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Circle { name } => write!(f, "the aliases from `{name}` on go in a circle"),
            Self::NoTarget { name, rtype } => {
                write!(f, "an alias leads to `{name}` {rtype}, which does not exist")
            }
            Self::Unlawful { name, rtype } => {
                write!(f, "the sets of `{name}` {rtype} cannot be together")
            }
            Self::Policy { policy } => write!(f, "it is routed by `{policy}`"),
            Self::Tie { name, rtype } => {
                write!(f, "which set of `{name}` {rtype} is nearer to the client is unknown")
            }
            Self::Place => f.write_str("where the client is is unknown"),
            Self::Health { of: Gauge::Check(check) } => {
                write!(f, "whether health check {} is healthy is unknown", called(check))
            }
            Self::Health { of: Gauge::Target { name, zone_id: _ } } => {
                write!(f, "whether the target `{name}` is healthy is unknown")
            }
            Self::Blocks { collection, location } => {
                write!(f, "the blocks of `{location}` in collection `{collection}` are unknown")
            }
            Self::LoneSecondary { name, rtype } => {
                write!(f, "the only set of `{name}` {rtype} is an unhealthy secondary")
            }
            Self::UnhealthyBlock { name, rtype } => {
                write!(f, "the set of `{name}` {rtype} for the client's block is unhealthy")
            }
        }
    }
}

fn called(check: &CheckRef) -> String {
    match check {
        CheckRef::Address(address) => format!("`{address}`"),
        CheckRef::Marked(reference) => format!("`{reference}`"),
        CheckRef::Id(id) => format!("`{id}`"),
    }
}
