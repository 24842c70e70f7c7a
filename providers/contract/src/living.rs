//! A cloud that is alive: it answers DNS queries, asks endpoints, and loses regions for real.
//!
//! For rehearsals only, all on this machine. All durations are those of the cloud's own clock, which
//! may run faster than the wall's.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AddressDigest, BoxFuture, CheckRef, Location};

/// How a cloud is brought to life.
#[derive(Clone, Debug)]
pub struct Staging {
    /// The folder that the cloud is kept in.
    pub folder: PathBuf,
    /// Where DNS is served, over UDP and TCP; port 0 for any that is free.
    pub dns: SocketAddr,
    /// How many seconds of the cloud pass in one of the wall's.
    pub speed: u32,
    /// What chance is drawn from: answers by weight, and when each checker begins.
    pub seed: u64,
    /// The regions, and what answers in each; a stand-in answers where nothing is given.
    pub regions: BTreeMap<Location, Option<SocketAddr>>,
    /// The region whose endpoint each declared check asks, whatever host its URL names.
    pub checks: BTreeMap<AddressDigest, Location>,
}

/// What a lost region's endpoint does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Connections are never taken: the sender waits until its own limit.
    #[default]
    Silent,
    /// Connections are refused at once.
    Refusing,
    /// Every request is answered with 503.
    Unavailable,
}

impl Loss {
    /// Every kind, by its name.
    pub const ALL: [(&'static str, Self); 3] = [
        ("silent", Self::Silent),
        ("refusing", Self::Refusing),
        ("unavailable", Self::Unavailable),
    ];

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, loss)| *loss)
    }

    /// The kind's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Refusing => "refusing",
            Self::Unavailable => "unavailable",
        }
    }
}

/// What checkers say of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whether it counts as healthy.
    pub healthy: bool,
    /// When that last changed.
    pub since: Duration,
    /// Checkers to which the endpoint is well; 0 for a check that is not asked.
    pub passing: usize,
    /// Checkers that are there and have had an answer, or none in time.
    pub reporting: usize,
    /// Checkers that are there.
    pub checkers: usize,
}

/// A cloud that is alive. Dropping it ends everything that it started.
pub trait Living: Send + Sync {
    /// Where DNS is served.
    fn dns(&self) -> SocketAddr;

    /// What answers in each region, at its own address.
    fn endpoints(&self) -> BTreeMap<Location, SocketAddr>;

    /// Where the checkers of each check stand, one entry each.
    fn checkers(&self) -> Vec<Location>;

    /// What to tell of checks that nobody can ask here, for people.
    fn remarks(&self) -> Vec<String>;

    /// The time since the start.
    fn now(&self) -> Duration;

    /// How every check stands.
    fn standing(&self) -> BTreeMap<CheckRef, Standing>;

    /// Takes a region away: its endpoint, its checkers, its registry. Returns when that was.
    ///
    /// # Errors
    /// Why it cannot be taken away, for people.
    fn lose<'a>(
        &'a self,
        region: &'a Location,
        loss: Loss,
    ) -> BoxFuture<'a, Result<Duration, String>>;

    /// Brings a region back. Returns when that was.
    ///
    /// # Errors
    /// Why it cannot be brought back, for people.
    fn restore<'a>(&'a self, region: &'a Location) -> BoxFuture<'a, Result<Duration, String>>;
}

/// Brings clouds to life.
pub trait Enliven: Send + Sync {
    /// Starts everything. It listens when this returns.
    ///
    /// # Errors
    /// Why it cannot be started, for people.
    fn start(&self, staging: Staging) -> BoxFuture<'_, Result<Box<dyn Living>, String>>;

    /// Takes a region of the cloud in `folder` away or, without a loss, brings it back. Returns
    /// whether the cloud is alive, in whatever process: without one, only the registry is lost.
    ///
    /// # Errors
    /// Why that cannot be done, for people.
    fn order(&self, folder: &Path, region: &Location, loss: Option<Loss>) -> Result<bool, String>;
}
