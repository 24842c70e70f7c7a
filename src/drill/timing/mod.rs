//! How long it takes: until a check flips, and until clients are served again.
//!
//! Times are seconds after the loss. Distributions are exact but for their grid of about a tenth of
//! a second; nothing is sampled.

mod curve;
mod flip;
mod journey;
#[cfg(test)]
mod tests;

pub use self::curve::{Curve, Served};
pub use self::flip::{Asking, Flip, Turn};
pub use self::journey::{Habits, Journey};
