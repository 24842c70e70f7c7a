//! What a built image is, layer by layer: what each moves, what is seen of it in the end.

mod tree;
mod unpack;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use lifeboat_contract::{Address, Digest};
use lifeboat_oci::{Descriptor, Layout, MANIFEST_BYTES_MAX};
use serde::Deserialize;

use self::tree::{Node, Tree};
pub use self::unpack::unpack;
use super::status::{Presence, State, Status};
use crate::diagnostic::chain;

/// What a bomb unpacks to, and no image.
const UNPACKED_BYTES_MAX: u64 = 256 << 30;

/// An image, as its layers make it. Of an image for several platforms it is the first one.
#[derive(Clone, Debug)]
pub struct Layers {
    pub digest: Digest,
    /// From the lowest on.
    pub list: Vec<Layer>,
    /// The user that its process runs as, where it says one.
    pub user: String,
    /// What is replaced or deleted by a later layer, the largest first, by path.
    pub lost: Vec<(String, u64)>,
    /// Files that run as their owner or their group, whoever starts them.
    pub setuid: Vec<String>,
    pub shells: Vec<String>,
    /// Programs that install packages.
    pub installers: Vec<String>,
}

/// One layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// What a region pulls.
    pub moved_bytes: u64,
    /// What its files have.
    pub bytes: u64,
    /// What of them is not seen in the end.
    pub lost_bytes: u64,
    /// What the image's history says of it.
    pub made_by: String,
}

impl Layers {
    /// What every region pulls.
    pub fn moved_bytes(&self) -> u64 {
        self.list.iter().map(|layer| layer.moved_bytes).fold(0, u64::saturating_add)
    }

    /// What the files of all layers have.
    pub fn bytes(&self) -> u64 {
        self.list.iter().map(|layer| layer.bytes).fold(0, u64::saturating_add)
    }

    /// What of that is not seen in the end.
    pub fn lost_bytes(&self) -> u64 {
        self.list.iter().map(|layer| layer.lost_bytes).fold(0, u64::saturating_add)
    }

    /// Thousandths of the bytes that are seen in the end.
    pub fn efficiency_permille(&self) -> u32 {
        let seen = u128::from(self.bytes() - self.lost_bytes());
        let share = (seen * 1000).checked_div(u128::from(self.bytes())).unwrap_or(1000);
        u32::try_from(share).unwrap_or(1000)
    }
}

/// What is known of an image's layers.
#[derive(Clone, Debug)]
pub struct Measured {
    pub address: Address,
    /// Absent before the first build; an error says why they cannot be read.
    pub layers: Result<Option<Layers>, String>,
    /// Whether it would be built otherwise by now.
    pub is_stale: bool,
}

/// Reads the layers of an image that is built here.
pub fn measure(status: &Status, folder: &Path) -> Measured {
    let is_stale = match &status.inputs {
        State::Changed(..) => true,
        State::Taken | State::Unbuilt(_) | State::Same(_) | State::Unknown => false,
    };
    Measured { address: status.address.clone(), layers: layers(status, folder), is_stale }
}

/// Reads the layers of what the lock says of an image that is built here. Absent before its first build.
fn layers(status: &Status, folder: &Path) -> Result<Option<Layers>, String> {
    let Some(locked) = &status.locked else { return Ok(None) };
    match &status.content {
        Presence::Here => {
            let layout = Layout::open(folder.join(&status.place)).map_err(|why| chain(&why))?;
            read(&layout, &locked.digest).map(Some)
        }
        Presence::Missing { why } => Err(format!("its content is missing: {why}")),
        Presence::Unlocked | Presence::Elsewhere => Ok(None),
    }
}

/// A manifest or an index, as far as layers are concerned.
#[derive(Deserialize)]
struct Manifest {
    manifests: Option<Vec<Entry>>,
    config: Option<Descriptor>,
    #[serde(default)]
    layers: Vec<Descriptor>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(flatten)]
    descriptor: Descriptor,
    platform: Option<BTreeMap<String, serde_json::Value>>,
}

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    config: Settings,
    #[serde(default)]
    history: Vec<Event>,
}

#[derive(Default, Deserialize)]
struct Settings {
    #[serde(rename = "User", default)]
    user: String,
}

#[derive(Deserialize)]
struct Event {
    #[serde(default)]
    created_by: String,
    #[serde(default)]
    empty_layer: bool,
}

fn read(layout: &Layout, digest: &Digest) -> Result<Layers, String> {
    let (digest, manifest) = image(layout, digest)?;
    let config = manifest.config.ok_or_else(|| format!("{digest} has no configuration"))?;
    let config: Config = json(layout, &config.digest().map_err(|why| chain(&why))?)?;
    let made = config.history.into_iter().filter(|event| !event.empty_layer);
    let mut made: Vec<String> = made.map(|event| event.created_by).collect();
    if made.len() != manifest.layers.len() {
        // Who left out a part of the history has left out which.
        made = vec![String::new(); manifest.layers.len()];
    }
    let mut tree = Tree::default();
    let mut list = Vec::new();
    let mut left = UNPACKED_BYTES_MAX;
    for (at, (layer, made_by)) in manifest.layers.iter().zip(made).enumerate() {
        let blob = layer.digest().map_err(|why| chain(&why))?;
        let told = |why: std::io::Error| format!("layer {blob} cannot be read: {why}");
        let file = layout.open_blob(&blob).map_err(|why| chain(&why))?;
        let mut archive = unpack(file).map_err(told)?.take(left);
        let bytes = tree.put(at, &mut archive);
        left = archive.limit();
        if left == 0 {
            return Err(format!("its layers unpack to more than {UNPACKED_BYTES_MAX} bytes"));
        }
        let bytes = bytes.map_err(told)?;
        list.push(Layer { moved_bytes: layer.size, bytes, lost_bytes: 0, made_by });
    }
    let mut lost: BTreeMap<String, u64> = BTreeMap::new();
    for ((path, layer), bytes) in &tree.lost {
        list[*layer].lost_bytes += bytes;
        *lost.entry(path.clone()).or_default() += bytes;
    }
    let mut lost: Vec<(String, u64)> = lost.into_iter().collect();
    lost.sort_by(|(a, left), (b, right)| right.cmp(left).then_with(|| a.cmp(b)));
    let named = |names: &[&str]| {
        files(&tree, |path, node| {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            names.contains(&name) && folder.ends_with("bin") && !node.is_folder
        })
    };
    Ok(Layers {
        digest,
        user: config.config.user,
        lost,
        setuid: files(&tree, |_, node| node.mode & 0o6000 != 0 && !node.is_folder),
        shells: named(&["sh", "bash", "ash", "dash", "zsh", "ksh"]),
        installers: named(&[
            "apk", "apt", "apt-get", "dpkg", "dnf", "microdnf", "yum", "rpm", "zypper", "pacman",
            "opkg",
        ]),
        list,
    })
}

fn files(tree: &Tree, wanted: impl Fn(&str, &Node) -> bool) -> Vec<String> {
    let found = tree.seen.iter().filter(|(path, node)| wanted(path, node));
    found.map(|(path, _)| path.clone()).collect()
}

/// The manifest of one platform, and its digest.
fn image(layout: &Layout, digest: &Digest) -> Result<(Digest, Manifest), String> {
    let manifest: Manifest = json(layout, digest)?;
    let Some(entries) = &manifest.manifests else { return Ok((digest.clone(), manifest)) };
    // Attestations are kept beside images, as a platform that there is not.
    let known = |entry: &&Entry| match &entry.platform {
        Some(platform) => platform.get("os").is_none_or(|os| os != "unknown"),
        None => true,
    };
    let first = entries.iter().find(known).ok_or_else(|| format!("{digest} has no image"))?;
    let digest = first.descriptor.digest().map_err(|why| chain(&why))?;
    let manifest: Manifest = json(layout, &digest)?;
    Ok((digest, manifest))
}

fn json<T: serde::de::DeserializeOwned>(layout: &Layout, digest: &Digest) -> Result<T, String> {
    let mut text = Vec::new();
    let file = layout.open_blob(digest).map_err(|why| chain(&why))?;
    let read = file.take(MANIFEST_BYTES_MAX).read_to_end(&mut text);
    read.map_err(|why| format!("{digest} cannot be read: {why}"))?;
    serde_json::from_slice(&text).map_err(|why| format!("{digest} cannot be read: {why}"))
}
