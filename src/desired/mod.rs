//! What shall be there, as typed resources.
//!
//! Input: [`Intents`], [`Contents`], the providers' capabilities. Output: [`Desired`], and a finding for
//! everything that a provider could not hold. Never looks at what is there.

mod alias;
mod check;
mod failover;
mod image;
mod reach;
mod record;

use std::collections::BTreeMap;
use std::sync::Arc;

use lifeboat_contract::{
    Address, Capabilities, CheckRef, DnsName, Key, Location, ProviderInfo, RecordType, Spec, Stack,
    ZoneName,
};

use crate::diagnostic::{Diagnostic, Diagnostics, Span, codes};
use crate::intent::{Intents, Role};
use crate::lock::{Content, Contents};

/// One thing that a provider shall hold.
#[derive(Clone, Debug)]
pub struct Resource {
    pub provider: Arc<str>,
    /// The region's name in the configuration, for what lives in one.
    pub region: Option<Arc<str>>,
    /// How it is found; absent for health checks, which are found by their marks.
    pub key: Option<Key>,
    pub spec: Spec,
    /// What has to be there first.
    pub needs: Vec<Address>,
    /// What is written together or not at all: the name that record sets serve.
    pub unit: Option<DnsName>,
    /// Where an image's content comes from.
    pub content: Option<Content>,
    pub span: Span,
}

/// A zone that names lie in.
#[derive(Clone, Debug)]
pub struct WantedZone {
    pub address: Address,
    pub provider: Arc<str>,
    pub name: ZoneName,
    /// Whether it is a resource of this stack. Otherwise it has to exist.
    pub ours: bool,
    pub span: Span,
}

/// A region of the configuration.
#[derive(Clone, Debug)]
pub struct WantedRegion {
    pub name: Arc<str>,
    pub provider: Arc<str>,
    pub location: Location,
    pub primary: bool,
}

/// A name that fails over, and its targets in order.
#[derive(Clone, Debug)]
pub struct ServedName {
    pub address: Address,
    pub zone: ZoneName,
    pub name: DnsName,
    pub rtype: RecordType,
    pub targets: Vec<ServedTarget>,
}

#[derive(Clone, Debug)]
pub struct ServedTarget {
    pub label: Arc<str>,
    pub region: Arc<str>,
    pub tier: u32,
    /// The record set that answers it.
    pub set: Address,
    /// The image copies that it runs on.
    pub runs: Vec<Address>,
}

/// What shall be there.
#[derive(Clone, Debug)]
pub struct Desired {
    pub stack: Stack,
    pub resources: BTreeMap<Address, Resource>,
    /// By the address of their block.
    pub zones: BTreeMap<Address, WantedZone>,
    /// Primary ones first.
    pub regions: Vec<WantedRegion>,
    pub names: Vec<ServedName>,
}

/// Derives what shall be there. Absent only where the findings say why.
pub fn derive(
    intents: &Intents,
    contents: &Contents,
    providers: &[ProviderInfo],
) -> (Option<Desired>, Diagnostics) {
    let mut found = Diagnostics::default();
    let Some(stack) = intents.stack.clone() else { return (None, found) };
    let mut making = Making {
        intents,
        providers,
        desired: Desired {
            stack,
            resources: BTreeMap::new(),
            zones: BTreeMap::new(),
            regions: Vec::new(),
            names: Vec::new(),
        },
        served: BTreeMap::new(),
        found: &mut found,
    };
    making.regions();
    making.zones();
    image::derive(&mut making, contents);
    check::derive(&mut making);
    record::derive(&mut making);
    failover::derive(&mut making);
    record::check_cnames(&mut making);
    alias::check_circles(&mut making);
    let desired = making.desired;
    (Some(desired), found)
}

/// What is put together.
struct Making<'m> {
    intents: &'m Intents,
    providers: &'m [ProviderInfo],
    desired: Desired,
    /// Who declares each name and type of a zone.
    served: BTreeMap<(ZoneName, DnsName, RecordType), (Address, Span)>,
    found: &'m mut Diagnostics,
}

impl Making<'_> {
    fn capabilities(&self, provider: &str) -> Option<&'static Capabilities> {
        Some(self.providers.iter().find(|info| info.name == provider)?.capabilities)
    }

    fn unsupported(&mut self, address: &Address, span: Span, provider: &str, what: &str) {
        let detail = format!("Provider `{provider}` {what}.");
        self.found.push(Diagnostic::new(codes::UNSUPPORTED, span, detail).about(address.as_str()));
    }

    fn regions(&mut self) {
        let mut first: BTreeMap<(&str, &Location), Span> = BTreeMap::new();
        for (address, region) in &self.intents.regions {
            let place = (&*region.provider, &region.location);
            if let Some(earlier) = first.insert(place, region.span) {
                let detail = format!(
                    "`{}` of provider `{}` is two regions here, so what one of them holds the other \
                     would, too.",
                    region.location, region.provider
                );
                let twice = Diagnostic::new(codes::DUPLICATE_BLOCK, region.span, detail);
                self.found.push(twice.also(earlier, "first here").about(address.as_str()));
            }
            self.desired.regions.push(WantedRegion {
                name: region_name(address),
                provider: Arc::clone(&region.provider),
                location: region.location.clone(),
                primary: region.role == Role::Primary,
            });
        }
        self.desired.regions.sort_by_key(|region| (!region.primary, Arc::clone(&region.name)));
    }

    fn zones(&mut self) {
        let mut first: BTreeMap<(Arc<str>, ZoneName), Span> = BTreeMap::new();
        for (address, zone) in &self.intents.zones {
            let name = ZoneName { name: zone.name.value.clone(), private: zone.private };
            let place = (Arc::clone(&zone.provider), name.clone());
            if let Some(earlier) = first.insert(place, zone.name.span) {
                let detail = format!("Zone `{name}` is declared by two blocks.");
                let twice = Diagnostic::new(codes::DUPLICATE_BLOCK, zone.name.span, detail);
                self.found.push(twice.also(earlier, "first here").about(address.as_str()));
                continue;
            }
            self.desired.zones.insert(
                address.clone(),
                WantedZone {
                    address: address.clone(),
                    provider: Arc::clone(&zone.provider),
                    name: name.clone(),
                    ours: zone.create,
                    span: zone.name.span,
                },
            );
            if zone.create {
                let spec = lifeboat_contract::Zone {
                    comment: zone.comment.clone(),
                    networks: zone.networks.clone(),
                };
                self.desired.resources.insert(
                    address.clone(),
                    Resource {
                        provider: Arc::clone(&zone.provider),
                        region: None,
                        key: Some(Key::Zone { name }),
                        spec: Spec::Zone(spec),
                        needs: Vec::new(),
                        unit: None,
                        content: None,
                        span: zone.name.span,
                    },
                );
            }
        }
    }

    /// The zone that a name lies in, if it could be read.
    fn zone(&self, address: &Address) -> Option<WantedZone> {
        self.desired.zones.get(address).cloned()
    }
}

/// A region's name in the configuration: what stands behind `region.`.
fn region_name(address: &Address) -> Arc<str> {
    address.as_str().strip_prefix("region.").unwrap_or(address.as_str()).into()
}

/// A reference to a declared check.
fn check_ref(address: &Address) -> CheckRef {
    CheckRef::Address(address.clone())
}
