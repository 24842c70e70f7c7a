//! Builds on disk: where the Dockerfile and the context are.

use std::path::{Component, Path, PathBuf};

use super::dockerfile::{self, Dockerfile};
use crate::diagnostic::{Diagnostic, Sources, codes};
use crate::intent::{At, Build};

/// Written by people: what is longer is something else.
const DOCKERFILE_BYTES_MAX: u64 = 4 << 20;

/// Where the Dockerfile is, as people name it.
pub(super) fn dockerfile_path(build: &Build) -> PathBuf {
    let path = Path::new(&build.context).join(&build.dockerfile);
    path.components().filter(|part| *part != Component::CurDir).collect()
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
    let about = std::fs::metadata(path).map_err(|why| why.to_string())?;
    if !about.is_file() {
        return Err("it is no file".to_owned());
    }
    if about.len() > DOCKERFILE_BYTES_MAX {
        return Err(format!("it has more than {DOCKERFILE_BYTES_MAX} bytes"));
    }
    std::fs::read_to_string(path).map_err(|why| why.to_string())
}
