//! The local cloud, in a folder and in memory, as its users meet it.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should panic")]

mod conformance;
mod fixture;
mod story;
