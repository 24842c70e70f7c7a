//! How fast the candidates of an image are healthy, measured as a region would have to start them.
//!
//! Input: built [`Candidate`]s, a registry, a [`Course`]. Output: [`Ranking`]. Puts the candidates
//! into the registry, pulls them from there into nothing, unpacks them, starts them by the runtime
//! that is at hand and asks them. Never ranks by what was not measured.

#[cfg(feature = "registry")]
mod ask;
#[cfg(feature = "registry")]
mod null;
#[cfg(feature = "registry")]
mod pull;
#[cfg(feature = "registry")]
mod rank;
#[cfg(feature = "registry")]
mod rounds;
#[cfg(feature = "registry")]
mod runtime;
#[cfg(feature = "registry")]
mod unpack;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use lifeboat_contract::{Digest, Invalid, RepositoryName};
use lifeboat_oci::Host;

use crate::image::Candidate;
use crate::intent::Health;

/// Fewer runs cannot tell a difference from chance.
pub const RUNS_MIN: u32 = 3;

/// What a start is made of, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Until the registry has answered for the first time: name, connection, TLS, login.
    Connect,
    Manifest,
    Download,
    Unpack,
    /// From the runtime's start to the first healthy answer.
    Start,
}

impl Phase {
    pub const ALL: [Self; 5] =
        [Self::Connect, Self::Manifest, Self::Download, Self::Unpack, Self::Start];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Manifest => "manifest",
            Self::Download => "download",
            Self::Unpack => "unpack",
            Self::Start => "start",
        }
    }
}

/// Where candidates are pulled from.
#[derive(Clone, Debug)]
pub struct Origin {
    pub host: Host,
    pub repository: RepositoryName,
    /// Whether plain HTTP was asked for.
    pub is_plain: bool,
}

impl Origin {
    /// A repository at `HOST[:PORT]`, or at `http://HOST[:PORT]` where plain HTTP shall do.
    ///
    /// # Errors
    /// When the text is no host.
    pub fn new(text: &str, repository: RepositoryName) -> Result<Self, Invalid> {
        let plain = text.strip_prefix("http://");
        let host = plain.or_else(|| text.strip_prefix("https://")).unwrap_or(text);
        let host = host.trim_end_matches('/').parse()?;
        Ok(Self { host, repository, is_plain: plain.is_some() })
    }
}

/// How it is measured.
#[derive(Clone, Copy, Debug)]
pub struct Course<'c> {
    pub runs: u32,
    /// How many requests each run makes.
    pub requests: u32,
    pub health: Option<&'c Health>,
    /// The configuration's folder, where the candidates' layouts are.
    pub from: &'c Path,
    /// An empty folder of its own.
    pub work: &'c Path,
    /// The text of a Docker configuration file. Never shown.
    pub logins: Option<&'c str>,
}

/// One run of a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub phases: BTreeMap<Phase, Duration>,
    pub requests: Vec<Duration>,
}

/// All runs of a candidate.
#[derive(Clone, Debug)]
pub struct Measured {
    pub name: String,
    pub digest: Digest,
    /// What is downloaded: configuration and layers, for one platform.
    pub bytes: u64,
    pub layers: usize,
    pub runs: Vec<Run>,
    /// Why it cannot be ranked.
    pub failed: Option<String>,
}

/// What several runs say of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    pub median: Duration,
    /// The interval that the median lies in.
    pub low: Duration,
    pub high: Duration,
    pub p95: Duration,
}

/// How long requests take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantiles {
    pub p50: Duration,
    pub p95: Duration,
    pub p99: Duration,
}

/// A candidate among the others.
#[derive(Clone, Debug)]
pub struct Placed {
    pub measured: Measured,
    /// 1 for the best; absent where it failed.
    pub rank: Option<u32>,
    /// Whether another one has the same rank.
    pub tied: bool,
    /// Until it is healthy, or as far as could be measured; the runtime's own share is subtracted.
    pub total: Option<Estimate>,
    pub phases: BTreeMap<Phase, Estimate>,
    pub requests: Option<Quantiles>,
}

/// The candidates in their order.
#[derive(Clone, Debug)]
pub struct Ranking {
    /// How it was started, such as `podman 4.3.1, runc, overlay`; or why nothing was.
    pub runtime: Result<String, String>,
    /// What the runtime takes for a program that does nothing; subtracted from every start.
    pub baseline: Option<Estimate>,
    pub placed: Vec<Placed>,
}

impl Ranking {
    /// The first of those that could be measured.
    pub fn winner(&self) -> Option<&Placed> {
        self.placed.first().filter(|placed| placed.rank.is_some())
    }
}

/// Measures candidates in turn, so that what disturbs the machine disturbs all of them: one round
/// that does not count, then as many as are asked for.
///
/// # Errors
/// When the registry does not take the candidates. What fails with one of them is told there.
#[cfg(feature = "registry")]
pub async fn measure(
    candidates: &[Candidate],
    origin: &Origin,
    course: &Course<'_>,
    tell: &(dyn Fn(&str) + Sync),
) -> Result<Ranking, String> {
    rounds::measure(candidates, origin, course, tell).await
}

#[cfg(not(feature = "registry"))]
pub async fn measure(
    _candidates: &[Candidate],
    _origin: &Origin,
    _course: &Course<'_>,
    _tell: &(dyn Fn(&str) + Sync),
) -> Result<Ranking, String> {
    Err("this Lifeboat was built without registries (feature `registry`)".to_owned())
}
