//! What a Dockerfile does that costs later: layers, caches, variables, stages, surface.
//!
//! Input: a Dockerfile with its stages, the regions, and the layers where the image is built. Output:
//! [`Remark`]s. One file for each family of rules.

mod cache;
mod layer;
mod shell;
mod stage;
mod surface;
mod variable;

use std::collections::BTreeSet;

use lifeboat_contract::Address;

use super::dockerfile::{Base, Instruction, Keyword};
use super::inputs::Inputs;
use super::layers::{Layer, Layers};
use crate::diagnostic::{Sources, Span};
use crate::intent::{Build, Intents, Role};

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

/// What is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'s> {
    pub address: &'s Address,
    pub build: &'s Build,
    pub inputs: &'s Inputs,
    pub has_ignore: bool,
    /// What it was built to; absent where that cannot be read.
    pub layers: Option<&'s Layers>,
    pub intents: &'s Intents,
}

/// What rules see.
struct Seen<'s> {
    subject: Subject<'s>,
    remarks: Vec<Remark>,
}

impl<'s> std::ops::Deref for Seen<'s> {
    type Target = Subject<'s>;

    fn deref(&self) -> &Subject<'s> {
        &self.subject
    }
}

impl Seen<'_> {
    fn say(&mut self, rule: &'static Rule, span: Span, message: impl Into<String>) {
        let (address, message) = (self.address.clone(), message.into());
        self.remarks.push(Remark { rule, address, span, message });
    }

    /// The target and the stages that it starts from, the last first.
    fn lineage(&self) -> Vec<usize> {
        let stages = &self.inputs.stages;
        let mut line = vec![stages.target];
        // A stage starts from an earlier one, so this ends.
        while let Some(Base::Stage(base)) = line.last().map(|at| &stages.list[*at].base) {
            line.push(*base);
        }
        line
    }

    /// A stage's instructions.
    fn stage(&self, at: usize) -> &[Instruction] {
        self.inputs.dockerfile.stages.get(at).map_or(&[], Vec::as_slice)
    }

    /// The target's `FROM`.
    fn start(&self) -> Span {
        let stages = &self.inputs.stages;
        stages.list[stages.target].span
    }

    /// The instruction that made a layer; the target's `FROM` where the history does not tell.
    fn made(&self, layer: &Layer) -> Span {
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let history = plain(&layer.made_by);
        let made = |one: &&Instruction| {
            if matches!(one.keyword, Keyword::Copy | Keyword::Add) {
                let words = one.words();
                let into = words.last().is_some_and(|into| history.split(' ').any(|w| w == into));
                return into && history.contains(&one.keyword.to_string());
            }
            let wanted = plain(&one.arguments);
            one.keyword == Keyword::Run && !wanted.is_empty() && history.contains(&wanted)
        };
        let line = self.lineage();
        let mut all = line.into_iter().flat_map(|at| self.stage(at).iter().rev());
        all.find(made).map_or_else(|| self.start(), |one| one.span)
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

/// Says what there is to be said of an image, in the order of its Dockerfile.
pub fn lint(subject: Subject<'_>, sources: &Sources) -> Vec<Remark> {
    let inputs = subject.inputs;
    let mut seen = Seen { subject, remarks: Vec::new() };
    for family in [layer::check, cache::check, variable::check, stage::check, surface::check] {
        family(&mut seen);
    }
    let mut remarks = seen.remarks;
    let mut skipped = skipped_everywhere(inputs);
    skipped.extend(ignored_everywhere(inputs, sources));
    remarks.retain(|remark| {
        let here = ignored_at(remark.span, sources);
        let foreign = remark.rule.foreign;
        let is_theirs = foreign.iter().any(|name| !name.starts_with("DL"));
        let mut names =
            foreign.iter().copied().chain([remark.rule.id]).map(str::to_ascii_lowercase);
        let is_skipped = names.any(|name| here.contains(&name) || skipped.contains(&name));
        !(is_skipped || is_theirs && skipped.contains("all"))
    });
    remarks.sort_by(|a, b| (a.span, a.rule.id).cmp(&(b.span, b.rule.id)));
    remarks.dedup();
    remarks
}

/// The rules that `# check=skip=...` names. `all` skips those that BuildKit has, too.
fn skipped_everywhere(inputs: &Inputs) -> BTreeSet<String> {
    let check = inputs.dockerfile.directives.check.as_deref().unwrap_or_default();
    let lists = check.split(';').filter_map(|part| part.trim().strip_prefix("skip="));
    names(&lists.collect::<Vec<_>>().join(","))
}

/// The rules that comments `# hadolint global ignore=...` name, before the first `FROM`.
fn ignored_everywhere(inputs: &Inputs, sources: &Sources) -> BTreeSet<String> {
    let file = inputs.dockerfile.file;
    let first = inputs.dockerfile.stages.first().and_then(|stage| stage.first());
    let end = first.map_or(0, |from| sources.place(file, from.span.start).line);
    let lines = (1..end).filter_map(|line| sources.line(file, line).trim().strip_prefix('#'));
    let lists = lines.filter_map(|comment| {
        let words: Vec<&str> = comment.split_whitespace().collect();
        let words = words.join(" ");
        words.strip_prefix("hadolint global ignore=").map(names)
    });
    lists.flatten().collect()
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

/// A size as people say it.
fn megabytes(bytes: u64) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
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
