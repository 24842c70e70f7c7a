//! `region`: a place that can serve, and be lost.

use std::sync::Arc;

use lifeboat_contract::Location;

use super::reader::Reader;
use super::schema::{BlockSchema, Takes, defaulted, optional, required};
use super::{Inputs, platform, provider};
use crate::diagnostic::Span;

pub(super) const SCHEMA: &BlockSchema = &BlockSchema {
    kind: "region",
    labels: &["name"],
    summary: "A place that can serve, and be lost.",
    attributes: &[
        required("provider", Takes::Text, "The provider that runs it."),
        required("location", Takes::Text, "Its name at the provider, such as `eu-west-1`."),
        optional(
            "platforms",
            Takes::Texts,
            "What its machines run, such as `linux/arm64`: every image that the region holds needs \
             all of them.",
        ),
        defaulted(
            "role",
            Takes::Text,
            "\"failover\"",
            "`primary` where traffic goes by default, `failover` where it goes when that is lost.",
        ),
    ],
    blocks: &[],
    for_each: true,
    example: "region \"ireland\" {\n  provider = \"local\"\n  location = \"eu-west-1\"\n  \
              role     = \"failover\"\n}\n",
};

/// A place that can serve, and be lost.
#[derive(Clone, Debug)]
pub struct Region {
    pub provider: Arc<str>,
    pub location: Location,
    /// What its machines run.
    pub platforms: Vec<String>,
    pub role: Role,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Primary,
    Failover,
}

pub(super) fn read(reader: &Reader<'_>, inputs: &Inputs<'_>) -> Option<Region> {
    let name = reader.text("provider");
    let location = reader.parsed("location");
    let role = match reader.text("role") {
        None => Role::Failover,
        Some(at) if at.value == "primary" => Role::Primary,
        Some(at) => {
            if at.value != "failover" {
                let detail = format!("`{}` is no role: write `primary` or `failover`.", at.value);
                reader.refuse(at.span, detail);
            }
            Role::Failover
        }
    };
    let platforms = platform::read(reader).map(|at| at.value).unwrap_or_default();
    let info = provider::known(&name?, inputs, reader)?;
    let (provider, location) = (Arc::from(info.name), location?.value);
    let span = reader.block.span;
    Some(Region { provider, location, platforms, role, span })
}
