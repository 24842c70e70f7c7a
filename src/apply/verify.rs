//! Whether the world is still as a plan expects.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lifeboat_contract::{Depth, Object, Providers, Scope, Write};

use crate::diagnostic::Diagnostics;
use crate::live::{self, Live};
use crate::plan::{Adopted, Plan, RestsOn};

/// Something that is not as the plan expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    pub write: Write,
    /// What is there.
    pub found: Option<Object>,
    /// Why it could not be read, if it could not.
    pub unreachable: Option<String>,
}

/// Reads what the plan was made from again.
pub async fn look(plan: &Plan, providers: &Providers) -> (Live, Diagnostics) {
    let scopes: BTreeMap<Arc<str>, Scope> = plan
        .scope
        .iter()
        .map(|(name, scope)| {
            let scope = Scope {
                stack: plan.stack.clone(),
                zones: scope.zones.iter().cloned().map(|zone| (zone, 0)).collect(),
                locations: scope.locations.iter().cloned().collect(),
                repositories: scope.repositories.iter().cloned().collect(),
                checks: 0,
                depth: Depth::Plan,
            };
            (Arc::from(name.as_str()), scope)
        })
        .collect();
    live::observe(scopes, providers).await
}

/// How a plan stands to the world.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// What is neither as the plan expects nor as it would leave it.
    pub moved: Vec<Moved>,
    /// Steps whose every write is there already, as after an apply that was interrupted.
    pub done: BTreeSet<u32>,
}

/// Reads what the plan was made from again, and tells what has moved and what is done.
pub async fn verify(plan: &Plan, providers: &Providers) -> (Standing, Diagnostics) {
    let (live, found) = look(plan, providers).await;
    let (mut moved, mut done) = (Vec::new(), BTreeSet::new());
    let adopted = Adopted::of(plan);
    for step in &plan.steps {
        let found = |key| live.object(&step.provider, key).map(|object| adopted.seen(object));
        if step.writes.iter().all(|write| is_done(write, found(&write.key).as_deref()))
            && step.writes.iter().all(|w| live.unreachable(&step.provider, Some(&w.key)).is_none())
        {
            done.insert(step.id);
            continue;
        }
        for write in &step.writes {
            let dark = live.unreachable(&step.provider, Some(&write.key));
            // What changes its key is still found by the old one.
            let there = found(&write.key).or_else(|| found(&write.moves()?.key));
            let same = match (&write.expect, there.as_deref()) {
                (None, None) => dark.is_none(),
                (Some(expected), Some(there)) => expected == there,
                (None, Some(_)) | (Some(_), None) => false,
            };
            if !same {
                let unreachable = dark.map(|dark| dark.why.clone());
                let found = there.map(Cow::into_owned);
                moved.push(Moved { write: write.clone(), found, unreachable });
            }
        }
    }
    for resting in &plan.rests_on {
        let RestsOn { address, provider, object } = resting;
        let dark = live.unreachable(provider, Some(&object.key));
        if dark.is_some() || live.object(provider, &object.key).is_none() {
            let expect = Some(object.clone());
            let (address, key) = (address.clone(), object.key.clone());
            let write = Write { address, key, expect, then: None };
            let unreachable = dark.map(|dark| dark.why.clone());
            moved.push(Moved { write, found: None, unreachable });
        }
    }
    (Standing { moved, done }, found)
}

/// Whether a write is there already.
fn is_done(write: &Write, there: Option<&Object>) -> bool {
    match (&write.then, there) {
        (None, None) => true,
        (Some(wanted), Some(there)) => wanted.spec == there.spec && wanted.mark == there.mark,
        (None, Some(_)) | (Some(_), None) => false,
    }
}
