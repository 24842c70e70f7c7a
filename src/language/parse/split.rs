//! The top-level pieces of a file, and where to go on after a slip.

use super::complaint::{Problem, Resume};
use super::scan::{Piece, Scanner};

/// Text may be read this many times over while looking for the end of things that have none, so
/// that time stays linear whatever the input.
const REREAD_MAX: usize = 16;

/// One piece for each top-level block or attribute, and one problem for each that has no end.
pub(super) struct Splitter<'t> {
    text: &'t str,
    scanner: Scanner<'t>,
    reread_bytes_left: usize,
}

impl<'t> Splitter<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let reread_bytes_left = text.len().saturating_mul(REREAD_MAX);
        Self { text, scanner: Scanner::new(text), reread_bytes_left }
    }

    fn resume(&mut self, start: usize, problem: &Problem) {
        let reached = self.scanner.at();
        let at = match problem.resume {
            Resume::NextBlock => next_block(self.text, reached),
            Resume::AfterBlocks => after_close(self.text, reached),
            Resume::Reread => {
                let cost = reached - start;
                if cost > self.reread_bytes_left {
                    self.text.len()
                } else {
                    self.reread_bytes_left -= cost;
                    next_block(self.text, start)
                }
            }
        };
        self.scanner.go_to(at);
    }
}

impl Iterator for Splitter<'_> {
    type Item = Result<Piece, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        let before = self.scanner.at();
        match self.scanner.piece() {
            Ok(piece) => piece.map(Ok),
            Err(problem) => {
                // A problem's place lies behind the white space before its piece.
                let start = self.text[before..]
                    .find(|c: char| !c.is_ascii_whitespace())
                    .map_or(before, |space| before + space);
                self.resume(start, &problem);
                Some(Err(problem))
            }
        }
    }
}

/// The first line after `at` that opens a block at its very start, or the first one after a line
/// that closes one there.
fn next_block(text: &str, at: usize) -> usize {
    for (start, line) in lines_after(text, at) {
        let opens = line.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && line.trim_end().ends_with('{');
        if opens {
            return start;
        }
        if line.starts_with('}') {
            return after_close(text, start.saturating_sub(1));
        }
    }
    text.len()
}

/// The first line after a run of lines that close blocks.
fn after_close(text: &str, at: usize) -> usize {
    let mut behind = false;
    for (start, line) in lines_after(text, at) {
        let closes = line.starts_with('}');
        if behind && !closes && !line.trim().is_empty() {
            return start;
        }
        behind |= closes;
    }
    text.len()
}

/// The lines that start after `at`.
fn lines_after(text: &str, at: usize) -> impl Iterator<Item = (usize, &str)> {
    let bytes = text.as_bytes();
    let first = bytes[at..].iter().position(|byte| *byte == b'\n').map(|found| at + found + 1);
    let mut start = first.unwrap_or(text.len());
    text[start..].split_inclusive('\n').map(move |line| {
        let here = start;
        start += line.len();
        (here, line)
    })
}
