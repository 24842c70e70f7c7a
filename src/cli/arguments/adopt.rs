//! The words of `adopt` and `release`.

use std::path::PathBuf;

use clap::Args;

use super::Planning;

#[derive(Args, Debug)]
pub(in crate::cli) struct Adopt {
    /// Addresses, such as `record.mail`; `health_check.web=ID` for a health check.
    #[arg(required_unless_present = "generate", conflicts_with = "generate")]
    pub(in crate::cli) addresses: Vec<String>,

    /// Write configuration for what nobody owns into a new folder, and adopt that; into this
    /// configuration's own folder, only what it lacks.
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) generate: Option<PathBuf>,

    /// Generate only for this zone and what it uses; can be repeated.
    #[arg(long = "zone", value_name = "NAME", requires = "generate")]
    pub(in crate::cli) zones: Vec<String>,

    #[command(flatten)]
    pub(in crate::cli) handling: Handling,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct Release {
    /// Addresses, such as `record.mail`.
    #[arg(required = true)]
    pub(in crate::cli) addresses: Vec<String>,

    #[command(flatten)]
    pub(in crate::cli) handling: Handling,
}

/// How marks are written.
#[derive(Args, Debug)]
pub(in crate::cli) struct Handling {
    /// Write the plan to a file, for `apply FILE`, and do nothing more.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) out: Option<PathBuf>,

    #[command(flatten)]
    pub(in crate::cli) planning: Planning,

    /// Do not ask.
    #[arg(long)]
    pub(in crate::cli) auto_approve: bool,
}
