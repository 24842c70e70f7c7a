//! `candidate`, within `build`: one of several ways to build an image, of which one is taken.

use std::collections::BTreeMap;

use super::build::{self, Build};
use super::reader::Reader;
use super::schema::{BlockSchema, Takes, optional};

pub(super) const SCHEMA: &BlockSchema = &BlockSchema {
    kind: "candidate",
    labels: &["name"],
    summary: "One of several ways to build the image. What it leaves out is as in `build`. `lifeboat \
              image rank NAME --region REGION --lock` measures which of them is healthy first, and \
              keeps that in the lock file; a plan takes the winner.",
    attributes: &[
        optional("dockerfile", Takes::Text, "Another Dockerfile, in the context."),
        optional("target", Takes::Text, "Another stage."),
        optional("args", Takes::Anything, "Build arguments, besides and before those of `build`."),
    ],
    blocks: &[],
    for_each: false,
    example: "candidate \"slim\" {\n  dockerfile = \"Dockerfile.slim\"\n}\n",
};

/// A build, in this way.
pub(super) fn read(reader: &Reader<'_>, build: &Build) -> Option<(String, Build)> {
    let name = reader.block.labels.first()?.text.to_string();
    let dockerfile = reader.text("dockerfile");
    if let Some(at) = &dockerfile {
        build::is_path(reader, &at.value, at.span);
    }
    let target = reader.text("target").map(|at| at.value);
    let mut args = build.args.clone();
    args.extend(build::read_args(reader));
    let candidate = Build {
        dockerfile: dockerfile.map_or_else(|| build.dockerfile.clone(), |at| at.value),
        target: target.or_else(|| build.target.clone()),
        args,
        candidates: BTreeMap::new(),
        ..build.clone()
    };
    Some((name, candidate))
}
