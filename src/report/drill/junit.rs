//! A drill, as CI systems read it: JUnit XML.

use std::fmt::Write as _;

use super::markup::escaped;
use super::words;
use crate::drill::{Drill, Lint, LintSeverity, Loss, ObjectiveVerdict, Verdict};

/// So many of the sets that break an objective are named; the rest stands in the JSON report.
const SETS_MAX: usize = 20;

/// One case of a suite.
struct Case {
    class: String,
    name: String,
    verdict: Verdict,
    /// Why it is not met.
    message: String,
    /// What a reader of the log wants to know.
    body: String,
}

/// A drill as JUnit XML: a case for each objective, for each loss, and for each rule that finds an
/// error. What cannot be told is an error there: it must not pass for good.
pub fn junit(drill: &Drill) -> String {
    let suites = [
        ("objectives", drill.objectives.iter().map(objective).collect::<Vec<_>>()),
        ("losses", drill.losses.iter().map(|one| loss(drill, one)).collect()),
        (
            "findings",
            drill
                .lints
                .iter()
                .filter(|one| one.severity == LintSeverity::Error)
                .map(lint)
                .collect(),
        ),
    ];
    let all: Vec<&Case> = suites.iter().flat_map(|(_, cases)| cases).collect();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"{}\" {}>\n",
        escaped(&format!("drill of {}", drill.stack.as_str())),
        counts(all.iter().copied())
    );
    for (name, cases) in &suites {
        if cases.is_empty() {
            continue;
        }
        let _infallible = writeln!(out, "  <testsuite name=\"{name}\" {}>", counts(cases));
        for case in cases {
            write_case(case, &mut out);
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn counts<'c>(cases: impl IntoIterator<Item = &'c Case>) -> String {
    let (mut tests, mut failures, mut errors) = (0, 0, 0);
    for case in cases {
        tests += 1;
        match case.verdict {
            Verdict::Met => {}
            Verdict::Unproven => errors += 1,
            Verdict::Violated => failures += 1,
        }
    }
    format!(
        "tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"0\" time=\"0\""
    )
}

fn write_case(case: &Case, out: &mut String) {
    let (class, name) = (escaped(&case.class), escaped(&case.name));
    let _infallible = write!(out, "    <testcase classname=\"{class}\" name=\"{name}\" time=\"0\"");
    let element = match case.verdict {
        Verdict::Met => {
            out.push_str("/>\n");
            return;
        }
        Verdict::Unproven => "error",
        Verdict::Violated => "failure",
    };
    let (word, message) = (case.verdict.word(), escaped(&case.message));
    // Escaped line by line, since each line is made one line.
    let body: Vec<String> = case.body.lines().map(escaped).collect();
    let _infallible = writeln!(
        out,
        ">\n      <{element} type=\"{word}\" message=\"{message}\">{}</{element}>\n    </testcase>",
        body.join("\n")
    );
}

fn objective(objective: &ObjectiveVerdict) -> Case {
    let message = match (&objective.reason, objective.verdict) {
        (Some(reason), Verdict::Unproven) => reason.clone(),
        (Some(reason), Verdict::Met | Verdict::Violated) => {
            format!("{}: {reason}", words::finding(objective))
        }
        (None, _) => words::finding(objective),
    };
    let mut body = String::new();
    for set in objective.breaking.iter().take(SETS_MAX) {
        let newly = if set.newly { "newly breaking: " } else { "" };
        let _infallible = writeln!(body, "{newly}{} lost: {}", words::lost(&set.lost), set.why);
    }
    let left = objective.breaking.len().saturating_sub(SETS_MAX);
    if left > 0 {
        let _infallible = writeln!(body, "and {} more", words::count(left, "set", "sets"));
    }
    Case {
        class: objective.address.to_string(),
        name: words::promise(objective),
        verdict: objective.verdict,
        message,
        body,
    }
}

fn loss(drill: &Drill, loss: &Loss) -> Case {
    let mut body = String::new();
    for event in &loss.events {
        let _infallible = writeln!(body, "{:>8}  {}", words::moment(event), event.text);
    }
    Case {
        class: format!("{}.losses", loss.objective),
        name: format!("{} lost", words::lost(&loss.lost)),
        verdict: loss.verdict,
        message: words::outcome(drill, loss),
        body,
    }
}

fn lint(lint: &Lint) -> Case {
    let place = lint.place.as_ref();
    let place = place.map(|at| format!("{}:{}:{}\n", at.file, at.line, at.column));
    let Lint { rule, address, message, why, fix, source, .. } = lint;
    Case {
        class: format!("{address}.findings"),
        name: format!("{rule} {address}"),
        verdict: Verdict::Violated,
        message: message.clone(),
        body: format!("{}{why}\nfix: {fix}\nsource: {source}\n", place.unwrap_or_default()),
    }
}
