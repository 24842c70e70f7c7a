//! What undoes a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lifeboat_contract::{
    Address, Batching, CheckRef, HealthCheck, Key, Kind, Mark, Object, Spec, Wanted, Write,
};

use super::change::words;
use super::{Adopted, Inverse, Plan, ResourceChange, WireAction};
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

/// What undoing a plan comes to.
pub struct Inverted {
    pub plan: Plan,
    /// Addresses of what has moved since the plan was applied: undoing would lose that.
    pub moved: Vec<String>,
    /// Addresses of images that were deleted: a plan does not keep their content.
    pub gone: Vec<String>,
    /// Addresses of what could not be read now.
    pub unreachable: Vec<String>,
}

/// The plan that undoes a plan, from what is there now. What is already as it was is left alone,
/// and what has moved since the plan was applied is returned by address: undoing would lose it.
pub fn invert(plan: &Plan, live: &Live, batching: &dyn Fn(&str) -> Option<Batching>) -> Inverted {
    let mut changes = Changes::default();
    let (mut moved, mut gone, mut unreachable) =
        (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let writers = Writers::of(plan);
    let adopted = Adopted::of(plan);
    for step in &plan.steps {
        for write in &step.writes {
            let provider: Arc<str> = step.provider.as_str().into();
            if live.unreachable(&provider, Some(&write.key)).is_some() {
                unreachable.insert(write.address.to_string());
                continue;
            }
            let there = |key| live.object(&provider, key).map(|object| adopted.seen(object));
            let now = there(&write.key);
            let now = now.as_deref();
            let (undone, key) = match write.moves() {
                Some(before) => {
                    let old = there(&before.key);
                    (undo_move(write, before, (now, old.as_deref())), &before.key)
                }
                None => (undo(write, now), &write.key),
            };
            match undone {
                Undo::Nothing => {}
                Undo::Moved => {
                    moved.insert(write.address.to_string());
                }
                Undo::Change(action, after) => {
                    if action == Action::Create && write.key.kind() == Kind::ImageCopy {
                        gone.insert(write.address.to_string());
                    }
                    let needs = after.as_ref().map(|after| writers.needs(key, &after.spec));
                    changes.list.push(Change {
                        address: write.address.clone(),
                        provider,
                        region: None,
                        action,
                        key: key.clone(),
                        before: now.cloned(),
                        after: after.map(|wanted| *wanted),
                        needs: needs.unwrap_or_default(),
                        unit: crate::diff::unit_of(key),
                        content: None,
                    });
                }
            }
        }
    }
    changes.list.sort_by(|a, b| (&a.address, &a.key).cmp(&(&b.address, &b.key)));
    Inverted {
        plan: made(plan, live, &changes, batching),
        moved: moved.into_iter().collect(),
        gone: gone.into_iter().collect(),
        unreachable: unreachable.into_iter().collect(),
    }
}

/// The plan of these changes, about what `plan` is about.
fn made(
    plan: &Plan,
    live: &Live,
    changes: &Changes,
    batching: &dyn Fn(&str) -> Option<Batching>,
) -> Plan {
    let steps = super::order::steps(changes, batching);
    let changed = changes.list.iter().map(|change| ResourceChange::of(change, None));
    Plan {
        resource_changes: changed.collect(),
        transfers: Vec::new(),
        unchanged: 0,
        calls: super::calls(live, &steps, batching),
        steps,
        traffic: Vec::new(),
        verdicts: Vec::new(),
        complete: true,
        rests_on: Vec::new(),
        inverse: summary(&changes.list),
        outputs: BTreeMap::new(),
        ..plan.clone()
    }
}

/// Who writes what others rest on: zones, repositories and health checks.
struct Writers<'p>(BTreeMap<&'p Key, &'p Address>);

impl<'p> Writers<'p> {
    fn of(plan: &'p Plan) -> Self {
        let writes = plan.steps.iter().flat_map(|step| &step.writes);
        Self(writes.map(|write| (&write.key, &write.address)).collect())
    }

    fn needs(&self, key: &Key, spec: &Spec) -> Vec<Address> {
        let mut rests_on = Vec::new();
        match (key, spec) {
            (Key::RecordSet { zone, .. }, Spec::RecordSet(set)) => {
                rests_on.push(Key::Zone { name: zone.clone() });
                rests_on.extend(set.health_check.as_ref().and_then(marked));
            }
            (Key::ImageCopy { location, repository, digest: _ }, _) => {
                let (location, name) = (location.clone(), repository.clone());
                rests_on.push(Key::Repository { location, name });
            }
            (_, Spec::HealthCheck(HealthCheck::Calculated { checks, .. })) => {
                rests_on.extend(checks.iter().filter_map(marked));
            }
            (_, _) => {}
        }
        rests_on
            .iter()
            .filter_map(|key| self.0.get(key))
            .map(|address| (*address).clone())
            .collect()
    }
}

fn marked(check: &CheckRef) -> Option<Key> {
    let CheckRef::Marked(reference) = check else { return None };
    Some(Key::HealthCheck { reference: reference.clone() })
}

enum Undo {
    Nothing,
    /// Something else is there than the plan left.
    Moved,
    Change(Action, Option<Box<Wanted>>),
}

fn same(object: &Object, spec: &Spec, mark: Option<&Mark>) -> bool {
    object.spec == *spec && object.mark.as_ref() == mark
}

/// Undoes the taking over of a check, given what is found by its new key and by its old one.
fn undo_move(
    write: &Write,
    before: &Object,
    (now, old): (Option<&Object>, Option<&Object>),
) -> Undo {
    let (spec, mark) = (before.spec.clone(), before.mark.clone());
    match (now, old, &write.then) {
        (None, Some(old), _) if same(old, &spec, mark.as_ref()) => Undo::Nothing,
        (Some(now), None, Some(left)) if same(now, &left.spec, left.mark.as_ref()) => {
            let action = if mark.is_none() { Action::Release } else { Action::Adopt };
            Undo::Change(action, Some(Box::new(Wanted { spec, mark, source: None })))
        }
        (_, _, _) => Undo::Moved,
    }
}

fn undo(write: &Write, now: Option<&Object>) -> Undo {
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
        return Undo::Change(Action::Delete(Orphaned::Destroyed), None);
    };
    let wanted = Wanted { spec: before.spec.clone(), mark: before.mark.clone(), source: None };
    match now {
        None => Undo::Change(Action::Create, Some(Box::new(wanted))),
        Some(_) => {
            let action = Action::Update(Moved::Configuration);
            Undo::Change(action, Some(Box::new(wanted)))
        }
    }
}
