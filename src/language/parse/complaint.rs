//! What is wrong with a text that is not HCL.

use std::ops::Range;

use hcl_edit::parser::Error;

use crate::diagnostic::{Code, Diagnostic, FileId, Span, codes};

/// How to go on after a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resume {
    /// At the next block after the place that was reached.
    NextBlock,
    /// After everything that is still open there.
    AfterBlocks,
    /// At the next block after the start of the piece: the end of the text was reached.
    Reread,
}

/// A piece that has no end.
#[derive(Debug)]
pub(super) struct Problem {
    code: &'static Code,
    place: Range<usize>,
    detail: String,
    also: Option<(usize, &'static str)>,
    pub(super) resume: Resume,
}

impl Problem {
    fn new(code: &'static Code, place: Range<usize>, detail: String, resume: Resume) -> Self {
        Self { code, place, detail, also: None, resume }
    }

    pub(super) fn unclosed(place: Range<usize>, detail: &str) -> Self {
        Self::new(codes::SYNTAX, place, detail.to_owned(), Resume::Reread)
    }

    pub(super) fn unclosed_string(place: Range<usize>) -> Self {
        let detail = "This string is not closed with `\"` on its line. Text of several lines is \
                      written as a heredoc, or with `\\n`.";
        Self::new(codes::SYNTAX, place, detail.to_owned(), Resume::NextBlock)
    }

    pub(super) fn stray(at: usize, closer: u8) -> Self {
        let detail = format!("This `{}` closes nothing.", char::from(closer));
        Self::new(codes::SYNTAX, at..at + 1, detail, Resume::NextBlock)
    }

    pub(super) fn mismatch(at: usize, closer: u8, wanted: u8, opened: usize) -> Self {
        let (closer, wanted) = (char::from(closer), char::from(wanted));
        let detail = format!("This `{closer}` stands where `{wanted}` is needed first.");
        let problem = Self::new(codes::SYNTAX, at..at + 1, detail, Resume::NextBlock);
        Self { also: Some((opened, "opened here")), ..problem }
    }

    pub(super) fn too_deep(at: usize, limit: usize) -> Self {
        let detail = format!(
            "This stands more than {limit} levels deep. Name the inner parts with `locals`."
        );
        Self::new(codes::TOO_DEEP, at..at + 1, detail, Resume::AfterBlocks)
    }

    pub(super) fn too_many(at: usize, limit: u32) -> Self {
        let detail = format!(
            "More than {limit} elements stand in here. Keep so many in a file, and read it with \
             `jsondecode(file(...))`."
        );
        Self::new(codes::SYNTAX, at..at + 1, detail, Resume::NextBlock)
    }

    pub(super) fn too_long(at: usize, limit: usize) -> Self {
        let detail = format!(
            "This goes on for more than {} KiB without a comma or a new line.",
            limit >> 10
        );
        Self::new(codes::SYNTAX, at..at + 1, detail, Resume::NextBlock)
    }

    pub(super) fn report(self, file: FileId) -> Diagnostic {
        let span_of = |place: Range<usize>| span(file, place.start, place.end);
        let found = Diagnostic::new(self.code, span_of(self.place), self.detail);
        match self.also {
            Some((at, text)) => found.also(span_of(at..at + 1), text),
            None => found,
        }
    }
}

/// An attribute that is set again.
pub(super) fn twice(name: &str, again: Span, first: Option<Span>) -> Diagnostic {
    let detail = format!("`{name}` has a value already, and one of the two would be lost.");
    let found = Diagnostic::new(codes::DUPLICATE_ATTRIBUTE, again, detail);
    match first {
        Some(first) => found.also(first, "first set here"),
        None => found,
    }
}

/// What the parser says of the piece that stands at `piece` in `text`.
pub(super) fn explain(error: &Error, text: &str, file: FileId, piece: Range<usize>) -> Diagnostic {
    let at = text.floor_char_boundary((piece.start + error.location().offset()).min(piece.end));
    let token = token_length(&text[at..piece.end]);
    let place = span(file, at, at + token);
    let message = error.message();
    if message.contains("nested levels") {
        let detail = "This stands more than 64 levels deep. Name the inner parts with `locals`.";
        return Diagnostic::new(codes::TOO_DEEP, place, detail);
    }
    if message.contains("chained binary operators") {
        let detail = "More than 128 operators follow each other in this expression. Name parts of \
                      it with `locals`, or use a function such as `sum` or `join`.";
        return Diagnostic::new(codes::TOO_DEEP, place, detail);
    }
    let name = &text[at..at + token];
    if message.contains("redefined") {
        let first = first_set(&text[piece.start..at], name);
        let first = first.map(|first| span(file, piece.start + first, piece.start + first + token));
        return twice(name, place, first);
    }
    if message == "unexpected token" && text[at..].starts_with("%{") {
        let detail = "This directive is unknown or not closed: there are `%{ if ... }`, \
                      `%{ else }`, `%{ endif }` and `%{ for ... }`, `%{ endfor }`.";
        return Diagnostic::new(codes::SYNTAX, place, detail);
    }
    Diagnostic::new(codes::SYNTAX, place, sentence(message, name))
}

/// Where the attribute that is set again at the end of `before` was set first, in a text that is
/// indented as usual: by the nearest line of the same indentation, with none of less between.
fn first_set(before: &str, name: &str) -> Option<usize> {
    let (above, indent) = before.rsplit_once('\n')?;
    let mut end = above.len();
    for line in above.rsplit('\n') {
        let start = end - line.len();
        end = start.saturating_sub(1);
        let text = line.trim_start();
        let depth = line.len() - text.len();
        if text.trim_end().is_empty() || depth > indent.len() {
            continue;
        }
        if depth < indent.len() {
            return None;
        }
        let rest = text.strip_prefix(name).map(str::trim_start);
        if rest.is_some_and(|rest| rest.starts_with('=')) {
            return Some(start + depth);
        }
    }
    None
}

pub(super) fn span(file: FileId, start: usize, end: usize) -> Span {
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span { file, start: place(start), end: place(end) }
}

/// The bytes of a word, or of one character; none of a line end.
fn token_length(text: &str) -> usize {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let word = text.find(|c: char| !is_word(c)).unwrap_or(text.len());
    match text.chars().next() {
        Some('\r' | '\n') | None => 0,
        Some(first) => word.max(first.len_utf8()),
    }
}

/// The parser's message as a sentence. Its list of what may start an expression is spelled out,
/// because ten single characters tell nobody anything.
fn sentence(message: &str, found: &str) -> String {
    if message.starts_with("invalid expression;") {
        let found = if found.is_empty() { "nothing".to_owned() } else { format!("`{found}`") };
        return format!(
            "A value is expected here and {found} stands there: write a string in quotes, a \
             number, a list, an object, a reference or a function call."
        );
    }
    if message == "unexpected token" {
        return "This is not expected here.".to_owned();
    }
    let readable = message.replace("`\n`", "a new line").replace("newline or eof", "a new line");
    let mut characters = readable.chars();
    let first = characters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(characters).chain(['.']).collect()
}
