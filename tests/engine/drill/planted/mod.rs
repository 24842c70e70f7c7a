//! One fault of each kind, planted into the shop example: the gate finds it, names it, and says what
//! to do. Each runs the real `lifeboat check`.

mod detection;
mod live;
mod refused;
mod standby;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use lifeboat::drill::{Drill, LintSeverity, Verdict};

use crate::drive::{Ran, lifeboat};
use crate::transcript::{TempFolder, copy};

const MAIN: &str = "main.hcl";
const IMAGES: &str = "images.hcl";
const TRAFFIC: &str = "traffic.hcl";

/// Where a block can be added.
const OBJECTIVE: &str = "objective \"www\" {\n";

/// What breaks the untouched example: nothing is left then.
const BOTH: &str = "virginia + ireland";

/// A file, what stands there once, and what is written instead.
type Edit = (&'static str, &'static str, &'static str);

/// A fault, and what is said of it.
struct Fault {
    what: &'static str,
    edits: &'static [Edit],
    /// Every rule that speaks, with how much it weighs and words of its fix; no other does.
    said: &'static [(&'static str, &'static str)],
    verdict: Verdict,
    /// Every set of losses that breaks the objective.
    breaking: &'static [&'static str],
}

const fn lint(
    what: &'static str,
    edits: &'static [Edit],
    said: &'static [(&'static str, &'static str)],
) -> Fault {
    Fault { what, edits, said, verdict: Verdict::Met, breaking: &[BOTH] }
}

impl Fault {
    /// The objective does not hold, and these sets break it.
    const fn violates(self, breaking: &'static [&'static str]) -> Self {
        Self { verdict: Verdict::Violated, breaking, ..self }
    }

    /// The objective holds, and these sets break it.
    const fn weakens(self, breaking: &'static [&'static str]) -> Self {
        Self { breaking, ..self }
    }
}

fn shop() -> TempFolder {
    let folder = TempFolder::new("planted");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop"), &folder.path);
    folder
}

fn plant(folder: &Path, edits: &[Edit]) {
    for (file, from, to) in edits {
        let path = folder.join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.matches(from).count(), 1, "{file} has to hold this once: {from}");
        fs::write(path, text.replace(from, to)).unwrap();
    }
}

/// Runs the gate, as CI does: the artifact, and the report that a pull request shows.
fn gate(folder: &Path, words: &[&str]) -> (Ran, Option<(Drill, String)>) {
    let report: PathBuf = folder.join("drill.md");
    let words = [&["check", "--json", "--write", "drill.md"], words].concat();
    let ran = lifeboat(folder, &words);
    ran.keeps_its_head();
    let found = serde_json::from_str(&ran.out).ok();
    let found = found.map(|drill| (drill, fs::read_to_string(&report).unwrap()));
    (ran, found)
}

/// What is found, in the form in which a fault says it.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    rules: BTreeSet<String>,
    verdict: Verdict,
    breaking: Vec<String>,
    code: Option<i32>,
}

impl Found {
    fn of(drill: &Drill, code: Option<i32>) -> Self {
        let rules = drill.lints.iter().map(|lint| {
            let severity = match lint.severity {
                LintSeverity::Error => "error",
                LintSeverity::Warning => "warning",
                LintSeverity::Info => "info",
            };
            format!("{} {severity}", lint.rule)
        });
        let sets = drill.objectives.iter().flat_map(|objective| &objective.breaking);
        Self {
            // Of the untouched example it says that, too.
            rules: rules.filter(|rule| rule != "L18 info").collect(),
            verdict: drill.verdict,
            breaking: sets.map(|set| set.lost.join(" + ")).collect(),
            code,
        }
    }
}

fn check(fault: &Fault, folder: &Path, words: &[&str], slips: &mut Vec<String>) {
    let Fault { what, edits, said, verdict, breaking } = fault;
    plant(folder, edits);
    let (ran, found) = gate(folder, words);
    let Some((drill, report)) = found else {
        slips.push(format!("{what}: {}", ran.all()));
        return;
    };
    let refused = *verdict != Verdict::Met || said.iter().any(|(rule, _)| rule.ends_with("error"));
    let expected = Found {
        rules: said.iter().map(|(rule, _)| (*rule).to_owned()).collect(),
        verdict: *verdict,
        breaking: breaking.iter().map(|set| (*set).to_owned()).collect(),
        code: Some(if refused { 3 } else { 0 }),
    };
    let actual = Found::of(&drill, ran.code);
    if actual != expected {
        slips.push(format!("{what}: expected {expected:#?}, found {actual:#?}"));
    }
    for (rule, fix) in *said {
        let id = &rule[..3];
        let mut of_rule = drill.lints.iter().filter(|lint| lint.rule == id);
        if !of_rule.any(|lint| lint.fix.contains(fix)) || !report.contains(id) {
            slips.push(format!("{what}: {id} does not say `{fix}`"));
        }
    }
}

/// Plants faults into a copy each, and looks without reading the world.
fn found(faults: &[Fault]) {
    let mut slips = Vec::new();
    for fault in faults {
        check(fault, &shop().path, &["--offline"], &mut slips);
    }
    assert!(slips.is_empty(), "{}", slips.join("\n"));
}

#[test]
fn the_untouched_example_passes() {
    found(&[lint("nothing", &[], &[])]);
}
