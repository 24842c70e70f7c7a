//! `output`: a value to print.

use super::Intents;
use super::reader::Reader;
use super::schema::{BlockSchema, Takes, defaulted, optional, required};
use crate::diagnostic::{Diagnostic, codes};
use crate::language::Value;

pub(super) const SCHEMA: &BlockSchema = &BlockSchema {
    kind: "output",
    labels: &["name"],
    summary: "A value that `lifeboat output` prints. It is computed from the files, not stored.",
    attributes: &[
        required("value", Takes::Anything, "The value."),
        optional("description", Takes::Text, "A note for people."),
        defaulted("sensitive", Takes::Flag, "false", "Whether the value is shown only by name."),
    ],
    blocks: &[],
    for_each: false,
    example: "output \"name\" {\n  value = \"www.${zone.main.name}\"\n}\n",
};

/// A value to print.
#[derive(Clone, Debug)]
pub struct Output {
    pub value: Value,
    pub description: Option<String>,
    pub sensitive: bool,
}

pub(super) fn read(reader: &Reader<'_>, intents: &mut Intents) {
    let Some(label) = reader.block.labels.first() else { return };
    let sensitive = reader.flag("sensitive", false);
    let description = reader.text("description").map(|at| at.value);
    let value = reader.any("value").map_or(Value::Null, |at| at.value);
    if !sensitive && value.contains_sensitive() {
        let detail = "This value comes from a secret and would be printed.";
        let at = reader.span("value");
        let help = "set `sensitive = true`";
        reader.report(Diagnostic::new(codes::SECRET_IN_RESOURCE, at, detail).help(help));
        return;
    }
    intents.outputs.insert(label.text.to_string(), Output { value, description, sensitive });
}
