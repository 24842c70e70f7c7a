//! Stories in Markdown: files and commands in, output compared. The same runner keeps the scenarios,
//! the examples and the README true. `UPDATE=1` writes what came out.
//!
//! A fence ` ```hcl NAME ` is a file; a fence ` ```console ` holds `$ ` commands and their output. Each
//! story runs in a folder of its own, with nothing in the environment but `PATH`. A command that does
//! not exit with 0 is followed by `[exit N]`. ` ```console FOLDER ` runs in a copy of that folder of the
//! repository.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where a story starts.
pub(crate) enum Start<'s> {
    Empty,
    /// A copy of this folder.
    CopyOf(&'s Path),
}

/// Runs a story and compares, or writes what came out.
pub(crate) fn check(story: &Path, start: &Start<'_>) {
    let text = fs::read_to_string(story).unwrap();
    let folder = TempFolder::new(story.file_stem().unwrap().to_str().unwrap());
    if let Start::CopyOf(source) = start {
        copy(source, &folder.path);
    }
    let actual = run(&text, &folder.path);
    if actual == text {
        return;
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(story, actual).unwrap();
        return;
    }
    let diff = similar::TextDiff::from_lines(&text, &actual);
    let diff = diff.unified_diff().header("written", "actual").to_string();
    panic!("{} is not what happens (UPDATE=1 rewrites it):\n{diff}", story.display());
}

/// The story with what really came out.
fn run(text: &str, folder: &Path) -> String {
    let mut out = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        let Some(fence) = line.strip_prefix("```").filter(|fence| !fence.is_empty()) else {
            continue;
        };
        let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        match fence.split_once(' ') {
            Some(("hcl" | "json" | "text", name)) => {
                fs::write(folder.join(name), body.join("\n") + "\n").unwrap();
                writeln!(out, "{}", body.join("\n")).unwrap();
            }
            Some(("console", example)) => {
                let copied = folder.join(".elsewhere").join(example);
                copy(&root().join(example), &copied);
                commands(&body, &copied, &mut out);
            }
            _ if fence == "console" => commands(&body, folder, &mut out),
            _ => writeln!(out, "{}", body.join("\n")).unwrap(),
        }
        out.push_str("```\n");
    }
    out
}

/// Commands with what they print.
fn commands(body: &[&str], folder: &Path, out: &mut String) {
    for command in body.iter().filter_map(|line| line.strip_prefix("$ ")) {
        write!(out, "$ {command}\n{}", shell(command, folder)).unwrap();
    }
}

/// What a command prints on both streams, and how it ends.
fn shell(command: &str, folder: &Path) -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_lifeboat")).parent().unwrap();
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", binary.display());
    let output = Command::new("timeout")
        .args(["60", "sh", "-c", &format!("{{ {command}\n}} 2>&1")])
        .current_dir(folder)
        .env_clear()
        .env("PATH", path)
        .env("HOME", folder)
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    if !output.status.success() {
        writeln!(text, "[exit {}]", output.status.code().unwrap_or(-1)).unwrap();
    }
    text
}

/// A folder that goes away.
pub(crate) struct TempFolder {
    pub(crate) path: PathBuf,
}

impl TempFolder {
    pub(crate) fn new(name: &str) -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("lifeboat-{name}-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self { path }
    }
}

impl Drop for TempFolder {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.path);
    }
}

/// Copies a folder, without what Lifeboat keeps in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name() == ".lifeboat" {
            continue;
        }
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn scenarios_happen_as_told() {
    let mut stories: Vec<PathBuf> = fs::read_dir(root().join("tests/scenarios"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    stories.sort();
    assert!(!stories.is_empty(), "no scenario was found");
    for story in stories {
        check(&story, &Start::Empty);
    }
}

#[test]
fn examples_happen_as_told() {
    for example in fs::read_dir(root().join("examples")).unwrap() {
        let folder = example.unwrap().path();
        if !folder.ends_with("aws") {
            check(&folder.join("README.md"), &Start::CopyOf(&folder));
        }
    }
}

/// Only a build that knows AWS can tell.
#[cfg(feature = "aws")]
#[test]
fn the_aws_example_happens_as_told() {
    let folder = root().join("examples/aws");
    check(&folder.join("README.md"), &Start::CopyOf(&folder));
}

#[test]
fn the_readme_happens_as_told() {
    let quickstart = root().join("examples/quickstart");
    check(&root().join("README.md"), &Start::CopyOf(&quickstart));
}
