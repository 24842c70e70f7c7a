//! A cloud of one's own: in a folder ([`Local`]) to be used, in memory ([`World`]) to be tested with.
//!
//! Both are the same state machine ([`Cloud`]), which refuses what a real DNS or registry refuses. What
//! is in a folder can be brought to life on loopback ([`Loopback`]).

mod cloud;
mod disk;
mod info;
mod serve;
mod world;

pub use cloud::Cloud;
pub use disk::{Local, schemas};
pub use info::INFO;
pub use serve::Loopback;
pub use world::{Call, Event, Faults, Outcome, Random, World};
