//! Names, and steps into their values.

use std::sync::Arc;

use super::{Evaluator, Locals, fault};
use crate::diagnostic::{Diagnostic, Span, codes, nearest};
use crate::language::{Expression, Fault, Name, Node, Number, Step, Value};

impl Evaluator<'_> {
    /// The value of a name, and how many of the steps after it are taken in.
    pub(super) fn variable(
        &self,
        name: &Name,
        steps: &[Step],
        span: Span,
        locals: &Locals<'_>,
    ) -> Result<(Value, usize), Fault> {
        if let Some(value) = locals.get(&name.text) {
            return Ok((value.clone(), 0));
        }
        let direct: Vec<&str> = attributes(steps).map(|name| &*name.text).collect();
        let (value, taken) = self.scope.resolve(&name.text, &direct, span)?;
        Ok((value, taken.min(direct.len())))
    }

    pub(super) fn traversal(
        &self,
        base: &Expression,
        steps: &[Step],
        span: Span,
        locals: &Locals<'_>,
    ) -> Result<Value, Fault> {
        let (value, taken) = if let Node::Variable(name) = &base.node {
            self.variable(name, steps, span, locals)?
        } else {
            (self.value(base, locals)?, 0)
        };
        self.steps(value, &steps[taken..], locals)
    }

    fn steps(&self, start: Value, steps: &[Step], locals: &Locals<'_>) -> Result<Value, Fault> {
        let mut value = start;
        let mut rest = steps;
        while let [step, after @ ..] = rest {
            rest = after;
            value = match step {
                Step::Attribute(name) => self.attribute(&value, name)?,
                Step::Index(index) => {
                    let key = self.value(index, locals)?;
                    self.index(&value, &key, index.span)?
                }
                Step::AttributeSplat(span) => {
                    let (each, after) = rest.split_at(attributes(rest).count());
                    rest = after;
                    self.splat(&value, each, *span, locals)?
                }
                Step::FullSplat(span) => {
                    let each = std::mem::take(&mut rest);
                    self.splat(&value, each, *span, locals)?
                }
            };
        }
        Ok(value)
    }

    fn splat(
        &self,
        value: &Value,
        each: &[Step],
        span: Span,
        locals: &Locals<'_>,
    ) -> Result<Value, Fault> {
        let secret = value.is_sensitive();
        let items = match value.unwrap_sensitive() {
            Value::Null => Vec::new(),
            Value::List(items) => {
                self.work(items.len(), span)?;
                let results = items.iter().map(|item| self.steps(item.clone(), each, locals));
                results.collect::<Result<_, Fault>>()?
            }
            single @ (Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Map(_)
            | Value::Block(_)
            | Value::Sensitive(_)) => vec![self.steps(single.clone(), each, locals)?],
        };
        self.sized(Value::from(items).tainted(secret), span)
    }

    fn attribute(&self, value: &Value, name: &Name) -> Result<Value, Fault> {
        let secret = value.is_sensitive();
        let found = match value.unwrap_sensitive() {
            Value::Map(map) => match map.get(&name.text) {
                Some(found) => found.clone(),
                None => return Err(self.missing(value, &name.text, name.span)),
            },
            Value::Block(block) => self.scope.attribute(block, &name.text, name.span)?,
            other @ (Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::List(_)
            | Value::Sensitive(_)) => {
                let what = other.described();
                let detail = format!("This is {what}, which has no attribute `{}`.", name.text);
                let help = matches!(other, Value::List(_))
                    .then(|| format!("write `[*].{}` to take it of every element", name.text));
                self.note_secret(secret);
                let found = Diagnostic::new(codes::EVALUATION, name.span, detail);
                return Err(Box::new(found.help_if(help)));
            }
        };
        Ok(found.tainted(secret))
    }

    fn index(&self, value: &Value, key: &Value, span: Span) -> Result<Value, Fault> {
        let secret = value.is_sensitive() || key.is_sensitive();
        let open_key = key.unwrap_sensitive();
        let wrong_key = |what: &str| {
            let kind = open_key.described();
            let detail = format!("{what}, and this is {kind}.");
            self.refuse(secret, codes::WRONG_TYPE, span, detail)
        };
        let found = match value.unwrap_sensitive() {
            Value::List(items) => {
                let number = open_key
                    .to_number()
                    .ok_or_else(|| wrong_key("An element of a list is asked for by number"))?;
                let at = number.as_i64().and_then(|at| usize::try_from(at).ok());
                match at.and_then(|at| items.get(at)) {
                    Some(item) => item.clone(),
                    None => return Err(self.beyond(items.len(), number, secret, span)),
                }
            }
            Value::Map(map) => {
                let text = open_key
                    .to_text()
                    .ok_or_else(|| wrong_key("An element of a map is asked for by key"))?;
                match map.get(&text) {
                    Some(found) => found.clone(),
                    None if key.is_sensitive() => {
                        let detail = "The map has no such key; it is not shown, as it is secret.";
                        return Err(self.refuse(true, codes::EVALUATION, span, detail));
                    }
                    None => return Err(self.missing(value, &text, span)),
                }
            }
            Value::Block(block) => {
                let Value::String(name) = open_key else {
                    return Err(wrong_key("A block's attribute is asked for by name"));
                };
                if key.is_sensitive() {
                    let detail = "A block's attribute cannot be chosen by a secret.";
                    return Err(self.refuse(true, codes::EVALUATION, span, detail));
                }
                self.scope.attribute(block, name, span)?
            }
            other @ (Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Sensitive(_)) => {
                let detail = format!("This is {}, which has no elements.", other.described());
                return Err(self.refuse(secret, codes::EVALUATION, span, detail));
            }
        };
        Ok(found.tainted(secret))
    }

    fn beyond(&self, length: usize, asked: Number, secret: bool, span: Span) -> Fault {
        if secret {
            let detail = "The list has no such element; nothing is shown, as it is secret.";
            return self.refuse(true, codes::EVALUATION, span, detail);
        }
        let detail = match length {
            0 => format!("The list is empty, so it has no element {asked}."),
            1 => format!("The list has one element, number 0, and no element {asked}."),
            _ => format!(
                "The list has {length} elements, numbered 0 to {}, and no element {asked}.",
                length - 1
            ),
        };
        fault(codes::EVALUATION, span, detail)
    }

    /// A map without that key: says what exists, unless the map is a secret.
    fn missing(&self, map: &Value, wanted: &str, span: Span) -> Fault {
        const SHOWN_MAX: usize = 12;
        let detail = format!("There is no `{wanted}` in it.");
        let Value::Map(map) = map else {
            return self.refuse(true, codes::EVALUATION, span, detail);
        };
        let keys: Vec<&Arc<str>> = map.keys().collect();
        let help = match nearest(wanted, keys.iter().map(|key| &***key)) {
            Some(near) => Some(format!("did you mean `{near}`?")),
            None if keys.is_empty() => Some("it is empty".to_owned()),
            None if keys.len() <= SHOWN_MAX => {
                let names: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
                Some(format!("it has {}", names.join(", ")))
            }
            None => None,
        };
        Box::new(Diagnostic::new(codes::EVALUATION, span, detail).help_if(help))
    }

    pub(super) fn note_secret(&self, secret: bool) {
        if secret {
            self.failed_on_secret.set(true);
        }
    }
}

/// The attribute steps at the start of `steps`.
fn attributes(steps: &[Step]) -> impl Iterator<Item = &Name> {
    steps.iter().map_while(|step| match step {
        Step::Attribute(name) => Some(name),
        Step::Index(_) | Step::AttributeSplat(_) | Step::FullSplat(_) => None,
    })
}
