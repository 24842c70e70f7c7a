//! Builds, by a builder that is there: the same inputs give the same image, as an OCI layout.

mod driver;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use lifeboat_contract::Address;
use lifeboat_oci::Layout;
use thiserror::Error;
use tokio::process::{Child, Command};

use self::driver::Job;
use super::inputs::Inputs;
use super::status::place_of;
use crate::intent::{Build, Builder};
use crate::lock::LockedImage;

/// A builder that cannot even tell its version is not there.
const ANSWER_SECONDS_MAX: u64 = 20;

/// What a build is given.
#[derive(Clone, Copy, Debug)]
pub struct Order<'o> {
    pub address: &'o Address,
    pub build: &'o Build,
    pub inputs: &'o Inputs,
    /// The configuration's folder.
    pub from: &'o Path,
    pub environment: &'o BTreeMap<String, String>,
}

/// Why there is no image.
#[derive(Debug, Error)]
pub enum BuildError {
    #[error("there is no builder: neither `docker buildx version` nor `buildah --version` answers")]
    NoBuilder,
    #[error("`{program}` is not there, or does not answer")]
    Absent { program: &'static str },
    #[error("`{program}` cannot be started")]
    Start { program: &'static str, source: std::io::Error },
    #[error("`{command}` failed, and what it said stands above")]
    Failed { command: String },
    #[error("`{command}` was stopped after {seconds} s, the build's `timeout`")]
    TimedOut { command: String, seconds: u32 },
    #[error("it was interrupted")]
    Interrupted,
    #[error("`{path}` cannot be written")]
    Write { path: String, source: std::io::Error },
    #[error("what the builder wrote cannot be used: {why}")]
    Output { why: String },
}

/// Builds an image into its place. What the builder says goes to standard error.
pub async fn build(order: &Order<'_>) -> Result<LockedImage, BuildError> {
    let (builder, version) = find(order.build.builder).await?;
    let place = place_of(order.address);
    let work = Work::new(&order.from.join(&place))?;
    let secrets = work.secrets(order.build)?;
    let job = Job { order, layout: work.path.join("layout"), secrets };
    for command in driver::commands(builder, &job) {
        run(command, order.build.timeout_seconds).await?;
    }
    let measured = measure(&job.layout)?;
    let mut bases = order.inputs.bases(None);
    for (reference, digest) in &mut bases {
        if digest.is_empty() {
            *digest = driver::base(builder, reference).await.unwrap_or_default();
        }
    }
    put(&job.layout, &order.from.join(&place))?;
    let build = order.inputs.lock(bases, format!("{} {version}", builder.as_str()));
    Ok(LockedImage { source: format!("oci:{place}"), build: Some(build), ..measured })
}

/// The builder that is asked for, or the first that is there, with its version.
async fn find(wanted: Option<Builder>) -> Result<(Builder, String), BuildError> {
    let candidates = wanted.map_or_else(|| Builder::ALL.to_vec(), |wanted| vec![wanted]);
    for builder in candidates {
        let answer = output(driver::version(builder)).await;
        if let Some(version) = answer.and_then(|text| driver::version_in(&text)) {
            return Ok((builder, version));
        }
    }
    Err(match wanted {
        Some(wanted) => BuildError::Absent { program: wanted.as_str() },
        None => BuildError::NoBuilder,
    })
}

/// What a short command prints, where it succeeds in time.
async fn output(mut command: Command) -> Option<String> {
    command.stdin(std::process::Stdio::null()).kill_on_drop(true);
    let limit = Duration::from_secs(ANSWER_SECONDS_MAX);
    let output = tokio::time::timeout(limit, command.output()).await.ok()?.ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

async fn run(mut command: Command, seconds: u32) -> Result<(), BuildError> {
    let program = if command.as_std().get_program() == "docker" { "docker" } else { "buildah" };
    let verb = command.as_std().get_args().find(|word| !word.to_string_lossy().starts_with('-'));
    let verb = verb.map(|verb| verb.to_string_lossy().into_owned()).unwrap_or_default();
    let shown = format!("{program} {verb}");
    command
        .stdin(std::process::Stdio::null())
        .stdout(std::io::stderr())
        .stderr(std::process::Stdio::inherit())
        // A group of its own: whatever the builder starts can be stopped with it.
        .process_group(0)
        .kill_on_drop(true);
    let child = command.spawn();
    let mut child: Child = child.map_err(|source| BuildError::Start { program, source })?;
    let limit = Duration::from_secs(seconds.into());
    let ended = tokio::select! {
        ended = child.wait() => ended.map_err(|source| BuildError::Start { program, source })?,
        () = tokio::time::sleep(limit) => {
            stop(&mut child).await;
            return Err(BuildError::TimedOut { command: shown, seconds });
        }
        _asked = tokio::signal::ctrl_c() => {
            stop(&mut child).await;
            return Err(BuildError::Interrupted);
        }
    };
    if ended.success() { Ok(()) } else { Err(BuildError::Failed { command: shown }) }
}

/// Asks a builder and all that it has started to end, and then makes them.
async fn stop(child: &mut Child) {
    let Some(group) = child.id() else { return };
    let group = group.to_string();
    for (signal, patience) in [("TERM", 3), ("KILL", 1)] {
        let words = ["-c", "kill -s \"$0\" -- \"-$1\"", signal, &group];
        let asked = Command::new("sh").args(words).stderr(std::process::Stdio::null()).status();
        let _asked = asked.await;
        let _ended = tokio::time::timeout(Duration::from_secs(patience), child.wait()).await;
    }
    let _gone = child.kill().await;
}

fn measure(layout: &Path) -> Result<LockedImage, BuildError> {
    let told = |error: lifeboat_oci::LayoutError| BuildError::Output {
        why: crate::diagnostic::chain(&error),
    };
    let layout = Layout::open(layout).map_err(told)?;
    let digest = layout.resolve(None).map_err(told)?;
    let contents = layout.walk(&digest).map_err(told)?;
    let platforms = layout.platforms(&digest).map_err(told)?.into_iter().collect();
    let blobs = u32::try_from(contents.count()).unwrap_or(u32::MAX);
    let (source, bytes) = (String::new(), contents.size());
    Ok(LockedImage { digest, source, blobs, bytes, platforms, build: None })
}

/// Puts a layout in the place of the one before.
fn put(layout: &Path, place: &Path) -> Result<(), BuildError> {
    let write = |source| BuildError::Write { path: place.display().to_string(), source };
    if place.exists() {
        fs::remove_dir_all(place).map_err(write)?;
    }
    fs::rename(layout, place).map_err(write)
}

/// A folder beside an image's place, which goes away with what is in it.
struct Work {
    path: PathBuf,
}

impl Work {
    fn new(place: &Path) -> Result<Self, BuildError> {
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        let path = place.with_file_name(format!(".{name}.{}", std::process::id()));
        let write = |source| BuildError::Write { path: path.display().to_string(), source };
        if path.exists() {
            fs::remove_dir_all(&path).map_err(write)?;
        }
        fs::create_dir_all(place.parent().unwrap_or(place)).map_err(write)?;
        // Nobody else may look into it: there are secrets.
        fs::DirBuilder::new().mode(0o700).create(&path).map_err(write)?;
        Ok(Self { path })
    }

    /// Writes secrets for the builder to read, by name.
    fn secrets(&self, build: &Build) -> Result<BTreeMap<String, PathBuf>, BuildError> {
        let mut files = BTreeMap::new();
        for (number, (name, secret)) in build.secrets.iter().enumerate() {
            let path = self.path.join(format!("secret{number}"));
            let write = |source| BuildError::Write { path: path.display().to_string(), source };
            let mut options = fs::OpenOptions::new();
            let mut file =
                options.write(true).create_new(true).mode(0o600).open(&path).map_err(write)?;
            std::io::Write::write_all(&mut file, secret.reveal().as_bytes()).map_err(write)?;
            files.insert(name.clone(), path);
        }
        Ok(files)
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.path);
    }
}
