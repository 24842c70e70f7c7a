//! The folder as a living cloud sees it: everything, whenever it changes, and which regions are lost.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use lifeboat_contract::living::Loss;
use lifeboat_contract::{Location, ProviderError, ZoneName};
use lifeboat_oci::durable;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::file::{self, FORMAT_VERSION, Versioned};
use super::lock::{self, Access, Held};
use super::trouble::Trouble;
use super::{Local, checks, region, write_swept, zones};
use crate::cloud::Cloud;

/// `_unreachable`: what makes a region dark. An empty file, made by hand, does so too.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DarkFile {
    /// The version of this format.
    format_version: String,
    /// What the region's endpoint does while the cloud is alive.
    endpoint: Loss,
}

impl Versioned for DarkFile {
    fn format_version(&self) -> &str {
        &self.format_version
    }
}

/// What tells whether a file is still the same one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    path: PathBuf,
    written: Option<SystemTime>,
    bytes: u64,
    inode: u64,
}

/// Makes the folder, and says that a cloud is alive there for as long as the result is kept. Absent
/// where one already is.
pub(crate) fn claim(folder: &Path) -> Result<Option<Held>, ProviderError> {
    Local::open(folder.to_owned(), PathBuf::new()).store.prepare()?;
    lock::try_exclusive(&folder.join("alive.lock"))
}

/// Whether a cloud is alive there.
pub(crate) fn is_alive(folder: &Path) -> Result<bool, ProviderError> {
    let path = folder.join("alive.lock");
    Ok(path.exists() && lock::try_exclusive(&path)?.is_none())
}

/// What changes when record sets or checks do.
pub(crate) fn stamps(folder: &Path) -> Result<Vec<Stamp>, ProviderError> {
    let zones = zones::names(folder)?.into_iter().map(|name| zones::path(folder, &name));
    Ok(zones.chain([checks::path(folder)]).filter_map(|path| stamp(&path)).collect())
}

fn stamp(path: &Path) -> Option<Stamp> {
    let about = fs::metadata(path).ok()?;
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(&about);
    #[cfg(not(unix))]
    let inode = 0;
    Some(Stamp { path: path.to_owned(), written: about.modified().ok(), bytes: about.len(), inode })
}

/// Reads all zones and checks.
pub(crate) fn everything(folder: &Path) -> Result<Cloud, ProviderError> {
    let _held = lock::acquire(&folder.join("lock"), Access::Shared)?;
    file::read_cloud(folder)?;
    let mut cloud = Cloud { checks: checks::load(folder)?, ..Cloud::default() };
    for name in zones::names(folder)? {
        let held = zones::load(folder, &name)?;
        cloud.zones.extend(held.map(|held| (ZoneName::public(name), held)));
    }
    cloud.rename_checks(&cloud.checks.adopted());
    Ok(cloud)
}

/// How a region is lost; absent where it is not.
pub(crate) fn loss(folder: &Path, location: &Location) -> Result<Option<Loss>, ProviderError> {
    let path = region::dark_file(folder, location);
    match file::read_bytes(&path)? {
        None => Ok(None),
        Some(bytes) if bytes.trim_ascii().is_empty() => Ok(Some(Loss::default())),
        Some(bytes) => Ok(Some(file::parse::<DarkFile>(&path, &bytes)?.endpoint)),
    }
}

/// Makes a region dark or, without a loss, brings it back.
pub(crate) fn darken(
    folder: &Path,
    location: &Location,
    loss: Option<Loss>,
) -> Result<(), ProviderError> {
    Local::open(folder.to_owned(), PathBuf::new()).store.prepare()?;
    let path = region::dark_file(folder, location);
    let Some(endpoint) = loss else {
        return Ok(durable::remove(&path).map_err(|source| Trouble::io("remove", &path, source))?);
    };
    let file = DarkFile { format_version: FORMAT_VERSION.to_owned(), endpoint };
    Ok(write_swept(&path, &file::pretty(&path, &file)?)?)
}
