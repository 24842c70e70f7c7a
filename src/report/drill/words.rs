//! What every form of the report says in the same words.

use std::cmp::Reverse;

use crate::drill::{Drill, Event, EventKind, LintSeverity, Loss, ObjectiveVerdict, Span, Verdict};

/// Whole seconds. Rounded up, so that what comes too late never reads as in time.
pub(super) fn time(seconds: f64) -> String {
    if !seconds.is_finite() || seconds > MOST_SECONDS {
        return "never".to_owned();
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range is checked above, and what is negative becomes zero"
    )]
    let whole = (seconds - ROUNDING).ceil().max(0.0) as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m{seconds:02}s"),
        (hours, minutes, 0) => format!("{hours}h{minutes:02}m"),
        (hours, minutes, seconds) => format!("{hours}h{minutes:02}m{seconds:02}s"),
    }
}

/// A century: whoever waits longer waits for ever.
const MOST_SECONDS: f64 = 3.2e9;

/// What floating point numbers may be off.
const ROUNDING: f64 = 1e-6;

/// The nearest whole second, for what is so on average.
pub(super) fn about(seconds: f64) -> String {
    time(seconds.round())
}

/// An average, or a dash.
pub(super) fn mean(span: Option<Span>) -> String {
    span.map_or_else(|| "-".to_owned(), |span| about(span.mean))
}

/// When something happens. What is promised is rounded up, the rest to the nearest second.
pub(super) fn moment(event: &Event) -> String {
    if event.kind == EventKind::Served { time(event.at) } else { about(event.at) }
}

pub(super) fn time_or(seconds: Option<f64>, absent: &str) -> String {
    seconds.map_or_else(|| absent.to_owned(), time)
}

/// `95%`, with a digit more where it says something. Only all is 100%, and only none is 0%.
pub(super) fn percent(share: f64) -> String {
    let tenths = (share * 1000.0).round();
    if share > 0.0 && tenths < 1.0 {
        "<0.1%".to_owned()
    } else if share < 1.0 && tenths >= 1000.0 {
        ">99.9%".to_owned()
    } else if tenths % 10.0 == 0.0 {
        format!("{:.0}%", tenths / 10.0)
    } else {
        format!("{:.1}%", tenths / 10.0)
    }
}

/// On one line, and without what moves a cursor, hides text or may not stand in XML.
pub(super) fn plain(text: &str) -> String {
    let shown = |c: char| match c {
        c if c.is_whitespace() => ' ',
        c if c.is_control() => '\u{fffd}',
        // Marks that turn the direction of text, or have no width.
        '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{61c}'
        | '\u{feff}'
        | '\u{e0000}'..='\u{e007f}'
        | '\u{fffe}'
        | '\u{ffff}' => '\u{fffd}',
        c => c,
    };
    text.chars().map(shown).collect()
}

/// At most so many letters.
pub(super) fn cut(text: &str, letters_max: usize) -> String {
    if text.chars().count() <= letters_max {
        return text.to_owned();
    }
    let kept: String = text.chars().take(letters_max.saturating_sub(2)).collect();
    format!("{}..", kept.trim_end())
}

/// Lines of at most so many letters. What does not fit into `lines_max` of them is cut.
pub(super) fn wrap(text: &str, letters_max: usize, lines_max: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let Some(line) = lines.last_mut() else { break };
        let fits = line.chars().count() + 1 + word.chars().count() <= letters_max;
        match (line.is_empty(), fits) {
            (true, _) => line.push_str(&cut(word, letters_max)),
            (false, true) => {
                line.push(' ');
                line.push_str(word);
            }
            (false, false) => lines.push(cut(word, letters_max)),
        }
    }
    if lines.len() > lines_max {
        lines.truncate(lines_max);
        if let Some(last) = lines.last_mut() {
            let kept: String = last.chars().take(letters_max.saturating_sub(2)).collect();
            *last = format!("{}..", kept.trim_end());
        }
    }
    lines
}

/// Begins with a capital.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `1 loss`, `2 losses`.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// What is lost: `virginia + ireland`.
pub(super) fn lost(names: &[String]) -> String {
    if names.is_empty() {
        return "nothing".to_owned();
    }
    plain(&names.join(" + "))
}

/// An address without its kind: `www` of `objective.www`.
pub(super) fn short(address: &lifeboat_contract::Address) -> &str {
    address.as_str().split_once('.').map_or(address.as_str(), |(_, name)| name)
}

/// What an objective asks for.
pub(super) fn promise(objective: &ObjectiveVerdict) -> String {
    let within = time(f64::from(objective.rto));
    format!("{} lost: {} are served again within {within}", survived(objective), whom(objective))
}

/// What stands for a time that there is not, or that cannot be told.
pub(super) fn never(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Unproven => "?",
        Verdict::Met | Verdict::Violated => "never",
    }
}

/// What may be lost, as an objective asks for.
pub(super) fn survived(objective: &ObjectiveVerdict) -> String {
    if objective.named {
        return "what was named".to_owned();
    }
    match objective.survive {
        0 => "nothing".to_owned(),
        1 => "any one region".to_owned(),
        2 => "any two regions".to_owned(),
        3 => "any three regions".to_owned(),
        more => format!("any {more} regions"),
    }
}

/// What is the case: as asked for, or what stands in the way.
pub(super) fn finding(objective: &ObjectiveVerdict) -> String {
    match (objective.verdict, objective.recovery) {
        (Verdict::Met | Verdict::Unproven, _) => promise(objective),
        (Verdict::Violated, None) => {
            format!("{} lost: {} are never served again", worst(objective), whom(objective))
        }
        (Verdict::Violated, Some(after)) => {
            let (after, within) = (time(after), time(f64::from(objective.rto)));
            let (lost, whom) = (worst(objective), whom(objective));
            format!("{lost} lost: {whom} are served again after {after}, not within {within}")
        }
    }
}

/// The same for a line of a table, where the name stands beside it.
pub(super) fn brief(objective: &ObjectiveVerdict) -> String {
    let (within, share) = (time(f64::from(objective.rto)), percent(objective.quantile));
    let (lost, clients) = (worst(objective), plain(&objective.clients));
    let case = format!("{share} of {clients} clients, {lost} lost");
    match (objective.verdict, objective.recovery) {
        (Verdict::Unproven, _) => {
            plain(objective.reason.as_deref().unwrap_or("this cannot be told"))
        }
        (Verdict::Met, Some(by)) => format!("by {}, wanted within {within}: {case}", time(by)),
        (Verdict::Met, None) => format!("within {within}: {case}"),
        (Verdict::Violated, Some(by)) => format!("after {}, not within {within}: {case}", time(by)),
        (Verdict::Violated, None) => format!("never, not within {within}: {case}"),
    }
}

/// Whose clients, and which share of them.
pub(super) fn whom(objective: &ObjectiveVerdict) -> String {
    let share = percent(objective.quantile);
    let all = if share == "100%" { "all".to_owned() } else { format!("{share} of") };
    format!("{all} clients of {}", plain(&objective.name.to_string()))
}

fn worst(objective: &ObjectiveVerdict) -> String {
    lost(&objective.worst)
}

/// The answer, without its verdict. What this plan breaks that holds today comes first.
pub(super) fn answer(drill: &Drill) -> String {
    let all = super::broken::breaking(drill);
    let new = all.first().filter(|set| set.newly && drill.verdict == Verdict::Violated);
    match (&drill.objectives[..], new) {
        ([], _) => "no objective is declared, so nothing says what is good enough".to_owned(),
        ([only], None) => finding(only),
        ([only], Some(new)) if only.worst == new.lost => {
            format!("newly by this plan, {}", finding(only))
        }
        ([_], Some(new)) => {
            format!("newly by this plan, {} lost: {}", lost(new.lost), plain(new.why))
        }
        (_, None) => counts(drill),
        (_, Some(new)) => {
            let (names, lost) = (new.names(), lost(new.lost));
            format!("{}; this plan newly breaks {names} with {lost} lost", counts(drill))
        }
    }
}

/// How many objectives are not met.
fn counts(drill: &Drill) -> String {
    let all = drill.objectives.len();
    let of = |verdict| drill.objectives.iter().filter(|one| one.verdict == verdict).count();
    match (of(Verdict::Violated), of(Verdict::Unproven)) {
        (0, 0) => format!("all {all} objectives"),
        (0, unproven) => format!("{unproven} of {all} objectives, and none is violated"),
        (violated, 0) => format!("{violated} of {all} objectives"),
        (violated, unproven) => {
            format!("{violated} of {all} objectives, {unproven} cannot be told")
        }
    }
}

/// Objectives, violated ones first.
pub(super) fn worst_first(drill: &Drill) -> Vec<&ObjectiveVerdict> {
    let mut all: Vec<&ObjectiveVerdict> = drill.objectives.iter().collect();
    sort_worst_first(&mut all);
    all
}

pub(super) fn sort_worst_first(objectives: &mut [&ObjectiveVerdict]) {
    objectives.sort_by_key(|objective| Reverse(objective.verdict));
}

/// The loss that the answer rests on, then those that violate something, then the others as they
/// come.
pub(super) fn losses(drill: &Drill) -> Vec<&Loss> {
    let worst = drill.worst();
    let mut all: Vec<&Loss> = drill.losses.iter().collect();
    all.sort_by_key(|loss| {
        let first = worst.is_some_and(|worst| std::ptr::eq(*loss, worst));
        (!first, Reverse(loss.verdict))
    });
    all
}

/// The objective that a loss is looked at for.
pub(super) fn objective<'d>(drill: &'d Drill, loss: &Loss) -> Option<&'d ObjectiveVerdict> {
    drill.objectives.iter().find(|objective| objective.address == loss.objective)
}

/// By when the share of clients that the objective asks for is served again; absent for never.
pub(super) fn by(loss: &Loss, objective: &ObjectiveVerdict) -> Option<f64> {
    let recovery = &loss.recovery;
    let is = |share: f64| (objective.quantile - share).abs() < ROUNDING;
    if is(0.5) {
        recovery.p50
    } else if is(0.95) {
        recovery.p95
    } else if is(0.99) {
        recovery.p99
    } else {
        loss.events.iter().find(|event| event.kind == EventKind::Served).map(|event| event.at)
    }
}

/// One loss in a sentence: whether it is well, and by when.
pub(super) fn outcome(drill: &Drill, loss: &Loss) -> String {
    let summary = plain(&loss.summary);
    let Some(objective) = objective(drill, loss) else { return summary };
    let (whom, within) = (whom(objective), time(f64::from(objective.rto)));
    match (loss.verdict, by(loss, objective).map(time)) {
        (Verdict::Met, Some(by)) => {
            format!("{whom} are served again by {by}, wanted within {within}: {summary}")
        }
        (Verdict::Violated, Some(by)) => {
            format!("{whom} are served again after {by}, not within {within}: {summary}")
        }
        (Verdict::Violated, None) => {
            let served = percent(loss.recovery.served);
            format!("{whom} are never served again ({served} of all in the end): {summary}")
        }
        (Verdict::Met, None) => summary,
        (Verdict::Unproven, _) => format!("this cannot be told: {summary}"),
    }
}

/// How many lints weigh so much.
pub(super) fn lints_of(drill: &Drill, severity: LintSeverity) -> usize {
    drill.lints.iter().filter(|lint| lint.severity == severity).count()
}

/// `2 errors, 1 warning`; nothing where there are no lints.
pub(super) fn lint_counts(drill: &Drill) -> String {
    let kinds = [
        (LintSeverity::Error, "error", "errors"),
        (LintSeverity::Warning, "warning", "warnings"),
        (LintSeverity::Info, "note", "notes"),
    ];
    let counts = kinds.map(|(severity, one, many)| (lints_of(drill, severity), one, many));
    let said = counts.into_iter().filter(|(number, _, _)| *number > 0);
    said.map(|(number, one, many)| count(number, one, many)).collect::<Vec<_>>().join(", ")
}

/// How many findings the policy turns off; nothing where there are none.
pub(super) fn lints_off(drill: &Drill) -> Option<String> {
    let off = usize::try_from(drill.lints_off).ok().filter(|off| *off > 0)?;
    Some(format!("The policy turns {} off", count(off, "finding", "findings")))
}

/// How a severity is called.
pub(super) fn severity(severity: LintSeverity) -> &'static str {
    match severity {
        LintSeverity::Error => "error",
        LintSeverity::Warning => "warning",
        LintSeverity::Info => "note",
    }
}
