//! Health checks: ours by their reference, others by their id.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_contract::{
    CheckRef, CheckReference, Digest, Endpoint, HealthCheck, Key, Mark, Object, Protocol,
    ProviderError, Spec, SpecHash, Wanted, Write,
};

use super::{Cloud, refused, unsupported, wrong_kind};
use crate::info::CAPABILITIES;

/// Checks that can be counted by one, as in Route 53.
const CHILDREN_MAX: usize = 256;

/// All health checks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Checks {
    pub(crate) marked: BTreeMap<CheckReference, HeldCheck>,
    pub(crate) foreign: BTreeMap<String, HealthCheck>,
}

/// A health check as it is held. Its reference says who owns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeldCheck {
    pub(crate) check: HealthCheck,
    /// The hash of the spec last applied.
    pub(crate) spec: Option<SpecHash>,
    /// Counts the changes, from 1.
    pub(crate) version: u64,
    /// The id of a check that was there before it got its reference.
    pub(crate) adopted: Option<String>,
}

/// What checks are called, and what they are called instead.
pub(crate) type Names = BTreeMap<CheckRef, CheckRef>;

/// Every check made here has the id that its reference gives, so that no counter has to be kept.
pub(crate) fn check_id(reference: &CheckReference) -> String {
    format!("check-{}", Digest::of(reference.to_string().as_bytes()).short())
}

pub(super) fn shown(check: &CheckRef) -> String {
    match check {
        CheckRef::Address(address) => address.to_string(),
        CheckRef::Marked(reference) => reference.to_string(),
        CheckRef::Id(id) => id.clone(),
    }
}

impl HeldCheck {
    pub(crate) fn object(&self, reference: &CheckReference) -> Object {
        let mark = |spec: &SpecHash| Mark { stack: reference.stack.clone(), spec: spec.clone() };
        Object {
            key: Key::HealthCheck { reference: reference.clone() },
            spec: Spec::HealthCheck(self.check.clone()),
            mark: self.spec.as_ref().map(mark),
            id: Some(self.id(reference)),
            version: Some(self.version),
        }
    }

    pub(crate) fn id(&self, reference: &CheckReference) -> String {
        self.adopted.clone().unwrap_or_else(|| check_id(reference))
    }
}

impl Checks {
    pub(crate) fn objects(&self) -> impl Iterator<Item = Object> {
        self.marked.iter().map(|(reference, held)| held.object(reference))
    }

    pub(crate) fn foreign_objects(&self) -> impl Iterator<Item = Object> {
        self.foreign.keys().filter_map(|id| self.foreign_object(id))
    }

    pub(crate) fn foreign_object(&self, id: &str) -> Option<Object> {
        Some(Object {
            key: Key::ForeignCheck { id: id.to_owned() },
            spec: Spec::HealthCheck(self.foreign.get(id)?.clone()),
            mark: None,
            id: Some(id.to_owned()),
            version: None,
        })
    }

    /// Checks that were adopted, by their ids.
    pub(crate) fn adopted(&self) -> Names {
        let adopted = self.marked.iter().filter_map(|(reference, held)| {
            let id = CheckRef::Id(held.adopted.clone()?);
            Some((id, CheckRef::Marked(reference.clone())))
        });
        adopted.collect()
    }

    /// Calls the checks that others count by other names.
    pub(crate) fn rename(&mut self, names: &Names) {
        let marked = self.marked.values_mut().map(|held| &mut held.check);
        for check in marked.chain(self.foreign.values_mut()) {
            check.rename_checks(|child| names.get(child).cloned());
        }
    }

    /// Whether the check exists.
    pub(crate) fn contains(&self, check: &CheckRef) -> bool {
        match check {
            // An address means something in a configuration only.
            CheckRef::Address(_) => false,
            CheckRef::Marked(reference) => self.marked.contains_key(reference),
            CheckRef::Id(id) => self.foreign.contains_key(id),
        }
    }

    /// Every check that is counted by another, with the one that counts it.
    fn counts(&self) -> impl Iterator<Item = (&CheckRef, String)> {
        let marked =
            self.marked.iter().map(|(reference, held)| (reference.to_string(), &held.check));
        let foreign = self.foreign.iter().map(|(id, check)| (id.clone(), check));
        marked.chain(foreign).flat_map(|(name, check)| {
            children(check).iter().map(move |child| (child, name.clone()))
        })
    }

    /// Whether `from` counts `to`, be it through others.
    fn reaches(&self, from: &[CheckRef], to: &CheckReference) -> bool {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&CheckRef> = from.iter().collect();
        while let Some(check) = open.pop() {
            if !seen.insert(check) {
                continue;
            }
            match check {
                CheckRef::Marked(reference) if reference == to => return true,
                CheckRef::Marked(reference) => {
                    let held = self.marked.get(reference).map(|held| &held.check);
                    open.extend(held.map(children).unwrap_or_default());
                }
                CheckRef::Id(id) => {
                    open.extend(self.foreign.get(id).map(children).unwrap_or_default());
                }
                CheckRef::Address(_) => {}
            }
        }
        false
    }
}

fn children(check: &HealthCheck) -> &[CheckRef] {
    match check {
        HealthCheck::Endpoint(_) => &[],
        HealthCheck::Calculated { checks, .. } => checks,
    }
}

impl Cloud {
    pub(super) fn write_check(
        &mut self,
        reference: &CheckReference,
        write: &Write,
    ) -> Result<(), ProviderError> {
        let Some(Wanted { spec, mark, source: _ }) = &write.then else {
            return self.delete_check(reference, write);
        };
        let Spec::HealthCheck(check) = spec else { return Err(wrong_kind(&write.key, spec)) };
        let Some(mark) = mark.as_ref().filter(|mark| mark.stack == reference.stack) else {
            return Err(refused(&write.key, "its reference is its mark, which cannot be changed"));
        };
        match check {
            HealthCheck::Endpoint(endpoint) => admit_endpoint(&write.key, endpoint)?,
            HealthCheck::Calculated { checks, .. } => {
                self.admit_calculated(reference, &write.key, checks)?;
            }
        }
        let before = self.checks.marked.get(reference);
        let adopted = before.and_then(|before| before.adopted.clone());
        if before.is_some_and(|before| !changes_in_place(&before.check, check)) {
            return Err(refused(
                &write.key,
                "protocol and interval of a check cannot be changed; make another",
            ));
        }
        let version = before.map_or(1, |before| before.version + 1);
        let spec = Some(mark.spec.clone());
        let held = HeldCheck { check: check.clone(), spec, version, adopted };
        self.checks.marked.insert(reference.clone(), held);
        Ok(())
    }

    fn delete_check(
        &mut self,
        reference: &CheckReference,
        write: &Write,
    ) -> Result<(), ProviderError> {
        let check = CheckRef::Marked(reference.clone());
        if let Some(set) = self.zones.values().find_map(|zone| zone.depends_on(&check)) {
            return Err(refused(&write.key, format!("{set} still depends on it")));
        }
        if let Some((_, by)) = self.checks.counts().find(|(child, _)| **child == check) {
            return Err(refused(&write.key, format!("health check {by} still counts it")));
        }
        self.checks.marked.remove(reference);
        Ok(())
    }

    /// Gives a check that is there a reference and a mark.
    pub(super) fn adopt_check(
        &mut self,
        reference: &CheckReference,
        id: &str,
        write: &Write,
    ) -> Result<(), ProviderError> {
        let mark = write.then.as_ref().and_then(|wanted| wanted.mark.clone());
        let Some(mark) = mark.filter(|mark| mark.stack == reference.stack) else {
            return Err(refused(&write.key, "its reference and its mark name one stack"));
        };
        let check = Self::unchanged(write)?;
        let (spec, adopted) = (Some(mark.spec), Some(id.to_owned()));
        self.checks.foreign.remove(id);
        let held = HeldCheck { check, spec, version: 1, adopted };
        self.checks.marked.insert(reference.clone(), held);
        self.rename_checks(&self.checks.adopted());
        Ok(())
    }

    /// Takes reference and mark away from a check that was adopted.
    pub(super) fn release_check(
        &mut self,
        id: &str,
        reference: &CheckReference,
        write: &Write,
    ) -> Result<(), ProviderError> {
        let held = self.checks.marked.get(reference);
        if held.and_then(|held| held.adopted.as_deref()) != Some(id) {
            return Err(refused(&write.key, "it was made with its reference, which is for life"));
        }
        if write.then.as_ref().is_some_and(|wanted| wanted.mark.is_some()) {
            return Err(refused(&write.key, "it has no reference, so it cannot carry a mark"));
        }
        let check = Self::unchanged(write)?;
        let names = [(CheckRef::Marked(reference.clone()), CheckRef::Id(id.to_owned()))];
        self.checks.marked.remove(reference);
        self.checks.foreign.insert(id.to_owned(), check);
        self.rename_checks(&names.into());
        Ok(())
    }

    /// The check that a write gives another key, and nothing else.
    fn unchanged(write: &Write) -> Result<HealthCheck, ProviderError> {
        let before = write.moves().map(|object| &object.spec);
        match &write.then {
            Some(Wanted { spec: spec @ Spec::HealthCheck(check), .. }) if before == Some(spec) => {
                Ok(check.clone())
            }
            Some(_) | None => Err(refused(&write.key, "nothing but its mark can be written now")),
        }
    }

    /// Calls checks by other names, wherever they are referred to.
    pub(crate) fn rename_checks(&mut self, names: &Names) {
        if names.is_empty() {
            return;
        }
        self.checks.rename(names);
        for zone in self.zones.values_mut() {
            zone.rename_checks(names);
        }
    }

    fn admit_calculated(
        &self,
        reference: &CheckReference,
        key: &Key,
        checks: &[CheckRef],
    ) -> Result<(), ProviderError> {
        if checks.is_empty() || checks.len() > CHILDREN_MAX {
            return Err(refused(key, format!("it counts 1 to {CHILDREN_MAX} other checks")));
        }
        if let Some(absent) = checks.iter().find(|check| !self.checks.contains(check)) {
            return Err(refused(key, format!("there is no health check {}", shown(absent))));
        }
        if self.checks.reaches(checks, reference) {
            return Err(refused(key, "it would count itself"));
        }
        Ok(())
    }
}

fn changes_in_place(before: &HealthCheck, after: &HealthCheck) -> bool {
    match (before, after) {
        (HealthCheck::Endpoint(before), HealthCheck::Endpoint(after)) => {
            before.protocol == after.protocol && before.interval == after.interval
        }
        (HealthCheck::Calculated { .. }, HealthCheck::Calculated { .. }) => true,
        (HealthCheck::Endpoint(_), HealthCheck::Calculated { .. })
        | (HealthCheck::Calculated { .. }, HealthCheck::Endpoint(_)) => false,
    }
}

/// Whether nothing is set that only checkers of a real cloud have.
fn asks_plainly(endpoint: &Endpoint) -> bool {
    let Endpoint { address, no_sni, checkers, inverted, disabled, .. } = endpoint;
    address.is_none() && !no_sni && checkers.is_empty() && !inverted && !disabled
}

fn admit_endpoint(key: &Key, endpoint: &Endpoint) -> Result<(), ProviderError> {
    let Endpoint { protocol, host, port, path, contains, interval, failures, timeout, .. } =
        endpoint;
    if !asks_plainly(endpoint) {
        return Err(unsupported(key, "it is asked from here, by name, and always"));
    }
    if host.is_empty() || *port == 0 {
        return Err(refused(key, "it has no host or no port to ask"));
    }
    if *protocol == Protocol::Tcp && (path.is_some() || contains.is_some()) {
        return Err(refused(key, "a tcp check has no path and no text to look for"));
    }
    if !CAPABILITIES.interval.allows(*interval) {
        let allowed = &CAPABILITIES.interval;
        return Err(unsupported(key, format!("the interval is {interval}s, not {allowed}")));
    }
    if !CAPABILITIES.failures.contains(failures) {
        return Err(unsupported(key, format!("{failures} failures are not 1 to 10")));
    }
    let in_time = |seconds| CAPABILITIES.timeout.as_ref().is_none_or(|all| all.contains(seconds));
    match timeout {
        Some(seconds) if !in_time(seconds) => {
            Err(unsupported(key, format!("the timeout is {seconds}s, not 1s to 60s")))
        }
        Some(_) | None => Ok(()),
    }
}
