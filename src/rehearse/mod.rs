//! Carries a drill out and measures it: a region of a living cloud is lost and comes back.
//!
//! Input: [`Desired`], applied to a cloud that is [`Living`], and a [`Scene`]. Output: [`Rehearsal`],
//! what was predicted beside what was observed. Watches with real DNS queries and real HTTP
//! requests; what it waits for has a limit. Never touches another cloud.
//!
//! All times are the cloud's, which may run faster than the wall's: waits are scaled, decisions are
//! not.

mod adapt;
mod client;
mod outcome;
mod predict;
mod query;
mod resolver;
mod scene;
mod scratch;
mod timer;
mod watch;

use lifeboat_contract::living::Living;

use crate::desired::Desired;

pub use self::adapt::adapt;
pub use self::outcome::{
    Class, FORMAT_VERSION, Forecast, Lost, Measured, Phase, Rehearsal, RehearsedName, Seen, Step,
};
pub use self::predict::places;
pub use self::scene::Scene;
pub use self::scratch::{Scratch, ScratchError};

use self::watch::Watch;

/// Loses the region, watches, brings it back, and watches until everything is as it was.
///
/// # Errors
/// Why it could not be done, for people: what is not healthy before anything is lost, or a cloud
/// that does not do as it is told.
pub async fn rehearse(
    living: &dyn Living,
    desired: &Desired,
    scene: &Scene,
) -> Result<Rehearsal, String> {
    let names = predict::names(desired, scene);
    let watch = Watch::start(living, names, scene);
    watch.settle().await?;
    let lost = living.lose(&scene.region.location, scene.loss).await?;
    let fallen = watch.fall(lost).await;
    let restored = living.restore(&scene.region.location).await?;
    let risen = watch.rise(restored).await;
    Ok(outcome::tell(desired, scene, &watch, &fallen, &risen))
}
