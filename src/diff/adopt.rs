//! Wishes: what is taken over as it is, and what is let go of.

use std::collections::BTreeMap;
use std::sync::Arc;

use lifeboat_contract::{Address, CheckRef, HealthCheck, Key, Kind, Mark, Object, Spec, Wanted};

use super::{Action, Change, Comparing, conflict};
use crate::desired::Resource;
use crate::diagnostic::{Diagnostic, codes, nearest, sentence};

impl Comparing<'_> {
    /// Notes which checks get a reference: whatever else is taken over is then seen to refer to it.
    pub(super) fn name_adopted_checks(&mut self) {
        for (address, id) in &self.wishes.adopt {
            let (Some(id), Some(resource)) = (id, self.desired.resources.get(address)) else {
                continue;
            };
            let Some(Key::HealthCheck { reference }) =
                self.checks.of(address).map(super::check::Generation::key)
            else {
                let kind = resource.spec.kind();
                let detail = format!("A {kind} is found by its name, and not by an id.");
                let help = format!("write `lifeboat adopt '{address}'`");
                let found = Diagnostic::global(codes::USAGE, detail).help(help);
                self.found.push(found.about(address.as_str()));
                continue;
            };
            self.adopters.insert(reference.clone(), address.clone());
            if self.adopted.insert(id.clone(), reference).is_some() {
                let detail =
                    format!("Health check `{id}` cannot be two: one address takes it over.");
                let found = Diagnostic::global(codes::USAGE, detail);
                self.found.push(found.about(address.as_str()));
            }
        }
    }

    /// An object as it is when the checks that are taken over have their references.
    pub(super) fn renamed(&self, object: &Object) -> Object {
        let mut object = object.clone();
        object.spec.rename_checks(|check| match check {
            CheckRef::Id(id) => self.adopted.get(id).cloned().map(CheckRef::Marked),
            CheckRef::Address(_) | CheckRef::Marked(_) => None,
        });
        object
    }

    /// The checks that are taken over and that this depends on: they have to have their references
    /// first.
    pub(super) fn adopted_for(&self, spec: &Spec) -> Vec<Address> {
        let checks = match spec {
            Spec::RecordSet(set) => set.health_check.as_slice(),
            Spec::HealthCheck(HealthCheck::Calculated { checks, .. }) => checks,
            Spec::HealthCheck(HealthCheck::Endpoint(_))
            | Spec::Zone(_)
            | Spec::Repository(_)
            | Spec::ImageCopy(_) => &[],
        };
        let adopter = |check: &CheckRef| match check {
            CheckRef::Marked(reference) => self.adopters.get(reference).cloned(),
            CheckRef::Address(_) | CheckRef::Id(_) => None,
        };
        checks.iter().filter_map(adopter).collect()
    }

    /// Takes over a check of somebody else's, which gets our reference and our mark.
    pub(super) fn adopt_check(
        &mut self,
        address: &Address,
        resource: &Resource,
        (key, wanted): (&Key, &Spec),
    ) -> bool {
        let Some(id) = self.wishes.adopt.get(address) else { return false };
        if key.kind() != Kind::HealthCheck {
            return false;
        }
        let place = |id: &String| Key::ForeignCheck { id: id.clone() };
        let there = id.as_ref().and_then(|id| self.live.object(&resource.provider, &place(id)));
        if let Some(object) = there {
            let before = self.renamed(object);
            let mark = Some(Mark::of(&self.desired.stack, &before.spec));
            let after = Wanted { spec: before.spec.clone(), mark, source: None };
            self.push(address, resource, Action::Adopt, key.clone(), Some(before), Some(after));
            return true;
        }
        let alike = self.alike(resource, wanted);
        let alike = match &alike[..] {
            [] => "no check without a mark is as declared".to_owned(),
            [one] => format!("`{one}` is as declared"),
            several => format!("these are as declared: `{}`", several.join("`, `")),
        };
        let found = match id {
            Some(id) => {
                let detail = format!("There is no health check `{id}` without a mark.");
                Diagnostic::global(codes::ADOPT_NOTHING, detail).help(alike)
            }
            None => {
                let detail = "A health check has no name, so it is found by the provider's id.";
                let help = format!("write `lifeboat adopt '{address}=ID'`; {alike}");
                Diagnostic::global(codes::USAGE, detail).help(help)
            }
        };
        self.found.push(found.about(address.as_str()));
        true
    }

    /// The ids of unmarked checks that are just what is declared.
    fn alike(&self, resource: &Resource, wanted: &Spec) -> Vec<String> {
        let objects = self.live.objects(&resource.provider).iter();
        let alike = objects.filter_map(|object| match &object.key {
            Key::ForeignCheck { id } if self.renamed(object).spec == *wanted => Some(id.clone()),
            Key::ForeignCheck { .. }
            | Key::Zone { .. }
            | Key::Repository { .. }
            | Key::ImageCopy { .. }
            | Key::HealthCheck { .. }
            | Key::RecordSet { .. } => None,
        });
        alike.collect()
    }

    /// Takes over a foreign routed set, whose set identifier has to change to carry our mark. Of
    /// several that could stand for it, the one that is just as declared.
    pub(super) fn adopt_routed(
        &mut self,
        address: &Address,
        resource: &Resource,
        (key, wanted): (&Key, &Spec),
    ) -> bool {
        if !self.wishes.adopt.contains_key(address) {
            return false;
        }
        let taken = self.matched.get(&resource.provider);
        let free = |object: &&Object| taken.is_none_or(|taken| !taken.contains(&object.key));
        let places = conflict::same_places(self.live, resource, key).filter(free);
        let places: Vec<Object> = places.map(|object| self.renamed(object)).collect();
        let alike = places.iter().find(|object| object.spec == *wanted);
        let Some(before) = alike.or(places.first()).cloned() else { return false };
        let matched = self.matched.entry(Arc::clone(&resource.provider)).or_default();
        matched.insert(before.key.clone());
        let mark = Some(Mark::of(&self.desired.stack, &before.spec));
        let after = Wanted { spec: before.spec.clone(), mark, source: None };
        self.push(address, resource, Action::Adopt, key.clone(), Some(before), Some(after));
        true
    }

    pub(super) fn unreleasable(&mut self, address: &Address, resource: &Resource) {
        let detail = "A health check that was made here has its mark in its reference, which is for \
                      life, and whether this one was made or adopted shows nowhere.";
        let help = "remove its block to delete it, or keep it; one that was adopted by a plan file is \
                    let go of by `lifeboat undo FILE`";
        let found = Diagnostic::new(codes::UNSUPPORTED, resource.span, detail).help(help);
        self.found.push(found.about(address.as_str()));
    }

    pub(super) fn foreign(&mut self, address: &Address, resource: &Resource, key: &Key) {
        let detail = format!("{key} exists already and was not made by Lifeboat.");
        let help = format!("`lifeboat adopt '{address}'` takes it over as it is");
        self.found.push(
            Diagnostic::new(codes::FOREIGN_OBJECT, resource.span, sentence(&detail))
                .help(help)
                .about(address.as_str()),
        );
    }

    /// Why a wish for a declared address has no effect.
    fn nothing_to(&self, address: &Address, there: Option<&Change>) -> Option<String> {
        let adopting = self.wishes.adopt.contains_key(address);
        match there.map(|change| &change.action) {
            Some(Action::Create) => Some(format!("Nothing exists where `{address}` shall be.")),
            Some(Action::Unreachable { why }) => {
                Some(format!("Whether `{address}` exists is unknown: {why}."))
            }
            Some(_) if adopting => Some(format!("`{address}` is this stack's already.")),
            None if !adopting && self.desired.resources.contains_key(address) => {
                Some(format!("`{address}` exists, and is not this stack's."))
            }
            Some(_) | None => None,
        }
    }

    /// Wishes for addresses where there is nothing to take over or let go of.
    pub(super) fn unknown_wishes(&mut self) {
        let is_wish = |change: &Change| matches!(change.action, Action::Adopt | Action::Release);
        let mut there: BTreeMap<&Address, &Change> = BTreeMap::new();
        for change in &self.changes.list {
            if is_wish(change) || !there.contains_key(&change.address) {
                there.insert(&change.address, change);
            }
        }
        for address in self.wishes.adopt.keys().chain(&self.wishes.release) {
            let there = there.get(address).copied();
            if there.is_some_and(is_wish)
                || self.found.any(|d| d.address.as_deref() == Some(address.as_str()))
            {
                continue;
            }
            let (code, detail) = if let Some(why) = self.nothing_to(address, there) {
                (codes::ADOPT_NOTHING, why)
            } else if self.desired.resources.contains_key(address) {
                // That another stack owns it is said already.
                continue;
            } else {
                let resources = self.desired.resources.keys();
                let near = nearest(address.as_str(), resources.map(Address::as_str));
                let near = near.map(|near| format!(" Did you mean `{near}`?"));
                (
                    codes::UNKNOWN_ADDRESS,
                    format!("No resource is called `{address}`.{}", near.unwrap_or_default()),
                )
            };
            self.found.push(Diagnostic::global(code, detail).about(address.as_str()));
        }
    }
}
