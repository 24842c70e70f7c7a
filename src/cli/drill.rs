//! `drill`: what users would see if something were lost.

use lifeboat_contract::Depth;

use super::arguments::Drill as Words;
use super::load::{Loaded, load};
use super::prepare::connect;
use super::{Exit, Screen, Setting};
use crate::desired::{self, Desired};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::drill::{self, Ask, Drill, Together, Verdict};
use crate::intent::Intents;
use crate::live::{self, Live};
use crate::{graph, image};

pub(super) async fn run(words: &Words, setting: &Setting<'_>, screen: &Screen) -> Exit {
    let mut loaded = load(&words.variables, setting);
    let intents = loaded.intents(setting);
    let contents = image::locked(&intents, &loaded.lock);
    let (desired, found) = desired::derive(&intents, &contents, setting.providers);
    loaded.diagnostics.extend(found);
    if let Some(desired) = &desired {
        loaded.diagnostics.extend(graph::build(desired).1);
    }
    let drill = match desired.filter(|_| !loaded.diagnostics.has_errors()) {
        None => None,
        Some(desired) => {
            let live = if words.offline {
                Err("`--offline` was given".to_owned())
            } else {
                read(&desired, &intents, setting).await
            };
            let (drill, found) =
                drill::drill(&intents, &desired, live.as_ref().map_err(Clone::clone), &ask(words));
            loaded.diagnostics.extend(found);
            drill
        }
    };
    let Loaded { sources, diagnostics, .. } = loaded;
    screen.diagnostics(&diagnostics, &sources);
    let Some(drill) = drill else { return Exit::Error };
    print_json(&drill, screen);
    exit(&drill)
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

fn print_json(drill: &Drill, screen: &Screen) {
    match serde_json::to_string_pretty(drill) {
        Ok(text) => screen.line(&text),
        Err(why) => unreachable!("This is a bug in Lifeboat: {why}"),
    }
}

fn exit(drill: &Drill) -> Exit {
    let held = drill.objectives.iter().all(|objective| objective.verdict == Verdict::Met);
    if held { Exit::Done } else { Exit::No }
}
