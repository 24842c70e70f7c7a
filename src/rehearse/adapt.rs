//! A configuration for any cloud, as far as the local one can hold it.

use std::collections::BTreeSet;

use lifeboat_contract::{Endpoint, HealthCheck, Key, Repository, Spec, ZoneName};

use crate::desired::Desired;

/// What is left out, for people.
const REPOSITORIES: &str = "Repositories have nothing but `immutable` and `keep` here.";
const CHECKERS: &str =
    "Checks are asked from everywhere and by name here, whatever they say of that.";
const PRIVATE: &str = "Private zones are seen by everybody here.";

/// The configuration without what only real clouds have, and what that is. Nothing that decides an
/// answer is left out; what cannot be held for another reason is refused when it is applied.
pub fn adapt(mut desired: Desired) -> (Desired, Vec<String>) {
    let mut left_out = BTreeSet::new();
    let public: BTreeSet<ZoneName> =
        desired.zones.values().map(|zone| zone.name.clone()).filter(|it| !it.private).collect();
    let open = |name: &mut ZoneName| {
        let opened = ZoneName::public(name.name.clone());
        // A public zone beside it would get its record sets.
        let opens = name.private && !public.contains(&opened);
        if opens {
            *name = opened;
        }
        opens
    };
    for resource in desired.resources.values_mut() {
        if let Some(Key::Zone { name } | Key::RecordSet { zone: name, .. }) = &mut resource.key
            && open(name)
        {
            left_out.insert(PRIVATE);
        }
        match &mut resource.spec {
            Spec::Zone(zone) => zone.networks.clear(),
            Spec::Repository(repository) => {
                let Repository { immutable, keep_last, .. } = *repository;
                let plain = Repository { immutable, keep_last, ..Repository::default() };
                if std::mem::replace(repository, plain.clone()) != plain {
                    left_out.insert(REPOSITORIES);
                }
            }
            Spec::HealthCheck(HealthCheck::Endpoint(endpoint)) => {
                let plain = Endpoint {
                    address: None,
                    no_sni: false,
                    checkers: Vec::new(),
                    ..endpoint.clone()
                };
                if std::mem::replace(endpoint, plain.clone()) != plain {
                    left_out.insert(CHECKERS);
                }
            }
            Spec::HealthCheck(HealthCheck::Calculated { .. })
            | Spec::ImageCopy(_)
            | Spec::RecordSet(_) => {}
        }
    }
    for zone in desired.zones.values_mut() {
        open(&mut zone.name);
    }
    for served in &mut desired.names {
        open(&mut served.zone);
    }
    (desired, left_out.into_iter().map(str::to_owned).collect())
}
