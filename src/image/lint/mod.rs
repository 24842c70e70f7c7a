//! What a Dockerfile does that costs later: layers, caches, variables, stages, surface.
//!
//! Input: a Dockerfile with its stages, and the regions. Output: [`Remark`]s. One file for each family
//! of rules. What only layers can tell is not told here.

mod cache;
mod layer;
mod shell;
mod stage;
mod surface;
mod variable;

use std::collections::BTreeSet;

use lifeboat_contract::Address;

use super::dockerfile::{Instruction, Keyword};
use super::inputs::Inputs;
use crate::diagnostic::{Sources, Span};
use crate::intent::{Intents, Role};

/// How much it matters. Errors make `image lint` end with 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gravity {
    Error,
    Warning,
    Note,
}

/// A kind of remark.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// `LB` and three digits, never reused.
    pub id: &'static str,
    pub gravity: Gravity,
    /// What other tools call it: those of hadolint begin with `DL`, the rest are BuildKit's.
    pub foreign: &'static [&'static str],
    /// Why it matters.
    pub reason: &'static str,
    /// What to do.
    pub fix: &'static str,
}

/// Something to be said of a Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    pub rule: &'static Rule,
    pub address: Address,
    pub span: Span,
    pub message: String,
}

/// What rules see.
struct Seen<'s> {
    address: &'s Address,
    inputs: &'s Inputs,
    intents: &'s Intents,
    has_ignore: bool,
    remarks: Vec<Remark>,
}

impl Seen<'_> {
    fn say(&mut self, rule: &'static Rule, span: Span, message: impl Into<String>) {
        let (address, message) = (self.address.clone(), message.into());
        self.remarks.push(Remark { rule, address, span, message });
    }

    /// The instructions that the target reaches, by stage.
    fn reached(&self) -> Vec<(usize, Vec<Instruction>)> {
        let stages = self.inputs.stages.reached();
        let stages =
            stages.filter_map(|(at, _)| Some((at, self.inputs.dockerfile.stages.get(at)?.clone())));
        stages.collect()
    }

    /// Those of one kind, in all stages.
    fn all(&self, keyword: Keyword) -> Vec<Instruction> {
        let all = self.reached().into_iter().flat_map(|(_, stage)| stage);
        all.filter(|one| one.keyword == keyword).collect()
    }

    /// The target's own instructions.
    fn target(&self) -> Vec<Instruction> {
        let target = self.inputs.stages.target;
        self.inputs.dockerfile.stages.get(target).cloned().unwrap_or_default()
    }

    /// Locations of regions of a role.
    fn locations(&self, role: Role) -> Vec<&str> {
        let regions = self.intents.regions.values().filter(|region| region.role == role);
        regions.map(|region| region.location.as_str()).collect()
    }
}

/// Every rule, in the order of their ids.
pub fn rules() -> Vec<&'static Rule> {
    let families = [layer::RULES, cache::RULES, variable::RULES, stage::RULES, surface::RULES];
    families.concat()
}

/// Says what there is to be said of an image's Dockerfile, in the order of the file.
pub fn lint(
    address: &Address,
    inputs: &Inputs,
    has_ignore: bool,
    intents: &Intents,
    sources: &Sources,
) -> Vec<Remark> {
    let mut seen = Seen { address, inputs, intents, has_ignore, remarks: Vec::new() };
    for family in [layer::check, cache::check, variable::check, stage::check, surface::check] {
        family(&mut seen);
    }
    let mut remarks = seen.remarks;
    let skipped = skipped_everywhere(inputs);
    remarks.retain(|remark| {
        let here = ignored_at(remark.span, sources);
        let names = remark.rule.foreign.iter().copied().chain([remark.rule.id]);
        let mut names = names.map(str::to_ascii_lowercase);
        !names.any(|name| here.contains(&name) || skipped.contains(&name))
    });
    remarks.sort_by(|a, b| (a.span, a.rule.id).cmp(&(b.span, b.rule.id)));
    remarks.dedup();
    remarks
}

/// The rules that `# check=skip=...` names. `all` skips BuildKit's own, not ours.
fn skipped_everywhere(inputs: &Inputs) -> BTreeSet<String> {
    let check = inputs.dockerfile.directives.check.as_deref().unwrap_or_default();
    let lists = check.split(';').filter_map(|part| part.trim().strip_prefix("skip="));
    names(&lists.collect::<Vec<_>>().join(","))
}

/// The rules that comments right above an instruction name.
fn ignored_at(span: Span, sources: &Sources) -> BTreeSet<String> {
    let mut line = sources.place(span.file, span.start).line;
    let mut found = BTreeSet::new();
    while line > 1 {
        line -= 1;
        let Some(comment) = sources.line(span.file, line).trim().strip_prefix('#') else { break };
        let comment = comment.trim();
        for tool in ["hadolint", "lifeboat"] {
            let rest = comment.strip_prefix(tool).map(str::trim_start);
            let list = rest.and_then(|rest| rest.strip_prefix("ignore="));
            found.extend(list.map(names).unwrap_or_default());
        }
    }
    found
}

fn names(list: &str) -> BTreeSet<String> {
    let names = list.split([',', ' ']).map(|name| name.trim().to_ascii_lowercase());
    names.filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_have_ids_of_their_own_in_order() {
        let ids: Vec<&str> = rules().iter().map(|rule| rule.id).collect();
        assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
        for rule in rules() {
            assert!(rule.reason.ends_with('.') && !rule.fix.ends_with('.'), "{}", rule.id);
        }
    }
}
