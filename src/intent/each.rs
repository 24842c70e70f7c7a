//! The keys of a `for_each`.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Span, codes};
use crate::language::{Fault, Value};

/// The keys of a `for_each`, and what each stands for.
pub(super) type Keys = Arc<BTreeMap<Arc<str>, Value>>;

/// The keys of a `for_each`, as a map.
pub(super) fn for_each_map(value: Value, span: Span) -> Result<Value, Fault> {
    for_each_keys(value, span).map(Value::Map)
}

pub(super) fn for_each_keys(value: Value, span: Span) -> Result<Keys, Fault> {
    let refuse = |detail: String| Box::new(Diagnostic::new(codes::FOR_EACH, span, detail));
    let keys = match value {
        Value::Map(map) => map,
        Value::List(items) => {
            let mut keys = BTreeMap::new();
            for item in items.iter() {
                let Value::String(key) = item else {
                    let help = "write `toset([...])` of strings, or a map";
                    let detail =
                        format!("This list holds {}, which names nothing.", item.described());
                    return Err(Box::new(refuse(detail).help(help)));
                };
                if keys.insert(Arc::clone(key), item.clone()).is_some() {
                    let detail = format!("The key `{key}` stands twice in this list.");
                    return Err(Box::new(refuse(detail).help("write `toset(...)` around it")));
                }
            }
            Arc::new(keys)
        }
        Value::Sensitive(_) => {
            return Err(refuse("Keys become part of addresses, so they cannot be secret.".into()));
        }
        other @ (Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Block(_)) => {
            let detail = format!(
                "This is {}. `for_each` takes a map, an object, or a set of strings.",
                other.described()
            );
            return Err(refuse(detail));
        }
    };
    Ok(keys)
}
