//! `policy`: what a drill's rules weigh here, and where regions may be.

use lifeboat_contract::Address;

use super::reader::{At, Reader};
use super::schema::{BlockSchema, NestedSchema, Occurs, Takes, optional, required};

pub(super) const SCHEMA: &BlockSchema = &BlockSchema {
    kind: "policy",
    labels: &[],
    summary: "What the rules of `lifeboat drill` weigh here, and where regions may be.",
    attributes: &[optional(
        "countries",
        Takes::Texts,
        "The countries in which regions may be, such as `[\"IE\", \"DE\"]`; any, where not given.",
    )],
    blocks: &[NestedSchema { schema: LINT, occurs: Occurs::AnyNumber }],
    for_each: false,
    example: "policy {\n  lint \"L33\" {\n    severity = \"off\"\n    reason   = \"Answers of five \
              minutes are meant: the name is asked for once a day.\"\n  }\n}\n",
};

const LINT: &BlockSchema = &BlockSchema {
    kind: "lint",
    labels: &["rule"],
    summary: "Changes how much one rule weighs. Each exception says why.",
    attributes: &[
        required("severity", Takes::Text, "`error`, `warning`, `info` or `off`."),
        required("reason", Takes::Text, "Why, in a sentence."),
        optional("on", Takes::ReferencesTo(&ON), "Only for these; everywhere, where not given."),
    ],
    blocks: &[],
    for_each: false,
    example: "lint \"L33\" {\n  severity = \"info\"\n  reason   = \"The name is asked for once a \
              day.\"\n}\n",
};

/// What rules are about.
const ON: [&str; 6] = ["failover", "health_check", "region", "image", "record", "dependency"];

/// What rules weigh here.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    pub countries: Option<At<Vec<String>>>,
    pub lints: Vec<LintPolicy>,
}

/// One exception.
#[derive(Clone, Debug)]
pub struct LintPolicy {
    pub rule: At<String>,
    pub severity: Severity,
    pub reason: String,
    /// Everywhere, where absent.
    pub on: Option<Vec<Address>>,
}

/// How much a rule weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Off,
    Info,
    Warning,
    Error,
}

pub(super) fn read(reader: &Reader<'_>) -> Policy {
    let lints = reader.nested("lint").filter_map(|lint| read_lint(&lint)).collect();
    Policy { countries: countries(reader), lints }
}

fn countries(reader: &Reader<'_>) -> Option<At<Vec<String>>> {
    let at = reader.texts("countries")?;
    let lawful = |code: &str| code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase());
    if let Some(other) = at.value.iter().find(|code| !lawful(code)) {
        let shown: String = other.chars().take(20).collect();
        let detail = format!("`{shown}` is no country: write its ISO 3166-1 code, such as `IE`.");
        reader.refuse(at.span, detail);
    }
    Some(at)
}

fn read_lint(reader: &Reader<'_>) -> Option<LintPolicy> {
    let label = reader.block.labels.first()?;
    let rule = At { value: label.text.to_string(), span: label.span };
    let severity = reader.text("severity")?;
    let severity = match severity.value.as_str() {
        "off" => Severity::Off,
        "info" => Severity::Info,
        "warning" => Severity::Warning,
        "error" => Severity::Error,
        other => {
            let shown: String = other.chars().take(20).collect();
            let detail =
                format!("`{shown}` is no severity: write `error`, `warning`, `info` or `off`.");
            reader.refuse(severity.span, detail);
            return None;
        }
    };
    let reason = reader.text("reason")?;
    if reason.value.trim().is_empty() {
        reader.refuse(reason.span, "An exception says why: `reason` is a sentence.");
        return None;
    }
    let on =
        if reader.is_written("on") { Some(reader.references_to("on", &ON)?.value) } else { None };
    Some(LintPolicy { rule, severity, reason: reason.value, on })
}
