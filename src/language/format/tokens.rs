//! Cuts a text into the tokens that a layout needs to know.
//!
//! A template, quoted or heredoc, is one token whatever it holds. The open brackets and templates
//! are kept on a stack of limited height, so nothing here recurses and every byte is read once.

use std::borrow::Cow;
use std::ops::Range;

/// The parser gives up on far less; a text nested deeper than this is an attack or an accident.
const NESTING_MAX: usize = 256;

/// Longest first, so that `==` is not read as two `=`.
const OPERATORS: [(&str, Kind); 25] = [
    ("...", Kind::Ellipsis),
    ("==", Kind::Operator),
    ("!=", Kind::Operator),
    ("<=", Kind::Operator),
    (">=", Kind::Operator),
    ("&&", Kind::Operator),
    ("||", Kind::Operator),
    ("=>", Kind::Arrow),
    ("::", Kind::DoubleColon),
    ("=", Kind::Equal),
    ("<", Kind::Operator),
    (">", Kind::Operator),
    ("+", Kind::Operator),
    ("*", Kind::Operator),
    ("/", Kind::Operator),
    ("%", Kind::Operator),
    ("-", Kind::Minus),
    ("!", Kind::Bang),
    ("?", Kind::Question),
    (":", Kind::Colon),
    (".", Kind::Dot),
    (",", Kind::Comma),
    ("(", Kind::Open(Bracket::Round)),
    ("[", Kind::Open(Bracket::Square)),
    ("{", Kind::Open(Bracket::Curly)),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bracket {
    Round,
    Square,
    Curly,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Newline,
    /// From `#` or `//` to the end of the line, without it.
    LineComment,
    BlockComment,
    Word,
    Number,
    Quoted,
    Heredoc,
    Open(Bracket),
    Close(Bracket),
    Equal,
    Arrow,
    Operator,
    Minus,
    Bang,
    Question,
    Colon,
    DoubleColon,
    Dot,
    Comma,
    Ellipsis,
}

impl Kind {
    /// How many more brackets are open after this token.
    pub(super) fn depth_change(self) -> i64 {
        if matches!(self, Kind::Open(_)) {
            1
        } else if matches!(self, Kind::Close(_)) {
            -1
        } else {
            0
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    start: usize,
    end: usize,
}

impl Token {
    pub(super) fn raw(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }

    /// The token as the layout shows it: comments end at their last visible character, line ends
    /// are `\n`. A heredoc's own lines are part of its value and stay.
    pub(super) fn printed(self, text: &str) -> Cow<'_, str> {
        let raw = self.raw(text);
        let opener = raw.split('\n').next().unwrap_or_default();
        if self.kind == Kind::Newline {
            Cow::Borrowed("\n")
        } else if self.kind == Kind::LineComment {
            Cow::Borrowed(raw.trim_end())
        } else if self.kind == Kind::BlockComment && raw.contains('\r') {
            Cow::Owned(raw.replace("\r\n", "\n"))
        } else if self.kind == Kind::Heredoc && opener.ends_with('\r') {
            Cow::Owned(raw.replacen("\r\n", "\n", 1))
        } else {
            Cow::Borrowed(raw)
        }
    }
}

/// What is open at a place in the text.
enum Open {
    Bracket(Bracket),
    Quote,
    Heredoc { marker: Range<usize> },
    Interpolation,
}

/// The tokens of a text, or nothing where it has a lexical problem.
pub(super) fn read(text: &str) -> Option<Vec<Token>> {
    let mut reader = Reader { text, at: 0, open: Vec::new(), template: None, tokens: Vec::new() };
    while reader.at < text.len() {
        match reader.open.last() {
            Some(Open::Quote) => reader.quoted()?,
            Some(Open::Heredoc { marker }) => {
                let marker = marker.clone();
                reader.heredoc(&marker)?;
            }
            Some(Open::Bracket(_) | Open::Interpolation) | None => reader.code()?,
        }
    }
    reader.open.is_empty().then_some(reader.tokens)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    open: Vec<Open>,
    /// Where the outermost open template starts, and how much was open around it.
    template: Option<(usize, usize)>,
    tokens: Vec<Token>,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    /// Moves over a token, and keeps it unless a template around it is kept as a whole.
    fn take(&mut self, kind: Kind, length: usize) {
        let (start, end) = (self.at, self.at + length);
        self.at = end;
        if self.template.is_none() {
            self.tokens.push(Token { kind, start, end });
        }
    }

    fn push(&mut self, open: Open) -> Option<()> {
        let room = self.open.len() < NESTING_MAX;
        room.then(|| self.open.push(open))
    }

    fn open_template(&mut self, open: Open) -> Option<()> {
        self.template = self.template.or(Some((self.at, self.open.len())));
        self.push(open)
    }

    fn close_template(&mut self, kind: Kind, length: usize) {
        self.open.pop();
        self.at += length;
        if let Some((start, outside)) = self.template
            && outside == self.open.len()
        {
            self.template = None;
            self.tokens.push(Token { kind, start, end: self.at });
        }
    }

    /// One token, or the white space before it, where no template is being read.
    fn code(&mut self) -> Option<()> {
        let first = self.rest().chars().next()?;
        match first {
            ' ' | '\t' => self.at += 1,
            '\n' => self.take(Kind::Newline, 1),
            '\r' if self.byte(1) == Some(b'\n') => self.take(Kind::Newline, 2),
            '#' => self.line_comment(),
            '/' if self.byte(1) == Some(b'/') => self.line_comment(),
            '/' if self.byte(1) == Some(b'*') => {
                let inside = self.text.get(self.at + 2..)?;
                let length = inside.find("*/")? + "/**/".len();
                self.take(Kind::BlockComment, length);
            }
            '"' => {
                self.open_template(Open::Quote)?;
                self.at += 1;
            }
            '<' if self.byte(1) == Some(b'<') => self.heredoc_opener()?,
            ')' => self.close(Bracket::Round)?,
            ']' => self.close(Bracket::Square)?,
            '}' => self.close(Bracket::Curly)?,
            // `${~ value ~}` trims the template around it; elsewhere a tilde means nothing.
            '~' if self.template.is_some() => self.at += 1,
            '0'..='9' => self.take(Kind::Number, number_length(self.rest())),
            letter if letter.is_alphabetic() || letter == '_' => {
                self.take(Kind::Word, word_length(self.rest()));
            }
            _ => self.operator()?,
        }
        Some(())
    }

    fn line_comment(&mut self) {
        let rest = self.rest();
        let line = rest.split('\n').next().unwrap_or_default();
        let more = rest.len() > line.len();
        let length = line.strip_suffix('\r').filter(|_| more).unwrap_or(line).len();
        self.take(Kind::LineComment, length);
    }

    fn operator(&mut self) -> Option<()> {
        let rest = self.rest();
        let (symbol, kind) = *OPERATORS.iter().find(|(symbol, _)| rest.starts_with(symbol))?;
        if let Kind::Open(bracket) = kind {
            self.push(Open::Bracket(bracket))?;
        }
        self.take(kind, symbol.len());
        Some(())
    }

    fn close(&mut self, bracket: Bracket) -> Option<()> {
        match self.open.pop()? {
            Open::Bracket(opened) if opened == bracket => self.take(Kind::Close(bracket), 1),
            Open::Interpolation if bracket == Bracket::Curly => self.at += 1,
            Open::Bracket(_) | Open::Interpolation | Open::Quote | Open::Heredoc { .. } => {
                return None;
            }
        }
        Some(())
    }

    /// A part of a quoted template: up to its end, an escape, or an interpolation.
    fn quoted(&mut self) -> Option<()> {
        let plain = self.rest().find(['"', '\\', '\n', '$', '%'])?;
        self.at += plain;
        match self.byte(0)? {
            b'"' => self.close_template(Kind::Quoted, 1),
            b'\n' => return None,
            b'\\' => self.at += 1 + self.rest().chars().nth(1).filter(|c| *c != '\n')?.len_utf8(),
            _ => self.dollar_or_percent()?,
        }
        Some(())
    }

    /// A part of a heredoc: up to its end, the end of a line, or an interpolation.
    fn heredoc(&mut self, marker: &Range<usize>) -> Option<()> {
        if self.text.as_bytes().get(self.at - 1) == Some(&b'\n')
            && let Some(length) = self.heredoc_closer(marker)
        {
            self.close_template(Kind::Heredoc, length);
            return Some(());
        }
        let plain = self.rest().find(['\n', '$', '%'])?;
        self.at += plain;
        if self.byte(0) == Some(b'\n') {
            self.at += 1;
            return Some(());
        }
        self.dollar_or_percent()
    }

    /// `${` and `%{` start an interpolation, `$${` and `%%{` stand for themselves.
    fn dollar_or_percent(&mut self) -> Option<()> {
        let sign = self.byte(0);
        if self.byte(1) == sign && self.byte(2) == Some(b'{') {
            self.at += 3;
        } else if self.byte(1) == Some(b'{') {
            self.push(Open::Interpolation)?;
            self.at += 2;
        } else {
            self.at += 1;
        }
        Some(())
    }

    fn heredoc_opener(&mut self) -> Option<()> {
        let name = self.at + if self.byte(2) == Some(b'-') { 3 } else { 2 };
        let rest = self.text.get(name..)?;
        let first = rest.chars().next()?;
        let length = (first.is_alphabetic() || first == '_').then(|| word_length(rest))?;
        let after = rest.get(length..)?;
        let line_end = ["\n", "\r\n"].into_iter().find(|end| after.starts_with(end))?;
        let marker = name..name + length;
        self.open_template(Open::Heredoc { marker })?;
        self.at = name + length + line_end.len();
        Some(())
    }

    /// The length of the line's start that closes the heredoc, where there is one.
    fn heredoc_closer(&self, marker: &Range<usize>) -> Option<usize> {
        let line = self.rest();
        let name = line.trim_start_matches([' ', '\t']);
        let after = name.strip_prefix(self.text.get(marker.clone())?)?;
        let ends = !after.chars().next().is_some_and(continues_word);
        ends.then_some(line.len() - after.len())
    }
}

fn continues_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || letter == '-'
}

fn word_length(text: &str) -> usize {
    text.find(|letter| !continues_word(letter)).unwrap_or(text.len())
}

/// `1`, `1.5`, `2e10`, `2.5E-3`. A dot without a digit after it is the next token.
fn number_length(text: &str) -> usize {
    let whole = digits(text, 0);
    let fraction = match text.get(whole..).and_then(|rest| rest.strip_prefix('.')) {
        Some(_) if digits(text, whole + 1) > 0 => whole + 1 + digits(text, whole + 1),
        Some(_) | None => whole,
    };
    let exponent = text.get(fraction..).unwrap_or_default();
    let Some(unsigned) = exponent.strip_prefix(['e', 'E']) else { return fraction };
    let start = fraction + 1 + usize::from(unsigned.starts_with(['+', '-']));
    match digits(text, start) {
        0 => fraction,
        length => start + length,
    }
}

fn digits(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len())
}
