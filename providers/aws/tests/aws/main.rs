//! AWS against the stand-in that refuses what AWS refuses.

mod bench;
mod conform;
