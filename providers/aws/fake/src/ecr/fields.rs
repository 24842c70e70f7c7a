//! Reads the JSON of requests.

use serde_json::Value;

use super::{invalid, unsatisfied};
use crate::reply::Refusal;

/// The fields of a JSON object. What is not there, or null, is `None`.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a>(pub(super) &'a Value);

impl<'a> Fields<'a> {
    pub(super) fn text(self, name: &str) -> Option<&'a str> {
        self.0.get(name).and_then(Value::as_str)
    }

    pub(super) fn required(self, name: &str) -> Result<&'a str, Refusal> {
        let missing = || {
            invalid(format!(
                "1 validation error detected: Value null at '{name}' failed to satisfy constraint: \
                 Member must not be null"
            ))
        };
        self.text(name).ok_or_else(missing)
    }

    pub(super) fn flag(self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    pub(super) fn list(self, name: &str) -> Option<Vec<Fields<'a>>> {
        self.0.get(name).and_then(Value::as_array).map(|list| list.iter().map(Fields).collect())
    }

    pub(super) fn object(self, name: &str) -> Option<Fields<'a>> {
        self.0.get(name).filter(|value| value.is_object()).map(Fields)
    }

    /// The texts of a list, of which there must be some, but no more than `most`.
    pub(super) fn texts(self, name: &str, most: usize) -> Result<Vec<&'a str>, Refusal> {
        let texts = self.some(name, most)?;
        Ok(texts.into_iter().filter_map(|field| field.0.as_str()).collect())
    }

    pub(super) fn some(self, name: &str, most: usize) -> Result<Vec<Fields<'a>>, Refusal> {
        let list = self.list(name).unwrap_or_default();
        if list.is_empty() || list.len() > most {
            let rule = format!("Member must have length between 1 and {most}");
            return Err(unsatisfied(name, &rule));
        }
        Ok(list)
    }

    /// A whole number within bounds.
    pub(super) fn number(self, name: &str, least: u64, most: u64) -> Result<Option<u64>, Refusal> {
        let Some(value) = self.0.get(name).filter(|value| !value.is_null()) else {
            return Ok(None);
        };
        match value.as_u64().filter(|number| (least..=most).contains(number)) {
            Some(number) => Ok(Some(number)),
            None => Err(unsatisfied(name, &format!("Member must be between {least} and {most}"))),
        }
    }

    pub(super) fn repository(self) -> Result<&'a str, Refusal> {
        self.required("repositoryName")
    }

    /// The page that is asked for: how many, and after which key.
    pub(super) fn page(self) -> Result<(usize, Option<&'a str>), Refusal> {
        const DEFAULT: u64 = 100;
        let size = self.number("maxResults", 1, 1_000)?.unwrap_or(DEFAULT);
        let after = self.text("nextToken").map(|token| token.strip_prefix("after:"));
        match after {
            Some(None) => Err(unsatisfied("nextToken", "Member must be a token of this registry")),
            after => Ok((usize::try_from(size).unwrap_or(usize::MAX), after.flatten())),
        }
    }
}

/// The token that makes the next page begin after this key.
pub(super) fn next_token(last: &str) -> String {
    format!("after:{last}")
}
