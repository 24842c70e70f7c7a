//! The blocks that are settings, written anew, and what all blocks are called.

use std::collections::BTreeMap;
use std::sync::Arc;

use hcl::Block;
use lifeboat_contract::{Address, CheckReference, Key};

use super::name::Names;
use super::write::Body;
use super::{Draft, Form, Settings, Unsaid, id_of};
use crate::desired::WantedZone;

/// What blocks are called where they are written.
pub(super) struct Book {
    /// By their addresses in the settings' own configuration.
    blocks: BTreeMap<Address, Address>,
    regions: Vec<Address>,
    checks: BTreeMap<(Arc<str>, String), Address>,
    ours: BTreeMap<(Arc<str>, CheckReference), String>,
    /// Whether several providers could check.
    pub(super) several_check: bool,
}

impl Book {
    /// Names in a configuration of its own: a block each, also for what `for_each` repeats.
    pub(super) fn whole(settings: &Settings<'_>, drafts: &[Draft<'_>]) -> Self {
        let mut names = Names::default();
        let desired = settings.desired;
        let regions = desired.regions.iter().map(|region| region_address(&region.name));
        let blocks = regions.chain(desired.zones.keys().cloned()).map(|address| {
            let (kind, name) = address.as_str().split_once('.').unwrap_or_default();
            let name = names.give(kind, name.trim_end_matches(['"', ']']));
            let written = Address::block(kind, &name);
            (address, written)
        });
        let blocks = blocks.collect();
        Self::of(settings, drafts, blocks)
    }

    /// Names beside the settings' own configuration: those that blocks have there.
    pub(super) fn added(settings: &Settings<'_>, drafts: &[Draft<'_>]) -> Self {
        Self::of(settings, drafts, BTreeMap::new())
    }

    fn of(
        settings: &Settings<'_>,
        drafts: &[Draft<'_>],
        blocks: BTreeMap<Address, Address>,
    ) -> Self {
        let regions = settings.desired.regions.iter().map(|region| {
            let address = region_address(&region.name);
            blocks.get(&address).cloned().unwrap_or(address)
        });
        let regions = regions.collect();
        let checks = drafts.iter().filter_map(|draft| {
            let id = id_of(draft.pieces.first()?.object)?;
            Some(((Arc::clone(&draft.provider), id), draft.address()))
        });
        let checks = checks.collect();
        let stack = &settings.desired.stack;
        let ours = settings.live.all().flat_map(|(provider, objects)| {
            objects.iter().filter_map(|object| match &object.key {
                Key::HealthCheck { reference } if reference.stack == *stack => {
                    Some(((Arc::clone(provider), reference.clone()), object.id.clone()?))
                }
                Key::HealthCheck { .. }
                | Key::Zone { .. }
                | Key::Repository { .. }
                | Key::ImageCopy { .. }
                | Key::ForeignCheck { .. }
                | Key::RecordSet { .. } => None,
            })
        });
        let ours = ours.collect();
        let mut serving: Vec<&str> =
            settings.desired.zones.values().map(|zone| &*zone.provider).collect();
        serving.sort_unstable();
        serving.dedup();
        Self { blocks, regions, checks, ours, several_check: serving.len() > 1 }
    }

    pub(super) fn zone<'b>(&'b self, address: &'b Address) -> &'b Address {
        self.blocks.get(address).unwrap_or(address)
    }

    /// A guess: the regions in their order.
    pub(super) fn region(&self, at: usize) -> Option<&Address> {
        self.regions.get(at % self.regions.len().max(1))
    }

    /// The block that is written for a check.
    pub(super) fn check(&self, provider: &Arc<str>, id: &str) -> Option<&Address> {
        self.checks.get(&(Arc::clone(provider), id.to_owned()))
    }

    /// The id of a check that is this stack's already.
    pub(super) fn ours(&self, provider: &Arc<str>, check: &CheckReference) -> Option<&str> {
        self.ours.get(&(Arc::clone(provider), check.clone())).map(String::as_str)
    }
}

fn region_address(name: &str) -> Address {
    Address::from(format!("region.{name}").as_str())
}

/// The settings as blocks: the stack, providers, regions and zones.
pub(super) fn blocks(settings: &Settings<'_>, book: &Book) -> Vec<Block> {
    let desired = settings.desired;
    let mut blocks =
        vec![Body::new().with("stack", desired.stack.as_str()).block("lifeboat", None)];
    blocks.extend(providers(settings));
    for region in &desired.regions {
        let address = region_address(&region.name);
        let body = Body::new()
            .with("provider", &*region.provider)
            .with("location", region.location.as_str())
            .with_if("role", region.primary.then_some("primary"));
        blocks.push(body.block("region", Some(label(book.zone(&address)))));
    }
    let wanted = |zone: &&WantedZone| {
        settings.zones.as_ref().is_none_or(|zones| zones.contains(&zone.address))
    };
    for zone in desired.zones.values().filter(wanted) {
        let there = settings.live.object(&zone.provider, &Key::Zone { name: zone.name.clone() });
        let intent = settings.intents.zones.get(&zone.address);
        let make = zone.ours && there.is_none();
        let comment = intent.and_then(|zone| zone.comment.as_deref()).filter(|_| make);
        let body = Body::new()
            .with("provider", &*zone.provider)
            .with("name", zone.name.name.as_str())
            .with_if("private", zone.name.private.then_some(true))
            .with_if("create", make.then_some(true))
            .with_if("comment", comment);
        blocks.push(body.block("zone", Some(label(book.zone(&zone.address)))));
    }
    blocks
}

fn label(address: &Address) -> &str {
    address.as_str().split_once('.').map_or(address.as_str(), |(_, name)| name)
}

/// What a configuration of its own needs and is not written, because it is secret.
pub(super) fn secrets(settings: &Settings<'_>) -> Vec<Unsaid> {
    let mut secrets = Vec::new();
    for (name, config) in &settings.intents.providers {
        let info = settings.providers.iter().find(|info| *info.name == **name);
        let attributes = info.into_iter().flat_map(|info| info.attributes);
        for attribute in attributes.filter(|attribute| attribute.secret) {
            if config.attributes.contains_key(attribute.name) {
                let what = format!("attribute {} of provider {name}", attribute.name);
                let why = "it is secret: set it by `env()`".to_owned();
                secrets.push(Unsaid { what, why, check: None });
            }
        }
    }
    secrets
}

/// Providers whose attributes are not all as they are by themselves. Secrets are not written.
fn providers(settings: &Settings<'_>) -> Vec<Block> {
    let mut blocks = Vec::new();
    for (name, config) in &settings.intents.providers {
        let info = settings.providers.iter().find(|info| *info.name == **name);
        let seen = match &settings.form {
            Form::Whole(seen) => seen.get(name),
            Form::Added(_) => None,
        };
        let mut body = Body::new();
        let mut written = 0;
        let attributes = info.into_iter().flat_map(|info| info.attributes);
        for attribute in attributes.filter(|attribute| !attribute.secret) {
            let other = seen.and_then(|seen| seen.get(attribute.name));
            let Some(value) = other.or_else(|| config.attributes.get(attribute.name)) else {
                continue;
            };
            if attribute.default != Some(value.as_str()) {
                body = body.with(attribute.name, value.as_str());
                written += 1;
            }
        }
        if written > 0 {
            blocks.push(body.block("provider", Some(name)));
        }
    }
    blocks
}
