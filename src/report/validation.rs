//! What `validate --json` prints.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diagnostic::{DiagnosticJson, Diagnostics, Severity, Sources, to_json};

/// What can be said of a configuration without reading the world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Lifeboat validation")]
pub struct Validation {
    /// The version of this form.
    pub format_version: String,
    /// Whether there is no error.
    pub valid: bool,
    pub error_count: usize,
    pub warning_count: usize,
    /// Every finding, errors first.
    pub diagnostics: Vec<DiagnosticJson>,
}

/// Findings as one document.
pub fn validation(diagnostics: &Diagnostics, sources: &Sources) -> Validation {
    Validation {
        format_version: "1.0".to_owned(),
        valid: !diagnostics.has_errors(),
        error_count: diagnostics.count(Severity::Error),
        warning_count: diagnostics.count(Severity::Warning),
        diagnostics: to_json(diagnostics, sources),
    }
}
