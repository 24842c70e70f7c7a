//! Health checks are found by their marks. What cannot be changed in place gets a new generation,
//! and whatever refers to it is then written too.

use std::collections::BTreeMap;
use std::net::IpAddr;

use lifeboat_contract::{
    Address, AddressDigest, CheckRef, CheckReference, Endpoint, HealthCheck, Key, Object,
    RecordSet, Spec,
};

use crate::desired::Desired;
use crate::live::Live;

/// The reference that each declared check shall have.
pub(super) struct Generations {
    of: BTreeMap<Address, Generation>,
    /// Checks of this stack, by the provider's ids.
    ids: BTreeMap<String, CheckReference>,
}

/// One check's reference, now and after.
#[derive(Clone, Debug)]
pub(super) struct Generation {
    wanted: CheckReference,
    existing: Option<CheckReference>,
}

impl Generation {
    pub(super) fn key(&self) -> Key {
        Key::HealthCheck { reference: self.wanted.clone() }
    }

    pub(super) fn existing<'l>(&self, live: &'l Live, provider: &str) -> Option<&'l Object> {
        let reference = self.existing.clone()?;
        live.object(provider, &Key::HealthCheck { reference })
    }
}

/// Decides every check's generation.
pub(super) fn generations(desired: &Desired, live: &Live) -> Generations {
    let mut newest: BTreeMap<AddressDigest, &Object> = BTreeMap::new();
    let mut ids = BTreeMap::new();
    for (_, objects) in live.all() {
        for object in objects {
            // Sorted by key, so the highest generation of a check comes last.
            if let Key::HealthCheck { reference } = &object.key
                && reference.stack == desired.stack
            {
                newest.insert(reference.address.clone(), object);
                ids.extend(object.id.clone().map(|id| (id, reference.clone())));
            }
        }
    }
    let mut of = BTreeMap::new();
    for (address, resource) in &desired.resources {
        let Spec::HealthCheck(_) = &resource.spec else { continue };
        let digest = address.digest();
        let existing = newest.get(&digest).and_then(|object| match &object.key {
            Key::HealthCheck { reference } => Some((reference.clone(), &object.spec)),
            Key::Zone { .. }
            | Key::Repository { .. }
            | Key::ImageCopy { .. }
            | Key::ForeignCheck { .. }
            | Key::RecordSet { .. } => None,
        });
        let generation = match &existing {
            None => 1,
            Some((reference, spec)) if immutable_difference(spec, &resource.spec).is_some() => {
                reference.generation + 1
            }
            Some((reference, _)) => reference.generation,
        };
        let wanted = CheckReference { stack: desired.stack.clone(), address: digest, generation };
        let existing = existing.map(|(reference, _)| reference);
        of.insert(address.clone(), Generation { wanted, existing });
    }
    Generations { of, ids }
}

/// The first field that differs and cannot be changed in place.
pub(super) fn immutable_difference(observed: &Spec, wanted: &Spec) -> Option<&'static str> {
    let (Spec::HealthCheck(observed), Spec::HealthCheck(wanted)) = (observed, wanted) else {
        return None;
    };
    match (observed, wanted) {
        (HealthCheck::Endpoint(a), HealthCheck::Endpoint(b)) => {
            if a.protocol != b.protocol {
                Some("protocol")
            } else if a.interval != b.interval {
                Some("interval")
            } else if a.contains.is_some() != b.contains.is_some() {
                // Looking for text is a type of its own at Route 53, and a type is for life.
                Some("contains")
            } else if by_address(a) != by_address(b) {
                // Route 53 changes an address, and neither adds nor removes one.
                Some(if a.address.is_some() == b.address.is_some() { "host" } else { "address" })
            } else {
                None
            }
        }
        (HealthCheck::Calculated { .. }, HealthCheck::Calculated { .. }) => None,
        (HealthCheck::Endpoint(_), HealthCheck::Calculated { .. })
        | (HealthCheck::Calculated { .. }, HealthCheck::Endpoint(_)) => Some("kind"),
    }
}

/// Whether an endpoint is connected to by an address that is given.
fn by_address(endpoint: &Endpoint) -> bool {
    endpoint.address.is_some() || endpoint.host.parse::<IpAddr>().is_ok()
}

impl Generations {
    /// The same, as if nothing had to be made anew.
    pub(super) fn standing(mut self) -> Self {
        for generation in self.of.values_mut() {
            if let Some(existing) = &generation.existing {
                generation.wanted = existing.clone();
            }
        }
        self
    }

    pub(super) fn of(&self, address: &Address) -> Option<&Generation> {
        self.of.get(address)
    }

    /// A spec as the provider takes it: addresses of checks become their references.
    pub(super) fn resolve(&self, spec: &Spec) -> Spec {
        match spec {
            Spec::HealthCheck(HealthCheck::Calculated { checks, at_least, inverted, disabled }) => {
                let mut checks: Vec<CheckRef> = checks.iter().map(|c| self.reference(c)).collect();
                checks.sort();
                Spec::HealthCheck(HealthCheck::Calculated {
                    checks,
                    at_least: *at_least,
                    inverted: *inverted,
                    disabled: *disabled,
                })
            }
            Spec::RecordSet(set) => {
                let health_check = set.health_check.as_ref().map(|check| self.reference(check));
                Spec::RecordSet(RecordSet { health_check, ..set.clone() })
            }
            Spec::HealthCheck(HealthCheck::Endpoint(_))
            | Spec::Zone(_)
            | Spec::Repository(_)
            | Spec::ImageCopy(_) => spec.clone(),
        }
    }

    /// Whether a check of this stack has this id.
    pub(super) fn is_ours(&self, id: &str) -> bool {
        self.ids.contains_key(id)
    }

    fn reference(&self, check: &CheckRef) -> CheckRef {
        match check {
            CheckRef::Address(address) => self
                .of
                .get(address)
                .map_or_else(|| check.clone(), |g| CheckRef::Marked(g.wanted.clone())),
            // One that was taken over is observed by its reference, whatever it is declared as.
            CheckRef::Id(id) => {
                self.ids.get(id).map_or_else(|| check.clone(), |r| CheckRef::Marked(r.clone()))
            }
            CheckRef::Marked(_) => check.clone(),
        }
    }
}
