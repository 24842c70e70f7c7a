//! `console`: evaluate expressions from standard input.

use std::io::{BufRead as _, IsTerminal as _};

use super::arguments::Console as Words;
use super::load::load;
use super::{Exit, Screen, Setting};
use crate::diagnostic::{Diagnostics, codes};
use crate::intent;
use crate::language::parse_expression;

pub(super) fn run(words: &Words, setting: &Setting<'_>, screen: &Screen) -> Exit {
    let mut loaded = load(&words.variables, setting);
    let _intents = loaded.intents(setting);
    // Expressions are worth trying before a configuration is there, and while it has mistakes; but
    // values that were asked for are not ignored.
    let about_values = [
        codes::FILE_UNREADABLE,
        codes::USAGE,
        codes::MISSING_VARIABLE,
        codes::UNKNOWN_VARIABLE,
        codes::INVALID_VARIABLE,
    ];
    let mut found = Diagnostics::default();
    for diagnostic in loaded.diagnostics.sorted() {
        if about_values.contains(&diagnostic.code) {
            found.push(diagnostic.clone());
        }
    }
    if found.has_errors() {
        screen.diagnostics(&found, &loaded.sources);
        return Exit::Error;
    }
    let input = std::io::stdin();
    let prompt = if input.is_terminal() && screen.terminal { "> " } else { "" };
    let mut exit = Exit::Done;
    screen.print(prompt);
    for line in input.lock().lines() {
        let Ok(line) = line else { break };
        if !line.trim().is_empty() {
            exit = one(&line, &mut loaded, setting, screen);
        }
        screen.print(prompt);
    }
    exit
}

fn one(
    line: &str,
    loaded: &mut super::load::Loaded,
    setting: &Setting<'_>,
    screen: &Screen,
) -> Exit {
    let file = loaded.sources.add("console", line);
    let value = parse_expression(&loaded.sources, file).and_then(|expression| {
        loaded.with_inputs(setting, |document, inputs| {
            intent::evaluate_in(document, inputs, &expression)
        })
    });
    match value {
        Ok(value) => {
            screen.line(&value.to_string());
            Exit::Done
        }
        Err(fault) => {
            screen.diagnostics(&fault.into(), &loaded.sources);
            Exit::Error
        }
    }
}
