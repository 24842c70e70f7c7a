//! What a cloud must do to be planned by Lifeboat.
//!
//! A provider holds *objects*, found by [`Key`]. It is read in bulk ([`Provider::observe`]) and
//! written in batches that carry what they expect to find ([`Provider::commit`]): compare and swap,
//! so no lock and no state file is needed. What it can hold is data ([`Capabilities`]), checked when
//! a plan is made.
#![warn(missing_docs)]

mod address;
mod batch;
mod call;
mod capability;
mod check;
#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod image;
pub mod living;
mod mark;
mod name;
mod object;
mod permission;
mod place;
mod provider;
mod record;
pub mod routing;
mod transfer;

pub use address::{Address, AddressDigest};
pub use batch::{Batch, ImageSource, Receipt, Wanted, Write};
pub use call::{Call, Trace};
pub use capability::{
    Batching, Capabilities, Form, ProviderAttribute, ProviderInfo, Seconds, Weight,
};
pub use check::{CheckRef, Endpoint, HealthCheck, Protocol};
pub use error::{Invalid, ProviderError, Retry};
pub use image::{Digest, Encryption, ImageCopy, ImageState, Repository, RepositoryName};
pub use mark::{CheckReference, Mark, SetIdentifier, SpecHash, Stack};
pub use name::{DnsName, Location, ZoneName};
pub use object::{Key, Kind, Network, Object, Spec, Zone};
pub use permission::{NeededSet, NeededZone, Needs, Policy};
pub use place::{Area, Degrees, Site};
pub use provider::{
    BoxFuture, Depth, Lease, Limits, Observation, Provider, Providers, Scope, Unreachable,
};
pub use record::{Answer, FailoverRole, RecordSet, RecordType, Routing};
pub use transfer::{Lack, Transfer, Watch};
