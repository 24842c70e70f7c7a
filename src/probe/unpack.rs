//! Unpacks layers into a folder, one over the other, as a runtime does before it can start.
//!
//! What comes out is thrown away, so owners and devices are left out: only the work counts.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use lifeboat_oci::Descriptor;
use tar::Archive;

use crate::image;

/// The names of what a layer takes away from those below it.
const REMOVED: &str = ".wh.";
const EMPTIED: &str = ".wh..wh..opq";

/// Unpacks layers in their order.
pub(super) fn unpack(layers: &[(Descriptor, File)], into: &Path) -> Result<(), String> {
    fs::create_dir_all(into).map_err(|why| why.to_string())?;
    for (descriptor, file) in layers {
        let told = |why: io::Error| format!("layer {}: {why}", descriptor.raw_digest);
        let content = file.try_clone().and_then(image::unpack).map_err(told)?;
        one(content, into).map_err(told)?;
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use lifeboat_contract::Digest;

    use super::*;

    /// A layer of these files; a path with `->` is a link.
    fn layer(folder: &Path, paths: &[&str]) -> (Descriptor, File) {
        let mut tar = tar::Builder::new(Vec::new());
        for path in paths {
            let mut header = tar::Header::new_ustar();
            header.set_mode(0o755);
            if let Some((path, target)) = path.split_once("->") {
                header.set_entry_type(tar::EntryType::Symlink);
                header.set_size(0);
                tar.append_link(&mut header, path, target).unwrap();
            } else {
                header.set_size(1);
                tar.append_data(&mut header, path, &b"a"[..]).unwrap();
            }
        }
        let bytes = tar.into_inner().unwrap();
        let digest = Digest::of(&bytes);
        let path = folder.join(digest.hex());
        fs::write(&path, &bytes).unwrap();
        let descriptor = Descriptor::new("tar", &digest, bytes.len() as u64);
        (descriptor, File::open(path).unwrap())
    }

    #[test]
    fn a_layer_adds_to_those_below_and_takes_from_them_and_touches_nothing_else() {
        let name = format!("lifeboat-unpack-{}", std::process::id());
        let here = std::env::temp_dir().join(name);
        fs::create_dir_all(here.join("outside")).unwrap();
        let here = here.canonicalize().unwrap();
        fs::write(here.join("outside/kept"), "a").unwrap();
        let leads_out = format!("out->{}", here.join("outside").display());
        let layers = [
            layer(&here, &["a", "b/c", "b/d", "e/f", &leads_out]),
            layer(&here, &[".wh.a", "b/.wh.c", "out/.wh.kept", "out/new", "none/.wh.x"]),
            layer(&here, &["e/.wh..wh..opq", "e/g", "h"]),
        ];
        let into = here.join("files");
        unpack(&layers, &into).unwrap();
        let found = |path: &str| into.join(path).exists();
        for there in ["b/d", "e/g", "h"] {
            assert!(found(there), "{there}");
        }
        for gone in ["a", "b/c", "e/f", "out/new"] {
            assert!(!found(gone), "{gone}");
        }
        assert!(here.join("outside/kept").exists());
        fs::remove_dir_all(here).unwrap();
    }
}
