//! The stand-in against what AWS is known to do.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(
    clippy::format_collect,
    clippy::format_push_string,
    reason = "a test's documents are small"
)]

mod batch;
mod check;
mod drive;
mod ecr;
mod fault;
mod image;
mod listing;
mod rate;
mod registry;
mod replication;
mod zone;
