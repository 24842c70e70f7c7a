//! Values, cheap to clone.

mod convert;
mod number;
mod show;
mod size;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

pub use number::Number;
pub(super) use size::{TEXT_BYTES_MAX, VALUES_MAX, check_size};

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Number(Number),
    String(Arc<str>),
    List(Arc<[Value]>),
    /// A map or an object; keys are sorted.
    Map(Arc<BTreeMap<Arc<str>, Value>>),
    /// A block of the configuration, such as `region.virginia`; its attributes are asked of the
    /// scope.
    Block(BlockRef),
    /// A value that came from a secret. Every operation on one gives one.
    Sensitive(Arc<Value>),
}

/// A block, by its address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlockRef {
    /// The block type: `region`.
    pub kind: Arc<str>,
    /// `region.virginia`, `health_check.web["ireland"]`.
    pub address: Arc<str>,
}

impl Value {
    /// The kind in one word, for messages; that of a secret is that of the value.
    pub fn kind(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Number(_) => "number",
            Self::String(_) => "string",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::Block(block) => return Cow::Owned(format!("{} block", block.kind)),
            Self::Sensitive(inner) => return inner.kind(),
        })
    }

    /// The kind with its article: `a string`, `null`.
    pub fn described(&self) -> String {
        let kind = self.kind();
        match kind.chars().next() {
            _ if kind == "null" => kind.into_owned(),
            Some('a' | 'e' | 'i' | 'o' | 'u') => format!("an {kind}"),
            _ => format!("a {kind}"),
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(flag) = self { Some(*flag) } else { None }
    }

    pub fn as_number(&self) -> Option<Number> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    pub fn as_list(&self) -> Option<&Arc<[Value]>> {
        if let Self::List(items) = self { Some(items) } else { None }
    }

    pub fn as_map(&self) -> Option<&Arc<BTreeMap<Arc<str>, Value>>> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }

    /// The value as a secret.
    #[must_use]
    pub fn into_sensitive(self) -> Self {
        if self.is_sensitive() { self } else { Self::Sensitive(Arc::new(self)) }
    }

    /// The value as a secret, if it has to be one.
    #[must_use]
    pub(super) fn tainted(self, tainted: bool) -> Self {
        if tainted { self.into_sensitive() } else { self }
    }

    pub fn is_sensitive(&self) -> bool {
        matches!(self, Self::Sensitive(_))
    }

    /// Whether the value or anything in it is a secret.
    pub fn contains_sensitive(&self) -> bool {
        match self {
            Self::Sensitive(_) => true,
            Self::List(items) => items.iter().any(Self::contains_sensitive),
            Self::Map(map) => map.values().any(Self::contains_sensitive),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) | Self::Block(_) => {
                false
            }
        }
    }

    /// The value behind a secret; what lies within a list or map stays as it is.
    pub fn unwrap_sensitive(&self) -> &Self {
        let mut value = self;
        while let Self::Sensitive(inner) = value {
            value = inner;
        }
        value
    }

    /// The value with every secret in it laid open.
    #[must_use]
    pub fn reveal(&self) -> Self {
        match self {
            Self::Sensitive(inner) => inner.reveal(),
            Self::List(items) if self.contains_sensitive() => {
                Self::List(items.iter().map(Self::reveal).collect())
            }
            Self::Map(map) if self.contains_sensitive() => {
                let open = map.iter().map(|(key, value)| (Arc::clone(key), value.reveal()));
                Self::Map(Arc::new(open.collect()))
            }
            Self::Null
            | Self::Bool(_)
            | Self::Number(_)
            | Self::String(_)
            | Self::List(_)
            | Self::Map(_)
            | Self::Block(_) => self.clone(),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<i64> for Value {
    fn from(whole: i64) -> Self {
        Self::Number(Number::Integer(whole))
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Self {
        Self::Number(number)
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Self::List(items.into())
    }
}

impl From<BTreeMap<Arc<str>, Value>> for Value {
    fn from(map: BTreeMap<Arc<str>, Value>) -> Self {
        Self::Map(Arc::new(map))
    }
}
