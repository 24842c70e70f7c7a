//! Batches of record sets: all of them in one zone, or nothing.

use std::collections::BTreeSet;

use lifeboat_contract::{Batch, Key, ProviderError, Spec, Wanted, Write, ZoneName};

use super::rule::{self, Touched};
use super::{Cloud, HeldSet, SetKey, refused, wrong_kind};

impl Cloud {
    pub(super) fn write_record_sets(
        &mut self,
        zone: &ZoneName,
        batch: &Batch,
    ) -> Result<(), ProviderError> {
        let changes = changes(zone, batch)?;
        let Some(held) = self.zones.get_mut(zone) else {
            // Nothing was expected in it and nothing shall be there: the absence of the zone is fine.
            return match changes.iter().find(|(_, held)| held.is_some()) {
                Some((key, _)) => Err(refused(&key.name, format!("there is no zone {zone}"))),
                None => Ok(()),
            };
        };
        let mut undo = Vec::with_capacity(changes.len());
        let mut touched =
            Touched { names: BTreeSet::new(), written: Vec::new(), deleted: Vec::new() };
        for (key, set) in changes {
            touched.names.insert(key.name.clone());
            if set.is_some() { &mut touched.written } else { &mut touched.deleted }
                .push(key.clone());
            let before = held.put(key.clone(), set);
            undo.push((key, before));
        }
        let verdict = rule::check(&zone.name, held, &self.checks, &touched);
        if verdict.is_err() {
            for (key, before) in undo.into_iter().rev() {
                held.put(key, before);
            }
        }
        verdict
    }
}

type Change = (SetKey, Option<HeldSet>);

fn changes(zone: &ZoneName, batch: &Batch) -> Result<Vec<Change>, ProviderError> {
    batch.writes.iter().map(|write| change(zone, write)).collect()
}

fn change(zone: &ZoneName, write: &Write) -> Result<Change, ProviderError> {
    let Key::RecordSet { zone: _, name, rtype, label } = &write.key else {
        return Err(super::mixed(write));
    };
    let key = SetKey { name: name.clone(), rtype: *rtype, label: label.clone() };
    let Some(Wanted { spec, mark, source: _ }) = &write.then else { return Ok((key, None)) };
    let Spec::RecordSet(set) = spec else { return Err(wrong_kind(&write.key, spec)) };
    rule::admit_set(&zone.name, &write.key, set, mark.as_ref())?;
    Ok((key, Some(HeldSet { set: set.clone(), mark: mark.clone() })))
}
