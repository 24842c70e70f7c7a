//! Whether the world is still as a plan expects.

use std::collections::BTreeMap;
use std::sync::Arc;

use lifeboat_contract::{Object, Providers, Scope, Write};

use crate::diagnostic::Diagnostics;
use crate::live::{self, Live};
use crate::plan::Plan;

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
                zones: scope.zones.iter().cloned().collect(),
                locations: scope.locations.iter().cloned().collect(),
            };
            (Arc::from(name.as_str()), scope)
        })
        .collect();
    live::observe(scopes, providers).await
}

/// Reads what the plan was made from again, and returns what has moved.
pub async fn verify(plan: &Plan, providers: &Providers) -> (Vec<Moved>, Diagnostics) {
    let (live, found) = look(plan, providers).await;
    let mut moved = Vec::new();
    for step in &plan.steps {
        for write in &step.writes {
            let dark = live.unreachable(&step.provider, Some(&write.key));
            let there = live.object(&step.provider, &write.key);
            let same = match (&write.expect, there) {
                (None, None) => dark.is_none(),
                (Some(expected), Some(there)) => expected == there,
                (None, Some(_)) | (Some(_), None) => false,
            };
            if !same {
                let unreachable = dark.map(|dark| dark.why.clone());
                let found = there.cloned();
                moved.push(Moved { write: write.clone(), found, unreachable });
            }
        }
    }
    (moved, found)
}
