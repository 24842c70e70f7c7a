//! The question before anything is written.

use std::io::{BufRead as _, Read as _};

use super::Screen;
use crate::diagnostic::{Diagnostic, Sources, codes};

/// A stack's name has 32 characters; whoever sends more does not answer.
const ANSWER_BYTES_MAX: u64 = 1024;

/// Asks for one word; anything else is a no.
pub(super) fn confirmed(question: &str, word: &str, screen: &Screen) -> bool {
    screen.print(&format!("\n{question}\n  Only `{word}` is accepted: "));
    let mut answer = String::new();
    let read = std::io::stdin().lock().take(ANSWER_BYTES_MAX).read_line(&mut answer);
    if read.is_ok() && answer.trim() == word {
        screen.line("");
        return true;
    }
    let detail = match answer.trim() {
        "" => "There was no answer.".to_owned(),
        _ => format!("The answer was not `{word}`."),
    };
    let help = "`--auto-approve` skips the question";
    let found = Diagnostic::global(codes::NOT_CONFIRMED, detail).help(help);
    screen.line("");
    screen.diagnostics(&found.into(), &Sources::default());
    false
}
