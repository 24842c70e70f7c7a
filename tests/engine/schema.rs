//! JSON Schema, as far as our schemas go. A keyword that is not known here fails: nothing is passed
//! over in silence.

use serde_json::Value;

/// Keywords that say nothing of what is valid.
const NOTES: [&str; 6] = ["$schema", "$defs", "title", "description", "default", "format"];

/// What is wrong with a value, and where.
pub(crate) fn violations(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, schema, value, "", &mut found);
    found
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    if *schema == Value::Bool(true) {
        return;
    }
    let Value::Object(fields) = schema else {
        return found.push(format!("{at}: nothing is allowed here"));
    };
    for (keyword, wanted) in fields {
        match keyword.as_str() {
            "$ref" => {
                let pointer = wanted.as_str().unwrap().strip_prefix('#').unwrap();
                check(root, root.pointer(pointer).unwrap(), value, at, found);
            }
            "type" if !is_of(wanted, value) => found.push(format!("{at}: {value} is no {wanted}")),
            "const" if wanted != value => found.push(format!("{at}: {value} is not {wanted}")),
            "enum" if !wanted.as_array().unwrap().contains(value) => {
                found.push(format!("{at}: {value} is not in {wanted}"));
            }
            "minimum" if value.as_f64() < wanted.as_f64() => {
                found.push(format!("{at}: {value} is below {wanted}"));
            }
            "maximum" if value.as_f64() > wanted.as_f64() => {
                found.push(format!("{at}: {value} is above {wanted}"));
            }
            "oneOf" | "anyOf" => alternatives(root, (keyword, wanted), value, at, found),
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, wanted, item, &format!("{at}/{index}"), found);
                }
            }
            "prefixItems" => {
                let schemas = wanted.as_array().unwrap().iter();
                let items = value.as_array().into_iter().flatten();
                for (index, (wanted, item)) in schemas.zip(items).enumerate() {
                    check(root, wanted, item, &format!("{at}/{index}"), found);
                }
            }
            "minItems" if length(value) < wanted.as_u64() => {
                found.push(format!("{at}: {value} has fewer than {wanted} items"));
            }
            "maxItems" if length(value) > wanted.as_u64() => {
                found.push(format!("{at}: {value} has more than {wanted} items"));
            }
            "required" => {
                let names = wanted.as_array().unwrap().iter().filter_map(Value::as_str);
                let missing = names.filter(|name| value.is_object() && value.get(name).is_none());
                found.extend(missing.map(|name| format!("{at}: `{name}` is missing")));
            }
            "properties" | "additionalProperties" => {
                properties(root, fields, keyword, value, at, found);
            }
            "type" | "const" | "enum" | "minimum" | "maximum" | "minItems" | "maxItems" => {}
            note if NOTES.contains(&note) => {}
            other => found.push(format!("{at}: the keyword `{other}` is not known to this test")),
        }
    }
}

/// How many items there are. What is no array is found by its type.
fn length(value: &Value) -> Option<u64> {
    let items = value.as_array()?;
    u64::try_from(items.len()).ok()
}

fn alternatives(
    root: &Value,
    (keyword, wanted): (&str, &Value),
    value: &Value,
    at: &str,
    found: &mut Vec<String>,
) {
    let all = wanted.as_array().unwrap().iter().map(|schema| {
        let mut inner = Vec::new();
        check(root, schema, value, at, &mut inner);
        inner
    });
    let all: Vec<Vec<String>> = all.collect();
    let fitting = all.iter().filter(|found| found.is_empty()).count();
    if fitting == 0 || keyword == "oneOf" && fitting > 1 {
        let nearest = all.into_iter().min_by_key(Vec::len).unwrap_or_default();
        found.push(format!("{at}: {fitting} alternatives fit; of the nearest: {nearest:?}"));
    }
}

fn properties(
    root: &Value,
    fields: &serde_json::Map<String, Value>,
    keyword: &str,
    value: &Value,
    at: &str,
    found: &mut Vec<String>,
) {
    let known = fields.get("properties");
    for (name, inner) in value.as_object().into_iter().flatten() {
        let of_its_own = known.and_then(|known| known.get(name));
        let place = format!("{at}/{name}");
        match (keyword, of_its_own) {
            ("properties", Some(schema)) => check(root, schema, inner, &place, found),
            ("additionalProperties", None) => {
                check(root, &fields["additionalProperties"], inner, &place, found);
            }
            _ => {}
        }
    }
}

fn is_of(wanted: &Value, value: &Value) -> bool {
    if let Some(several) = wanted.as_array() {
        return several.iter().any(|one| is_of(one, value));
    }
    match wanted.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        Some("number") => value.is_number(),
        Some("integer") => value.is_i64() || value.is_u64(),
        _ => false,
    }
}

#[test]
fn what_does_not_fit_is_found() {
    let schema = serde_json::json!({
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"$ref": "#/$defs/small"}, "b": {"oneOf": [{"const": "x"}]}},
        "additionalProperties": false,
        "$defs": {"small": {"type": ["integer", "null"], "minimum": 0, "maximum": 9}}
    });
    let count = |value| violations(&schema, &value).len();
    assert_eq!(count(serde_json::json!({"a": 3, "b": "x"})), 0);
    for bad in [
        serde_json::json!({}),
        serde_json::json!([]),
        serde_json::json!({"a": 10}),
        serde_json::json!({"a": -1}),
        serde_json::json!({"a": "3"}),
        serde_json::json!({"a": 3, "b": "y"}),
        serde_json::json!({"a": 3, "c": 1}),
    ] {
        assert_ne!(count(bad.clone()), 0, "{bad}");
    }
    assert_ne!(violations(&serde_json::json!({"pattern": "a"}), &schema).len(), 0);
}
