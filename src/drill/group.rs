//! Which objectives are about the same answers, and what they demand.

use std::collections::BTreeMap;

use lifeboat_contract::Address;
use lifeboat_contract::routing::{Client, Place};

use super::judge::{Demand, QUERIES};
use super::timing::Habits;
use crate::desired::{Desired, ServedName};
use crate::intent::{Clients, Failover, Intents, Objective, Profile};

/// Objectives that see the same answers.
pub(super) struct Group<'i> {
    pub(super) served: &'i ServedName,
    pub(super) failover: &'i Failover,
    pub(super) client: Client,
    pub(super) objectives: Vec<(&'i Address, &'i Objective)>,
}

pub(super) fn groups<'i>(intents: &'i Intents, desired: &'i Desired) -> Vec<Group<'i>> {
    let served: BTreeMap<&Address, &ServedName> =
        desired.names.iter().map(|name| (&name.address, name)).collect();
    let mut groups: BTreeMap<&Address, Vec<Group<'i>>> = BTreeMap::new();
    for (address, objective) in &intents.objectives {
        let protects = &objective.protects.value;
        let (Some(served), Some(failover)) =
            (served.get(protects), intents.failovers.get(protects))
        else {
            continue;
        };
        let client = client(&profile(intents, objective));
        let alike = groups.entry(protects).or_default();
        match alike.iter_mut().find(|group| group.client == client) {
            Some(group) => group.objectives.push((address, objective)),
            None => {
                let objectives = vec![(address, objective)];
                alike.push(Group { served, failover, client, objectives });
            }
        }
    }
    groups.into_values().flatten().collect()
}

fn profile(intents: &Intents, objective: &Objective) -> Clients {
    match &objective.clients {
        Profile::Honest => Clients::honest(),
        Profile::Typical => Clients::typical(),
        Profile::Own(address) => {
            intents.clients.get(address).cloned().unwrap_or_else(Clients::honest)
        }
    }
}

fn client(clients: &Clients) -> Client {
    let place = clients.continent.as_ref().map(|continent| Place::At {
        continent: continent.clone(),
        country: clients.country.clone(),
        subdivision: clients.subdivision.clone(),
    });
    Client {
        subnet: clients.address.map(Into::into),
        place: place.unwrap_or_default(),
        coordinates: None,
        latency: clients.latency.clone(),
    }
}

pub(super) fn demand(intents: &Intents, objective: &Objective) -> Demand {
    let clients = profile(intents, objective);
    Demand {
        quantile: objective.quantile,
        rto: f64::from(objective.rto),
        habits: Habits {
            stretched: clients.stretched,
            cached: clients.cached,
            stretched_to: f64::from(clients.stretched_to),
            cached_for: f64::from(clients.cached_for),
            notice: f64::from(clients.notice),
            queries: QUERIES,
        },
    }
}
