//! `image`: an image pipeline, replicated by digest.

use lifeboat_contract::{Address, RepositoryName};

use super::build::{self, Build};
use super::reader::{At, Reader};
use super::repository::{self, Settings};
use super::schema::{BlockSchema, NestedSchema, Occurs, Takes, defaulted, optional, required};
use crate::diagnostic::{Diagnostic, codes};

pub(super) const SCHEMA: &BlockSchema = &BlockSchema {
    kind: "image",
    labels: &["name"],
    summary: "A container image that every region named holds, copied by digest.",
    attributes: &[
        required("repository", Takes::Text, "The repository's name, the same in every region."),
        optional(
            "source",
            Takes::Text,
            "Where the built image is: `oci:<folder>[:tag]` for an OCI image layout, relative to \
             the configuration's folder, a reference with a registry's host, or `pushed` where others \
             push the images and only the repositories are declared.",
        ),
        optional(
            "regions",
            Takes::References("region"),
            "Where it is replicated to; every region that holds images, where not given.",
        ),
        defaulted("immutable", Takes::Flag, "true", "Whether a tag stays on its digest."),
        optional(
            "mutable_tags",
            Takes::Texts,
            "Patterns of tags that move although tags are immutable, such as `\"latest\"` or \
             `\"dev-*\"`.",
        ),
        optional(
            "lifecycle_policy",
            Takes::Text,
            "The registry's own lifecycle policy, as JSON, where it is more than `keep`.",
        ),
        defaulted("scan", Takes::Flag, "false", "Whether images are scanned when they arrive."),
        optional(
            "readers",
            Takes::Texts,
            "Who may pull: ids of accounts, such as `\"123456789012\"`, or ARNs of principals.",
        ),
        optional(
            "access_policy",
            Takes::Text,
            "The registry's own access policy, as JSON, where it is more than `readers`.",
        ),
        optional("tags", Takes::TextMap, "Tags of its repositories, for people and for bills."),
        defaulted(
            "replicate",
            Takes::Text,
            "\"copy\"",
            "How it gets to its regions: `copy`, by digest, or `ecr`, by the registry's own \
             replication.",
        ),
    ],
    blocks: &[
        NestedSchema { schema: build::SCHEMA, occurs: Occurs::AtMostOnce },
        NestedSchema { schema: KEEP, occurs: Occurs::AtMostOnce },
        NestedSchema { schema: repository::ENCRYPTION, occurs: Occurs::AtMostOnce },
    ],
    for_each: true,
    example: "image \"web\" {\n  repository = \"shop/web\"\n  source     = \"oci:images/web:1.0\"\n  \
              regions    = [region.virginia, region.ireland]\n\n  keep {\n    last = 20\n  }\n}\n",
};

const KEEP: &BlockSchema = &BlockSchema {
    kind: "keep",
    labels: &[],
    summary: "How many images the repository keeps; all, where not given.",
    attributes: &[required("last", Takes::Integer, "This many of the newest, 1 to 10000.")],
    blocks: &[],
    for_each: false,
    example: "keep {\n  last = 20\n}\n",
};

/// A container image and where it shall be.
#[derive(Clone, Debug)]
pub struct Image {
    pub repository: At<RepositoryName>,
    pub source: At<Source>,
    /// Absent for every region that holds images.
    pub regions: Option<At<Vec<Address>>>,
    pub immutable: bool,
    pub keep_last: Option<u32>,
    pub settings: Settings,
    pub replicate: At<Replicate>,
}

/// How an image gets to its regions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replicate {
    /// Copied by digest.
    Copy,
    /// By the registry's own rules.
    Registry,
}

/// Where an image comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Text like `oci:images/web:1.0`.
    Reference(String),
    /// Others push it; only its repositories are declared.
    Pushed,
    Build(Box<Build>),
}

pub(super) fn read(reader: &Reader<'_>) -> Option<Image> {
    let repository = reader.parsed("repository");
    let regions = reader.references("regions", "region");
    if let Some(at) = &regions
        && at.value.is_empty()
    {
        reader.refuse(at.span, "An image without a region is nowhere; name one, or remove this.");
    }
    let immutable = reader.flag("immutable", true);
    let keep = reader.nested("keep").next();
    let keep_last = keep.and_then(|keep| Some(keep.integer("last", 1..=10_000)?.value));
    let settings = repository::read(reader, immutable);
    let replicate = read_replicate(reader);
    let source = read_source(reader);
    let (repository, source) = (repository?, source?);
    Some(Image { repository, source, regions, immutable, keep_last, settings, replicate })
}

fn read_replicate(reader: &Reader<'_>) -> At<Replicate> {
    let span = reader.span("replicate");
    let value = match reader.text("replicate") {
        Some(at) if at.value == "ecr" => Replicate::Registry,
        Some(at) if at.value != "copy" => {
            let shown: String = at.value.chars().take(80).collect();
            let detail = format!("`{shown}` is no way to replicate: write `copy` or `ecr`.");
            reader.refuse(span, detail);
            Replicate::Copy
        }
        Some(_) | None => Replicate::Copy,
    };
    At { value, span }
}

fn read_source(reader: &Reader<'_>) -> Option<At<Source>> {
    let written = reader.text("source");
    let build = reader.nested("build").next();
    match (written, build) {
        (Some(at), None) => {
            let pushed = at.value == "pushed";
            let value = if pushed { Source::Pushed } else { Source::Reference(at.value) };
            Some(At { value, span: at.span })
        }
        (None, Some(build)) => {
            let span = build.block.span;
            Some(At { value: Source::Build(Box::new(build::read(&build)?)), span })
        }
        (Some(at), Some(build)) => {
            let detail = "An image has either a `source` or a `build` block: one says where it is, \
                          the other how it is made.";
            let code = codes::CONFLICTING_ATTRIBUTES;
            let both = Diagnostic::new(code, at.span, detail);
            reader.report(both.also(build.block.span, "and here"));
            None
        }
        (None, None) if reader.expression("source").is_none() => {
            let detail =
                "An image has a `source`, where it is, or a `build` block, how it is made.";
            reader.report(Diagnostic::new(codes::MISSING_ATTRIBUTE, reader.block.span, detail));
            None
        }
        (None, None) => None,
    }
}
