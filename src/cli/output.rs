//! `output`: values of `output` blocks, computed from the files.

use serde_json::{Map, Value as Json};

use super::arguments::Output as Words;
use super::load::load;
use super::{Exit, Screen, Setting};
use crate::diagnostic::{Diagnostic, Sources, codes, nearest};
use crate::intent::Output;

pub(super) fn run(words: &Words, setting: &Setting<'_>, screen: &Screen) -> Exit {
    let mut loaded = load(&words.variables, setting);
    let intents = loaded.intents(setting);
    if loaded.diagnostics.has_errors() {
        screen.diagnostics(&loaded.diagnostics, &loaded.sources);
        return Exit::Error;
    }
    let Some(name) = &words.name else {
        if words.json {
            let all = intents.outputs.iter().map(|(name, output)| {
                let sensitive = Json::Bool(output.sensitive);
                let value = if output.sensitive { Json::Null } else { output.value.to_json() };
                let entry = [("sensitive".to_owned(), sensitive), ("value".to_owned(), value)];
                (name.clone(), Json::Object(Map::from_iter(entry)))
            });
            screen.line(&format!("{:#}", Json::Object(all.collect())));
        } else {
            for (name, output) in &intents.outputs {
                screen.line(&format!("{name} = {}", shown(output)));
            }
        }
        return Exit::Done;
    };
    let Some(output) = intents.outputs.get(name) else {
        let near = nearest(name, intents.outputs.keys().map(String::as_str));
        let detail = format!("No output is called `{name}`.");
        let help = near.map(|near| format!("did you mean `{near}`?"));
        let found = Diagnostic::global(codes::USAGE, detail).help_if(help);
        screen.diagnostics(&found.into(), &Sources::default());
        return Exit::Error;
    };
    if words.json {
        let value = if output.sensitive { Json::Null } else { output.value.to_json() };
        screen.line(&value.to_string());
    } else if let (true, false, Some(text)) = (words.raw, output.sensitive, output.value.to_text())
    {
        screen.print(&text);
    } else {
        screen.line(&shown(output));
    }
    Exit::Done
}

fn shown(output: &Output) -> String {
    if output.sensitive { "(sensitive)".to_owned() } else { output.value.to_string() }
}
