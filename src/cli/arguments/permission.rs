//! The words of `permissions`.

use clap::{Args, ValueEnum};

use super::Variables;

#[derive(Args, Debug)]
pub(in crate::cli) struct Permissions {
    #[command(flatten)]
    pub(in crate::cli) variables: Variables,

    /// Only these: ready to be put into a file.
    #[arg(value_enum)]
    pub(in crate::cli) purpose: Option<ForWhat>,

    /// Do not look up the ids of zones: allow any zone.
    #[arg(long)]
    pub(in crate::cli) offline: bool,

    /// One JSON object instead of text.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// What permissions are for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum ForWhat {
    Plan,
    Apply,
}

impl ForWhat {
    pub(in crate::cli) fn as_str(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Apply => "apply",
        }
    }
}
