//! Unpacks layers into a folder, one over the other, as a runtime does before it can start.
//!
//! What comes out is thrown away, so owners and devices are left out: only the work counts.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::Path;

use lifeboat_oci::Descriptor;
use tar::Archive;

/// The names of what a layer takes away from those below it.
const REMOVED: &str = ".wh.";
const EMPTIED: &str = ".wh..wh..opq";

/// Unpacks layers in their order.
pub(super) fn unpack(layers: &[(Descriptor, File)], into: &Path) -> Result<(), String> {
    fs::create_dir_all(into).map_err(|why| why.to_string())?;
    for (descriptor, file) in layers {
        let told = |why: io::Error| format!("layer {}: {why}", descriptor.raw_digest);
        let file = BufReader::new(file.try_clone().map_err(told)?);
        let content = decompressed(&descriptor.media_type, file).map_err(told)?;
        one(content, into).map_err(told)?;
    }
    Ok(())
}

fn decompressed(media_type: &str, file: BufReader<File>) -> io::Result<Box<dyn Read>> {
    if media_type.ends_with("gzip") {
        return Ok(Box::new(flate2::bufread::MultiGzDecoder::new(file)));
    }
    if media_type.ends_with("zstd") {
        let decoder = ruzstd::decoding::StreamingDecoder::new(file);
        return Ok(Box::new(decoder.map_err(io::Error::other)?));
    }
    Ok(Box::new(file))
}

fn one(content: Box<dyn Read>, into: &Path) -> io::Result<()> {
    let mut archive = Archive::new(content);
    archive.set_overwrite(true);
    archive.set_preserve_mtime(false);
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        let folder = into.join(path.parent().unwrap_or(Path::new("")));
        // What a link leads out of the folder belongs to this machine.
        if folder.canonicalize().is_ok_and(|real| !real.starts_with(into)) {
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some(removed) = name.strip_prefix(REMOVED) else {
            entry.unpack_in(into)?;
            continue;
        };
        if name == EMPTIED {
            for below in fs::read_dir(&folder)? {
                remove(&below?.path())?;
            }
        } else if !removed.is_empty() && removed != ".." && folder.exists() {
            remove(&folder.join(removed))?;
        }
    }
    Ok(())
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(about) if about.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(why) => Err(why),
    }
}
