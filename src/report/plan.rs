//! A plan, as people read it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::palette::{ADD, BOLD, CHANGE, DIM, REMOVE, paint};
use super::progress::{Operation, Summary, bytes};
use super::summary::summary;
use super::values::{differences, listing};
use crate::plan::{Plan, RegionTransfer, ResourceChange, WireAction};

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// A line a resource, and the fields that differ.
    Short,
    /// Every field of what is created and deleted too.
    Full,
}

/// A plan, as people read it; the last line is the summary.
pub fn plan(plan: &Plan, detail: Detail) -> String {
    let mut out = String::new();
    let shown: Vec<&ResourceChange> =
        plan.resource_changes.iter().filter(|c| c.change.actions != [WireAction::NoOp]).collect();
    head(plan, &mut out);
    let mut groups: BTreeMap<(usize, String), Vec<&ResourceChange>> = BTreeMap::new();
    for change in &shown {
        groups.entry(group(plan, change)).or_default().push(change);
    }
    let width = shown.iter().map(|c| c.address.as_str().chars().count()).max().unwrap_or(0).min(48);
    for ((_, name), changes) in groups {
        let _infallible = writeln!(out, "  {}", paint(BOLD, &name));
        for change in changes {
            resource(change, width, detail, &mut out);
        }
        out.push('\n');
    }
    for (at, traffic) in plan.traffic.iter().enumerate() {
        let word = if at == 0 { "Traffic" } else { "" };
        let meaning = format!("{} {}: {}", traffic.name, traffic.rtype, traffic.meaning);
        let _infallible = writeln!(out, "  {word:7}   {meaning}.");
    }
    for (at, transfer) in plan.transfers.iter().enumerate() {
        let word = if at == 0 { "Images" } else { "" };
        let _infallible = writeln!(out, "  {word:7}   {}.", moved(transfer));
    }
    out.push_str(&super::drill::outlook(&plan.verdicts));
    if !(plan.traffic.is_empty() && plan.transfers.is_empty() && plan.verdicts.is_empty()) {
        out.push('\n');
    }
    out.push_str(&bottom(plan));
    out
}

fn head(plan: &Plan, out: &mut String) {
    if plan.is_empty() && plan.complete {
        return;
    }
    let calls: u32 = plan.calls.values().map(|calls| calls.read).sum();
    let (regions, s) = (plan.regions.len(), |n: usize| if n == 1 { "" } else { "s" });
    let _infallible = writeln!(
        out,
        "\n  {}   {regions} region{}   read in {calls} call{}\n",
        paint(BOLD, plan.stack.as_str()),
        s(regions),
        s(calls as usize)
    );
}

/// Regions in their order, then what is global.
fn group(plan: &Plan, change: &ResourceChange) -> (usize, String) {
    let Some(region) = &change.region else { return (plan.regions.len(), "global".to_owned()) };
    let at = plan.regions.iter().position(|known| known.name == *region);
    let location = at.map_or(region.as_str(), |at| plan.regions[at].location.as_str());
    (at.unwrap_or(0), format!("{location} ({region})"))
}

fn resource(change: &ResourceChange, width: usize, detail: Detail, out: &mut String) {
    let (sign, colour) = match change.change.actions[..] {
        [WireAction::Create] => ("+", ADD),
        [WireAction::Update] => ("~", CHANGE),
        [WireAction::Delete] => ("-", REMOVE),
        [WireAction::Create, WireAction::Delete] => ("+/-", CHANGE),
        [WireAction::Adopt] => ("<", ADD),
        [WireAction::Forget] => (">", CHANGE),
        [WireAction::Unreachable] => ("?", REMOVE),
        _ => (" ", DIM),
    };
    let note = match change.action_reason.as_deref() {
        Some("world_changed") => "   # changed outside of Lifeboat",
        Some("both_changed") => "   # configuration changed, and changed outside of Lifeboat",
        Some("delete_because_no_resource_config") => "   # no longer declared",
        Some("delete_because_superseded") => "   # left over from a replacement",
        Some("replace_because_cannot_update") => "   # must be replaced",
        Some("unreachable") => "   # could not be read",
        _ => "",
    };
    let indent = 5 - sign.len();
    let line = format!(
        "{:indent$}{} {:width$}   {}{}",
        "",
        paint(colour, sign),
        change.address.as_str(),
        summary(change),
        paint(DIM, note)
    );
    let _infallible = writeln!(out, "{}", line.trim_end());
    let (before, after) = (&change.change.before, &change.change.after);
    match (before, after, detail) {
        (Some(before), Some(after), _) => {
            let forced: Vec<String> =
                change.change.replace_paths.iter().map(|path| path.join(".")).collect();
            out.push_str(&differences(before, after, &forced, 8));
        }
        (None, Some(only), Detail::Full) | (Some(only), None, Detail::Full) => {
            out.push_str(&listing(only, 10));
        }
        (_, _, _) => {}
    }
}

/// What moves into a region, and how long that takes. The rate is named, since it is assumed.
pub(super) fn moved(transfer: &RegionTransfer) -> String {
    let RegionTransfer { region, blobs, exact, seconds, bytes_per_second, .. } = transfer;
    let s = if *blobs == 1 { "" } else { "s" };
    let at_most = if *exact { "" } else { "at most " };
    let time = match seconds {
        0 | 1 => "within a second".to_owned(),
        2..120 => format!("about {seconds} s"),
        _ => format!("about {} min", seconds.div_ceil(60)),
    };
    let rate = bytes_per_second * 8 / 1_000_000;
    let size = bytes(transfer.bytes);
    format!("{at_most}{blobs} blob{s}, {size} to {region}, {time} at an assumed {rate} Mbit/s")
}

/// The summary, in the words that CI tools look for.
fn bottom(plan: &Plan) -> String {
    let mut out = String::new();
    if !plan.complete {
        out.push_str("  Incomplete: what could not be read is left out.\n");
        for region in plan.regions.iter().filter(|region| region.unreachable.is_some()) {
            let why = region.unreachable.as_deref().unwrap_or_default();
            let _infallible = writeln!(out, "    {} ({}): {why}", region.location, region.name);
        }
        out.push('\n');
    }
    if plan.is_empty() {
        let unchanged = plan.unchanged;
        let _infallible = match (plan.complete, unchanged) {
            (true, 0) => writeln!(out, "No changes. There is nothing to do."),
            (true, 1) => writeln!(out, "No changes. 1 resource is as declared."),
            (true, _) => writeln!(out, "No changes. All {unchanged} resources are as declared."),
            (false, 0) => writeln!(out, "No changes. Nothing that is declared could be compared."),
            (false, _) => {
                writeln!(
                    out,
                    "No changes. {unchanged} resources are as declared, as far as they could be read."
                )
            }
        };
        return out;
    }
    let line = Summary::of(plan.counts(), Operation::Plan).sentence();
    let calls: u32 = plan.calls.values().map(|calls| calls.write).sum();
    let plural = if calls == 1 { "" } else { "s" };
    let _infallible = writeln!(out, "{}   {calls} call{plural} to apply.", paint(BOLD, &line));
    out
}
