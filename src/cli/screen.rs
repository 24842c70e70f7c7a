//! Where text goes: colours are stripped where they do not belong, and a closed pipe ends quietly.

use std::io::Write as _;

use crate::diagnostic::{self, Diagnostics, Sources};

/// Standard output and standard error.
pub(super) struct Screen {
    pub(super) terminal: bool,
}

#[expect(clippy::unused_self, reason = "what prints takes the screen, and so says that it prints")]
impl Screen {
    pub(super) fn new(terminal: bool) -> Self {
        Self { terminal }
    }

    /// Prints what was asked for.
    pub(super) fn print(&self, text: &str) {
        // Nobody reads on: the work itself goes on, as its effects are not on the screen.
        let mut out = anstream::stdout();
        let _closed = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }

    pub(super) fn line(&self, text: &str) {
        self.print(&format!("{text}\n"));
    }

    /// Prints what is beside what was asked for.
    pub(super) fn note(&self, text: &str) {
        let _closed = anstream::stderr().write_all(format!("{text}\n").as_bytes());
    }

    pub(super) fn error(&self, text: &str) {
        self.note(&format!("\x1b[1;31merror\x1b[0m: {text}"));
    }

    pub(super) fn diagnostics(&self, diagnostics: &Diagnostics, sources: &Sources) {
        let text = diagnostic::text(diagnostics, sources, true);
        let _closed = anstream::stderr().write_all(text.as_bytes());
    }
}
