//! JSON files with a version.

use std::fs;
use std::io;
use std::path::Path;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::trouble::Trouble;
use super::write_swept;

/// The version of what is written. A newer minor has only additions; a newer major is not read.
pub(super) const FORMAT_VERSION: &str = "1.0";
const FORMAT_MAJOR: &str = "1";

/// A zone with a million record sets has about half of it.
const FILE_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// `cloud.json`: what makes a folder a cloud.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CloudFile {
    /// The version of the format of all files of this cloud.
    format_version: String,
    /// What this folder is, for whoever finds it.
    about: String,
}

const ABOUT: &str = "A cloud in a folder, kept by Lifeboat's local provider. The files may be edited \
                     by hand while no apply is under way.";

/// A file that says of which version it is.
pub(super) trait Versioned {
    fn format_version(&self) -> &str;
}

impl Versioned for CloudFile {
    fn format_version(&self) -> &str {
        &self.format_version
    }
}

#[derive(Deserialize)]
struct VersionOnly {
    format_version: String,
}

/// Reads a file; absent when there is none.
pub(super) fn read<T: DeserializeOwned + Versioned>(path: &Path) -> Result<Option<T>, Trouble> {
    match read_bytes(path)? {
        Some(bytes) => parse(path, &bytes).map(Some),
        None => Ok(None),
    }
}

/// Reads a file's bytes; absent when there is none.
pub(super) fn read_bytes(path: &Path) -> Result<Option<Vec<u8>>, Trouble> {
    let size = match fs::metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Trouble::io("read", path, error)),
    };
    if size > FILE_BYTES_MAX {
        return Err(Trouble::content(path, format!("has {size} bytes, which is beyond any sense")));
    }
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Trouble::io("read", path, error)),
    }
}

/// Understands a file's bytes.
pub(super) fn parse<T: DeserializeOwned + Versioned>(
    path: &Path,
    bytes: &[u8],
) -> Result<T, Trouble> {
    let parsed: Result<T, serde_json::Error> = serde_json::from_slice(bytes);
    let version = match &parsed {
        Ok(file) => file.format_version().to_owned(),
        // A newer file may well have fields that are unknown here: its version says more than they.
        Err(_) => serde_json::from_slice::<VersionOnly>(bytes)
            .map_or_else(|_| FORMAT_VERSION.to_owned(), |file| file.format_version),
    };
    if version.split('.').next() != Some(FORMAT_MAJOR) {
        return Err(Trouble::Version { path: path.to_owned(), version });
    }
    parsed.map_err(|source| Trouble::Json { path: path.to_owned(), line: source.line(), source })
}

/// Serialises a file as people like to read it.
pub(super) fn pretty<T: Serialize>(path: &Path, file: &T) -> Result<Vec<u8>, Trouble> {
    let mut bytes = serde_json::to_vec_pretty(file).map_err(|source| Trouble::Json {
        path: path.to_owned(),
        line: 0,
        source,
    })?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Reads `cloud.json`, for the sake of its version.
pub(super) fn read_cloud(folder: &Path) -> Result<Option<CloudFile>, Trouble> {
    read(&folder.join("cloud.json"))
}

/// Writes `cloud.json`.
pub(super) fn write_cloud(folder: &Path) -> Result<(), Trouble> {
    let path = folder.join("cloud.json");
    let file = CloudFile { format_version: FORMAT_VERSION.to_owned(), about: ABOUT.to_owned() };
    write_swept(&path, &pretty(&path, &file)?)
}
