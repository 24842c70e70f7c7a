//! Image repositories and the copies they hold.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::address::hex;
use crate::{Invalid, Location};

/// A repository in one region.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Repository {
    /// Whether a tag, once pushed, stays on its digest.
    pub immutable: bool,
    /// Patterns of tags that are the exception, `*` for any text; sorted.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub except: Vec<String>,
    /// How many of the newest images are kept; absent means all.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub keep_last: Option<u32>,
    /// The provider's own lifecycle policy, as canonical JSON, where it is more than `keep_last`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lifecycle_policy: Option<String>,
    /// Whether images are scanned when they arrive.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub scan: bool,
    /// How content is encrypted; absent means with the provider's own key. Cannot be changed in
    /// place.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub encryption: Option<Encryption>,
    /// Accounts and principals that may pull, sorted.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub readers: Vec<String>,
    /// The provider's own access policy, as canonical JSON, where it is more than `readers`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub access_policy: Option<String>,
    /// Where the registry itself copies new images to, sorted.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub replicate_to: Vec<Location>,
    /// Tags for people and for bills.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub tags: BTreeMap<String, String>,
}

/// How a repository's content is encrypted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Encryption {
    /// A key of the account's, by ARN; absent for the provider's key of the account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub key: Option<String>,
}

/// An image in a repository, complete with all it refers to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageCopy {
    /// The tag that marks it, `lb-<inputs>`; empty for an image without one.
    pub tag: String,
}

/// How an image stands in its repository, beside what it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageState {
    /// It was put away and cannot be pulled before somebody brings it back.
    pub archived: bool,
    /// How many images are newer, of those that [`Repository::keep_last`] counts.
    pub newer: u32,
    /// All its tags.
    pub tags: BTreeSet<String>,
}

/// A repository's name: path components of `a-z`, `0-9` joined by `.`, `_`, `__` or `-`, at most
/// 255 characters (OCI distribution specification, "Pulling manifests").
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct RepositoryName(Arc<str>);

impl RepositoryName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RepositoryName {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text.len() > 255 || !text.split('/').all(is_component) {
            return Err(Invalid {
                what: "repository name",
                value: text.to_owned(),
                why: "it takes lower-case letters and digits, joined by `.`, `_`, `__` or `-`, \
                      in parts between `/`, 255 characters at most"
                    .to_owned(),
            });
        }
        Ok(Self(text.into()))
    }
}

fn is_component(part: &str) -> bool {
    let alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let separators_fit = part.split(alphanumeric).all(|between| {
        matches!(between, "" | "." | "_" | "__") || between.chars().all(|c| c == '-')
    });
    part.starts_with(alphanumeric) && part.ends_with(alphanumeric) && separators_fit
}

impl TryFrom<String> for RepositoryName {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<RepositoryName> for String {
    fn from(name: RepositoryName) -> Self {
        name.0.as_ref().to_owned()
    }
}

impl fmt::Display for RepositoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RepositoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A SHA-256 content digest: `sha256:` and 64 lower-case hexadecimal digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Digest(Arc<str>);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self::finished(&Sha256::digest(bytes))
    }

    /// The digest whose 32 bytes are given.
    pub fn finished(sha256: &[u8]) -> Self {
        Self(format!("sha256:{}", hex(sha256, 64)).into())
    }

    /// The digest as text, with its algorithm.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The 64 hexadecimal digits.
    pub fn hex(&self) -> &str {
        &self.0["sha256:".len()..]
    }

    /// The first 12 hexadecimal digits, for people.
    pub fn short(&self) -> &str {
        &self.hex()[..12]
    }
}

impl FromStr for Digest {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let digits = text.strip_prefix("sha256:").unwrap_or_default();
        let lawful = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        if digits.len() != 64 || !digits.chars().all(lawful) {
            return Err(Invalid {
                what: "digest",
                value: text.to_owned(),
                why: "it takes `sha256:` and 64 lower-case hexadecimal digits".to_owned(),
            });
        }
        Ok(Self(text.into()))
    }
}

impl TryFrom<String> for Digest {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.0.as_ref().to_owned()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repository_names_follow_the_distribution_grammar() {
        for good in ["web", "shop/web", "a.b/c__d/e---f", "0"] {
            assert!(good.parse::<RepositoryName>().is_ok(), "{good}");
        }
        for bad in ["", "Web", "/a", "a/", "a..b", "a___b", "-a", "a_", "a/../b"] {
            assert!(bad.parse::<RepositoryName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_digest_is_that_of_the_bytes() {
        let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Digest::of(b"").as_str(), empty);
        assert_eq!(empty.parse::<Digest>().unwrap().short(), "e3b0c44298fc");
    }
}
