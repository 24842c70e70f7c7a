//! Calls, counted.
