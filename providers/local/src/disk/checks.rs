//! `health_checks.json`: all health checks.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use lifeboat_contract::{CheckReference, HealthCheck, SpecHash};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::file::{self, FORMAT_VERSION, Versioned};
use super::trouble::Trouble;
use super::write_swept;
use crate::cloud::{Checks, HeldCheck, Names, check_id};

/// All health checks.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChecksFile {
    /// The version of this format.
    format_version: String,
    /// The checks.
    health_checks: Vec<CheckEntry>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CheckEntry {
    /// What record sets refer to; for one that was made with a reference it is made from that.
    #[serde(default)]
    id: String,
    /// Who owns it: `lifeboat:<stack>:<address digest>:<generation>`; absent for one made by hand.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    reference: Option<CheckReference>,
    /// The hash of what was last applied.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    spec: Option<SpecHash>,
    /// Counts the changes, from 1.
    #[serde(default = "first")]
    version: u64,
    /// What is checked, and how.
    check: HealthCheck,
}

fn first() -> u64 {
    1
}

impl Versioned for ChecksFile {
    fn format_version(&self) -> &str {
        &self.format_version
    }
}

/// Files refer to adopted checks by their ids, which stay whoever owns them.
pub(super) fn by_id(checks: &Checks) -> Names {
    checks.adopted().into_iter().map(|(id, reference)| (reference, id)).collect()
}

pub(super) fn path(folder: &Path) -> PathBuf {
    folder.join("health_checks.json")
}

/// Reads all checks.
pub(super) fn load(folder: &Path) -> Result<Checks, Trouble> {
    let path = path(folder);
    let mut checks = Checks::default();
    let Some(file) = file::read::<ChecksFile>(&path)? else { return Ok(checks) };
    // Those that record sets know by an id of their own.
    let mut ids = BTreeSet::new();
    for CheckEntry { id, reference, spec, version, check } in file.health_checks {
        let named = reference.as_ref().map(check_id);
        let adopted = Some(id.clone()).filter(|id| !id.is_empty() && Some(id) != named.as_ref());
        let twice = adopted.clone().is_some_and(|id| !ids.insert(id));
        let again = match reference {
            Some(reference) => {
                let held = HeldCheck { check, spec, version, adopted };
                checks.marked.insert(reference, held).is_some()
            }
            None if id.is_empty() => {
                return Err(Trouble::content(&path, "has a check with neither id nor reference"));
            }
            None => checks.foreign.insert(id.clone(), check).is_some(),
        };
        if twice || again {
            return Err(Trouble::content(&path, format!("has the check {id} twice: remove one")));
        }
    }
    Ok(checks)
}

/// Writes all checks. The caller holds the exclusive lock.
pub(super) fn save(folder: &Path, checks: &Checks) -> Result<(), Trouble> {
    let path = path(folder);
    let mut checks = checks.clone();
    checks.rename(&by_id(&checks));
    let marked = checks.marked.iter().map(|(reference, held)| CheckEntry {
        id: held.id(reference),
        reference: Some(reference.clone()),
        spec: held.spec.clone(),
        version: held.version,
        check: held.check.clone(),
    });
    let foreign = checks.foreign.iter().map(|(id, check)| CheckEntry {
        id: id.clone(),
        reference: None,
        spec: None,
        version: 1,
        check: check.clone(),
    });
    let file = ChecksFile {
        format_version: FORMAT_VERSION.to_owned(),
        health_checks: marked.chain(foreign).collect(),
    };
    write_swept(&path, &file::pretty(&path, &file)?)
}
