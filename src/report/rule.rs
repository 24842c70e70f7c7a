//! The reference of the rules that drills look for.

use std::fmt::Write as _;

use crate::drill::{LintCategory, LintSeverity, Rule, UNDECIDED, Undecided, rules};

/// Every rule, and every one that is not looked at, in Markdown.
pub fn drill_rules() -> String {
    let mut out = String::from(
        "# Lints of drills\n\nWhat `lifeboat drill` looks for besides computing what happens. Generated \
         from the table in `src/drill/lint`. A `lint` block in `policy` changes what a rule weighs, for \
         all blocks or for some, and says why; with `severity = \"off\"` it is counted and not shown. \
         What others own weighs a warning at most, since this configuration cannot mend \
         it.\n\nCategories: a single point of failure, a shared fate, load, latency, or a \
         mistake.\n\n| rule | severity | category | what | why | what to do | known from |\n| --- | --- | \
         --- | --- | --- | --- | --- |\n",
    );
    for rule in rules() {
        let Rule { id, title, why, source, .. } = rule;
        let (severity, category) = (severity(rule.severity), category(rule.category));
        let fix = rule.fix.replace('|', "\\|");
        let _infallible = writeln!(
            out,
            "| {id} | {severity} | {category} | {title} | {why} | {fix} | {source} |"
        );
    }
    out.push_str(
        "\n## Not looked at\n\nRules, or parts of them, whose facts a configuration does not \
         have.\n\n| rule | what | why not |\n| --- | --- | --- |\n",
    );
    for Undecided { id, title, reason } in UNDECIDED {
        let _infallible = writeln!(out, "| {id} | {title} | {reason} |");
    }
    out
}

fn severity(severity: LintSeverity) -> &'static str {
    match severity {
        LintSeverity::Error => "error",
        LintSeverity::Warning => "warning",
        LintSeverity::Info => "info",
    }
}

fn category(category: LintCategory) -> &'static str {
    match category {
        LintCategory::SinglePoint => "single point",
        LintCategory::SharedFate => "shared fate",
        LintCategory::Load => "load",
        LintCategory::Latency => "latency",
        LintCategory::Mistake => "mistake",
    }
}
