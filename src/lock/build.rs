//! What a built image was built from, in parts: so that a later look says which of them has changed.

use std::collections::BTreeMap;

use hcl::Block;
use hcl::expr::{Expression, Object, ObjectKey};
use lifeboat_contract::Digest;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a locked image was built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LockedBuild {
    /// The digest of everything below, of whole contents where only their beginnings are kept.
    pub inputs: Digest,
    /// The program that built it, with its version.
    pub builder: String,
    /// Where the Dockerfile is.
    pub dockerfile: String,
    /// The stage, where one is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The platforms, where any are named.
    #[serde(default)]
    pub platforms: Vec<String>,
    /// A digest's beginning for each instruction that the target reaches, in order.
    #[serde(default)]
    pub instructions: Vec<String>,
    /// A digest's beginning for each argument that is given and used.
    #[serde(default)]
    pub args: BTreeMap<String, String>,
    /// The digests of images that it rests on, by reference; empty where the builder did not tell.
    #[serde(default)]
    pub bases: BTreeMap<String, String>,
    /// A digest's beginning for each file taken from the context, or for each folder, with a `/`.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// How many names deep paths are told apart, where there are too many for a line each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth: Option<u32>,
}

/// Texts, as a list.
pub(super) fn list(texts: &[String]) -> Expression {
    Expression::Array(texts.iter().map(|text| text.as_str().into()).collect())
}

impl LockedBuild {
    pub(super) fn block(&self) -> Block {
        let map = |texts: &BTreeMap<String, String>| {
            let entries = texts.iter().map(|(name, text)| {
                let key = ObjectKey::Expression(Expression::String(name.clone()));
                (key, Expression::from(text.as_str()))
            });
            Expression::Object(entries.collect::<Object<_, _>>())
        };
        let mut block = Block::builder("build")
            .add_attribute(("inputs", self.inputs.as_str()))
            .add_attribute(("builder", self.builder.as_str()))
            .add_attribute(("dockerfile", self.dockerfile.as_str()));
        if let Some(target) = &self.target {
            block = block.add_attribute(("target", target.as_str()));
        }
        if !self.platforms.is_empty() {
            block = block.add_attribute(("platforms", list(&self.platforms)));
        }
        block = block.add_attribute(("instructions", list(&self.instructions)));
        for (name, texts) in [("args", &self.args), ("bases", &self.bases), ("files", &self.files)]
        {
            if !texts.is_empty() {
                block = block.add_attribute((name, map(texts)));
            }
        }
        if let Some(depth) = self.depth {
            block = block.add_attribute(("depth", depth));
        }
        block.build()
    }
}
