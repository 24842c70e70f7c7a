//! Lines as BuildKit reads them: parser directives, comments, continuations, here-documents.
//!
//! The crate that reads instructions knows a here-document only as the first word of a `RUN`. So they
//! are found here, for every form, and what the crate sees in their place are comments: each byte
//! stays where it was.

use std::ops::Range;

use super::word;

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// What the lines of a Dockerfile say, before anybody knows what its instructions mean.
#[derive(Debug)]
pub(super) struct Lines {
    pub(super) directives: Directives,
    pub(super) logical: Vec<Logical>,
    /// The text for the crate.
    pub(super) masked: String,
}

/// Comments that steer the parser. They stand before everything else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directives {
    pub syntax: Option<String>,
    pub escape: Option<char>,
    pub check: Option<String>,
}

/// One instruction, with its continuations joined and comments left out.
#[derive(Debug)]
pub(super) struct Logical {
    /// Where it stands, without here-documents.
    pub(super) bytes: Range<usize>,
    pub(super) text: String,
    pub(super) heredocs: Vec<Heredoc>,
}

/// A document within the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heredoc {
    pub name: String,
    /// Whether variables in it are replaced.
    pub expand: bool,
    /// Its lines, as they stand in the file.
    pub content: String,
    /// Whether tabs at the start of its lines are left out.
    pub tabs: bool,
}

/// Why lines cannot be read, and where.
#[derive(Debug)]
pub(super) struct Unended {
    pub(super) at: usize,
    pub(super) name: String,
}

/// Text without its byte-order mark.
pub(super) fn without_mark(text: &str) -> &str {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

pub(super) fn read(text: &str) -> Result<Lines, Unended> {
    let directives = directives(text);
    let escape = directives.escape.unwrap_or('\\');
    let mut masked = text.to_owned();
    let mut logical = Vec::new();
    let mut lines = physical(text).peekable();
    while let Some(first) = lines.next() {
        let line = &text[first.clone()];
        if is_comment(line) || line.trim().is_empty() {
            continue;
        }
        let start = first.start + (line.len() - line.trim_start().len());
        let mut end = first.end;
        let (mut joined, mut open) = cut(line.trim_start(), escape);
        while open {
            let Some(next) = lines.next() else { break };
            let line = &text[next.clone()];
            if is_comment(line) || line.trim().is_empty() {
                // Comments and empty lines do not end what goes on.
                continue;
            }
            let (part, more) = cut(line, escape);
            joined.push_str(&part);
            end = next.end;
            open = more;
        }
        // The crate takes two escapes for one, and one at the end of the file, too.
        mask_escapes(&text[start..end], start, escape, &mut masked);
        let mut heredocs = heredocs_of(&joined, escape);
        for heredoc in &mut heredocs {
            take_body(heredoc, text, &mut lines, &mut masked)
                .ok_or_else(|| Unended { at: start, name: heredoc.name.clone() })?;
        }
        if !heredocs.is_empty() {
            let header = masked[start..end].replace("<<", "__");
            masked.replace_range(start..end, &header);
        }
        let bytes = start..start + text[start..end].trim_end().len();
        logical.push(Logical { bytes, text: joined.trim_end().to_owned(), heredocs });
    }
    Ok(Lines { directives, logical, masked })
}

/// Hides the signs at the end of an instruction that would continue it.
fn mask_escapes(header: &str, start: usize, escape: char, masked: &mut String) {
    let bare = header.trim_end();
    let signs = bare.len() - bare.trim_end_matches(escape).len();
    if signs > 0 {
        let end = start + bare.len();
        masked.replace_range(end - signs..end, &"_".repeat(signs));
    }
}

/// The lines of a text, without their ends.
fn physical(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        let bare = line.strip_suffix('\n').unwrap_or(line);
        start..start + bare.strip_suffix('\r').unwrap_or(bare).len()
    })
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

/// A line without the sign that the next one continues it, and whether there was one.
fn cut(line: &str, escape: char) -> (String, bool) {
    let bare = line.trim_end_matches([' ', '\t']);
    match bare.strip_suffix(escape) {
        // Two of them are one that is meant.
        Some(rest) if !rest.ends_with(escape) => (rest.to_owned(), true),
        Some(_) | None => (line.to_owned(), false),
    }
}

fn directives(text: &str) -> Directives {
    let mut found = Directives::default();
    for line in physical(text).map(|line| &text[line]) {
        let Some((name, value)) = line.trim_start().strip_prefix('#').and_then(|rest| {
            let (name, value) = rest.split_once('=')?;
            Some((name.trim().to_ascii_lowercase(), value.trim()))
        }) else {
            break;
        };
        let taken = match name.as_str() {
            "syntax" => found.syntax.replace(value.to_owned()).is_some(),
            "check" => found.check.replace(value.to_owned()).is_some(),
            "escape" => {
                let sign = value.chars().next().filter(|sign| ['\\', '`'].contains(sign));
                found.escape.replace(sign.unwrap_or('\\')).is_some()
            }
            _ => break,
        };
        if taken {
            break;
        }
    }
    found
}

/// The here-documents that an instruction announces, in order, without their content.
fn heredocs_of(joined: &str, escape: char) -> Vec<Heredoc> {
    let mut rest = joined;
    loop {
        let (keyword, arguments) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
        match keyword.to_ascii_uppercase().as_str() {
            "RUN" | "COPY" | "ADD" => {
                let plain = super::after_flags(arguments);
                if word::json(plain).is_some() {
                    return Vec::new();
                }
                let words = word::split(arguments, escape);
                return words.iter().filter_map(|word| announced(word, escape)).collect();
            }
            "ONBUILD" => rest = arguments.trim_start(),
            _ => return Vec::new(),
        }
    }
}

/// What a word like `<<-EOF` announces.
fn announced(word: &str, escape: char) -> Option<Heredoc> {
    let rest = word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<")?;
    let (rest, tabs) = rest.strip_prefix('-').map_or((rest, false), |rest| (rest, true));
    if rest.is_empty() || rest.contains('<') {
        return None;
    }
    let name = word::unquote(rest, escape);
    let expand = name == rest;
    Some(Heredoc { name, expand, content: String::new(), tabs })
}

/// Reads a here-document's lines up to its end, and leaves comments in their place.
fn take_body(
    heredoc: &mut Heredoc,
    text: &str,
    lines: &mut impl Iterator<Item = Range<usize>>,
    masked: &mut String,
) -> Option<()> {
    loop {
        let at = lines.next()?;
        let line = &text[at.clone()];
        let shown = if heredoc.tabs { line.trim_start_matches('\t') } else { line };
        let ended = shown == heredoc.name;
        if !ended {
            let behind = text[at.end..].find('\n').map_or(text.len(), |end| at.end + end + 1);
            heredoc.content.push_str(&text[at.start..behind]);
        }
        if !line.is_empty() {
            masked.replace_range(at, &format!("#{}", " ".repeat(line.len() - 1)));
        }
        if ended {
            return Some(());
        }
    }
}
