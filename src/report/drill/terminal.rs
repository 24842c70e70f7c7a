//! A drill, as people read it in a terminal.

use std::fmt::Write as _;

use super::super::palette::{ADD, BOLD, CHANGE, DIM, REMOVE, paint};
use super::super::plan::Detail;
use super::broken::{self, Broken};
use super::rail::rail;
use super::words;
use crate::drill::{Compared, Drill, Lint, LintSeverity, ObjectiveVerdict, Verdict};

/// How wide a screen is.
pub(super) const COLUMNS: usize = 100;

// So many of each fit on a screen of 40 lines, all together, where nothing is left out otherwise.
const OBJECTIVES_MAX: usize = 2;
const LOSSES_MAX: usize = 4;
const SETS_MAX: usize = 2;
const SETS_AFTER_NEW_MAX: usize = 1;
const LINTS_MAX: usize = 2;

/// So many letters of what stands before a text.
const WORD_LETTERS_MAX: usize = 24;

/// So many letters of what is lost are shown, where tables are narrow.
const LOST_LETTERS_MAX: usize = 26;

const OBJECTIVE_LETTERS_MAX: usize = 12;

const SUMMARY_LETTERS_MIN: usize = 8;

/// A margin, a verdict, and a gap.
const VERDICT_COLUMNS: usize = 13;

/// A drill, as people read it. The first line is the answer. [`Detail::Short`] fits on a screen of
/// 100 x 40, [`Detail::Full`] leaves nothing out.
pub fn terminal(drill: &Drill, detail: Detail) -> String {
    let most = |short: usize| match detail {
        Detail::Short => short,
        Detail::Full => usize::MAX,
    };
    let mut out = head(drill);
    let all = broken::breaking(drill);
    let (new, old): (Vec<_>, Vec<_>) = all.into_iter().partition(|set| set.newly);
    if !new.is_empty() {
        let _infallible = writeln!(out, "\n  {}", paint(REMOVE, "Newly broken by this plan"));
        sets(drill, &new, most(SETS_MAX), 0, &mut out);
    }
    if drill.objectives.len() > 1 {
        objectives(drill, most(OBJECTIVES_MAX), &mut out);
    }
    losses(drill, detail, &mut out);
    sampled(drill, &mut out);
    if let Some(loss) = words::losses(drill).first().filter(|loss| loss.events.len() > 1) {
        let title = format!("{} lost", words::lost(&loss.lost));
        let title = paint(BOLD, &words::cut(&title, COLUMNS - 2));
        let _infallible = writeln!(out, "\n  {title}\n{}", rail(drill, loss));
    }
    if !old.is_empty() {
        let _infallible = writeln!(out, "\n  {}", paint(BOLD, "The smallest losses that break it"));
        let short = if new.is_empty() { SETS_MAX } else { SETS_AFTER_NEW_MAX };
        sets(drill, &old, most(short), broken::sets_left_out(drill), &mut out);
    }
    importance(drill, detail, &mut out);
    lints(&drill.lints, drill, most(LINTS_MAX), detail, &mut out);
    foot(drill, detail, &mut out);
    out
}

pub(super) fn colour(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => ADD,
        Verdict::Unproven => CHANGE,
        Verdict::Violated => REMOVE,
    }
}

/// A word in colour, and text beside it.
fn beside(word: &str, colour: &str, indent: usize, text: &str, lines_max: usize) -> String {
    let word = words::cut(word, WORD_LETTERS_MAX);
    let left = indent + word.chars().count() + 3;
    let lines = words::wrap(&words::plain(text), COLUMNS - left, lines_max);
    let below = format!("\n{:left$}", "");
    format!("{:indent$}{}   {}\n", "", paint(colour, &word), lines.join(&below))
}

fn head(drill: &Drill) -> String {
    let word = drill.verdict.word();
    let mut out = beside(word, colour(drill.verdict), 2, &words::answer(drill), 2);
    if let [only] = &drill.objectives[..]
        && let Some(reason) = &only.reason
    {
        let left = word.len() + 5;
        let line = words::cut(&words::plain(reason), COLUMNS - left);
        let _infallible = writeln!(out, "{:left$}{line}", "");
    }
    out
}

fn objectives(drill: &Drill, most: usize, out: &mut String) {
    out.push('\n');
    let all = words::worst_first(drill);
    let shown = &all[..shown_of(all.len(), most)];
    let name = |one: &ObjectiveVerdict| {
        words::cut(&words::plain(words::short(&one.address)), LOST_LETTERS_MAX)
    };
    let width = shown.iter().map(|one| name(one).chars().count()).max().unwrap_or(0);
    for objective in shown {
        let name = name(objective);
        let text = words::cut(&words::brief(objective), COLUMNS.saturating_sub(width + 16));
        let word = objective.verdict.word();
        let verdict = paint(colour(objective.verdict), &format!("{word:8}"));
        let _infallible = writeln!(out, "  {verdict}   {name:width$}   {text}");
    }
    more(all.len() - shown.len(), "objective", "objectives", out);
}

/// One more than that takes no more room than saying that there is one more.
fn shown_of(all: usize, most: usize) -> usize {
    if all <= most.saturating_add(1) { all } else { most }
}

fn more(left: usize, one: &str, many: &str, out: &mut String) {
    if left > 0 {
        let line = format!("and {} more", words::count(left, one, many));
        let _infallible = writeln!(out, "  {}", paint(DIM, &line));
    }
}

/// Sets with what happens then. Where several objectives are, each says whose it is.
fn sets(drill: &Drill, sets: &[Broken<'_>], most: usize, left_out: usize, out: &mut String) {
    let room = if left_out > 0 { most } else { shown_of(sets.len(), most) };
    let shown = &sets[..sets.len().min(room)];
    let names: Vec<String> =
        shown.iter().map(|set| words::cut(&words::lost(set.lost), 40)).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    for (set, name) in shown.iter().zip(&names) {
        let whose = match drill.objectives.len() {
            0 | 1 => String::new(),
            _ => format!("{}: ", set.names()),
        };
        let why = words::plain(&format!("{whose}{}", set.why));
        let left = width + 7;
        let lines = if most == usize::MAX { usize::MAX } else { 1 };
        let below = format!("\n{:left$}", "");
        let text = words::wrap(&why, COLUMNS - left, lines).join(&below);
        let _infallible = writeln!(out, "    {name:width$}   {text}");
    }
    more(sets.len() - shown.len() + left_out, "set", "sets", out);
}

/// A row a loss. Verdicts are said where they differ, and objectives where there are several.
fn losses(drill: &Drill, detail: Detail, out: &mut String) {
    let all = words::losses(drill);
    let most = match detail {
        Detail::Short => LOSSES_MAX,
        Detail::Full => usize::MAX,
    };
    let shown = &all[..shown_of(all.len(), most)];
    if shown.is_empty() {
        return;
    }
    let verdicts = all.iter().any(|loss| loss.verdict != Verdict::Met);
    let several = drill.objectives.len() > 1;
    let mut head = vec!["lose"];
    head.extend(several.then_some("objective"));
    head.extend(["detected", "switched", "p50", "p95", "p99"]);
    let mut rows = vec![head.into_iter().map(str::to_owned).collect::<Vec<_>>()];
    for loss in shown {
        let mut row = vec![words::cut(&words::lost(&loss.lost), LOST_LETTERS_MAX)];
        let name =
            || words::cut(&words::plain(words::short(&loss.objective)), OBJECTIVE_LETTERS_MAX);
        row.extend(several.then(name));
        row.extend([words::mean(loss.detected), words::mean(loss.switched)]);
        let recovery = &loss.recovery;
        let times = [recovery.p50, recovery.p95, recovery.p99];
        let never = words::never(loss.verdict);
        row.extend(times.map(|time| words::time_or(time, never)));
        rows.push(row);
    }
    let widths = (0..rows[0].len())
        .map(|at| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0));
    let widths: Vec<usize> = widths.collect();
    let line = |row: &[String]| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("   ")
    };
    let margin = if verdicts { VERDICT_COLUMNS } else { 2 };
    let head = format!("{:margin$}{}", "", line(&rows[0]));
    let _infallible = writeln!(out, "\n{}", paint(DIM, head.trim_end()));
    for (row, loss) in rows[1..].iter().zip(shown) {
        let word = format!("{:8}", loss.verdict.word());
        let verdict = if verdicts {
            format!("  {}   ", paint(colour(loss.verdict), &word))
        } else {
            "  ".to_owned()
        };
        let line = line(row);
        let room = match detail {
            Detail::Short => COLUMNS.saturating_sub(margin + line.chars().count() + 3),
            Detail::Full => usize::MAX,
        };
        // A word cut short says less than none.
        let summary = words::plain(&loss.summary);
        let summary =
            if room < SUMMARY_LETTERS_MIN { String::new() } else { words::cut(&summary, room) };
        let _infallible = writeln!(out, "{}", format!("{verdict}{line}   {summary}").trim_end());
    }
    more(all.len() - shown.len(), "loss", "losses", out);
}

/// What came out by chance, beside the times above.
fn sampled(drill: &Drill, out: &mut String) {
    for loss in &drill.losses {
        let Some(sampled) = &loss.sampled else { continue };
        let times = [sampled.p50, sampled.p95, sampled.p99];
        let [p50, p95, p99] = times.map(|time| words::time_or(time, "never"));
        let line = format!(
            "{} lost, {} clients by chance: p50 {p50}, p95 {p95}, p99 {p99}",
            words::lost(&loss.lost),
            sampled.clients
        );
        let _infallible = writeln!(out, "  {}", paint(DIM, &words::cut(&line, COLUMNS - 2)));
    }
}

/// What would help most, where several sets have something in them.
fn importance(drill: &Drill, detail: Detail, out: &mut String) {
    for objective in words::worst_first(drill) {
        let left_out = usize::try_from(objective.breaking_left_out).unwrap_or(usize::MAX);
        let sets = objective.breaking.len().saturating_add(left_out);
        let Some(most) = objective.importance.first().filter(|most| most.sets > 1) else {
            continue;
        };
        let component = words::cut(&words::plain(&most.component), 40);
        let line = format!("{component} is in {} of {sets} of these sets", most.sets);
        let _infallible = writeln!(out, "    {}", paint(DIM, &line));
        if detail == Detail::Short {
            return;
        }
    }
}

fn lints(lints: &[Lint], drill: &Drill, most: usize, detail: Detail, out: &mut String) {
    if lints.is_empty() {
        return;
    }
    let off = words::lints_off(drill).map_or_else(String::new, |off| format!("   {off}"));
    let counts = paint(BOLD, &words::lint_counts(drill));
    let _infallible = writeln!(out, "\n  {counts}{off}");
    let shown = &lints[..lints.len().min(most)];
    let lines_max = match detail {
        Detail::Short => 1,
        Detail::Full => usize::MAX,
    };
    for lint in shown {
        let colour = match lint.severity {
            LintSeverity::Error => REMOVE,
            LintSeverity::Warning => CHANGE,
            LintSeverity::Info => DIM,
        };
        let word = format!("{} {}", words::severity(lint.severity), words::plain(&lint.rule));
        let message = format!("{}: {}", lint.address, lint.message);
        out.push_str(&beside(&word, colour, 4, &message, lines_max));
        out.push_str(&beside("fix", DIM, 6, &lint.fix, lines_max));
        if detail == Detail::Full {
            let place = lint.place.as_ref();
            let place = place.map(|at| format!("{}:{}:{}", at.file, at.line, at.column));
            let notes = [
                ("why", Some(&lint.why)),
                ("at", place.as_ref()),
                ("source", Some(&lint.source)),
                ("excepted", lint.excepted.as_ref()),
            ];
            for (word, note) in notes {
                let Some(note) = note else { continue };
                out.push_str(&beside(word, DIM, 6, note, lines_max));
            }
        }
    }
    more(lints.len() - shown.len(), "finding", "findings", out);
}

/// What the rules say, alone and whole.
pub fn findings(drill: &Drill) -> String {
    let mut out = String::new();
    if drill.lints.is_empty() {
        out.push_str("\n  No rule has anything to say.\n");
    }
    lints(&drill.lints, drill, usize::MAX, Detail::Full, &mut out);
    out.push('\n');
    out
}

fn foot(drill: &Drill, detail: Detail, out: &mut String) {
    out.push('\n');
    // Beside the findings, where there are any.
    if let Some(off) = words::lints_off(drill).filter(|_| drill.lints.is_empty()) {
        let _infallible = writeln!(out, "  {off}");
    }
    if let Compared::Not(why) = &drill.compared {
        let line = format!("Not compared with the world as it is: {}", words::plain(why));
        let _infallible = writeln!(out, "  {}", words::cut(&line, COLUMNS - 2));
    }
    let all = drill.assumptions.len();
    let open = drill.assumptions.iter().filter(|one| !one.documented).count();
    let searched = broken::searched(drill);
    let rests = words::count(all, "assumption", "assumptions");
    let _infallible = writeln!(out, "  {}", words::capital(&searched));
    match detail {
        Detail::Short if all > 0 => {
            let _infallible =
                writeln!(out, "  Rests on {rests}, {open} of them undocumented: --explain");
        }
        Detail::Short => {}
        Detail::Full => {
            if all > 0 {
                let _infallible =
                    writeln!(out, "\n  {}", paint(BOLD, &format!("Rests on {rests}")));
            }
            for assumption in &drill.assumptions {
                let word = if assumption.documented { "documented  " } else { "undocumented" };
                let text = format!("{} ({})", assumption.text, assumption.source);
                out.push_str(&beside(word, DIM, 4, &text, usize::MAX));
            }
        }
    }
}
