//! Objects: what a provider does hold.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    CheckRef, CheckReference, Digest, DnsName, HealthCheck, ImageCopy, Location, Mark, RecordSet,
    RecordType, Repository, RepositoryName, ZoneName,
};

/// How an object is found in its provider.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Key {
    /// A zone, by its name.
    Zone {
        /// Which zone.
        name: ZoneName,
    },
    /// A repository of one region.
    Repository {
        /// The region's location.
        location: Location,
        /// The repository's name.
        name: RepositoryName,
    },
    /// An image in a repository, by digest.
    ImageCopy {
        /// The region's location.
        location: Location,
        /// The repository's name.
        repository: RepositoryName,
        /// The digest of the manifest or index.
        digest: Digest,
    },
    /// A marked health check.
    HealthCheck {
        /// The mark.
        reference: CheckReference,
    },
    /// A health check that nobody marked.
    ForeignCheck {
        /// The provider's id.
        id: String,
    },
    /// A record set.
    RecordSet {
        /// The zone.
        zone: ZoneName,
        /// The whole name.
        name: DnsName,
        /// The type.
        #[serde(rename = "type")]
        rtype: RecordType,
        /// Which of several sets: the label in our set identifiers, the whole identifier of
        /// foreign ones, absent for a plain set.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        label: Option<String>,
    },
}

impl Key {
    /// What kind of object this finds.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Zone { .. } => Kind::Zone,
            Self::Repository { .. } => Kind::Repository,
            Self::ImageCopy { .. } => Kind::ImageCopy,
            Self::HealthCheck { .. } | Self::ForeignCheck { .. } => Kind::HealthCheck,
            Self::RecordSet { .. } => Kind::RecordSet,
        }
    }

    /// The region's location, for what lives in one region.
    pub fn location(&self) -> Option<&Location> {
        match self {
            Self::Repository { location, .. } | Self::ImageCopy { location, .. } => Some(location),
            Self::Zone { .. }
            | Self::HealthCheck { .. }
            | Self::ForeignCheck { .. }
            | Self::RecordSet { .. } => None,
        }
    }

    /// The zone, for what lives in one.
    pub fn zone(&self) -> Option<&ZoneName> {
        match self {
            Self::Zone { name } => Some(name),
            Self::RecordSet { zone, .. } => Some(zone),
            Self::Repository { .. }
            | Self::ImageCopy { .. }
            | Self::HealthCheck { .. }
            | Self::ForeignCheck { .. } => None,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zone { name } => write!(f, "zone {name}"),
            Self::Repository { location, name } => write!(f, "repository {name} in {location}"),
            Self::ImageCopy { location, repository, digest } => {
                write!(f, "image {repository}@{digest} in {location}")
            }
            Self::HealthCheck { reference } => write!(f, "health check {reference}"),
            Self::ForeignCheck { id } => write!(f, "health check {id}"),
            Self::RecordSet { zone: _, name, rtype, label: None } => {
                write!(f, "record set {name} {rtype}")
            }
            Self::RecordSet { zone: _, name, rtype, label: Some(label) } => {
                write!(f, "record set {name} {rtype} \"{label}\"")
            }
        }
    }
}

/// The kinds of things that providers hold, in the order in which they are made.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A DNS zone.
    Zone,
    /// An image repository in one region.
    Repository,
    /// An image in a repository.
    ImageCopy,
    /// A health check.
    HealthCheck,
    /// A record set.
    RecordSet,
}

impl Kind {
    /// The kind as machines read it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Zone => "zone",
            Self::Repository => "repository",
            Self::ImageCopy => "image_copy",
            Self::HealthCheck => "health_check",
            Self::RecordSet => "record_set",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zone => "zone",
            Self::Repository => "repository",
            Self::ImageCopy => "image",
            Self::HealthCheck => "health check",
            Self::RecordSet => "record set",
        })
    }
}

/// What an object shall be or is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Spec {
    /// A DNS zone.
    Zone(Zone),
    /// An image repository in one region.
    Repository(Repository),
    /// An image in a repository.
    ImageCopy(ImageCopy),
    /// A health check.
    HealthCheck(HealthCheck),
    /// A record set.
    RecordSet(RecordSet),
}

impl Spec {
    /// What kind of object this describes.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Zone(_) => Kind::Zone,
            Self::Repository(_) => Kind::Repository,
            Self::ImageCopy(_) => Kind::ImageCopy,
            Self::HealthCheck(_) => Kind::HealthCheck,
            Self::RecordSet(_) => Kind::RecordSet,
        }
    }

    /// Calls the health checks that this depends on by other names; those without one keep theirs.
    pub fn rename_checks(&mut self, name: impl Fn(&CheckRef) -> Option<CheckRef>) {
        match self {
            Self::HealthCheck(check) => check.rename_checks(name),
            Self::RecordSet(RecordSet { health_check: Some(check), .. }) => {
                if let Some(name) = name(check) {
                    *check = name;
                }
            }
            Self::RecordSet(_) | Self::Zone(_) | Self::Repository(_) | Self::ImageCopy(_) => {}
        }
    }
}

/// A DNS zone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// A note for people.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub comment: Option<String>,
    /// The networks that see it, sorted; none for a public zone.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub networks: Vec<Network>,
}

/// A private network: a VPC.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Where it is.
    pub location: Location,
    /// The provider's id: `vpc-0123456789abcdef0`.
    pub id: String,
}

/// One thing that a provider does hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Object {
    /// How it is found.
    pub key: Key,
    /// What it is.
    pub spec: Spec,
    /// Who owns it; absent for what Lifeboat did not make.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mark: Option<Mark>,
    /// The provider's id, for people and for calls.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
    /// The provider's version counter, where it keeps one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub version: Option<u64>,
}
