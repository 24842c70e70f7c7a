//! What must hold in every state: who is served, what points to nothing, what is somebody else's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lifeboat::desired::Desired;
use lifeboat_contract::{
    Answer, Batch, CheckRef, DnsName, Key, Object, RecordType, Spec, Stack, ZoneName,
};
use lifeboat_local::Cloud;

/// Aliases lead through fewer names than this.
const ALIASES_MAX: u32 = 12;

/// What the configuration under way promises.
#[derive(Clone, Debug, Default)]
pub(super) struct Promise {
    /// Zone, name and type of everything that is declared; names of Lifeboat's own left out.
    served: BTreeSet<(ZoneName, DnsName, RecordType)>,
    /// The image copies that a target's record set rests on.
    runs: BTreeMap<Key, Vec<Key>>,
    /// The record sets of targets, as they are declared.
    targets: BTreeMap<Key, Spec>,
    /// Record sets that were promised before and are to be changed or deleted, as they were: until
    /// then, their images have to stay.
    fading: Vec<(Object, Vec<Key>)>,
}

impl Promise {
    pub(super) fn of(desired: &Desired) -> Self {
        let keys = desired.resources.values().filter_map(|resource| resource.key.as_ref());
        let served = keys.filter_map(|key| {
            let Key::RecordSet { zone, name, rtype, label: _ } = key else { return None };
            let own = name.as_str().starts_with("_lifeboat-");
            (!own).then(|| (zone.clone(), name.clone(), *rtype))
        });
        let key_of = |address| desired.resources.get(address).and_then(|r| r.key.clone());
        let (mut runs, mut targets) = (BTreeMap::new(), BTreeMap::new());
        for target in desired.names.iter().flat_map(|name| &name.targets) {
            if let (Some(key), Some(set)) =
                (key_of(&target.set), desired.resources.get(&target.set))
            {
                runs.insert(key.clone(), target.runs.iter().filter_map(key_of).collect());
                targets.insert(key, set.spec.clone());
            }
        }
        Self { served: served.collect(), runs, targets, fading: Vec::new() }
    }
}

/// Looks at every state that a commit leaves.
#[derive(Debug, Default)]
pub(super) struct Watch {
    promise: Promise,
    /// What was wrong before; only what a commit adds is its fault.
    known: BTreeSet<String>,
    /// What is somebody else's, as it has to stay.
    pub(super) foreign: BTreeMap<Key, Object>,
    /// Rules that were broken.
    pub(super) broken: Vec<String>,
}

/// Shared by the history, the observer and the meddler.
pub(super) type Shared = Arc<Mutex<Watch>>;

pub(super) fn lock(watch: &Shared) -> MutexGuard<'_, Watch> {
    watch.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Watch {
    /// From now on this is promised.
    pub(super) fn promise(&mut self, promise: Promise, cloud: &Cloud) {
        let before = std::mem::replace(&mut self.promise, promise);
        for (key, copies) in before.runs {
            let stays = before.targets.get(&key) == self.promise.targets.get(&key);
            if let Some(object) = cloud.get(&key).filter(|_| !stays) {
                self.promise.fading.push((object, copies));
            }
        }
        self.forgive(cloud);
    }

    /// What is wrong now is not the next commit's fault.
    pub(super) fn forgive(&mut self, cloud: &Cloud) {
        self.known = troubles(cloud, &self.promise);
    }

    /// After a commit.
    pub(super) fn look(&mut self, cloud: &Cloud, batch: &Batch, stack: &Stack) {
        let now = troubles(cloud, &self.promise);
        self.broken.extend(now.difference(&self.known).cloned());
        self.known = now;
        for (key, object) in &self.foreign {
            let found = cloud.get(key);
            if found.as_ref().is_none_or(|f| (&f.spec, &f.mark) != (&object.spec, &object.mark)) {
                self.broken.push(format!("foreign {key} is now {found:?}"));
            }
        }
        for write in batch.writes.iter().filter(|write| write.then.is_some()) {
            for copy in self.promise.runs.get(&write.key).into_iter().flatten() {
                if !cloud.get(copy).is_some_and(|object| is_ours(&object, stack)) {
                    self.broken.push(format!("{} is written and {copy} is missing", write.key));
                }
            }
        }
    }
}

pub(super) fn is_ours(object: &Object, stack: &Stack) -> bool {
    object.mark.as_ref().is_some_and(|mark| mark.stack == *stack)
}

/// Everything that is wrong in a state.
fn troubles(cloud: &Cloud, promise: &Promise) -> BTreeSet<String> {
    let mut wrong = BTreeSet::new();
    let mut lit = BTreeSet::new();
    for (zone, name, rtype) in &promise.served {
        if answers(cloud, zone, name, *rtype, ALIASES_MAX) {
            lit.insert((zone, name));
        } else {
            wrong.insert(format!("{name} {rtype} is unserved"));
        }
    }
    for (zone, name, _) in
        promise.served.iter().filter(|(zone, name, _)| !lit.contains(&(zone, name)))
    {
        if !RecordType::ALL.iter().any(|rtype| answers(cloud, zone, name, *rtype, ALIASES_MAX)) {
            wrong.insert(format!("{name} is dark"));
        }
    }
    for object in cloud.objects() {
        let (Key::RecordSet { zone, rtype, .. }, Spec::RecordSet(set)) =
            (&object.key, &object.spec)
        else {
            continue;
        };
        if let Answer::Alias { name, zone_id: None, .. } = &set.answer
            && cloud.record_sets(zone, name, *rtype).next().is_none()
        {
            wrong.insert(format!("{} is an alias of nothing", object.key));
        }
        let exists = |check: &CheckRef| match check {
            CheckRef::Marked(reference) => {
                cloud.get(&Key::HealthCheck { reference: reference.clone() }).is_some()
            }
            CheckRef::Address(_) | CheckRef::Id(_) => false,
        };
        if set.health_check.as_ref().is_some_and(|check| !exists(check)) {
            wrong.insert(format!("{} depends on a check that is missing", object.key));
        }
    }
    wrong.extend(bare_targets(cloud, promise));
    wrong
}

/// Targets in regions that hold no image of theirs at all. Which one is the newest is another rule.
fn bare_targets(cloud: &Cloud, promise: &Promise) -> Vec<String> {
    let objects = cloud.objects();
    let held = |copy: &Key| {
        let place = |key: &Key| {
            let Key::ImageCopy { location, repository, digest: _ } = key else { return None };
            Some((location.clone(), repository.clone()))
        };
        objects
            .iter()
            .any(|o| o.mark.is_some() && place(&o.key).is_some_and(|p| Some(p) == place(copy)))
    };
    let present = promise.runs.iter().filter(|(set, _)| cloud.get(set).is_some());
    let fading = promise
        .fading
        .iter()
        .filter(|(object, _)| cloud.get(&object.key).is_some_and(|now| now.spec == object.spec));
    let all = present.chain(fading.map(|(object, copies)| (&object.key, copies)));
    let bare = all.filter(|(_, copies)| copies.iter().any(|copy| !held(copy)));
    bare.map(|(set, _)| format!("{set} has no image in its region")).collect()
}

/// Whether a name and type has a set that answers, be it through aliases.
fn answers(cloud: &Cloud, zone: &ZoneName, name: &DnsName, rtype: RecordType, left: u32) -> bool {
    left > 0
        && cloud.record_sets(zone, name, rtype).any(|(_, set)| match &set.answer {
            Answer::Values(values) => !values.is_empty(),
            Answer::Alias { name, zone_id: None, .. } => {
                answers(cloud, zone, name, rtype, left - 1)
            }
            Answer::Alias { .. } => true,
        })
}
