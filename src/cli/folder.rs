//! The configuration's folder: which files are read, and how.

use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::diagnostic::{Diagnostic, Diagnostics, Sources, codes};

/// A configuration is written by people: more than this in one file is a slip.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// What a folder holds.
#[derive(Default)]
pub(super) struct Found {
    pub(super) configuration: Vec<PathBuf>,
    /// `*.auto.vars.hcl`
    pub(super) variables: Vec<PathBuf>,
}

/// Every `*.hcl` file of the current folder, sorted by name.
pub(super) fn find(diagnostics: &mut Diagnostics) -> Found {
    let mut found = Found::default();
    let entries = match fs::read_dir(".") {
        Ok(entries) => entries,
        Err(why) => {
            let detail = format!("The configuration's folder cannot be read: {why}.");
            diagnostics.push(Diagnostic::global(codes::FILE_UNREADABLE, detail));
            return found;
        }
    };
    let mut names: Vec<PathBuf> = Vec::new();
    for entry in entries {
        match entry {
            Ok(entry) => names.push(entry.file_name().into()),
            Err(why) => {
                let detail = format!("The configuration's folder cannot be read: {why}.");
                diagnostics.push(Diagnostic::global(codes::FILE_UNREADABLE, detail));
            }
        }
    }
    names.sort();
    for path in names {
        let name = path.to_string_lossy().into_owned();
        if !name.ends_with(".hcl") || name.starts_with('.') || name.ends_with(".lock.hcl") {
            continue;
        }
        if name.ends_with(".auto.vars.hcl") {
            found.variables.push(path);
        } else if !name.ends_with(".vars.hcl") {
            found.configuration.push(path);
        }
    }
    if found.configuration.is_empty() && !diagnostics.has_errors() {
        let detail = "This folder has no `*.hcl` file.";
        let help = "`lifeboat init` writes one, `-C DIR` names another folder";
        diagnostics.push(Diagnostic::global(codes::NO_CONFIGURATION, detail).help(help));
    }
    found
}

/// Adds a file to the sources, or a finding.
pub(super) fn add(path: &Path, sources: &mut Sources, diagnostics: &mut Diagnostics) {
    match read(path) {
        Ok(text) => {
            sources.add(path.display().to_string(), text);
        }
        Err(why) => {
            let detail = format!("`{}` cannot be read: {why}.", path.display());
            diagnostics.push(Diagnostic::global(codes::FILE_UNREADABLE, detail));
        }
    }
}

/// The text of a file, or why it cannot be had.
pub(super) fn read(path: &Path) -> Result<String, String> {
    let about = fs::metadata(path).map_err(|why| why.to_string())?;
    if !about.is_file() {
        return Err("it is not a file".to_owned());
    }
    if about.len() > FILE_BYTES_MAX {
        return Err(format!("it has {} bytes, at most {FILE_BYTES_MAX} are read", about.len()));
    }
    let bytes = fs::read(path).map_err(|why| why.to_string())?;
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Err(format!("it has a NUL byte at byte {at}"));
    }
    String::from_utf8(bytes)
        .map_err(|why| format!("it is not UTF-8, from byte {} on", why.utf8_error().valid_up_to()))
}

/// The text of a file below the configuration's folder, for `file()`.
pub(super) fn read_below(path: &str) -> Result<String, String> {
    let relative = Path::new(path);
    if !relative.components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir)) {
        return Err("only files below the configuration's folder can be read".to_owned());
    }
    let here = fs::canonicalize(".").map_err(|why| why.to_string())?;
    let real = fs::canonicalize(relative).map_err(|why| why.to_string())?;
    if !real.starts_with(&here) {
        return Err("it is a link out of the configuration's folder".to_owned());
    }
    read(&real)
}

/// Writes a file whole or not at all: what was there stays until the new one is on disk.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Box<Diagnostic>> {
    let attempt = || -> std::io::Result<()> {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let beside =
            parent.unwrap_or(Path::new(".")).join(format!(".{name}.{}", std::process::id()));
        let written = fs::File::create(&beside).and_then(|mut file| {
            std::io::Write::write_all(&mut file, text.as_bytes())?;
            file.sync_all()
        });
        written.and_then(|()| fs::rename(&beside, path)).inspect_err(|_| {
            // The first error is the one to tell.
            let _gone = fs::remove_file(&beside);
        })
    };
    attempt().map_err(|why| {
        let detail = format!("`{}` cannot be written: {why}.", path.display());
        Box::new(Diagnostic::global(codes::FILE_UNWRITABLE, detail))
    })
}
