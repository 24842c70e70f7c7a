//! The words of `local` and `rehearse`.

use std::net::SocketAddr;

use clap::{Args, Subcommand, ValueEnum};
use lifeboat_contract::living::Loss;

use super::Variables;

/// Beyond this, waits are shorter than what a machine can keep.
const SPEED_MAX: i64 = 200;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Local {
    /// Bring it to life on loopback, until Ctrl-C: DNS, health checkers, an endpoint per region.
    Serve(LocalServe),
    /// Take a region away: its endpoint, its checkers, its registry.
    Lose(LocalLose),
    /// Bring a region back.
    Restore(LocalRestore),
}

#[derive(Args, Debug)]
pub(in crate::cli) struct LocalServe {
    #[command(flatten)]
    pub(in crate::cli) variables: Variables,

    /// Where DNS is served; port 0 for any that is free.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(in crate::cli) dns: SocketAddr,

    #[command(flatten)]
    pub(in crate::cli) staging: Staging,

    /// How many seconds of the cloud pass in one of the wall's.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=SPEED_MAX))]
    pub(in crate::cli) speed: u32,

    /// One JSON object instead of text.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// What a living cloud is made with.
#[derive(Args, Debug)]
pub(in crate::cli) struct Staging {
    /// What answers in a region, in place of a stand-in; can be repeated.
    #[arg(long = "endpoint", value_name = "REGION=ADDRESS")]
    pub(in crate::cli) endpoints: Vec<String>,

    /// What chance is drawn from; another one each time where not given.
    #[arg(long)]
    pub(in crate::cli) seed: Option<u64>,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct LocalLose {
    /// The region's name.
    pub(in crate::cli) region: String,

    /// What its endpoint does then.
    #[arg(long = "as", value_enum, default_value_t = How::Silent)]
    pub(in crate::cli) how: How,

    #[command(flatten)]
    pub(in crate::cli) variables: Variables,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct LocalRestore {
    /// The region's name.
    pub(in crate::cli) region: String,

    #[command(flatten)]
    pub(in crate::cli) variables: Variables,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct Rehearse {
    #[command(flatten)]
    pub(in crate::cli) variables: Variables,

    /// The region that is lost; the primary one where not given.
    #[arg(long, value_name = "REGION")]
    pub(in crate::cli) lose: Option<String>,

    /// What its endpoint does then.
    #[arg(long = "as", value_enum, default_value_t = How::Silent)]
    pub(in crate::cli) how: How,

    #[command(flatten)]
    pub(in crate::cli) staging: Staging,

    /// How many seconds of the cloud pass in one of the wall's.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=SPEED_MAX))]
    pub(in crate::cli) speed: u32,

    /// One JSON object instead of text.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// What a lost region's endpoint does.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum How {
    /// Connections are never taken.
    Silent,
    /// Connections are refused at once.
    Refusing,
    /// Requests are answered with 503.
    Unavailable,
}

impl How {
    pub(in crate::cli) fn loss(self) -> Loss {
        match self {
            Self::Silent => Loss::Silent,
            Self::Refusing => Loss::Refusing,
            Self::Unavailable => Loss::Unavailable,
        }
    }
}
