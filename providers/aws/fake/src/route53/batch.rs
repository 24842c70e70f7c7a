//! Applies a change batch to the record sets of a zone, one change after the other, as AWS does:
//! a change sees what those before it left. The batch succeeds as a whole or not at all.

use std::collections::BTreeMap;

use super::read::{Change, Verb};
use super::record::{Key, RecordSet, Sets, group};
use super::rules::{self, Surroundings};
use super::value;
use crate::reply::Refusal;

const RECORDS_MAX: usize = 1_000;
const VALUE_CHARS_MAX: usize = 32_000;

/// A refusal that names every problem of the batch.
pub(super) fn refused(problems: &[String]) -> Refusal {
    Refusal::new(400, "InvalidChangeBatch", format!("[{}]", problems.join(", ")))
}

/// What the changes take of the change throughput.
pub(super) fn cost(changes: &[Change]) -> f64 {
    changes.iter().map(|change| f64::from(u8::from(change.verb == Verb::Upsert)) + 1.0).sum()
}

/// The record sets after the batch.
pub(super) fn apply(
    sets: &Sets,
    changes: &[Change],
    around: &Surroundings<'_>,
) -> Result<Sets, Refusal> {
    let mut problems = size(changes);
    problems.extend(repeats(changes));
    if !problems.is_empty() {
        return Err(refused(&problems));
    }
    let mut after = sets.clone();
    for change in changes {
        problems.extend(one(&mut after, change, around));
    }
    for problem in rules::of_zone(&after, around) {
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
    if problems.is_empty() { Ok(after) } else { Err(refused(&problems)) }
}

fn size(changes: &[Change]) -> Vec<String> {
    let twice = |change: &Change| if change.verb == Verb::Upsert { 2 } else { 1 };
    let records: usize = changes.iter().map(|change| change.set.records() * twice(change)).sum();
    let chars = |set: &RecordSet| set.values.iter().map(|v| v.chars().count()).sum::<usize>();
    let chars: usize = changes.iter().map(|change| chars(&change.set) * twice(change)).sum();
    let mut problems = Vec::new();
    if records > RECORDS_MAX {
        problems.push(format!("Number of records limit of {RECORDS_MAX} exceeded."));
    }
    if chars > VALUE_CHARS_MAX {
        problems.push(format!("Number of characters limit of {VALUE_CHARS_MAX} exceeded."));
    }
    problems
}

/// One record set may be changed once, or deleted and then created.
fn repeats(changes: &[Change]) -> Vec<String> {
    let mut verbs: BTreeMap<&Key, Vec<Verb>> = BTreeMap::new();
    for change in changes {
        verbs.entry(&change.set.key).or_default().push(change.verb);
    }
    let wrong = verbs
        .iter()
        .filter(|(_, verbs)| !matches!(verbs.as_slice(), [_] | [Verb::Delete, Verb::Create]));
    wrong
        .map(|(key, _)| {
            format!(
                "The request contains an invalid set of changes for a resource record set '{} {}'",
                key.kind,
                key.name.text()
            )
        })
        .collect()
}

fn one(sets: &mut Sets, change: &Change, around: &Surroundings<'_>) -> Vec<String> {
    let set = &change.set;
    let found = sets.get(&set.key);
    if change.verb == Verb::Delete {
        let problem = match found {
            None => "but it was not found",
            Some(found) if !found.same(set) => {
                "but the values provided do not match the current values"
            }
            Some(_) => {
                sets.remove(&set.key);
                return Vec::new();
            }
        };
        let shown = set.key.shown();
        return vec![format!("Tried to delete resource record set {shown} {problem}")];
    }
    if change.verb == Verb::Create && found.is_some() {
        let shown = set.key.shown();
        return vec![format!("Tried to create resource record set {shown} but it already exists")];
    }
    let mut problems = rules::of_set(sets, set, around);
    problems.extend(value::problems(&set.key.kind, &set.values));
    // What is wrong on its own account must not make others wrong, as an absent alias target would.
    let lonely = problems.is_empty() || group(sets, &set.key).next().is_none();
    if lonely {
        sets.insert(set.key.clone(), set.clone());
    }
    problems
}
