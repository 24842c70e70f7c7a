//! One instruction: what it is, its flags, and what it names.

use std::fmt::{self, Display};

use parse_dockerfile::Instruction as Parsed;

use super::line::{Heredoc, Logical};
use super::word;
use crate::diagnostic::{FileId, Span};

/// What an instruction does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the words are those of Dockerfiles")]
pub enum Keyword {
    Add,
    Arg,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Expose,
    From,
    Healthcheck,
    Label,
    Maintainer,
    Onbuild,
    Run,
    Shell,
    Stopsignal,
    User,
    Volume,
    Workdir,
}

/// An instruction, as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    pub keyword: Keyword,
    /// Its lines, without here-documents.
    pub span: Span,
    pub flags: Vec<Flag>,
    /// What follows the flags, continuations joined and comments left out.
    pub arguments: String,
    pub heredocs: Vec<Heredoc>,
    /// What `COPY` and `ADD` take; nothing for the others.
    pub sources: Vec<Source>,
    /// What `ONBUILD` puts off.
    pub inner: Option<Box<Instruction>>,
    pub(super) escape: char,
}

/// `--name=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    pub name: String,
    pub value: Option<String>,
}

/// What `COPY` and `ADD` take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub text: String,
    pub span: Span,
    /// Whether it is a here-document of the same instruction.
    pub heredoc: bool,
}

impl Instruction {
    /// The value of a flag, where it is given.
    pub fn flag(&self, name: &str) -> Option<&str> {
        let flag = self.flags.iter().find(|flag| flag.name == name)?;
        flag.value.as_deref()
    }

    /// The words of the arguments: of a JSON list its strings, and else what blanks part. Quotes hold
    /// words together in `ARG` alone.
    pub fn words(&self) -> Vec<String> {
        if self.keyword == Keyword::Arg {
            return word::split(&self.arguments, self.escape);
        }
        if self.keyword == Keyword::Healthcheck {
            let (kind, command) =
                self.arguments.split_once([' ', '\t']).unwrap_or((&self.arguments, ""));
            let command = command.trim_start();
            let rest = word::json(command).unwrap_or_else(|| vec![command.to_owned()]);
            let rest = rest.into_iter().filter(|word| !word.is_empty());
            return [kind.to_owned()].into_iter().chain(rest).collect();
        }
        let parted = || self.arguments.split_whitespace().map(str::to_owned).collect();
        self.strings().unwrap_or_else(parted)
    }

    /// The strings of a JSON list, where the arguments are one.
    pub fn strings(&self) -> Option<Vec<String>> {
        word::json(&self.arguments)
    }

    /// `name=value` pairs of `ARG`, `ENV` and `LABEL`.
    pub fn pairs(&self) -> Vec<(String, Option<String>)> {
        if self.keyword == Keyword::Arg {
            return self.words().iter().map(|word| word::pair(word)).collect();
        }
        word::pairs(&self.arguments, self.escape)
    }

    /// Variables that it asks for, of those that are not set, where nothing stands in their place.
    /// What a shell runs is the shell's own, and a `FROM` sees others than its stage.
    pub fn unset(&self, is_set: &dyn Fn(&str) -> bool) -> Vec<String> {
        let written = match self.keyword {
            Keyword::Add
            | Keyword::Copy
            | Keyword::Env
            | Keyword::Expose
            | Keyword::Label
            | Keyword::Stopsignal
            | Keyword::User
            | Keyword::Volume
            | Keyword::Workdir => self.arguments.as_str(),
            Keyword::Arg
            | Keyword::Cmd
            | Keyword::Entrypoint
            | Keyword::From
            | Keyword::Healthcheck
            | Keyword::Maintainer
            | Keyword::Onbuild
            | Keyword::Run
            | Keyword::Shell => "",
        };
        let flags = self.flags.iter().filter(|_| self.keyword != Keyword::From);
        let flags = flags.filter_map(|flag| flag.value.as_deref());
        let known = |name: &str| is_set(name).then(String::new);
        let words = flags.chain([written]);
        let unset = words
            .flat_map(|word| word::expand(word, self.escape, &known, word::Unknown::Empty).unset);
        unset.collect()
    }

    /// Its meaning as text: the same for any layout and any comments.
    pub fn canonical(&self) -> String {
        let mut parts = vec![self.keyword.to_string()];
        parts.extend(self.flags.iter().map(|Flag { name, value }| match value {
            Some(value) => format!(" --{name}={value}"),
            None => format!(" --{name}"),
        }));
        parts.push(match &self.inner {
            Some(inner) => format!(" {}", inner.canonical()),
            None => format!(" {}", self.arguments),
        });
        let heredocs = self.heredocs.iter();
        parts.extend(heredocs.map(|heredoc| format!("\n{}{}", heredoc.content, heredoc.name)));
        parts.concat()
    }
}

impl Display for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format!("{self:?}").to_ascii_uppercase())
    }
}

/// The text behind `--name=value` words.
pub(super) fn after_flags(arguments: &str) -> &str {
    let mut rest = arguments.trim_start();
    while rest.starts_with("--") {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        if &rest[..end] == "--" {
            return rest[end..].trim_start();
        }
        rest = rest[end..].trim_start();
    }
    rest
}

pub(super) fn make(parsed: &Parsed<'_>, line: Logical, file: FileId, escape: char) -> Instruction {
    let span = super::span(file, &line.bytes);
    shaped(parsed, &line.text, line.heredocs, span, escape)
}

fn shaped(
    parsed: &Parsed<'_>,
    text: &str,
    heredocs: Vec<Heredoc>,
    span: Span,
    escape: char,
) -> Instruction {
    let (keyword, takes_flags) = keyword_of(parsed);
    let behind = text.split_once([' ', '\t']).map_or("", |(_, behind)| behind).trim_start();
    let arguments = if takes_flags { after_flags(behind) } else { behind };
    let flags = &behind[..behind.len() - arguments.len()];
    let flags = flags.split_whitespace().filter_map(|word| word.strip_prefix("--"));
    let flags = flags.filter(|word| !word.is_empty()).map(|word| {
        let (name, value) = word::pair(word);
        Flag { name, value }
    });
    let mut made = Instruction {
        keyword,
        span,
        flags: flags.collect(),
        arguments: arguments.to_owned(),
        heredocs,
        sources: Vec::new(),
        inner: None,
        escape,
    };
    if let Parsed::Onbuild(onbuild) = parsed {
        let heredocs = std::mem::take(&mut made.heredocs);
        let inner = shaped(&onbuild.instruction, behind, heredocs, span, escape);
        made.inner = Some(Box::new(inner));
    }
    if matches!(keyword, Keyword::Copy | Keyword::Add) {
        made.sources = sources_of(&made);
    }
    made
}

/// What `COPY` and `ADD` take: every word but the last.
fn sources_of(made: &Instruction) -> Vec<Source> {
    let mut words = made.words();
    words.pop();
    let names = |word: &str| {
        let rest = word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<");
        rest.is_some_and(|rest| {
            let rest = word::unquote(rest.trim_start_matches('-'), made.escape);
            made.heredocs.iter().any(|heredoc| heredoc.name == rest)
        })
    };
    let sources = words.into_iter().map(|text| {
        let heredoc = names(&text);
        Source { text, span: made.span, heredoc }
    });
    sources.collect()
}

/// What it is, and whether BuildKit reads flags in it.
fn keyword_of(parsed: &Parsed<'_>) -> (Keyword, bool) {
    match parsed {
        Parsed::Add(_) => (Keyword::Add, true),
        Parsed::Arg(_) => (Keyword::Arg, false),
        Parsed::Cmd(_) => (Keyword::Cmd, false),
        Parsed::Copy(_) => (Keyword::Copy, true),
        Parsed::Entrypoint(_) => (Keyword::Entrypoint, false),
        Parsed::Env(_) => (Keyword::Env, false),
        Parsed::Expose(_) => (Keyword::Expose, false),
        Parsed::From(_) => (Keyword::From, true),
        Parsed::Healthcheck(_) => (Keyword::Healthcheck, true),
        Parsed::Label(_) => (Keyword::Label, false),
        Parsed::Maintainer(_) => (Keyword::Maintainer, false),
        Parsed::Onbuild(_) => (Keyword::Onbuild, false),
        Parsed::Run(_) => (Keyword::Run, true),
        Parsed::Shell(_) => (Keyword::Shell, false),
        Parsed::Stopsignal(_) => (Keyword::Stopsignal, false),
        Parsed::User(_) => (Keyword::User, false),
        Parsed::Volume(_) => (Keyword::Volume, false),
        Parsed::Workdir(_) => (Keyword::Workdir, false),
        other => unreachable!("This is a bug in Lifeboat: an unknown instruction {other:?}"),
    }
}
