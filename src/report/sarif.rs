//! What lints say, as code scanning reads it: SARIF 2.1.0.

use std::collections::BTreeMap;

use lifeboat_contract::Digest;
use serde_json::{Value, json};

use super::lint::{Lints, RemarkJson, severity};
use crate::image::{Rule, rules};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// One run, with every rule, and a result for each remark.
pub fn sarif(lints: &Lints, version: &str) -> Value {
    let rules = rules();
    let places: BTreeMap<&str, usize> =
        rules.iter().enumerate().map(|(at, rule)| (rule.id, at)).collect();
    // The same remark twice in a file is told apart by its number.
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let results = lints.remarks.iter().map(|remark| {
        let RemarkJson { rule, address, file, message, .. } = remark;
        let same = format!("{rule}\0{address}\0{file}\0{message}");
        let number = seen.entry(same.clone()).or_default();
        *number += 1;
        let print = Digest::of(format!("{same}\0{number}").as_bytes());
        json!({
            "ruleId": rule,
            "ruleIndex": places.get(rule.as_str()),
            "level": remark.severity,
            "message": { "text": format!("{address}: {message}. {} To do: {}.", remark.reason, remark.fix) },
            "locations": [{
                "physicalLocation": {
                    "artifactLocation": { "uri": uri(file), "uriBaseId": "%SRCROOT%" },
                    "region": {
                        "startLine": remark.line,
                        "startColumn": remark.column,
                        "endLine": remark.end_line,
                        "endColumn": remark.end_column,
                    },
                },
                "logicalLocations": [{ "fullyQualifiedName": address, "kind": "resource" }],
            }],
            "partialFingerprints": { "lifeboat/v1": &print.hex()[..32] },
        })
    });
    let results: Vec<Value> = results.collect();
    let rules: Vec<Value> = rules.into_iter().map(rule).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "Lifeboat", "semanticVersion": version, "rules": rules } },
            "automationDetails": { "id": "lifeboat/image-lint/" },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(rule: &Rule) -> Value {
    let others = match rule.foreign {
        [] => String::new(),
        names => format!(" Others call it {}.", names.join(", ")),
    };
    let text = format!("{} To do: {}.{others}", rule.reason, rule.fix);
    let mut tags = vec!["dockerfile".to_owned()];
    tags.extend(rule.foreign.iter().map(|name| format!("external/{name}")));
    json!({
        "id": rule.id,
        "shortDescription": { "text": rule.reason },
        "fullDescription": { "text": rule.reason },
        "help": { "text": text, "markdown": text },
        "defaultConfiguration": { "level": severity(rule.gravity) },
        "properties": { "tags": tags, "precision": "high" },
    })
}

/// A relative path as code scanning wants it.
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let letters = path.bytes().map(|byte| match byte {
        byte if plain(byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    letters.collect()
}
