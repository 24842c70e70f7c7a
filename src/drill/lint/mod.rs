//! What is known to go wrong in a failover, looked for in a configuration.
//!
//! Input: [`Intents`], [`Desired`], what is live where that was read. Output: [`Findings`]. One file
//! for each family of rules; the ids are those of the specification. A rule says nothing where the
//! facts are missing: [`UNDECIDED`] tells which ones are. Drills compute what happens, rules say what
//! has happened to others.

mod capacity;
mod check;
mod control;
mod country;
mod detect;
mod fate;
mod image;
mod jurisdiction;
mod pace;
mod policy;
mod routing;
mod rule;
mod scene;
mod undecided;

pub use self::policy::unknown_rules;
pub use self::rule::Rule;
use self::rule::{Finding, Said};
use self::scene::Scene;
pub use self::undecided::{UNDECIDED, Undecided};
use super::verdict::{Lint, LintSeverity, Place};
use crate::desired::Desired;
use crate::diagnostic::{Sources, Span};
use crate::intent::Intents;
use crate::live::Live;

/// What the rules say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Sorted by severity, rule and place.
    pub lints: Vec<Lint>,
    /// How many more there are that the policy turns off.
    pub off: u32,
}

/// Every rule, in the order of their ids.
pub fn rules() -> Vec<&'static Rule> {
    let families = [
        control::RULES,
        detect::RULES,
        check::RULES,
        pace::RULES,
        routing::RULES,
        fate::RULES,
        capacity::RULES,
        image::RULES,
        jurisdiction::RULES,
    ];
    let mut rules = families.concat();
    rules.sort_by_key(|rule| (rule.id, rule.title));
    rules
}

/// Says what the rules say, as the policy weighs it.
pub fn lints(
    intents: &Intents,
    desired: &Desired,
    live: Option<&Live>,
    sources: &Sources,
) -> Findings {
    let scene = Scene::of(intents, desired, live);
    let mut said = Said::default();
    for family in [
        control::check,
        detect::check,
        check::check,
        pace::check,
        routing::check,
        fate::check,
        capacity::check,
        image::check,
        jurisdiction::check,
    ] {
        family(&scene, &mut said);
    }
    let mut findings = said.findings;
    let mut off = 0;
    let mut weighed = Vec::new();
    findings.sort_by(|a, b| order(a).cmp(&order(b)));
    findings.dedup();
    for mut finding in findings {
        match policy::weigh(&finding, &intents.policy) {
            None => off += 1,
            Some((severity, excepted)) => {
                finding.severity = severity;
                weighed.push((finding, excepted));
            }
        }
    }
    weighed.sort_by(|(a, _), (b, _)| order(a).cmp(&order(b)));
    let lints = weighed.into_iter().map(|(finding, excepted)| lint(finding, excepted, sources));
    Findings { lints: lints.collect(), off }
}

fn order(finding: &Finding) -> (LintSeverity, &str, Option<Span>, &str, &str) {
    let Finding { rule, severity, address, span, message, fix: _ } = finding;
    (*severity, rule.id, *span, address, message)
}

fn lint(finding: Finding, excepted: Option<String>, sources: &Sources) -> Lint {
    let Finding { rule, severity, address, span, message, fix } = finding;
    Lint {
        rule: rule.id.to_owned(),
        severity,
        category: rule.category,
        address,
        place: span.map(|span| place(span, sources)),
        message,
        why: rule.why.to_owned(),
        fix: fix.unwrap_or_else(|| rule.fix.to_owned()),
        source: rule.source.to_owned(),
        excepted,
    }
}

fn place(span: Span, sources: &Sources) -> Place {
    let at = sources.place(span.file, span.start);
    Place { file: sources.name(span.file).to_owned(), line: at.line, column: at.column }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn rules_are_told_in_one_way() {
        let rules = rules();
        let kinds: BTreeSet<_> = rules.iter().map(|rule| (rule.id, rule.title)).collect();
        assert_eq!(kinds.len(), rules.len(), "two rules have one id and title");
        for Rule { id, title, why, fix, source, .. } in rules {
            assert!(why.ends_with('.'), "{id}: {why}");
            for text in [title, fix, source] {
                assert!(!text.is_empty() && !text.ends_with('.'), "{id}: {text}");
            }
        }
    }

    /// The specification's list, section 3.2: nothing of it is silently missing.
    #[test]
    fn each_rule_of_the_specification_is_decided_or_said_not_to_be() {
        let specified: BTreeSet<String> = [1..=6, 10..=25, 30..=37, 40..=52]
            .into_iter()
            .flatten()
            .map(|number| format!("L{number:02}"))
            .collect();
        let rules = rules();
        let decided = rules.iter().map(|rule| rule.id);
        let told: BTreeSet<String> =
            decided.chain(UNDECIDED.iter().map(|one| one.id)).map(str::to_owned).collect();
        assert_eq!(told, specified);
    }
}
