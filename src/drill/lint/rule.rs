//! What a rule is, and what it says of a configuration.

use lifeboat_contract::{Address, Key};

use super::super::verdict::{LintCategory, LintSeverity};
use crate::diagnostic::Span;

/// A kind of mistake. Several can go by one id: the list of ids is that of the specification.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// `L` and two digits, never reused.
    pub id: &'static str,
    /// What is wrong, without names.
    pub title: &'static str,
    pub severity: LintSeverity,
    pub category: LintCategory,
    /// Why it matters.
    pub why: &'static str,
    /// What to do.
    pub fix: &'static str,
    /// Where that is known from.
    pub source: &'static str,
}

/// What a finding is about.
#[derive(Clone, Copy, Debug)]
pub(super) enum Spot<'s> {
    Block(&'s Address, Span),
    /// Something that no block declares.
    Foreign(&'s Key),
}

/// Something that a rule says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) rule: &'static Rule,
    pub(super) severity: LintSeverity,
    pub(super) address: String,
    pub(super) span: Option<Span>,
    pub(super) message: String,
    /// What to do here, where that is more than the rule says.
    pub(super) fix: Option<String>,
}

impl Finding {
    pub(super) fn fix(&mut self, fix: impl Into<String>) -> &mut Self {
        self.fix = Some(fix.into());
        self
    }

    /// Weighs no more than this.
    pub(super) fn at_most(&mut self, severity: LintSeverity) -> &mut Self {
        self.severity = self.severity.max(severity);
        self
    }
}

/// What has been said.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) findings: Vec<Finding>,
}

impl Said {
    pub(super) fn say(
        &mut self,
        rule: &'static Rule,
        spot: Spot<'_>,
        message: impl Into<String>,
    ) -> &mut Finding {
        let (address, span, severity) = match spot {
            Spot::Block(address, span) => (address.to_string(), Some(span), rule.severity),
            // What others own cannot be mended here, so it does not fail a check.
            Spot::Foreign(key) => (key.to_string(), None, rule.severity.max(LintSeverity::Warning)),
        };
        let message = message.into();
        let at = self.findings.len();
        self.findings.push(Finding { rule, severity, address, span, message, fix: None });
        &mut self.findings[at]
    }
}

/// Names in a sentence: `a`, `b` and `c`.
pub(super) fn listed<T: ToString>(names: impl IntoIterator<Item = T>) -> String {
    let names: Vec<String> =
        names.into_iter().map(|name| format!("`{}`", name.to_string())).collect();
    match &names[..] {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
