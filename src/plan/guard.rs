//! What a plan may not do unless it is told to.

use std::collections::BTreeMap;

use lifeboat_contract::{Address, Key, ZoneName};

use crate::desired::Desired;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::diff::{Action, Changes};
use crate::drill::{ObjectiveVerdict, Verdict};

/// A zone this small may change as a whole.
const MASS_CHANGE_MIN: usize = 10;

/// Of what a stack owns in a zone, in percent.
const MASS_CHANGE_PERCENT: usize = 30;

/// What was allowed on the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    /// `--allow-mass-change`
    pub mass_change: bool,
    /// `--allow-missing-image`
    pub missing_image: bool,
    /// `--allow-violation`
    pub violation: bool,
}

/// Finds what the plan may not do.
pub fn check(
    desired: &Desired,
    changes: &Changes,
    verdicts: &[ObjectiveVerdict],
    allowed: Allowed,
) -> Diagnostics {
    let mut found = Diagnostics::default();
    if !allowed.mass_change {
        mass_change(changes, &mut found);
    }
    if !allowed.missing_image {
        missing_image(desired, changes, &mut found);
    }
    if !allowed.violation {
        violation(verdicts, &mut found);
    }
    found
}

fn mass_change(changes: &Changes, found: &mut Diagnostics) {
    let mut touched: BTreeMap<&ZoneName, usize> = BTreeMap::new();
    for change in &changes.list {
        if let (Action::Update(_) | Action::Delete(_), Key::RecordSet { zone, .. }) =
            (&change.action, &change.key)
        {
            *touched.entry(zone).or_default() += 1;
        }
    }
    for (zone, touched) in touched {
        let owned = changes.owned_sets.get(zone).copied().unwrap_or(0);
        if owned >= MASS_CHANGE_MIN && touched * 100 > owned * MASS_CHANGE_PERCENT {
            let detail = format!(
                "The plan changes or deletes {touched} of the {owned} record sets that this stack \
                 owns in `{zone}`."
            );
            let help = "if that is meant, repeat with `--allow-mass-change`";
            found.push(Diagnostic::global(codes::MASS_CHANGE, detail).help(help));
        }
    }
}

/// What users can rely on now must not be given up.
fn violation(verdicts: &[ObjectiveVerdict], found: &mut Diagnostics) {
    for verdict in verdicts {
        if (verdict.before, verdict.verdict) != (Some(Verdict::Met), Verdict::Violated) {
            continue;
        }
        let detail = format!(
            "`{}` {} would no longer survive what it does now: if {} is lost, {}.",
            verdict.name,
            verdict.rtype,
            verdict.worst.join(" and "),
            verdict.reason.as_deref().unwrap_or("the objective does not hold")
        );
        let help = "see `lifeboat drill`; if that is meant, repeat with `--allow-violation`";
        let newly = Diagnostic::global(codes::NEWLY_VIOLATED, detail).help(help);
        found.push(newly.about(verdict.address.as_str()));
    }
}

/// A name must not get a target whose region lacks the image that the target runs.
fn missing_image(desired: &Desired, changes: &Changes, found: &mut Diagnostics) {
    let by_address: BTreeMap<&Address, &Action> =
        changes.list.iter().map(|change| (&change.address, &change.action)).collect();
    for name in &desired.names {
        for target in &name.targets {
            let written = by_address.get(&target.set).is_some_and(|action| {
                matches!(action, Action::Create | Action::Update(_) | Action::Replace { .. })
            });
            let lacking = target.runs.iter().find(|copy| {
                matches!(by_address.get(copy), Some(Action::Unreachable { .. }) | None)
            });
            if let (true, Some(copy)) = (written, lacking) {
                let detail = format!(
                    "`{}` {} would get target \"{}\", and whether `{copy}` is there is unknown.",
                    name.name, name.rtype, target.label
                );
                let help = "repair the region, or repeat with `--allow-missing-image`";
                found.push(
                    Diagnostic::global(codes::UNREPLICATED, detail)
                        .help(help)
                        .about(name.address.as_str()),
                );
            }
        }
    }
}
