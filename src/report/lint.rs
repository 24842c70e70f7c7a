//! What lints say, as people and machines read it.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bytes;
use super::palette::{BOLD, CHANGE, DIM, PLAIN, REMOVE, paint};
use crate::diagnostic::Sources;
use crate::image::{Gravity, Measured, Remark, rules};

/// What lints say, as machines read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Lifeboat image lint")]
pub struct Lints {
    /// The version of this form.
    pub format_version: String,
    /// How many of them are errors.
    pub errors: u32,
    /// By image, then in the order of the file.
    pub remarks: Vec<RemarkJson>,
    /// Every image that was looked at, and what its layers tell. Since 1.1.
    #[serde(default)]
    pub images: Vec<MeasuredJson>,
}

/// What the layers of an image tell; of one for several platforms, those of the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MeasuredJson {
    /// The image.
    pub address: String,
    /// Why nothing was measured, and the rules that rest on layers say nothing.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unmeasured: Option<String>,
    /// Whether the image would be built otherwise by now.
    pub stale: bool,
    /// What was measured.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub layers: Option<LayersJson>,
}

/// The layers of an image, as they were built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LayersJson {
    /// The manifest's digest.
    pub digest: String,
    /// How many there are.
    pub count: u32,
    /// What a region pulls.
    pub moved_bytes: u64,
    /// What the files of all layers have.
    pub bytes: u64,
    /// What of that a later layer replaces or deletes.
    pub lost_bytes: u64,
    /// Thousandths of the bytes that are seen in the end.
    pub efficiency_permille: u32,
}

/// Something to be said of a Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RemarkJson {
    /// `LB` and three digits.
    pub rule: String,
    /// `error`, `warning` or `note`.
    pub severity: String,
    /// What other tools call the rule.
    pub foreign: Vec<String>,
    /// The image.
    pub address: String,
    /// The Dockerfile.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    /// Where it ends.
    pub end_line: u32,
    /// Behind the last character.
    pub end_column: u32,
    /// What is seen here.
    pub message: String,
    /// Why it matters.
    pub reason: String,
    /// What to do.
    pub fix: String,
}

pub(super) fn severity(gravity: Gravity) -> &'static str {
    match gravity {
        Gravity::Error => "error",
        Gravity::Warning => "warning",
        Gravity::Note => "note",
    }
}

/// What lints say, as machines read it.
pub fn lints(remarks: &[Remark], measured: &[Measured], sources: &Sources) -> Lints {
    let errors = remarks.iter().filter(|remark| remark.rule.gravity == Gravity::Error).count();
    let remarks = remarks.iter().map(|remark| {
        let start = sources.place(remark.span.file, remark.span.start);
        let end = sources.place(remark.span.file, remark.span.end);
        let rule = remark.rule;
        RemarkJson {
            rule: rule.id.to_owned(),
            severity: severity(rule.gravity).to_owned(),
            foreign: rule.foreign.iter().map(|&name| name.to_owned()).collect(),
            address: remark.address.to_string(),
            file: sources.name(remark.span.file).to_owned(),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            message: remark.message.clone(),
            reason: rule.reason.to_owned(),
            fix: rule.fix.to_owned(),
        }
    });
    let errors = u32::try_from(errors).unwrap_or(u32::MAX);
    let images = measured.iter().map(image).collect();
    Lints { format_version: "1.1".to_owned(), errors, remarks: remarks.collect(), images }
}

fn image(measured: &Measured) -> MeasuredJson {
    let (unmeasured, layers) = match &measured.layers {
        Ok(Some(layers)) => (None, Some(layers)),
        Ok(None) => (Some("it is not built yet".to_owned()), None),
        Err(why) => (Some(why.clone()), None),
    };
    let layers = layers.map(|layers| LayersJson {
        digest: layers.digest.to_string(),
        count: u32::try_from(layers.list.len()).unwrap_or(u32::MAX),
        moved_bytes: layers.moved_bytes(),
        bytes: layers.bytes(),
        lost_bytes: layers.lost_bytes(),
        efficiency_permille: layers.efficiency_permille(),
    });
    let (address, stale) = (measured.address.to_string(), measured.is_stale);
    MeasuredJson { address, unmeasured, stale, layers }
}

/// One line for each image.
fn images_text(images: &[MeasuredJson], out: &mut String) {
    for MeasuredJson { address, unmeasured, stale, layers } in images {
        let _infallible = match (layers, unmeasured) {
            (Some(layers), _) => {
                let LayersJson { count, efficiency_permille, .. } = layers;
                let ending = if *count == 1 { "" } else { "s" };
                let [moved, all, lost] =
                    [layers.moved_bytes, layers.bytes, layers.lost_bytes].map(bytes);
                let before = if *stale { " (built before its last change)" } else { "" };
                writeln!(
                    out,
                    "{address}: {count} layer{ending}, {moved} to pull, {all} unpacked, {lost} of them \
                     not seen in the end: efficiency {}.{} %{before}",
                    efficiency_permille / 10,
                    efficiency_permille % 10
                )
            }
            (None, Some(why)) => writeln!(out, "{address}: layers are not measured: {why}"),
            (None, None) => Ok(()),
        };
    }
}

/// Each remark with its line, its reason and what to do; and how many there are.
pub fn lints_text(lints: &Lints, sources: &Sources, remarks: &[Remark]) -> String {
    let mut out = String::new();
    for (one, remark) in lints.remarks.iter().zip(remarks) {
        let colour = match remark.rule.gravity {
            Gravity::Error => REMOVE,
            Gravity::Warning => CHANGE,
            Gravity::Note => DIM,
        };
        let foreign = match one.foreign[..] {
            [] => String::new(),
            _ => format!(" ({})", one.foreign.join(", ")),
        };
        let RemarkJson { file, line, column, severity, rule, message, reason, fix, .. } = one;
        let said = paint(colour, &format!("{severity} {rule}"));
        let source = sources.line(remark.span.file, *line).trim_end();
        let _infallible = writeln!(
            out,
            "{BOLD}{file}:{line}:{column}{PLAIN} {said}{foreign}: {message}\n    {DIM}{source}{PLAIN}\n  \
             {reason}\n  fix: {fix}\n"
        );
    }
    images_text(&lints.images, &mut out);
    let all = lints.remarks.len();
    let ending = |count: usize| if count == 1 { "" } else { "s" };
    let errors = usize::try_from(lints.errors).unwrap_or(usize::MAX);
    let _infallible = match all {
        0 => writeln!(out, "Nothing to remark."),
        _ => writeln!(out, "{all} remark{}, {errors} error{}.", ending(all), ending(errors)),
    };
    out
}

/// The reference of all rules, in Markdown.
pub fn lint_rules() -> String {
    let mut out = String::from(
        "# Lints\n\nWhat `lifeboat image lint` says of Dockerfiles. Generated from the table in \
         `src/image/lint`. A comment `# lifeboat ignore=LB101` above an instruction, or `# hadolint \
         ignore=DL3059`, silences a rule there; the parser directive `# check=skip=LB101,...` \
         or a comment `# hadolint global ignore=DL3059` silences it in the whole file. Each rule goes by \
         any of its names. LB102, LB103, LB407 and LB502 measure the layers of what was built; where \
         nothing is built yet, they say nothing, and the output says so.\n\n| rule | severity | \
         others call it | why | what to do |\n| --- | --- | --- | --- | --- |\n",
    );
    for rule in rules() {
        let (id, severity, foreign) = (rule.id, severity(rule.gravity), rule.foreign.join(", "));
        let fix = rule.fix.replace('|', "\\|");
        let _infallible =
            writeln!(out, "| {id} | {severity} | {foreign} | {} | {fix} |", rule.reason);
    }
    out
}
