//! An apply as it goes: lines for people, and a stream of JSON lines for machines.

use std::time::Duration;

use lifeboat_contract::Transfer;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::apply::Event;
use crate::diagnostic::DiagnosticJson;
use crate::plan::{Counts, Phase, RegionTransfer, Step};

/// The version of the stream.
const UI_VERSION: &str = "1.1";

/// One line of the JSON stream.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(title = "Lifeboat event, one line")]
pub struct Line {
    /// `info`, `warn` or `error`.
    #[serde(rename = "@level")]
    pub level: &'static str,
    /// The same for people.
    #[serde(rename = "@message")]
    pub message: String,
    /// Always `lifeboat`.
    #[serde(rename = "@module")]
    pub module: &'static str,
    /// When, as RFC 3339 in UTC.
    #[serde(rename = "@timestamp")]
    pub timestamp: String,
    #[serde(flatten)]
    pub event: Progress,
}

/// What a line of the stream tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Progress {
    /// The first line.
    Version {
        /// The Lifeboat that runs.
        lifeboat: String,
        /// The version of this stream.
        ui: String,
    },
    /// A finding.
    Diagnostic { diagnostic: DiagnosticJson },
    /// What a plan will do to one resource.
    PlannedChange { change: Hook },
    /// What image copies will move into a region. Since 1.1.
    PlannedTransfer { transfer: RegionTransfer },
    /// What a plan or an apply does, in numbers.
    ChangeSummary { changes: Summary },
    /// A step begins.
    ApplyStart { hook: Hook },
    /// A step takes long, or more of an image was moved.
    ApplyProgress {
        hook: Hook,
        elapsed_seconds: u64,
        /// Of a copy: bytes that were moved. Since 1.1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        moved_bytes: Option<u64>,
        /// Of a copy: all bytes that have to be moved. Since 1.1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        planned_bytes: Option<u64>,
    },
    /// A step is done.
    ApplyComplete { hook: Hook, elapsed_seconds: u64, bytes: u64 },
    /// A step failed.
    ApplyErrored { hook: Hook, error: String },
}

impl Progress {
    /// The first line.
    pub fn version() -> Self {
        Self::Version { lifeboat: env!("CARGO_PKG_VERSION").to_owned(), ui: UI_VERSION.to_owned() }
    }

    /// What it says, for people.
    pub fn message(&self) -> String {
        match self {
            Self::Version { lifeboat, .. } => format!("Lifeboat {lifeboat}"),
            Self::Diagnostic { diagnostic } => diagnostic.summary.clone(),
            Self::PlannedChange { change } => format!("{}: Plan to {}", change.addr, change.action),
            Self::PlannedTransfer { transfer } => super::plan::moved(transfer),
            Self::ChangeSummary { changes } => changes.sentence(),
            Self::ApplyStart { hook } => format!("{}: {} starts", hook.addr, hook.action),
            Self::ApplyProgress { hook, elapsed_seconds, .. } => {
                format!("{}: still under way after {elapsed_seconds}s", hook.addr)
            }
            Self::ApplyComplete { hook, .. } => format!("{}: {} is done", hook.addr, hook.action),
            Self::ApplyErrored { hook, error } => format!("{}: {error}", hook.addr),
        }
    }
}

/// What a line is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hook {
    /// The first resource, and how many more are written with it.
    pub addr: String,
    pub more: usize,
    /// `create`, `update`, `delete`, `replace`, `adopt`, `forget`.
    pub action: String,
}

/// Numbers of a plan or an apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    pub add: usize,
    pub change: usize,
    pub remove: usize,
    pub adopt: usize,
    pub release: usize,
    /// `plan`, `apply` or `destroy`.
    pub operation: Operation,
}

/// What the numbers are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    Plan,
    Apply,
    Destroy,
}

impl Summary {
    pub fn of(counts: Counts, operation: Operation) -> Self {
        Self {
            add: counts.add,
            change: counts.change,
            remove: counts.destroy,
            adopt: counts.adopt,
            release: counts.forget,
            operation,
        }
    }

    /// The summary, in the words that CI tools look for.
    pub fn sentence(&self) -> String {
        let Self { add, change, remove, adopt, release, operation } = *self;
        let also = |count: usize, word: &str| match count {
            0 => String::new(),
            count => format!("{count} {word}, "),
        };
        match operation {
            Operation::Plan => format!(
                "Plan: {}{}{add} to add, {change} to change, {remove} to destroy.",
                also(adopt, "to adopt"),
                also(release, "to release")
            ),
            Operation::Apply => format!(
                "Apply complete! Resources: {}{}{add} added, {change} changed, {remove} destroyed.",
                also(adopt, "adopted"),
                also(release, "released")
            ),
            Operation::Destroy => {
                format!("Destroy complete! Resources: {remove} destroyed.")
            }
        }
    }
}

/// What an event is, for machines.
pub fn progress(event: Event<'_>) -> Progress {
    match event {
        Event::Started { step } => Progress::ApplyStart { hook: hook(step) },
        Event::Moving { step, for_, transfer } | Event::Waiting { step, for_, transfer } => {
            let known = (transfer != Transfer::default()).then_some(transfer);
            Progress::ApplyProgress {
                hook: hook(step),
                elapsed_seconds: for_.as_secs(),
                moved_bytes: known.map(|transfer| transfer.moved),
                planned_bytes: known.map(|transfer| transfer.bytes),
            }
        }
        Event::Done { step, after, bytes } => {
            Progress::ApplyComplete { hook: hook(step), elapsed_seconds: after.as_secs(), bytes }
        }
        Event::Failed { step, why } => {
            Progress::ApplyErrored { hook: hook(step), error: why.to_owned() }
        }
    }
}

/// What an event is, for people.
pub fn line(event: Event<'_>) -> String {
    match event {
        Event::Started { step } => format!("{}: {}...", subject(step), verbs(step).0),
        Event::Moving { step, for_, transfer } | Event::Waiting { step, for_, transfer } => {
            format!(
                "{}: Still {}... [{} elapsed{}]",
                subject(step),
                verbs(step).0.to_lowercase(),
                elapsed(for_),
                share(transfer)
            )
        }
        Event::Done { step, after, bytes: 0 } => {
            format!("{}: {} complete after {}", subject(step), verbs(step).1, elapsed(after))
        }
        Event::Done { step, after, bytes: moved } => format!(
            "{}: {} complete after {}, {} moved",
            subject(step),
            verbs(step).1,
            elapsed(after),
            bytes(moved)
        ),
        Event::Failed { step, why } => {
            format!("{}: {} failed: {why}", subject(step), verbs(step).1)
        }
    }
}

/// How much of a copy is there, where that is known.
fn share(transfer: Transfer) -> String {
    if transfer == Transfer::default() {
        return String::new();
    }
    format!(", {} of {}", bytes(transfer.moved), bytes(transfer.bytes))
}

/// What a step is about, in a few words.
pub fn subject(step: &Step) -> String {
    match &step.writes[..] {
        [] => String::new(),
        [only] => only.address.to_string(),
        [first, rest @ ..] => {
            let zone = first.key.zone().map_or_else(String::new, |zone| format!("{zone}: "));
            format!("{zone}{} and {} more", first.address, rest.len())
        }
    }
}

fn verbs(step: &Step) -> (&'static str, &'static str) {
    match (step.phase, action(step)) {
        (Phase::ImageCopy, "create") => ("Copying", "Copy"),
        (_, "create") => ("Creating", "Creation"),
        (_, "delete") => ("Destroying", "Destruction"),
        (_, _) => ("Modifying", "Modifications"),
    }
}

fn action(step: &Step) -> &'static str {
    let creates = step.writes.iter().all(|write| write.expect.is_none());
    let deletes = step.writes.iter().all(|write| write.then.is_none());
    match (creates, deletes) {
        (true, _) => "create",
        (_, true) => "delete",
        (false, false) => "update",
    }
}

fn hook(step: &Step) -> Hook {
    let addr = step.writes.first().map_or_else(String::new, |write| write.address.to_string());
    let more = step.writes.len().saturating_sub(1);
    Hook { addr, more, action: action(step).to_owned() }
}

fn elapsed(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..=99 => format!("{seconds}s"),
        seconds => format!("{}m{}s", seconds / 60, seconds % 60),
    }
}

/// A number of bytes as people read it.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if count < 1000 {
        return format!("{count} B");
    }
    let (mut rest, mut unit) = (count, 0);
    while rest >= 1_000_000 && unit + 1 < UNITS.len() {
        rest /= 1000;
        unit += 1;
    }
    format!("{}.{} {}", rest / 1000, rest % 1000 / 100, UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_are_shown_with_one_digit_after_the_point() {
        for (count, shown) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (41_234_567, "41.2 MB"),
            (u64::MAX, "18446744.0 TB"),
        ] {
            assert_eq!(bytes(count), shown);
        }
    }
}
