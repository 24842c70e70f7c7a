//! What a build sees on disk: its Dockerfile, and the files that it takes from its context.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::dockerfile::{self, Dockerfile, Take};
use super::ignore::{self, Ignore, Malformed};
use crate::diagnostic::{Diagnostic, Sources, codes};
use crate::intent::{At, Build};

/// Written by people: what is longer is something else.
const TEXT_BYTES_MAX: u64 = 4 << 20;

/// More than this is a folder that was not meant.
const ENTRIES_MAX: usize = 2_000_000;

/// Deeper folders are a circle.
const DEPTH_MAX: usize = 200;

/// What is read of a file at once.
const BUFFER_BYTES: usize = 64 << 10;

/// Files with the digests of what matters of them: kind, whether they can be run, where a link leads,
/// content.
pub(super) type Files = BTreeMap<String, String>;

/// Where the Dockerfile is, as people name it.
pub(super) fn dockerfile_path(build: &Build) -> PathBuf {
    let path = Path::new(&build.context).join(&build.dockerfile);
    path.components().filter(|part| *part != Component::CurDir).collect()
}

/// A path of the context, as people name it from the configuration's folder.
pub(super) fn shown(context: &str, path: &str) -> String {
    let joined = Path::new(context).join(path);
    let parts = joined.components().filter(|part| *part != Component::CurDir);
    let slash = if path.ends_with('/') { "/" } else { "" };
    format!("{}{slash}", parts.collect::<PathBuf>().display())
}

/// Reads the Dockerfile of a build.
pub fn read_dockerfile(
    build: &At<&Build>,
    from: &Path,
    sources: &mut Sources,
) -> Result<Dockerfile, Box<Diagnostic>> {
    let path = dockerfile_path(build.value);
    let text = text(&from.join(&path)).map_err(|why| {
        let detail = format!("`{}` cannot be read: {why}.", path.display());
        Box::new(Diagnostic::new(codes::DOCKERFILE_INVALID, build.span, detail))
    })?;
    dockerfile::read(&path.display().to_string(), &text, sources)
}

fn text(path: &Path) -> Result<String, String> {
    let about = fs::metadata(path).map_err(|why| why.to_string())?;
    if !about.is_file() {
        return Err("it is no file".to_owned());
    }
    if about.len() > TEXT_BYTES_MAX {
        return Err(format!("it has more than {TEXT_BYTES_MAX} bytes"));
    }
    fs::read_to_string(path).map_err(|why| why.to_string())
}

/// The ignore file that counts: the Dockerfile's own, or that of the context.
pub(super) fn ignore_file(build: &Build, from: &Path) -> Option<PathBuf> {
    let own = format!("{}.dockerignore", dockerfile_path(build).display());
    let shared = PathBuf::from(shown(&build.context, ".dockerignore"));
    [PathBuf::from(own), shared].into_iter().find(|path| from.join(path).is_file())
}

/// Whether anything of the context is ignored.
pub fn has_ignore(build: &Build, from: &Path) -> bool {
    ignore_file(build, from).is_some()
}

fn read_ignore(build: &Build, from: &Path) -> Result<Ignore, String> {
    let Some(path) = ignore_file(build, from) else { return Ok(Ignore::default()) };
    let shown = path.display();
    let text = text(&from.join(&path)).map_err(|why| format!("`{shown}` cannot be read: {why}"))?;
    Ignore::read(&text).map_err(|Malformed { line, pattern }| {
        let pattern: String = pattern.chars().take(80).collect();
        format!("`{shown}` has no pattern in line {line}, and `{pattern}` stands there")
    })
}

/// The files that a build takes from its context.
pub(super) fn files(build: &Build, from: &Path, takes: &[&Take]) -> Result<Files, String> {
    let ignore = read_ignore(build, from)?;
    let takes: Vec<String> = takes.iter().map(|take| ignore::clean(&take.pattern)).collect();
    let mut files = Files::new();
    if takes.is_empty() {
        return Ok(files);
    }
    let root = from.join(&build.context);
    let mut walk = Walk { root: &root, ignore: &ignore, takes: &takes, entries: 0 };
    walk.folder("", 0, &mut files)?;
    Ok(files)
}

struct Walk<'w> {
    root: &'w Path,
    ignore: &'w Ignore,
    takes: &'w [String],
    entries: usize,
}

impl Walk<'_> {
    fn folder(&mut self, path: &str, depth: usize, files: &mut Files) -> Result<(), String> {
        let told = |path: &str, why: io::Error| {
            let shown = self.root.join(path);
            format!("`{}` cannot be read: {why}", shown.display())
        };
        if depth > DEPTH_MAX {
            return Err(format!("`{path}` lies more than {DEPTH_MAX} folders deep"));
        }
        let entries = fs::read_dir(self.root.join(path)).map_err(|why| told(path, why))?;
        for entry in entries {
            let entry = entry.map_err(|why| told(path, why))?;
            self.entries += 1;
            if self.entries > ENTRIES_MAX {
                let shown = self.root.display();
                return Err(format!("`{shown}` has more than {ENTRIES_MAX} files: ignore some"));
            }
            let Ok(name) = entry.file_name().into_string() else {
                return Err(format!("a name below `{path}` is not UTF-8"));
            };
            let inner = if path.is_empty() { name } else { format!("{path}/{name}") };
            let kind = entry.file_type().map_err(|why| told(&inner, why))?;
            let hidden = self.ignore.hides(&inner);
            if kind.is_dir() {
                if self.may_be_below(&inner) && (!hidden || self.ignore.takes_back()) {
                    self.folder(&inner, depth + 1, files)?;
                }
            } else if !hidden && self.is_taken(&inner) {
                let digest = digest(&entry.path()).map_err(|why| told(&inner, why))?;
                files.insert(inner, digest);
            }
        }
        Ok(())
    }

    /// Whether a path, or a folder above it, is taken.
    fn is_taken(&self, path: &str) -> bool {
        let folders = || path.match_indices('/').map(|(at, _)| &path[..at]).chain([path]);
        self.takes.iter().any(|take| {
            let fits = |path: &str| {
                path == take || (ignore::is_pattern(take) && ignore::glob(take, path) == Some(true))
            };
            take.is_empty() || folders().any(fits)
        })
    }

    /// Whether anything below a folder can be taken.
    fn may_be_below(&self, folder: &str) -> bool {
        self.takes.iter().any(|take| {
            let mut names = folder.split('/').zip(take.split('/'));
            take.is_empty()
                || names.all(|(name, wanted)| name == wanted || ignore::is_pattern(wanted))
        })
    }
}

/// The digest of what matters of a file. Never more than a buffer of it is in memory.
fn digest(path: &Path) -> io::Result<String> {
    let about = fs::symlink_metadata(path)?;
    let mut sum = Sha256::new();
    if about.is_symlink() {
        sum.update(b"link\0");
        sum.update(fs::read_link(path)?.as_os_str().as_encoded_bytes());
    } else if about.is_file() {
        let can_run = about.permissions().mode() & 0o100 != 0;
        sum.update(if can_run { b"run \0" } else { b"file\0" });
        let (mut file, mut buffer) = (File::open(path)?, vec![0; BUFFER_BYTES]);
        loop {
            let read = file.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            sum.update(&buffer[..read]);
        }
    } else {
        sum.update(b"other");
    }
    Ok(super::inputs::hex(&sum.finalize()))
}
