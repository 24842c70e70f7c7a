//! What has moved in the world since the last apply, apart from what the configuration changed.

use std::sync::Arc;

use lifeboat_contract::{Address, Key, Mark, Object, Spec, SpecHash};

use super::{check, conflict, repository};
use crate::desired::{Desired, Resource};
use crate::live::Live;

/// What has moved, by address.
#[derive(Clone, Debug, Default)]
pub struct Drift {
    pub list: Vec<Drifted>,
    /// How many resources could be compared.
    pub compared: usize,
    /// How many could not, because they could not be read.
    pub unread: usize,
}

/// A resource that is not as it was last applied.
#[derive(Clone, Debug)]
pub struct Drifted {
    pub address: Address,
    pub provider: Arc<str>,
    /// The region's name in the configuration, for what lives in one.
    pub region: Option<Arc<str>>,
    pub key: Key,
    pub found: Found,
}

/// What was found instead of what was last applied.
#[derive(Clone, Debug)]
pub enum Found {
    /// It is ours, and not as it was last applied.
    Changed {
        now: Object,
        /// What was last applied: known only where the configuration has not moved since.
        applied: Option<Spec>,
    },
    /// It is not there. Whether it ever was, no mark tells.
    Missing { wanted: Spec },
    /// It is there, and does not carry our mark.
    NotOurs { now: Object },
}

/// Compares what is there with what was last applied. What nothing declares is left out: a plan
/// deletes it anyway.
pub fn drift(desired: &Desired, live: &Live) -> Drift {
    let checks = check::generations(desired, live).standing();
    let mut drift = Drift::default();
    for (address, resource) in &desired.resources {
        if live.unreachable(&resource.provider, resource.key.as_ref()).is_some() {
            drift.unread += 1;
            continue;
        }
        let (key, there) = match (&resource.key, checks.of(address)) {
            (Some(key), _) => (key.clone(), live.object(&resource.provider, key)),
            (None, Some(check)) => (check.key(), check.existing(live, &resource.provider)),
            (None, None) => continue,
        };
        drift.compared += 1;
        let there = there.or_else(|| conflict::same_place(live, resource, &key));
        let wanted = checks.resolve(&resource.spec);
        // What nobody asked for is as the provider chose it.
        let settled = there.and_then(|object| repository::settled(&object.spec, &wanted));
        let wanted = settled.map_or(wanted, |(_, kept)| kept);
        let Some(found) = moved(desired, there, wanted) else { continue };
        let Resource { provider, region, .. } = resource;
        let (provider, region) = (Arc::clone(provider), region.clone());
        drift.list.push(Drifted { address: address.clone(), provider, region, key, found });
    }
    drift
}

fn moved(desired: &Desired, there: Option<&Object>, wanted: Spec) -> Option<Found> {
    let Some(object) = there else { return Some(Found::Missing { wanted }) };
    let now = object.clone();
    let Some(mark) = object.mark.as_ref().filter(|mark| mark.stack == desired.stack) else {
        return Some(Found::NotOurs { now });
    };
    // What is as declared needs no attention, however it came to be so; no apply would clear it.
    if is_of(mark, &object.spec) || object.spec == wanted {
        return None;
    }
    let applied = Some(wanted).filter(|wanted| is_of(mark, wanted));
    Some(Found::Changed { now, applied })
}

/// Whether a mark was put on this spec.
fn is_of(mark: &Mark, spec: &Spec) -> bool {
    SpecHash::of(spec) == mark.spec
}
