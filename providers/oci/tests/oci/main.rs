//! Layouts and registries as other tools make them, and as an enemy would.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should panic")]

#[cfg(feature = "registry")]
mod conform;
#[cfg(feature = "registry")]
mod fake;
mod fixture;
mod hostile;
#[cfg(feature = "registry")]
mod keeper;
mod layout;
#[cfg(feature = "registry")]
mod many;
#[cfg(feature = "registry")]
mod push;
#[cfg(feature = "registry")]
mod referrers;
#[cfg(feature = "registry")]
mod refusal;
#[cfg(feature = "registry")]
mod registry;
#[cfg(feature = "registry")]
mod server;
#[cfg(feature = "registry")]
mod severed;
