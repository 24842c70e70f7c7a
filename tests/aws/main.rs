//! The provider `aws` from outside: the real binary with the real SDK, against our stand-in on a
//! socket and against emulators that others wrote, and with AWS's own command line as the foreign
//! hand.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should panic")]

mod drive;
mod emulator;
mod foreign;
mod life;
mod ministack;
mod moto;
mod outage;
mod permissions;
mod python;
mod secrets;
mod site;
mod stand;
