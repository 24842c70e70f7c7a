//! How images stand, as people and machines read it.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bytes;
use super::palette::{ADD, BOLD, CHANGE, DIM, PLAIN, REMOVE, paint};
use crate::image::dockerfile::Stage;
use crate::image::{How, Inputs, Presence, Reason, State, Status};

/// How images stand, as machines read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Lifeboat image status")]
pub struct ImageStatus {
    /// The version of this form.
    pub format_version: String,
    /// Every image that was asked for, sorted by address.
    pub images: Vec<ImageJson>,
}

/// How one image stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImageJson {
    /// The image's address.
    pub address: String,
    /// The locked digest.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub digest: Option<String>,
    /// `here`, `missing`, `unlocked`, or `elsewhere` for a registry that was not asked.
    pub content: String,
    /// Where the content is looked for.
    pub place: String,
    /// Why the content is missing.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub missing: Option<String>,
    /// `same`, `changed`, `unbuilt`, `unknown`, or `taken` for an image that is not built here.
    pub inputs: String,
    /// What built it, with its version.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub builder: Option<String>,
    /// Whether `image build` would build it.
    pub must_be_built: bool,
    /// What has changed since it was built.
    pub reasons: Vec<ReasonJson>,
    /// What its inputs cannot tell.
    pub unknown: Vec<String>,
}

/// Something that has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReasonJson {
    /// `dockerfile`, `target`, `platforms`, `instruction`, `argument`, `base`, `file` or `other`.
    pub kind: String,
    /// The file, argument or base.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// The line in the Dockerfile.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<u32>,
    /// `added`, `changed` or `removed`.
    pub change: String,
    /// The same in words.
    pub message: String,
}

/// How images stand, as machines read it.
pub fn image_status(all: &[Status]) -> ImageStatus {
    let images = all.iter().map(image_json).collect();
    ImageStatus { format_version: "1.0".to_owned(), images }
}

fn image_json(status: &Status) -> ImageJson {
    let (content, missing) = match &status.content {
        Presence::Here => ("here", None),
        Presence::Unlocked => ("unlocked", None),
        Presence::Elsewhere => ("elsewhere", None),
        Presence::Missing { why } => ("missing", Some(why.clone())),
    };
    let (inputs, reasons) = match &status.inputs {
        State::Taken => ("taken", Vec::new()),
        State::Unbuilt(_) => ("unbuilt", Vec::new()),
        State::Same(_) => ("same", Vec::new()),
        State::Changed(_, reasons) => ("changed", reasons.iter().map(reason_json).collect()),
        State::Unknown => ("unknown", Vec::new()),
    };
    let locked = status.locked.as_ref();
    ImageJson {
        address: status.address.to_string(),
        digest: locked.map(|locked| locked.digest.as_str().to_owned()),
        content: content.to_owned(),
        place: status.place.clone(),
        missing,
        inputs: inputs.to_owned(),
        builder: locked.and_then(|locked| Some(locked.build.as_ref()?.builder.clone())),
        must_be_built: status.must_be_built(),
        reasons,
        unknown: unknown(status),
    }
}

fn reason_json(reason: &Reason) -> ReasonJson {
    let (kind, name, line, how) = match reason {
        Reason::Dockerfile { from } => ("dockerfile", Some(from), None, How::Changed),
        Reason::Target { .. } => ("target", None, None, How::Changed),
        Reason::Platforms { .. } => ("platforms", None, None, How::Changed),
        Reason::Instruction { path, line, how, .. } => {
            ("instruction", Some(path), Some(*line), *how)
        }
        Reason::Removed { path, line, .. } => {
            ("instruction", Some(path), Some(*line), How::Removed)
        }
        Reason::Argument { name, how } => ("argument", Some(name), None, *how),
        Reason::Base { reference, how } => ("base", Some(reference), None, *how),
        Reason::File { path, how } => ("file", Some(path), None, *how),
        Reason::Other => ("other", None, None, How::Changed),
    };
    let change = match how {
        How::Added => "added",
        How::Changed => "changed",
        How::Removed => "removed",
    };
    let (name, message) = (name.cloned(), reason.to_string());
    ReasonJson { kind: kind.to_owned(), name, line, change: change.to_owned(), message }
}

fn inputs_of(status: &Status) -> Option<&Inputs> {
    match &status.inputs {
        State::Unbuilt(inputs) | State::Same(inputs) | State::Changed(inputs, _) => Some(inputs),
        State::Taken | State::Unknown => None,
    }
}

/// What the inputs cannot tell.
fn unknown(status: &Status) -> Vec<String> {
    let Some(inputs) = inputs_of(status) else { return Vec::new() };
    let built = status.locked.as_ref().and_then(|locked| locked.build.as_ref());
    let bases = inputs.bases(built);
    let bases = bases.iter().filter(|(_, digest)| digest.is_empty());
    let bases = bases.map(|(reference, _)| format!("base {reference} has no digest in the lock"));
    let remote = |(_, stage): (usize, &Stage)| -> Vec<String> {
        let remote = stage.remote.iter();
        remote.map(|take| format!("{} is fetched by the build", take.pattern)).collect()
    };
    bases.chain(inputs.stages.reached().flat_map(remote)).collect()
}

/// One line for each image.
pub fn images(all: &[Status]) -> String {
    let width = all.iter().map(|status| status.address.as_str().len()).max().unwrap_or(0);
    let mut out = String::new();
    for status in all {
        let digest = status.locked.as_ref().map_or_else(
            || format!("{:21}", "not locked"),
            |locked| format!("sha256:{}..", &locked.digest.hex()[..12]),
        );
        let content = match &status.content {
            Presence::Here => paint(ADD, "content here      "),
            Presence::Missing { .. } => paint(REMOVE, "content missing   "),
            Presence::Elsewhere => "in a registry     ".to_owned(),
            Presence::Unlocked => paint(DIM, "no content yet    "),
        };
        let inputs = match &status.inputs {
            State::Taken => paint(DIM, "not built here"),
            State::Unbuilt(_) => paint(CHANGE, "never built"),
            State::Same(_) => paint(ADD, "inputs unchanged"),
            State::Changed(_, reasons) => paint(CHANGE, &changed(reasons)),
            State::Unknown => paint(REMOVE, "inputs cannot be read"),
        };
        let address = status.address.as_str();
        let _infallible = writeln!(out, "{address:width$}   {digest}   {content}{inputs}");
    }
    out
}

fn changed(reasons: &[Reason]) -> String {
    match reasons {
        [one] => format!("inputs changed: {one}"),
        [one, rest @ ..] => format!("inputs changed: {one}, and {} more", rest.len()),
        [] => "inputs changed".to_owned(),
    }
}

/// Why an image must be built, or why not.
pub fn explanation(status: &Status) -> String {
    let mut out = String::new();
    let address = paint(BOLD, status.address.as_str());
    let built = status.locked.as_ref().and_then(|locked| locked.build.as_ref());
    let builder = built.map_or("", |built| built.builder.as_str());
    let said = match (&status.inputs, &status.content) {
        (State::Taken, _) => format!("is not built here: it is taken from {}", status.place),
        (State::Unbuilt(_), _) => "must be built: it never was".to_owned(),
        (State::Unknown, _) => "has inputs that cannot be read".to_owned(),
        (State::Changed(..), _) => {
            "must be built, for what it was built from has changed:".to_owned()
        }
        (State::Same(_), Presence::Missing { .. }) => {
            "must be built: nothing has changed, and its content is missing".to_owned()
        }
        (State::Same(_), Presence::Here | Presence::Unlocked | Presence::Elsewhere) => {
            format!("need not be built: nothing has changed since {builder} built it")
        }
    };
    let _infallible = writeln!(out, "{address} {said}");
    if let State::Changed(_, reasons) = &status.inputs {
        for reason in reasons {
            let _infallible = writeln!(out, "  {CHANGE}~{PLAIN} {reason}");
        }
    }
    if let Presence::Missing { why } = &status.content {
        let _infallible = writeln!(out, "  {REMOVE}-{PLAIN} {why}");
    }
    for unknown in unknown(status) {
        let _infallible = writeln!(out, "  {DIM}? {unknown}{PLAIN}");
    }
    if let Some(inputs) = inputs_of(status) {
        let reached: Vec<String> =
            inputs.stages.reached().map(|(at, stage)| name(at, stage)).collect();
        let parts = [
            counted(inputs.instructions.len(), "instruction"),
            counted(inputs.files.len(), "file"),
            counted(inputs.args.len(), "argument"),
        ];
        let stages = counted(reached.len(), "stage");
        let _infallible = writeln!(
            out,
            "  It rests on {} of {stages} ({}), {} and {}.",
            parts[0],
            reached.join(", "),
            parts[1],
            parts[2]
        );
        for (reference, digest) in inputs.bases(built).iter().filter(|(_, d)| !d.is_empty()) {
            let _infallible = writeln!(out, "  base {reference}   {digest}");
        }
    }
    if let Some(locked) = &status.locked {
        let (digest, size) = (&locked.digest, bytes(locked.bytes));
        let _infallible = writeln!(out, "  locked {digest}   {} blobs, {size}", locked.blobs);
    }
    out
}

fn name(at: usize, stage: &Stage) -> String {
    stage.name.clone().unwrap_or_else(|| at.to_string())
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
