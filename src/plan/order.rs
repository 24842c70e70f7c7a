//! The steps: what is written together, and what waits for what.

use std::collections::{BTreeMap, BTreeSet};

use super::batch::batches;
use super::{Phase, Step};
use crate::diff::{Action, Change, Changes};
use lifeboat_contract::{
    Address, Batching, CheckRef, CheckReference, HealthCheck, Key, Kind, Object, Spec, Write,
    ZoneName,
};

/// One step that is being put together.
pub(super) struct Draft<'c> {
    pub(super) phase: Phase,
    pub(super) provider: &'c str,
    pub(super) writes: Vec<Write>,
    pub(super) needs: BTreeSet<&'c Address>,
    /// Drafts that come first, by their place in the list.
    pub(super) follows: BTreeSet<usize>,
}

/// Everything that is to be written, in an order in which no served name is ever unserved.
pub(super) fn steps(changes: &Changes, batching: &dyn Fn(&str) -> Option<Batching>) -> Vec<Step> {
    let idle = Idle::of(changes);
    let mut drafts: Vec<Draft<'_>> = Vec::new();
    let mut records: BTreeMap<(&str, &ZoneName), Vec<&Change>> = BTreeMap::new();
    for change in changes.list.iter().filter(|change| change.action.writes()) {
        if let Key::RecordSet { zone, .. } = &change.key {
            records.entry((&change.provider, zone)).or_default().push(change);
        } else {
            singles(change, &idle, &mut drafts);
        }
    }
    for ((provider, _), changes) in records {
        batches(provider, &changes, batching(provider), &mut drafts);
    }
    // Batches of one zone are already in order, and stay so.
    drafts.sort_by_cached_key(|draft| {
        let first = draft.writes.first().filter(|_| draft.phase != Phase::Records);
        (draft.phase, first.map(|write| (write.address.clone(), write.key.clone())))
    });
    order_checks(&mut drafts);
    chain(&mut drafts);
    finish(drafts)
}

/// What resources that stay as they are need: whoever needs them waits for that, too.
struct Idle<'c>(BTreeMap<&'c Address, &'c [Address]>);

impl<'c> Idle<'c> {
    fn of(changes: &'c Changes) -> Self {
        let idle = changes.list.iter().filter(|c| !c.action.writes() && !c.needs.is_empty());
        Self(idle.map(|change| (&change.address, &change.needs[..])).collect())
    }

    /// All that a change needs, directly or through what stays as it is.
    fn needs(&self, change: &'c Change) -> BTreeSet<&'c Address> {
        let mut found = BTreeSet::new();
        let mut open: Vec<&Address> = change.needs.iter().collect();
        while let Some(address) = open.pop() {
            if found.insert(address) {
                open.extend(self.0.get(address).copied().unwrap_or_default());
            }
        }
        found
    }
}

/// Everything but record sets is written one by one.
fn singles<'c>(change: &'c Change, idle: &Idle<'c>, drafts: &mut Vec<Draft<'c>>) {
    let mut draft = |phase, key: &Key, expect: Option<&Object>, then| {
        drafts.push(Draft {
            phase,
            provider: &change.provider,
            writes: vec![Write {
                address: change.address.clone(),
                key: key.clone(),
                expect: expect.cloned(),
                then,
            }],
            needs: idle.needs(change),
            follows: BTreeSet::new(),
        });
    };
    let before = change.before.as_ref();
    match (&change.action, before) {
        (Action::Replace { .. }, Some(old)) => {
            draft(make_phase(change.key.kind()), &change.key, None, change.after.clone());
            draft(delete_phase(old.key.kind()), &old.key, Some(old), None);
        }
        // What is let go of is still referred to until then.
        (_, _) if matches!(change.key, Key::ForeignCheck { .. }) => {
            let phase = delete_phase(Kind::HealthCheck);
            draft(phase, &change.key, before, change.after.clone());
        }
        (Action::Delete(_), _) => draft(delete_phase(change.key.kind()), &change.key, before, None),
        (_, _) => draft(make_phase(change.key.kind()), &change.key, before, change.after.clone()),
    }
}

fn make_phase(kind: Kind) -> Phase {
    match kind {
        Kind::Zone => Phase::Zone,
        Kind::Repository => Phase::Repository,
        Kind::ImageCopy => Phase::ImageCopy,
        Kind::HealthCheck => Phase::HealthCheck,
        Kind::RecordSet => Phase::Records,
    }
}

fn delete_phase(kind: Kind) -> Phase {
    match kind {
        Kind::Zone => Phase::DeleteZone,
        Kind::Repository => Phase::DeleteRepository,
        Kind::ImageCopy => Phase::DeleteImageCopy,
        Kind::HealthCheck => Phase::DeleteHealthCheck,
        Kind::RecordSet => Phase::Records,
    }
}

/// Checks that others count are made before them, and deleted after them.
fn order_checks(drafts: &mut [Draft<'_>]) {
    let mut making: BTreeMap<CheckReference, usize> = BTreeMap::new();
    let mut deleting: BTreeMap<CheckReference, usize> = BTreeMap::new();
    let reference = |draft: &Draft<'_>| {
        let write = draft.writes.first()?;
        let released = write.moves().filter(|_| draft.phase.is_late());
        match released.map_or(&write.key, |object| &object.key) {
            Key::HealthCheck { reference } => Some(reference.clone()),
            Key::Zone { .. }
            | Key::Repository { .. }
            | Key::ImageCopy { .. }
            | Key::ForeignCheck { .. }
            | Key::RecordSet { .. } => None,
        }
    };
    for (at, draft) in drafts.iter().enumerate() {
        if let Some(reference) = reference(draft) {
            let deletes = draft.phase == Phase::DeleteHealthCheck;
            let place = if deletes { &mut deleting } else { &mut making };
            place.insert(reference, at);
        }
    }
    let mut edges = Vec::new();
    for (at, draft) in drafts.iter().enumerate() {
        let Some(write) = draft.writes.first() else { continue };
        let counted = |spec: &Spec| {
            let mut counted = Vec::new();
            if let Spec::HealthCheck(HealthCheck::Calculated { checks, .. }) = spec {
                counted.clone_from(checks);
            }
            counted
        };
        for child in write.then.iter().flat_map(|wanted| counted(&wanted.spec)) {
            if let CheckRef::Marked(child) = child {
                edges.extend(making.get(&child).map(|first| (at, *first)));
            }
        }
        for child in write.expect.iter().flat_map(|object| counted(&object.spec)) {
            if let CheckRef::Marked(child) = child {
                edges.extend(deleting.get(&child).filter(|later| **later != at).map(|l| (*l, at)));
            }
        }
    }
    for (later, earlier) in edges {
        drafts[later].follows.insert(earlier);
    }
}

/// What waits for a whole phase: batches of a zone follow each other, and what names might need is
/// deleted after the last batch.
fn chain(drafts: &mut [Draft<'_>]) {
    let mut last_batch: BTreeMap<ZoneName, usize> = BTreeMap::new();
    let mut copies: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    // An image that is still needed may be on its way to another repository.
    let mut copied: Vec<usize> = Vec::new();
    for (at, draft) in drafts.iter_mut().enumerate() {
        let Some(key) = draft.writes.first().map(|write| write.key.clone()) else { continue };
        let follows = &mut draft.follows;
        match draft.phase {
            Phase::ImageCopy => copied.push(at),
            Phase::Zone | Phase::Repository | Phase::HealthCheck => {}
            Phase::Records => {
                let Some(zone) = key.zone() else { continue };
                let before = last_batch.insert(zone.clone(), at);
                follows.extend(before);
            }
            Phase::DeleteImageCopy => {
                follows.extend(last_batch.values());
                follows.extend(&copied);
                if let Key::ImageCopy { location, repository, .. } = &key {
                    let place = (location.to_string(), repository.to_string());
                    copies.entry(place).or_default().push(at);
                }
            }
            Phase::DeleteHealthCheck => follows.extend(last_batch.values()),
            Phase::DeleteRepository => {
                follows.extend(last_batch.values());
                follows.extend(&copied);
                if let Key::Repository { location, name } = &key {
                    let inside = copies.get(&(location.to_string(), name.to_string()));
                    follows.extend(inside.into_iter().flatten());
                }
            }
            Phase::DeleteZone => {
                follows.extend(key.zone().and_then(|zone| last_batch.get(zone)));
            }
        }
    }
}

/// Numbers the steps so that each follows only lower ones.
fn finish(drafts: Vec<Draft<'_>>) -> Vec<Step> {
    let mut makers: BTreeMap<Address, usize> = BTreeMap::new();
    for (at, draft) in drafts.iter().enumerate().filter(|(_, draft)| !draft.phase.is_late()) {
        for write in draft.writes.iter().filter(|write| write.then.is_some()) {
            makers.insert(write.address.clone(), at);
        }
    }
    let follows: Vec<BTreeSet<usize>> = drafts
        .iter()
        .enumerate()
        .map(|(at, draft)| {
            let needed = draft.needs.iter().filter_map(|need| makers.get(*need).copied());
            let deletes_only = draft.writes.iter().all(|write| write.then.is_none());
            let needed = needed.filter(|first| *first != at && !deletes_only);
            draft.follows.iter().copied().chain(needed).collect()
        })
        .collect();
    let order = topological(&follows);
    let mut number = vec![0; drafts.len()];
    for (id, at) in (0..).zip(&order) {
        number[*at] = id;
    }
    let mut drafts: Vec<Option<Draft<'_>>> = drafts.into_iter().map(Some).collect();
    let mut steps = Vec::with_capacity(drafts.len());
    for at in order {
        let Some(draft) = drafts[at].take() else { continue };
        let mut ids: Vec<u32> = follows[at].iter().map(|first| number[*first]).collect();
        ids.sort_unstable();
        steps.push(Step {
            id: number[at],
            phase: draft.phase,
            provider: draft.provider.to_owned(),
            follows: ids,
            writes: draft.writes,
        });
    }
    steps
}

/// The lowest place first among those whose predecessors are done, so that the same plan has the
/// same order.
fn topological(follows: &[BTreeSet<usize>]) -> Vec<usize> {
    let mut waiting: Vec<usize> = follows.iter().map(BTreeSet::len).collect();
    let mut followers: Vec<Vec<usize>> = vec![Vec::new(); follows.len()];
    for (at, first) in follows.iter().enumerate() {
        for earlier in first {
            followers[*earlier].push(at);
        }
    }
    let mut ready: BTreeSet<usize> = (0..follows.len()).filter(|at| waiting[*at] == 0).collect();
    let mut order = Vec::with_capacity(follows.len());
    while let Some(at) = ready.pop_first() {
        order.push(at);
        for later in &followers[at] {
            waiting[*later] -= 1;
            if waiting[*later] == 0 {
                ready.insert(*later);
            }
        }
    }
    assert!(
        order.len() == follows.len(),
        "steps follow each other in a circle; this is a bug in Lifeboat"
    );
    order
}
