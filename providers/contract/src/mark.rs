//! Marks: what an object carries that says which stack owns it.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::address::hex;
use crate::{AddressDigest, Invalid, Spec};

/// The name under which one configuration owns things: 1 to 32 of `a-z`, `0-9` and `-`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Stack(Arc<str>);

impl Stack {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Stack {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let lawful = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if text.is_empty() || text.len() > 32 || !text.chars().all(lawful) {
            return Err(Invalid {
                what: "stack name",
                value: text.to_owned(),
                why: "it takes 1 to 32 of `a-z`, `0-9` and `-`".to_owned(),
            });
        }
        Ok(Self(text.into()))
    }
}

impl TryFrom<String> for Stack {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Stack> for String {
    fn from(stack: Stack) -> Self {
        stack.0.as_ref().to_owned()
    }
}

impl fmt::Display for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The first 16 hexadecimal digits of the SHA-256 of a spec's canonical JSON.
///
/// It is that of the last applied spec, so a difference can be told apart: the configuration moved,
/// or the world did.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct SpecHash(String);

impl SpecHash {
    /// The hash of `spec`.
    ///
    /// # Panics
    /// Never: a spec is always JSON.
    pub fn of(spec: &Spec) -> Self {
        let mut hasher = Hasher(Sha256::new());
        let written = serde_json::to_writer(&mut hasher, spec);
        assert!(written.is_ok(), "a spec is always JSON; this is a bug in Lifeboat");
        Self(hex(&hasher.0.finalize(), 16))
    }

    /// A hash as it was read from a mark.
    pub fn read(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The hash as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

struct Hasher(Sha256);

impl std::io::Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl fmt::Display for SpecHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who owns an object, and what was last applied to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// The owner.
    pub stack: Stack,
    /// The spec last applied.
    pub spec: SpecHash,
}

impl Mark {
    /// The mark that `stack` puts on an object with this spec.
    pub fn of(stack: &Stack, spec: &Spec) -> Self {
        Self { stack: stack.clone(), spec: SpecHash::of(spec) }
    }
}

/// A health check's `CallerReference`, which is also its mark:
/// `lifeboat:<stack>:<address digest>:<generation>`.
///
/// A reference can be used once, so a check made anew at the same address has a higher generation.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct CheckReference {
    /// The owner.
    pub stack: Stack,
    /// Which check of the owner's.
    pub address: AddressDigest,
    /// Counts from 1.
    pub generation: u32,
}

impl fmt::Display for CheckReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "lifeboat:{}:{}:{}", self.stack, self.address, self.generation)
    }
}

impl FromStr for CheckReference {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let refuse = || Invalid {
            what: "health check reference",
            value: text.to_owned(),
            why: "it takes the form `lifeboat:<stack>:<address digest>:<generation>`".to_owned(),
        };
        let [heritage, stack, address, generation] =
            <[&str; 4]>::try_from(text.split(':').collect::<Vec<_>>()).map_err(|_| refuse())?;
        if heritage != "lifeboat" || address.is_empty() {
            return Err(refuse());
        }
        Ok(Self {
            stack: stack.parse()?,
            address: AddressDigest(address.to_owned()),
            generation: generation.parse().map_err(|_| refuse())?,
        })
    }
}

impl TryFrom<String> for CheckReference {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<CheckReference> for String {
    fn from(reference: CheckReference) -> Self {
        reference.to_string()
    }
}

/// The set identifier of a routed record set, which is also its mark:
/// `lifeboat:<stack>:<label>:<spec hash>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetIdentifier {
    /// The owner and the spec last applied.
    pub mark: Mark,
    /// Which set of its name and type.
    pub label: String,
}

impl fmt::Display for SetIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "lifeboat:{}:{}:{}", self.mark.stack, self.label, self.mark.spec)
    }
}

impl FromStr for SetIdentifier {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text.split(':').collect::<Vec<_>>()[..] {
            ["lifeboat", stack, label, spec] => Ok(Self {
                mark: Mark { stack: stack.parse()?, spec: SpecHash::read(spec) },
                label: label.to_owned(),
            }),
            _ => Err(Invalid {
                what: "set identifier",
                value: text.to_owned(),
                why: "it takes the form `lifeboat:<stack>:<label>:<spec hash>`".to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Address;

    #[test]
    fn marks_read_back_and_fit_their_fields() {
        let stack: Stack = "s".repeat(32).parse().unwrap();
        let reference = CheckReference {
            stack: stack.clone(),
            address: Address::block("health_check", "web").digest(),
            generation: 99_999,
        };
        let text = reference.to_string();
        assert!(text.len() <= 64, "a CallerReference has at most 64 characters: {text}");
        assert_eq!(text.parse::<CheckReference>().unwrap(), reference);

        let mark = Mark { stack, spec: SpecHash::read(&"f".repeat(16)) };
        let identifier = SetIdentifier { mark, label: "t".repeat(63) };
        let text = identifier.to_string();
        assert!(text.len() <= 128, "a set identifier has at most 128 characters: {text}");
        assert_eq!(text.parse::<SetIdentifier>().unwrap(), identifier);
    }
}
