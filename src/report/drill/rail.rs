//! What happens when, as a line of text.

use std::fmt::Write as _;

use super::super::palette::{DIM, paint};
use super::words;
use crate::drill::{Drill, Event, EventKind, Loss};

/// Columns between the margins of the screen.
const WIDTH: usize = 96;

/// So many marks have a text below them that can be read.
const MARKS_MAX: usize = 8;

const LABEL_LINES_MAX: usize = 2;

/// A mark needs so many columns at least and at most for its text, whatever comes next.
const COLUMN_MIN: usize = 9;
const COLUMN_MAX: usize = 18;

/// Where the line goes on for ever.
const NEVER: &str = "==> never";

/// Times, a line with marks, and what happens at each: four or five lines of text.
pub(super) fn rail(drill: &Drill, loss: &Loss) -> String {
    let objective = words::objective(drill, loss);
    let end = match objective.filter(|objective| words::by(loss, objective).is_none()) {
        Some(_) => NEVER,
        None => "",
    };
    let events: Vec<&Event> = loss.events.iter().take(MARKS_MAX).collect();
    let widths = widths(&events, end);
    let (mut times, mut line) = (String::new(), String::new());
    let mut labels: Vec<Vec<String>> = Vec::new();
    let mut switched = false;
    for (at, (event, width)) in events.iter().zip(&widths).enumerate() {
        switched |= event.kind == EventKind::Switched;
        let time = words::moment(event);
        let _infallible = write!(times, "{time:width$}");
        let stroke = if switched { "=" } else { "-" };
        line.push('|');
        if at + 1 == events.len() {
            line.push_str(end);
        } else {
            line.push_str(&stroke.repeat(width - 1));
        }
        labels.push(words::wrap(&words::plain(&event.text), width - 1, LABEL_LINES_MAX));
    }
    let mut out = format!("  {}\n  {}", times.trim_end(), paint(DIM, &line));
    for row in 0..LABEL_LINES_MAX {
        let cells = labels.iter().zip(&widths).map(|(label, width)| {
            let cell = label.get(row).map_or("", String::as_str);
            format!("{cell:width$}")
        });
        let text: String = cells.collect();
        if !text.trim().is_empty() {
            let _infallible = write!(out, "\n  {}", text.trim_end());
        }
    }
    out
}

/// Room for each mark's text, and what is left as time passes.
fn widths(events: &[&Event], end: &str) -> Vec<usize> {
    let column_max = COLUMN_MAX.min(WIDTH / events.len().max(1));
    let text = |event: &&Event| event.text.chars().count() / LABEL_LINES_MAX + 4;
    let mut least: Vec<usize> =
        events.iter().map(|event| text(event).clamp(COLUMN_MIN, column_max)).collect();
    if let Some(last) = least.last_mut() {
        *last = (*last).max(end.len() + 1);
    }
    let spare = WIDTH.saturating_sub(least.iter().sum());
    let all = events.last().zip(events.first()).map_or(0.0, |(last, first)| last.at - first.at);
    let nexts = events.iter().skip(1).map(Some).chain([None]);
    let grown = least.iter().zip(events).zip(nexts).map(|((least, event), next)| {
        let part = next.filter(|_| all > 0.0).map_or(0.0, |next| (next.at - event.at) / all);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a share of a screen's columns"
        )]
        let more = (part.clamp(0.0, 1.0) * spare as f64).floor() as usize;
        least + more
    });
    grown.collect()
}
