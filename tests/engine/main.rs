//! The engine's tests, in one binary: the house itself first.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should panic")]

mod architecture;
#[cfg(feature = "aws")]
mod aws;
#[cfg(feature = "aws")]
mod budget;
mod build;
mod ci;
mod codes;
mod constraint;
mod copies;
mod crash;
mod desired;
mod dockerfile;
mod drill;
mod drill_lints;
mod drill_report;
mod drive;
mod formats;
mod generated;
mod hostile;
mod lint;
#[cfg(feature = "registry")]
mod oci;
mod quickstart;
mod ranking;
mod refused;
mod registry;
mod rehearsal;
mod schema;
mod simulation;
mod strict;
mod transcript;
mod wrong;
