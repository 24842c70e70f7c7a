//! The words of `image`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::Variables;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Image {
    /// Build images whose inputs have changed, and lock them.
    Build(ImageBuild),
    /// Show of each image whether it is locked, there, and built from what is here now.
    Status(ImageStatus),
    /// Tell why an image must be built, by file, line, argument and base.
    Explain(ImageExplain),
    /// Say what Dockerfiles do that costs later; exit with 3 on errors.
    Lint(ImageLint),
    /// Draw the stages of an image's Dockerfile.
    Graph(ImageGraph),
    /// Measure which candidate of an image is healthy first where a region would have to start it.
    Rank(ImageRank),
}

#[derive(Args, Debug)]
pub(in crate::cli) struct ImageBuild {
    /// Names of images, such as `web`; all that have a `build` block where none is given.
    pub(in crate::cli) names: Vec<String>,

    #[command(flatten)]
    pub(in crate::cli) variables: Variables,

    /// Build nothing; exit with 3 when an image must be built.
    #[arg(long)]
    pub(in crate::cli) check: bool,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct ImageLint {
    /// Names of images, such as `web`; all that have a `build` block where none is given.
    pub(in crate::cli) names: Vec<String>,

    #[command(flatten)]
    pub(in crate::cli) variables: Variables,

    /// One JSON object instead of text.
    #[arg(long)]
    pub(in crate::cli) json: bool,

    /// SARIF 2.1.0 instead of text, for code scanning.
    #[arg(long, conflicts_with = "json")]
    pub(in crate::cli) sarif: bool,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct ImageStatus {
    #[command(flatten)]
    pub(in crate::cli) variables: Variables,

    /// One JSON object instead of text.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct ImageExplain {
    /// The image's name, such as `web`.
    pub(in crate::cli) name: String,

    #[command(flatten)]
    pub(in crate::cli) variables: Variables,

    /// One JSON object instead of text.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct ImageGraph {
    /// The image's name, such as `web`.
    pub(in crate::cli) name: String,

    #[command(flatten)]
    pub(in crate::cli) variables: Variables,

    /// The form.
    #[arg(long, value_enum, default_value_t = Drawn::Text)]
    pub(in crate::cli) format: Drawn,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum Drawn {
    Text,
    Dot,
    Svg,
    Mermaid,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct ImageRank {
    /// The image's name, such as `web`.
    pub(in crate::cli) name: String,

    #[command(flatten)]
    pub(in crate::cli) variables: Variables,

    /// The region that it is measured for, by its block's name. Run this where that region is.
    #[arg(long)]
    pub(in crate::cli) region: String,

    /// The region's registry, as `HOST[:PORT]`; `http://` before it for plain HTTP. The candidates
    /// are put there, by digest and without tags, and pulled from there.
    #[arg(long, value_name = "ADDR")]
    pub(in crate::cli) registry: String,

    /// How many runs count, 3 at least; one more comes before them.
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub(in crate::cli) runs: u32,

    /// How many requests each run makes to a healthy container.
    #[arg(long, default_value_t = 200, value_name = "N")]
    pub(in crate::cli) requests: u32,

    /// Write the order and the winner to the lock file.
    #[arg(long)]
    pub(in crate::cli) lock: bool,

    /// One JSON object instead of a table.
    #[arg(long)]
    pub(in crate::cli) json: bool,

    /// Write a chart, too.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) svg: Option<PathBuf>,
}
