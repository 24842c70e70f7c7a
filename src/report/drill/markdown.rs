//! A drill, as pull requests show it.
//!
//! GitHub takes 65,536 characters of a comment. Each part keeps to its share of them, and says how
//! many of its rows are left out.

use std::fmt::Write as _;

use super::broken::{self, Broken};
use super::words;
use crate::drill::{Compared, Drill, Loss, ObjectiveVerdict, Verdict};

/// Bytes, of which there are at least as many as characters.
const HEAD_MAX: usize = 2_000;
const NEW_MAX: usize = 11_000;
const OBJECTIVES_MAX: usize = 12_000;
const LOSSES_MAX: usize = 14_000;
const SETS_MAX: usize = 10_000;
const LINTS_MAX: usize = 10_000;
const ASSUMPTIONS_MAX: usize = 4_000;
const FOOT_MAX: usize = 1_000;

const _: () = assert!(
    HEAD_MAX
        + NEW_MAX
        + OBJECTIVES_MAX
        + LOSSES_MAX
        + SETS_MAX
        + LINTS_MAX
        + ASSUMPTIONS_MAX
        + FOOT_MAX
        < 65_000
);

/// So many letters of one text, so that one row cannot fill a part.
const CELL_LETTERS_MAX: usize = 300;

/// A drill as GitHub's Markdown, always shorter than 65,000 characters.
pub fn markdown(drill: &Drill) -> String {
    let mut out = head(drill);
    let all = broken::breaking(drill);
    let sets =
        |newly: bool| all.iter().filter(|set| set.newly == newly).map(breaking).collect::<Vec<_>>();
    let title = "### Newly broken by this plan";
    let columns = ["lost", "breaks", "what happens"];
    part(title, &columns, sets(true), NEW_MAX, &mut out);
    let rows = words::worst_first(drill).into_iter().map(objective).collect();
    let columns = ["", "objective", "wanted", "worst case", "today"];
    part("### Objectives", &columns, rows, OBJECTIVES_MAX, &mut out);
    let rows = words::losses(drill).into_iter().map(|loss| row_of_loss(drill, loss)).collect();
    let columns = [
        "",
        "lose",
        "objective",
        "detected",
        "switched",
        "p50",
        "p95",
        "p99",
        "bound",
        "what happens",
    ];
    part("### When something is lost", &columns, rows, LOSSES_MAX, &mut out);
    let columns = ["lost", "breaks", "what happens"];
    part("### The smallest losses that break it", &columns, sets(false), SETS_MAX, &mut out);
    let title = format!("### Findings: {}", words::lint_counts(drill));
    let columns = ["", "rule", "where", "what", "fix"];
    part(&title, &columns, lints(drill), LINTS_MAX, &mut out);
    let rows = drill.assumptions.iter().map(|one| {
        let source = if one.documented { "documented" } else { "**undocumented**" };
        vec![prose(&one.text), prose(&one.source), source.to_owned()]
    });
    let columns = ["assumption", "source", ""];
    part("### What this rests on", &columns, rows.collect(), ASSUMPTIONS_MAX, &mut out);
    foot(drill, &mut out);
    out
}

fn head(drill: &Drill) -> String {
    let (verdict, stack) = (drill.verdict.word(), code(drill.stack.as_str()));
    let mut out = format!("## {} Drill of {stack}: {verdict}\n\n", sign(drill.verdict));
    let _infallible = writeln!(out, "**{}**", prose(&words::answer(drill)));
    if let [only] = &drill.objectives[..]
        && let Some(reason) = &only.reason
    {
        let _infallible = writeln!(out, "\n{}", prose(reason));
    }
    out
}

fn foot(drill: &Drill, out: &mut String) {
    let _infallible = write!(out, "\n{}.", words::capital(&prose(&broken::searched(drill))));
    out.push_str(&broken::sets_left_out_said(drill));
    if let Some(off) = words::lints_off(drill) {
        let _infallible = write!(out, " {off}.");
    }
    if let Compared::Not(why) = &drill.compared {
        let _infallible = write!(out, " Not compared with the world as it is: {}.", prose(why));
    }
    out.push('\n');
}

/// A table with as many of its rows as fit, or nothing where there are none.
fn part(title: &str, columns: &[&str], rows: Vec<Vec<String>>, bytes_max: usize, out: &mut String) {
    /// What says how many rows are left out.
    const REST_MAX: usize = 80;
    if rows.is_empty() {
        return;
    }
    let mut text = format!("\n{title}\n\n| {} |\n", columns.join(" | "));
    let _infallible = writeln!(text, "|{}", " --- |".repeat(columns.len()));
    let mut left = rows.len();
    for row in rows {
        let line = format!("| {} |\n", row.join(" | "));
        if text.len() + line.len() + REST_MAX > bytes_max {
            break;
        }
        text.push_str(&line);
        left -= 1;
    }
    if left > 0 {
        let rest = words::count(left, "more row is", "more rows are");
        let _infallible = writeln!(text, "\n{rest} in the JSON report alone.");
    }
    out.push_str(&text);
}

fn objective(objective: &ObjectiveVerdict) -> Vec<String> {
    let case = match (objective.verdict, objective.recovery) {
        (Verdict::Unproven, _) => prose(objective.reason.as_deref().unwrap_or("cannot be told")),
        (Verdict::Met | Verdict::Violated, found) => {
            let found = words::time_or(found, "never");
            format!("{found}, {} lost", code(&words::lost(&objective.worst)))
        }
    };
    let case = match &objective.reason {
        Some(reason) if objective.verdict != Verdict::Unproven => {
            format!("{case}: {}", prose(reason))
        }
        Some(_) | None => case,
    };
    vec![
        marked(objective.verdict),
        code(words::short(&objective.address)),
        format!("{} ({})", prose(&words::promise(objective)), code(&objective.clients)),
        case,
        objective.before.map_or_else(|| "-".to_owned(), |before| before.word().to_owned()),
    ]
}

fn row_of_loss(drill: &Drill, loss: &Loss) -> Vec<String> {
    let recovery = &loss.recovery;
    let name = words::objective(drill, loss).map_or(&loss.objective, |one| &one.address);
    let mut row =
        vec![marked(loss.verdict), code(&words::lost(&loss.lost)), code(words::short(name))];
    row.extend([words::mean(loss.detected), words::mean(loss.switched)]);
    let times = [recovery.p50, recovery.p95, recovery.p99, recovery.bound];
    let never = words::never(loss.verdict);
    row.extend(times.map(|time| words::time_or(time, never)));
    row.push(prose(&loss.summary));
    row
}

fn breaking(set: &Broken<'_>) -> Vec<String> {
    let helps = match set.survived_with_more {
        0 => String::new(),
        more => {
            let sets = words::count(usize::try_from(more).unwrap_or(usize::MAX), "set", "sets");
            format!(" ({sets} around it survived: losing more can help)")
        }
    };
    vec![code(&words::lost(set.lost)), code(&set.names()), format!("{}{helps}", prose(set.why))]
}

fn lints(drill: &Drill) -> Vec<Vec<String>> {
    let rows = drill.lints.iter().map(|lint| {
        let place = lint.place.as_ref();
        let place = place.map(|at| format!("<br>{}", code(&format!("{}:{}", at.file, at.line))));
        let excepted = lint.excepted.as_ref();
        let excepted = excepted.map(|why| format!("<br>*excepted: {}*", prose(why)));
        vec![
            words::severity(lint.severity).to_owned(),
            code(&lint.rule),
            format!("{}{}", code(&lint.address), place.unwrap_or_default()),
            format!(
                "{}<br>{}{}",
                prose(&lint.message),
                prose(&lint.why),
                excepted.unwrap_or_default()
            ),
            prose(&lint.fix),
        ]
    });
    rows.collect()
}

fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "✅",
        Verdict::Unproven => "❔",
        Verdict::Violated => "❌",
    }
}

fn marked(verdict: Verdict) -> String {
    format!("{} {}", sign(verdict), verdict.word())
}

/// A name, as it is. Where backticks would not do, entities stand for what Markdown would read.
fn code(text: &str) -> String {
    let text = words::cut(&words::plain(text), CELL_LETTERS_MAX);
    let tame = |c: char| c.is_alphanumeric() || " ._:/@+-\"[]*()#,=".contains(c);
    if text.chars().all(tame) && !text.trim().is_empty() {
        return format!("`{}`", text.trim());
    }
    let mut out = String::from("<code>");
    for c in text.chars() {
        if c.is_alphanumeric() || c == ' ' {
            out.push(c);
        } else {
            let _infallible = write!(out, "&#{};", u32::from(c));
        }
    }
    out + "</code>"
}

/// Text that nothing in it can break out of: no markup, no cell, no mention of anybody.
fn prose(text: &str) -> String {
    let mut out = String::new();
    for c in words::cut(words::plain(text).trim(), CELL_LETTERS_MAX).chars() {
        match c {
            '|' | '\\' | '<' | '>' | '&' => {
                let _infallible = write!(out, "&#{};", u32::from(c));
            }
            // A space without width keeps `@name` from calling somebody.
            '@' => out.push_str("@&#8203;"),
            '`' | '*' | '_' | '[' | ']' | '~' | '$' | '!' | '#' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}
