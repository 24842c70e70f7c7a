//! What an apply did: one line of JSON for each beginning and each end of a step.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan::{Plan, Step};

/// The version written; journals of the same major version are read.
pub const FORMAT_VERSION: &str = "1.0";

/// Keeps what an apply did.
pub trait Journal: Send {
    /// Before a step's first call.
    fn begin(&mut self, step: &Step) -> Result<(), JournalError>;
    /// After a step's last call: bytes moved, or why it failed.
    fn finish(&mut self, step: &Step, result: Result<u64, &str>) -> Result<(), JournalError>;
    /// After the last step.
    fn end(&mut self, complete: bool) -> Result<(), JournalError>;
}

/// A journal that could not be written. Nothing is done that is not in the journal.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the journal `{path}`")]
pub struct JournalError {
    path: PathBuf,
    source: std::io::Error,
}

/// A line of a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "entry", rename_all = "snake_case")]
#[schemars(title = "Lifeboat journal, one line")]
pub enum Entry {
    /// The first line.
    Apply {
        /// The version of this form.
        format_version: String,
        /// The Lifeboat that applied.
        lifeboat_version: String,
        /// The stack.
        stack: String,
        /// How many steps the plan has.
        steps: usize,
    },
    /// A step's first call follows.
    Begin {
        /// The step.
        step: u32,
        /// What it writes.
        addresses: Vec<String>,
    },
    /// A step is done.
    Done {
        /// The step.
        step: u32,
        /// Bytes of image content moved.
        bytes: u64,
    },
    /// A step failed.
    Failed {
        /// The step.
        step: u32,
        /// Why.
        why: String,
    },
    /// The last line.
    End {
        /// Whether every step is done.
        complete: bool,
    },
}

/// A journal in a file, each line on disk before the next call.
#[derive(Debug)]
pub struct FileJournal {
    path: PathBuf,
    file: File,
}

impl FileJournal {
    /// Starts a journal in a folder, beside earlier ones.
    pub fn start(folder: &Path, plan: &Plan) -> Result<Self, JournalError> {
        let error = |source| JournalError { path: folder.to_owned(), source };
        std::fs::create_dir_all(folder).map_err(error)?;
        let taken = std::fs::read_dir(folder).map_err(error)?.count();
        let mut number = taken + 1;
        let (path, file) = loop {
            let path = folder.join(format!("{number:06}.jsonl"));
            match File::create_new(&path) {
                Ok(file) => break (path, file),
                Err(why) if why.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
                Err(source) => return Err(JournalError { path, source }),
            }
        };
        let mut journal = Self { path, file };
        journal.line(&Entry::Apply {
            format_version: FORMAT_VERSION.to_owned(),
            lifeboat_version: env!("CARGO_PKG_VERSION").to_owned(),
            stack: plan.stack.to_string(),
            steps: plan.steps.len(),
        })?;
        Ok(journal)
    }

    fn line(&mut self, entry: &Entry) -> Result<(), JournalError> {
        let text = serde_json::to_string(entry);
        let text = text.unwrap_or_else(|why| unreachable!("This is a bug in Lifeboat: {why}"));
        let written = writeln!(self.file, "{text}").and_then(|()| self.file.sync_data());
        written.map_err(|source| JournalError { path: self.path.clone(), source })
    }
}

fn begin(step: &Step) -> Entry {
    let addresses = step.writes.iter().map(|write| write.address.to_string()).collect();
    Entry::Begin { step: step.id, addresses }
}

fn finish(step: &Step, result: Result<u64, &str>) -> Entry {
    match result {
        Ok(bytes) => Entry::Done { step: step.id, bytes },
        Err(why) => Entry::Failed { step: step.id, why: why.to_owned() },
    }
}

impl Journal for FileJournal {
    fn begin(&mut self, step: &Step) -> Result<(), JournalError> {
        self.line(&begin(step))
    }

    fn finish(&mut self, step: &Step, result: Result<u64, &str>) -> Result<(), JournalError> {
        self.line(&finish(step, result))
    }

    fn end(&mut self, complete: bool) -> Result<(), JournalError> {
        self.line(&Entry::End { complete })
    }
}

/// A journal in memory, for simulations.
#[derive(Debug, Default)]
pub struct Memory {
    pub entries: Vec<Entry>,
}

impl Journal for Memory {
    fn begin(&mut self, step: &Step) -> Result<(), JournalError> {
        self.entries.push(begin(step));
        Ok(())
    }

    fn finish(&mut self, step: &Step, result: Result<u64, &str>) -> Result<(), JournalError> {
        self.entries.push(finish(step, result));
        Ok(())
    }

    fn end(&mut self, complete: bool) -> Result<(), JournalError> {
        self.entries.push(Entry::End { complete });
        Ok(())
    }
}

/// Reads a journal's text. A last line that was cut off, as by a crash, is left out.
pub fn read(text: &str) -> Result<Vec<Entry>, serde_json::Error> {
    let mut entries = Vec::new();
    let lines: Vec<&str> = text.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        match serde_json::from_str(line) {
            Ok(entry) => entries.push(entry),
            Err(_) if at + 1 == lines.len() && !text.ends_with('\n') => {}
            Err(why) => return Err(why),
        }
    }
    Ok(entries)
}
