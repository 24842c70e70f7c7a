//! What has moved since a plan was made.

use std::fmt::Write as _;

use lifeboat_contract::{HealthCheck, Object, Spec};
use serde_json::Value;

use super::palette::{BOLD, paint};
use super::values::{differences, listing};
use crate::apply::Moved;
use crate::plan::Values;

/// What has moved: what the plan expects, and what is there.
pub fn stale(moved: &[Moved]) -> String {
    let mut out = String::new();
    for one in moved {
        let (address, key) = (&one.write.address, &one.write.key);
        let _infallible = writeln!(out, "  {}   {key}", paint(BOLD, address.as_str()));
        match (&one.write.expect, &one.found, &one.unreachable) {
            (_, _, Some(why)) => {
                let _infallible = writeln!(out, "      cannot be read now: {why}");
            }
            (Some(expected), Some(found), None) => {
                out.push_str(&differences(&fields(expected), &fields(found), &[], 6));
            }
            (Some(_), None, None) => out.push_str("      is gone\n"),
            (None, Some(found), None) => {
                out.push_str("      exists now, and did not when the plan was made\n");
                out.push_str(&listing(&fields(found), 8));
            }
            (None, None, None) => {}
        }
    }
    out
}

fn fields(object: &Object) -> Values {
    let spec = match &object.spec {
        Spec::Zone(spec) => serde_json::to_value(spec),
        Spec::Repository(spec) => serde_json::to_value(spec),
        Spec::ImageCopy(spec) => serde_json::to_value(spec),
        Spec::HealthCheck(HealthCheck::Endpoint(spec)) => serde_json::to_value(spec),
        Spec::HealthCheck(spec) => serde_json::to_value(spec),
        Spec::RecordSet(spec) => serde_json::to_value(spec),
    };
    let mut fields = match spec {
        Ok(Value::Object(fields)) => fields,
        _ => Values::new(),
    };
    let owner = object.mark.as_ref().map_or("nobody", |mark| mark.stack.as_str());
    fields.insert("owner".to_owned(), Value::from(owner));
    if let Some(version) = object.version {
        fields.insert("version".to_owned(), Value::from(version));
    }
    fields
}
