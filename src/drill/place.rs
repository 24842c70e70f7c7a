//! In which region an endpoint is, as far as a configuration tells.

use lifeboat_contract::{Address, Endpoint};

use crate::intent::{Data, Failover, Intents, Target};

/// The region that an endpoint is in, where its address or its name tells that it is another one
/// than `own`, for which it is asked.
pub(super) fn asked_in<'i>(
    intents: &'i Intents,
    failover: &'i Failover,
    own: &Address,
    endpoint: &Endpoint,
) -> Option<&'i Address> {
    let asked = endpoint.address.map_or_else(|| endpoint.host.clone(), |ip| ip.to_string());
    let answers = |target: &&Target| match &target.data {
        Data::Values(values) => values.contains(&asked),
        Data::Alias { .. } => false,
    };
    let mut answering = failover.targets.iter().filter(answers).map(|target| &target.region.value);
    match answering.next() {
        Some(first) => (first != own && answering.all(|other| other != own)).then_some(first),
        None => named_in(intents, &endpoint.host, own),
    }
}

/// The declared region whose location a host names, if it names one and not that of `own`.
pub(super) fn named_in<'i>(intents: &'i Intents, host: &str, own: &Address) -> Option<&'i Address> {
    let named = |region: &Address| {
        intents.regions.get(region).is_some_and(|region| names(host, region.location.as_str()))
    };
    if named(own) {
        return None;
    }
    let mut regions = intents.regions.keys().filter(|region| named(region));
    regions.next().filter(|_| regions.next().is_none())
}

/// Whether a location stands in a host's name by itself: `web.eu-west-1.example.com`.
fn names(host: &str, location: &str) -> bool {
    let host = host.to_ascii_lowercase();
    // A name without a number, such as `lab`, may stand for anything.
    location.ends_with(|c: char| c.is_ascii_digit())
        && host.match_indices(location).any(|(at, found)| {
            let before = host[..at].chars().next_back();
            let behind = host[at + found.len()..].chars().next();
            !before.is_some_and(|c| c.is_ascii_alphanumeric())
                && !behind.is_some_and(|c| c.is_ascii_alphanumeric())
        })
}
