//! Words to stages to an exit code.
//!
//! Input: the command line, a [`Setting`]. Output: an exit code. One file per verb. Names no
//! concrete provider.

mod adopt;
mod apply;
mod arguments;
mod check;
mod confirm;
mod console;
mod destroy;
mod drift;
mod drill;
mod explain;
mod fmt;
mod folder;
mod generate;
mod graph;
mod image;
mod init;
mod load;
mod local;
mod lock;
mod output;
mod permissions;
mod plan;
mod prepare;
mod progress;
mod rank;
mod rehearse;
mod screen;
mod show;
mod survey;
mod undo;
mod validate;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::SystemTime;

use clap::{CommandFactory as _, FromArgMatches as _};
use lifeboat_contract::living::Enliven;
use lifeboat_contract::{Batching, Provider, ProviderInfo, Trace};

use self::arguments::{Arguments, Verb};
use self::screen::Screen;
use crate::diagnostic::{Diagnostic, codes};
use crate::image::Places;

/// Everything that comes from outside, read once.
pub struct Setting<'s> {
    pub environment: BTreeMap<String, String>,
    /// Variables of the environment whose values are not UTF-8.
    pub unreadable: Vec<String>,
    pub providers: &'s [ProviderInfo],
    /// The text of the Docker configuration file, with the logins of registries. Never shown.
    pub logins: Option<String>,
    pub connect: &'s Connect<'s>,
    /// Brings local clouds to life, in builds that have them.
    pub enliven: Option<&'s dyn Enliven>,
    /// Told of every call, where that was asked for.
    pub trace: Option<Trace>,
    pub now: &'s (dyn Fn() -> SystemTime + Send + Sync),
}

impl Setting<'_> {
    /// How much one batch of a provider takes.
    fn batching(&self, provider: &str) -> Option<Batching> {
        let info = self.providers.iter().find(|info| info.name == provider);
        info.map(|info| info.capabilities.batch)
    }

    fn places(&self) -> Places<'_> {
        Places { folder: Path::new(""), logins: self.logins.as_deref() }
    }
}

/// Connects a provider by name, with its attributes, seen from the configuration's folder, and says
/// who is told of its calls.
pub type Connect<'c> = dyn Fn(&str, &BTreeMap<String, String>, &Path, Option<Trace>) -> Result<Arc<dyn Provider>, String>
    + Send
    + Sync
    + 'c;

/// How a verb ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Done,
    Error,
    /// The plan has changes and that was asked for, or there is drift.
    Changes,
    /// The answer is no.
    No,
    /// Done in part.
    Part,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Error => 1,
            Exit::Changes => 2,
            Exit::No => 3,
            Exit::Part => 4,
        })
    }
}

/// Runs the command line.
pub fn run(words: Vec<OsString>, mut setting: Setting<'_>) -> ExitCode {
    let screen = Screen::new(std::io::stdout().is_terminal());
    let matches = match Arguments::command().try_get_matches_from(words) {
        Ok(matches) => matches,
        Err(error) => return usage(&error),
    };
    let arguments = match Arguments::from_arg_matches(&matches) {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    if let Some(folder) = &arguments.folder
        && let Err(why) = std::env::set_current_dir(folder)
    {
        let detail = format!("The folder `{}` cannot be entered: {why}.", folder.display());
        let diagnostic = Diagnostic::global(codes::FILE_UNREADABLE, detail);
        screen.diagnostics(&diagnostic.into(), &crate::diagnostic::Sources::default());
        return Exit::Error.into();
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_stack_size(8 << 20)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(why) => {
            screen.error(&format!("cannot start: {why}"));
            return Exit::Error.into();
        }
    };
    if arguments.trace {
        setting.trace = Some(Arc::new(|call| Screen::new(false).note(&format!("trace: {call}"))));
    }
    let exit = runtime.block_on(dispatch(arguments.verb, &setting, &screen));
    // A call that hangs must not keep the process.
    runtime.shutdown_background();
    exit.into()
}

/// Help and version are no errors; slips are, with clap's own words.
fn usage(error: &clap::Error) -> ExitCode {
    let shown = error.print().is_ok();
    if shown && !error.use_stderr() { ExitCode::SUCCESS } else { Exit::Error.into() }
}

async fn dispatch(verb: Verb, setting: &Setting<'_>, screen: &Screen) -> Exit {
    match verb {
        Verb::Init => init::run(screen),
        Verb::Fmt(words) => fmt::run(&words, screen),
        Verb::Validate(words) => validate::run(&words, setting, screen),
        Verb::Plan(words) => plan::run(&words, setting, screen).await,
        Verb::Check(words) => check::run(&words, setting, screen).await,
        Verb::Drill(words) => drill::run(&words, setting, screen).await,
        Verb::Drift(words) => drift::run(&words, setting, screen).await,
        Verb::Show(words) => show::run(&words, screen),
        Verb::Apply(words) => apply::run(&words, setting, screen).await,
        Verb::Undo(words) => undo::run(&words, setting, screen).await,
        Verb::Destroy(words) => destroy::run(&words, setting, screen).await,
        Verb::Adopt(words) => adopt::run(&words, setting, screen).await,
        Verb::Release(words) => adopt::release(&words, setting, screen).await,
        Verb::Lock(words) => lock::run(&words, setting, screen).await,
        Verb::Image(words) => image::run(&words, setting, screen).await,
        Verb::Local(words) => local::run(&words, setting, screen).await,
        Verb::Rehearse(words) => rehearse::run(&words, setting, screen).await,
        Verb::Permissions(words) => permissions::run(&words, setting, screen).await,
        Verb::Output(words) => output::run(&words, setting, screen),
        Verb::Console(words) => console::run(&words, setting, screen),
        Verb::Graph(words) => graph::run(&words, setting, screen),
        Verb::Explain(words) => explain::run(&words, screen),
        Verb::Completions(words) => explain::completions(&words, screen),
        Verb::Man(words) => explain::man(&words, screen),
    }
}
