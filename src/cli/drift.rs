//! `drift`: what moved in the world since the last apply.

use lifeboat_contract::Depth;

use super::arguments::Drift as Words;
use super::load::{Loaded, load};
use super::prepare::Purpose;
use super::survey::{Stop, Survey, survey};
use super::{Exit, Screen, Setting};
use crate::report::{self, DriftJson};
use crate::{diff, plan};

pub(super) async fn run(words: &Words, setting: &Setting<'_>, screen: &Screen) -> Exit {
    let mut loaded = load(&words.variables, setting);
    let intents = loaded.intents(setting);
    let purpose = Purpose { depth: Depth::Marks, ..Purpose::default() };
    let result = survey(&words.lost, &purpose, setting, &mut loaded, &intents).await;
    let Loaded { sources, diagnostics, .. } = loaded;
    let (document, exit) = match result {
        Err(Stop { exit, plan: _ }) => (report::drift(None, false, &diagnostics, &sources), exit),
        Ok(survey) => {
            let partial = survey.is_partial();
            let Survey { desired, live, .. } = &survey;
            let drift = diff::drift(desired, live);
            let exit = match (partial, drift.list.is_empty()) {
                (true, _) => Exit::Part,
                (false, false) => Exit::Changes,
                (false, true) => Exit::Done,
            };
            let found = Some((&desired.stack, &drift, plan::regions(desired, live)));
            let complete = live.dark().next().is_none();
            (report::drift(found, complete, &diagnostics, &sources), exit)
        }
    };
    if words.json {
        print_json(&document, screen);
        return exit;
    }
    screen.diagnostics(&diagnostics, &sources);
    if exit != Exit::Error {
        screen.print(&report::drift_text(&document));
    }
    exit
}

fn print_json(document: &DriftJson, screen: &Screen) {
    match serde_json::to_string_pretty(document) {
        Ok(text) => screen.line(&text),
        Err(why) => unreachable!("This is a bug in Lifeboat: {why}"),
    }
}
