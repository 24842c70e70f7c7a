//! `dependency`: something that several things need, and that can be lost.

use lifeboat_contract::Address;

use super::reader::{At, Reader};
use super::schema::{BlockSchema, Takes, optional, required};
use crate::diagnostic::Span;

pub(super) const SCHEMA: &BlockSchema = &BlockSchema {
    kind: "dependency",
    labels: &["name"],
    summary: "Something that several things need, and that can be lost: a login service, a power \
              grid. Drills lose it like a region. With regions in `needed_by` it is a group of \
              regions that are lost together.",
    attributes: &[
        required(
            "needed_by",
            Takes::ReferencesTo(&["health_check", "region", "dependency"]),
            "What fails when it is lost.",
        ),
        optional("region", Takes::Reference("region"), "The region that it is lost with."),
    ],
    blocks: &[],
    for_each: true,
    example: "dependency \"login\" {\n  region    = region.virginia\n  needed_by = \
              [health_check.web[\"virginia\"], health_check.web[\"ireland\"]]\n}\n",
};

/// Something that several things need.
#[derive(Clone, Debug)]
pub struct Dependency {
    pub needed_by: At<Vec<Address>>,
    pub region: Option<Address>,
    pub span: Span,
}

pub(super) fn read(reader: &Reader<'_>) -> Option<Dependency> {
    let needed_by = reader.references_to("needed_by", &["health_check", "region", "dependency"]);
    let region = reader.reference("region", "region").map(|at| at.value);
    Some(Dependency { needed_by: needed_by?, region, span: reader.block.span })
}
