//! Compares wishes with facts.
//!
//! Input: [`Desired`], [`Live`]. Output: [`Changes`], and a finding for everything that apply would
//! be refused. Never talks to a cloud, never orders.

mod adopt;
mod check;
mod conflict;
mod drift;
mod limit;
mod orphan;
mod repository;
mod retention;
mod user;

pub use self::drift::{Drift, Drifted, Found, drift};
pub use self::orphan::unit_of;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lifeboat_contract::{
    Address, CheckReference, DnsName, Key, Kind, Mark, Object, Spec, SpecHash, Wanted, Write,
    ZoneName,
};

use crate::desired::{Desired, Resource};
use crate::diagnostic::{Diagnostic, Diagnostics, codes, sentence};
use crate::live::Live;

/// The difference between one resource and its object.
#[derive(Clone, Debug)]
pub struct Change {
    pub address: Address,
    pub provider: Arc<str>,
    /// The region's name in the configuration, for what lives in one.
    pub region: Option<Arc<str>>,
    pub action: Action,
    /// Where it is written.
    pub key: Key,
    /// What is there; another key than `key` when it is replaced or taken over.
    pub before: Option<Object>,
    /// What shall be there.
    pub after: Option<Wanted>,
    /// What has to be there first.
    pub needs: Vec<Address>,
    /// What is written together or not at all.
    pub unit: Option<DnsName>,
    /// Blobs and bytes that may have to move.
    pub content: Option<(u32, u64)>,
}

/// What is done about a difference, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    NoOp,
    Create,
    Update(Moved),
    /// Cannot be changed in place.
    Replace {
        because: &'static str,
    },
    Delete(Orphaned),
    /// Takes over what exists: writes the mark only.
    Adopt,
    /// Lets go of the object: removes the mark only.
    Release,
    /// Could not be compared, because it could not be read.
    Unreachable {
        why: String,
    },
}

/// Which side of a difference has moved since the last apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    Configuration,
    World,
    Both,
}

/// Why an object is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Orphaned {
    /// Nothing declares it any more.
    Undeclared,
    /// Another object of the same address has taken its place.
    Superseded,
    /// Everything shall go.
    Destroyed,
}

/// All differences, by address.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    pub list: Vec<Change>,
    /// How many record sets of each zone this stack owns.
    pub owned_sets: BTreeMap<ZoneName, usize>,
}

/// What else is wanted of a comparison.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// Addresses whose existing, unmarked objects are taken over as they are; a health check by the
    /// provider's id. Where there are any, nothing else is changed.
    pub adopt: BTreeMap<Address, Option<String>>,
    /// Addresses whose objects are let go of. Where there are any, nothing else is changed.
    pub release: BTreeSet<Address>,
    /// Whether everything that the stack owns shall go.
    pub destroy: bool,
}

impl Changes {
    /// The writes of new image copies, by provider.
    pub fn copies(&self) -> BTreeMap<Arc<str>, Vec<Write>> {
        let mut copies: BTreeMap<Arc<str>, Vec<Write>> = BTreeMap::new();
        for change in &self.list {
            if change.action == Action::Create && change.key.kind() == Kind::ImageCopy {
                let (address, key) = (change.address.clone(), change.key.clone());
                let write = Write { address, key, expect: None, then: change.after.clone() };
                copies.entry(Arc::clone(&change.provider)).or_default().push(write);
            }
        }
        copies
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.list.iter().all(|change| !change.action.writes())
    }
}

impl Action {
    /// Whether the action writes anything.
    pub fn writes(&self) -> bool {
        !matches!(self, Self::NoOp | Self::Unreachable { .. })
    }
}

/// Compares what shall be with what is.
pub fn compare(desired: &Desired, live: &Live, wishes: &Wishes) -> (Changes, Diagnostics) {
    let only = !wishes.adopt.is_empty() || !wishes.release.is_empty();
    let mut comparing = Comparing {
        desired,
        live,
        wishes,
        only,
        checks: check::generations(desired, live),
        changes: Changes::default(),
        matched: BTreeMap::new(),
        adopted: BTreeMap::new(),
        adopters: BTreeMap::new(),
        found: Diagnostics::default(),
    };
    comparing.name_adopted_checks();
    if !wishes.destroy {
        for (address, resource) in &desired.resources {
            comparing.one(address, resource);
        }
    }
    if !only {
        orphan::find(&mut comparing);
        user::find(&mut comparing);
    }
    if !only && !wishes.destroy {
        conflict::find(&mut comparing);
        repository::find(&mut comparing);
        retention::find(&mut comparing);
        limit::find(&mut comparing);
    }
    comparing.unknown_wishes();
    let Comparing { mut changes, found, .. } = comparing;
    if only {
        changes.list.retain(|c| matches!(c.action, Action::Adopt | Action::Release));
    }
    changes.list.sort_by(|a, b| (&a.address, &a.key).cmp(&(&b.address, &b.key)));
    (changes, found)
}

struct Comparing<'c> {
    desired: &'c Desired,
    live: &'c Live,
    wishes: &'c Wishes,
    /// Whether nothing but wishes is changed, so that what else is wrong does not matter now.
    only: bool,
    checks: check::Generations,
    changes: Changes,
    /// The references that checks of these ids get, which are taken over.
    adopted: BTreeMap<String, CheckReference>,
    /// The addresses that take them over.
    adopters: BTreeMap<CheckReference, Address>,
    /// The live objects that belong to a resource.
    matched: BTreeMap<Arc<str>, BTreeSet<Key>>,
    found: Diagnostics,
}

impl Comparing<'_> {
    fn one(&mut self, address: &Address, resource: &Resource) {
        let spec = self.checks.resolve(&resource.spec);
        let (key, existing) = match (&resource.key, self.checks.of(address)) {
            (Some(key), _) => (key.clone(), self.live.object(&resource.provider, key)),
            (None, Some(check)) => (check.key(), check.existing(self.live, &resource.provider)),
            (None, None) => return,
        };
        if let Some(dark) = self.live.unreachable(&resource.provider, resource.key.as_ref()) {
            let why = dark.why.clone();
            return self.push(address, resource, Action::Unreachable { why }, key, None, None);
        }
        let wanted = |spec: Spec| Wanted {
            mark: Some(Mark::of(&self.desired.stack, &spec)),
            spec,
            source: resource.content.as_ref().map(|content| content.source.clone()),
        };
        let Some(object) = existing else {
            let after = wanted(spec);
            if self.adopt_check(address, resource, (&key, &after.spec))
                || self.adopt_routed(address, resource, (&key, &after.spec))
            {
                return;
            }
            if !self.only {
                self.missing_content(address, resource);
            }
            return self.push(address, resource, Action::Create, key, None, Some(after));
        };
        self.matched.entry(Arc::clone(&resource.provider)).or_default().insert(object.key.clone());
        match &object.mark {
            Some(mark) if mark.stack == self.desired.stack => {
                let mark = mark.clone();
                let before = object.clone();
                if self.wishes.release.contains(address) {
                    if key.kind() == Kind::HealthCheck {
                        return self.unreleasable(address, resource);
                    }
                    let after = Wanted { spec: before.spec.clone(), mark: None, source: None };
                    let action = Action::Release;
                    return self.push(address, resource, action, key, Some(before), Some(after));
                }
                let fixed = repository::fixed_difference((address, resource), &key, &before.spec);
                if let Some(found) = fixed.filter(|_| !self.only) {
                    return self.found.push(found);
                }
                let settled = repository::settled(&before.spec, &spec);
                let seen = settled.as_ref().map_or(&before.spec, |(seen, _)| seen);
                let action = action(seen, &spec, &mark, before.key != key);
                let mut after = wanted(spec);
                if let Some((_, kept)) = settled {
                    after.spec = kept;
                }
                self.push(address, resource, action, key, Some(before), Some(after));
            }
            None if self.wishes.adopt.contains_key(address) => {
                let before = self.renamed(object);
                let after = wanted(before.spec.clone());
                self.push(address, resource, Action::Adopt, key, Some(before), Some(after));
            }
            Some(_) | None if self.only && !self.wishes.adopt.contains_key(address) => {}
            Some(mark) => {
                let detail = format!("{key} carries the mark of stack `{}`.", mark.stack);
                let help = "remove it from one of the two configurations";
                let found = Diagnostic::new(codes::OTHER_STACK, resource.span, sentence(&detail));
                let found = found.help(help);
                self.found.push(found.about(address.as_str()));
            }
            None => self.foreign(address, resource, &key),
        }
    }

    /// An image that has to be copied, and whose content cannot be had.
    fn missing_content(&mut self, address: &Address, resource: &Resource) {
        let missing = resource.content.as_ref().and_then(|content| content.missing.as_ref());
        if let Some(why) = missing {
            let detail = format!("The image has to be copied to `{address}`, and {why}.");
            let found = Diagnostic::new(codes::IMAGE_SOURCE, resource.span, detail);
            self.found.push(found.about(address.as_str()));
        }
    }

    fn push(
        &mut self,
        address: &Address,
        resource: &Resource,
        action: Action,
        key: Key,
        before: Option<Object>,
        after: Option<Wanted>,
    ) {
        let mut needs = resource.needs.clone();
        needs.extend(before.iter().flat_map(|object| self.adopted_for(&object.spec)));
        self.changes.list.push(Change {
            address: address.clone(),
            provider: Arc::clone(&resource.provider),
            region: resource.region.clone(),
            action,
            key,
            before,
            after,
            needs,
            unit: resource.unit.clone(),
            content: resource.content.as_ref().map(|content| (content.blobs, content.bytes)),
        });
    }
}

/// What to do about one of our own objects.
fn action(observed: &Spec, wanted: &Spec, mark: &Mark, moves: bool) -> Action {
    if moves {
        let because = check::immutable_difference(observed, wanted).unwrap_or("reference");
        return Action::Replace { because };
    }
    if observed == wanted {
        return Action::NoOp;
    }
    let world_moved = SpecHash::of(observed) != mark.spec;
    let configuration_moved = SpecHash::of(wanted) != mark.spec;
    Action::Update(match (configuration_moved, world_moved) {
        (true, true) => Moved::Both,
        (false, true) => Moved::World,
        (_, false) => Moved::Configuration,
    })
}
