//! Strings and heredocs, as far as the scanner has to know them.

use super::complaint::Problem;
use super::scan::{Opener, Scanner};

impl Scanner<'_> {
    /// Reads a string up to its end, or to where code starts in it.
    pub(super) fn quoted(&mut self) -> Result<(), Problem> {
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
                self.push(Opener::Interpolation)?;
                self.at += 2;
                self.previous = b'{';
                return Ok(true);
            }
            _ => self.at += 1,
        }
        Ok(false)
    }

    /// At `<`: true where a heredoc starts, which is then open.
    pub(super) fn heredoc_starts(&mut self) -> Result<bool, Problem> {
        if self.peek(1) != Some(b'<') {
            return Ok(false);
        }
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
        if self.peek(2) == Some(b'-') {
            self.flush.push(self.at);
        }
        self.push(Opener::Heredoc { from, to })?;
        self.at = to + line_end;
        self.end_heredoc(from, to);
        Ok(true)
    }

    /// Reads a heredoc up to its end, or to where code starts in it.
    pub(super) fn heredoc(&mut self, from: usize, to: usize) -> Result<(), Problem> {
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
}

fn continues_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | 0x80..)
}
