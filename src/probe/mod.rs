//! How fast the candidates of an image are healthy, measured as a region would have to start them.
//!
//! Input: built [`Candidate`]s, a registry, a [`Course`]. Output: [`Ranking`]. Puts the candidates
//! into the registry, pulls them from there into nothing, unpacks them, starts them by the runtime
//! that is at hand and asks them. Never ranks by what was not measured.

mod ask;
mod null;
#[cfg(feature = "registry")]
mod pull;
mod rank;
mod runtime;
#[cfg(feature = "registry")]
mod unpack;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use lifeboat_contract::{Digest, Invalid, RepositoryName};
use lifeboat_oci::Host;

pub use self::rank::{Estimate, Placed, Quantiles};
use self::runtime::Runtime;
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

/// The processor, as images name it.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
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
    let runtime = OnceLock::new();
    let measured = tokio::select! {
        measured = offered(candidates, origin, course, &runtime, tell) => measured,
        _asked = tokio::signal::ctrl_c() => Err("it was interrupted".to_owned()),
    };
    if let Some(Ok(runtime)) = runtime.get() {
        runtime.clean().await;
    }
    let (all, nulls) = measured?;
    let runtime = runtime.into_inner().unwrap_or_else(|| Err(String::new()));
    let baseline = rank::estimate(&nulls);
    let placed = rank::place(all, baseline.map(|baseline| baseline.median));
    Ok(Ranking { runtime: runtime.map(|runtime| runtime.shown()), baseline, placed })
}

/// Puts the candidates where they are pulled from, and measures them; says what starts them.
#[cfg(feature = "registry")]
async fn offered(
    candidates: &[Candidate],
    origin: &Origin,
    course: &Course<'_>,
    runtime: &OnceLock<Result<Runtime, String>>,
    tell: &(dyn Fn(&str) + Sync),
) -> Result<(Vec<Measured>, Vec<Duration>), String> {
    tell(&format!("Putting {} candidates into {}.", candidates.len(), pull::shown(origin)));
    pull::offer(candidates, origin, course).await?;
    let found = match course.health {
        None => Err("the `build` block has no `health` to ask for".to_owned()),
        Some(health) if ask::is_taken(health).await => {
            Err(format!("something on this machine listens on port {} already", health.port))
        }
        Some(health) => Runtime::find(&course.work.join("runtime"), health).await,
    };
    let found = runtime.get_or_init(|| found);
    rounds(candidates, origin, course, found.as_ref().ok(), tell).await
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

/// What the rounds tell of each candidate, and of the program that does nothing.
#[cfg(feature = "registry")]
async fn rounds(
    candidates: &[Candidate],
    origin: &Origin,
    course: &Course<'_>,
    runtime: Option<&Runtime>,
    tell: &(dyn Fn(&str) + Sync),
) -> Result<(Vec<Measured>, Vec<Duration>), String> {
    let (mut all, mut nulls) = (Vec::new(), Vec::new());
    for candidate in candidates {
        all.push(Measured {
            name: candidate.name.clone(),
            digest: candidate.content.digest.clone(),
            bytes: 0,
            layers: 0,
            runs: Vec::new(),
            failed: None,
        });
    }
    let mut loaded = BTreeMap::new();
    for round in 0..=course.runs {
        tell(&match round {
            0 => "Warming up.".to_owned(),
            round => format!("Run {round} of {}.", course.runs),
        });
        if let (Some(runtime), Some(health)) = (runtime, course.health) {
            nulls.extend(runtime.null(health).await.ok().filter(|_| round > 0));
        }
        // Another one is the first of each round.
        let first = round as usize % candidates.len().max(1);
        for at in (first..candidates.len()).chain(0..first) {
            let (candidate, measured) = (&candidates[at], &mut all[at]);
            if measured.failed.is_some() {
                continue;
            }
            match one(candidate, measured, origin, course, runtime, &mut loaded).await {
                Ok(run) => measured.runs.extend(Some(run).filter(|_| round > 0)),
                Err(why) => measured.failed = Some(why),
            }
        }
    }
    Ok((all, nulls))
}

/// One run, and how many bytes and layers were pulled.
#[cfg(feature = "registry")]
async fn one(
    candidate: &Candidate,
    measured: &mut Measured,
    origin: &Origin,
    course: &Course<'_>,
    runtime: Option<&Runtime>,
    loaded: &mut BTreeMap<String, String>,
) -> Result<Run, String> {
    let folder = course.work.join("pull");
    let pulled = pull::pull(&candidate.content.digest, origin, course.logins, &folder).await;
    let removed = std::fs::remove_dir_all(&folder);
    let (mut phases, (bytes, layers)) = pulled?;
    (measured.bytes, measured.layers) = (bytes, layers);
    removed.map_err(|why| format!("`{}` cannot be removed: {why}", folder.display()))?;
    let (Some(runtime), Some(health)) = (runtime, course.health) else {
        return Ok(Run { phases, requests: Vec::new() });
    };
    let image = match loaded.get(&candidate.name) {
        Some(image) => image.clone(),
        None => {
            let layout = pull::layout_of(candidate, course)?;
            let image = runtime.load(&layout).await?;
            loaded.insert(candidate.name.clone(), image.clone());
            image
        }
    };
    let (start, requests) = runtime.start(&image, health, course.requests).await?;
    phases.insert(Phase::Start, start);
    Ok(Run { phases, requests })
}
