//! Two versions of a resource, field by field.

use std::fmt::Write as _;

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::palette::{ADD, CHANGE, DIM, REMOVE, paint};
use crate::plan::Values;

/// The fields that differ, each indented by `indent`; what is equal is counted.
pub(super) fn differences(
    before: &Values,
    after: &Values,
    forced: &[String],
    indent: usize,
) -> String {
    let mut fields = Vec::new();
    let mut equal = 0;
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        collect(name, before.get(name), after.get(name), &mut fields, &mut equal);
    }
    let width = fields.iter().map(|field| field.name.chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for field in &fields {
        let forces =
            forced.iter().any(|f| field.name == *f || field.name.starts_with(&format!("{f}.")));
        field.render(width, indent, forces, &mut out);
    }
    if equal > 0 && !fields.is_empty() {
        let plural = if equal == 1 { "field" } else { "fields" };
        let line = format!("# {equal} unchanged {plural} hidden");
        let _infallible = writeln!(out, "{:indent$}{}", "", paint(DIM, &line));
    }
    out
}

/// Every field of one version.
pub(super) fn listing(values: &Values, indent: usize) -> String {
    let mut fields = Vec::new();
    for (name, value) in values {
        collect(name, None, Some(value), &mut fields, &mut 0);
    }
    let width = fields.iter().map(|field| field.name.chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for field in &fields {
        let shown = field.after.map_or_else(String::new, show);
        let _infallible = writeln!(out, "{:indent$}{:width$}   {shown}", "", field.name);
    }
    out
}

struct Field<'v> {
    name: String,
    before: Option<&'v Value>,
    after: Option<&'v Value>,
}

/// A field, or the fields within it.
fn collect<'v>(
    name: &str,
    before: Option<&'v Value>,
    after: Option<&'v Value>,
    fields: &mut Vec<Field<'v>>,
    equal: &mut usize,
) {
    if before == after {
        *equal += 1;
        return;
    }
    if let (Some(Value::Object(a)), Some(Value::Object(b))) = (before, after) {
        let names: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
        for inner in names {
            collect(&format!("{name}.{inner}"), a.get(inner), b.get(inner), fields, equal);
        }
        return;
    }
    fields.push(Field { name: name.to_owned(), before, after });
}

impl Field<'_> {
    fn render(&self, width: usize, indent: usize, forces: bool, out: &mut String) {
        let (name, forces) = (&self.name, if forces { "   # forces replacement" } else { "" });
        let (sign, colour) = match (self.before, self.after) {
            (None, _) => ("+", ADD),
            (_, None) => ("-", REMOVE),
            (Some(_), Some(_)) => ("~", CHANGE),
        };
        let head = format!("{:indent$}{} {name:width$}", "", paint(colour, sign));
        let _infallible = match (self.before, self.after) {
            (Some(before), Some(after)) => match lines(before, after) {
                Some(lines) => writeln!(out, "{head}{forces}\n{}", block(&lines, indent + 4)),
                None => writeln!(out, "{head}   {} -> {}{forces}", show(before), show(after)),
            },
            (None, Some(only)) | (Some(only), None) => {
                writeln!(out, "{head}   {}{forces}", show(only))
            }
            (None, None) => Ok(()),
        };
    }
}

/// A value on one line, as short as it stays clear.
fn show(value: &Value) -> String {
    const LONGEST: usize = 200;
    let text = match value {
        Value::String(text) => format!("{text:?}"),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(show).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(fields) if fields.len() == 1 => {
            let inner: Vec<String> =
                fields.iter().map(|(name, value)| format!("{name} {}", show(value))).collect();
            inner.concat()
        }
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) => {
            other.to_string()
        }
    };
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text,
    }
}

/// Both versions as lines, where lines show the difference better: lists, long texts and JSON
/// within a text.
fn lines(before: &Value, after: &Value) -> Option<(String, String)> {
    let listed = |items: &[Value]| items.iter().map(|v| show(v) + "\n").collect::<String>();
    match (before, after) {
        (Value::Array(a), Value::Array(b)) if let ([a], [b]) = (&a[..], &b[..]) => lines(a, b),
        (Value::Array(a), Value::Array(b)) if a.len() + b.len() > 2 => Some((listed(a), listed(b))),
        (Value::String(a), Value::String(b)) => {
            let json = |text: &str| {
                let value: Value = serde_json::from_str(text).ok()?;
                (value.is_object() || value.is_array()).then(|| format!("{value:#}\n"))
            };
            match (json(a), json(b)) {
                (Some(a), Some(b)) => Some((a, b)),
                _ if a.contains('\n') || b.contains('\n') => Some((a.clone(), b.clone())),
                _ => None,
            }
        }
        _ => None,
    }
}

/// A line diff with three lines around each change.
fn block((before, after): &(String, String), indent: usize) -> String {
    let diff = TextDiff::from_lines(before.as_str(), after.as_str());
    let mut out = String::new();
    for (at, group) in diff.grouped_ops(3).iter().enumerate() {
        if at > 0 {
            let _infallible = writeln!(out, "{:indent$}{}", "", paint(DIM, "..."));
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (sign, colour) = match change.tag() {
                ChangeTag::Equal => (" ", DIM),
                ChangeTag::Insert => ("+", ADD),
                ChangeTag::Delete => ("-", REMOVE),
            };
            let line = format!("{sign} {}", change.value().trim_end_matches('\n'));
            let _infallible = writeln!(out, "{:indent$}{}", "", paint(colour, &line));
        }
    }
    out.pop();
    out
}
