//! Record sets.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Area, CheckRef, DnsName, Invalid, Location, Site};

/// One set of records that share name, type and routing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordSet {
    /// How long resolvers may keep the answer, in seconds; absent for an alias, which takes its
    /// target's.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ttl: Option<u32>,
    /// What is answered.
    pub answer: Answer,
    /// Which of several sets of one name and type is answered.
    #[serde(skip_serializing_if = "Routing::is_simple", default)]
    pub routing: Routing,
    /// The check that decides whether this set may be answered.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub health_check: Option<CheckRef>,
}

/// What a record set answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Answer {
    /// These values, in presentation form, sorted; text records without their quotes.
    Values(Vec<String>),
    /// Whatever another name answers for the same type.
    Alias {
        /// The name in the same zone, or in the zone given.
        name: DnsName,
        /// The provider's id of the target's zone, where it is another zone (a load balancer's).
        #[serde(skip_serializing_if = "Option::is_none", default)]
        zone_id: Option<String>,
        /// Whether the set counts as unhealthy when its target is.
        evaluate_target_health: bool,
    },
}

/// Which of several sets of one name and type is answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Routing {
    /// The only set of its name and type.
    #[default]
    Simple,
    /// The primary while it is healthy, then the secondary.
    Failover(FailoverRole),
    /// In proportion to the weights of the healthy sets.
    Weighted {
        /// 0 to 255.
        weight: u8,
    },
    /// The region with the least latency to the client; only others' sets have it.
    Latency {
        /// The region whose latency counts.
        region: Location,
    },
    /// The smallest area that the client is in; only others' sets have it.
    Geolocation(Area),
    /// The place nearest to the client; only others' sets have it.
    Geoproximity {
        /// Where the set's resource is.
        site: Site,
        /// -99 to 99: how much larger (or smaller) the area is that it serves.
        #[serde(skip_serializing_if = "is_zero", default)]
        bias: i8,
    },
    /// By the block of addresses that the client is in; only others' sets have it.
    Cidr {
        /// The provider's id of the collection.
        collection: String,
        /// The location in the collection; `*` for clients in none of its blocks.
        location: String,
    },
    /// Several healthy sets at once, at random; only others' sets have it.
    Multivalue,
    /// A policy of the provider's that only others' sets have, and that has no words here.
    Other {
        /// What the provider calls it, with what it depends on.
        policy: String,
    },
}

impl Routing {
    /// Whether this is [`Routing::Simple`].
    pub fn is_simple(&self) -> bool {
        *self == Self::Simple
    }

    /// What a policy is called that Lifeboat reads and never writes: `latency us-east-1`.
    pub fn foreign(&self) -> Option<String> {
        match self {
            Self::Simple | Self::Failover(_) | Self::Weighted { .. } => None,
            Self::Latency { region } => Some(format!("latency {region}")),
            Self::Geolocation(area) => Some(format!("geolocation {area}")),
            Self::Geoproximity { site, bias: 0 } => Some(format!("geoproximity {site}")),
            Self::Geoproximity { site, bias } => Some(format!("geoproximity {site}, bias {bias}")),
            Self::Cidr { location, .. } => Some(format!("cidr {location}")),
            Self::Multivalue => Some("multivalue".to_owned()),
            Self::Other { policy } => Some(policy.clone()),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(bias: &i8) -> bool {
    *bias == 0
}

/// The place of a set in a failover pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailoverRole {
    /// Answered while healthy, and when nothing is.
    Primary,
    /// Answered while the primary is unhealthy.
    Secondary,
}

/// The type of a record set.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names are those of the DNS")]
pub enum RecordType {
    A,
    Aaaa,
    Caa,
    Cname,
    Ds,
    Https,
    Mx,
    Naptr,
    Ns,
    Ptr,
    Soa,
    Srv,
    Sshfp,
    Svcb,
    Tlsa,
    Txt,
}

impl RecordType {
    /// Every type, sorted by name.
    pub const ALL: [Self; 16] = [
        Self::A,
        Self::Aaaa,
        Self::Caa,
        Self::Cname,
        Self::Ds,
        Self::Https,
        Self::Mx,
        Self::Naptr,
        Self::Ns,
        Self::Ptr,
        Self::Soa,
        Self::Srv,
        Self::Sshfp,
        Self::Svcb,
        Self::Tlsa,
        Self::Txt,
    ];

    /// The name in the DNS.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Caa => "CAA",
            Self::Cname => "CNAME",
            Self::Ds => "DS",
            Self::Https => "HTTPS",
            Self::Mx => "MX",
            Self::Naptr => "NAPTR",
            Self::Ns => "NS",
            Self::Ptr => "PTR",
            Self::Soa => "SOA",
            Self::Srv => "SRV",
            Self::Sshfp => "SSHFP",
            Self::Svcb => "SVCB",
            Self::Tlsa => "TLSA",
            Self::Txt => "TXT",
        }
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for RecordType {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL.into_iter().find(|t| t.as_str() == text).ok_or_else(|| Invalid {
            what: "record type",
            value: text.to_owned(),
            why: format!("it takes one of {}", Self::ALL.map(Self::as_str).join(", ")),
        })
    }
}
