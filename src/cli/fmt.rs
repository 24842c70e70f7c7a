//! `fmt`: lay files out in the standard way.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use similar::TextDiff;

use super::arguments::Fmt as Words;
use super::{Exit, Screen, folder};
use crate::diagnostic::{Diagnostic, Diagnostics, Sources, codes};
use crate::language::{self, format};

/// Folders within folders within folders: more is a circle.
const DEPTH_MAX: usize = 64;

pub(super) fn run(words: &Words, screen: &Screen) -> Exit {
    if words.paths == [PathBuf::from("-")] {
        return from_standard_input(words, screen);
    }
    let mut diagnostics = Diagnostics::default();
    let mut files = BTreeSet::new();
    let here = [PathBuf::from(".")];
    let paths = if words.paths.is_empty() { &here[..] } else { &words.paths };
    for path in paths {
        collect(path, words.recursive, 0, true, &mut files, &mut diagnostics);
    }
    let mut changed = 0;
    for file in files {
        match one(&file, words, screen) {
            Ok(true) => changed += 1,
            Ok(false) => {}
            Err(found) => diagnostics.push(*found),
        }
    }
    screen.diagnostics(&diagnostics, &Sources::default());
    match (diagnostics.has_errors(), words.check && changed > 0) {
        (true, _) => Exit::Error,
        (false, true) => Exit::No,
        (false, false) => Exit::Done,
    }
}

/// Every `*.hcl` file of a folder; of files that are named, only those are taken.
fn collect(
    path: &Path,
    recursive: bool,
    depth: usize,
    named: bool,
    files: &mut BTreeSet<PathBuf>,
    diagnostics: &mut Diagnostics,
) {
    let unreadable = |why: String| {
        let detail = format!("`{}` cannot be read: {why}.", path.display());
        Diagnostic::global(codes::FILE_UNREADABLE, detail)
    };
    if depth > DEPTH_MAX {
        return diagnostics.push(unreadable(format!("it lies {DEPTH_MAX} folders deep")));
    }
    let about = match std::fs::metadata(path) {
        Ok(about) => about,
        Err(why) => return diagnostics.push(unreadable(why.to_string())),
    };
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or_default();
    if about.is_file() {
        if name.ends_with(".hcl") && (named || !name.ends_with(".lock.hcl")) {
            files.insert(path.to_owned());
        } else if named {
            let detail =
                format!("`{}` is no `*.hcl` file, so it is left as it is.", path.display());
            diagnostics.push(Diagnostic::global(codes::USAGE, detail));
        }
        return;
    }
    if !named && (!recursive || name.starts_with('.')) {
        return;
    }
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(why) => return diagnostics.push(unreadable(why.to_string())),
    };
    for entry in entries.filter_map(Result::ok) {
        let inner = if path == Path::new(".") { entry.file_name().into() } else { entry.path() };
        // A link to a folder is not followed, so no circle is.
        let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
        if is_link && inner.is_dir() {
            continue;
        }
        collect(&inner, recursive, depth + 1, false, files, diagnostics);
    }
}

/// Lays one file out; true where that changes it.
fn one(file: &Path, words: &Words, screen: &Screen) -> Result<bool, Box<Diagnostic>> {
    let name = file.display().to_string();
    let text = folder::read(file).map_err(|why| {
        let detail = format!("`{name}` cannot be read: {why}.");
        Box::new(Diagnostic::global(codes::FILE_UNREADABLE, detail))
    })?;
    let mut sources = Sources::default();
    sources.add(name.as_str(), text.as_str());
    let (_, found) = language::parse(&sources);
    if found.has_errors() {
        screen.diagnostics(&found, &sources);
        let detail = format!("`{name}` is left as it is, because it is not HCL.");
        return Err(Box::new(Diagnostic::global(codes::SYNTAX, detail)));
    }
    let formatted = format(&text);
    if formatted == text {
        return Ok(false);
    }
    if !words.check {
        folder::write(file, &formatted)?;
    }
    screen.line(&name);
    if words.diff {
        screen.print(&difference(&name, &text, &formatted));
    }
    Ok(true)
}

fn difference(name: &str, before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    diff.unified_diff().header(&format!("old/{name}"), &format!("new/{name}")).to_string()
}

fn from_standard_input(words: &Words, screen: &Screen) -> Exit {
    let mut text = String::new();
    if let Err(why) = std::io::stdin().lock().read_to_string(&mut text) {
        let detail = format!("Standard input cannot be read: {why}.");
        let found = Diagnostic::global(codes::FILE_UNREADABLE, detail);
        screen.diagnostics(&found.into(), &Sources::default());
        return Exit::Error;
    }
    let formatted = format(&text);
    if words.diff {
        screen.print(&difference("-", &text, &formatted));
    } else if !words.check {
        screen.print(&formatted);
    }
    if words.check && formatted != text { Exit::No } else { Exit::Done }
}
