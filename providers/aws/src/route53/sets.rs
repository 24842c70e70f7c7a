//! Batches of record sets: compare and swap by naming exactly what is deleted.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecordSet};
use lifeboat_contract::{
    Batch, DnsName, Key, Mark, Object, ProviderError, Receipt, RecordSet, RecordType, Spec, Wanted,
    Weight, Write, ZoneName,
};

use super::observe::zone_arn;
use super::record::Place;
use super::{HeldZone, Route53, SetKey, bare, record, refused, unbuilt, wire};
use crate::action::CHANGE_SETS;
use crate::call::Failure;
use crate::expect::{fits, is_done, stale};
use crate::info::{BATCH_MAX, CAPABILITIES};
use crate::marker;

/// How often a zone is read again because what is kept of it was outdated.
const REFRESHES_MAX: u32 = 2;

/// What a batch does to a zone, in the order in which Route 53 is told.
struct Work {
    /// Deletions first, so that what changes hands is free when it is taken.
    changes: Vec<Change>,
    sets: Vec<(SetKey, Option<New>)>,
    marks: Vec<((DnsName, RecordType), Option<ResourceRecordSet>)>,
}

/// A set as it shall be: as Route 53 writes it, as the contract does, and whose.
type New = (ResourceRecordSet, RecordSet, Option<Mark>);

/// A set as it is held.
type Held<'z> = Option<&'z (ResourceRecordSet, Object)>;

impl Route53 {
    pub(crate) async fn commit_sets(
        &self,
        name: &ZoneName,
        batch: &Batch,
    ) -> Result<Receipt, ProviderError> {
        let shared = self.zone(name);
        let mut slot = shared.lock().await;
        // What may have been carried out is looked at before anything else.
        let mut fresh = batch.repeated || slot.as_ref().is_none_or(|zone| !zone.whole);
        let mut refreshes = 0;
        loop {
            if fresh {
                *slot = self.look_again(name).await?;
                refreshes += 1;
            }
            let Some(zone) = slot.as_mut() else { return without_zone(name, batch) };
            if let Some(stale) = first_stale(zone, batch) {
                let done = batch.repeated
                    && batch.writes.iter().all(|write| is_done(write, found(zone, write)));
                if done {
                    return Ok(receipt(batch, None));
                }
                if refreshes > 0 {
                    return Err(stale);
                }
                fresh = true;
                continue;
            }
            let work = self.work(name, zone, batch)?;
            if work.changes.is_empty() {
                return Ok(receipt(batch, None));
            }
            match self.send(name, &zone.id, &work).await {
                Ok(pending) => {
                    zone.remember(name, work);
                    return Ok(receipt(batch, pending));
                }
                Err(failure) => {
                    let outdated = failure.code() == Some("InvalidChangeBatch")
                        || failure.code() == Some("NoSuchHostedZone");
                    if !outdated || refreshes >= REFRESHES_MAX {
                        return Err(failure.about(&format!("the change of zone {name}")));
                    }
                    let before = zone.sets.clone();
                    *slot = self.look_again(name).await?;
                    refreshes += 1;
                    let same = slot.as_ref().is_some_and(|zone| unmoved(&before, zone, batch));
                    if same {
                        // Nothing has moved, so it is the batch itself that is refused.
                        return Err(failure.about(&format!("the change of zone {name}")));
                    }
                    fresh = false;
                }
            }
        }
    }

    /// The zone, read again; absent when there is none.
    async fn look_again(&self, name: &ZoneName) -> Result<Option<HeldZone>, ProviderError> {
        if !self.checks(|checks| checks.whole) {
            self.refresh_checks().await?;
        }
        self.find_zone(name).await
    }

    async fn send(
        &self,
        name: &ZoneName,
        id: &str,
        work: &Work,
    ) -> Result<Option<String>, Failure> {
        let client = &self.session().clients().await.route53_once;
        let changes = ChangeBatch::builder().set_changes(Some(work.changes.clone())).build();
        let changes = changes.map_err(|error| Failure::Other(unbuilt(name, error)))?;
        let count = u32::try_from(work.changes.len()).unwrap_or(u32::MAX);
        let send = client.change_resource_record_sets().hosted_zone_id(id).change_batch(changes);
        let answer = self.session().call(CHANGE_SETS, &zone_arn(id), count, send.send()).await?;
        Ok(answer.change_info().map(|info| bare(info.id()).to_owned()))
    }

    fn work(&self, name: &ZoneName, zone: &HeldZone, batch: &Batch) -> Result<Work, ProviderError> {
        let mut work = Work { changes: Vec::new(), sets: Vec::new(), marks: Vec::new() };
        let (mut deletes, mut creates) = (Vec::new(), Vec::new());
        for write in &batch.writes {
            let (key, before) = held(zone, write)?;
            let after = match &write.then {
                Some(wanted) => Some(self.wanted(zone, write, wanted, before)?),
                None => None,
            };
            deletes.extend(before.map(|(raw, _)| raw.clone()));
            creates.extend(after.as_ref().map(|(raw, _, _)| raw.clone()));
            if key.2.is_none() {
                let place = (key.0.clone(), key.1);
                let old = zone.marks.get(&place);
                let new = mark_of(write)?;
                deletes.extend(old.cloned());
                creates.extend(new.clone());
                work.marks.push((place, new));
            }
            work.sets.push((key, after));
        }
        let change = |action: ChangeAction, set: ResourceRecordSet| {
            Change::builder().action(action).resource_record_set(set).build()
        };
        let deletes = targets_first(deletes).into_iter().rev();
        let deletes = deletes.map(|set| change(ChangeAction::Delete, set));
        let creates = targets_first(creates).into_iter();
        let creates = creates.map(|set| change(ChangeAction::Create, set));
        let changes: Result<Vec<Change>, _> = deletes.chain(creates).collect();
        work.changes = changes.map_err(|error| unbuilt(name, error))?;
        within_limits(name, &work.changes)?;
        Ok(work)
    }

    /// A set as Route 53 shall hold it.
    fn wanted(
        &self,
        zone: &HeldZone,
        write: &Write,
        wanted: &Wanted,
        before: Held<'_>,
    ) -> Result<New, ProviderError> {
        let Key::RecordSet { zone: apex, name, rtype, label } = &write.key else {
            return Err(refused(&write.key, "it is no record set"));
        };
        let Spec::RecordSet(set) = &wanted.spec else {
            return Err(refused(&write.key, "a record set holds nothing else"));
        };
        if !name.is_within(&apex.name) {
            return Err(refused(&write.key, format!("it does not lie in zone {apex}")));
        }
        let mark = wanted.mark.clone();
        // What stays as it is keeps every detail that the contract has no words for.
        if let Some((raw, object)) = before.filter(|(_, object)| object.spec == wanted.spec) {
            let mut raw = raw.clone();
            if object.mark != mark {
                raw.set_identifier = label.as_deref().map(|l| record::identifier(l, mark.as_ref()));
            }
            return Ok((raw, set.clone(), mark));
        }
        admit(&write.key, *rtype, set)?;
        let check_id = match &set.health_check {
            None => None,
            Some(check) => match self.checks(|checks| checks.id(check)) {
                Some(id) => Some(id),
                None => return Err(refused(&write.key, "its health check is not there")),
            },
        };
        let label = label.as_deref();
        let place = Place { name, rtype: *rtype, label, zone_id: &zone.id, check_id };
        let raw = record::written(place, set, mark.as_ref());
        Ok((raw.map_err(|error| unbuilt(&write.key, error))?, set.clone(), mark))
    }
}

/// Sets so that what an alias leads to comes before it: Route 53 looks at one after the other.
fn targets_first(mut left: Vec<ResourceRecordSet>) -> Vec<ResourceRecordSet> {
    let place = |name: &str, set: &ResourceRecordSet| {
        (wire::read_name(name), set.r#type().as_str().to_owned())
    };
    let mut ordered = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let waiting: BTreeSet<_> = left.iter().map(|set| place(set.name(), set)).collect();
        let waits = |set: &ResourceRecordSet| {
            let target = set.alias_target().map(|target| place(target.dns_name(), set));
            target
                .is_some_and(|target| waiting.contains(&target) && target != place(set.name(), set))
        };
        let (later, now): (Vec<_>, Vec<_>) = left.into_iter().partition(waits);
        if now.is_empty() {
            ordered.extend(later);
            break;
        }
        ordered.extend(now);
        left = later;
    }
    ordered
}

/// Refuses what Route 53 has no form for, before it is asked.
fn admit(key: &Key, rtype: RecordType, set: &RecordSet) -> Result<(), ProviderError> {
    let unsupported = |why: String| ProviderError::Unsupported {
        provider: crate::NAME.to_owned(),
        what: key.to_string(),
        why,
    };
    if !CAPABILITIES.record_types.contains(&rtype) {
        return Err(unsupported(format!("it does not take {rtype} records")));
    }
    if let Some(policy) = set.routing.foreign() {
        return Err(unsupported(format!("Lifeboat does not write sets routed by {policy}")));
    }
    match set.ttl {
        Some(ttl) if !CAPABILITIES.ttl.contains(&ttl) => {
            Err(unsupported(format!("a TTL of {ttl} s is out of range")))
        }
        Some(_) | None => Ok(()),
    }
}

/// The set that a write is about, as it is held.
fn held<'z>(zone: &'z HeldZone, write: &Write) -> Result<(SetKey, Held<'z>), ProviderError> {
    let Key::RecordSet { name, rtype, label, .. } = &write.key else {
        return Err(refused(&write.key, "a batch of record sets holds nothing else"));
    };
    let key = (name.clone(), *rtype, label.clone());
    let held = zone.sets.get(&key);
    Ok((key, held))
}

/// The mark that a plain set shall have beside it.
fn mark_of(write: &Write) -> Result<Option<ResourceRecordSet>, ProviderError> {
    let Key::RecordSet { name, rtype, .. } = &write.key else { return Ok(None) };
    let Some(mark) = write.then.as_ref().and_then(|wanted| wanted.mark.as_ref()) else {
        return Ok(None);
    };
    let at = marker::name(name, *rtype).map_err(|invalid| {
        refused(&write.key, format!("its name leaves no room for a mark: {}", invalid.why))
    })?;
    let raw = record::text(&at, marker::TTL, &marker::write(mark, *rtype));
    raw.map(Some).map_err(|error| unbuilt(&write.key, error))
}

fn first_stale(zone: &HeldZone, batch: &Batch) -> Option<ProviderError> {
    batch.writes.iter().find_map(|write| {
        let found = found(zone, write);
        (!fits(write, found)).then(|| stale(write, found.cloned()))
    })
}

fn found<'z>(zone: &'z HeldZone, write: &Write) -> Option<&'z Object> {
    held(zone, write).ok()?.1.map(|(_, object)| object)
}

/// Whether everything that a batch touches is exactly as it was kept, marks included.
fn unmoved(
    before: &BTreeMap<SetKey, (ResourceRecordSet, Object)>,
    zone: &HeldZone,
    batch: &Batch,
) -> bool {
    batch.writes.iter().all(|write| {
        held(zone, write).is_ok_and(|(key, now)| {
            let was = before.get(&key).map(|(raw, object)| (raw, &object.mark));
            was == now.map(|(raw, object)| (raw, &object.mark))
        })
    })
}

/// In a zone that is not there, nothing can be written, and what shall go is gone.
fn without_zone(name: &ZoneName, batch: &Batch) -> Result<Receipt, ProviderError> {
    for write in &batch.writes {
        if write.expect.is_some() && !batch.repeated {
            return Err(stale(write, None));
        }
        if write.then.is_some() {
            return Err(refused(&write.key, format!("there is no zone {name}")));
        }
    }
    Ok(receipt(batch, None))
}

fn receipt(batch: &Batch, pending: Option<String>) -> Receipt {
    Receipt { ids: vec![None; batch.writes.len()], pending, bytes: 0 }
}

/// A plan weighs its batches, so this is only reached by a batch that was not planned.
fn within_limits(name: &ZoneName, changes: &[Change]) -> Result<(), ProviderError> {
    let weight = changes.iter().filter_map(Change::resource_record_set).fold(
        Weight::default(),
        |weight, set| {
            let values = set.resource_records();
            let characters = values.iter().map(|record| record.value().len()).sum();
            weight.with(Weight { records: values.len().max(1), characters })
        },
    );
    if weight.fits(BATCH_MAX) {
        return Ok(());
    }
    let Weight { records, characters } = weight;
    let why = format!(
        "it has {records} records of {characters} characters, and one change takes {} of {}",
        BATCH_MAX.records, BATCH_MAX.characters
    );
    Err(refused(&format!("the change of zone {name}"), why))
}

impl HeldZone {
    /// Keeps what a batch has done.
    fn remember(&mut self, zone: &ZoneName, work: Work) {
        for (key, after) in work.sets {
            match after {
                Some((raw, set, mark)) => self.hold(zone, key, raw, set, mark),
                None => drop(self.sets.remove(&key)),
            }
        }
        for (place, mark) in work.marks {
            match mark {
                Some(raw) => drop(self.marks.insert(place, raw)),
                None => drop(self.marks.remove(&place)),
            }
        }
    }
}
