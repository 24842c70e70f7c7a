//! The command line's words.

mod adopt;
mod drill;
mod image;
mod living;
mod permission;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(super) use self::adopt::{Adopt, Handling, Release};
pub(super) use self::drill::{Check, Drill};
pub(super) use self::image::{
    Drawn, Image, ImageBuild, ImageExplain, ImageGraph, ImageLint, ImageRank, ImageStatus,
};
pub(super) use self::living::{Local, LocalServe, Rehearse, Staging};
pub(super) use self::permission::Permissions;

/// Plan, apply and inspect region failover, declared in HCL.
///
/// Exit codes: 0 done or nothing to do; 1 error; 2 the plan has changes (with
/// `--detailed-exitcode`), or there is drift; 3 the answer is no (an
/// objective does not hold, a guard refused, `fmt --check`); 4 done in part.
#[derive(Debug, Parser)]
#[command(name = "lifeboat", version, max_term_width = 100, disable_help_subcommand = false)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) verb: Verb,

    /// Work as if started in this folder.
    #[arg(short = 'C', long = "chdir", value_name = "DIR", global = true)]
    pub(super) folder: Option<PathBuf>,

    /// Show each call to a provider's API: service, action, time and request id.
    #[arg(long, global = true)]
    pub(super) trace: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Write a small configuration that plans at once.
    Init,
    /// Lay configuration files out in the standard way.
    Fmt(Fmt),
    /// Check the configuration without reading the world.
    Validate(Validate),
    /// Show what would change, and what it means for traffic.
    Plan(Plan),
    /// Check what a merge has to pass: configuration, rules, plan and drill; exit with 3 if it does not.
    Check(Check),
    /// Compute what users would see if a region were lost; exit with 3 if an objective does not hold.
    Drill(Drill),
    /// Show what moved in the world since the last apply.
    Drift(Drift),
    /// Show a plan file.
    Show(Show),
    /// Carry out a plan file, or plan, ask and carry out.
    Apply(Apply),
    /// Undo an applied plan, as far as the world has not moved since.
    Undo(Undo),
    /// Delete everything this stack owns.
    Destroy(Destroy),
    /// Take over existing objects as they are: writes marks only.
    Adopt(Adopt),
    /// Let go of objects without deleting them: removes marks only.
    Release(Release),
    /// Write the digests of all image sources to `lifeboat.lock.hcl`.
    Lock(Lock),
    /// Build images, and look into how they are built.
    #[command(subcommand)]
    Image(Image),
    /// The local cloud, alive: real DNS and real checkers, on loopback.
    #[command(subcommand)]
    Local(Local),
    /// Lose a region of a living cloud that holds this configuration, and measure.
    ///
    /// Nothing else is touched: the cloud is made for this, on loopback, and removed afterwards.
    /// Exits with 3 when something took another time than a drill says.
    Rehearse(Rehearse),
    /// Print the least permissions that this configuration needs, to plan and to apply.
    Permissions(Permissions),
    /// Print values of `output` blocks.
    Output(Output),
    /// Evaluate expressions from standard input, one a line.
    Console(Console),
    /// Print which resource needs which.
    Graph(Graph),
    /// Explain a code such as E0102.
    Explain(Explain),
    /// Print a shell's completion script.
    Completions(Completions),
    /// Write man pages into a folder.
    Man(Man),
}

/// Values for variables.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Variables {
    /// A variable's value; can be repeated.
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub(super) values: Vec<String>,

    /// A file of `name = value` lines; can be repeated.
    #[arg(long = "var-file", value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
}

/// How a plan is made.
#[expect(clippy::struct_excessive_bools, reason = "each is a word on the command line")]
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Planning {
    #[command(flatten)]
    pub(super) variables: Variables,

    /// Plan around a region that is lost; can be repeated.
    #[arg(long = "lost-region", value_name = "NAME")]
    pub(super) lost: Vec<String>,

    /// Allow more than 30 % of a zone's record sets to change.
    #[arg(long)]
    pub(super) allow_mass_change: bool,

    /// Allow targets in regions whose image could not be seen.
    #[arg(long)]
    pub(super) allow_missing_image: bool,

    /// Allow that an objective which holds now does not any more.
    #[arg(long)]
    pub(super) allow_violation: bool,

    /// One JSON object a line instead of text.
    #[arg(long)]
    pub(super) json: bool,

    /// Show every field of what is created and deleted.
    #[arg(short, long)]
    pub(super) verbose: bool,
}

impl Planning {
    /// Whether anything is said of what the plan shall be.
    pub(super) fn shapes_the_plan(&self) -> bool {
        let Self {
            variables,
            lost,
            allow_mass_change,
            allow_missing_image,
            allow_violation,
            json: _,
            verbose: _,
        } = self;
        !variables.values.is_empty()
            || !variables.files.is_empty()
            || !lost.is_empty()
            || *allow_mass_change
            || *allow_missing_image
            || *allow_violation
    }
}

#[derive(Args, Debug)]
pub(super) struct Plan {
    #[command(flatten)]
    pub(super) planning: Planning,

    /// Write the plan to a file, for `apply FILE`.
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,

    /// Exit with 2 when there are changes.
    #[arg(long)]
    pub(super) detailed_exitcode: bool,

    /// Plan to delete everything this stack owns.
    #[arg(long)]
    pub(super) destroy: bool,
}

#[derive(Args, Debug)]
pub(super) struct Drift {
    #[command(flatten)]
    pub(super) variables: Variables,

    /// Leave out a region that is lost; can be repeated.
    #[arg(long = "lost-region", value_name = "NAME")]
    pub(super) lost: Vec<String>,

    /// One JSON document instead of text.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Args, Debug)]
pub(super) struct Show {
    /// The plan file.
    pub(super) file: PathBuf,

    /// Print the plan's JSON.
    #[arg(long)]
    pub(super) json: bool,

    /// Show every field of what is created and deleted.
    #[arg(short, long)]
    pub(super) verbose: bool,
}

#[derive(Args, Debug)]
pub(super) struct Apply {
    /// The plan file; without one, plans first.
    pub(super) file: Option<PathBuf>,

    #[command(flatten)]
    pub(super) planning: Planning,

    /// Do not ask.
    #[arg(long)]
    pub(super) auto_approve: bool,
}

#[derive(Args, Debug)]
pub(super) struct Undo {
    /// The plan file that was applied.
    pub(super) file: PathBuf,

    /// Do not ask.
    #[arg(long)]
    pub(super) auto_approve: bool,

    /// One JSON object a line instead of text.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Args, Debug)]
pub(super) struct Destroy {
    #[command(flatten)]
    pub(super) planning: Planning,

    /// Do not ask for the stack's name.
    #[arg(long)]
    pub(super) auto_approve: bool,
}

#[derive(Args, Debug)]
pub(super) struct Lock {
    #[command(flatten)]
    pub(super) variables: Variables,

    /// Write nothing; exit with 3 when the lock file is not up to date.
    #[arg(long)]
    pub(super) check: bool,
}

#[derive(Args, Debug)]
pub(super) struct Validate {
    #[command(flatten)]
    pub(super) variables: Variables,

    /// One JSON document instead of text.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Args, Debug)]
pub(super) struct Fmt {
    /// Files and folders; the current folder where none is given, `-` for standard input.
    pub(super) paths: Vec<PathBuf>,

    /// Write nothing; exit with 3 when a file would change.
    #[arg(long)]
    pub(super) check: bool,

    /// Show what would change or has changed.
    #[arg(long)]
    pub(super) diff: bool,

    /// Go into folders within folders.
    #[arg(short, long)]
    pub(super) recursive: bool,
}

#[derive(Args, Debug)]
pub(super) struct Output {
    /// The output's name; all where none is given.
    pub(super) name: Option<String>,

    #[command(flatten)]
    pub(super) variables: Variables,

    /// As JSON.
    #[arg(long, conflicts_with = "raw")]
    pub(super) json: bool,

    /// The bare text of one output.
    #[arg(long, requires = "name")]
    pub(super) raw: bool,
}

#[derive(Args, Debug)]
pub(super) struct Console {
    #[command(flatten)]
    pub(super) variables: Variables,
}

#[derive(Args, Debug)]
pub(super) struct Graph {
    #[command(flatten)]
    pub(super) variables: Variables,

    /// The form.
    #[arg(long, value_enum, default_value_t = Form::Dot)]
    pub(super) format: Form,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Form {
    Dot,
    Mermaid,
    Json,
}

#[derive(Args, Debug)]
pub(super) struct Explain {
    /// The code.
    pub(super) code: String,
}

#[derive(Args, Debug)]
pub(super) struct Completions {
    /// The shell.
    pub(super) shell: clap_complete::Shell,
}

#[derive(Args, Debug)]
pub(super) struct Man {
    /// The folder.
    #[arg(value_name = "FOLDER")]
    pub(super) into: PathBuf,
}
