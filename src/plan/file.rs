//! The plan file: canonical JSON with a digest of itself, so that what was reviewed is what is
//! applied.

use serde_json::{Map, Value};

use lifeboat_contract::Digest;

use super::Plan;
use crate::diagnostic::{Diagnostic, codes};

/// The version written; files of the same major version are read.
pub const FORMAT_VERSION: &str = "1.1";

/// The key of the digest over everything else.
const DIGEST: &str = "digest";

/// The text of a plan file. The same plan gives the same text.
pub fn write(plan: &Plan) -> String {
    let mut fields = match serde_json::to_value(plan) {
        Ok(Value::Object(fields)) => fields,
        other => unreachable!("This is a bug in Lifeboat: a plan is an object, not {other:?}"),
    };
    let digest = digest(&fields);
    fields.insert(DIGEST.to_owned(), Value::from(digest.as_str()));
    format!("{:#}\n", Value::Object(fields))
}

/// Reads the text of a plan file.
pub fn read(text: &str) -> Result<Plan, Box<Diagnostic>> {
    let refuse = |why: String| {
        let help = "make a new one with `lifeboat plan --out FILE`";
        Box::new(Diagnostic::global(codes::PLAN_INVALID, why).help(help))
    };
    let mut fields: Map<String, Value> = serde_json::from_str(text).map_err(|why| {
        if why.is_eof() {
            refuse(format!("The file is cut short: {why}."))
        } else {
            refuse(format!("The file is no plan: {why}."))
        }
    })?;
    let version = fields.get("format_version").and_then(Value::as_str).unwrap_or("none");
    if version.split('.').next() != FORMAT_VERSION.split('.').next() {
        let version: String = version.chars().take(20).collect();
        return Err(refuse(format!(
            "The file has format version `{version}`, and this Lifeboat reads `{FORMAT_VERSION}`."
        )));
    }
    let written = fields.remove(DIGEST);
    let actual = digest(&fields);
    if written.as_ref().and_then(Value::as_str) != Some(actual.as_str()) {
        return Err(refuse(
            "The file was changed after it was written: its content does not have the digest that \
             it carries."
                .to_owned(),
        ));
    }
    let plan: Plan = serde_json::from_value(Value::Object(fields))
        .map_err(|why| refuse(format!("The file is no plan: {why}.")))?;
    match out_of_order(&plan) {
        Some(id) => Err(refuse(format!("The file is no plan: step {id} is out of order."))),
        None => Ok(plan),
    }
}

/// A step that is not numbered by its place, or that follows a later one. The digest is no secret,
/// so it does not say who wrote the file.
fn out_of_order(plan: &Plan) -> Option<u32> {
    let mut steps = (0..).zip(&plan.steps);
    let found =
        steps.find(|(place, step)| step.id != *place || step.follows.iter().any(|id| id >= place));
    found.map(|(_, step)| step.id)
}

/// The digest of a plan's other fields, in their compact form with sorted keys.
fn digest(fields: &Map<String, Value>) -> Digest {
    let text = serde_json::to_vec(fields);
    let text = text.unwrap_or_else(|why| unreachable!("This is a bug in Lifeboat: {why}"));
    Digest::of(&text)
}
