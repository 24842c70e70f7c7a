//! Names in the configuration.

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A resource's name in the configuration, such as `failover.www.target["standby"]`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Address(Arc<str>);

impl Address {
    /// The address of a block: `kind.name`.
    pub fn block(kind: &str, name: &str) -> Self {
        Self(format!("{kind}.{name}").into())
    }

    /// This address with a `for_each` key: `kind.name["key"]`.
    #[must_use]
    pub fn keyed(&self, key: &str) -> Self {
        Self(format!("{}[{}]", self.0, quoted(key)).into())
    }

    /// A part of this address: `address.part["label"]`.
    #[must_use]
    pub fn part(&self, part: &str, label: &str) -> Self {
        Self(format!("{}.{part}[{}]", self.0, quoted(label)).into())
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands for this address in marks: the first 12 hexadecimal digits of its SHA-256.
    pub fn digest(&self) -> AddressDigest {
        AddressDigest(hex(&Sha256::digest(self.0.as_bytes()), 12))
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The first `digits` hexadecimal digits of some bytes.
pub(crate) fn hex(bytes: &[u8], digits: usize) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .take(digits)
        .map(|nibble| char::from(DIGITS[usize::from(nibble)]))
        .collect()
}

impl From<&str> for Address {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The part of a mark that says which address an object belongs to.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct AddressDigest(pub(crate) String);

impl fmt::Display for AddressDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
