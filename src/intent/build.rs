//! `build`, within `image`: how an image is built.

use std::collections::BTreeMap;
use std::fmt;

use lifeboat_contract::Address;

use super::reader::Reader;
use super::schema::{BlockSchema, NestedSchema, Occurs, Takes, defaulted, optional, required};
use super::{candidate, platform};
use crate::diagnostic::{Diagnostic, Span, codes};

pub(super) const SCHEMA: &BlockSchema = &BlockSchema {
    kind: "build",
    labels: &[],
    summary: "How the image is built, by `lifeboat image build`. The lock file keeps its digest and \
              what it was built from.",
    attributes: &[
        required("context", Takes::Text, "The folder that the build sees."),
        defaulted("dockerfile", Takes::Text, "\"Dockerfile\"", "The Dockerfile, in the context."),
        optional("target", Takes::Text, "The stage to build; the last where not given."),
        optional("platforms", Takes::Texts, "Platforms such as `linux/amd64`."),
        optional("args", Takes::Anything, "A map of build arguments. No secrets."),
        optional(
            "secrets",
            Takes::Anything,
            "A map of secrets for `RUN --mount=type=secret`, from `env()` or `file()`. They are given \
             to the builder, and kept nowhere.",
        ),
        optional(
            "builder",
            Takes::Text,
            "`buildx` or `buildah`; where not given, the first of them that is there.",
        ),
        optional(
            "megabytes_max",
            Takes::Integer,
            "How much a region may have to pull, in millions of bytes; `image lint` says where it is more.",
        ),
        defaulted("timeout", Takes::Duration, "\"30m\"", "How long a build may take."),
        optional(
            "health",
            Takes::Text,
            "Port and path that a container answers with 2xx or 3xx once it is healthy, such as \
             `:8080/healthz`, for `image rank`.",
        ),
    ],
    blocks: &[NestedSchema { schema: candidate::SCHEMA, occurs: Occurs::AnyNumber }],
    for_each: false,
    example: "build {\n  context   = \"web\"\n  target    = \"runtime\"\n  platforms = \
              [\"linux/amd64\"]\n}\n",
};

/// How an image is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    /// Relative to the configuration's folder.
    pub context: String,
    /// Relative to the context.
    pub dockerfile: String,
    pub target: Option<String>,
    pub platforms: Vec<String>,
    pub args: BTreeMap<String, String>,
    pub secrets: BTreeMap<String, Secret>,
    pub builder: Option<Builder>,
    /// Absent for no limit.
    pub megabytes_max: Option<u32>,
    pub timeout_seconds: u32,
    pub health: Option<Health>,
    /// The ways to build it, where there are several; complete, and without candidates themselves.
    pub candidates: BTreeMap<String, Build>,
}

/// What a container answers once it is healthy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    pub port: u16,
    /// It begins with `/`.
    pub path: String,
}

impl Build {
    /// What is built, each by its address: the candidates, or the image itself where it has none.
    pub fn each(&self, image: &Address) -> Vec<(Address, &Self)> {
        if self.candidates.is_empty() {
            return vec![(image.clone(), self)];
        }
        let candidates = self.candidates.iter();
        candidates.map(|(name, build)| (image.part("candidate", name), build)).collect()
    }
}

/// What is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// For the builder alone.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// A program that builds images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Builder {
    Buildx,
    Buildah,
}

impl Builder {
    /// In the order in which they are looked for.
    pub const ALL: [Self; 2] = [Self::Buildx, Self::Buildah];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Buildx => "buildx",
            Self::Buildah => "buildah",
        }
    }
}

/// Half an hour: what takes longer, hangs more often than not.
const TIMEOUT_SECONDS: u32 = 30 * 60;

pub(super) fn read(reader: &Reader<'_>) -> Option<Build> {
    let context = reader.text("context");
    let dockerfile = reader.text("dockerfile");
    let target = reader.text("target").map(|at| at.value);
    let platforms = platform::read(reader);
    let args = read_args(reader);
    let secrets = texts(reader, "secrets", "A secret").unwrap_or_default();
    let builder = read_builder(reader);
    let megabytes_max = reader.integer("megabytes_max", 1..=1_000_000).map(|at| at.value);
    let timeout_seconds = reader.duration_or("timeout", TIMEOUT_SECONDS).value;
    let dockerfile = dockerfile.unwrap_or_else(|| super::reader::At {
        value: "Dockerfile".to_owned(),
        span: reader.block.span,
    });
    is_path(reader, &dockerfile.value, dockerfile.span);
    if let Some(at) = &context {
        is_path(reader, &at.value, at.span);
    }
    let platforms = platforms.map(|at| at.value).unwrap_or_default();
    let health = read_health(reader);
    let build = Build {
        context: context?.value,
        dockerfile: dockerfile.value,
        target,
        platforms,
        args,
        secrets: secrets.into_iter().map(|(name, text)| (name, Secret(text))).collect(),
        builder,
        megabytes_max,
        timeout_seconds,
        health,
        candidates: BTreeMap::new(),
    };
    let candidates = reader.nested("candidate").filter_map(|one| candidate::read(&one, &build));
    let candidates = candidates.collect();
    Some(Build { candidates, ..build })
}

pub(super) fn read_args(reader: &Reader<'_>) -> BTreeMap<String, String> {
    let args = texts(reader, "args", "A build argument").unwrap_or_default();
    if let Some(args) = reader.any("args").filter(|args| args.value.contains_sensitive()) {
        let detail = "A build argument stays in the image's history, where all can read it.";
        let help = "pass it by `secrets`, and mount it with `RUN --mount=type=secret`";
        let found = Diagnostic::new(codes::SECRET_IN_RESOURCE, args.span, detail).help(help);
        reader.report(found);
    }
    args
}

fn read_health(reader: &Reader<'_>) -> Option<Health> {
    let at = reader.text("health")?;
    let health = at.value.strip_prefix(':').and_then(|rest| {
        let (port, path) = rest.split_at(rest.find('/')?);
        let lawful = path.chars().all(|c| c.is_ascii_graphic());
        let digits = port.chars().all(|c| c.is_ascii_digit());
        let port = port.parse().ok().filter(|port| *port > 0 && lawful && digits)?;
        Some(Health { port, path: path.to_owned() })
    });
    if health.is_none() {
        let shown: String = at.value.chars().take(80).collect();
        let detail = format!("`{shown}` is no port and path: write them like `:8080/healthz`.");
        reader.refuse(at.span, detail);
    }
    health
}

/// A map of texts, secret or not.
fn texts(reader: &Reader<'_>, name: &str, what: &str) -> Option<BTreeMap<String, String>> {
    let at = reader.any(name)?;
    let refuse = |span: Span| {
        let detail = format!("`{name}` takes a map of strings.");
        reader.report(Diagnostic::new(codes::WRONG_TYPE, span, detail));
    };
    let Some(map) = at.value.unwrap_sensitive().as_map() else {
        refuse(at.span);
        return None;
    };
    let mut texts = BTreeMap::new();
    for (key, value) in map.iter() {
        let lawful = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        if key.is_empty() || !key.chars().all(lawful) || key.starts_with('-') {
            let shown: String = key.chars().take(80).collect();
            let detail =
                format!("{what} has a name of letters, digits, `_`, `-` and `.`: `{shown}`.");
            reader.refuse(at.span, detail);
            continue;
        }
        match value.unwrap_sensitive().to_text() {
            Some(text) => drop(texts.insert(key.to_string(), text.to_string())),
            None => refuse(at.span),
        }
    }
    Some(texts)
}

fn read_builder(reader: &Reader<'_>) -> Option<Builder> {
    let at = reader.text("builder")?;
    let builder = Builder::ALL.into_iter().find(|builder| builder.as_str() == at.value);
    if builder.is_none() {
        let shown: String = at.value.chars().take(80).collect();
        reader.refuse(at.span, format!("`{shown}` is no builder: write `buildx` or `buildah`."));
    }
    builder
}

/// Refuses what is no path.
pub(super) fn is_path(reader: &Reader<'_>, path: &str, span: Span) {
    if path.is_empty() || path.starts_with(['-', '/']) || path.contains('\0') {
        let shown: String = path.chars().take(80).collect();
        reader.refuse(span, format!("`{shown}` is no relative path, like `web`."));
    }
}
