//! Reads one block by its schema: values of the types that attributes take.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::str::FromStr;

use lifeboat_contract::{Address, Invalid};

use super::duration;
use super::names::Seen;
use super::schema::{BlockSchema, Takes};
use crate::diagnostic::{Diagnostic, Diagnostics, Span, codes};
use crate::language::{Block, Expression, Fault, Number, Value};

/// A value, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct At<T> {
    pub value: T,
    pub span: Span,
}

/// One block instance.
pub(super) struct Reader<'r> {
    pub(super) block: &'r Block,
    pub(super) schema: &'static BlockSchema,
    pub(super) address: Address,
    pub(super) seen: Seen<'r, 'r>,
    pub(super) found: &'r RefCell<Diagnostics>,
}

impl<'r> Reader<'r> {
    pub(super) fn report(&self, diagnostic: Diagnostic) {
        self.found.borrow_mut().push(diagnostic.about(self.address.as_str()));
    }

    pub(super) fn refuse(&self, span: Span, detail: impl Into<String>) {
        self.report(Diagnostic::new(codes::INVALID_VALUE, span, detail));
    }

    /// The nested blocks of a kind.
    pub(super) fn nested(&self, kind: &str) -> impl Iterator<Item = Reader<'r>> {
        let schema = self.schema.block(kind).map(|nested| nested.schema);
        let blocks = self.block.blocks.iter().filter(move |block| &*block.kind.text == kind);
        let (address, seen, found) = (self.address.clone(), self.seen, self.found);
        blocks.filter_map(move |block| {
            Some(Reader { block, schema: schema?, address: address.clone(), seen, found })
        })
    }

    pub(super) fn expression(&self, name: &str) -> Option<&'r Expression> {
        let attribute = self.block.attributes.iter().find(|a| &*a.name.text == name)?;
        Some(&attribute.value)
    }

    /// Where an attribute stands, or the block where it is not written.
    pub(super) fn span(&self, name: &str) -> Span {
        self.expression(name).map_or(self.block.span, |expression| expression.span)
    }

    /// Whether a value is given, be it one that cannot be used. `null` counts as not written.
    pub(super) fn is_written(&self, name: &str) -> bool {
        self.expression(name).is_some_and(|e| self.seen.evaluate(e) != Ok(Value::Null))
    }

    fn keep<T>(&self, result: Result<T, Fault>) -> Option<T> {
        result.map_err(|fault| self.report(*fault)).ok()
    }

    /// The value, secret or not. `null` counts as not written.
    pub(super) fn any(&self, name: &str) -> Option<At<Value>> {
        let expression = self.expression(name)?;
        let value = self.keep(self.seen.evaluate(expression))?;
        if value == Value::Null {
            self.refuse_missing(name, expression.span);
            return None;
        }
        Some(At { value, span: expression.span })
    }

    /// An attribute that must be given, and is `null`.
    fn refuse_missing(&self, name: &str, span: Span) {
        let known = self.schema.attribute(name);
        if known.is_some_and(|known| known.required && known.takes != Takes::Anything) {
            let detail = format!("`{name}` must be given, and this is `null`.");
            self.report(Diagnostic::new(codes::MISSING_ATTRIBUTE, span, detail));
        }
    }

    /// The value, which must not be secret.
    pub(super) fn value(&self, name: &str) -> Option<At<Value>> {
        let at = self.any(name)?;
        if at.value.contains_sensitive() {
            let detail = format!(
                "`{name}` would be part of the plan and of what the provider stores, and this \
                 value comes from a secret."
            );
            self.report(Diagnostic::new(codes::SECRET_IN_RESOURCE, at.span, detail));
            return None;
        }
        Some(at)
    }

    fn wrong(&self, name: &str, at: &At<Value>, needed: &str) {
        let detail = format!("`{name}` takes {needed}, and this is {}.", at.value.described());
        self.report(Diagnostic::new(codes::WRONG_TYPE, at.span, detail));
    }

    pub(super) fn text(&self, name: &str) -> Option<At<String>> {
        let at = self.value(name)?;
        let Some(text) = at.value.to_text() else {
            self.wrong(name, &at, "a string");
            return None;
        };
        Some(At { value: text.to_string(), span: at.span })
    }

    /// Text that is parsed.
    pub(super) fn parsed<T: FromStr<Err = Invalid>>(&self, name: &str) -> Option<At<T>> {
        let text = self.text(name)?;
        match text.value.parse() {
            Ok(value) => Some(At { value, span: text.span }),
            Err(why) => {
                self.refuse(text.span, format!("{}.", Sentence(&why)));
                None
            }
        }
    }

    pub(super) fn flag(&self, name: &str, default: bool) -> bool {
        let Some(at) = self.value(name) else { return default };
        let flag = at.value.to_bool();
        if flag.is_none() {
            self.wrong(name, &at, "`true` or `false`");
        }
        flag.unwrap_or(default)
    }

    pub(super) fn number(&self, name: &str) -> Option<At<Number>> {
        let at = self.value(name)?;
        let Some(number) = at.value.to_number() else {
            self.wrong(name, &at, "a number");
            return None;
        };
        Some(At { value: number, span: at.span })
    }

    /// A whole number within limits.
    pub(super) fn integer(
        &self,
        name: &str,
        allowed: std::ops::RangeInclusive<u32>,
    ) -> Option<At<u32>> {
        let at = self.number(name)?;
        let whole = match at.value {
            Number::Integer(whole) => u32::try_from(whole).ok(),
            Number::Float(_) => None,
        };
        match whole {
            Some(value) if allowed.contains(&value) => Some(At { value, span: at.span }),
            _ => {
                let (low, high) = (allowed.start(), allowed.end());
                let detail = format!(
                    "`{name}` takes a whole number from {low} to {high}, and this is {}.",
                    at.value
                );
                self.refuse(at.span, detail);
                None
            }
        }
    }

    /// Seconds.
    pub(super) fn duration(&self, name: &str) -> Option<At<u32>> {
        let at = self.value(name)?;
        if let Value::Number(number) = &at.value {
            let detail = format!("`{name}` takes a duration, and {number} has no unit.");
            let help = format!("write `\"{number}s\"`");
            self.report(Diagnostic::new(codes::WRONG_TYPE, at.span, detail).help(help));
            return None;
        }
        let Value::String(text) = &at.value else {
            self.wrong(name, &at, "a duration like `\"60s\"`");
            return None;
        };
        match duration::parse(text) {
            Ok(value) => Some(At { value, span: at.span }),
            Err(why) => {
                let shown: String = text.chars().take(40).collect();
                self.refuse(at.span, format!("`{shown}` cannot be used as `{name}`: {why}."));
                None
            }
        }
    }

    /// A duration, with the schema's default.
    pub(super) fn duration_or(&self, name: &str, default: u32) -> At<u32> {
        self.duration(name).unwrap_or(At { value: default, span: self.span(name) })
    }

    fn list(&self, name: &str, of: &str) -> Option<(Vec<Value>, Span)> {
        let at = self.value(name)?;
        let items = match (at.value.as_list(), at.value.as_map()) {
            (Some(items), _) => items.to_vec(),
            (None, Some(map)) => map.values().cloned().collect(),
            (None, None) => {
                self.wrong(name, &at, &format!("a list of {of}"));
                return None;
            }
        };
        Some((items, at.span))
    }

    pub(super) fn texts(&self, name: &str) -> Option<At<Vec<String>>> {
        let (items, span) = self.list(name, "strings")?;
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            let Some(text) = item.to_text() else {
                self.wrong(name, &At { value: item, span }, "a list of strings");
                return None;
            };
            texts.push(text.to_string());
        }
        Some(At { value: texts, span })
    }

    pub(super) fn text_map(&self, name: &str) -> Option<At<BTreeMap<String, String>>> {
        let at = self.value(name)?;
        let texts = at.value.as_map().and_then(|map| {
            let texts =
                map.iter().map(|(key, v)| Some((key.to_string(), v.to_text()?.to_string())));
            texts.collect()
        });
        if texts.is_none() {
            self.wrong(name, &at, "a map of strings");
        }
        Some(At { value: texts?, span: at.span })
    }

    /// The address of a block of this kind.
    pub(super) fn reference(&self, name: &str, kind: &str) -> Option<At<Address>> {
        let at = self.value(name)?;
        let address = self.block_of(name, kind, &at)?;
        Some(At { value: address, span: at.span })
    }

    /// The addresses of blocks of this kind; a map of blocks counts as the list of its values.
    pub(super) fn references(&self, name: &str, kind: &str) -> Option<At<Vec<Address>>> {
        let (items, span) = self.list(name, &format!("references like `{kind}.name`"))?;
        let mut addresses = Vec::with_capacity(items.len());
        for value in items {
            addresses.push(self.block_of(name, kind, &At { value, span })?);
        }
        Some(At { value: addresses, span })
    }

    /// The addresses of blocks of any of these kinds; a map of blocks counts as its values.
    pub(super) fn references_to(&self, name: &str, kinds: &[&str]) -> Option<At<Vec<Address>>> {
        let of = kinds.join("`, `");
        let (items, span) = self.list(name, &format!("references to `{of}`"))?;
        let mut addresses = Vec::with_capacity(items.len());
        for value in items {
            // All instances of a block with `for_each` are meant where it stands without a key.
            let instances = value.as_map().map(|map| map.values().cloned().collect());
            for value in instances.unwrap_or_else(|| vec![value]) {
                let Value::Block(block) = &value else {
                    self.wrong(name, &At { value, span }, &format!("references to `{of}`"));
                    return None;
                };
                let kind = kinds.iter().find(|kind| **kind == &*block.kind);
                addresses.push(self.block_of(
                    name,
                    kind.or(kinds.first())?,
                    &At { value: value.clone(), span },
                )?);
            }
        }
        Some(At { value: addresses, span })
    }

    /// A share: 0 to 1.
    pub(super) fn share(&self, name: &str) -> Option<At<f64>> {
        let at = self.number(name)?;
        let value = at.value.as_f64();
        if !(0.0..=1.0).contains(&value) {
            self.refuse(at.span, format!("`{name}` is a share, 0 to 1, and this is {}.", at.value));
            return None;
        }
        Some(At { value, span: at.span })
    }

    pub(super) fn block_of(&self, name: &str, kind: &str, at: &At<Value>) -> Option<Address> {
        if let Value::Block(block) = &at.value
            && &*block.kind == kind
        {
            return Some(Address::from(&*block.address));
        }
        let all_blocks = |v: &Value| matches!(v, Value::Block(_));
        if let Some(map) = at.value.as_map().filter(|map| map.values().all(all_blocks)) {
            let key = map.keys().next().map_or("key", |key| key);
            let detail = format!(
                "`{name}` takes one `{kind}`, and this is all instances of a block with `for_each`."
            );
            let help = format!("name one of them, like `[\"{key}\"]`");
            self.report(Diagnostic::new(codes::WRONG_TYPE, at.span, detail).help(help));
        } else {
            self.wrong(name, at, &format!("a reference like `{kind}.name`"));
        }
        None
    }
}

/// An error as the start of a sentence.
struct Sentence<'e>(&'e Invalid);

impl std::fmt::Display for Sentence<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown: String = self.0.value.chars().take(80).collect();
        let dots = if shown.len() < self.0.value.len() { "..." } else { "" };
        write!(f, "`{shown}{dots}` is not a {}: {}", self.0.what, self.0.why)
    }
}
