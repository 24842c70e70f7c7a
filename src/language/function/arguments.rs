//! What a function is given.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;

use super::Function;
use crate::language::value::TEXT_BYTES_MAX;
use crate::language::{Number, Value};

/// The arguments of a call, of which there are as many as the signature asks for. Reading one says
/// in words what is wrong with it.
#[derive(Clone, Copy)]
pub(in super::super) struct Arguments<'a> {
    pub(in super::super) function: &'static Function,
    pub(in super::super) values: &'a [Value],
}

impl<'a> Arguments<'a> {
    pub(in super::super) fn text(&self, at: usize) -> Result<Arc<str>, String> {
        let value = self.value(at);
        value.to_text().ok_or_else(|| self.wrong(at, "a string"))
    }

    pub(in super::super) fn map(&self, at: usize) -> Result<&'a BTreeMap<Arc<str>, Value>, String> {
        let map = self.value(at).as_map();
        map.map(|map| &**map).ok_or_else(|| self.wrong(at, "a map"))
    }

    pub(super) fn value(&self, at: usize) -> &'a Value {
        &self.values[at]
    }

    /// An argument that may be left away.
    pub(super) fn optional(&self, at: usize) -> Option<&'a Value> {
        self.values.get(at)
    }

    /// The arguments from `at` on, for a last parameter that takes any number.
    pub(super) fn rest(&self, at: usize) -> &'a [Value] {
        self.values.get(at..).unwrap_or_default()
    }

    pub(super) fn list(&self, at: usize) -> Result<&'a Arc<[Value]>, String> {
        self.value(at).as_list().ok_or_else(|| self.wrong(at, "a list"))
    }

    /// The strings of a list.
    pub(super) fn texts(&self, at: usize) -> Result<Vec<Arc<str>>, String> {
        let item = |item: &Value| {
            let what = || self.wrong_in(at, "a list of strings", item);
            item.to_text().ok_or_else(what)
        };
        self.list(at)?.iter().map(item).collect()
    }

    /// The bools of a list.
    pub(super) fn bools(&self, at: usize) -> Result<Vec<bool>, String> {
        let item = |item: &Value| {
            let what = || self.wrong_in(at, "a list of bools", item);
            item.to_bool().ok_or_else(what)
        };
        self.list(at)?.iter().map(item).collect()
    }

    /// The numbers of a list.
    pub(super) fn numbers(&self, at: usize) -> Result<Vec<Number>, String> {
        let item = |item: &Value| {
            let what = || self.wrong_in(at, "a list of numbers", item);
            item.to_number().ok_or_else(what)
        };
        self.list(at)?.iter().map(item).collect()
    }

    pub(super) fn number(&self, at: usize) -> Result<Number, String> {
        self.value(at).to_number().ok_or_else(|| self.wrong(at, "a number"))
    }

    pub(super) fn integer(&self, at: usize) -> Result<i64, String> {
        let number = self.number(at)?;
        number.as_i64().ok_or_else(|| self.problem(at, format!("is {number}, which is not whole")))
    }

    /// A whole number that is not negative.
    pub(super) fn count(&self, at: usize) -> Result<usize, String> {
        let integer = self.integer(at)?;
        let negative = |_| self.problem(at, format!("is {integer}, and cannot be negative"));
        usize::try_from(integer).map_err(negative)
    }

    /// What `convert` makes of an argument; `null` stays what it is.
    pub(super) fn unless_null(
        &self,
        at: usize,
        convert: impl FnOnce() -> Result<Value, String>,
    ) -> Result<Value, String> {
        if self.value(at) == &Value::Null { Ok(Value::Null) } else { convert() }
    }

    pub(super) fn bool(&self, at: usize) -> Result<bool, String> {
        self.value(at).to_bool().ok_or_else(|| self.wrong(at, "a bool"))
    }

    /// Says what is wrong with an argument.
    pub(super) fn problem(&self, at: usize, what: impl Display) -> String {
        format!("`{}` {what}", self.function.parameter(at))
    }

    /// An argument of another type than is needed.
    pub(super) fn wrong(&self, at: usize, needed: &str) -> String {
        self.problem(at, format!("has to be {needed}, and is {}", self.value(at).described()))
    }

    fn wrong_in(&self, at: usize, needed: &str, item: &Value) -> String {
        self.problem(at, format!("has to be {needed}, and holds {}", item.described()))
    }
}

/// Text in the making that cannot grow without end.
#[derive(Default)]
pub(super) struct Bounded {
    text: String,
}

impl Bounded {
    pub(super) fn push(&mut self, text: &str) -> Result<(), String> {
        self.room(text.len())?;
        self.text.push_str(text);
        Ok(())
    }

    pub(super) fn pad(&mut self, spaces: usize) -> Result<(), String> {
        self.room(spaces)?;
        self.text.extend(std::iter::repeat_n(' ', spaces));
        Ok(())
    }

    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    pub(super) fn into_value(self) -> Value {
        Value::from(self.text)
    }

    fn room(&self, more: usize) -> Result<(), String> {
        if more > TEXT_BYTES_MAX - self.text.len() {
            return Err(format!("the result exceeds {} MiB of text", TEXT_BYTES_MAX >> 20));
        }
        Ok(())
    }
}
