//! What we tell an author.
//!
//! Input: findings of any stage. Output: [`Diagnostics`], all of them at once, with code, place,
//! reason and help. Never fails, never prints: `report` does.

mod code;
mod nearest;
mod render;
mod source;

pub use code::{ALL, Code, Severity, find};
pub use nearest::nearest;
pub use render::{DiagnosticJson, text, to_json};
pub use source::{FileId, Place, Sources, Span};

pub mod codes {
    //! The codes, one constant each.
    pub use super::code::list::*;
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of finding; gives the severity and the fixed summary.
    pub code: &'static Code,
    /// What is wrong here, why it matters and what to do, in whole sentences.
    pub detail: String,
    /// Where; the first is the main one.
    pub labels: Vec<Label>,
    /// What to change, in a few words.
    pub help: Option<String>,
    /// The block or resource that it is about.
    pub address: Option<String>,
}

/// A spot in a file, and what there is to say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

impl Diagnostic {
    /// A finding at `span`.
    pub fn new(code: &'static Code, span: Span, detail: impl Into<String>) -> Self {
        let labels = vec![Label { span, text: String::new() }];
        Self { code, detail: detail.into(), labels, help: None, address: None }
    }

    /// A finding that is not about a spot in a file.
    pub fn global(code: &'static Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), labels: Vec::new(), help: None, address: None }
    }

    /// Says what to change.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says what to change, if anything is known.
    #[must_use]
    pub fn help_if(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    /// Says something of the main spot.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        if let Some(first) = self.labels.first_mut() {
            first.text = text.into();
        }
        self
    }

    /// Points to another spot.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Says which block or resource it is about.
    #[must_use]
    pub fn about(mut self, address: impl Into<String>) -> Self {
        self.address = Some(address.into());
        self
    }
}

/// Findings, in the order in which they were made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }

    pub fn extend(&mut self, other: Self) {
        self.list.extend(other.list);
    }

    /// Keeps the value, or the finding.
    pub fn take<T>(&mut self, result: Result<T, Box<Diagnostic>>) -> Option<T> {
        result.map_err(|found| self.push(*found)).ok()
    }

    /// Whether there is a finding like this.
    pub fn any(&self, like: impl Fn(&Diagnostic) -> bool) -> bool {
        self.list.iter().any(like)
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|d| d.code.severity == Severity::Error)
    }

    pub fn count(&self, severity: Severity) -> usize {
        self.sorted().iter().filter(|d| d.code.severity == severity).count()
    }

    /// Errors first, then by place. What is found in every instance of a block is told once.
    pub fn sorted(&self) -> Vec<&Diagnostic> {
        let mut sorted: Vec<&Diagnostic> = self.list.iter().collect();
        sorted.sort_by_key(|&d| {
            (d.code.severity, d.labels.first().map(|label| (label.span, &d.detail)))
        });
        sorted.dedup_by(|a, b| {
            let same = (a.code, &a.detail, &a.labels) == (b.code, &b.detail, &b.labels);
            same && (!a.labels.is_empty() || a.address == b.address)
        });
        sorted
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { list: vec![diagnostic] }
    }
}

impl From<Box<Diagnostic>> for Diagnostics {
    fn from(diagnostic: Box<Diagnostic>) -> Self {
        (*diagnostic).into()
    }
}

/// Text with a capital letter in front, but for a name that others spell, such as `ecr:PutImage`.
pub fn sentence(text: &str) -> String {
    let first = text.split(' ').next().unwrap_or_default();
    if first.trim_end_matches(':').contains(':') {
        return text.to_owned();
    }
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// An error and its causes.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
