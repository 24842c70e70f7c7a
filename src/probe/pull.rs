//! Pulls an image as a region would that has nothing of it, phase by phase.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lifeboat_contract::{Digest, ImageSource};
use lifeboat_oci::registry::{Client, Credentials, RegistryError, Repository, Source, Transport};
use lifeboat_oci::{Descriptor, Layout, LayoutError};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::{Instant, timeout};

use super::{Candidate, Course, Origin, Phase, unpack};
use crate::diagnostic::chain;

/// How many layers container runtimes download at once, as far as they are not told otherwise.
const AT_ONCE: usize = 3;
/// A pull that takes longer is no way to fail over.
const PULL_DEADLINE: Duration = Duration::from_mins(30);

/// A manifest, as far as a pull needs it.
#[derive(Deserialize)]
struct Manifest {
    config: Descriptor,
    layers: Vec<Descriptor>,
}

/// Where it is, as people name it.
pub(super) fn shown(origin: &Origin) -> String {
    format!("{}/{}", origin.host, origin.repository)
}

fn repository(origin: &Origin) -> Repository {
    let transport = if origin.is_plain { Transport::Plain } else { Transport::Tls };
    Repository { transport, ..Repository::new(origin.host.clone(), origin.repository.clone()) }
}

/// A client that knows nobody yet.
fn client(logins: Option<&str>) -> Result<Client, String> {
    let logins = logins.map(Credentials::read).transpose();
    let logins =
        logins.map_err(|_| "the file with your registries' logins is broken".to_owned())?;
    Client::new(logins.unwrap_or_default()).map_err(|error| chain(&error))
}

/// Where a candidate was built.
pub(super) fn layout_of(candidate: &Candidate, course: &Course<'_>) -> Result<PathBuf, String> {
    match &candidate.content.source {
        ImageSource::Layout { path } => Ok(course.from.join(path)),
        ImageSource::Registry { .. } | ImageSource::Replicated { .. } => {
            Err("this is a bug in Lifeboat: a candidate that is not built here".to_owned())
        }
    }
}

/// Puts candidates into the registry, by digest alone: no tag moves.
pub(super) async fn offer(
    candidates: &[Candidate],
    origin: &Origin,
    course: &Course<'_>,
) -> Result<(), String> {
    let client = client(course.logins)?;
    for candidate in candidates {
        let layout = layout_of(candidate, course)?;
        let layout = Layout::open(layout).map_err(|error| chain(&error))?;
        let from = Source::Layout(layout);
        let pushed = client.push(&from, &repository(origin), &candidate.content.digest, None).await;
        pushed.map_err(|error| chain(&error))?;
    }
    Ok(())
}

/// The processor, as images name it.
pub(super) fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    }
}

/// Times, and how many bytes and layers there were.
type Pulled = (BTreeMap<Phase, Duration>, (u64, usize));

/// Pulls an image into an empty folder, and unpacks it there.
pub(super) async fn pull(
    digest: &Digest,
    origin: &Origin,
    logins: Option<&str>,
    folder: &Path,
) -> Result<Pulled, String> {
    let unmade = |why: std::io::Error| format!("`{}` cannot be made: {why}", folder.display());
    fs::create_dir_all(folder).map_err(unmade)?;
    let folder = folder.canonicalize().map_err(unmade)?;
    let pulling = pull_into(digest, origin, logins, &folder);
    let late = |_| format!("the pull was stopped after {} s", PULL_DEADLINE.as_secs());
    let (mut phases, manifest, layout) = timeout(PULL_DEADLINE, pulling).await.map_err(late)??;

    let broken = |error: LayoutError| chain(&error);
    let mut layers = Vec::new();
    for layer in &manifest.layers {
        let file = layer.digest().and_then(|digest| layout.open_blob(&digest)).map_err(broken)?;
        layers.push((layer.clone(), file));
    }
    let bytes = layers.iter().map(|(layer, _)| layer.size).sum::<u64>() + manifest.config.size;
    let count = layers.len();
    let start = Instant::now();
    let unpacked =
        tokio::task::spawn_blocking(move || unpack::unpack(&layers, &folder.join("files")));
    unpacked.await.map_err(|panic| format!("this is a bug in Lifeboat: {panic}"))??;
    phases.insert(Phase::Unpack, start.elapsed());
    Ok((phases, (bytes, count)))
}

async fn pull_into(
    digest: &Digest,
    origin: &Origin,
    logins: Option<&str>,
    folder: &Path,
) -> Result<(BTreeMap<Phase, Duration>, Manifest, Layout), String> {
    let told = |error: RegistryError| chain(&error);
    let (client, repository) = (client(logins)?, repository(origin));
    let layout = Layout::create(folder.join("blobs")).map_err(|error| chain(&error))?;
    let mut phases = BTreeMap::new();

    let start = Instant::now();
    let found = client.head(&repository, digest.as_str()).await.map_err(told)?;
    phases.insert(Phase::Connect, start.elapsed());
    if found.is_none() {
        return Err(format!("{digest} is not in {} any more", shown(origin)));
    }

    let start = Instant::now();
    let mut bytes = client.fetch_manifest(&repository, digest).await.map_err(told)?;
    if let Some(digest) = for_this_machine(&bytes)? {
        bytes = client.fetch_manifest(&repository, &digest).await.map_err(told)?;
    }
    phases.insert(Phase::Manifest, start.elapsed());
    let manifest: Result<Manifest, _> = serde_json::from_slice(&bytes);
    let manifest = manifest.map_err(|why| format!("its manifest cannot be read: {why}"))?;

    let mut blobs = vec![manifest.config.clone()];
    blobs.extend(manifest.layers.iter().cloned());
    let start = Instant::now();
    client.fetch(&repository, &blobs, &layout, AT_ONCE).await.map_err(told)?;
    phases.insert(Phase::Download, start.elapsed());
    Ok((phases, manifest, layout))
}

/// Of an index, the image for this machine; absent for what is no index.
fn for_this_machine(bytes: &[u8]) -> Result<Option<Digest>, String> {
    let read: Value = serde_json::from_slice(bytes).map_err(|why| why.to_string())?;
    let Some(entries) = read["manifests"].as_array() else { return Ok(None) };
    let fits = |entry: &&Value| {
        let platform = &entry["platform"];
        platform["os"] == "linux" && platform["architecture"] == architecture()
    };
    let entry = entries.iter().find(fits).and_then(|entry| entry["digest"].as_str());
    let entry = entry.ok_or_else(|| format!("it has no image for linux/{}", architecture()))?;
    entry.parse().map(Some).map_err(|why: lifeboat_contract::Invalid| why.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_index_the_part_for_this_machine_is_pulled() {
        let digest = Digest::of(b"ours");
        let index = |architecture: &str| {
            let entry = |architecture: &str, digest: &Digest| {
                let platform = serde_json::json!({ "os": "linux", "architecture": architecture });
                serde_json::json!({ "digest": digest.as_str(), "platform": platform })
            };
            let other = entry("s390x", &Digest::of(b"other"));
            let entries = [other, entry(architecture, &digest)];
            serde_json::json!({ "manifests": entries }).to_string()
        };
        let ours = for_this_machine(index(architecture()).as_bytes());
        assert_eq!(ours, Ok(Some(digest.clone())));
        assert!(for_this_machine(index("none").as_bytes()).is_err());
        assert_eq!(for_this_machine(b"{\"layers\":[]}"), Ok(None));
    }
}
