//! What came of a rehearsal: predicted beside observed.

use lifeboat_contract::living::Loss;
use lifeboat_contract::{Address, DnsName, Location, RecordType, Stack};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::predict::Prospect;
use super::scene::Scene;
use super::watch::{LOOK_EVERY, Sight, Watch, Watched};
use crate::desired::Desired;

/// The version written; readers take any of the same major version.
pub const FORMAT_VERSION: &str = "1.0";

/// What came of a rehearsal. All times are seconds of the cloud's clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Lifeboat rehearsal")]
pub struct Rehearsal {
    /// The version of this form.
    pub format_version: String,
    /// The Lifeboat that made it.
    pub lifeboat_version: String,
    /// Whose configuration was rehearsed.
    pub stack: Stack,
    /// What was lost.
    pub lost: Lost,
    /// How many seconds of the cloud passed in one of the wall's.
    pub speed: u32,
    /// What chance was drawn from.
    pub seed: u64,
    /// Whether everything happened within its bounds.
    pub as_predicted: bool,
    /// What was measured of the machine, which bounds how finely anything can be told.
    pub measured: Measured,
    /// One entry a name that fails over, sorted by address.
    pub names: Vec<RehearsedName>,
    /// What could not be rehearsed, for people.
    pub remarks: Vec<String>,
}

/// What was lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lost {
    /// The region's name in the configuration.
    pub region: String,
    /// Where it is.
    pub location: Location,
    /// What its endpoint did.
    pub endpoint: Loss,
    /// How many checkers of each check were lost with it.
    pub checkers_lost: u32,
    /// How many checkers each check had before.
    pub checkers: u32,
}

/// What was measured of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measured {
    /// How long a request took that was answered.
    pub answered: f64,
    /// How much too long a wait took at worst.
    pub lateness: f64,
    /// From one look at the zone's servers to the next.
    pub look_every: f64,
}

/// What happened to one name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RehearsedName {
    /// The `failover` block.
    pub address: Address,
    /// What clients asked for.
    pub name: DnsName,
    /// The type.
    #[serde(rename = "type")]
    pub rtype: RecordType,
    /// The regions that were answered before.
    pub before: Vec<String>,
    /// The regions that a drill says are answered then.
    pub after: Vec<String>,
    /// What happened, in order.
    pub steps: Vec<Step>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// What.
    pub phase: Phase,
    /// To whom, where it is about clients.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub clients: Option<Class>,
    /// What a drill says; absent where it never happens.
    pub predicted: Option<Forecast>,
    /// What was seen; absent where it did not happen.
    pub observed: Option<Seen>,
    /// By how much half of it happened later than predicted.
    pub residual: Option<f64>,
    /// Whether it was within the bounds, as finely as that can be told.
    pub inside: bool,
}

/// The kinds of what happens. The first three count from the loss, the last two from the return.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The checks flip.
    Detected,
    /// The zone's servers answer otherwise.
    Switched,
    /// Clients are served again.
    Served,
    /// The checks flip back.
    Recovered,
    /// The zone's servers answer as before.
    Returned,
}

/// The kinds of clients.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// They ask the zone's servers each time.
    Direct,
    /// Their resolvers keep the TTL.
    Honest,
    /// They cache for 30 s what a resolver that keeps the TTL says.
    Cached,
    /// Their resolvers keep everything for 300 s.
    Stretched,
}

impl Class {
    pub const ALL: [Self; 4] = [Self::Direct, Self::Honest, Self::Cached, Self::Stretched];

    /// The least that its resolvers keep, in seconds.
    pub(super) fn stretches_to(self) -> u32 {
        if self == Self::Stretched { 300 } else { 0 }
    }

    /// How long it caches once more, in seconds.
    pub(super) fn caches_for(self) -> u32 {
        if self == Self::Cached { 30 } else { 0 }
    }
}

/// What a drill says.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Forecast {
    /// Never sooner.
    pub least: f64,
    /// Half of it by then.
    pub p50: f64,
    /// 95 % by then.
    pub p95: f64,
    /// Never later.
    pub most: f64,
}

/// What was seen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Seen {
    /// How many were watched.
    pub count: usize,
    /// How many of them it did not happen to.
    pub never: usize,
    /// The first.
    pub first: f64,
    /// Half of them by then.
    pub p50: f64,
    /// The last.
    pub last: f64,
}

/// Puts predicted beside observed.
pub(super) fn tell(
    desired: &Desired,
    scene: &Scene,
    watch: &Watch<'_>,
    fallen: &[Sight],
    risen: &[Sight],
) -> Rehearsal {
    let rates = watch.rates();
    let lateness = watch.timer.lateness().as_secs_f64();
    let measured =
        Measured { answered: rates.answered, lateness, look_every: LOOK_EVERY.as_secs_f64() };
    let comparing = Comparing { desired, watch, measured };
    let names: Vec<RehearsedName> = watch
        .watched
        .iter()
        .zip(fallen.iter().zip(risen))
        .map(|(it, (fallen, risen))| comparing.name(it, fallen, risen))
        .collect();
    let steps = || names.iter().flat_map(|name| &name.steps);
    Rehearsal {
        format_version: FORMAT_VERSION.to_owned(),
        lifeboat_version: env!("CARGO_PKG_VERSION").to_owned(),
        stack: desired.stack.clone(),
        lost: Lost {
            region: scene.region.name.to_string(),
            location: scene.region.location.clone(),
            endpoint: scene.loss,
            checkers_lost: rates.all - rates.left,
            checkers: rates.all,
        },
        speed: scene.speed,
        seed: scene.seed,
        as_predicted: steps().all(|step| step.inside),
        measured,
        names,
        remarks: watch.left_out.iter().cloned().chain(watch.remarks()).collect(),
    }
}

struct Comparing<'c, 'l> {
    desired: &'c Desired,
    watch: &'c Watch<'l>,
    measured: Measured,
}

impl Comparing<'_, '_> {
    fn name(&self, it: &Watched, fallen: &Sight, risen: &Sight) -> RehearsedName {
        let name = &it.prospect;
        let rates = self.watch.rates();
        let (falls, rises) = (name.turns(&rates, true), name.turns(&rates, false));
        let one = |seen: Option<f64>| vec![seen];
        let look = self.measured.look_every;
        let mut steps = Vec::new();
        if !name.checks.is_empty() {
            steps.push(self.step(Phase::Detected, None, falls, &one(fallen.turned), 0.0));
        }
        if name.moves() {
            steps.push(self.step(Phase::Switched, None, falls, &one(fallen.switched), look));
        }
        for (class, served) in &fallen.served {
            let predicted =
                if name.moves() { name.serves(&rates, *class) } else { self.unmoved(name) };
            steps.push(self.step(Phase::Served, Some(*class), predicted, served, look));
        }
        if !name.checks.is_empty() {
            steps.push(self.step(Phase::Recovered, None, rises, &one(risen.turned), 0.0));
        }
        if name.moves() {
            steps.push(self.step(Phase::Returned, None, rises, &one(risen.switched), look));
        }
        let regions = |places: &std::collections::BTreeSet<Location>| {
            let named = self.desired.regions.iter().filter(|it| places.contains(&it.location));
            named.map(|region| region.name.to_string()).collect()
        };
        RehearsedName {
            address: name.address.clone(),
            name: name.name.clone(),
            rtype: name.rtype,
            before: regions(&name.before),
            after: regions(&name.after),
            steps,
        }
    }

    /// Where answers stay as they are, clients are served all the time, or never again.
    fn unmoved(&self, name: &Prospect) -> Option<Forecast> {
        let stays = !name.after.contains(&self.watch.lost);
        stays.then_some(Forecast { least: 0.0, p50: 0.0, p95: 0.0, most: 0.0 })
    }

    /// `coarse` is what watching itself may add.
    fn step(
        &self,
        phase: Phase,
        clients: Option<Class>,
        predicted: Option<Forecast>,
        seen: &[Option<f64>],
        coarse: f64,
    ) -> Step {
        let mut times: Vec<f64> = seen.iter().copied().flatten().collect();
        times.sort_by(f64::total_cmp);
        let observed = match times[..] {
            [] => None,
            [first, ..] => Some(Seen {
                count: seen.len(),
                never: seen.len() - times.len(),
                first,
                p50: f64::midpoint(times[(times.len() - 1) / 2], times[times.len() / 2]),
                last: times[times.len() - 1],
            }),
        };
        let slack = coarse + self.measured.lateness;
        let inside = match (&predicted, &observed) {
            (None, None) => true,
            (Some(predicted), Some(observed)) => {
                // A client that asks for nothing meanwhile does not notice, however long it takes.
                let early = clients.is_none() && observed.first + slack < predicted.least;
                observed.never == 0 && !early && observed.last <= predicted.most + slack
            }
            (Some(_), None) | (None, Some(_)) => false,
        };
        let residual = predicted.as_ref().zip(observed.as_ref());
        let residual = residual.map(|(predicted, observed)| observed.p50 - predicted.p50);
        Step { phase, clients, predicted, observed, residual, inside }
    }
}
