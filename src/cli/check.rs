//! `check`: everything that a merge has to pass.

use super::arguments::{Check as Words, Planning};
use super::drill::{compute, judged, to_json, write};
use super::load::{Loaded, load};
use super::prepare::{Prepared, Purpose, prepare, tell};
use super::{Exit, Screen, Setting};
use crate::drill::{Ask, Drill};
use crate::report::{self, Detail};

pub(super) async fn run(words: &Words, setting: &Setting<'_>, screen: &Screen) -> Exit {
    let drill = if words.offline {
        let mut loaded = load(&words.planning.variables, setting);
        let intents = loaded.intents(setting);
        let drill = compute((&Ask::default(), true), setting, &mut loaded, &intents).await;
        let Loaded { sources, diagnostics, .. } = loaded;
        screen.diagnostics(&diagnostics, &sources);
        drill.ok_or(Exit::Error)
    } else {
        planned(&words.planning, setting, screen).await
    };
    let drill = match drill {
        Ok(drill) => drill,
        Err(exit) => return exit,
    };
    if words.planning.json {
        screen.line(&to_json(&drill));
    } else {
        screen.print(&report::drill::terminal(&drill, Detail::Short));
    }
    if let Err(exit) = write(&drill, &words.write, screen) {
        return exit;
    }
    judged(&drill.objectives, &drill.lints)
}

/// The drill of a plan, which is shown.
async fn planned(words: &Planning, setting: &Setting<'_>, screen: &Screen) -> Result<Drill, Exit> {
    // What the plan breaks is told by its drill, in whole.
    let words = Planning { allow_violation: true, ..words.clone() };
    let purpose = Purpose { rules: true, ..Purpose::default() };
    let prepared = prepare(&words, &purpose, setting)
        .await
        .map_err(|refused| tell(&refused, screen, words.json, setting))?;
    let Prepared { plan, diagnostics, sources, drill, partial, .. } = prepared;
    screen.diagnostics(&diagnostics, &sources);
    if !words.json {
        screen.print(&report::plan(&plan, Detail::Short));
    }
    match drill {
        Some(drill) if !partial => Ok(drill),
        Some(_) | None => Err(Exit::Part),
    }
}
