//! From the folder to intents.

use std::path::Path;

use super::arguments::Variables;
use super::{Setting, folder};
use crate::diagnostic::{Diagnostic, Diagnostics, FileId, Sources, Span, codes};
use crate::drill;
use crate::intent::{self, Given, Inputs, Intents, Origin};
use crate::language::{self, Document};
use crate::lock::{self, Lock};

/// The prefix of environment variables that give values.
const VARIABLE_PREFIX: &str = "LIFEBOAT_VAR_";

/// What the folder's files say.
pub(super) struct Loaded {
    pub(super) sources: Sources,
    pub(super) document: Document,
    pub(super) variable_files: Document,
    pub(super) given: Vec<Given>,
    pub(super) lock: Lock,
    pub(super) diagnostics: Diagnostics,
}

/// Reads the current folder.
pub(super) fn load(words: &Variables, setting: &Setting<'_>) -> Loaded {
    let mut diagnostics = Diagnostics::default();
    let mut sources = Sources::default();
    let found = folder::find(&mut diagnostics);
    for path in &found.configuration {
        folder::add(path, &mut sources, &mut diagnostics);
    }
    let own = sources.ids().count();
    for path in found.variables.iter().chain(&words.files) {
        folder::add(path, &mut sources, &mut diagnostics);
    }
    let (document, parsed) = language::parse(&sources);
    diagnostics.extend(parsed);
    let (document, variable_files) = part(document, sources.ids().nth(own));
    let given = given(words, setting, &mut diagnostics);
    let lock = read_lock(&mut diagnostics);
    Loaded { sources, document, variable_files, given, lock, diagnostics }
}

/// What the configuration says, and what the variable files behind it say.
fn part(document: Document, first: Option<FileId>) -> (Document, Document) {
    let own = |span: Span| first.is_none_or(|first| span.file < first);
    let (blocks, variable_blocks) = document.blocks.into_iter().partition(|b| own(b.span));
    let (attributes, variables) = document.attributes.into_iter().partition(|a| own(a.name.span));
    (Document { blocks, attributes }, Document { blocks: variable_blocks, attributes: variables })
}

fn given(words: &Variables, setting: &Setting<'_>, diagnostics: &mut Diagnostics) -> Vec<Given> {
    let from_environment = setting.environment.iter().filter_map(|(name, text)| {
        let name = name.strip_prefix(VARIABLE_PREFIX)?.to_owned();
        Some(Given { name, text: text.clone(), origin: Origin::Environment })
    });
    let mut given: Vec<Given> = from_environment.collect();
    for name in setting.unreadable.iter().filter(|name| name.starts_with(VARIABLE_PREFIX)) {
        let detail = format!("The value of `{name}` in the environment is not UTF-8.");
        diagnostics.push(Diagnostic::global(codes::INVALID_VARIABLE, detail));
    }
    for word in &words.values {
        match word.split_once('=') {
            Some((name, text)) => given.push(Given {
                name: name.trim().to_owned(),
                text: text.to_owned(),
                origin: Origin::CommandLine,
            }),
            None => {
                let detail = format!("`--var {word}` has no `=`.");
                let help = "write `--var NAME=VALUE`";
                diagnostics.push(Diagnostic::global(codes::USAGE, detail).help(help));
            }
        }
    }
    given
}

fn read_lock(diagnostics: &mut Diagnostics) -> Lock {
    let path = Path::new(lock::FILE);
    // A link that leads nowhere is no missing lock: somebody put it there.
    if path.symlink_metadata().is_err_and(|why| why.kind() == std::io::ErrorKind::NotFound) {
        return Lock::default();
    }
    let text = folder::read(path).map_err(|why| {
        let detail = format!("`{}` cannot be read: {why}.", lock::FILE);
        Box::new(Diagnostic::global(codes::LOCK_INVALID, detail))
    });
    diagnostics.take(text.and_then(|text| lock::read(&text))).unwrap_or_default()
}

impl Loaded {
    /// Calls `with` with what expressions can see.
    pub(super) fn with_inputs<T>(
        &self,
        setting: &Setting<'_>,
        with: impl FnOnce(&Document, &Inputs<'_>) -> T,
    ) -> T {
        let inputs = Inputs {
            given: self.given.clone(),
            variable_files: &self.variable_files,
            environment: &setting.environment,
            files: &folder::read_below,
            providers: setting.providers,
        };
        with(&self.document, &inputs)
    }

    /// What the author wants; findings are kept.
    pub(super) fn intents(&mut self, setting: &Setting<'_>) -> Intents {
        let (intents, found) = self.with_inputs(setting, intent::read);
        // A block that cannot be parsed is not missing.
        let parsed = !self.diagnostics.has_errors();
        if parsed && !self.document.blocks.iter().any(|block| &*block.kind.text == "lifeboat") {
            let detail = "No `lifeboat` block names the stack that this configuration is.";
            let help = "write `lifeboat { stack = \"...\" }`";
            self.diagnostics.push(Diagnostic::global(codes::MISSING_BLOCK, detail).help(help));
        }
        self.diagnostics.extend(found);
        self.diagnostics.extend(drill::unknown_rules(&intents.policy));
        intents
    }
}
