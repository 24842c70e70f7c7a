//! Which of an image's candidates is taken, and how they stood when they were measured.

use std::collections::BTreeMap;

use hcl::Block;
use lifeboat_contract::Digest;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How an image's candidates were ranked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LockedRanking {
    /// The region that they were measured for, by its block's name.
    pub region: String,
    /// The candidate that is taken.
    pub winner: String,
    /// All that were measured, by name.
    #[serde(default, rename = "candidate")]
    pub candidates: BTreeMap<String, LockedPlace>,
}

/// How a candidate was ranked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LockedPlace {
    /// 1 for the best; those that cannot be told apart have the same. Absent where it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<u32>,
    /// What was measured.
    pub digest: Digest,
}

impl LockedRanking {
    /// In their order: by rank, then by name, with those that failed at the end.
    fn ordered(&self) -> Vec<(&String, &LockedPlace)> {
        let mut ordered: Vec<_> = self.candidates.iter().collect();
        ordered.sort_by_key(|(_, place)| place.rank.unwrap_or(u32::MAX));
        ordered
    }

    pub(super) fn block(&self, image: &str) -> Block {
        let mut block = Block::builder("ranking")
            .add_label(image)
            .add_attribute(("region", self.region.as_str()))
            .add_attribute(("winner", self.winner.as_str()));
        for (name, place) in self.ordered() {
            let mut candidate = Block::builder("candidate").add_label(name.as_str());
            if let Some(rank) = place.rank {
                candidate = candidate.add_attribute(("rank", rank));
            }
            let candidate = candidate.add_attribute(("digest", place.digest.as_str()));
            block = block.add_block(candidate.build());
        }
        block.build()
    }
}
