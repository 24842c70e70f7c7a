//! `explain`, `completions` and `man`: what the tool says of itself.

use clap::CommandFactory as _;

use super::arguments::{Arguments, Completions, Explain, Man};
use super::{Exit, Screen};
use crate::diagnostic::{self, ALL, Diagnostic, Sources, codes, nearest};

pub(super) fn run(words: &Explain, screen: &Screen) -> Exit {
    let Some(code) = diagnostic::find(&words.code) else {
        let near = nearest(&words.code, ALL.iter().map(|code| code.id));
        let detail = format!("There is no code `{}`.", words.code);
        let help = near.map(|near| format!("did you mean `{near}`?"));
        let found = Diagnostic::global(codes::USAGE, detail).help_if(help);
        screen.diagnostics(&found.into(), &Sources::default());
        return Exit::Error;
    };
    screen.line(&format!("{}: {}\n\n{}", code.id, code.summary, code.explanation));
    Exit::Done
}

pub(super) fn completions(words: &Completions, screen: &Screen) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(words.shell, &mut Arguments::command(), "lifeboat", &mut script);
    screen.print(&String::from_utf8_lossy(&script));
    Exit::Done
}

pub(super) fn man(words: &Man, screen: &Screen) -> Exit {
    let written = std::fs::create_dir_all(&words.into)
        .and_then(|()| clap_mangen::generate_to(Arguments::command(), &words.into));
    match written {
        Ok(()) => Exit::Done,
        Err(why) => {
            let detail = format!("`{}` cannot be written: {why}.", words.into.display());
            let found = Diagnostic::global(codes::FILE_UNWRITABLE, detail);
            screen.diagnostics(&found.into(), &Sources::default());
            Exit::Error
        }
    }
}
