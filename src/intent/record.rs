//! `record`: a plain record set.

use lifeboat_contract::{Address, CheckRef, RecordType};

use super::reader::{At, Reader};
use super::schema::{BlockSchema, NestedSchema, Occurs, Takes, defaulted, optional, required};
use super::{health_check, values};
use crate::diagnostic::{Diagnostic, Span, codes};

pub(super) const SCHEMA: &BlockSchema = &BlockSchema {
    kind: "record",
    labels: &["name"],
    summary: "A plain record set.",
    attributes: &[
        required("zone", Takes::Reference("zone"), "The zone it lies in."),
        required(
            "name",
            Takes::Text,
            "Its name, relative to the zone unless it ends in the zone's name; `@` is the zone \
             itself.",
        ),
        required("type", Takes::Text, "The record type, such as `A`, `CNAME` or `TXT`."),
        defaulted("ttl", Takes::Duration, "\"300s\"", "How long resolvers may keep the answer."),
        optional("values", Takes::Texts, "What is answered; texts without quotes, names whole."),
        optional(
            "health_check",
            Takes::ReferenceOrId("health_check"),
            "A check that goes with it; one that nothing declares is named by the provider's id.",
        ),
    ],
    blocks: &[NestedSchema { schema: ALIAS, occurs: Occurs::AtMostOnce }],
    for_each: true,
    example: "record \"mail\" {\n  zone   = zone.main\n  name   = \"@\"\n  type   = \"MX\"\n  ttl    \
              = \"1h\"\n  values = [\"10 mail.example.com\"]\n}\n",
};

pub(super) const ALIAS: &BlockSchema = &BlockSchema {
    kind: "alias",
    labels: &[],
    summary: "Answers what another name answers for the same type.",
    attributes: &[
        required("name", Takes::Text, "The other name; relative to the zone, like `name`."),
        optional(
            "zone_id",
            Takes::Text,
            "The provider's id of the other name's zone, where that is not this one.",
        ),
        defaulted(
            "evaluate_target_health",
            Takes::Flag,
            "true",
            "Whether it counts as unhealthy while its target is.",
        ),
    ],
    blocks: &[],
    for_each: false,
    example: "alias {\n  name = \"internal\"\n}\n",
};

/// A plain record set.
#[derive(Clone, Debug)]
pub struct Record {
    pub zone: At<Address>,
    pub name: At<String>,
    pub rtype: RecordType,
    /// Seconds.
    pub ttl: At<u32>,
    pub data: Data,
    pub health_check: Option<At<CheckRef>>,
}

/// What a set answers.
#[derive(Clone, Debug)]
pub enum Data {
    /// Sorted, each once.
    Values(Vec<String>),
    Alias {
        name: At<String>,
        zone_id: Option<String>,
        evaluate_target_health: bool,
    },
}

pub(super) fn read(reader: &Reader<'_>) -> Option<Record> {
    let zone = reader.reference("zone", "zone");
    let name = reader.text("name");
    let rtype = read_type(reader);
    let ttl = reader.duration_or("ttl", 300);
    let health_check = health_check::named(reader, "health_check");
    let unreadable = health_check.is_none() && reader.is_written("health_check");
    let data = read_data(reader, rtype?, reader.block.span).filter(|_| !unreadable)?;
    if let (Data::Alias { .. }, Some(written)) = (&data, reader.expression("ttl")) {
        alias_has_no_ttl(reader, written.span);
    }
    Some(Record { zone: zone?, name: name?, rtype: rtype?, ttl, data, health_check })
}

pub(super) fn alias_has_no_ttl(reader: &Reader<'_>, span: Span) {
    let detail = "An alias takes the TTL of its target.";
    reader.report(Diagnostic::new(codes::CONFLICTING_ATTRIBUTES, span, detail));
}

pub(super) fn read_type(reader: &Reader<'_>) -> Option<RecordType> {
    let at = reader.parsed::<RecordType>("type")?;
    if at.value == RecordType::Soa {
        reader.refuse(at.span, "The SOA record is the provider's own.");
        return None;
    }
    Some(at.value)
}

/// `values`, or an `alias` block.
pub(super) fn read_data(reader: &Reader<'_>, rtype: RecordType, block: Span) -> Option<Data> {
    let alias = reader.nested("alias").next();
    match (alias, reader.expression("values")) {
        (Some(alias), None) => Some(Data::Alias {
            name: alias.text("name")?,
            zone_id: alias.text("zone_id").map(|at| at.value),
            evaluate_target_health: alias.flag("evaluate_target_health", true),
        }),
        (None, Some(_)) => read_values(reader, rtype),
        (Some(alias), Some(values)) => {
            let detail = "There is either `values` or an `alias`.";
            let code = codes::CONFLICTING_ATTRIBUTES;
            let both = Diagnostic::new(code, values.span, detail);
            reader.report(both.also(alias.block.span, "and here"));
            None
        }
        (None, None) => {
            let detail = "Nothing says what is answered.";
            let help = "set `values`, or write an `alias` block";
            let code = codes::MISSING_ATTRIBUTE;
            reader.report(Diagnostic::new(code, block, detail).help(help));
            None
        }
    }
}

fn read_values(reader: &Reader<'_>, rtype: RecordType) -> Option<Data> {
    let at = reader.texts("values")?;
    let count = at.value.len();
    let mut values = Vec::with_capacity(count);
    for value in &at.value {
        match values::normalise(rtype, value) {
            Ok(form) => values.push(form),
            Err(why) => {
                let shown: String = value.chars().take(80).collect();
                let detail = format!("`{shown}` is no {rtype} value: {why}.");
                reader.refuse(at.span, detail);
                return None;
            }
        }
    }
    values.sort();
    values.dedup();
    if values.len() < count {
        reader.refuse(at.span, "A value stands twice here; a set holds each value once.");
    }
    if count == 0 || count > 400 {
        reader.refuse(at.span, format!("A record set holds 1 to 400 values, this has {count}."));
        return None;
    }
    if rtype == RecordType::Cname && count > 1 {
        reader.refuse(at.span, "A CNAME names one other name.");
    }
    Some(Data::Values(values))
}
