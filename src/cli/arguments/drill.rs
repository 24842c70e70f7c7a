//! The words of `drill` and `check`.

use std::path::PathBuf;

use clap::Args;

use super::{Planning, Variables};

/// Checks everything that a merge has to pass.
#[derive(Args, Debug)]
pub(in crate::cli) struct Check {
    #[command(flatten)]
    pub(in crate::cli) planning: Planning,

    /// Do not read the world: no plan, and no telling what changes.
    #[arg(long)]
    pub(in crate::cli) offline: bool,

    /// Also write a report of the drill, in the form that the name ends in: `.json`, `.md`, `.xml`
    /// (JUnit), `.html`, `.timeline.svg`, `.distribution.svg` or `.traffic.svg`; can be repeated.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) write: Vec<PathBuf>,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a word on the command line")]
#[derive(Args, Debug)]
pub(in crate::cli) struct Drill {
    #[command(flatten)]
    pub(in crate::cli) variables: Variables,

    /// Lose these together, such as `virginia,registry:ireland`; can be repeated for other losses.
    #[arg(long, value_name = "A,B", num_args = 1)]
    pub(in crate::cli) lose: Vec<String>,

    /// Look for the smallest losses of up to so many components that break an objective.
    #[arg(long, value_name = "K", default_value_t = 2, conflicts_with = "exhaustive")]
    pub(in crate::cli) lose_any: usize,

    /// Look at the loss of every set of components.
    #[arg(long)]
    pub(in crate::cli) exhaustive: bool,

    /// Do not read the world, and so do not tell what changes.
    #[arg(long)]
    pub(in crate::cli) offline: bool,

    /// Also send so many clients one by one, by chance, to check what is computed.
    #[arg(long, value_name = "CLIENTS", value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub(in crate::cli) sample: Option<u64>,

    /// What the chances of `--sample` come from.
    #[arg(long, value_name = "NUMBER", default_value_t = 1, requires = "sample")]
    pub(in crate::cli) seed: u64,

    /// Only say what the rules say; exit with 3 on errors.
    #[arg(long)]
    pub(in crate::cli) lint_only: bool,

    /// Leave nothing out: every loss and set, and what the answers rest on.
    #[arg(long)]
    pub(in crate::cli) explain: bool,

    /// One JSON document instead of text.
    #[arg(long)]
    pub(in crate::cli) json: bool,

    /// Also write a report, in the form that the name ends in: `.json`, `.md`, `.xml` (JUnit),
    /// `.html`, `.timeline.svg`, `.distribution.svg` or `.traffic.svg`; can be repeated.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) write: Vec<PathBuf>,
}
