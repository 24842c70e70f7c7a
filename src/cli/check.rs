//! `check`: everything that a merge has to pass.

use super::arguments::{Check as Words, Planning};
use super::drill::{clean, compute, to_json, write};
use super::load::{Loaded, load};
use super::prepare::{Prepared, Purpose, Rules, prepare, tell};
use super::{Exit, Screen, Setting};
use crate::drill::{Ask, Drill, ObjectiveVerdict, Verdict};
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
    let allowed = |objective: &ObjectiveVerdict| {
        words.planning.allow_violation && objective.before == Some(Verdict::Met)
    };
    let held =
        |objective: &&ObjectiveVerdict| objective.verdict == Verdict::Met || allowed(objective);
    let broken = drill.objectives.iter().filter(|objective| !held(objective)).count();
    let why = match (drill.objectives.is_empty(), broken, clean(&drill)) {
        (true, _, _) => "no objective says what has to hold",
        (false, 0, true) => return Exit::Done,
        (false, 0, false) => "a rule says error: `lifeboat drill --lint-only` tells which",
        (false, _, _) => "an objective does not hold",
    };
    screen.note(&format!("The check fails: {why}."));
    Exit::No
}

/// The drill of a plan, which is shown.
async fn planned(words: &Planning, setting: &Setting<'_>, screen: &Screen) -> Result<Drill, Exit> {
    // What the plan breaks is told by its drill, in whole.
    let words = Planning { allow_violation: true, ..words.clone() };
    let purpose = Purpose { rules: Rules::Asked, ..Purpose::default() };
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
