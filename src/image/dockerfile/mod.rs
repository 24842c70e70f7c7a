//! Dockerfiles: what their instructions are, and which stages a target reaches.
//!
//! Input: the text. Output: [`Dockerfile`], and with arguments and a target [`Stages`]. Never runs
//! anything, never asks a registry.
//!
//! The crate `parse-dockerfile` reads the instructions. It differs from BuildKit where a here-document
//! is not the first word of a `RUN`, or is one of several: `line` finds these.

mod instruction;
mod line;
mod stage;
mod word;

use crate::diagnostic::{Diagnostic, FileId, Sources, Span, codes};

use self::instruction::after_flags;
pub use self::instruction::{Flag, Instruction, Keyword, Source};
pub use self::line::{Directives, Heredoc};
pub use self::stage::{Base, Origin, Stage, Stages, Take, Use, Wanted, stages};

/// A Dockerfile, as it is written.
#[derive(Clone, Debug)]
pub struct Dockerfile {
    pub file: FileId,
    pub directives: Directives,
    /// What stands before the first `FROM`: only `ARG` may.
    pub globals: Vec<Instruction>,
    /// Each begins with its `FROM`.
    pub stages: Vec<Vec<Instruction>>,
}

impl Dockerfile {
    /// The sign that continues a line.
    pub fn escape(&self) -> char {
        self.directives.escape.unwrap_or('\\')
    }
}

/// Adds a Dockerfile's text to the sources, and reads it.
pub fn read(name: &str, text: &str, sources: &mut Sources) -> Result<Dockerfile, Box<Diagnostic>> {
    let text = line::without_mark(text);
    let file = sources.add(name, text);
    let refuse = |bytes: std::ops::Range<usize>, why: String| {
        Box::new(Diagnostic::new(codes::DOCKERFILE_INVALID, span(file, &bytes), why))
    };
    let lines = line::read(text).map_err(|line::Unended { at, name }| {
        let why = format!("The here-document `{name}` has no line that ends it.");
        let help = format!("end it with `{name}` on a line of its own");
        Box::new(refuse(word_at(text, at), why).help(help))
    })?;
    let parsed = parse_dockerfile::parse_iter(&lines.masked).and_then(Iterator::collect);
    let parsed: Vec<parse_dockerfile::Instruction<'_>> = parsed.map_err(|error| {
        // Its columns count from elsewhere: the line is right.
        let line = text.split_inclusive('\n').take(error.line().saturating_sub(1));
        let start = line.map(str::len).sum::<usize>();
        let at = lines.logical.iter().find(|line| line.bytes.end > start);
        let at = at.map_or(start, |line| line.bytes.start);
        let why = error.to_string();
        let why = why.split(" at line ").next().unwrap_or_default();
        refuse(word_at(text, at), format!("It cannot be read: {why}."))
    })?;
    let mut globals = Vec::new();
    let mut stages: Vec<Vec<Instruction>> = Vec::new();
    if parsed.len() != lines.logical.len() {
        return Err(refuse(0..0, "Its instructions can be told apart in two ways.".to_owned()));
    }
    let escape = lines.directives.escape.unwrap_or('\\');
    for (one, line) in parsed.iter().zip(lines.logical) {
        let instruction = instruction::make(one, line, file, escape);
        match (instruction.keyword, stages.last_mut()) {
            (Keyword::From, _) => stages.push(vec![instruction]),
            (_, Some(stage)) => stage.push(instruction),
            (_, None) => globals.push(instruction),
        }
    }
    Ok(Dockerfile { file, directives: lines.directives, globals, stages })
}

/// Bytes of a file.
fn span(file: FileId, bytes: &std::ops::Range<usize>) -> Span {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span { file, start: offset(bytes.start), end: offset(bytes.end) }
}

/// The word that starts here.
fn word_at(text: &str, at: usize) -> std::ops::Range<usize> {
    let at = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let length = text[at..].find(char::is_whitespace).unwrap_or(text.len() - at);
    at..at + length
}
