//! `failover`: a name that moves to the next target when one is lost.

use std::sync::Arc;

use lifeboat_contract::{Address, CheckRef, RecordType};

use super::capacity::{self, Capacity};
use super::health_check;
use super::names::{Each, Seen};
use super::reader::{At, Reader};
use super::record::{self, Data, read_data, read_type};
use super::schema::{BlockSchema, NestedSchema, Occurs, Takes, defaulted, optional, required};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::language::Value;

pub(super) const SCHEMA: &BlockSchema = &BlockSchema {
    kind: "failover",
    labels: &["name"],
    summary: "A name that moves to the next target when one is lost, in the order written.",
    attributes: &[
        required("zone", Takes::Reference("zone"), "The zone it lies in."),
        required(
            "name",
            Takes::Text,
            "Its name, relative to the zone unless it ends in the zone's name; `@` is the zone \
             itself.",
        ),
        defaulted("type", Takes::Text, "\"A\"", "The record type."),
        defaulted("ttl", Takes::Duration, "\"60s\"", "How long resolvers may keep the answer."),
    ],
    blocks: &[NestedSchema { schema: TARGET, occurs: Occurs::AnyNumber }],
    for_each: true,
    example: "failover \"www\" {\n  zone = zone.main\n  name = \"www\"\n  type = \"A\"\n  ttl  = \
              \"60s\"\n\n  target \"primary\" {\n    region       = region.virginia\n    values       \
              = [\"192.0.2.10\"]\n    health_check = health_check.web[\"virginia\"]\n  }\n\n  target \
              \"standby\" {\n    region       = region.ireland\n    values       = \
              [\"198.51.100.10\"]\n    health_check = health_check.web[\"ireland\"]\n  }\n}\n",
};

const TARGET: &BlockSchema = &BlockSchema {
    kind: "target",
    labels: &["name"],
    summary: "One place to answer. With `for_each` its name gets the key appended: `name-key`.",
    attributes: &[
        required("region", Takes::Reference("region"), "The region that serves it."),
        optional("values", Takes::Texts, "What is answered."),
        optional(
            "health_check",
            Takes::ReferenceOrId("health_check"),
            "Says whether it may be answered; without one it counts as healthy for ever. One that \
             nothing declares is named by the provider's id.",
        ),
        optional("runs", Takes::References("image"), "The images that its region must hold."),
        optional(
            "tier",
            Takes::Integer,
            "Targets of one tier share the answers; a higher tier serves when the lower is lost. \
             Without any tier, each target is a tier of its own, in the order written.",
        ),
        defaulted("weight", Takes::Integer, "1", "Its share within the tier, 0 to 255."),
    ],
    blocks: &[
        NestedSchema { schema: record::ALIAS, occurs: Occurs::AtMostOnce },
        NestedSchema { schema: capacity::SCHEMA, occurs: Occurs::AtMostOnce },
    ],
    for_each: true,
    example: "target \"primary\" {\n  region = region.virginia\n  values = [\"192.0.2.10\"]\n  runs   \
              = [image.web]\n}\n",
};

/// A name that moves to the next target when one is lost.
#[derive(Clone, Debug)]
pub struct Failover {
    pub zone: At<Address>,
    pub name: At<String>,
    pub rtype: RecordType,
    /// Seconds.
    pub ttl: At<u32>,
    /// At least two.
    pub targets: Vec<Target>,
    pub span: Span,
}

/// One place to answer.
#[derive(Clone, Debug)]
pub struct Target {
    pub name: Arc<str>,
    pub region: At<Address>,
    pub data: Data,
    pub health_check: Option<At<CheckRef>>,
    pub runs: Option<At<Vec<Address>>>,
    /// Counts from 0; targets of one tier share the answers.
    pub tier: u32,
    pub weight: u8,
    pub capacity: Capacity,
    pub span: Span,
}

pub(super) fn read(reader: &Reader<'_>) -> Option<Failover> {
    let zone = reader.reference("zone", "zone");
    let name = reader.text("name");
    let rtype = match reader.expression("type") {
        Some(_) => read_type(reader),
        None => Some(RecordType::A),
    };
    let ttl = reader.duration_or("ttl", 60);
    let written = reader.block.blocks.iter().filter(|block| &*block.kind.text == "target").count();
    let mut targets = Vec::new();
    let mut complete = true;
    for target in reader.nested("target") {
        complete &= read_target(&target, rtype?, &mut targets).is_some();
    }
    if !complete {
        return None;
    }
    let span = reader.block.span;
    if targets.len() < 2 {
        let detail = match (written, targets.len()) {
            (_, 0) => "This failover has no target.",
            _ => "This failover has one target, so there is nothing to fail over to.",
        };
        let help = "write a second `target` block, or use a `record` block";
        reader.report(Diagnostic::new(codes::TOO_FEW_TARGETS, span, detail).help(help));
        return None;
    }
    order_tiers(reader, &mut targets);
    warn_of_gaps(reader, &targets);
    Some(Failover { zone: zone?, name: name?, rtype: rtype?, ttl, targets, span })
}

/// Reads a target, once or for each of its keys.
fn read_target(reader: &Reader<'_>, rtype: RecordType, targets: &mut Vec<Target>) -> Option<()> {
    let label = Arc::clone(&reader.block.labels.first()?.text);
    if reader.expression("for_each").is_none() {
        targets.push(read_one(reader, label, rtype)?);
        return Some(());
    }
    let at = reader.any("for_each")?;
    let Value::Map(map) =
        super::each::for_each_map(at.value, at.span).map_err(|fault| reader.report(*fault)).ok()?
    else {
        return None;
    };
    for (key, value) in map.iter() {
        let name: Arc<str> = format!("{label}-{key}").into();
        if !super::label_is_lawful(&name) {
            reader.refuse(at.span, format!("`{name}` cannot be the name of a target."));
            return None;
        }
        let each = Each { key: Arc::clone(key), value: value.clone() };
        let seen = Seen { names: reader.seen.names, each: Some(&each) };
        let instance = Reader {
            block: reader.block,
            schema: reader.schema,
            address: reader.address.clone(),
            seen,
            found: reader.found,
        };
        targets.push(read_one(&instance, name, rtype)?);
    }
    Some(())
}

fn read_one(reader: &Reader<'_>, name: Arc<str>, rtype: RecordType) -> Option<Target> {
    let region = reader.reference("region", "region");
    let health_check = health_check::named(reader, "health_check");
    let unreadable = health_check.is_none() && reader.is_written("health_check");
    let runs = reader.references("runs", "image");
    let tier = reader.integer("tier", 1..=100).map_or(0, |at| at.value);
    let weight = reader.integer("weight", 0..=255);
    let weight = weight.and_then(|at| u8::try_from(at.value).ok()).unwrap_or(1);
    let capacity = capacity::read(reader)?;
    let span = reader.block.span;
    let data = read_data(reader, rtype, span)?;
    if unreadable {
        return None;
    }
    Some(Target { name, region: region?, data, health_check, runs, tier, weight, capacity, span })
}

/// Tiers as counted from 0, without gaps, and the targets sorted by them.
fn order_tiers(reader: &Reader<'_>, targets: &mut [Target]) {
    if targets.iter().all(|target| target.tier == 0) {
        for (tier, target) in (0..).zip(targets) {
            target.tier = tier;
        }
        return;
    }
    if let Some(without) = targets.iter().find(|target| target.tier == 0) {
        let detail = "Some targets of this failover have a `tier`, so all need one.";
        let code = codes::MISSING_ATTRIBUTE;
        reader.report(Diagnostic::new(code, without.span, detail).help("set `tier`, from 1"));
    }
    targets.sort_by_key(|target| target.tier);
    let (mut tier, mut last) = (0, targets.first().map_or(0, |first| first.tier));
    for target in targets {
        if target.tier != last {
            (tier, last) = (tier + 1, target.tier);
        }
        target.tier = tier;
    }
}

fn warn_of_gaps(reader: &Reader<'_>, targets: &[Target]) {
    let last = targets.last().map_or(0, |last| last.tier);
    for target in targets.iter().filter(|target| target.health_check.is_none()) {
        let aliased = matches!(target.data, Data::Alias { evaluate_target_health: true, .. });
        if !aliased && target.tier < last {
            let detail = format!(
                "Target \"{}\" has no health check, so it counts as healthy for ever and nothing \
                 behind it is ever answered.",
                target.name
            );
            let help = "set `health_check`";
            let code = codes::PRIMARY_UNCHECKED;
            reader.report(Diagnostic::new(code, target.span, detail).help(help));
        }
    }
    for target in targets.iter().filter(|target| target.weight == 0) {
        let peers = targets.iter().filter(|peer| peer.tier == target.tier).count();
        if peers > 1 {
            let detail = format!(
                "Target \"{}\" has weight 0: it is answered only while no other target of its \
                 tier is healthy.",
                target.name
            );
            reader.report(Diagnostic::new(codes::UNREACHABLE_TARGET, target.span, detail));
        }
    }
}
