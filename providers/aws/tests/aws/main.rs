//! AWS against the stand-in that refuses what AWS refuses.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should panic")]

mod bench;
mod conform;
mod copies;
mod drift;
mod patience;
mod replicate;
mod routing;
mod zones;
