//! Repositories and their settings.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::fields::Fields;
use super::image::Image;
use super::unsatisfied;
use crate::reply::Refusal;

const NAME_CHARS: std::ops::RangeInclusive<usize> = 2..=256;
const FILTERS_MAX: usize = 5;
const FILTER_CHARS_MAX: usize = 128;

pub(crate) struct Repository {
    pub(crate) name: String,
    pub(crate) created: f64,
    pub(super) mutability: Mutability,
    pub(super) scan_on_push: bool,
    pub(super) encryption: Value,
    pub(crate) tags: BTreeMap<String, String>,
    pub(super) lifecycle: Option<String>,
    pub(super) access: Option<String>,
    /// Images by their digest.
    pub(crate) images: BTreeMap<String, Image>,
    /// Layers and image configurations by their digest.
    pub(crate) blobs: BTreeMap<String, Arc<Vec<u8>>>,
}

/// Whether a tag may be moved to another image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mutability {
    mode: String,
    filters: Vec<String>,
}

impl Repository {
    /// Whether an image here has this blob.
    pub(crate) fn refers_to(&self, blob: &str) -> bool {
        self.images.values().any(|image| image.blobs.iter().any(|held| held == blob))
    }

    /// As a push or a replication makes it, with no settings of its own.
    pub(crate) fn plain(name: &str, created: f64) -> Self {
        Self {
            name: name.to_owned(),
            created,
            mutability: Mutability { mode: "MUTABLE".to_owned(), filters: Vec::new() },
            scan_on_push: false,
            encryption: json!({"encryptionType": "AES256"}),
            tags: BTreeMap::new(),
            lifecycle: None,
            access: None,
            images: BTreeMap::new(),
            blobs: BTreeMap::new(),
        }
    }

    pub(super) fn shown(&self, account: &str, region: &str) -> Value {
        let mut shown = json!({
            "repositoryArn": arn(account, region, &self.name),
            "registryId": account,
            "repositoryName": self.name,
            "repositoryUri": format!("{}/{}", host(account, region), self.name),
            "createdAt": self.created,
            "imageTagMutability": self.mutability.mode,
            "imageScanningConfiguration": {"scanOnPush": self.scan_on_push},
            "encryptionConfiguration": self.encryption,
        });
        if !self.mutability.filters.is_empty() {
            shown["imageTagMutabilityExclusionFilters"] = self.mutability.shown_filters();
        }
        shown
    }

    /// The image that the tag is on.
    pub(crate) fn tagged(&self, tag: &str) -> Option<&Image> {
        self.images.values().find(|image| image.tags.contains(tag))
    }
}

impl Mutability {
    pub(super) fn read(fields: Fields<'_>) -> Result<Self, Refusal> {
        let mode = fields.text("imageTagMutability").unwrap_or("MUTABLE");
        let known = ["MUTABLE", "IMMUTABLE", "MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION"];
        if !known.contains(&mode) {
            let rule = format!("Member must satisfy enum value set: [{}]", known.join(", "));
            return Err(unsatisfied("imageTagMutability", &rule));
        }
        let place = "imageTagMutabilityExclusionFilters";
        let given = fields.list(place).unwrap_or_default();
        if mode.ends_with("_WITH_EXCLUSION") == given.is_empty() {
            let rule = "Filters must be given if, and only if, the mode has exclusions";
            return Err(unsatisfied(place, rule));
        }
        if given.len() > FILTERS_MAX {
            return Err(unsatisfied(place, &format!("Member must have at most {FILTERS_MAX}")));
        }
        let mut filters = Vec::new();
        for filter in given {
            let text = filter.required("filter")?;
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._*-".contains(&byte);
            let fits = (1..=FILTER_CHARS_MAX).contains(&text.len()) && text.bytes().all(plain);
            if filter.required("filterType")? != "WILDCARD" || !fits {
                let rule =
                    "Member must satisfy regular expression pattern: ^[0-9a-zA-Z._*-]{1,128}$";
                return Err(unsatisfied(place, rule));
            }
            filters.push(text.to_owned());
        }
        Ok(Self { mode: mode.to_owned(), filters })
    }

    pub(super) fn shown(&self) -> Value {
        let mut shown = json!({"imageTagMutability": self.mode});
        if !self.filters.is_empty() {
            shown["imageTagMutabilityExclusionFilters"] = self.shown_filters();
        }
        shown
    }

    fn shown_filters(&self) -> Value {
        let shown = |filter: &String| json!({"filterType": "WILDCARD", "filter": filter});
        self.filters.iter().map(shown).collect()
    }

    pub(super) fn is_fixed(&self, tag: &str) -> bool {
        let excluded = self.filters.iter().any(|filter| fits(filter, tag));
        self.mode.starts_with("IMMUTABLE") != excluded
    }
}

/// Whether the text fits a pattern in which `*` stands for anything.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, after)) => text.strip_prefix(before).is_some_and(|rest| {
            (0..=rest.len()).any(|at| rest.get(at..).is_some_and(|rest| fits(after, rest)))
        }),
    }
}

pub(crate) fn arn(account: &str, region: &str, name: &str) -> String {
    format!("arn:aws:ecr:{region}:{account}:repository/{name}")
}

pub(super) fn host(account: &str, region: &str) -> String {
    format!("{account}.dkr.ecr.{region}.amazonaws.com")
}

pub(super) fn not_found(name: &str, account: &str) -> Refusal {
    let message = format!(
        "The repository with name '{name}' does not exist in the registry with id '{account}'"
    );
    Refusal::new(400, "RepositoryNotFoundException", message)
}

/// Parts of lower-case letters and digits, joined by `.`, `_`, `__` or any number of `-`, and these
/// joined by `/`.
pub(super) fn verify_name(name: &str) -> Result<(), Refusal> {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let part = |part: &str| {
        let joins =
            part.split(|c: char| c.is_ascii() && letter(c as u8)).filter(|it| !it.is_empty());
        let ends =
            part.bytes().next().is_some_and(letter) && part.bytes().last().is_some_and(letter);
        let join = |join: &str| matches!(join, "." | "_" | "__") || join.bytes().all(|b| b == b'-');
        ends && joins.into_iter().all(join)
    };
    if NAME_CHARS.contains(&name.len()) && name.split('/').all(part) {
        return Ok(());
    }
    let pattern = "(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*";
    let rule = format!("must satisfy regular expression '{pattern}'");
    Err(unsatisfied("repositoryName", &rule))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_and_names() {
        for (pattern, text, fine) in [
            ("latest", "latest", true),
            ("v*", "v1", true),
            ("*-rc*", "v1-rc2", true),
            ("v*", "x", false),
        ] {
            assert_eq!(fits(pattern, text), fine, "{pattern} {text}");
        }
        for (name, fine) in [
            ("app", true),
            ("team/app-1_a.b", true),
            ("a--b", true),
            ("App", false),
            ("a", false),
            ("a//b", false),
            ("-ab", false),
            ("a.-b", false),
        ] {
            assert_eq!(verify_name(name).is_ok(), fine, "{name}");
        }
    }
}
