//! `graph`: which resource needs which.

use super::arguments::{Form, Graph as Words};
use super::load::load;
use super::{Exit, Screen, Setting};
use crate::{desired, graph, image, report};

pub(super) fn run(words: &Words, setting: &Setting<'_>, screen: &Screen) -> Exit {
    let mut loaded = load(&words.variables, setting);
    let intents = loaded.intents(setting);
    let contents = image::locked(&intents, &loaded.lock);
    let (desired, found) = desired::derive(&intents, &contents, setting.providers);
    loaded.diagnostics.extend(found);
    let drawn = desired.map(|desired| {
        let (graph, found) = graph::build(&desired);
        loaded.diagnostics.extend(found);
        graph
    });
    screen.diagnostics(&loaded.diagnostics, &loaded.sources);
    let Some(graph) = drawn.filter(|_| !loaded.diagnostics.has_errors()) else {
        return Exit::Error;
    };
    let text = match words.format {
        Form::Dot => report::dot(&graph),
        Form::Mermaid => report::mermaid(&graph),
        Form::Json => match serde_json::to_string_pretty(&report::graph_json(&graph)) {
            Ok(text) => text + "\n",
            Err(why) => unreachable!("This is a bug in Lifeboat: {why}"),
        },
    };
    screen.print(&text);
    Exit::Done
}
