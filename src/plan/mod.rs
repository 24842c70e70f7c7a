//! What will be done, in which order, and what it expects to find.
//!
//! Input: [`Changes`], the names served, what could not be read. Output: [`Plan`], complete: apply
//! needs nothing else. Decides; never talks to a cloud.

mod adopted;
mod batch;
mod change;
mod company;
mod file;
mod guard;
mod inverse;
mod order;
mod traffic;
mod transfer;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lifeboat_contract::{
    Address, Batching, Kind, Lack, Location, Object, RepositoryName, Stack, Write, ZoneName,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::adopted::Adopted;
pub use self::change::{Actions, Content, ResourceChange, Values, WireAction, values};
pub use self::company::companies;
pub use self::file::{FORMAT_VERSION, read, write};
pub use self::guard::{Allowed, check as guard};
pub use self::inverse::{Inverted, invert};
pub use self::traffic::Traffic;
pub use self::transfer::{RATE, RegionTransfer};
use crate::desired::Desired;
use crate::diagnostic::Diagnostics;
use crate::diff::{Action, Change, Changes};
use crate::drill::ObjectiveVerdict;
use crate::live::{Lacking, Live};

/// A reviewed document that apply carries out and never reinterprets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Lifeboat plan")]
pub struct Plan {
    /// The version of this form; a plan of a higher major is refused.
    pub format_version: String,
    /// The Lifeboat that made it.
    pub lifeboat_version: String,
    /// The owner of everything in it.
    pub stack: Stack,
    /// False when something could not be read and was left out.
    pub complete: bool,
    /// One entry a resource, sorted by address. Entries of action `no-op` may be left out.
    pub resource_changes: Vec<ResourceChange>,
    /// How many resources stay as they are.
    pub unchanged: usize,
    /// What apply does. A step starts when all steps it follows are done.
    pub steps: Vec<Step>,
    /// What record sets rest on and the plan does not write: image copies that have to be there.
    #[serde(default)]
    pub rests_on: Vec<RestsOn>,
    /// API calls: those that reading took, and those that applying will take, by provider.
    pub calls: BTreeMap<String, Calls>,
    /// The regions it is about.
    pub regions: Vec<PlanRegion>,
    /// What it was read from, to be read again before it is applied.
    pub scope: BTreeMap<String, PlanScope>,
    /// How each provider is reached, without secrets.
    pub providers: BTreeMap<String, BTreeMap<String, String>>,
    /// What it means for users.
    pub traffic: Vec<Traffic>,
    /// What image copies move, by region. Since 1.1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transfers: Vec<RegionTransfer>,
    /// Whether objectives hold once it is applied, and whether they do now. Since 1.1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verdicts: Vec<ObjectiveVerdict>,
    /// What would undo it, by address.
    pub inverse: Vec<Inverse>,
    /// Values of `output` blocks; secret ones are left out.
    pub outputs: BTreeMap<String, serde_json::Value>,
}

/// Something that has to be there although the plan does not write it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RestsOn {
    /// The resource.
    pub address: Address,
    /// Who holds it.
    pub provider: String,
    /// What was there when the plan was made.
    pub object: Object,
}

/// Writes that happen together, and what they wait for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// Counts from 0; steps follow only steps with lower numbers.
    pub id: u32,
    /// What kind of step.
    pub phase: Phase,
    /// Who carries it out.
    pub provider: String,
    /// Steps that have to be done first.
    pub follows: Vec<u32>,
    /// The writes, all or none.
    pub writes: Vec<Write>,
}

/// The kinds of steps, in their fixed order.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Zones are made.
    Zone,
    /// Repositories are made and changed.
    Repository,
    /// Images are copied and verified.
    ImageCopy,
    /// Health checks are made and changed.
    HealthCheck,
    /// Record sets of one zone are made, changed and deleted in one batch.
    Records,
    /// Images are deleted, when no name needs them any more.
    DeleteImageCopy,
    /// Health checks are deleted or let go of, when no record set of ours refers to them any more.
    DeleteHealthCheck,
    /// Repositories are deleted.
    DeleteRepository,
    /// Zones are deleted.
    DeleteZone,
}

impl Phase {
    /// Whether its writes come when nothing needs any more what they write.
    fn is_late(self) -> bool {
        self > Self::Records
    }
}

/// API calls of one provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Calls {
    /// Made to read what is there.
    pub read: u32,
    /// That applying will make, retries not counted.
    pub write: u32,
}

/// A region that the plan is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanRegion {
    /// The name in the configuration.
    pub name: String,
    /// Who runs it.
    pub provider: String,
    /// The provider's name for it.
    pub location: Location,
    /// Why it could not be read, if it could not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unreachable: Option<String>,
}

/// What was read of a provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanScope {
    /// Zones, whole.
    pub zones: Vec<ZoneName>,
    /// Locations.
    pub locations: Vec<Location>,
    /// Repositories, in any of the locations.
    #[serde(default)]
    pub repositories: Vec<RepositoryName>,
}

/// What would undo one change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Inverse {
    /// The resource.
    pub address: String,
    /// What would be done to it.
    pub actions: Vec<WireAction>,
}

/// What a plan is made from.
pub struct Making<'m> {
    pub desired: &'m Desired,
    pub live: &'m Live,
    pub changes: &'m Changes,
    /// What image copies would move, as far as it is known.
    pub lacking: &'m Lacking,
    pub verdicts: Vec<ObjectiveVerdict>,
    /// How each provider is reached, without secrets.
    pub providers: BTreeMap<String, BTreeMap<String, String>>,
    /// How much one batch of a provider takes.
    pub batching: &'m dyn Fn(&str) -> Option<Batching>,
    pub outputs: BTreeMap<String, serde_json::Value>,
    pub unchanged: Unchanged,
}

/// Whether resources that stay as they are get an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unchanged {
    Listed,
    Counted,
}

/// Makes the plan.
pub fn make(making: Making<'_>) -> Plan {
    let Making { desired, live, changes, .. } = making;
    let steps = order::steps(changes, making.batching);
    let dark = changes.list.iter().any(|c| matches!(c.action, Action::Unreachable { .. }))
        || live.dark().next().is_some();
    let listed = |action: &Action| making.unchanged == Unchanged::Listed || *action != Action::NoOp;
    let shown = changes.list.iter().filter(|c| listed(&c.action));
    let resource_changes: Vec<ResourceChange> =
        shown.map(|change| ResourceChange::of(change, lack(change, making.lacking))).collect();
    Plan {
        format_version: FORMAT_VERSION.to_owned(),
        lifeboat_version: env!("CARGO_PKG_VERSION").to_owned(),
        stack: desired.stack.clone(),
        complete: !dark,
        unchanged: changes.list.iter().filter(|c| c.action == Action::NoOp).count(),
        inverse: inverse::summary(&changes.list),
        transfers: transfer::by_region(&resource_changes),
        verdicts: making.verdicts,
        resource_changes,
        rests_on: rests_on(changes),
        calls: calls(live, &steps, making.batching),
        steps,
        regions: regions(desired, live),
        scope: scope(desired, live),
        providers: making.providers,
        traffic: traffic::of(desired, changes),
        outputs: making.outputs,
    }
}

/// What a change would have to move, if it is a copy that told.
fn lack(change: &Change, lacking: &Lacking) -> Option<Lack> {
    lacking.get(&(Arc::clone(&change.provider), change.key.clone())).copied()
}

/// Unchanged image copies that written record sets need.
fn rests_on(changes: &Changes) -> Vec<RestsOn> {
    let written = changes.list.iter().filter(|c| c.action.writes() && c.after.is_some());
    let needed: BTreeSet<&Address> = written.flat_map(|change| &change.needs).collect();
    let unchanged = changes.list.iter().filter(|c| c.action == Action::NoOp);
    let copies = unchanged.filter(|c| c.key.kind() == Kind::ImageCopy);
    let needed = copies.filter(|copy| needed.contains(&copy.address));
    let resting = needed.filter_map(|copy| {
        let (address, provider) = (copy.address.clone(), copy.provider.to_string());
        Some(RestsOn { address, provider, object: copy.before.clone()? })
    });
    resting.collect()
}

/// What reading took, and what steps will.
fn calls(
    live: &Live,
    steps: &[Step],
    batching: &dyn Fn(&str) -> Option<Batching>,
) -> BTreeMap<String, Calls> {
    let mut calls: BTreeMap<String, Calls> = BTreeMap::new();
    for (name, read) in live.calls() {
        calls.entry(name.to_string()).or_default().read = read;
    }
    for step in steps {
        let cost = batching(&step.provider).map_or(1, |batching| (batching.calls)(&step.writes));
        calls.entry(step.provider.clone()).or_default().write += cost;
    }
    calls
}

/// The regions of a configuration, and whether each could be read.
pub fn regions(desired: &Desired, live: &Live) -> Vec<PlanRegion> {
    let dark = |region: &crate::desired::WantedRegion| {
        let mut dark = live.dark();
        dark.find(|(provider, unreachable)| {
            **provider == region.provider && unreachable.location.as_ref() == Some(&region.location)
        })
        .map(|(_, unreachable)| unreachable.why.clone())
    };
    let regions = desired.regions.iter().map(|region| PlanRegion {
        name: region.name.to_string(),
        provider: region.provider.to_string(),
        location: region.location.clone(),
        unreachable: dark(region),
    });
    regions.collect()
}

fn scope(desired: &Desired, live: &Live) -> BTreeMap<String, PlanScope> {
    let scopes = live.all().map(|(name, _)| {
        let scope = crate::live::scope(desired, name);
        let scope = PlanScope {
            zones: scope.zones.into_keys().collect(),
            locations: scope.locations.into_iter().collect(),
            repositories: scope.repositories.into_iter().collect(),
        };
        (name.to_string(), scope)
    });
    scopes.collect()
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// How many resources are added, changed and destroyed; a replaced one counts as added and
    /// destroyed.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for change in &self.resource_changes {
            match change.change.actions[..] {
                [WireAction::Create] => counts.add += 1,
                [WireAction::Update] => counts.change += 1,
                [WireAction::Delete] if change.is_leftover() => {}
                [WireAction::Delete] => counts.destroy += 1,
                [WireAction::Create, WireAction::Delete] => {
                    counts.add += 1;
                    counts.destroy += 1;
                }
                [WireAction::Adopt] => counts.adopt += 1,
                [WireAction::Forget] => counts.forget += 1,
                _ => {}
            }
        }
        counts
    }
}

/// What a plan does, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Counts {
    pub add: usize,
    pub change: usize,
    pub destroy: usize,
    pub adopt: usize,
    pub forget: usize,
}

/// Findings about what was left out, for a plan that is not complete.
pub fn unreachable(live: &Live) -> Diagnostics {
    use crate::diagnostic::{Diagnostic, codes};
    let mut found = Diagnostics::default();
    for (provider, dark) in live.dark() {
        let place = match &dark.location {
            Some(location) => format!("{location} of provider `{provider}`"),
            None => format!("what is global at provider `{provider}`"),
        };
        let detail = format!("Nothing could be read from {place}: {}.", dark.why);
        found.push(Diagnostic::global(codes::UNREACHABLE, detail));
    }
    found
}
