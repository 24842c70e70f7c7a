//! `show`: a plan file, as people or machines read it.

use super::arguments::Show as Words;
use super::plan::detail;
use super::{Exit, Screen, apply};
use crate::diagnostic::Sources;
use crate::{plan, report};

pub(super) fn run(words: &Words, screen: &Screen) -> Exit {
    match apply::read(&words.file) {
        Ok(plan) if words.json => screen.print(&plan::write(&plan)),
        Ok(plan) => screen.print(&report::plan(&plan, detail(words.verbose))),
        Err(found) => {
            screen.diagnostics(&found.into(), &Sources::default());
            return Exit::Error;
        }
    }
    Exit::Done
}
