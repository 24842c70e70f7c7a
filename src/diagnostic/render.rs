//! Diagnostics as text for people and as JSON for machines.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Diagnostic, Diagnostics, Severity, Sources, Span};

/// The look of a compiler's message: code, place, source line underlined, reason, help.
pub fn text(diagnostics: &Diagnostics, sources: &Sources, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for diagnostic in diagnostics.sorted() {
        out.push_str(&one(diagnostic, sources, &renderer));
        out.push_str("\n\n");
    }
    out
}

fn one(diagnostic: &Diagnostic, sources: &Sources, renderer: &Renderer) -> String {
    let level = match diagnostic.code.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(diagnostic.code.summary).id(diagnostic.code.id);
    let mut group = Group::with_title(title);
    for (index, label) in diagnostic.labels.iter().enumerate() {
        let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        let (excerpt, first_line, range) = excerpt(sources, label.span);
        let mut annotation = kind.span(range);
        if !label.text.is_empty() {
            annotation = annotation.label(label.text.as_str());
        }
        group = group.element(
            Snippet::source(excerpt)
                .path(sources.name(label.span.file))
                .line_start(first_line)
                .annotation(annotation),
        );
    }
    if diagnostic.labels.is_empty()
        && let Some(address) = &diagnostic.address
    {
        group = group.element(Origin::path(address.as_str()));
    }
    group = group.element(Level::NOTE.no_name().message(diagnostic.detail.as_str()));
    // The spot is shared by all instances of a block; the address says which one it is.
    if let Some(instance) = diagnostic.address.as_ref().filter(|address| address.contains('['))
        && !diagnostic.labels.is_empty()
    {
        group = group.element(Level::NOTE.no_name().message(format!("in `{instance}`")));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    renderer.render(&[group])
}

/// At most this much of a line is shown, around the spot.
const EXCERPT_BYTES_MAX: usize = 400;

/// The line of a span, where it stands, and the span within it. Only the first line of a longer
/// span is shown.
fn excerpt(sources: &Sources, span: Span) -> (&str, usize, std::ops::Range<usize>) {
    let line = sources.place(span.file, span.start).line;
    let text = sources.line(span.file, line);
    let base = sources.line_start(span.file, line) as usize;
    let start = (span.start as usize - base).min(text.len());
    let end = (span.end as usize).saturating_sub(base).clamp(start, text.len());
    if text.len() <= EXCERPT_BYTES_MAX {
        return (text, line as usize, start..end);
    }
    let from = text.floor_char_boundary(start.saturating_sub(EXCERPT_BYTES_MAX / 4));
    let to = text.floor_char_boundary(from + EXCERPT_BYTES_MAX);
    (&text[from..to], line as usize, start - from..end.min(to) - from)
}

/// A diagnostic as machines read it, in the shape that Terraform's tools know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DiagnosticJson {
    /// `error` or `warning`.
    pub severity: String,
    /// The stable code, such as `E0102`.
    pub code: String,
    /// Fixed text of the code.
    pub summary: String,
    /// What is wrong here, why, and what to do.
    pub detail: String,
    /// What to change, in a few words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub help: Option<String>,
    /// The block or resource that it is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub address: Option<String>,
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub range: Option<RangeJson>,
    /// The line it is on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub snippet: Option<SnippetJson>,
}

/// A stretch of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RangeJson {
    /// The file, relative to the configuration's folder.
    pub filename: String,
    /// Its first place.
    pub start: PointJson,
    /// The place behind its last.
    pub end: PointJson,
}

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PointJson {
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    /// From 0.
    pub byte: u32,
}

/// The line of a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SnippetJson {
    /// The line.
    pub code: String,
    /// Its number, from 1.
    pub start_line: u32,
    /// Where the spot starts in `code`, in bytes.
    pub highlight_start_offset: usize,
    /// Where it ends.
    pub highlight_end_offset: usize,
}

/// Diagnostics as machines read them.
pub fn to_json(diagnostics: &Diagnostics, sources: &Sources) -> Vec<DiagnosticJson> {
    diagnostics.sorted().into_iter().map(|diagnostic| one_json(diagnostic, sources)).collect()
}

fn one_json(diagnostic: &Diagnostic, sources: &Sources) -> DiagnosticJson {
    let severity = match diagnostic.code.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let main = diagnostic.labels.first().map(|label| label.span);
    DiagnosticJson {
        severity: severity.to_owned(),
        code: diagnostic.code.id.to_owned(),
        summary: diagnostic.code.summary.to_owned(),
        detail: diagnostic.detail.clone(),
        help: diagnostic.help.clone(),
        address: diagnostic.address.clone(),
        range: main.map(|span| RangeJson {
            filename: sources.name(span.file).to_owned(),
            start: point(sources, span, span.start),
            end: point(sources, span, span.end),
        }),
        snippet: main.map(|span| {
            let (code, start_line, range) = excerpt(sources, span);
            SnippetJson {
                code: code.to_owned(),
                start_line: u32::try_from(start_line).unwrap_or(u32::MAX),
                highlight_start_offset: range.start,
                highlight_end_offset: range.end,
            }
        }),
    }
}

fn point(sources: &Sources, span: Span, byte: u32) -> PointJson {
    let place = sources.place(span.file, byte);
    PointJson { line: place.line, column: place.column, byte }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::super::codes;
    use super::*;

    #[test]
    fn a_finding_says_where_what_why_and_what_to_do() {
        let mut sources = Sources::default();
        let text = "health_check \"web\" {\n  failure = 3\n}\n";
        let file = sources.add("main.hcl", text);
        let span = Span { file, start: 23, end: 30 };
        let detail = "A `health_check` block has no attribute `failure`.";
        let found = Diagnostic::new(codes::UNKNOWN_ATTRIBUTE, span, detail)
            .help("did you mean `failures`?");
        let diagnostics = Diagnostics::from(found);
        expect![[r"
            error[E0102]: Unknown attribute
             --> main.hcl:2:3
              |
            2 |   failure = 3
              |   ^^^^^^^
              |
              = A `health_check` block has no attribute `failure`.
              = help: did you mean `failures`?

        "]]
        .assert_eq(&super::text(&diagnostics, &sources, false));
        let json = to_json(&diagnostics, &sources);
        assert_eq!(json[0].range.as_ref().unwrap().start.column, 3);
        assert_eq!(json[0].snippet.as_ref().unwrap().highlight_end_offset, 9);
    }

    #[test]
    fn a_long_line_is_shown_in_part() {
        let mut sources = Sources::default();
        let file = sources.add("main.hcl", format!("{}X{}", "ä".repeat(5000), "b".repeat(9000)));
        let span = Span { file, start: 10_000, end: 10_001 };
        let found = Diagnostic::new(codes::SYNTAX, span, "Here.");
        let shown = text(&found.into(), &sources, false);
        assert!(shown.len() < 2_000, "{}", shown.len());
        assert!(shown.contains("main.hcl:1"), "{shown}");
    }
}
