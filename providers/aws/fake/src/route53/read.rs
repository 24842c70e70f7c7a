//! Reads the XML of requests.

use std::str::FromStr;

use roxmltree::{Document, Node};

use super::name::Name;
use super::policy::Policy;
use super::record::{Alias, Key, RecordSet};
use super::{NAMESPACE, invalid};
use crate::reply::Refusal;
use crate::request::Request;
use crate::xml;

const VALUE_CHARS_MAX: usize = 4_000;
const IDENTIFIER_CHARS_MAX: usize = 128;
const COMMENT_CHARS_MAX: usize = 256;
const TYPES: &[&str] = &[
    "SOA", "A", "TXT", "NS", "CNAME", "MX", "NAPTR", "PTR", "SRV", "SPF", "AAAA", "CAA", "DS",
    "TLSA", "SSHFP", "SVCB", "HTTPS",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Create,
    Delete,
    Upsert,
}

pub(super) struct Change {
    pub(super) verb: Verb,
    pub(super) set: RecordSet,
}

pub(super) struct Batch {
    pub(super) comment: Option<String>,
    pub(super) changes: Vec<Change>,
}

fn malformed(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "MalformedInput", message)
}

pub(super) fn body(request: &Request) -> Result<&str, Refusal> {
    std::str::from_utf8(&request.body).map_err(|_| malformed("The request is not UTF-8"))
}

/// The document, which must have this root.
pub(super) fn document<'a>(body: &'a str, root: &str) -> Result<Document<'a>, Refusal> {
    let document = Document::parse(body).map_err(|why| malformed(why.to_string()))?;
    let found = document.root_element().tag_name();
    if found.name() != root || found.namespace().is_some_and(|space| space != NAMESPACE) {
        return Err(malformed(format!("{} is not valid, expected {root}", found.name())));
    }
    Ok(document)
}

pub(super) fn required(node: Node<'_, '_>, name: &str) -> Result<String, Refusal> {
    let missing = || {
        let parent = node.tag_name().name();
        invalid(format!(
            "Invalid XML ; cvc-complex-type.2.4.b: The content of element '{parent}' is not complete. \
             One of '{{\"{NAMESPACE}\":{name}}}' is expected."
        ))
    };
    xml::text(node, name).ok_or_else(missing)
}

/// A value of the element, where it is given.
pub(super) fn parsed<T: FromStr>(node: Node<'_, '_>, name: &str) -> Result<Option<T>, Refusal> {
    let Some(text) = xml::text(node, name) else { return Ok(None) };
    let wrong = || invalid(format!("Invalid XML ; '{text}' is not a valid value for '{name}'."));
    text.trim().parse().map(Some).map_err(|_| wrong())
}

/// A number that must lie between two others.
pub(super) fn ranged(
    node: Node<'_, '_>,
    name: &str,
    least: i64,
    most: i64,
) -> Result<Option<i64>, Refusal> {
    let Some(number) = parsed::<i64>(node, name)? else { return Ok(None) };
    let bound = match number {
        _ if number < least => format!("greater than or equal to {least}"),
        _ if number > most => format!("less than or equal to {most}"),
        _ => return Ok(Some(number)),
    };
    Err(out_of_range(name, &number.to_string(), &format!("have value {bound}")))
}

pub(super) fn bounded(name: &str, text: &str, chars_max: usize) -> Result<(), Refusal> {
    if text.chars().count() <= chars_max {
        return Ok(());
    }
    Err(out_of_range(name, text, &format!("have length less than or equal to {chars_max}")))
}

fn out_of_range(name: &str, value: &str, rule: &str) -> Refusal {
    invalid(format!(
        "1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: Member \
         must {rule}"
    ))
}

/// Reads a change batch. Names that are none are found here, all of them at once.
pub(super) fn batch(body: &str) -> Result<Batch, Refusal> {
    let document = document(body, "ChangeResourceRecordSetsRequest")?;
    let Some(batch) = xml::child(document.root_element(), "ChangeBatch") else {
        return Err(invalid("Invalid XML ; the request has no ChangeBatch"));
    };
    let comment = xml::text(batch, "Comment");
    if let Some(comment) = &comment {
        bounded("changeBatch.comment", comment, COMMENT_CHARS_MAX)?;
    }
    let (mut changes, mut problems) = (Vec::new(), Vec::new());
    for node in xml::list(batch, "Changes", "Change") {
        match change(node)? {
            Ok(change) => changes.push(change),
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(super::batch::refused(&problems));
    }
    if changes.is_empty() {
        return Err(out_of_range(
            "changeBatch.changes",
            "[]",
            "have length greater than or equal to 1",
        ));
    }
    Ok(Batch { comment, changes })
}

fn change(node: Node<'_, '_>) -> Result<Result<Change, String>, Refusal> {
    let action = required(node, "Action")?;
    let verb = match action.as_str() {
        "CREATE" => Verb::Create,
        "DELETE" => Verb::Delete,
        "UPSERT" => Verb::Upsert,
        _ => {
            let rule = "satisfy enum value set: [CREATE, DELETE, UPSERT]";
            return Err(out_of_range("changeBatch.changes.action", &action, rule));
        }
    };
    let Some(set) = xml::child(node, "ResourceRecordSet") else {
        return Err(invalid("Invalid XML ; a Change has no ResourceRecordSet"));
    };
    let read = match record_set(set)? {
        Ok(read) => read,
        Err(problem) => return Ok(Err(problem)),
    };
    complete(&action, set, &read)?;
    Ok(Ok(Change { verb, set: read }))
}

fn record_set(node: Node<'_, '_>) -> Result<Result<RecordSet, String>, Refusal> {
    let kind = required(node, "Type")?;
    if !TYPES.contains(&kind.as_str()) {
        let rule = format!("satisfy enum value set: [{}]", TYPES.join(", "));
        return Err(out_of_range("resourceRecordSet.type", &kind, &rule));
    }
    let identifier = xml::text(node, "SetIdentifier");
    if let Some(identifier) = &identifier {
        bounded("setIdentifier", identifier, IDENTIFIER_CHARS_MAX)?;
        if identifier.is_empty() {
            let rule = "have length greater than or equal to 1";
            return Err(out_of_range("setIdentifier", "", rule));
        }
    }
    let values = values(node)?;
    let policy = Policy::read(node)?;
    let ttl = ranged(node, "TTL", 0, i64::from(i32::MAX))?;
    let name = match Name::read(&required(node, "Name")?) {
        Ok(name) => name,
        Err(problem) => return Ok(Err(problem)),
    };
    let alias = match xml::child(node, "AliasTarget").map(alias).transpose()? {
        Some(Ok(alias)) => Some(alias),
        Some(Err(problem)) => return Ok(Err(problem)),
        None => None,
    };
    Ok(Ok(RecordSet {
        key: Key { name, kind, identifier },
        policy,
        ttl,
        values,
        alias,
        check: xml::text(node, "HealthCheckId"),
    }))
}

fn values(node: Node<'_, '_>) -> Result<Vec<String>, Refusal> {
    let records = xml::list(node, "ResourceRecords", "ResourceRecord");
    let values: Vec<String> =
        records.into_iter().map(|record| required(record, "Value")).collect::<Result<_, _>>()?;
    for value in &values {
        bounded("resourceRecord.value", value, VALUE_CHARS_MAX)?;
    }
    Ok(values)
}

fn alias(node: Node<'_, '_>) -> Result<Result<Alias, String>, Refusal> {
    let zone = required(node, "HostedZoneId")?;
    let target = required(node, "DNSName")?;
    required(node, "EvaluateTargetHealth")?;
    let evaluate = parsed(node, "EvaluateTargetHealth")?.unwrap_or_default();
    let zone = zone.trim_start_matches("/hostedzone/").to_owned();
    Ok(Name::read(&target).map(|target| Alias { zone, target, evaluate }))
}

/// That the parts of a record set go together.
fn complete(action: &str, node: Node<'_, '_>, set: &RecordSet) -> Result<(), Refusal> {
    let place = || {
        let identifier = set.key.identifier.as_deref().unwrap_or("null");
        let (name, kind) = (set.key.name.text(), &set.key.kind);
        format!(
            "in Change with [Action={action}, Name={name}, Type={kind}, SetIdentifier={identifier}]"
        )
    };
    let one_of = |choices: &str, found: &str| {
        let place = place();
        let message = format!("Expected exactly one of [{choices}], but found {found} {place}");
        Err(invalid(format!("Invalid request: {message}")))
    };
    match (&set.key.identifier, Policy::count(node)) {
        (None, 1..) => {
            let place = place();
            return Err(invalid(format!("Invalid request: Missing field 'SetIdentifier' {place}")));
        }
        (Some(_), 0) => return one_of(Policy::CHOICES, "none"),
        (Some(_), 2..) => return one_of(Policy::CHOICES, "more than one"),
        (None, 0) | (Some(_), 1) => {}
    }
    let contents = "AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId";
    match (&set.alias, set.ttl, set.values.is_empty()) {
        (Some(_), None, true) | (None, Some(_), false) => Ok(()),
        (None, ..) => one_of(contents, "none"),
        (Some(_), ..) => one_of(contents, "more than one"),
    }
}
