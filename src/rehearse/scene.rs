//! What is rehearsed, and how.

use lifeboat_contract::living::Loss;

use crate::desired::WantedRegion;

/// What is rehearsed, and how.
#[derive(Clone, Debug)]
pub struct Scene {
    /// What is lost.
    pub region: WantedRegion,
    /// What its endpoint does then.
    pub loss: Loss,
    /// How many seconds of the cloud pass in one of the wall's.
    pub speed: u32,
    /// What chance is drawn from.
    pub seed: u64,
}
