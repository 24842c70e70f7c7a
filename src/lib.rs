//! The pipeline.
pub mod diagnostic;
