//! What the folder says, in the form that queries and checkers need.

use std::collections::BTreeMap;

use lifeboat_contract::routing::{Set, Zone};
use lifeboat_contract::{Answer, CheckRef, DnsName, HealthCheck, RecordSet, RecordType, Routing};

use crate::cloud::{Cloud, HeldSet, SetKey};

/// How long the name servers of a zone may be kept, as in Route 53.
const NS_TTL: u32 = 172_800;

/// How long an answer that there is nothing may be kept, as in Route 53.
const SOA_TTL: u32 = 900;

/// All zones and checks.
#[derive(Debug, Default)]
pub(super) struct Content {
    /// By apex.
    pub(super) zones: BTreeMap<DnsName, Zone>,
    pub(super) checks: BTreeMap<CheckRef, HealthCheck>,
}

impl Content {
    pub(super) fn of(cloud: Cloud) -> Self {
        let mut checks = BTreeMap::new();
        for (reference, held) in cloud.checks.marked {
            checks.insert(CheckRef::Marked(reference), held.check);
        }
        for (id, check) in cloud.checks.foreign {
            checks.insert(CheckRef::Id(id), check);
        }
        let zones = cloud.zones.iter().map(|(name, held)| {
            let apex = &name.name;
            let mut sets: Vec<Set> = held.sets().map(set).collect();
            for own in [soa(apex), ns(apex)] {
                if !sets.iter().any(|set| set.name == *apex && set.rtype == own.rtype) {
                    sets.push(own);
                }
            }
            (apex.clone(), Zone::new(sets))
        });
        Self { zones: zones.collect(), checks }
    }

    /// The zone that a name lies in.
    pub(super) fn zone(&self, name: &DnsName) -> Option<(&DnsName, &Zone)> {
        let around = self.zones.iter().filter(|(apex, _)| name.is_within(apex));
        around.max_by_key(|(apex, _)| apex.as_str().len())
    }
}

fn set((key, held): (&SetKey, &HeldSet)) -> Set {
    let SetKey { name, rtype, label } = key.clone();
    Set { name, rtype, id: label, spec: held.set.clone() }
}

/// A zone's server makes this set itself.
fn soa(apex: &DnsName) -> Set {
    let value = format!("localhost. hostmaster.{apex}. 1 7200 900 1209600 {SOA_TTL}");
    plain(apex, RecordType::Soa, SOA_TTL, value)
}

fn ns(apex: &DnsName) -> Set {
    plain(apex, RecordType::Ns, NS_TTL, "localhost.".to_owned())
}

fn plain(apex: &DnsName, rtype: RecordType, ttl: u32, value: String) -> Set {
    let spec = RecordSet {
        ttl: Some(ttl),
        answer: Answer::Values(vec![value]),
        routing: Routing::Simple,
        health_check: None,
    };
    Set { name: apex.clone(), rtype, id: None, spec }
}
