//! The local cloud, in a folder and in memory, as its users meet it.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should panic")]

mod alive;
mod broken;
mod conformance;
mod crash;
mod crowd;
mod fixture;
mod images;
mod rules;
mod story;
mod world;
