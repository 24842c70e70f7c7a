//! `apply`: carry out a plan file, or plan, ask and carry out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use lifeboat_contract::Providers;
use tokio::sync::watch;

use super::arguments::Apply as Words;
use super::confirm::confirmed;
use super::prepare::{Prepared, Purpose, busy, connect_all, prepare, tell};
use super::progress::Progress;
use super::{Exit, Screen, Setting, folder, plan as shown_plan};
use crate::apply::{self, Event, FileJournal, Outcome, Standing, Stop};
use crate::diagnostic::{Diagnostic, Diagnostics, Sources, codes, sentence};
use crate::plan::{self, Plan};
use crate::report::{self, Operation, Summary};

/// Where journals are kept, in the configuration's folder.
const JOURNALS: &str = ".lifeboat/journal";

pub(super) async fn run(words: &Words, setting: &Setting<'_>, screen: &Screen) -> Exit {
    let json = words.planning.json;
    if let Some(file) = &words.file {
        if words.planning.shapes_the_plan() {
            let how = How { json, operation: Operation::Apply, setting, screen };
            let detail = "A plan file is applied as it is: values, lost regions and permissions are \
                          given when it is made.";
            let help = "give them to `lifeboat plan --out FILE`";
            let found = Diagnostic::global(codes::USAGE, detail).help(help);
            return how.refuse(&found.into(), Exit::Error);
        }
        return from_file(file, json, setting, screen).await;
    }
    let purpose = Purpose { lease: true, ..Purpose::default() };
    let prepared = match prepare(&words.planning, &purpose, setting).await {
        Ok(prepared) => prepared,
        Err(refused) => return tell(&refused, screen, json, setting),
    };
    let how = How { json, operation: Operation::Apply, setting, screen };
    let detail = shown_plan::detail(words.planning.verbose);
    shown_plan::show(&prepared, detail, json, screen, setting);
    let ask = (!words.auto_approve).then_some(("Carry out this plan?", "yes"));
    ask_and_carry_out(prepared, ask, &how).await
}

/// How an apply is told of.
#[derive(Clone, Copy)]
pub(super) struct How<'h> {
    pub(super) json: bool,
    pub(super) operation: Operation,
    pub(super) setting: &'h Setting<'h>,
    pub(super) screen: &'h Screen,
}

/// Asks, if there is something to ask about, and carries out.
pub(super) async fn ask_and_carry_out(
    prepared: Prepared,
    ask: Option<(&str, &str)>,
    how: &How<'_>,
) -> Exit {
    let Prepared { plan, providers, leases, partial, .. } = prepared;
    let nothing = BTreeSet::new();
    let exit = match ask {
        _ if plan.is_empty() => Exit::Done,
        Some(_) if how.json => {
            let detail = "With `--json` nobody is asked.";
            let help = "say `--auto-approve`, or apply a plan file";
            let found = Diagnostic::global(codes::NOT_CONFIRMED, detail).help(help);
            how.refuse(&found.into(), Exit::Error)
        }
        Some((question, word)) if !confirmed(question, word, how.screen) => Exit::Error,
        Some(_) => checked(&plan, &providers, how).await,
        None => carry_out(&plan, &providers, &nothing, how).await,
    };
    drop(leases);
    if partial && exit == Exit::Done { Exit::Part } else { exit }
}

async fn from_file(file: &Path, json: bool, setting: &Setting<'_>, screen: &Screen) -> Exit {
    let how = How { json, operation: Operation::Apply, setting, screen };
    if json {
        shown_plan::stream(report::Progress::version(), "info", setting, screen);
    }
    let plan = match read(file) {
        Ok(plan) => plan,
        Err(found) => return how.refuse(&(*found).into(), Exit::Error),
    };
    if plan.is_empty() {
        if json {
            let changes = Summary::of(plan.counts(), Operation::Apply);
            let event = report::Progress::ChangeSummary { changes };
            shown_plan::stream(event, "info", setting, screen);
        } else {
            screen.line("No changes.");
        }
        return Exit::Done;
    }
    let mut diagnostics = Diagnostics::default();
    let providers = plan_providers(&plan, setting, &mut diagnostics);
    if diagnostics.has_errors() {
        return how.refuse(&diagnostics, Exit::Error);
    }
    let leases = match apply::lease(&plan.stack, &providers) {
        Ok(leases) => leases,
        Err(error) => return how.refuse(&busy(&error).into(), Exit::Error),
    };
    let exit = checked(&plan, &providers, &how).await;
    drop(leases);
    exit
}

/// Carries out a plan that was made a while ago, if the world is still as it expects. Steps that are
/// done already, as after an apply that was interrupted, are not done again.
async fn checked(plan: &Plan, providers: &Providers, how: &How<'_>) -> Exit {
    let (Standing { moved, done }, found) = apply::verify(plan, providers).await;
    if found.has_errors() {
        return how.refuse(&found, Exit::Error);
    }
    if moved.is_empty() && done.len() == plan.steps.len() {
        if !how.json {
            how.screen.line("No changes. This plan has been applied already.");
        }
        return Exit::Done;
    }
    if moved.is_empty() {
        return carry_out(plan, providers, &done, how).await;
    }
    let count = moved.len();
    let things = if count == 1 { "thing is" } else { "things are" };
    let detail = format!("Nothing was written: {count} {things} not as the plan expects.");
    let help = "make a new plan, and review it again";
    if !how.json {
        how.screen.note(&report::stale(&moved));
    }
    how.refuse(&Diagnostic::global(codes::PLAN_STALE, detail).help(help).into(), Exit::Error)
}

/// Reads a plan file.
pub(super) fn read(file: &Path) -> Result<Plan, Box<Diagnostic>> {
    let text = folder::read(file).map_err(|why| {
        let detail = format!("`{}` cannot be read: {why}.", file.display());
        Box::new(Diagnostic::global(codes::PLAN_INVALID, detail))
    });
    plan::read(&text?).map_err(|found| Box::new(found.about(file.display().to_string())))
}

/// Connects the providers that a plan names.
pub(super) fn plan_providers(
    plan: &Plan,
    setting: &Setting<'_>,
    diagnostics: &mut Diagnostics,
) -> Providers {
    let wanted = plan.providers.iter().map(|(name, attributes)| {
        let attributes: BTreeMap<String, String> = attributes.clone();
        (Arc::from(name.as_str()), attributes)
    });
    connect_all(wanted, setting, diagnostics)
}

impl How<'_> {
    /// Tells findings and ends.
    pub(super) fn refuse(&self, diagnostics: &Diagnostics, exit: Exit) -> Exit {
        let sources = Sources::default();
        if self.json {
            let (setting, screen) = (self.setting, self.screen);
            shown_plan::stream_diagnostics_at(diagnostics, &sources, setting, screen);
        } else {
            self.screen.diagnostics(diagnostics, &sources);
        }
        exit
    }
}

/// Carries out a plan that is known to be wanted.
async fn carry_out(
    plan: &Plan,
    providers: &Providers,
    done: &BTreeSet<u32>,
    how: &How<'_>,
) -> Exit {
    let journal = FileJournal::start(Path::new(JOURNALS), plan);
    let mut journal = match journal {
        Ok(journal) => journal,
        Err(error) => return how.refuse(&unwritable(&error).into(), Exit::Error),
    };
    let (stopper, stop) = watch::channel(Stop::Run);
    let listening = tokio::spawn(listen(stopper));
    let progress =
        Progress::start(plan.steps.len() - done.len(), how.json, how.setting, how.screen);
    let events = |event: Event<'_>| progress.tell(event);
    let result = apply::execute(providers, plan, done, &mut journal, &events, stop).await;
    listening.abort();
    progress.end();
    match result {
        Ok(outcome) => conclude(plan, &outcome, how),
        Err(error) => how.refuse(&unwritable(&error).into(), Exit::Part),
    }
}

fn unwritable(error: &apply::JournalError) -> Diagnostic {
    let detail = format!("Nothing more was written: {}.", crate::diagnostic::chain(error));
    let help = "nothing is done that is not in the journal; make room, then plan again";
    Diagnostic::global(codes::FILE_UNWRITABLE, detail).help(help)
}

/// The first interrupt lets steps in flight finish, the second stops at once.
async fn listen(stopper: watch::Sender<Stop>) {
    for stop in [Stop::Soft, Stop::Hard] {
        interrupted().await;
        let note = match stop {
            Stop::Soft => {
                "Stopping: steps in flight finish, no other starts. Again to stop at once."
            }
            Stop::Run | Stop::Hard => "Stopping at once.",
        };
        Screen::new(false).note(note);
        stopper.send_replace(stop);
    }
    std::future::pending::<()>().await;
}

pub(super) async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// The last lines, and how it ended.
fn conclude(plan: &Plan, outcome: &Outcome, how: &How<'_>) -> Exit {
    if outcome.is_complete() {
        let changes = Summary::of(plan.counts(), how.operation);
        if how.json {
            let event = report::Progress::ChangeSummary { changes };
            shown_plan::stream(event, "info", how.setting, how.screen);
        } else {
            how.screen.line(&format!("\n\x1b[1m{}\x1b[0m", changes.sentence()));
        }
        return Exit::Done;
    }
    let mut diagnostics = Diagnostics::default();
    for (id, why) in &outcome.failed {
        let blocked = outcome.blocked.values().filter(|first| *first == id).count();
        let address =
            plan.steps[*id as usize].writes.first().map(|write| write.address.to_string());
        let waiting = match blocked {
            0 => String::new(),
            1 => " One step that follows it was not started.".to_owned(),
            count => format!(" {count} steps that follow it were not started."),
        };
        let detail = format!("{}.{waiting}", sentence(why));
        let code = if outcome.stale { codes::PLAN_STALE } else { codes::APPLY_FAILED };
        let help = if outcome.stale {
            "make a new plan, and review it again"
        } else {
            "the next plan continues from here"
        };
        let found = Diagnostic::global(code, detail).help(help);
        diagnostics.push(found.about(address.unwrap_or_default()));
    }
    let left = outcome.not_started.len() + outcome.unknown.len();
    if left > 0 {
        how.screen.note(&format!(
            "Stopped: {} of {} steps done. The next plan continues from here.",
            outcome.done.len(),
            plan.steps.len()
        ));
    }
    let exit = if outcome.done.is_empty() && left == 0 { Exit::Error } else { Exit::Part };
    how.refuse(&diagnostics, exit)
}
