//! `validate`: everything that can be checked without reading the world.

use super::arguments::Validate as Words;
use super::load::load;
use super::{Exit, Screen, Setting};
use crate::diagnostic::Severity;
use crate::{desired, graph, image, report};

pub(super) fn run(words: &Words, setting: &Setting<'_>, screen: &Screen) -> Exit {
    let mut loaded = load(&words.variables, setting);
    let intents = loaded.intents(setting);
    let contents = image::locked(&intents, &loaded.lock);
    let (desired, found) = desired::derive(&intents, &contents, setting.providers);
    loaded.diagnostics.extend(found);
    if let Some(desired) = &desired {
        let (_, found) = graph::build(desired);
        loaded.diagnostics.extend(found);
    }
    let (diagnostics, sources) = (&loaded.diagnostics, &loaded.sources);
    let valid = !diagnostics.has_errors();
    if words.json {
        let validation = report::validation(diagnostics, sources);
        match serde_json::to_string_pretty(&validation) {
            Ok(text) => screen.line(&text),
            Err(why) => unreachable!("This is a bug in Lifeboat: {why}"),
        }
    } else {
        screen.diagnostics(diagnostics, sources);
        match (valid, diagnostics.count(Severity::Warning)) {
            (true, 0) => screen.line("The configuration is valid."),
            (true, warnings) => {
                let s = if warnings == 1 { "" } else { "s" };
                screen.line(&format!("The configuration is valid, with {warnings} warning{s}."));
            }
            (false, _) => {
                let errors = diagnostics.count(Severity::Error);
                let s = if errors == 1 { "" } else { "s" };
                screen.note(&format!("The configuration has {errors} error{s}."));
            }
        }
    }
    if valid { Exit::Done } else { Exit::Error }
}
