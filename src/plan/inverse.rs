//! What undoes a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lifeboat_contract::{Mark, Object, Spec, Wanted, Write};

use super::change::words;
use super::{Inverse, Plan, ResourceChange, WireAction};
use crate::diff::{Action, Change, Changes, Moved, Orphaned};
use crate::live::Live;

/// What would undo each change, in a word.
pub(super) fn summary(changes: &[Change]) -> Vec<Inverse> {
    let written = changes.iter().filter(|change| change.action.writes());
    let inverse = written.map(|change| Inverse {
        address: change.address.to_string(),
        actions: words(&change.action).into_iter().rev().map(inverse).collect(),
    });
    inverse.collect()
}

fn inverse(action: WireAction) -> WireAction {
    match action {
        WireAction::Create => WireAction::Delete,
        WireAction::Delete => WireAction::Create,
        WireAction::Adopt => WireAction::Forget,
        WireAction::Forget => WireAction::Adopt,
        other @ (WireAction::NoOp | WireAction::Update | WireAction::Unreachable) => other,
    }
}

/// The plan that undoes a plan, from what is there now. What is already as it was is left alone,
/// and what has moved since the plan was applied is returned by address: undoing would lose it.
pub fn invert(plan: &Plan, live: &Live, batch_max: &dyn Fn(&str) -> usize) -> (Plan, Vec<String>) {
    let mut changes = Changes::default();
    let mut moved = BTreeSet::new();
    for step in &plan.steps {
        for write in &step.writes {
            let provider: Arc<str> = step.provider.as_str().into();
            let now = live.object(&provider, &write.key);
            match undo(plan, write, now) {
                Undo::Nothing => {}
                Undo::Moved => {
                    moved.insert(write.address.to_string());
                }
                Undo::Change(action, after) => {
                    changes.list.push(Change {
                        address: write.address.clone(),
                        provider,
                        region: None,
                        action,
                        key: write.key.clone(),
                        before: now.cloned(),
                        after: after.map(|wanted| *wanted),
                        needs: Vec::new(),
                        unit: crate::diff::unit_of(&write.key),
                        content: None,
                    });
                }
            }
        }
    }
    changes.list.sort_by(|a, b| (&a.address, &a.key).cmp(&(&b.address, &b.key)));
    let steps = super::order::steps(&changes, batch_max);
    let inverse = Plan {
        resource_changes: changes.list.iter().map(ResourceChange::of).collect(),
        unchanged: 0,
        calls: super::calls(live, &steps),
        steps,
        traffic: Vec::new(),
        inverse: summary(&changes.list),
        outputs: BTreeMap::new(),
        ..plan.clone()
    };
    (inverse, moved.into_iter().collect())
}

enum Undo {
    Nothing,
    /// Something else is there than the plan left.
    Moved,
    Change(Action, Option<Box<Wanted>>),
}

fn undo(plan: &Plan, write: &Write, now: Option<&Object>) -> Undo {
    let same = |object: &Object, spec: &Spec, mark: Option<&Mark>| {
        object.spec == *spec && object.mark.as_ref() == mark
    };
    let as_before = match (&write.expect, now) {
        (None, None) => true,
        (Some(before), Some(now)) => same(now, &before.spec, before.mark.as_ref()),
        (None, Some(_)) | (Some(_), None) => false,
    };
    if as_before {
        return Undo::Nothing;
    }
    let as_left = match (&write.then, now) {
        (None, None) => true,
        (Some(left), Some(now)) => same(now, &left.spec, left.mark.as_ref()),
        (None, Some(_)) | (Some(_), None) => false,
    };
    if !as_left {
        return Undo::Moved;
    }
    let Some(before) = &write.expect else {
        return Undo::Change(Action::Delete(Orphaned::Undeclared), None);
    };
    let mark = before.mark.as_ref().map(|_| Mark::of(&plan.stack, &before.spec));
    let wanted = Wanted { spec: before.spec.clone(), mark, source: None };
    match now {
        None => Undo::Change(Action::Create, Some(Box::new(wanted))),
        Some(_) => {
            let action = Action::Update(Moved::Configuration);
            Undo::Change(action, Some(Box::new(wanted)))
        }
    }
}
