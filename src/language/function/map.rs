//! Functions of maps.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Arguments;
use super::Body::{Plain, Structural};
use crate::diagnostic::nearest;
use crate::language::Value;

super::table! { "Collections":
"keys" "map" "The keys of a map in order."
    "keys({ b = 1, a = 2 })" => r#"["a", "b"]"#
    Structural(|a| Ok(a.map(0)?.keys().cloned().map(Value::String).collect::<Vec<_>>().into()));
"values" "map" "The values of a map in the order of their keys."
    "values({ b = 1, a = 2 })" => "[2, 1]"
    Structural(|a| Ok(a.map(0)?.values().cloned().collect::<Vec<_>>().into()));
"lookup" "map, key, [default]" "The value of a key, or the default if the map has no such key."
    r#"lookup({ a = 1 }, "b", 0)"# => "0" Structural(lookup);
"merge" "maps..." "The maps in one; where keys meet, the last one wins."
    "merge({ a = 1, b = 2 }, { b = 3 })" => "{ a = 1, b = 3 }" Structural(merge);
"zipmap" "keys, values" "A map of the keys with the values at the same places."
    r#"zipmap(["a", "b"], [1, 2])"# => "{ a = 1, b = 2 }" Plain(zip_map);
"transpose" "map" "A map of lists of strings turned round: each string with the keys that held it."
    r#"transpose({ a = ["x", "y"], b = ["x"] })"# => r#"{ x = ["a", "b"], y = ["a"] }"#
    Plain(transpose);
}

fn lookup(given: Arguments<'_>) -> Result<Value, String> {
    let (map, key) = (given.map(0)?, given.text(1)?);
    if let Some(found) = map.get(&key).or(given.optional(2)) {
        return Ok(found.clone());
    }
    let near = nearest(&key, map.keys().map(|key| &**key));
    let near = near.map_or_else(String::new, |near| format!(" (did you mean `{near}`?)"));
    Err(format!("the map has no key `{key}`, and there is no default{near}"))
}

fn merge(given: Arguments<'_>) -> Result<Value, String> {
    let mut merged = BTreeMap::new();
    for (at, value) in given.values.iter().enumerate() {
        if value != &Value::Null {
            let map = given.map(at)?;
            merged.extend(map.iter().map(|(key, value)| (Arc::clone(key), value.clone())));
        }
    }
    Ok(merged.into())
}

fn zip_map(given: Arguments<'_>) -> Result<Value, String> {
    let (keys, values) = (given.texts(0)?, given.list(1)?);
    if keys.len() != values.len() {
        return Err(format!("there are {} keys and {} values", keys.len(), values.len()));
    }
    Ok(keys.into_iter().zip(values.iter().cloned()).collect::<BTreeMap<_, _>>().into())
}

fn transpose(given: Arguments<'_>) -> Result<Value, String> {
    let mut turned: BTreeMap<Arc<str>, Vec<Value>> = BTreeMap::new();
    for (key, value) in given.map(0)? {
        let items = value.as_list().ok_or_else(|| given.problem(0, "has to hold only lists"))?;
        for item in items.iter() {
            let text = item
                .to_text()
                .ok_or_else(|| given.problem(0, "has to hold only lists of strings"))?;
            turned.entry(text).or_default().push(Value::String(Arc::clone(key)));
        }
    }
    let lists = turned.into_iter().map(|(key, items)| (key, Value::from(items)));
    Ok(lists.collect::<BTreeMap<_, _>>().into())
}
