//! What the configuration's policy makes of a finding.

use super::super::verdict::LintSeverity;
use super::rule::Finding;
use super::{UNDECIDED, rules};
use crate::diagnostic::{Diagnostic, Diagnostics, codes, nearest};
use crate::intent::{LintPolicy, Policy, Severity};

/// How much a finding weighs here, and why if that is less than elsewhere. Absent where it is off.
pub(super) fn weigh(finding: &Finding, policy: &Policy) -> Option<(LintSeverity, Option<String>)> {
    let chosen = policy.lints.iter().find(|exception| applies(exception, finding));
    let Some(LintPolicy { severity, reason, .. }) = chosen else {
        return Some((finding.severity, None));
    };
    let severity = match severity {
        Severity::Off => return None,
        Severity::Info => LintSeverity::Info,
        Severity::Warning => LintSeverity::Warning,
        Severity::Error => LintSeverity::Error,
    };
    Some((severity, (severity > finding.severity).then(|| reason.clone())))
}

/// The place of the exception that a rule has for a block, so that what is told of several blocks at
/// once is told of those that weigh alike.
pub(super) fn exception(policy: &Policy, rule: &str, address: &str) -> Option<usize> {
    policy.lints.iter().position(|exception| {
        let on = exception.on.as_ref();
        let here = on.is_none_or(|on| on.iter().any(|on| on.as_str() == address));
        exception.rule.value == rule && here
    })
}

fn applies(exception: &LintPolicy, finding: &Finding) -> bool {
    let here = exception
        .on
        .as_ref()
        .is_none_or(|on| on.iter().any(|address| address.as_str() == finding.address));
    exception.rule.value == finding.rule.id && here
}

/// Says which rules a policy names that there are not.
pub fn unknown_rules(policy: &Policy) -> Diagnostics {
    let mut found = Diagnostics::default();
    let rules = rules();
    let ids = || rules.iter().map(|rule| rule.id);
    for LintPolicy { rule, .. } in &policy.lints {
        let written = rule.value.as_str();
        if ids().any(|id| id == written) {
            continue;
        }
        let undecided = UNDECIDED.iter().find(|one| one.id == written);
        let detail = match undecided {
            Some(one) => format!("`{written}` is never looked at: {}.", one.reason),
            None => format!("There is no rule `{written}`."),
        };
        let help = match meant(written, ids()).filter(|_| undecided.is_none()) {
            Some(id) => format!("did you mean `{id}`?"),
            None => "`docs/drill-lints.md` lists the rules".to_owned(),
        };
        found.push(Diagnostic::new(codes::UNKNOWN_RULE, rule.span, detail).help(help));
    }
    found
}

/// An id is a letter and a number, so what was meant has the same number: another one is another
/// rule, however near.
fn meant<'r>(written: &str, ids: impl Iterator<Item = &'r str> + Clone) -> Option<&'r str> {
    let number = |text: &str| {
        let digits = text.trim_start_matches(|c: char| !c.is_ascii_digit());
        digits.parse::<u32>().ok()
    };
    match number(written) {
        Some(wanted) => ids.clone().find(|id| number(id) == Some(wanted)),
        None => nearest(written, ids),
    }
}
