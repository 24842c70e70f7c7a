//! Checks that a plan takes over or lets go of: what they are called while it is carried out.

use std::borrow::Cow;
use std::collections::BTreeMap;

use lifeboat_contract::{CheckRef, CheckReference, Key, Object, Spec};

use super::Plan;

/// The checks that change hands, by their ids. All else in the plan refers to their references.
pub struct Adopted(BTreeMap<String, CheckReference>);

impl Adopted {
    /// Those of a plan.
    pub fn of(plan: &Plan) -> Self {
        let writes = plan.steps.iter().flat_map(|step| &step.writes);
        let moves = writes.filter_map(|write| match (&write.key, &write.moves()?.key) {
            (Key::HealthCheck { reference }, Key::ForeignCheck { id })
            | (Key::ForeignCheck { id }, Key::HealthCheck { reference }) => {
                Some((id.clone(), reference.clone()))
            }
            (_, _) => None,
        });
        Self(moves.collect())
    }

    /// An object as the plan speaks of it, whichever name its checks go by at the moment.
    pub fn seen<'o>(&self, object: &'o Object) -> Cow<'o, Object> {
        let depends = matches!(object.spec, Spec::HealthCheck(_) | Spec::RecordSet(_));
        if self.0.is_empty() || !depends {
            return Cow::Borrowed(object);
        }
        let mut object = object.clone();
        object.spec.rename_checks(|check| match check {
            CheckRef::Id(id) => self.0.get(id).cloned().map(CheckRef::Marked),
            CheckRef::Address(_) | CheckRef::Marked(_) => None,
        });
        Cow::Owned(object)
    }
}
