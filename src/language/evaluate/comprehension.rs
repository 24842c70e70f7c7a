//! `for` expressions.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Evaluator, Locals, fault};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::language::{Comprehension, Expression, Fault, Name, Value};

/// What one round of a loop counts for, next to looking at one value.
const ROUND_WORK: usize = 64;

/// What a `for` goes through, and what it calls the parts.
pub(super) struct Loop<'e> {
    pub(super) key_name: Option<&'e Name>,
    pub(super) value_name: &'e Name,
    pub(super) collection: &'e Expression,
}

impl Evaluator<'_> {
    /// Runs `body` for every element; true if the collection is a secret.
    pub(super) fn each(
        &self,
        repeated: &Loop<'_>,
        locals: &Locals<'_>,
        mut body: impl FnMut(&Locals<'_>) -> Result<(), Fault>,
    ) -> Result<bool, Fault> {
        let span = repeated.collection.span;
        let collection = self.value(repeated.collection, locals)?;
        let secret = collection.is_sensitive();
        let mut one = |key: Value, value: &Value| {
            self.work(ROUND_WORK, span)?;
            let name = repeated.value_name;
            match repeated.key_name {
                None => body(&Locals::Bound { name, value: value.clone(), outer: locals }),
                Some(key_name) => {
                    let outer = &Locals::Bound { name: key_name, value: key, outer: locals };
                    body(&Locals::Bound { name, value: value.clone(), outer })
                }
            }
        };
        match collection.unwrap_sensitive() {
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    one(Value::from(i64::try_from(index).unwrap_or(i64::MAX)), item)?;
                }
            }
            Value::Map(map) => {
                for (key, item) in map.iter() {
                    one(Value::String(Arc::clone(key)), item)?;
                }
            }
            other @ (Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Block(_)
            | Value::Sensitive(_)) => {
                let detail = format!(
                    "`for` goes through a list or a map, and this is {}.",
                    other.described()
                );
                return Err(self.refuse(secret, codes::WRONG_TYPE, span, detail));
            }
        }
        Ok(secret)
    }

    pub(super) fn comprehension(
        &self,
        comprehension: &Comprehension,
        span: Span,
        locals: &Locals<'_>,
    ) -> Result<Value, Fault> {
        let Comprehension { key_name, value_name, collection, key, value, condition, grouping } =
            comprehension;
        let repeated = Loop { key_name: key_name.as_ref(), value_name, collection };
        let mut list = Vec::new();
        let mut map = Entries { grouping: *grouping, ..Entries::default() };
        let mut secret = false;
        let secret_collection = self.each(&repeated, locals, |locals| {
            if let Some(condition) = condition {
                let (holds, secret_choice) = self.condition(condition, locals)?;
                secret |= secret_choice;
                if !holds {
                    return Ok(());
                }
            }
            let Some(key) = key else {
                list.push(self.value(value, locals)?);
                return Ok(());
            };
            let (text, secret_key) = self.key(key, locals)?;
            secret |= secret_key;
            let value = self.value(value, locals)?;
            map.add(text, value, key.span, secret).inspect_err(|_| {
                self.note_secret(secret);
            })
        })?;
        let result = if key.is_some() { map.into_value() } else { Value::from(list) };
        self.sized(result.tainted(secret || secret_collection), span)
    }
}

#[derive(Default)]
struct Entries {
    grouping: bool,
    single: BTreeMap<Arc<str>, Value>,
    groups: BTreeMap<Arc<str>, Vec<Value>>,
}

impl Entries {
    fn add(&mut self, key: Arc<str>, value: Value, span: Span, secret: bool) -> Result<(), Fault> {
        if self.grouping {
            self.groups.entry(key).or_default().push(value);
            return Ok(());
        }
        if self.single.contains_key(&key) {
            if secret {
                let detail = "Two elements have the same key, which is secret.";
                return Err(fault(codes::EVALUATION, span, detail));
            }
            let detail = format!("Two elements have the key `{key}`, and one would be lost.");
            let found = Diagnostic::new(codes::EVALUATION, span, detail);
            return Err(Box::new(
                found.help("write `...` after the value to collect them in lists"),
            ));
        }
        self.single.insert(key, value);
        Ok(())
    }

    fn into_value(self) -> Value {
        if self.grouping {
            let lists = self.groups.into_iter().map(|(key, items)| (key, Value::from(items)));
            return Value::from(lists.collect::<BTreeMap<_, _>>());
        }
        Value::from(self.single)
    }
}
