//! `objective`: what must hold when something is lost.

use std::cell::RefCell;
use std::collections::BTreeSet;

use lifeboat_contract::Address;

use super::reader::{At, Reader};
use super::schema::{BlockSchema, Takes, defaulted, required};
use super::{Data, Intents};
use crate::diagnostic::{Diagnostic, Diagnostics, Span, codes};
use crate::language::Number;

pub(super) const SCHEMA: &BlockSchema = &BlockSchema {
    kind: "objective",
    labels: &["name"],
    summary: "What must hold when something is lost. `lifeboat drill` computes whether it does.",
    attributes: &[
        required("protects", Takes::Reference("failover"), "The failover it is about."),
        defaulted("survive", Takes::Integer, "1", "How many regions may be lost, any of them."),
        required(
            "rto",
            Takes::Duration,
            "Within what time clients have to be served again (recovery time objective).",
        ),
        defaulted("quantile", Takes::Number, "0.95", "The share of clients, over 0 up to 1."),
        defaulted(
            "clients",
            Takes::Anything,
            "\"honest\"",
            "Which clients: `\"honest\"` ones keep the TTL, `\"typical\"` ones do not all; or a \
             `clients` block, such as `clients.mobile`.",
        ),
    ],
    blocks: &[],
    for_each: true,
    example: "objective \"www\" {\n  protects = failover.www\n  survive  = 1\n  rto      = \"3m\"\n\
              \x20 quantile = 0.95\n  clients  = \"honest\"\n}\n",
};

/// What must hold when something is lost.
#[derive(Clone, Debug)]
pub struct Objective {
    pub protects: At<Address>,
    /// How many regions may be lost.
    pub survive: At<u32>,
    /// Seconds.
    pub rto: u32,
    pub quantile: f64,
    pub clients: Profile,
    pub span: Span,
}

/// Which clients are meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Profile {
    /// Resolvers keep the time to live.
    Honest,
    /// Some resolvers stretch it, some clients keep addresses by themselves.
    Typical,
    /// A `clients` block.
    Own(Address),
}

impl Profile {
    /// The name in reports.
    pub fn name(&self) -> &str {
        match self {
            Self::Honest => "honest",
            Self::Typical => "typical",
            Self::Own(address) => address.as_str(),
        }
    }
}

pub(super) fn read(reader: &Reader<'_>) -> Option<Objective> {
    let protects = reader.reference("protects", "failover");
    let survive = reader.integer("survive", 1..=16).map_or(1, |at| at.value);
    let survive = At { value: survive, span: reader.span("survive") };
    let rto = reader.duration("rto");
    let quantile = match reader.number("quantile") {
        None => 0.95,
        Some(At { value: Number::Float(share), .. }) if share > 0.0 && share <= 1.0 => share,
        Some(At { value: Number::Integer(1), .. }) => 1.0,
        Some(at) => {
            reader.refuse(at.span, "`quantile` is a share of clients, over 0 and up to 1.");
            0.95
        }
    };
    let clients = read_profile(reader)?;
    let span = reader.block.span;
    Some(Objective { protects: protects?, survive, rto: rto?.value, quantile, clients, span })
}

/// Finds what nothing could meet.
pub(super) fn complete(intents: &Intents, found: &RefCell<Diagnostics>) {
    for (address, objective) in &intents.objectives {
        let Some(failover) = intents.failovers.get(&objective.protects.value) else { continue };
        // What an alias leads to may be in other regions.
        if failover.targets.iter().any(|target| matches!(target.data, Data::Alias { .. })) {
            continue;
        }
        let regions: BTreeSet<&Address> =
            failover.targets.iter().map(|target| &target.region.value).collect();
        let survive = objective.survive.value;
        if usize::try_from(survive).is_ok_and(|survive| survive < regions.len()) {
            continue;
        }
        let regions: Vec<&str> = regions.iter().map(|region| region.as_str()).collect();
        let detail = format!(
            "`{}` has targets in `{}`. When {survive} of its regions {} lost, nothing is left.",
            objective.protects.value,
            regions.join("` and `"),
            if survive == 1 { "is" } else { "are" }
        );
        let help = "give it a target in another region, or lower `survive`";
        let impossible =
            Diagnostic::new(codes::OBJECTIVE_IMPOSSIBLE, objective.survive.span, detail);
        found.borrow_mut().push(impossible.help(help).about(address.as_str()));
    }
}

fn read_profile(reader: &Reader<'_>) -> Option<Profile> {
    let Some(at) = reader.value("clients") else { return Some(Profile::Honest) };
    let Some(text) = at.value.to_text() else {
        return reader.block_of("clients", "clients", &at).map(Profile::Own);
    };
    match &*text {
        "honest" => Some(Profile::Honest),
        "typical" => Some(Profile::Typical),
        other => {
            let shown: String = other.chars().take(40).collect();
            let detail = format!(
                "`{shown}` is no client profile: write `\"honest\"`, `\"typical\"`, or a reference \
                 to a `clients` block."
            );
            reader.refuse(at.span, detail);
            None
        }
    }
}
