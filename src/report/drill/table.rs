//! The parts of the page that are tables and lists.

use std::fmt::Write as _;

use super::markup::escaped;
use super::words::{self, Broken};
use crate::drill::{Drill, Lint, LintSeverity, ObjectiveVerdict, Verdict};

/// So many rows of one kind; the rest is counted, and stands in the JSON report.
const ROWS_MAX: usize = 200;

/// So many rows are seen at once; those below unfold.
const ROWS_OPEN_MAX: usize = 6;

/// How style sheets call a verdict.
pub(super) fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "met",
        Verdict::Unproven => "unproven",
        Verdict::Violated => "violated",
    }
}

/// A verdict as a word in its colour.
pub(super) fn badge(verdict: Verdict) -> String {
    format!("<span class=\"badge {}\">{}</span>", class(verdict), verdict.word())
}

/// What is left out, as a sentence.
pub(super) fn rest(all: usize, shown_max: usize) -> String {
    match all.saturating_sub(shown_max) {
        0 => String::new(),
        left => {
            let left = words::count(left, "more is", "more are");
            format!("<p class=\"rest\">{left} in the JSON report alone.</p>\n")
        }
    }
}

/// A table that turns into blocks where there is no room: each cell carries its column's name.
pub(super) fn table(columns: &[&str], rows: &[Vec<String>]) -> String {
    let shown = &rows[..rows.len().min(ROWS_MAX)];
    let (open, folded) = shown.split_at(shown.len().min(ROWS_OPEN_MAX));
    let mut out = rows_of(columns, open);
    if !folded.is_empty() {
        out.push_str(&fold(folded.len(), &rows_of(columns, folded)));
    }
    out + &rest(rows.len(), ROWS_MAX)
}

fn fold(count: usize, inner: &str) -> String {
    format!("<details>\n<summary>{count} more</summary>\n{inner}</details>\n")
}

fn rows_of(columns: &[&str], rows: &[Vec<String>]) -> String {
    let mut out = String::from("<table>\n<thead><tr>");
    for column in columns {
        let _infallible = write!(out, "<th scope=\"col\">{column}</th>");
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        out.push_str("<tr>");
        for (column, cell) in columns.iter().zip(row) {
            let _infallible = write!(out, "<td data-label=\"{column}\">{cell}</td>");
        }
        out.push_str("</tr>\n");
    }
    out + "</tbody>\n</table>\n"
}

pub(super) fn objectives(drill: &Drill) -> String {
    if drill.objectives.is_empty() {
        return String::new();
    }
    let rows: Vec<Vec<String>> = words::worst_first(drill).into_iter().map(objective).collect();
    let columns = ["verdict", "objective", "wanted", "worst case", "today"];
    format!(
        "<section id=\"objectives\">\n<h2>Objectives</h2>\n{}</section>\n",
        table(&columns, &rows)
    )
}

fn objective(objective: &ObjectiveVerdict) -> Vec<String> {
    let mut case = match objective.verdict {
        Verdict::Unproven => "cannot be told".to_owned(),
        Verdict::Met | Verdict::Violated => {
            let by = words::time_or(objective.recovery, "never");
            format!("{by}, {} lost", escaped(&words::lost(&objective.worst)))
        }
    };
    if let Some(reason) = &objective.reason {
        let _infallible = write!(case, ": {}", escaped(reason));
    }
    let wanted = format!(
        "{} ({} clients)",
        escaped(&words::promise(objective)),
        escaped(&objective.clients)
    );
    let today = objective.before.map_or_else(|| "not known".to_owned(), badge);
    let name = format!("<code>{}</code>", escaped(words::short(&objective.address)));
    vec![badge(objective.verdict), name, wanted, case, today]
}

/// Sets that break what holds today stand apart, before everything else.
pub(super) fn newly(drill: &Drill) -> String {
    let rows: Vec<Vec<String>> =
        words::breaking(drill).iter().filter(|set| set.newly).map(breaking).collect();
    if rows.is_empty() {
        return String::new();
    }
    let table = table(&SET_COLUMNS, &rows);
    format!("<section id=\"newly\">\n<h2>Newly broken by this plan</h2>\n{table}</section>\n")
}

const SET_COLUMNS: [&str; 3] = ["lost", "breaks", "what happens"];

pub(super) fn sets(drill: &Drill) -> String {
    let all = words::breaking(drill);
    let rows: Vec<Vec<String>> = all.iter().filter(|set| !set.newly).map(breaking).collect();
    let searched = escaped(&words::searched(drill));
    let mut out =
        String::from("<section id=\"sets\">\n<h2>The smallest losses that break it</h2>\n");
    if rows.is_empty() {
        let none = if all.is_empty() { "None was found" } else { "No others" };
        let _infallible = writeln!(out, "<p>{none}: {searched}.</p>");
    } else {
        out.push_str(&table(&SET_COLUMNS, &rows));
        let more = words::sets_left_out_said(drill);
        let _infallible = writeln!(out, "<p class=\"rest\">Lifeboat {searched}.{more}</p>");
    }
    out.push_str(&importance(drill));
    out + "</section>\n"
}

fn breaking(set: &Broken<'_>) -> Vec<String> {
    let mut why = escaped(set.why);
    if set.survived_with_more > 0 {
        let more = usize::try_from(set.survived_with_more).unwrap_or(usize::MAX);
        let more = words::count(more, "larger set", "larger sets");
        let _infallible =
            write!(why, " <em>({more} around it survived: losing more can help)</em>");
    }
    let lost = format!("<strong>{}</strong>", escaped(&words::lost(set.lost)));
    vec![lost, format!("<code>{}</code>", escaped(&set.names())), why]
}

/// What to take care of first.
fn importance(drill: &Drill) -> String {
    let mut rows = Vec::new();
    for objective in words::worst_first(drill) {
        let left_out = usize::try_from(objective.breaking_left_out).unwrap_or(usize::MAX);
        let all = objective.breaking.len().saturating_add(left_out);
        for one in objective.importance.iter().filter(|_| all > 1) {
            rows.push(vec![
                format!("<strong>{}</strong>", escaped(&one.component)),
                format!("<code>{}</code>", escaped(words::short(&objective.address))),
                format!("{} of {}", one.sets, words::count(all, "set", "sets")),
            ]);
        }
    }
    if rows.is_empty() {
        return String::new();
    }
    format!(
        "<h3>What is in most of them</h3>\n{}",
        table(&["component", "objective", "is in"], &rows)
    )
}

pub(super) fn lints(drill: &Drill) -> String {
    if drill.lints.is_empty() {
        return String::new();
    }
    let list = |lints: &[Lint]| {
        let items: String = lints.iter().map(finding).collect();
        format!("<ul class=\"findings\">\n{items}</ul>\n")
    };
    let shown = &drill.lints[..drill.lints.len().min(ROWS_MAX)];
    let (open, folded) = shown.split_at(shown.len().min(ROWS_OPEN_MAX));
    let counts = words::lint_counts(drill);
    let mut out = format!("<section id=\"findings\">\n<h2>Findings: {counts}</h2>\n{}", list(open));
    if !folded.is_empty() {
        out.push_str(&fold(folded.len(), &list(folded)));
    }
    out + &rest(drill.lints.len(), ROWS_MAX) + "</section>\n"
}

fn finding(lint: &Lint) -> String {
    let class = match lint.severity {
        LintSeverity::Error => "violated",
        LintSeverity::Warning => "unproven",
        LintSeverity::Info => "note",
    };
    let place = lint.place.as_ref().map_or_else(String::new, |at| {
        format!(" <span class=\"place\">{}:{}:{}</span>", escaped(&at.file), at.line, at.column)
    });
    let excepted = lint.excepted.as_ref().map_or_else(String::new, |why| {
        format!("<p class=\"place\">Excepted: {}</p>\n", escaped(why))
    });
    format!(
        "<li><p><span class=\"badge {class}\">{} {}</span> <code>{}</code>{place}</p>\n\
         <p><strong>{}</strong></p>\n<p>{}</p>\n<p><b class=\"fix\">Fix</b> {}</p>\n{excepted}\
         <p class=\"place\">{}</p></li>\n",
        words::severity(lint.severity),
        escaped(&lint.rule),
        escaped(&lint.address),
        escaped(&lint.message),
        escaped(&lint.why),
        escaped(&lint.fix),
        escaped(&lint.source)
    )
}

pub(super) fn assumptions(drill: &Drill) -> String {
    if drill.assumptions.is_empty() {
        return String::new();
    }
    let rows = drill.assumptions.iter().map(|one| {
        let known = if one.documented { "documented" } else { "<strong>undocumented</strong>" };
        vec![escaped(&one.text), known.to_owned(), escaped(&one.source)]
    });
    let table = table(&["assumption", "by the vendor", "source"], &rows.collect::<Vec<_>>());
    format!("<section id=\"assumptions\">\n<h2>What this rests on</h2>\n{table}</section>\n")
}
