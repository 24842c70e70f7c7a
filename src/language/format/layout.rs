//! Puts tokens on lines: indents them, lines up `=` signs and comments.
//!
//! A line has up to three cells: what comes first, a value with its `=`, and a comment. Equal cells
//! of lines that follow each other start in the same column.

use std::ops::Range;

use super::spacing::space_after;
use super::tokens::{Kind, Token};
use super::without_last_newlines;

const INDENT: usize = 2;

/// Every line of a hostile text can be pushed right by its widest one, so white space could grow
/// with the square of the text. No text made by people comes near these.
const GROWTH_MAX: usize = 16;
const GROWTH_FREE_BYTES: usize = 64 * 1024;

struct Line {
    indent: usize,
    lead: String,
    value: Option<Cell>,
    comment: Option<Cell>,
}

struct Cell {
    text: String,
    /// How many spaces stand before it.
    distance: usize,
}

/// The formatted text, or nothing where it would be unreasonably larger than the text.
pub(super) fn print(text: &str, tokens: &[Token]) -> Option<String> {
    let mut lines: Vec<Line> = without_last_newlines(tokens)
        .split(|token| token.kind == Kind::Newline)
        .map(|tokens| cut(text, tokens))
        .collect();
    indent(&mut lines, without_last_newlines(tokens));
    align(&mut lines, |line| line.value.as_mut(), Line::lead_width);
    align(&mut lines, |line| line.comment.as_mut(), Line::width);
    joined(&lines, text.len() * GROWTH_MAX + GROWTH_FREE_BYTES)
}

/// Splits the tokens of a line into cells, unindented.
fn cut(text: &str, tokens: &[Token]) -> Line {
    let (tokens, comment) = match tokens {
        [rest @ .., last] if last.kind == Kind::LineComment && !rest.is_empty() => {
            (rest, Some(cell(last.printed(text).into_owned())))
        }
        _ => (tokens, None),
    };
    let (lead, value) = match value_start(text, tokens) {
        Some(at) => {
            let (lead, value) = tokens.split_at(at);
            (lead, Some(cell(spaced(text, value))))
        }
        None => (tokens, None),
    };
    Line { indent: 0, lead: spaced(text, lead), value, comment }
}

fn cell(text: String) -> Cell {
    Cell { text, distance: 1 }
}

/// Where the `=` of an attribute stands that is whole on this line. A heredoc counts as whole:
/// its opener is all there is to line up.
fn value_start(text: &str, tokens: &[Token]) -> Option<usize> {
    let at = tokens.iter().position(|token| token.kind == Kind::Equal).filter(|at| *at > 0)?;
    let depth: i64 = tokens.iter().skip(at).map(|token| token.kind.depth_change()).sum();
    let whole =
        tokens.iter().all(|token| token.kind == Kind::Heredoc || !token.raw(text).contains('\n'));
    (depth == 0 && whole).then_some(at)
}

fn spaced(text: &str, tokens: &[Token]) -> String {
    let mut out = String::new();
    for (at, this) in tokens.iter().enumerate() {
        out.push_str(&this.printed(text));
        let before = at.checked_sub(1).and_then(|at| tokens.get(at)).map(|token| token.kind);
        if let Some(after) = tokens.get(at + 1)
            && space_after(this.kind, this.raw(text) == "in", before, after.kind)
        {
            out.push(' ');
        }
    }
    out
}

/// Indents each line by the lines above it that opened more brackets than they closed. A line that
/// opens three at once indents once, and the lines that close those three return once.
fn indent(lines: &mut [Line], tokens: &[Token]) {
    let mut opened: Vec<i64> = Vec::new();
    let of_lines = tokens.split(|token| token.kind == Kind::Newline);
    for (line, tokens) in lines.iter_mut().zip(of_lines) {
        let mut change: i64 = tokens.iter().map(|token| token.kind.depth_change()).sum();
        while change < 0
            && let Some(last) = opened.pop()
        {
            change += last;
            if change > 0 {
                opened.push(change);
                change = 0;
            }
        }
        line.indent = INDENT * opened.len();
        if change > 0 {
            opened.push(change);
        }
    }
}

/// Starts a cell in the same column on all lines that have it and follow each other.
fn align(
    lines: &mut [Line],
    cell: fn(&mut Line) -> Option<&mut Cell>,
    width_before: fn(&Line) -> usize,
) {
    for run in runs(lines, cell) {
        let run = lines.get_mut(run).unwrap_or_default();
        let widest = run.iter().map(width_before).max().unwrap_or_default();
        for line in run {
            let distance = widest - width_before(line) + 1;
            if let Some(cell) = cell(line) {
                cell.distance = distance;
            }
        }
    }
}

/// The longest runs of lines that have a cell.
fn runs(lines: &mut [Line], cell: fn(&mut Line) -> Option<&mut Cell>) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (at, line) in lines.iter_mut().enumerate() {
        if cell(line).is_none() {
            continue;
        }
        match runs.last_mut() {
            Some(last) if last.end == at => last.end = at + 1,
            Some(_) | None => runs.push(at..at + 1),
        }
    }
    runs
}

impl Line {
    fn lead_width(&self) -> usize {
        width_after(self.indent, &self.lead)
    }

    fn width(&self) -> usize {
        match &self.value {
            Some(value) => width_after(self.lead_width() + value.distance, &value.text),
            None => self.lead_width(),
        }
    }

    fn is_empty(&self) -> bool {
        self.lead.is_empty()
    }
}

/// The column after a text that starts in a given one.
fn width_after(column: usize, text: &str) -> usize {
    match text.rsplit_once('\n') {
        Some((_, last)) => last.chars().count(),
        None => column + text.chars().count(),
    }
}

fn joined(lines: &[Line], size_bytes_max: usize) -> Option<String> {
    let mut out = String::new();
    for line in lines {
        if !line.is_empty() {
            fill(&mut out, line.indent);
            out.push_str(&line.lead);
        }
        for cell in [&line.value, &line.comment].into_iter().flatten() {
            // A wide distance must not be written before it is known to fit.
            if cell.distance > size_bytes_max {
                return None;
            }
            fill(&mut out, cell.distance);
            out.push_str(&cell.text);
        }
        out.push('\n');
        if out.len() > size_bytes_max {
            return None;
        }
    }
    Some(if lines.iter().all(Line::is_empty) { String::new() } else { out })
}

fn fill(out: &mut String, spaces: usize) {
    out.extend(std::iter::repeat_n(' ', spaces));
}
