//! Names that the world gives: DNS names and locations.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Invalid;

/// A DNS name in one form: lower case, no trailing dot, `*` only as the whole leftmost label, what is
/// not ASCII in its `xn--` form (UTS 46).
///
/// At most 253 characters (255 octets on the wire, RFC 1035 section 2.3.4), each label 1 to 63.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct DnsName(Arc<str>);

impl DnsName {
    /// The name as text, without the trailing dot.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this name is `zone` or lies below it.
    pub fn is_within(&self, zone: &Self) -> bool {
        self.0
            .strip_suffix(zone.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }

    /// `labels` in front of this name.
    ///
    /// # Errors
    /// When the result is no DNS name.
    pub fn below(&self, labels: &str) -> Result<Self, Invalid> {
        format!("{labels}.{}", self.0).parse()
    }

    /// Whether the leftmost label is `*`.
    pub fn is_wildcard(&self) -> bool {
        self.0.starts_with("*.")
    }
}

impl FromStr for DnsName {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let refuse = |why: String| Invalid { what: "DNS name", value: text.to_owned(), why };
        let ascii = if text.is_ascii() {
            Cow::Borrowed(text)
        } else {
            let written = idna::domain_to_ascii(text);
            let why = "it is no internationalized name";
            Cow::Owned(written.map_err(|_| refuse(why.to_owned()))?)
        };
        let bare = ascii.strip_suffix('.').unwrap_or(&ascii);
        if bare.is_empty() {
            return Err(refuse("it is empty".to_owned()));
        }
        if bare.len() > 253 {
            return Err(refuse(format!("it has {} characters, at most 253 fit", bare.len())));
        }
        for (index, label) in bare.split('.').enumerate() {
            if label.is_empty() {
                return Err(refuse("it has an empty label".to_owned()));
            }
            if label.len() > 63 {
                return Err(refuse(format!(
                    "a label has {} characters, at most 63 fit",
                    label.len()
                )));
            }
            if label == "*" && index == 0 && bare.contains('.') {
                continue;
            }
            if let Some(bad) =
                label.chars().find(|c| !(c.is_ascii_alphanumeric() || *c == '-' || *c == '_'))
            {
                return Err(refuse(match bad {
                    '*' => "`*` stands only alone, as the leftmost label".to_owned(),
                    bad => format!("`{bad}` is not a letter, a digit, `-` or `_`"),
                }));
            }
        }
        Ok(Self(bare.to_ascii_lowercase().into()))
    }
}

impl TryFrom<String> for DnsName {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<DnsName> for String {
    fn from(name: DnsName) -> Self {
        name.0.as_ref().to_owned()
    }
}

impl fmt::Display for DnsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for DnsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which zone: its apex, and whether it is seen only from networks that it is associated with.
///
/// One name can be a public and a private zone at once. As text: `example.com` or
/// `example.com (private)`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct ZoneName {
    /// The apex.
    pub name: DnsName,
    /// Whether only its own networks see it.
    pub private: bool,
}

/// What stands behind the name of a private zone.
const PRIVATE: &str = " (private)";

impl ZoneName {
    /// The zone that everybody sees.
    pub fn public(name: DnsName) -> Self {
        Self { name, private: false }
    }
}

impl FromStr for ZoneName {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text.strip_suffix(PRIVATE) {
            Some(name) => Ok(Self { name: name.parse()?, private: true }),
            None => Ok(Self::public(text.parse()?)),
        }
    }
}

impl TryFrom<String> for ZoneName {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<ZoneName> for String {
    fn from(zone: ZoneName) -> Self {
        zone.to_string()
    }
}

impl fmt::Display for ZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.name, if self.private { PRIVATE } else { "" })
    }
}

impl fmt::Debug for ZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where a region is, in its provider's words: `eu-west-1`.
///
/// 1 to 63 characters of `a-z`, `0-9` and `-`, starting with a letter or digit.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Location(Arc<str>);

impl Location {
    /// The location as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Location {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let lawful = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if text.is_empty() || text.len() > 63 || text.starts_with('-') || !text.chars().all(lawful)
        {
            return Err(Invalid {
                what: "location",
                value: text.to_owned(),
                why: "it takes 1 to 63 of `a-z`, `0-9` and `-`, not starting with `-`".to_owned(),
            });
        }
        Ok(Self(text.into()))
    }
}

impl TryFrom<String> for Location {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Location> for String {
    fn from(location: Location) -> Self {
        location.0.as_ref().to_owned()
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_one_form() {
        let name: DnsName = "WWW.Example.COM.".parse().unwrap();
        assert_eq!(name.as_str(), "www.example.com");
        assert!(name.is_within(&"example.com".parse().unwrap()));
        assert!(!name.is_within(&"ample.com".parse().unwrap()));
        assert!("*.example.com".parse::<DnsName>().unwrap().is_wildcard());
        let books: DnsName = "Bücher.Example".parse().unwrap();
        assert_eq!(books.as_str(), "xn--bcher-kva.example");
    }

    #[test]
    fn a_private_zone_is_another_zone() {
        let private: ZoneName = "Example.com (private)".parse().unwrap();
        assert_eq!(private.to_string(), "example.com (private)");
        assert_ne!(private, ZoneName::public("example.com".parse().unwrap()));
    }

    #[test]
    fn what_no_server_would_take_is_refused() {
        let long_label = format!("{}.example.com", "a".repeat(64));
        let long_name = vec!["a".repeat(60); 5].join(".");
        for bad in ["", ".", "a..b", "a.*.b", "a b", "a\u{202e}b.example", &long_label, &long_name]
        {
            assert!(bad.parse::<DnsName>().is_err(), "{bad}");
        }
    }
}
