//! A resource in one line.

use std::fmt::Write as _;

use lifeboat_contract::{Endpoint, Kind};
use serde_json::Value;

use super::progress::bytes;
use crate::plan::{Content, ResourceChange, Values};

/// What a resource is, in a few words.
pub(super) fn summary(change: &ResourceChange) -> String {
    let wanted = change.change.after.as_ref().or(change.change.before.as_ref());
    let content = change.content.filter(|_| change.change.before.is_none());
    wanted.map(|values| describe(change.kind, values, content)).unwrap_or_default()
}

/// What something with these fields is, in a few words.
pub(super) fn describe(kind: Kind, values: &Values, content: Option<Content>) -> String {
    let text = |name: &str| values.get(name).and_then(Value::as_str).unwrap_or_default();
    match kind {
        Kind::Zone => zone(values),
        Kind::Repository => repository(values),
        Kind::ImageCopy => {
            let digest = text("digest");
            let mut line = format!("{}@{}..", text("repository"), &digest[..digest.len().min(19)]);
            if let Some(content) = content {
                let _infallible = write!(line, "   {}", to_move(content));
            }
            line
        }
        Kind::HealthCheck => check(values),
        Kind::RecordSet => record(values),
    }
}

/// What of an image has to be moved.
fn to_move(content: Content) -> String {
    let Content { blobs, bytes: all, lacking } = content;
    match lacking {
        None => format!("{blobs} blobs, {} to move at most", bytes(all)),
        Some(lack) if lack.blobs >= blobs => {
            format!("{blobs} blobs, {} to move", bytes(lack.bytes))
        }
        Some(lack) if lack.blobs == 0 => format!("{blobs} blobs, all there"),
        Some(lack) => {
            let (some, of) = (bytes(lack.bytes), bytes(all));
            format!("{} of {blobs} blobs, {some} of {of} to move", lack.blobs)
        }
    }
}

fn zone(values: &Values) -> String {
    let name = values.get("name").and_then(Value::as_str).unwrap_or_default();
    let networks = values.get("networks").and_then(Value::as_array).into_iter().flatten();
    let ids: Vec<&str> = networks.filter_map(|network| network.get("id")?.as_str()).collect();
    if ids.is_empty() { name.to_owned() } else { format!("{name}   seen by {}", ids.join(", ")) }
}

fn repository(values: &Values) -> String {
    let name = values.get("name").and_then(Value::as_str).unwrap_or_default();
    let immutable = values.get("immutable").and_then(Value::as_bool).unwrap_or_default();
    let tags = match (immutable, values.contains_key("except")) {
        (true, false) => "immutable tags",
        (true, true) => "immutable tags with exceptions",
        (false, _) => "mutable tags",
    };
    let mut line = format!("{name}   {tags}");
    if let Some(last) = values.get("keep_last").and_then(Value::as_u64) {
        let _infallible = write!(line, ", keeps {last}");
    }
    for (field, word) in [
        ("lifecycle_policy", "lifecycle policy"),
        ("scan", "scanned"),
        ("encryption", "encrypted by a key"),
        ("readers", "readers"),
        ("access_policy", "access policy"),
    ] {
        // What is not set has no field.
        if values.contains_key(field) {
            let _infallible = write!(line, ", {word}");
        }
    }
    line
}

fn check(values: &Values) -> String {
    if let Some(at_least) = values.get("at_least").and_then(Value::as_u64) {
        let count = values.get("checks").and_then(Value::as_array).map_or(0, Vec::len);
        return format!("healthy while {at_least} of {count} checks are");
    }
    let endpoint: Option<Endpoint> = serde_json::from_value(Value::Object(values.clone())).ok();
    let Some(endpoint) = endpoint else { return String::new() };
    let plural = if endpoint.failures == 1 { "failure" } else { "failures" };
    let Endpoint { interval, failures, address, checkers, .. } = &endpoint;
    let at = address.map_or_else(String::new, |address| format!(" at {address}"));
    let from = match checkers.len() {
        0 => String::new(),
        count => format!(", from {count} places"),
    };
    format!("{}{at}   every {interval}s, {failures} {plural}{from}", endpoint.url())
}

fn record(values: &Values) -> String {
    let text = |name: &str| values.get(name).and_then(Value::as_str).unwrap_or_default();
    let mut line = format!("{} {}   ", text("name"), text("type"));
    if let Some(answer) = values.get("answer").and_then(Value::as_object) {
        match answer.values().next() {
            Some(Value::Array(values)) => {
                let shown: Vec<&str> = values.iter().filter_map(Value::as_str).take(3).collect();
                line.push_str(&shown.join(" "));
                if values.len() > shown.len() {
                    let _infallible = write!(line, " and {} more", values.len() - shown.len());
                }
            }
            Some(Value::Object(alias)) => {
                let name = alias.get("name").and_then(Value::as_str).unwrap_or_default();
                let _infallible = write!(line, "alias of {name}");
            }
            _ => {}
        }
    }
    if let Some(routing) = values.get("routing").and_then(Value::as_object) {
        if let Some(role) = routing.get("failover").and_then(Value::as_str) {
            let _infallible = write!(line, "   {role}");
        }
        if let Some(weight) = routing.get("weighted").and_then(|w| w.get("weight")) {
            let _infallible = write!(line, "   weight {weight}");
        }
    }
    if let Some(ttl) = values.get("ttl").and_then(Value::as_u64) {
        let _infallible = write!(line, "   {ttl}s");
    }
    line
}
