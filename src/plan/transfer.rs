//! What image copies move, and how long that takes, by region.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ResourceChange, WireAction};

/// Bytes in a second that a region is assumed to take, 100 Mbit/s: what an office or a small machine
/// in a cloud has. Nothing is measured for a plan, so this is a yardstick and no promise.
pub const RATE: u64 = 12_500_000;

/// What is moved into one region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RegionTransfer {
    /// The region's name in the configuration.
    pub region: String,
    /// How many images are copied.
    pub images: u32,
    /// Blobs to move, manifests among them.
    pub blobs: u32,
    /// Their size.
    pub bytes: u64,
    /// Whether the region told what it lacks of every image; otherwise this is the most that moves.
    pub exact: bool,
    /// How long that takes at `bytes_per_second`.
    pub seconds: u64,
    /// What the time rests on: a rate that is assumed, not measured.
    pub bytes_per_second: u64,
}

/// Regions into which images are copied, in the order of their names.
pub(super) fn by_region(changes: &[ResourceChange]) -> Vec<RegionTransfer> {
    let mut regions: BTreeMap<&str, RegionTransfer> = BTreeMap::new();
    for change in changes.iter().filter(|change| change.change.actions == [WireAction::Create]) {
        let (Some(region), Some(content)) = (&change.region, change.content) else { continue };
        let transfer = regions.entry(region).or_insert_with(|| RegionTransfer::none(region));
        let (blobs, bytes) =
            content.lacking.map_or((content.blobs, content.bytes), |lack| (lack.blobs, lack.bytes));
        transfer.images = transfer.images.saturating_add(1);
        transfer.blobs = transfer.blobs.saturating_add(blobs);
        transfer.bytes = transfer.bytes.saturating_add(bytes);
        transfer.exact &= content.lacking.is_some();
        transfer.seconds = transfer.bytes.div_ceil(RATE);
    }
    regions.into_values().collect()
}

impl RegionTransfer {
    fn none(region: &str) -> Self {
        Self {
            region: region.to_owned(),
            images: 0,
            blobs: 0,
            bytes: 0,
            exact: true,
            seconds: 0,
            bytes_per_second: RATE,
        }
    }
}
