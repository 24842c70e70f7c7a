//! The state machine: what is there, and which writes a real cloud would take.
//!
//! Input: a scope to read, or a batch to write. Output: what is there, or what was done. Pure and
//! synchronous; a batch that is refused leaves no trace.

mod check;
mod image;
mod objects;
mod record;
mod rule;
mod zone;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use lifeboat_contract::{
    Batch, Key, Kind, Limits, Location, Observation, ProviderError, Receipt, RepositoryName, Scope,
    Spec, Wanted, Write, ZoneName,
};

use crate::info::{BATCH_WRITES_MAX, NAME};

pub(crate) use check::{Checks, HeldCheck, Names, check_id};
pub(crate) use image::{HeldImage, HeldRepository};
pub(crate) use zone::{HeldSet, HeldZone, SetKey};

/// The repositories of one region.
pub(crate) type Repositories = BTreeMap<RepositoryName, HeldRepository>;

/// A cloud in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cloud {
    pub(crate) zones: BTreeMap<ZoneName, HeldZone>,
    pub(crate) checks: Checks,
    pub(crate) regions: BTreeMap<Location, Repositories>,
}

impl Cloud {
    /// Reads everything within the scope, foreign objects too, sorted by key; beyond it, what the
    /// stack owns, and what is held in it.
    pub fn observe(&self, scope: &Scope) -> Observation {
        self.clone().into_observation(scope)
    }

    /// The same, for a cloud that was read only to be observed.
    pub(crate) fn into_observation(self, scope: &Scope) -> Observation {
        // Kind by kind, as keys are ordered, so that sorting finds nothing left to do.
        let mut objects = Vec::new();
        let mut images = Vec::new();
        let mut states = BTreeMap::new();
        let mut calls = 2;
        for (name, zone) in &self.zones {
            let whole = scope.zones.contains_key(name);
            calls += u32::from(whole);
            objects.extend(Some(zone.object(name)).filter(|object| whole || scope.owns(object)));
        }
        for (location, repositories) in &self.regions {
            let asked = scope.locations.contains(location);
            calls += u32::from(asked);
            for (name, repository) in repositories {
                states.extend(repository.states(location, name).filter(|_| asked));
                let whole = asked || scope.owns(&repository.object(location, name));
                let mut all = repository
                    .objects(location, name)
                    .filter(|object| whole || scope.owns(object))
                    .peekable();
                objects.extend(all.next_if(|object| object.spec.kind() == Kind::Repository));
                images.extend(all);
            }
        }
        objects.append(&mut images);
        let checks = self.checks.objects().filter(|object| scope.owns(object));
        objects.extend(checks.chain(self.checks.foreign_objects()));
        for (name, zone) in self.zones {
            // What is in a zone of ours matters even where nothing declares the zone any more.
            let whole = scope.zones.contains_key(&name) || scope.owns(&zone.object(&name));
            objects.reserve(if whole { zone.sets().len() } else { 0 });
            objects.extend(zone.into_sets(&name).filter(|object| whole || scope.owns(object)));
        }
        objects.sort_by(|a, b| a.key.cmp(&b.key));
        Observation {
            objects,
            unreachable: Vec::new(),
            calls,
            limits: Limits::default(),
            images: states,
        }
    }

    /// Writes a batch whole, if everything is as it expects, or nothing of it.
    ///
    /// # Errors
    /// `Stale` when something is not as expected, `Unsupported` or `Refused` when a real cloud
    /// would not take it.
    pub fn commit(&mut self, batch: &Batch) -> Result<Receipt, ProviderError> {
        admit(batch)?;
        if let Some(stale) = self.first_stale(batch) {
            let done = batch.repeated && batch.writes.iter().all(|write| self.is_done(write));
            return if done { Ok(self.receipt(batch)) } else { Err(stale) };
        }
        match batch.writes.first().map(|write| &write.key) {
            None => {}
            Some(Key::RecordSet { zone, .. }) => self.write_record_sets(zone, batch)?,
            Some(_) => {
                for write in &batch.writes {
                    self.write_one(write)?;
                }
            }
        }
        Ok(self.receipt(batch))
    }

    fn write_one(&mut self, write: &Write) -> Result<(), ProviderError> {
        match (&write.key, write.moves().map(|object| &object.key)) {
            (Key::HealthCheck { reference }, Some(Key::ForeignCheck { id })) => {
                return self.adopt_check(reference, id, write);
            }
            (Key::ForeignCheck { id }, Some(Key::HealthCheck { reference })) => {
                return self.release_check(id, reference, write);
            }
            (_, Some(other)) => return Err(refused(&write.key, format!("{other} is another"))),
            (_, None) => {}
        }
        match &write.key {
            Key::Zone { name } => self.write_zone(name, write),
            Key::Repository { location, name } => self.write_repository(location, name, write),
            Key::ImageCopy { location, repository, digest } => {
                self.write_image(location, repository, digest, write)
            }
            Key::HealthCheck { reference } => self.write_check(reference, write),
            Key::ForeignCheck { .. } => Err(refused(&write.key, "only its owner writes it")),
            Key::RecordSet { .. } => Err(mixed(write)),
        }
    }

    fn first_stale(&self, batch: &Batch) -> Option<ProviderError> {
        batch.writes.iter().find_map(|write| {
            let moved = || self.get(&write.moves()?.key);
            let found = self.get(&write.key).or_else(moved);
            let fits = match (&write.expect, &found) {
                (None, None) => true,
                (Some(expected), Some(found)) => {
                    expected.key == found.key
                        && expected.spec == found.spec
                        && expected.mark == found.mark
                        && expected.version == found.version
                }
                (None, Some(_)) | (Some(_), None) => false,
            };
            (!fits).then(|| ProviderError::Stale {
                key: write.key.clone(),
                expected: write.expect.clone().map(Box::new),
                found: found.map(Box::new),
            })
        })
    }

    fn is_done(&self, write: &Write) -> bool {
        match (&write.then, self.get(&write.key)) {
            (None, None) => true,
            (Some(wanted), Some(found)) => {
                let moved = write.moves().is_none_or(|from| from.id == found.id);
                moved && wanted.spec == found.spec && wanted.mark == found.mark
            }
            (None, Some(_)) | (Some(_), None) => false,
        }
    }

    fn receipt(&self, batch: &Batch) -> Receipt {
        let ids = batch.writes.iter().map(|write| self.get(&write.key)?.id).collect();
        Receipt { ids, pending: None, bytes: 0 }
    }
}

/// Whether the batch has the form that the contract asks for.
fn admit(batch: &Batch) -> Result<(), ProviderError> {
    let mut keys = BTreeSet::new();
    let most = BATCH_WRITES_MAX;
    if batch.writes.len() > most {
        let what = format!("a batch of {} writes", batch.writes.len());
        return Err(refused(what, format!("at most {most} fit in one")));
    }
    for write in &batch.writes {
        if !keys.insert(&write.key) {
            return Err(refused(&write.key, "the batch writes it twice"));
        }
        let alone = batch.writes.len() == 1;
        let together = matches!(write.key, Key::RecordSet { .. })
            && batch.writes[0].key.zone() == write.key.zone();
        if !alone && !together {
            return Err(mixed(write));
        }
        if let Some(wanted) = &write.then {
            admit_wanted(batch, write, wanted)?;
        }
    }
    Ok(())
}

fn admit_wanted(batch: &Batch, write: &Write, wanted: &Wanted) -> Result<(), ProviderError> {
    if wanted.spec.kind() != write.key.kind() {
        let why = format!("it cannot hold a {}", wanted.spec.kind());
        return Err(refused(&write.key, why));
    }
    if wanted.mark.as_ref().is_some_and(|mark| mark.stack != batch.stack) {
        return Err(refused(&write.key, "its mark names another stack than the batch"));
    }
    Ok(())
}

fn mixed(write: &Write) -> ProviderError {
    refused(&write.key, "a batch holds record sets of one zone, or one write of any kind")
}

pub(crate) fn refused(what: impl Display, why: impl Into<String>) -> ProviderError {
    ProviderError::Refused { what: what.to_string(), why: why.into() }
}

pub(crate) fn unsupported(what: impl Display, why: impl Into<String>) -> ProviderError {
    ProviderError::Unsupported {
        provider: NAME.to_owned(),
        what: what.to_string(),
        why: why.into(),
    }
}

/// A spec of the wrong kind cannot come this far: [`admit`] refused it.
fn wrong_kind(key: &Key, spec: &Spec) -> ProviderError {
    refused(key, format!("it cannot hold a {}; this is a bug in Lifeboat", spec.kind()))
}

trait Owner {
    fn owns(&self, object: &lifeboat_contract::Object) -> bool;
}

impl Owner for Scope {
    fn owns(&self, object: &lifeboat_contract::Object) -> bool {
        object.mark.as_ref().is_some_and(|mark| mark.stack == self.stack)
    }
}
