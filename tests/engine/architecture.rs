//! Keeps the house in order: which stage may name which, who may touch the world, how files look.
//!
//! Each limit here is a ratchet: it may be tightened in passing, and loosened only in a review that
//! says why.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Each stage, and the stages it may name. Order is the order of the pipeline.
const ARROWS: &[(&str, &[&str])] = &[
    ("diagnostic", &[]),
    ("language", &["diagnostic"]),
    ("lock", &["diagnostic"]),
    ("intent", &["diagnostic", "language", "lock"]),
    ("desired", &["diagnostic", "intent", "lock"]),
    ("image", &["diagnostic", "intent", "lock"]),
    ("probe", &["diagnostic", "intent", "image"]),
    ("graph", &["diagnostic", "desired"]),
    ("live", &["diagnostic", "desired"]),
    ("generate", &["diagnostic", "language", "lock", "intent", "desired", "live"]),
    ("diff", &["diagnostic", "desired", "live"]),
    ("drill", &["diagnostic", "intent", "lock", "desired", "live"]),
    ("plan", &["diagnostic", "desired", "graph", "live", "diff", "drill"]),
    ("apply", &["diagnostic", "live", "plan"]),
    ("rehearse", &["desired", "drill"]),
    ("report", EVERYTHING_BEFORE),
    ("cli", EVERYTHING_BEFORE),
];

const EVERYTHING_BEFORE: &[&str] = &["*"];

/// Stages that work on values alone: the same input gives the same output, anywhere.
const PURE: &[&str] = &[
    "diagnostic",
    "language",
    "intent",
    "lock",
    "desired",
    "graph",
    "generate",
    "diff",
    "drill",
    "plan",
    "report",
];

/// The modules of `std`, the types and the crates through which a pure stage would reach the world.
const IMPURE_MODULES: &[&str] = &["env", "fs", "process", "thread"];
const IMPURE_NAMES: &[&str] =
    &["TcpListener", "TcpStream", "ToSocketAddrs", "UdpSocket", "lifeboat_oci", "reqwest", "tokio"];

/// Source files that stand outside every stage.
const OUTSIDE_STAGES: &[&str] = &["lib.rs", "main.rs"];

/// Where engine code may name a provider crate. `lifeboat_oci` also carries the copy engine.
const PROVIDER_NAMES: &[(&str, &[&str])] =
    &[("main.rs", &["*"]), ("image", &["lifeboat_oci"]), ("probe", &["lifeboat_oci"])];

/// The crates of this workspace that a provider may build on, besides the contract.
const PROVIDER_BASE: &str = "lifeboat-oci";

const LINES_MAX: usize = 400;
const TRACKED_BYTES_MAX: u64 = 200_000;

/// A budget, so that a new dependency is a decision. Messages of the DNS cost nine of them.
const PACKAGES_MAX: usize = 290;

const BANNED_WORDS: &[&str] =
    &["util", "utils", "common", "core", "helper", "helpers", "manager", "misc"];

#[test]
fn stages_name_only_the_stages_they_may() {
    let mut problems = Vec::new();
    for (at, (stage, allowed)) in ARROWS.iter().enumerate() {
        let earlier: Vec<&str> = ARROWS[..at].iter().map(|(stage, _)| *stage).collect();
        let allowed = if *allowed == EVERYTHING_BEFORE { &earlier } else { *allowed };
        let files = rust_files_below(&format!("src/{stage}/"));
        // `super::plan` may be the stage of that name, or a module of this one.
        let own = |name: &str| {
            let (file, folder) = (format!("/{name}.rs"), format!("src/{stage}/{name}/"));
            files.iter().any(|path| path.ends_with(&file) || path.starts_with(&folder))
        };
        for file in &files {
            let code = code(file);
            let by_super = names_after(&code, "super::").into_iter().filter(|name| !own(name));
            for named in names_after(&code, "crate::").into_iter().chain(by_super) {
                if named != *stage && is_stage(named) && !allowed.contains(&named) {
                    problems.push(format!("{stage} -> {named} in {file}"));
                }
            }
        }
    }
    assert_none("forbidden arrows", &problems);
}

#[test]
fn the_arrows_point_to_earlier_stages() {
    let mut problems = Vec::new();
    for (at, (stage, allowed)) in ARROWS.iter().enumerate() {
        let later =
            allowed.iter().filter(|name| ARROWS[at..].iter().any(|(stage, _)| stage == *name));
        problems.extend(later.map(|name| format!("{stage} -> {name}")));
        let unknown = allowed.iter().filter(|name| **name != "*" && !is_stage(name));
        problems.extend(unknown.map(|name| format!("{stage} -> {name}, which is no stage")));
    }
    assert_none("arrows that point backwards", &problems);
}

#[test]
fn everything_in_src_belongs_to_a_stage() {
    let strangers = rust_files_below("src/").into_iter().filter(|file| {
        let inside = file.trim_start_matches("src/");
        let (first, deeper) = inside.split_once('/').map_or((inside, false), |(s, _)| (s, true));
        if deeper { !is_stage(first) } else { !OUTSIDE_STAGES.contains(&first) }
    });
    assert_none("files outside the map in `ARROWS`", &strangers.collect::<Vec<_>>());
}

#[test]
fn only_main_names_providers() {
    let providers: Vec<String> = fs::read_dir(root().join("providers"))
        .unwrap()
        .map(|folder| folder.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "contract")
        .map(|name| format!("lifeboat_{name}"))
        .collect();
    let mut problems = Vec::new();
    for file in rust_files_below("src/") {
        let code = code(&file);
        let place = file.trim_start_matches("src/").split('/').next().unwrap_or_default();
        let allowed = PROVIDER_NAMES.iter().find(|(name, _)| *name == place);
        let allowed = allowed.map_or(&[] as &[&str], |(_, allowed)| *allowed);
        for provider in providers.iter().filter(|name| has_word(&code, name)) {
            if !allowed.contains(&"*") && !allowed.contains(&provider.as_str()) {
                problems.push(format!("{provider} in {file}"));
            }
        }
    }
    assert_none("provider crates named outside the composition root", &problems);
}

#[test]
fn provider_crates_build_on_the_contract_alone() {
    let mut problems = Vec::new();
    for file in tracked()
        .iter()
        .filter(|file| file.starts_with("providers/") && file.ends_with("/Cargo.toml"))
    {
        let manifest = read(file);
        // Tests may know more: a stand-in for the world.
        let shipped = manifest.split("[dev-dependencies]").next().unwrap_or_default();
        let named = shipped.lines().filter(|line| line.starts_with("lifeboat"));
        for name in named.filter_map(|line| line.split(['.', ' ', '=']).next()) {
            let base = name == PROVIDER_BASE && !file.contains("/contract/");
            if name != "lifeboat-contract" && !base {
                problems.push(format!("{name} in {file}"));
            }
        }
    }
    assert_none("crates that a provider must not know", &problems);
}

#[test]
fn pure_stages_do_not_touch_the_world() {
    let mut problems = Vec::new();
    for stage in PURE {
        for file in rust_files_below(&format!("src/{stage}/")) {
            let code = code(&file);
            let of_std = names_after(&code, "std::");
            let modules = IMPURE_MODULES.iter().filter(|name| of_std.contains(*name));
            problems.extend(modules.map(|name| format!("std::{name} in {file}")));
            let others = IMPURE_NAMES.iter().filter(|name| has_word(&code, name));
            problems.extend(others.map(|name| format!("{name} in {file}")));
        }
    }
    assert_none("effects in pure stages", &problems);
}

#[test]
fn rust_files_introduce_themselves_and_stay_short() {
    let mut problems = Vec::new();
    for file in rust_files_below("") {
        let text = read(&file);
        if !text.starts_with("//! ") {
            problems.push(format!("{file} does not start with a `//!` header"));
        }
        let lines = text.lines().count();
        if lines > LINES_MAX {
            problems.push(format!("{file} has {lines} lines, more than {LINES_MAX}"));
        }
    }
    assert_none("files out of shape", &problems);
}

#[test]
fn paths_say_what_is_in_them() {
    let mut problems = Vec::new();
    for file in tracked() {
        let words = || file.split(['/', '.', '_', '-']);
        let banned = words().filter(|word| BANNED_WORDS.contains(word));
        problems.extend(banned.map(|word| format!("`{word}` in {file}")));
        let versions = words()
            .filter(|_| file.starts_with("src/"))
            .filter(|word| word.ends_with(|last: char| last.is_ascii_digit()) && word.len() > 1);
        problems.extend(versions.map(|word| format!("`{word}` in {file} looks like a version")));
    }
    assert_none("paths that say nothing", &problems);
}

#[test]
fn tracked_files_are_small() {
    let large = tracked().into_iter().filter_map(|file| {
        let bytes = fs::metadata(root().join(&file)).unwrap().len();
        (bytes > TRACKED_BYTES_MAX).then(|| format!("{file} has {bytes} bytes"))
    });
    assert_none("files too large for git", &large.collect::<Vec<_>>());
}

#[test]
fn open_points_name_an_issue() {
    let marker = concat!("TO", "DO");
    let open = tracked().into_iter().filter(|file| !has_extension(file, "md")).filter_map(|file| {
        let text = text(&file)?;
        let line = text.lines().position(|line| {
            let mut after = line.split(marker).skip(1);
            after.any(|after| !after.starts_with("(#"))
        })?;
        Some(format!("{file}:{}: write `{marker}(#12)`", line + 1))
    });
    assert_none("open points without an issue", &open.collect::<Vec<_>>());
}

#[test]
fn no_file_names_a_machine_or_a_registry() {
    let mut forbidden: Vec<String> = [
        concat!("/ho", "me/"),
        concat!("/ro", "ot/"),
        concat!("/Us", "ers/"),
        concat!("index.crates", ".io"),
        concat!("static.crates", ".io"),
        concat!("registry.npmjs", ".org"),
        concat!("registry.yarnpkg", ".com"),
        concat!("files.pythonhosted", ".org"),
        concat!("proxy.golang", ".org"),
        concat!("deb.debian", ".org"),
        concat!("replace", "-with"),
    ]
    .map(str::to_owned)
    .into();
    // A root like `/app` is a word that files may well hold for other reasons.
    if root().components().count() > 2 {
        forbidden.push(root().display().to_string());
    }
    let mut problems = Vec::new();
    for file in tracked() {
        let Some(text) = text(&file) else { continue };
        let named = forbidden.iter().filter(|place| text.contains(place.as_str()));
        problems.extend(named.map(|place| format!("`{place}` in {file}")));
    }
    assert_none("places that exist on one machine only", &problems);
}

#[test]
fn dependencies_stay_within_budget() {
    let packages = read("Cargo.lock").lines().filter(|line| *line == "[[package]]").count();
    assert!(packages <= PACKAGES_MAX, "Cargo.lock has {packages} packages, over {PACKAGES_MAX}");
}

#[test]
fn names_are_found_in_braces_too() {
    let code = "use crate::{diff, plan::{self, Step}, report::text};\nlet x = crate::live::read();";
    let names: Vec<&str> = names_after(code, "crate::").into_iter().collect();
    assert_eq!(names, ["diff", "live", "plan", "report"]);
    assert!(names_after("mycrate::diff", "crate::").is_empty());
}

fn assert_none(what: &str, problems: &[impl Display]) {
    let list: Vec<String> = problems.iter().map(|problem| format!("  {problem}\n")).collect();
    assert!(problems.is_empty(), "{what}:\n{}", list.concat());
}

fn is_stage(name: &str) -> bool {
    ARROWS.iter().any(|(stage, _)| *stage == name)
}

/// The names that directly follow a path's start, also each of those in braces.
fn names_after<'c>(code: &'c str, start: &str) -> BTreeSet<&'c str> {
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices(start) {
        let joined = code[..at].ends_with(continues_name);
        let rest = &code[at + start.len()..];
        match rest.strip_prefix('{') {
            _ if joined => {}
            Some(group) => names.extend(names_in_group(group)),
            None => names.extend(leading_name(rest)),
        }
    }
    names
}

/// The first name of each item of a `use` group, given the text after its opening brace.
fn names_in_group(group: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let (mut depth, mut item_start) = (0_usize, Some(0));
    for (at, letter) in group.char_indices() {
        if let Some(start) = item_start
            && matches!(letter, ',' | '{' | '}')
        {
            names.extend(leading_name(group[start..at].trim_start()));
            item_start = None;
        }
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => item_start = Some(at + 1),
            _ => {}
        }
    }
    names
}

fn leading_name(text: &str) -> Option<&str> {
    let end = text.find(|letter| !continues_name(letter)).unwrap_or(text.len());
    (end > 0).then(|| &text[..end])
}

fn continues_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn has_word(code: &str, word: &str) -> bool {
    code.split(|letter| !continues_name(letter)).any(|found| found == word)
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The files that git has, or would take: what belongs to the repository, and nothing built.
fn tracked() -> Vec<String> {
    let mut git = Command::new("git");
    // The clone may belong to another user, as it often does in a container.
    git.args(["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others"]);
    let output = git.arg("--exclude-standard").current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let names: BTreeSet<String> = String::from_utf8(output.stdout)
        .unwrap()
        .split_terminator('\0')
        .filter(|file| root().join(file).is_file())
        .map(str::to_owned)
        .collect();
    names.into_iter().collect()
}

fn rust_files_below(folder: &str) -> Vec<String> {
    tracked()
        .into_iter()
        .filter(|file| file.starts_with(folder) && has_extension(file, "rs"))
        .collect()
}

fn has_extension(file: &str, extension: &str) -> bool {
    Path::new(file).extension().is_some_and(|found| found == extension)
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap()
}

/// The content of a text file; nothing for an image or another binary one.
fn text(file: &str) -> Option<String> {
    String::from_utf8(fs::read(root().join(file)).unwrap()).ok()
}

/// A file without its comment lines: a doc link to a later stage is no dependency on it.
fn code(file: &str) -> String {
    let text = read(file);
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}
