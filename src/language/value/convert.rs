//! Conversions, where nothing is lost, and JSON.

use std::sync::Arc;

use serde_json::Value as Json;

use super::{Number, Value};

/// Stands where a secret would.
const HIDDEN: &str = "(sensitive)";

impl Value {
    /// A string, or a number or bool as one; `None` for everything else, and for a secret.
    pub fn to_text(&self) -> Option<Arc<str>> {
        match self {
            Self::String(text) => Some(Arc::clone(text)),
            Self::Number(number) => Some(number.to_string().into()),
            Self::Bool(flag) => Some(if *flag { "true" } else { "false" }.into()),
            Self::Null | Self::List(_) | Self::Map(_) | Self::Block(_) | Self::Sensitive(_) => None,
        }
    }

    /// A number, or a string that spells one; `None` for everything else, and for a secret.
    pub fn to_number(&self) -> Option<Number> {
        match self {
            Self::Number(number) => Some(*number),
            Self::String(text) => Number::parse(text),
            Self::Null
            | Self::Bool(_)
            | Self::List(_)
            | Self::Map(_)
            | Self::Block(_)
            | Self::Sensitive(_) => None,
        }
    }

    /// A bool, or a string that spells one; `None` for everything else, and for a secret.
    pub fn to_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(flag) => Some(*flag),
            Self::String(text) if &**text == "true" => Some(true),
            Self::String(text) if &**text == "false" => Some(false),
            Self::Null
            | Self::Number(_)
            | Self::String(_)
            | Self::List(_)
            | Self::Map(_)
            | Self::Block(_)
            | Self::Sensitive(_) => None,
        }
    }

    /// The value as JSON: a block as its address, a secret as `(sensitive)`.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(flag) => Json::Bool(*flag),
            Self::Number(Number::Integer(integer)) => Json::from(*integer),
            Self::Number(Number::Float(float)) => Json::from(*float),
            Self::String(text) => Json::String(text.to_string()),
            Self::List(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            Self::Map(map) => Json::Object(
                map.iter().map(|(key, value)| (key.to_string(), value.to_json())).collect(),
            ),
            Self::Block(block) => Json::String(block.address.to_string()),
            Self::Sensitive(_) => Json::String(HIDDEN.to_owned()),
        }
    }

    pub fn from_json(json: &Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(flag) => Self::Bool(*flag),
            Json::Number(number) => match number.as_i64() {
                Some(integer) => Self::from(integer),
                None => number.as_f64().and_then(Number::new).map_or(Self::Null, Self::Number),
            },
            Json::String(text) => Self::from(text.as_str()),
            Json::Array(items) => Self::List(items.iter().map(Self::from_json).collect()),
            Json::Object(map) => Self::Map(Arc::new(
                map.iter()
                    .map(|(key, json)| (key.as_str().into(), Self::from_json(json)))
                    .collect(),
            )),
        }
    }
}
