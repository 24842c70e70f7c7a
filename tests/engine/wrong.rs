//! Every attribute of every block with every kind of value, and files cut off anywhere.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use lifeboat::diagnostic::{Diagnostics, Severity, Sources};
use lifeboat::intent::{self, AttributeSchema, BlockSchema, Inputs, Takes};
use lifeboat::lock::Contents;
use lifeboat::{desired, diagnostic, graph, language};
use lifeboat_local::INFO;

/// Everything that can be said of files without reading the world.
fn check(files: &[(&str, &str)]) -> (Sources, Diagnostics) {
    let mut sources = Sources::default();
    for (name, text) in files {
        sources.add(*name, *text);
    }
    let (document, mut found) = language::parse(&sources);
    let (nothing, none) = (BTreeMap::new(), language::Document::default());
    let inputs = Inputs {
        given: Vec::new(),
        variable_files: &none,
        environment: &nothing,
        files: &|_| Err("there are no files here".to_owned()),
        providers: &[INFO],
    };
    let (intents, more) = intent::read(&document, &inputs);
    found.extend(more);
    let (desired, more) = desired::derive(&intents, &Contents::new(), &[INFO]);
    found.extend(more);
    if let Some(desired) = desired {
        found.extend(graph::build(&desired).1);
    }
    // Telling it must not fail either.
    let _text = diagnostic::text(&found, &sources, true);
    let _json = diagnostic::to_json(&found, &sources);
    (sources, found)
}

/// Whether an error points into this file.
fn is_refused(file: &str, sources: &Sources, found: &Diagnostics) -> bool {
    found.sorted().iter().any(|one| {
        one.code.severity == Severity::Error
            && one.labels.iter().any(|label| sources.name(label.span.file) == file)
    })
}

/// HCL of one type each.
const VALUES: [&str; 14] = [
    "7",
    "-7",
    "0.5",
    "1e300",
    "\"text\"",
    "\"\"",
    "[1, 2]",
    "[]",
    "{ a = 1 }",
    "null",
    "true",
    "region.nope",
    "zone.nope.name",
    "\"-5s\"",
];

/// Whether no attribute of this type can take the value.
fn is_wrong(attribute: &AttributeSchema, value: &str) -> bool {
    let list_or_map = value.starts_with(['[', '{']);
    match attribute.takes {
        _ if value.contains("nope") => attribute.takes != Takes::TypeConstraint,
        // An output may be `null`.
        _ if value == "null" => attribute.required && attribute.takes != Takes::Anything,
        Takes::Text => list_or_map,
        Takes::Flag => value != "true",
        Takes::Integer => !matches!(value, "7" | "-7"),
        Takes::Number => list_or_map || matches!(value, "true" | "\"text\"" | "\"\"" | "\"-5s\""),
        Takes::Duration | Takes::Reference(_) => true,
        Takes::ReferenceOrId(_) => !matches!(value, "\"text\"" | "\"-5s\""),
        Takes::Texts => value.starts_with('{') || matches!(value, "\"text\"" | "\"\"" | "true"),
        Takes::TextMap => !value.starts_with('{'),
        Takes::References(_) | Takes::ReferencesTo(_) => !value.starts_with('['),
        Takes::TypeConstraint | Takes::Anything => false,
    }
}

/// The block's example with one attribute set to a value.
fn with(example: &str, attribute: &str, value: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut set = false;
    for line in example.lines() {
        let name = line.split('=').next().unwrap_or_default().trim();
        if name == attribute && !set && line.contains('=') {
            set = true;
            // Lists that go on below stay as text that is never looked at.
            lines.push(format!("{attribute} = {value}"));
        } else {
            lines.push(line.to_owned());
        }
    }
    if !set {
        lines.insert(1, format!("{attribute} = {value}"));
    }
    lines.join("\n") + "\n"
}

/// A nested block's example within that of its parent.
fn within(parent: &BlockSchema, nested: &str) -> String {
    let body = parent.example.trim_end().strip_suffix('}').unwrap();
    format!("{body}{nested}}}\n")
}

/// Calls `each` with every block at the top, its attribute, and the text around the attribute.
fn every_attribute(each: &mut dyn FnMut(&BlockSchema, &AttributeSchema, &str, &str)) {
    for top in intent::SCHEMAS {
        for attribute in top.attributes {
            let around = |value: &str| with(top.example, attribute.name, value);
            for value in VALUES {
                each(top, attribute, value, &around(value));
            }
        }
        for nested in top.blocks {
            for attribute in nested.schema.attributes {
                for value in VALUES {
                    let text = within(top, &with(nested.schema.example, attribute.name, value));
                    each(top, attribute, value, &text);
                }
            }
        }
    }
}

#[test]
fn every_attribute_refuses_what_it_cannot_take() {
    let mut slips = Vec::new();
    let mut count = 0;
    every_attribute(&mut |top, attribute, value, text| {
        let others = intent::SCHEMAS.iter().filter(|schema| schema.kind != top.kind);
        let others: String = others.map(|schema| schema.example).collect();
        let (sources, found) = check(&[("others.hcl", &others), ("test.hcl", text)]);
        count += 1;
        if is_wrong(attribute, value) && !is_refused("test.hcl", &sources, &found) {
            slips.push(format!("{}.{} = {value}", top.kind, attribute.name));
        }
    });
    assert!(count > 500, "{count}");
    assert!(slips.is_empty(), "taken, of {count}:\n{}", slips.join("\n"));
}

/// The files of an example.
fn example(name: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.extension().is_some_and(|extension| extension == "hcl") && !name.contains(".lock") {
            files.push((name, fs::read_to_string(path).unwrap()));
        }
    }
    files.sort();
    files
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_read_as_far_as_it_goes() {
    let files = example("shop");
    assert_eq!(files.len(), 3);
    for (name, text) in &files {
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            check(&[(name, &text[..end])]);
        }
    }
}

#[test]
fn a_file_without_one_of_its_bytes_is_read_as_far_as_it_goes() {
    for (name, text) in &example("quickstart") {
        for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
            let mut text = text.clone();
            text.remove(at);
            check(&[(name, &text)]);
        }
    }
}
