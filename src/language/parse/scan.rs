//! Finds where a top-level piece ends, and refuses what is nested too deeply or never closed.
//!
//! Knows just enough of HCL for that: brackets, strings, templates, heredocs and comments. It keeps
//! its own stack on the heap, so that no input can exhaust the real one.

use std::borrow::Cow;
use std::ops::Range;

use super::complaint::Problem;

/// Levels of brackets, blocks and templates within each other.
const DEPTH_MAX: usize = 64;

/// Elements that stand directly in one list or object. The parser compares every key of an object
/// with all before it, so a larger one would take minutes.
const ITEMS_MAX: u32 = 10_000;

/// Bytes of code, without strings and comments, up to the next comma or line end. Longer runs are
/// chains of operators or steps that no person wrote, and cost hundreds of bytes of memory each.
const RUN_MAX: usize = 64 << 10;

const BYTE_ORDER_MARK: &str = "\u{feff}";

pub(super) fn after_byte_order_mark(text: &str) -> usize {
    if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 }
}

/// A stretch of text that stands for itself.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) range: Range<usize>,
    /// Where heredocs start whose indentation does not count (`<<-`).
    pub(super) flush: Vec<usize>,
}

impl Piece {
    /// The text for the parser, which would strip indentation its own way: heredocs lose their `-`,
    /// and everything keeps its place.
    pub(super) fn for_parser<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let piece = &text[self.range.clone()];
        if self.flush.is_empty() {
            return Cow::Borrowed(piece);
        }
        let mut plain = piece.to_owned();
        for start in &self.flush {
            let at = start - self.range.start;
            plain.replace_range(at..at + 3, " <<");
        }
        Cow::Owned(plain)
    }
}

/// Everything from `start` on, as one expression.
pub(super) fn expression(text: &str, start: usize) -> Result<Piece, Problem> {
    let mut scanner = Scanner::new(text);
    scanner.at = start;
    scanner.run(Until::End)?;
    Ok(Piece { range: start..text.trim_end().len().max(start), flush: scanner.flush })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    /// The first line end outside of everything.
    Line,
    End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Opener {
    Block,
    Object,
    Bracket,
    Parenthesis,
    /// `${` or `%{`
    Interpolation,
    Quote,
    /// With the bytes of its delimiter.
    Heredoc {
        from: usize,
        to: usize,
    },
}

#[derive(Clone, Copy)]
pub(super) struct Open {
    opener: Opener,
    pub(super) at: usize,
    items: u32,
}

pub(super) struct Scanner<'t> {
    pub(super) bytes: &'t [u8],
    pub(super) at: usize,
    pub(super) open: Vec<Open>,
    /// How many of `open` count as levels.
    depth: usize,
    /// The last byte of code that is no white space.
    pub(super) previous: u8,
    /// Bytes of code since the last comma or line end.
    run_length: usize,
    pub(super) flush: Vec<usize>,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        let at = after_byte_order_mark(text);
        Self {
            bytes,
            at,
            open: Vec::new(),
            depth: 0,
            previous: b'\n',
            run_length: 0,
            flush: Vec::new(),
        }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn go_to(&mut self, at: usize) {
        self.at = at;
    }

    /// The next piece, from its first letter to its line end; `None` at the end of the text.
    pub(super) fn piece(&mut self) -> Result<Option<Piece>, Problem> {
        self.skip_trivia()?;
        let start = self.at;
        if start == self.bytes.len() {
            return Ok(None);
        }
        let end = self.run(Until::Line)?;
        Ok(Some(Piece { range: start..end, flush: std::mem::take(&mut self.flush) }))
    }

    fn skip_trivia(&mut self) -> Result<(), Problem> {
        self.open.clear();
        while let Some(byte) = self.peek(0) {
            if !self.trivia(byte)? {
                break;
            }
        }
        Ok(())
    }

    fn run(&mut self, until: Until) -> Result<usize, Problem> {
        self.open.clear();
        self.flush.clear();
        self.depth = 0;
        self.previous = b'\n';
        self.run_length = 0;
        while self.at < self.bytes.len() {
            match self.open.last().map(|open| open.opener) {
                Some(Opener::Quote) => self.quoted()?,
                Some(Opener::Heredoc { from, to }) => self.heredoc(from, to)?,
                _ => {
                    if self.code(until)? {
                        return Ok(self.at);
                    }
                }
            }
        }
        match self.open.last() {
            None => Ok(self.at),
            Some(open) => Err(self.unclosed(*open)),
        }
    }

    pub(super) fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn skip_line(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    }

    fn skip_comment(&mut self) -> Result<(), Problem> {
        let body = self.bytes.get(self.at + 2..).unwrap_or_default();
        let Some(length) = body.windows(2).position(|pair| pair == b"*/") else {
            let start = self.at;
            self.at = self.bytes.len();
            let what = "This comment is never closed with `*/`.";
            return Err(Problem::unclosed(start..start + 2, what));
        };
        self.at += length + 4;
        Ok(())
    }

    /// Reads code up to where a string or heredoc starts or a template goes on. True where the
    /// piece ends.
    fn code(&mut self, until: Until) -> Result<bool, Problem> {
        while let Some(byte) = self.peek(0) {
            if byte == b'\n' && self.open.is_empty() && until == Until::Line {
                self.at += 1;
                return Ok(true);
            }
            if self.trivia(byte)? {
                continue;
            }
            match byte {
                b',' => self.count_item()?,
                b'"' => {
                    self.push(Opener::Quote)?;
                    self.at += 1;
                    return Ok(false);
                }
                b'{' => self.push(self.brace())?,
                b'[' => self.push(Opener::Bracket)?,
                b'(' => self.push(Opener::Parenthesis)?,
                _ => (),
            }
            if byte == b'<' && self.heredoc_starts()? {
                return Ok(false);
            }
            self.run_length += 1;
            // Never within a character.
            if self.run_length > RUN_MAX && byte.is_ascii() {
                return Err(Problem::too_long(self.at, RUN_MAX));
            }
            self.previous = byte;
            if matches!(byte, b']' | b')' | b'}') && self.close(byte)? == Opener::Interpolation {
                self.at += 1;
                return Ok(false);
            }
            self.at += 1;
        }
        Ok(false)
    }

    /// Skips white space or a comment, if one stands here.
    fn trivia(&mut self, byte: u8) -> Result<bool, Problem> {
        match (byte, self.peek(1)) {
            (b' ' | b'\t' | b'\r', _) => self.at += 1,
            (b'\n', _) => {
                self.at += 1;
                self.count_item()?;
            }
            (b'#', _) | (b'/', Some(b'/')) => self.skip_line(),
            (b'/', Some(b'*')) => self.skip_comment()?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// A brace after a name or label opens a block, as long as nothing but blocks are open.
    fn brace(&self) -> Opener {
        let names = self.previous.is_ascii_alphanumeric()
            || matches!(self.previous, b'_' | b'-' | b'"' | 0x80..);
        let in_body = self.open.last().is_none_or(|open| open.opener == Opener::Block);
        if names && in_body { Opener::Block } else { Opener::Object }
    }

    pub(super) fn push(&mut self, opener: Opener) -> Result<(), Problem> {
        let counts = !matches!(opener, Opener::Quote | Opener::Heredoc { .. });
        if counts {
            self.depth += 1;
            if self.depth > DEPTH_MAX {
                return Err(Problem::too_deep(self.at, DEPTH_MAX));
            }
        }
        self.open.push(Open { opener, at: self.at, items: 0 });
        Ok(())
    }

    pub(super) fn pop(&mut self) {
        if let Some(open) = self.open.pop()
            && !matches!(open.opener, Opener::Quote | Opener::Heredoc { .. })
        {
            self.depth -= 1;
        }
    }

    fn close(&mut self, closer: u8) -> Result<Opener, Problem> {
        let Some(open) = self.open.last().copied() else {
            return Err(Problem::stray(self.at, closer));
        };
        let wanted = match open.opener {
            Opener::Bracket => b']',
            Opener::Parenthesis => b')',
            Opener::Block
            | Opener::Object
            | Opener::Interpolation
            | Opener::Quote
            | Opener::Heredoc { .. } => b'}',
        };
        if wanted != closer {
            return Err(Problem::mismatch(self.at, closer, wanted, open.at));
        }
        self.pop();
        Ok(open.opener)
    }

    fn count_item(&mut self) -> Result<(), Problem> {
        self.run_length = 0;
        if let Some(open) = self.open.last_mut()
            && open.opener != Opener::Block
        {
            open.items += 1;
            if open.items > ITEMS_MAX {
                return Err(Problem::too_many(open.at, ITEMS_MAX));
            }
        }
        Ok(())
    }

    fn unclosed(&self, open: Open) -> Problem {
        let (length, what) = match open.opener {
            Opener::Block => (1, "This block is never closed with `}`."),
            Opener::Object => (1, "This `{` is never closed with `}`."),
            Opener::Bracket => (1, "This `[` is never closed with `]`."),
            Opener::Parenthesis => (1, "This `(` is never closed with `)`."),
            Opener::Interpolation => (2, "This part of a template is never closed with `}`."),
            Opener::Quote => (1, "This string is never closed with `\"`."),
            Opener::Heredoc { from, to } => {
                let name = String::from_utf8_lossy(&self.bytes[from..to]);
                let what = format!("No line with `{name}` alone closes this heredoc.");
                return Problem::unclosed(open.at..to, &what);
            }
        };
        Problem::unclosed(open.at..open.at + length, what)
    }
}
