//! The tags that Lifeboat puts on what it owns.

/// The owner. A hosted zone whose owner let go of it has an empty one.
pub(crate) const STACK: &str = "lifeboat:stack";

/// The hash of the spec last applied.
pub(crate) const SPEC: &str = "lifeboat:spec";

/// The reference of a health check that was adopted.
pub(crate) const REFERENCE: &str = "lifeboat:reference";

/// What the AWS console shows as the name of a health check.
pub(crate) const NAME: &str = "Name";
