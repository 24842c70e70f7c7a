//! `drill`: what users would see if something were lost.

use std::path::{Path, PathBuf};

use lifeboat_contract::Depth;

use super::arguments::Drill as Words;
use super::load::{Loaded, load};
use super::plan::detail;
use super::prepare::connect;
use super::{Exit, Screen, Setting, folder};
use crate::desired::{self, Desired};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity, Sources, codes};
use crate::drill::{self, Ask, Drill, LintSeverity, Loss, Together, Verdict};
use crate::intent::Intents;
use crate::live::{self, Live};
use crate::report;
use crate::{graph, image};

pub(super) async fn run(words: &Words, setting: &Setting<'_>, screen: &Screen) -> Exit {
    let mut loaded = load(&words.variables, setting);
    let intents = loaded.intents(setting);
    let drill = compute((&ask(words), words.offline), setting, &mut loaded, &intents).await;
    let Loaded { sources, diagnostics, .. } = loaded;
    screen.diagnostics(&diagnostics, &sources);
    let Some(drill) = drill else { return Exit::Error };
    if words.json {
        screen.line(&to_json(&drill));
    } else if words.lint_only {
        screen.print(&report::drill::findings(&drill));
    } else {
        screen.print(&report::drill::terminal(&drill, detail(words.explain)));
    }
    if let Err(exit) = write(&drill, &words.write, screen) {
        return exit;
    }
    let held = if words.lint_only { clean(&drill) } else { drill.verdict == Verdict::Met };
    if held { Exit::Done } else { Exit::No }
}

/// Everything from intents to verdicts. Findings are kept.
pub(super) async fn compute(
    (ask, offline): (&Ask, bool),
    setting: &Setting<'_>,
    loaded: &mut Loaded,
    intents: &Intents,
) -> Option<Drill> {
    let contents = image::locked(intents, &loaded.lock);
    let (desired, found) = desired::derive(intents, &contents, setting.providers);
    loaded.diagnostics.extend(found);
    if let Some(desired) = &desired {
        loaded.diagnostics.extend(graph::build(desired).1);
    }
    let desired = desired.filter(|_| !loaded.diagnostics.has_errors())?;
    let live = if offline {
        Err("`--offline` was given".to_owned())
    } else {
        read(&desired, intents, setting).await
    };
    let live = live.as_ref().map_err(Clone::clone);
    let (drill, found) = drill::drill(intents, &desired, live.clone(), ask);
    loaded.diagnostics.extend(found);
    Some(drill?.with(drill::lints(intents, &desired, live.ok(), &loaded.sources)))
}

/// What is asked for.
fn ask(words: &Words) -> Ask {
    let outages = words.lose.iter().map(|names| {
        let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
        names.map(ToOwned::to_owned).collect()
    });
    let together = if words.exhaustive { Together::Any } else { Together::UpTo(words.lose_any) };
    let sample = words.sample.map(|clients| (clients, words.seed));
    Ask { outages: outages.collect(), together, sample }
}

/// The world as it is, or why it is not known.
async fn read(desired: &Desired, intents: &Intents, setting: &Setting<'_>) -> Result<Live, String> {
    let mut found = Diagnostics::default();
    let providers = connect(intents, setting, &mut found);
    if let Some(why) = first_error(&found) {
        return Err(why);
    }
    let (live, found) = live::read_deep(desired, &providers, Depth::Plan).await;
    if let Some(why) = first_error(&found) {
        return Err(why);
    }
    let dark = live.dark().find(|(_, dark)| dark.location.is_none());
    let dark = dark.map(|(name, dark)| format!("provider `{name}` did not answer: {}", dark.why));
    dark.map_or(Ok(live), Err)
}

fn first_error(found: &Diagnostics) -> Option<String> {
    let is_error = |found: &&Diagnostic| found.code.severity == Severity::Error;
    found.sorted().into_iter().find(is_error).map(|found| found.detail.clone())
}

pub(super) fn to_json(drill: &Drill) -> String {
    serde_json::to_string_pretty(drill)
        .unwrap_or_else(|why| unreachable!("This is a bug in Lifeboat: {why}"))
}

/// Whether no rule says error.
pub(super) fn clean(drill: &Drill) -> bool {
    drill.lints.iter().all(|lint| lint.severity != LintSeverity::Error)
}

/// Writes reports, each in the form that its name ends in.
pub(super) fn write(drill: &Drill, files: &[PathBuf], screen: &Screen) -> Result<(), Exit> {
    for file in files {
        let written = form(drill, file).and_then(|text| folder::write(file, &text));
        if let Err(found) = written {
            screen.diagnostics(&(*found).into(), &Sources::default());
            return Err(Exit::Error);
        }
    }
    Ok(())
}

fn form(drill: &Drill, file: &Path) -> Result<String, Box<Diagnostic>> {
    let name = file.to_string_lossy();
    let drawn = |draw: fn(&Drill, &Loss) -> String| {
        let nothing = || {
            let detail = format!("`{name}` would show a loss, and no objective is lost anything.");
            Box::new(Diagnostic::global(codes::USAGE, detail).help("declare an `objective`"))
        };
        drill.worst().map(|loss| draw(drill, loss)).ok_or_else(nothing)
    };
    match () {
        () if name.ends_with(".timeline.svg") => drawn(report::drill::timeline_svg),
        () if name.ends_with(".distribution.svg") => drawn(report::drill::distribution_svg),
        () if name.ends_with(".traffic.svg") => drawn(report::drill::traffic_svg),
        () if name.ends_with(".json") => Ok(to_json(drill) + "\n"),
        () if name.ends_with(".md") => Ok(report::drill::markdown(drill)),
        () if name.ends_with(".xml") => Ok(report::drill::junit(drill)),
        () if name.ends_with(".html") => Ok(report::drill::html(drill)),
        () => {
            let detail = format!("`{name}` does not say which form it shall have.");
            let help = "end it in `.json`, `.md`, `.xml`, `.html`, `.timeline.svg`, \
                        `.distribution.svg` or `.traffic.svg`";
            Err(Box::new(Diagnostic::global(codes::USAGE, detail).help(help)))
        }
    }
}
