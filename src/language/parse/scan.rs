//! Finds where a top-level piece ends, and refuses what is nested too deeply or never closed.
//!
//! Knows just enough of HCL for that: brackets, strings, templates, heredocs and comments. It keeps
//! its own stack on the heap, so that no input can exhaust the real one.

use std::ops::Range;

use super::complaint::Problem;

/// Levels of brackets, blocks and templates within each other.
const DEPTH_MAX: usize = 64;

/// Elements that stand directly in one list or object. The parser compares every key of an object
/// with all before it, so a larger one would take minutes.
const ITEMS_MAX: u32 = 10_000;

const BYTE_ORDER_MARK: &str = "\u{feff}";

pub(super) fn after_byte_order_mark(text: &str) -> usize {
    if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 }
}

/// Checks everything from `start` on, as one expression.
pub(super) fn check(text: &str, start: usize) -> Result<(), Problem> {
    let mut scanner = Scanner::new(text);
    scanner.at = start;
    scanner.run(Until::End).map(|_| ())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    /// The first line end outside of everything.
    Line,
    End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Opener {
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
struct Open {
    opener: Opener,
    at: usize,
    items: u32,
}

pub(super) struct Scanner<'t> {
    bytes: &'t [u8],
    at: usize,
    open: Vec<Open>,
    /// How many of `open` count as levels.
    depth: usize,
    /// The last byte of code that is no white space.
    previous: u8,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        Self { bytes, at: after_byte_order_mark(text), open: Vec::new(), depth: 0, previous: b'\n' }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn go_to(&mut self, at: usize) {
        self.at = at;
    }

    /// The next piece, from its first letter to its line end; `None` at the end of the text.
    pub(super) fn piece(&mut self) -> Result<Option<Range<usize>>, Problem> {
        self.skip_trivia()?;
        let start = self.at;
        if start == self.bytes.len() {
            return Ok(None);
        }
        self.run(Until::Line).map(|end| Some(start..end))
    }

    fn skip_trivia(&mut self) -> Result<(), Problem> {
        while let Some(byte) = self.peek(0) {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                b'#' => self.skip_line(),
                b'/' if self.peek(1) == Some(b'/') => self.skip_line(),
                b'/' if self.peek(1) == Some(b'*') => self.skip_comment()?,
                _ => break,
            }
        }
        Ok(())
    }

    fn run(&mut self, until: Until) -> Result<usize, Problem> {
        self.open.clear();
        self.depth = 0;
        self.previous = b'\n';
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

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn skip_line(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    }

    fn skip_comment(&mut self) -> Result<(), Problem> {
        let body = self.bytes.get(self.at + 2..).unwrap_or_default();
        match body.windows(2).position(|pair| pair == b"*/") {
            Some(length) => {
                self.at += length + 4;
                Ok(())
            }
            None => {
                let start = self.at;
                self.at = self.bytes.len();
                Err(Problem::unclosed(start..start + 2, "This comment is never closed with `*/`."))
            }
        }
    }

    /// Reads code up to where a string or heredoc starts or a template goes on. True where the
    /// piece ends.
    fn code(&mut self, until: Until) -> Result<bool, Problem> {
        while let Some(byte) = self.peek(0) {
            match byte {
                b'\n' => {
                    self.at += 1;
                    if self.open.is_empty() && until == Until::Line {
                        return Ok(true);
                    }
                    self.count_item()?;
                    continue;
                }
                b' ' | b'\t' | b'\r' => {
                    self.at += 1;
                    continue;
                }
                b',' => self.count_item()?,
                b'#' => {
                    self.skip_line();
                    continue;
                }
                b'/' if self.peek(1) == Some(b'/') => {
                    self.skip_line();
                    continue;
                }
                b'/' if self.peek(1) == Some(b'*') => {
                    self.skip_comment()?;
                    continue;
                }
                b'"' => {
                    self.push(Opener::Quote, 1)?;
                    return Ok(false);
                }
                b'<' if self.peek(1) == Some(b'<') => {
                    if self.start_heredoc()? {
                        return Ok(false);
                    }
                }
                b'{' => {
                    self.push(self.brace(), 1)?;
                    self.previous = byte;
                    continue;
                }
                b'[' => self.push(Opener::Bracket, 0)?,
                b'(' => self.push(Opener::Parenthesis, 0)?,
                b']' | b')' | b'}' => {
                    if self.close(byte)? == Opener::Interpolation {
                        self.at += 1;
                        return Ok(false);
                    }
                }
                _ => (),
            }
            self.previous = byte;
            self.at += 1;
        }
        Ok(false)
    }

    /// A brace after a name or label opens a block, as long as nothing but blocks are open.
    fn brace(&self) -> Opener {
        let names = self.previous.is_ascii_alphanumeric()
            || matches!(self.previous, b'_' | b'-' | b'"' | 0x80..);
        let in_body = self.open.last().is_none_or(|open| open.opener == Opener::Block);
        if names && in_body { Opener::Block } else { Opener::Object }
    }

    fn push(&mut self, opener: Opener, advance: usize) -> Result<(), Problem> {
        let counts = !matches!(opener, Opener::Quote | Opener::Heredoc { .. });
        if counts {
            self.depth += 1;
            if self.depth > DEPTH_MAX {
                return Err(Problem::too_deep(self.at, DEPTH_MAX));
            }
        }
        self.open.push(Open { opener, at: self.at, items: 0 });
        self.at += advance;
        Ok(())
    }

    fn pop(&mut self) {
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
            _ => b'}',
        };
        if wanted != closer {
            return Err(Problem::mismatch(self.at, closer, wanted, open.at));
        }
        self.pop();
        Ok(open.opener)
    }

    fn count_item(&mut self) -> Result<(), Problem> {
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

    fn quoted(&mut self) -> Result<(), Problem> {
        while let Some(byte) = self.peek(0) {
            match byte {
                b'"' => {
                    self.pop();
                    self.previous = b'"';
                    self.at += 1;
                    return Ok(());
                }
                b'\n' => {
                    let start = self.open.last().map_or(self.at, |open| open.at);
                    return Err(Problem::unclosed_string(start..self.at));
                }
                b'\\' if self.peek(1).is_some_and(|next| next != b'\n') => self.at += 2,
                b'$' | b'%' => {
                    if self.marker(byte)? {
                        return Ok(());
                    }
                }
                _ => self.at += 1,
            }
        }
        Ok(())
    }

    /// At a `$` or `%` of a template: true where code starts.
    fn marker(&mut self, byte: u8) -> Result<bool, Problem> {
        match (self.peek(1), self.peek(2)) {
            (Some(next), Some(b'{')) if next == byte => self.at += 3,
            (Some(b'{'), _) => {
                self.push(Opener::Interpolation, 2)?;
                self.previous = b'{';
                return Ok(true);
            }
            _ => self.at += 1,
        }
        Ok(false)
    }

    /// At `<<`: true where it starts a heredoc.
    fn start_heredoc(&mut self) -> Result<bool, Problem> {
        let from = self.at + if self.peek(2) == Some(b'-') { 3 } else { 2 };
        let rest = self.bytes.get(from..).unwrap_or_default();
        let length = rest.iter().position(|byte| !continues_name(*byte)).unwrap_or(rest.len());
        let line_end = match &rest[length..] {
            [] => 0,
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            _ => return Ok(false),
        };
        if length == 0 || rest[0].is_ascii_digit() || rest[0] == b'-' {
            return Ok(false);
        }
        let to = from + length;
        self.push(Opener::Heredoc { from, to }, 0)?;
        self.at = to + line_end;
        self.end_heredoc(from, to);
        Ok(true)
    }

    fn heredoc(&mut self, from: usize, to: usize) -> Result<(), Problem> {
        while let Some(byte) = self.peek(0) {
            match byte {
                b'\n' => {
                    self.at += 1;
                    if self.end_heredoc(from, to) {
                        return Ok(());
                    }
                }
                b'$' | b'%' => {
                    if self.marker(byte)? {
                        return Ok(());
                    }
                }
                _ => self.at += 1,
            }
        }
        Ok(())
    }

    /// At the start of a line: true where it closes the heredoc.
    fn end_heredoc(&mut self, from: usize, to: usize) -> bool {
        let rest = &self.bytes[self.at..];
        let indent = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let delimiter = &self.bytes[from..to];
        let closes = rest[indent..].starts_with(delimiter)
            && !rest.get(indent + delimiter.len()).is_some_and(|byte| continues_name(*byte));
        if closes {
            self.pop();
            self.previous = b'"';
            self.at += indent + delimiter.len();
        }
        closes
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

fn continues_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | 0x80..)
}
