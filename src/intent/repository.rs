//! What an image's repositories are like, in what only some registries have.

use std::collections::BTreeMap;

use lifeboat_contract::Location;

use super::arn::{key_location, principal};
use super::reader::{At, Reader};
use super::schema::{BlockSchema, Takes, optional};
use crate::diagnostic::{Diagnostic, Span, codes};

pub(super) const ENCRYPTION: &BlockSchema = &BlockSchema {
    kind: "encryption",
    labels: &[],
    summary: "Encrypts with a key of the account's, not with the registry's own; with the \
              provider's key of the account, where none is named. It is decided when a repository \
              is made, and cannot be changed later.",
    attributes: &[
        optional(
            "key",
            Takes::Text,
            "The key's ARN, for an image in one location: a key lies where its repository does.",
        ),
        optional(
            "keys",
            Takes::TextMap,
            "The key's ARN for each location, for an image in several.",
        ),
    ],
    blocks: &[],
    for_each: false,
    example: "encryption {\n  keys = {\n    us-east-1 = \
              \"arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555\"\n    \
              eu-west-1 = \
              \"arn:aws:kms:eu-west-1:123456789012:key/66666666-7777-8888-9999-000000000000\"\n  \
              }\n}\n",
};

/// Patterns of tags that are the exception, as many as ECR takes.
const PATTERNS_MAX: usize = 5;

/// ECR takes no pattern with more.
const WILDCARDS_MAX: usize = 2;

/// A resource at AWS has 50 tags; some are left for marks.
const TAGS_MAX: usize = 45;

/// What only some registries have. Everything is absent or empty where it is not declared.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Patterns of tags that may move although tags are immutable, sorted.
    pub mutable_tags: Vec<String>,
    /// Canonical JSON.
    pub lifecycle_policy: Option<String>,
    pub scan: bool,
    pub encryption: Option<At<EncryptionKey>>,
    /// Account ids and ARNs of principals, sorted.
    pub readers: Vec<String>,
    /// Canonical JSON.
    pub access_policy: Option<String>,
    pub tags: BTreeMap<String, String>,
    /// What is declared, and where.
    pub declared: Vec<(&'static str, Span)>,
}

/// What a repository is encrypted with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EncryptionKey {
    /// The provider's key of the account.
    Providers,
    /// This key, where it lies.
    One { arn: String, location: Location },
    /// A key for each location, by ARN.
    Each(BTreeMap<Location, String>),
}

pub(super) fn read(reader: &Reader<'_>, immutable: bool) -> Settings {
    let mut settings = Settings {
        mutable_tags: read_mutable_tags(reader, immutable),
        lifecycle_policy: read_policy(reader, "lifecycle_policy"),
        scan: reader.flag("scan", false),
        encryption: reader.nested("encryption").next().map(|block| read_encryption(&block)),
        readers: read_readers(reader),
        access_policy: read_policy(reader, "access_policy"),
        tags: read_tags(reader),
        declared: Vec::new(),
    };
    let keep = reader.block.blocks.iter().find(|block| &*block.kind.text == "keep");
    let readers = reader.expression("readers").map(|readers| readers.span);
    exclude(reader, "lifecycle_policy", "keep", keep.map(|block| block.span));
    exclude(reader, "access_policy", "readers", readers);
    let declared = [
        ("mutable_tags", !settings.mutable_tags.is_empty()),
        ("lifecycle_policy", settings.lifecycle_policy.is_some()),
        ("scan", settings.scan),
        ("readers", !settings.readers.is_empty()),
        ("access_policy", settings.access_policy.is_some()),
        ("tags", !settings.tags.is_empty()),
    ];
    let declared = declared.into_iter().filter(|(_, declared)| *declared);
    settings.declared = declared.map(|(name, _)| (name, reader.span(name))).collect();
    settings.declared.extend(settings.encryption.as_ref().map(|at| ("encryption", at.span)));
    settings
}

/// A whole policy says all there is to say, so it excludes the short form.
fn exclude(reader: &Reader<'_>, policy: &str, short: &str, other: Option<Span>) {
    if let (Some(written), Some(other)) = (reader.expression(policy), other) {
        let detail =
            format!("`{policy}` says all that `{short}` would, so there is one of the two.");
        let code = codes::CONFLICTING_ATTRIBUTES;
        reader.report(Diagnostic::new(code, written.span, detail).also(other, "and here"));
    }
}

/// A JSON object in its canonical form: sorted keys, no spaces.
fn read_policy(reader: &Reader<'_>, name: &str) -> Option<String> {
    let at = reader.text(name)?;
    let help = "write it with `jsonencode({ ... })`, or read it with `file(\"policy.json\")`";
    let why = match serde_json::from_str::<serde_json::Value>(&at.value) {
        Ok(policy) if policy.is_object() => return Some(policy.to_string()),
        Ok(_) => "a policy is a JSON object".to_owned(),
        Err(why) => why.to_string(),
    };
    let detail = format!("`{name}` cannot be read: {why}.");
    reader.report(Diagnostic::new(codes::INVALID_VALUE, at.span, detail).help(help));
    None
}

fn read_mutable_tags(reader: &Reader<'_>, immutable: bool) -> Vec<String> {
    let Some(at) = reader.texts("mutable_tags") else { return Vec::new() };
    let mut patterns = at.value;
    let count = patterns.len();
    patterns.sort();
    patterns.dedup();
    if patterns.len() < count {
        reader.refuse(at.span, "A pattern stands twice here.");
    }
    if patterns.len() > PATTERNS_MAX {
        let detail = format!("{PATTERNS_MAX} patterns can be the exception, these are {count}.");
        reader.refuse(at.span, detail);
    }
    if !immutable && count > 0 {
        let detail = "Every tag moves where `immutable = false`, so none is the exception.";
        let code = codes::CONFLICTING_ATTRIBUTES;
        let found = Diagnostic::new(code, at.span, detail);
        reader.report(found.help("leave `mutable_tags` out, or set `immutable = true`"));
    }
    let lawful = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '*');
    for pattern in &patterns {
        let shown: String = pattern.chars().take(80).collect();
        if pattern.is_empty() || pattern.len() > 128 || !pattern.chars().all(lawful) {
            let detail = format!(
                "`{shown}` is no pattern of tags: it takes letters, digits, `.`, `_`, `-` and `*` \
                 for any text, 1 to 128 characters."
            );
            reader.refuse(at.span, detail);
        } else if pattern.matches('*').count() > WILDCARDS_MAX {
            let detail = format!("`{shown}` has more than {WILDCARDS_MAX} `*`.");
            reader.refuse(at.span, detail);
        } else if covers_ours(pattern) {
            let detail = format!(
                "`{shown}` covers the tags `lb-...` by which Lifeboat finds its copies, and those \
                 must not move."
            );
            reader.refuse(at.span, detail);
        }
    }
    patterns
}

/// Whether a pattern matches a tag of ours: `lb-` and 32 hexadecimal digits.
fn covers_ours(pattern: &str) -> bool {
    // At each place of a tag, whether some tag of ours up to there matches the pattern so far.
    let fits = |at: usize, c: char| match at {
        0 => c == 'l',
        1 => c == 'b',
        2 => c == '-',
        _ => c.is_ascii_digit() || ('a'..='f').contains(&c),
    };
    let length = "lb-".len() + 32;
    let mut reached = vec![false; length + 1];
    reached[0] = true;
    for c in pattern.chars() {
        if c == '*' {
            let first = reached.iter().position(|reached| *reached).unwrap_or(length + 1);
            for (at, reached) in reached.iter_mut().enumerate() {
                *reached = at >= first;
            }
        } else {
            let before = reached.clone();
            for (at, reached) in reached.iter_mut().enumerate() {
                *reached = at > 0 && before[at - 1] && fits(at - 1, c);
            }
        }
    }
    reached[length]
}

fn read_readers(reader: &Reader<'_>) -> Vec<String> {
    let Some(at) = reader.texts("readers") else { return Vec::new() };
    let mut readers: Vec<String> = Vec::with_capacity(at.value.len());
    for text in &at.value {
        let shown: String = text.chars().take(80).collect();
        match principal(text) {
            None => {
                let detail = format!(
                    "`{shown}` is neither an account's id of 12 digits nor the ARN of a principal, \
                     like `arn:aws:iam::123456789012:role/puller`."
                );
                reader.refuse(at.span, detail);
            }
            Some(known) if readers.iter().any(|reader| reader == known) => {
                reader.refuse(at.span, format!("`{known}` stands twice here."));
            }
            Some(known) => readers.push(known.to_owned()),
        }
    }
    readers.sort();
    readers
}

fn read_encryption(block: &Reader<'_>) -> At<EncryptionKey> {
    let span = block.block.span;
    let refuse = |span: Span, text: &str| {
        let shown: String = text.chars().take(120).collect();
        let detail = format!(
            "`{shown}` is not the ARN of a key, like \
             `arn:aws:kms:us-east-1:123456789012:key/1234abcd-...`; an alias is none, since it can be \
             pointed to another key."
        );
        block.refuse(span, detail);
    };
    if let (Some(_), Some(keys)) = (block.expression("key"), block.expression("keys")) {
        let detail = "There is one `key`, or `keys` by location.";
        block.report(Diagnostic::new(codes::CONFLICTING_ATTRIBUTES, keys.span, detail));
    }
    if let Some(at) = block.text("key") {
        return match key_location(&at.value) {
            Some(location) => {
                let value = EncryptionKey::One { arn: at.value, location };
                At { value, span: at.span }
            }
            None => {
                refuse(at.span, &at.value);
                At { value: EncryptionKey::Providers, span }
            }
        };
    }
    let Some(at) = block.text_map("keys") else {
        return At { value: EncryptionKey::Providers, span };
    };
    let mut keys = BTreeMap::new();
    for (place, arn) in at.value {
        match key_location(&arn) {
            None => refuse(at.span, &arn),
            Some(location) if location.as_str() != place => {
                let detail = format!("The key for `{place}` lies in `{location}`.");
                block.refuse(at.span, detail);
            }
            Some(location) => {
                keys.insert(location, arn);
            }
        }
    }
    At { value: EncryptionKey::Each(keys), span: at.span }
}

fn read_tags(reader: &Reader<'_>) -> BTreeMap<String, String> {
    let Some(at) = reader.text_map("tags") else { return BTreeMap::new() };
    let lawful = |text: &str| text.chars().all(|c| c.is_alphanumeric() || " _.:/=+-@".contains(c));
    if at.value.len() > TAGS_MAX {
        let detail = format!("{TAGS_MAX} tags fit, these are {}.", at.value.len());
        reader.refuse(at.span, detail);
    }
    for (key, value) in &at.value {
        let shown: String = key.chars().take(80).collect();
        let low = key.to_lowercase();
        let reserved = ["lifeboat:", "aws:"].into_iter().find(|prefix| low.starts_with(prefix));
        if let Some(reserved) = reserved {
            let detail =
                format!("`{shown}` cannot be a tag: what begins with `{reserved}` is reserved.");
            reader.refuse(at.span, detail);
        } else if key.is_empty() || key.chars().count() > 128 || !lawful(key) {
            let detail = format!(
                "`{shown}` cannot be a tag: it takes letters, digits, spaces and `_.:/=+-@`, 1 to \
                 128 characters."
            );
            reader.refuse(at.span, detail);
        } else if value.chars().count() > 256 || !lawful(value) {
            let detail = format!(
                "The value of tag `{shown}` takes letters, digits, spaces and `_.:/=+-@`, 256 \
                 characters at most."
            );
            reader.refuse(at.span, detail);
        }
    }
    at.value
}

#[cfg(test)]
mod tests {
    use super::covers_ours;

    #[test]
    fn patterns_that_cover_our_tags_are_known() {
        for pattern in ["*", "lb-*", "l*", "*-*", "*f", "lb-*0*", "lb-0*", "**"] {
            assert!(covers_ours(pattern), "{pattern}");
        }
        for pattern in
            ["latest", "dev-*", "*-dev", "lb", "lb-", "lb-*-*", "b*", "*z*", "*.*", "lbx*"]
        {
            assert!(!covers_ours(pattern), "{pattern}");
        }
    }
}
