//! `zones/<name>.json`: a zone and its record sets, one on each line.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use lifeboat_contract::{
    Answer, CheckRef, DnsName, FailoverRole, Mark, RecordSet, RecordType, Routing, SetIdentifier,
    Zone,
};
use lifeboat_oci::durable;
use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::checks;
use super::file::{self, FORMAT_VERSION, Versioned};
use super::trouble::Trouble;
use super::write_swept;
use crate::cloud::{Checks, HeldSet, HeldZone, SetKey};

/// A zone and its record sets.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ZoneFile {
    /// The version of this format.
    format_version: String,
    /// The zone's apex, which is the file's name too.
    name: DnsName,
    /// A note for people.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    comment: Option<String>,
    /// Who made the zone; absent for one made by hand.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    mark: Option<Mark>,
    /// The record sets.
    record_sets: Vec<ReadSet>,
}

/// One record set, on one line.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SetLine {
    /// The whole name.
    name: DnsName,
    /// The type.
    #[serde(rename = "type")]
    rtype: RecordType,
    /// Which of several sets, for routed ones; `lifeboat:<stack>:<label>:<spec hash>` for ours.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    set_identifier: Option<String>,
    /// How long resolvers may keep the answer, in seconds; none for an alias.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    ttl: Option<u32>,
    /// What is answered: either these values ...
    #[serde(skip_serializing_if = "Option::is_none", default)]
    values: Option<Vec<String>>,
    /// ... or whatever another name answers.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    alias: Option<Alias>,
    /// The place in a failover pair.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    failover: Option<FailoverRole>,
    /// The share among weighted sets.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    weight: Option<u8>,
    /// The check that decides whether this set may be answered, by reference or id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    health_check: Option<String>,
    /// Who made a plain record set; absent for one made by hand.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    mark: Option<Mark>,
}

/// What an alias points to.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Alias {
    /// The name.
    name: DnsName,
    /// The zone of the name, where it is another.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    zone_id: Option<String>,
    /// Whether the set counts as unhealthy when its target is.
    evaluate_target_health: bool,
}

/// A line that makes sense.
#[derive(Clone, Debug, Serialize)]
#[serde(into = "SetLine")]
struct ReadSet(SetKey, HeldSet);

impl<'de> Deserialize<'de> for ReadSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(LineVisitor)
    }
}

/// Checks a line while it is read. Serde's `try_from` does so when the reader has gone on to the
/// next, and would tell that one's number.
struct LineVisitor;

impl<'de> Visitor<'de> for LineVisitor {
    type Value = ReadSet;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record set")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ReadSet, A::Error> {
        let line = SetLine::deserialize(MapAccessDeserializer::new(map))?;
        ReadSet::try_from(line).map_err(A::Error::custom)
    }
}

impl JsonSchema for ReadSet {
    fn schema_name() -> Cow<'static, str> {
        "RecordSetLine".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        SetLine::json_schema(generator)
    }
}

impl Versioned for ZoneFile {
    fn format_version(&self) -> &str {
        &self.format_version
    }
}

impl TryFrom<SetLine> for ReadSet {
    type Error = String;

    fn try_from(line: SetLine) -> Result<Self, String> {
        let at = format!("record set {} {}", line.name, line.rtype);
        let answer = match (line.values, line.alias) {
            (Some(values), None) => Answer::Values(values),
            (None, Some(Alias { name, zone_id, evaluate_target_health })) => {
                Answer::Alias { name, zone_id, evaluate_target_health }
            }
            _ => return Err(format!("{at} needs either `values` or `alias`")),
        };
        let routing = match (line.failover, line.weight, &line.set_identifier) {
            (None, None, None) => Routing::Simple,
            (Some(role), None, Some(_)) => Routing::Failover(role),
            (None, Some(weight), Some(_)) => Routing::Weighted { weight },
            _ => {
                return Err(format!(
                    "{at} needs `set_identifier` and either `failover` or `weight`, or none of them"
                ));
            }
        };
        let (label, mark) = match line.set_identifier.map(identified) {
            None => (None, line.mark),
            Some(_) if line.mark.is_some() => {
                return Err(format!("{at} has its mark in `set_identifier` and so no `mark`"));
            }
            Some((label, mark)) => (Some(label), mark),
        };
        let health_check = line.health_check.map(|text| match text.parse() {
            Ok(reference) => CheckRef::Marked(reference),
            Err(_) => CheckRef::Id(text),
        });
        let set = RecordSet { ttl: line.ttl, answer, routing, health_check };
        let key = SetKey { name: line.name, rtype: line.rtype, label };
        Ok(Self(key, HeldSet { set, mark }))
    }
}

/// Splits an identifier of ours into label and mark; that of others is the label.
fn identified(text: String) -> (String, Option<Mark>) {
    match text.parse() {
        Ok(SetIdentifier { mark, label }) => (label, Some(mark)),
        Err(_) => (text, None),
    }
}

impl From<ReadSet> for SetLine {
    fn from(ReadSet(key, HeldSet { set, mark }): ReadSet) -> Self {
        let RecordSet { ttl, answer, routing, health_check } = set;
        let (values, alias) = match answer {
            Answer::Values(values) => (Some(values), None),
            Answer::Alias { name, zone_id, evaluate_target_health } => {
                (None, Some(Alias { name, zone_id, evaluate_target_health }))
            }
        };
        let (failover, weight) = match routing {
            Routing::Failover(role) => (Some(role), None),
            Routing::Weighted { weight } => (None, Some(weight)),
            // The others' own policies are never held: the rules refuse them before.
            Routing::Simple
            | Routing::Latency { .. }
            | Routing::Geolocation(_)
            | Routing::Geoproximity { .. }
            | Routing::Cidr { .. }
            | Routing::Multivalue
            | Routing::Other { .. } => (None, None),
        };
        let (set_identifier, mark) = match (key.label, mark) {
            (None, mark) => (None, mark),
            (Some(label), None) => (Some(label), None),
            (Some(label), Some(mark)) => (Some(SetIdentifier { mark, label }.to_string()), None),
        };
        let health_check = health_check.map(|check| match check {
            CheckRef::Marked(reference) => reference.to_string(),
            CheckRef::Id(text) => text,
            CheckRef::Address(address) => address.to_string(),
        });
        Self {
            name: key.name,
            rtype: key.rtype,
            set_identifier,
            ttl,
            values,
            alias,
            failover,
            weight,
            health_check,
            mark,
        }
    }
}

pub(super) fn path(folder: &Path, name: &DnsName) -> PathBuf {
    folder.join("zones").join(format!("{name}.json"))
}

/// The zones that there are, sorted.
pub(super) fn names(folder: &Path) -> Result<BTreeSet<DnsName>, Trouble> {
    let folder = folder.join("zones");
    let trouble = |source| Trouble::io("read", &folder, source);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(error) => return Err(trouble(error)),
    };
    let mut names = BTreeSet::new();
    for entry in entries {
        let file = entry.map_err(trouble)?.file_name().to_string_lossy().into_owned();
        let Some(stem) = file.strip_suffix(".json").filter(|_| !file.starts_with('.')) else {
            continue;
        };
        let name: DnsName = stem.parse().map_err(|invalid| {
            Trouble::content(&folder.join(&file), format!("is named after no zone: {invalid}"))
        })?;
        names.insert(name);
    }
    Ok(names)
}

/// Reads a zone; absent when there is none.
pub(super) fn load(folder: &Path, name: &DnsName) -> Result<Option<HeldZone>, Trouble> {
    let path = path(folder, name);
    match file::read_bytes(&path)? {
        Some(bytes) => understand(&path, &bytes, name).map(Some),
        None => Ok(None),
    }
}

/// Reads a zone in whose file `text` occurs. Looking for a text costs a fraction of understanding.
pub(super) fn load_if_mentions(
    folder: &Path,
    name: &DnsName,
    text: &str,
) -> Result<Option<HeldZone>, Trouble> {
    let path = path(folder, name);
    let Some(bytes) = file::read_bytes(&path)? else { return Ok(None) };
    // What is not text is not a zone either; understanding it says so.
    let mentions = std::str::from_utf8(&bytes).map_or(true, |all| all.contains(text));
    if mentions { understand(&path, &bytes, name).map(Some) } else { Ok(None) }
}

fn understand(path: &Path, bytes: &[u8], name: &DnsName) -> Result<HeldZone, Trouble> {
    let file: ZoneFile = file::parse(path, bytes)?;
    if file.name != *name {
        return Err(Trouble::content(path, format!("holds the zone {}: rename it", file.name)));
    }
    let mut zone = HeldZone::new(Zone { comment: file.comment, networks: Vec::new() }, file.mark);
    let sets = file.record_sets.into_iter().map(|ReadSet(key, held)| (key, held)).collect();
    match zone.fill(sets) {
        Ok(()) => Ok(zone),
        Err(key) => Err(Trouble::content(path, format!("has the {key} twice: remove one"))),
    }
}

/// Writes a zone, or removes it when it is absent. The caller holds the exclusive lock.
pub(super) fn save(
    folder: &Path,
    name: &DnsName,
    zone: Option<&HeldZone>,
    checks: &Checks,
) -> Result<(), Trouble> {
    let path = path(folder, name);
    let Some(zone) = zone else {
        return durable::remove(&path).map_err(|source| Trouble::io("remove", &path, source));
    };
    let names = checks::by_id(checks);
    let mut zone = Cow::Borrowed(zone);
    if !names.is_empty() {
        zone.to_mut().rename_checks(&names);
    }
    let trouble = |source| Trouble::Json { path: path.clone(), line: 0, source };
    let head = ZoneFile {
        format_version: FORMAT_VERSION.to_owned(),
        name: name.clone(),
        comment: zone.zone.comment.clone(),
        mark: zone.mark.clone(),
        record_sets: Vec::new(),
    };
    let mut bytes = serde_json::to_vec_pretty(&head).map_err(trouble)?;
    // The head ends in an empty list, which is opened again to put each set on a line of its own:
    // a person finds them, and a version control shows what changed.
    bytes.truncate(bytes.len() - "]\n}".len());
    for (index, (key, held)) in zone.sets().enumerate() {
        bytes.extend_from_slice(if index == 0 { b"\n    " } else { b",\n    " });
        let line = SetLine::from(ReadSet(key.clone(), held.clone()));
        serde_json::to_writer(&mut bytes, &line).map_err(trouble)?;
    }
    bytes.extend_from_slice(if zone.sets().len() == 0 { b"]\n}\n" } else { b"\n  ]\n}\n" });
    write_swept(&path, &bytes)
}
