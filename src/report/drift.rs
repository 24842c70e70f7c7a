//! What `drift` prints: one document, and the same as people read it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use lifeboat_contract::{Address, Kind, Stack};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::palette::{ADD, BOLD, CHANGE, DIM, REMOVE, paint};
use super::summary::describe;
use super::values::differences;
use crate::diagnostic::{DiagnosticJson, Diagnostics, Sources, to_json};
use crate::diff::{Drift, Drifted, Found};
use crate::plan::{PlanRegion, Values, values};

/// What has moved in the world since the last apply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Lifeboat drift")]
pub struct DriftJson {
    /// The version of this form.
    pub format_version: String,
    /// The Lifeboat that wrote it.
    pub lifeboat_version: String,
    /// The owner; absent where the configuration does not say.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stack: Option<Stack>,
    /// False when something could not be read, or when there is an error.
    pub complete: bool,
    /// How many declared objects were compared.
    pub objects: usize,
    /// How many of them are not as they were last applied.
    pub changed: usize,
    /// How many are not there.
    pub missing: usize,
    /// How many are there without the stack's mark.
    pub not_ours: usize,
    /// One entry an object, sorted by address.
    pub drift: Vec<DriftedJson>,
    /// The regions of the configuration.
    pub regions: Vec<PlanRegion>,
    /// Every finding, errors first.
    pub diagnostics: Vec<DiagnosticJson>,
}

/// One object that is not as it was last applied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DriftedJson {
    /// Its name in the configuration.
    pub address: Address,
    /// The kind of resource.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Who holds it.
    pub provider_name: String,
    /// The region's name in the configuration, for what lives in one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub region: Option<String>,
    /// What has become of it.
    pub status: Status,
    /// Whether the configuration has moved, too; then what was last applied is not known.
    pub configuration_changed: bool,
    /// What was last applied, or is declared where it is missing; absent where that is not known.
    pub before: Option<Values>,
    /// What is there.
    pub after: Option<Values>,
    /// The stack that owns what is there, where it is another.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<Stack>,
}

/// What has become of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is not as it was last applied.
    Changed,
    /// It is not there: not applied yet, or deleted outside of Lifeboat.
    Missing,
    /// It is there without the stack's mark: not adopted, or the mark was removed.
    NotOurs,
}

/// The drift as one document. Without one, there are findings that say why.
pub fn drift(
    found: Option<(&Stack, &Drift, Vec<PlanRegion>)>,
    complete: bool,
    diagnostics: &Diagnostics,
    sources: &Sources,
) -> DriftJson {
    let entries: Vec<DriftedJson> =
        found.iter().flat_map(|(_, drift, _)| drift.list.iter().map(entry)).collect();
    let count = |status| entries.iter().filter(|entry| entry.status == status).count();
    DriftJson {
        format_version: "1.0".to_owned(),
        lifeboat_version: env!("CARGO_PKG_VERSION").to_owned(),
        stack: found.as_ref().map(|(stack, _, _)| (*stack).clone()),
        complete: complete && found.is_some(),
        objects: found.as_ref().map_or(0, |(_, drift, _)| drift.compared),
        changed: count(Status::Changed),
        missing: count(Status::Missing),
        not_ours: count(Status::NotOurs),
        drift: entries,
        regions: found.map(|(_, _, regions)| regions).unwrap_or_default(),
        diagnostics: to_json(diagnostics, sources),
    }
}

fn entry(drifted: &Drifted) -> DriftedJson {
    let Drifted { address, provider, region, key, found } = drifted;
    let mut entry = DriftedJson {
        address: address.clone(),
        kind: key.kind(),
        provider_name: provider.to_string(),
        region: region.as_ref().map(ToString::to_string),
        status: Status::Missing,
        configuration_changed: false,
        before: None,
        after: None,
        owner: None,
    };
    match found {
        Found::Changed { now, applied } => {
            entry.status = Status::Changed;
            entry.configuration_changed = applied.is_none();
            entry.before = applied.as_ref().map(|spec| values(&now.key, spec));
            entry.after = Some(values(&now.key, &now.spec));
        }
        Found::Missing { wanted } => entry.before = Some(values(key, wanted)),
        Found::NotOurs { now } => {
            entry.status = Status::NotOurs;
            entry.after = Some(values(&now.key, &now.spec));
            entry.owner = now.mark.as_ref().map(|mark| mark.stack.clone());
        }
    }
    entry
}

/// The drift as people read it; the answer comes first.
pub fn drift_text(drift: &DriftJson) -> String {
    let mut out = format!("{}\n", paint(BOLD, &answer(drift)));
    let mut groups: BTreeMap<(usize, String), Vec<&DriftedJson>> = BTreeMap::new();
    for entry in &drift.drift {
        groups.entry(group(drift, entry)).or_default().push(entry);
    }
    let addresses = drift.drift.iter().map(|entry| entry.address.as_str().chars().count());
    let width = addresses.max().unwrap_or(0).min(48);
    for ((_, name), entries) in groups {
        let _infallible = writeln!(out, "\n  {}", paint(BOLD, &name));
        for entry in entries {
            block(entry, width, &mut out);
        }
    }
    if !drift.complete {
        out.push_str("\n  Incomplete: what could not be read is left out.\n");
        for region in drift.regions.iter().filter(|region| region.unreachable.is_some()) {
            let why = region.unreachable.as_deref().unwrap_or_default();
            let _infallible = writeln!(out, "    {} ({}): {why}", region.location, region.name);
        }
    }
    out
}

fn answer(drift: &DriftJson) -> String {
    let DriftJson { objects, changed, missing, not_ours, .. } = *drift;
    let be = |count| if count == 1 { "is" } else { "are" };
    let rest = [(missing, "missing"), (not_ours, "not marked as ours")];
    let rest = rest.into_iter().filter(|(count, _)| *count > 0);
    let rest: Vec<String> =
        rest.map(|(count, what)| format!("{count} {} {what}", be(count))).collect();
    let s = if objects == 1 { "" } else { "s" };
    match (changed, &rest[..]) {
        (0, []) if objects == 0 => "No drift. There is nothing to compare.".to_owned(),
        (0, []) if objects == 1 => "No drift. 1 object is as last applied.".to_owned(),
        (0, []) if drift.complete => {
            format!("No drift. All {objects} objects are as last applied.")
        }
        (0, []) => format!("No drift. {objects} objects are as last applied."),
        (0, rest) => format!("Of {objects} object{s}, {}.", rest.join(", ")),
        (_, []) => format!("{changed} of {objects} object{s} moved since the last apply."),
        (_, rest) => format!(
            "{changed} of {objects} object{s} moved since the last apply, {}.",
            rest.join(", ")
        ),
    }
}

/// Regions in their order, then what is global.
fn group(drift: &DriftJson, entry: &DriftedJson) -> (usize, String) {
    let Some(region) = &entry.region else { return (drift.regions.len(), "global".to_owned()) };
    let at = drift.regions.iter().position(|known| known.name == *region);
    let location = at.map_or(region.as_str(), |at| drift.regions[at].location.as_str());
    (at.unwrap_or(0), format!("{location} ({region})"))
}

fn block(entry: &DriftedJson, width: usize, out: &mut String) {
    let (sign, colour, note) = match (entry.status, &entry.owner) {
        (Status::Changed, _) if entry.configuration_changed => {
            ("~", CHANGE, "configuration changed too, so what was last applied is not known")
        }
        (Status::Changed, _) => ("~", CHANGE, ""),
        (Status::Missing, _) => {
            ("-", REMOVE, "missing: not applied yet, or deleted outside of Lifeboat")
        }
        (Status::NotOurs, Some(_)) => ("?", ADD, "carries the mark of another stack"),
        (Status::NotOurs, None) => {
            ("?", ADD, "carries no mark: not adopted, or the mark was removed")
        }
    };
    let fields = entry.after.as_ref().or(entry.before.as_ref());
    let what = fields.map(|fields| describe(entry.kind, fields, None)).unwrap_or_default();
    let note = if note.is_empty() { String::new() } else { format!("   # {note}") };
    let (sign, address) = (paint(colour, sign), entry.address.as_str());
    let line = format!("    {sign} {address:width$}   {what}{}", paint(DIM, &note));
    let _infallible = writeln!(out, "{}", line.trim_end());
    if let (Some(before), Some(after)) = (&entry.before, &entry.after) {
        out.push_str(&differences(before, after, &[], 8));
    }
}
