//! `plan`: show what would change.

use std::path::Path;

use super::arguments::Plan as Words;
use super::prepare::{Prepared, Purpose, prepare, tell};
use super::{Exit, Screen, Setting, folder};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity, Sources, codes, to_json};
use crate::plan::{self, Plan, WireAction};
use crate::report::{self, Detail, Hook, Line, Operation, Progress, Summary};

pub(super) async fn run(words: &Words, setting: &Setting<'_>, screen: &Screen) -> Exit {
    let json = words.planning.json;
    let purpose = Purpose {
        destroy: words.destroy,
        list_unchanged: words.out.is_some(),
        ..Purpose::default()
    };
    let prepared = match prepare(&words.planning, &purpose, setting).await {
        Ok(prepared) => prepared,
        Err(refused) => return tell(&refused, screen, json, setting),
    };
    show(&prepared, detail(words.planning.verbose), json, screen, setting);
    if let Some(out) = &words.out
        && let Err(exit) = write_out(out, &prepared.plan, json, screen)
    {
        return exit;
    }
    match (prepared.partial, words.detailed_exitcode && !prepared.plan.is_empty()) {
        (true, _) => Exit::Part,
        (false, true) => Exit::Changes,
        (false, false) => Exit::Done,
    }
}

/// Writes a plan file.
pub(super) fn write_out(out: &Path, plan: &Plan, json: bool, screen: &Screen) -> Result<(), Exit> {
    let refuse = |found: Diagnostic| {
        screen.diagnostics(&found.into(), &Sources::default());
        Exit::Error
    };
    if out.as_os_str() == "-" {
        let detail = "A plan is written to a file.";
        let help = "`lifeboat show --json FILE` prints one";
        return Err(refuse(Diagnostic::global(codes::USAGE, detail).help(help)));
    }
    folder::write(out, &plan::write(plan)).map_err(|found| refuse(*found))?;
    if !json {
        let shown = out.display();
        screen.line(&format!("Written to {shown}. Apply it with `lifeboat apply {shown}`."));
    }
    Ok(())
}

pub(super) fn detail(verbose: bool) -> Detail {
    if verbose { Detail::Full } else { Detail::Short }
}

/// Shows a plan and what there is to say of it.
pub(super) fn show(
    prepared: &Prepared,
    detail: Detail,
    json: bool,
    screen: &Screen,
    setting: &Setting<'_>,
) {
    let Prepared { plan, diagnostics, sources, .. } = prepared;
    if json {
        return stream_plan(Some(plan), diagnostics, sources, setting, screen);
    }
    screen.diagnostics(diagnostics, sources);
    screen.print(&report::plan(plan, detail));
}

/// The stream of a plan, or of why there is none.
pub(super) fn stream_plan(
    plan: Option<&Plan>,
    diagnostics: &Diagnostics,
    sources: &Sources,
    setting: &Setting<'_>,
    screen: &Screen,
) {
    stream(Progress::version(), "info", setting, screen);
    stream_diagnostics_at(diagnostics, sources, setting, screen);
    let Some(plan) = plan else { return };
    for (hook, message) in planned(plan) {
        stream_line(Progress::PlannedChange { change: hook }, "info", message, setting, screen);
    }
    for transfer in &plan.transfers {
        stream(Progress::PlannedTransfer { transfer: transfer.clone() }, "info", setting, screen);
    }
    let changes = Summary::of(plan.counts(), Operation::Plan);
    stream(Progress::ChangeSummary { changes }, "info", setting, screen);
}

fn planned(plan: &Plan) -> Vec<(Hook, String)> {
    let written = plan.resource_changes.iter().filter_map(|change| {
        let action = match change.change.actions[..] {
            [WireAction::Create] => "create",
            [WireAction::Update] => "update",
            [WireAction::Delete] => "delete",
            [WireAction::Create, WireAction::Delete] => "replace",
            [WireAction::Adopt] => "adopt",
            [WireAction::Forget] => "forget",
            _ => return None,
        };
        let addr = change.address.to_string();
        let message = format!("{addr}: Plan to {action}");
        Some((Hook { addr, more: 0, action: action.to_owned() }, message))
    });
    written.collect()
}

/// One line of the stream.
pub(super) fn stream(event: Progress, level: &'static str, setting: &Setting<'_>, screen: &Screen) {
    let message = event.message();
    stream_line(event, level, message, setting, screen);
}

pub(super) fn stream_line(
    event: Progress,
    level: &'static str,
    message: String,
    setting: &Setting<'_>,
    screen: &Screen,
) {
    let timestamp = humantime::format_rfc3339_millis((setting.now)()).to_string();
    let line = Line { level, message, module: "lifeboat", timestamp, event };
    match serde_json::to_string(&line) {
        Ok(text) => screen.line(&text),
        Err(why) => unreachable!("This is a bug in Lifeboat: {why}"),
    }
}

/// Findings as lines of the stream.
pub(super) fn stream_diagnostics_at(
    diagnostics: &Diagnostics,
    sources: &Sources,
    setting: &Setting<'_>,
    screen: &Screen,
) {
    for (found, json) in diagnostics.sorted().into_iter().zip(to_json(diagnostics, sources)) {
        let level = match found.code.severity {
            Severity::Error => "error",
            Severity::Warning => "warn",
        };
        let message = format!("{}: {}", found.code.summary, found.detail);
        stream_line(Progress::Diagnostic { diagnostic: json }, level, message, setting, screen);
    }
}
