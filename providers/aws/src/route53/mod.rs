//! Route 53: zones, record sets and health checks.
//!
//! What was read last is kept, since a set is deleted by naming exactly what it is. Nothing is
//! decided by it alone: Route 53 itself refuses a batch whose deletions do not fit, and then the
//! zone is read again.

mod change;
mod check;
mod checks;
mod observe;
mod record;
mod sets;
mod understand;
pub(crate) mod wire;
mod zone;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_route53::types::ResourceRecordSet;
use lifeboat_contract::{
    CheckRef, CheckReference, DnsName, Mark, Object, ProviderError, RecordType, Zone as ZoneSpec,
    ZoneName,
};

use self::check::HeldCheck;
use crate::Session;

/// How a set is found in its zone.
type SetKey = (DnsName, RecordType, Option<String>);

/// A zone as it was read last.
#[derive(Clone, Debug)]
pub(crate) struct HeldZone {
    /// Without `/hostedzone/`.
    id: String,
    spec: ZoneSpec,
    mark: Option<Mark>,
    /// Every set that the contract has words for, and how Route 53 writes it.
    sets: BTreeMap<SetKey, (ResourceRecordSet, Object)>,
    /// The marks of plain sets.
    marks: BTreeMap<(DnsName, RecordType), ResourceRecordSet>,
    /// How many sets it holds, those without words included.
    count: u64,
    /// Whether its sets were read.
    whole: bool,
}

/// All health checks as they were read last.
#[derive(Clone, Debug, Default)]
struct Checks {
    by_id: BTreeMap<String, HeldCheck>,
    ids: BTreeMap<CheckReference, String>,
    whole: bool,
}

impl Checks {
    fn put(&mut self, check: HeldCheck) {
        if let Some(reference) = &check.reference {
            self.ids.insert(reference.clone(), check.id.clone());
        }
        self.by_id.insert(check.id.clone(), check);
    }

    fn remove(&mut self, id: &str) {
        if let Some(reference) = self.by_id.remove(id).and_then(|check| check.reference) {
            self.ids.remove(&reference);
        }
    }

    fn get(&self, reference: &CheckReference) -> Option<&HeldCheck> {
        self.by_id.get(self.ids.get(reference)?)
    }

    /// What an id refers to.
    fn of(&self, id: &str) -> CheckRef {
        self.by_id.get(id).map_or_else(|| CheckRef::Id(id.to_owned()), HeldCheck::as_ref)
    }

    /// The id behind a reference.
    fn id(&self, check: &CheckRef) -> Option<String> {
        match check {
            CheckRef::Marked(reference) => self.ids.get(reference).cloned(),
            CheckRef::Id(id) => Some(id.clone()),
            CheckRef::Address(_) => None,
        }
    }
}

type SharedZone = Arc<tokio::sync::Mutex<Option<HeldZone>>>;

/// Route 53 of one account.
#[derive(Clone)]
pub(crate) struct Route53(Arc<Inner>);

struct Inner {
    session: Session,
    /// A zone is locked while it is read or changed: Route 53 takes one change at a time.
    zones: Mutex<BTreeMap<ZoneName, SharedZone>>,
    checks: Mutex<Checks>,
}

impl Route53 {
    pub(crate) fn new(session: Session) -> Self {
        Self(Arc::new(Inner { session, zones: Mutex::default(), checks: Mutex::default() }))
    }

    fn session(&self) -> &Session {
        &self.0.session
    }

    fn zone(&self, name: &ZoneName) -> SharedZone {
        let mut zones = self.0.zones.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(zones.entry(name.clone()).or_default())
    }

    fn all_zones(&self) -> Vec<SharedZone> {
        let zones = self.0.zones.lock().unwrap_or_else(PoisonError::into_inner);
        zones.values().cloned().collect()
    }

    fn checks<T>(&self, look: impl FnOnce(&mut Checks) -> T) -> T {
        look(&mut self.0.checks.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Ids come as `/hostedzone/Z1` and `/change/C1`.
fn bare(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

fn refused(what: &dyn Display, why: impl Into<String>) -> ProviderError {
    ProviderError::Refused { what: what.to_string(), why: why.into() }
}

/// The SDK's builders fail only where a required part was left out.
fn unbuilt(what: &dyn Display, error: aws_sdk_route53::error::BuildError) -> ProviderError {
    ProviderError::Broken {
        what: format!("{what} cannot be written; this is a bug in Lifeboat"),
        source: Some(Box::new(error)),
    }
}
