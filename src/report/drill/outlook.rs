//! What a plan does to its objectives, a line each, as it stands below the changes of the plan.

use std::fmt::Write as _;

use super::super::palette::paint;
use super::terminal::colour;
use super::words;
use crate::drill::{ObjectiveVerdict, Verdict};

/// So many objectives are told each by itself.
const LINES_MAX: usize = 8;

/// What a plan does to its objectives, worst first; nothing where there are none.
pub fn outlook(objectives: &[ObjectiveVerdict]) -> String {
    let mut all: Vec<&ObjectiveVerdict> = objectives.iter().collect();
    words::sort_worst_first(&mut all);
    let mut out = String::new();
    for (at, objective) in all.iter().take(LINES_MAX).enumerate() {
        let word = if at == 0 { "Drill" } else { "" };
        let _infallible = writeln!(out, "  {word:7}   {}.", line(objective));
    }
    let left = all.len().saturating_sub(LINES_MAX);
    if left > 0 {
        let more = words::count(left, "objective", "objectives");
        let _infallible = writeln!(out, "{:12}and {more} more: `lifeboat drill`", "");
    }
    out
}

fn line(objective: &ObjectiveVerdict) -> String {
    let said = |verdict: Verdict| paint(colour(verdict), verdict.word());
    let verdict = match objective.before.filter(|before| *before != objective.verdict) {
        Some(before) => format!("{} -> {}", said(before), said(objective.verdict)),
        None => said(objective.verdict),
    };
    let lost = words::survived(objective);
    let (whom, wanted) = (words::whom(objective), words::time(f64::from(objective.rto)));
    let case = match (objective.verdict, objective.recovery.map(words::time)) {
        (Verdict::Unproven, _) => {
            words::plain(objective.reason.as_deref().unwrap_or("this cannot be told"))
        }
        (Verdict::Met | Verdict::Violated, Some(by)) => {
            format!("{whom} served again within {by} of {wanted}")
        }
        (Verdict::Met, None) => format!("{whom} served again within {wanted}"),
        (Verdict::Violated, None) => format!("{whom} never served again"),
    };
    let new = objective.breaking.iter().find(|set| set.newly);
    let new = new.map(|set| format!("; newly broken by {}", words::lost(&set.lost)));
    format!("{lost} lost: {verdict}, {case}{}", new.unwrap_or_default())
}
