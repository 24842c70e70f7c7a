//! The language by example: text in, text out.

#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]
#![expect(clippy::too_many_lines, reason = "they are tables of examples")]
#![expect(clippy::format_push_string, reason = "brevity counts for more than speed here")]

mod document;
mod expression;
mod function;
mod hostile;
mod secret;
mod template;

use std::collections::BTreeMap;
use std::sync::Arc;

use expect_test::Expect;

use super::{
    BlockRef, Document, Fault, Scope, Value, evaluate, parse, parse_expression, references,
};
use crate::diagnostic::{Diagnostic, Diagnostics, Sources, Span, codes, text};

/// A small world: a region with two attributes, some names, two files and one secret.
struct World;

impl World {
    fn value(name: &str) -> Option<Value> {
        let json = match name {
            "null_value" => serde_json::json!(null),
            "number" => serde_json::json!(5),
            "text" => serde_json::json!("hello"),
            "names" => serde_json::json!(["a", "b", "c"]),
            "settings" => serde_json::json!({"interval": 10, "failures": 3, "url": "https://x"}),
            "servers" => serde_json::json!([
                {"name": "one", "ports": [80, 443], "live": true},
                {"name": "two", "ports": [8080], "live": false},
            ]),
            "secret" => return Some(Value::from("hunter2").into_sensitive()),
            "vault" => {
                let secret = Value::from("hunter2").into_sensitive();
                let open: Arc<str> = "open".into();
                let closed: Arc<str> = "closed".into();
                return Some(BTreeMap::from([(open, 1.into()), (closed, secret)]).into());
            }
            _ => return None,
        };
        Some(Value::from_json(&json))
    }
}

impl Scope for World {
    fn resolve(&self, name: &str, steps: &[&str], span: Span) -> Result<(Value, usize), Fault> {
        if let ("region", Some(region)) = (name, steps.first()) {
            let address = format!("region.{region}").into();
            return Ok((Value::Block(BlockRef { kind: "region".into(), address }), 1));
        }
        let value = Self::value(name).ok_or_else(|| {
            let detail = format!("Nothing is called `{name}`.");
            Box::new(Diagnostic::new(codes::UNKNOWN_REFERENCE, span, detail))
        })?;
        Ok((value, 0))
    }

    fn attribute(&self, block: &BlockRef, name: &str, span: Span) -> Result<Value, Fault> {
        match name {
            "location" => Ok("us-east-1".into()),
            "role" => Ok("primary".into()),
            _ => {
                let detail = format!("`{}` has no `{name}`.", block.address);
                Err(Box::new(Diagnostic::new(codes::UNKNOWN_ATTRIBUTE, span, detail)))
            }
        }
    }

    fn file(&self, path: &str, span: Span) -> Result<String, Fault> {
        match path {
            "greeting.txt" => Ok("hello\n".to_owned()),
            "greeting.tpl" => Ok("hello, ${name}".to_owned()),
            "list.tpl" => Ok("%{ for n in names ~}\n- ${n}\n%{ endfor ~}\n".to_owned()),
            "broken.tpl" => Ok("a\n${".to_owned()),
            "nested.tpl" => Ok("${templatefile(\"greeting.tpl\", {})}".to_owned()),
            _ => {
                let detail = format!("`{path}` cannot be read.");
                Err(Box::new(Diagnostic::new(codes::FUNCTION_FAILED, span, detail)))
            }
        }
    }

    fn environment(&self, name: &str) -> Option<String> {
        (name == "DNS_TOKEN").then(|| "hunter2".to_owned())
    }
}

/// The value of an expression, or its finding in short: code, place, detail and help.
fn eval(expression: &str) -> String {
    let mut sources = Sources::default();
    let file = sources.add("main.hcl", expression);
    match parse_expression(&sources, file).and_then(|parsed| evaluate(&parsed, &World)) {
        Ok(value) => value.to_string(),
        Err(fault) => short(&fault, &sources),
    }
}

fn short(found: &Diagnostic, sources: &Sources) -> String {
    let mut out = found.code.id.to_owned();
    for label in &found.labels {
        let place = sources.place(label.span.file, label.span.start);
        out.push_str(&format!(" {}:{}", place.line, place.column));
    }
    out.push_str(&format!(" {}", found.detail));
    if let Some(help) = &found.help {
        out.push_str(&format!(" ({help})"));
    }
    out
}

/// Every line of `expressions` with its value.
fn check(expressions: &str, expected: &Expect) {
    let lines = expressions.lines().map(str::trim).filter(|line| !line.is_empty());
    let rows: Vec<String> = lines.map(|line| format!("{line}  =>  {}\n", eval(line))).collect();
    expected.assert_eq(&rows.concat());
}

/// One expression that takes several lines.
fn check_one(expression: &str, expected: &Expect) {
    expected.assert_eq(&eval(expression));
}

/// What a document holds, and what is wrong with it.
fn check_document(hcl: &str, expected: &Expect) {
    let mut sources = Sources::default();
    sources.add("main.hcl", hcl);
    let (document, found) = parse(&sources);
    let mut out = outline(&document, &sources);
    for diagnostic in found.sorted() {
        out.push_str(&short(diagnostic, &sources));
        out.push('\n');
    }
    expected.assert_eq(&out);
}

fn outline(document: &Document, sources: &Sources) -> String {
    let mut out = String::new();
    for attribute in &document.attributes {
        show_attribute(attribute, 0, sources, &mut out);
    }
    for block in &document.blocks {
        show_block(block, 0, sources, &mut out);
    }
    out
}

fn show_block(block: &super::Block, level: usize, sources: &Sources, out: &mut String) {
    let labels: Vec<String> =
        block.labels.iter().map(|label| format!(" {:?}", label.text)).collect();
    let place = sources.place(block.span.file, block.span.start);
    out.push_str(&format!(
        "{:indent$}{}{} @{}:{}\n",
        "",
        block.kind.text,
        labels.concat(),
        place.line,
        place.column,
        indent = level * 2
    ));
    for attribute in &block.attributes {
        show_attribute(attribute, level + 1, sources, out);
    }
    for nested in &block.blocks {
        show_block(nested, level + 1, sources, out);
    }
}

/// With its value, and with the text that its span covers if that cannot be had.
fn show_attribute(attribute: &super::Attribute, level: usize, sources: &Sources, out: &mut String) {
    let span = attribute.value.span;
    let written = &sources.text(span.file)[span.start as usize..span.end as usize];
    let value = match evaluate(&attribute.value, &World) {
        Ok(value) => value.to_string(),
        Err(_) => format!("<{written}>"),
    };
    out.push_str(&format!("{:indent$}{} = {value}\n", "", attribute.name.text, indent = level * 2));
}

/// The references of an expression, with the text that each covers.
fn check_references(expression: &str, expected: &Expect) {
    let mut sources = Sources::default();
    let file = sources.add("main.hcl", expression);
    let parsed = parse_expression(&sources, file).unwrap();
    let lines = references(&parsed).into_iter().map(|reference| {
        let written = &expression[reference.span.start as usize..reference.span.end as usize];
        format!("{} {:?} `{written}`\n", reference.name, reference.steps)
    });
    expected.assert_eq(&lines.collect::<String>());
}

/// The whole of a finding as people see it.
fn check_rendered(hcl: &str, expected: &Expect) {
    let mut sources = Sources::default();
    sources.add("main.hcl", hcl);
    let (_, found) = parse(&sources);
    expected.assert_eq(&text(&found, &sources, false));
}

fn errors(hcl: &str) -> Diagnostics {
    let mut sources = Sources::default();
    sources.add("main.hcl", hcl);
    parse(&sources).1
}
