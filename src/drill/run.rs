//! A drill from start to end.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_contract::Address;

use super::ask::{Ask, Outage, Together, outages};
use super::assumption;
use super::component::{Universe, needs};
use super::fact::Facts;
use super::group::{Group, demand, groups};
use super::judge::Curves;
use super::loss;
use super::objective::{Judging, TOO_MANY, TOO_MANY_REGIONS, importance, unproven};
use super::search::{self, Breaking, Judged};
use super::verdict::{
    BreakingSet, Compared, ComponentKind, Drill, FORMAT_VERSION, Loss, ObjectiveVerdict, Search,
    Verdict,
};
use super::view::{self, View};
use super::words::tenth;
use super::world::World;
use crate::desired::Desired;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::intent::{Intents, Objective};
use crate::live::Live;

/// Sets of regions that an objective is about, at most.
const PROMISED_MAX: u64 = 200_000;

/// Components of which all sets are looked at, at most.
const EXHAUSTIVE_MAX: usize = 20;

/// Losses that are looked at for one objective, at most.
const LOOKED_MAX: u64 = 20_000_000;

/// Objectives that are looked at together.
const TOGETHER_MAX: usize = 64;

/// Computes what users would see.
///
/// `live` is the world as it is, or why it is not known. Absent only where the findings say why.
pub fn drill(
    intents: &Intents,
    desired: &Desired,
    live: Result<&Live, String>,
    ask: &Ask,
) -> (Option<Drill>, Diagnostics) {
    let universe = Universe::of(intents, desired);
    let mut found = Diagnostics::default();
    let outages = outages(&universe, ask, &mut found);
    if found.has_errors() {
        return (None, found);
    }
    let after = World::desired(desired, live.as_ref().ok().copied());
    let before = live.as_ref().ok().map(|live| World::live(desired, live));
    let mut drilling = Drilling {
        intents,
        desired,
        universe: &universe,
        ask,
        outages: &outages,
        needs: &needs(intents),
        worlds: (&after, before.as_ref()),
        curves: Curves::default(),
        objectives: Vec::new(),
        losses: Vec::new(),
        looked: 0,
        losses_max: 0,
        exhaustive: true,
    };
    for group in groups(intents, desired) {
        for part in group.objectives.chunks(TOGETHER_MAX) {
            drilling.group(&group, part, &mut found);
        }
    }
    let Drilling { mut objectives, losses, looked, losses_max, exhaustive, .. } = drilling;
    if found.has_errors() {
        return (None, found);
    }
    objectives.sort_by(|a, b| a.address.cmp(&b.address));
    let worst = objectives.iter().map(|objective| objective.verdict).max();
    let compared = match live {
        Ok(_) => Compared::Live,
        Err(why) => Compared::Not(why),
    };
    let drill = Drill {
        format_version: FORMAT_VERSION.to_owned(),
        lifeboat_version: env!("CARGO_PKG_VERSION").to_owned(),
        stack: desired.stack.clone(),
        verdict: worst.unwrap_or(Verdict::Unproven),
        components: universe.into_components(),
        search: Search {
            losses_max: u32::try_from(losses_max).unwrap_or(u32::MAX),
            exhaustive,
            outages: looked,
        },
        objectives,
        losses,
        lints: Vec::new(),
        lints_off: 0,
        assumptions: assumption::of(intents),
        compared,
    };
    (Some(drill), found)
}

struct Drilling<'d> {
    intents: &'d Intents,
    desired: &'d Desired,
    universe: &'d Universe,
    ask: &'d Ask,
    outages: &'d [Outage],
    needs: &'d BTreeMap<Address, BTreeSet<String>>,
    worlds: (&'d World, Option<&'d World>),
    curves: Curves,
    objectives: Vec<ObjectiveVerdict>,
    losses: Vec<Loss>,
    looked: u64,
    losses_max: usize,
    exhaustive: bool,
}

impl Drilling<'_> {
    fn group(
        &mut self,
        group: &Group<'_>,
        objectives: &[(&Address, &Objective)],
        found: &mut Diagnostics,
    ) {
        let mut facts = Facts::default();
        let mut making = view::Making {
            intents: self.intents,
            desired: self.desired,
            universe: self.universe,
            needs: self.needs,
            facts: &mut facts,
        };
        let name = (group.served, group.failover);
        let after = making.view(self.worlds.0, name, &group.client);
        let before = self.worlds.1.and_then(|world| making.view(world, name, &group.client));
        let Some(after) = after else { return };
        // A name that is not there yet has nothing to compare with.
        let before = before.filter(View::is_there);
        let judging: Vec<Judging<'_>> = objectives
            .iter()
            .map(|(address, objective)| Judging {
                address,
                objective,
                demand: demand(self.intents, objective),
            })
            .collect();
        if !facts.seal() {
            for judging in &judging {
                self.objectives.push(unproven(group, judging, TOO_MANY.to_owned()));
            }
            return;
        }
        let looked = Looked { facts: &facts, after: &after, before: before.as_ref() };
        self.named_losses(&looked, &judging);
        let Some(breaking) = self.breaking(&looked, &judging, found) else { return };
        for (judging, breaking) in judging.iter().zip(breaking) {
            let verdict = self.objective(group, &looked, judging, &breaking);
            self.objectives.push(verdict);
        }
    }

    /// What happens in the losses that were asked for.
    fn named_losses(&mut self, looked: &Looked<'_>, judging: &[Judging<'_>]) {
        let own: BTreeSet<&str> =
            looked.after.leaves.values().filter_map(|leaf| Some(&*leaf.target?.region)).collect();
        for outage in self.outages {
            // Unless asked, nothing is told of regions that have nothing to do with the name.
            let about = outage.names.iter().any(|name| own.contains(name.as_str()));
            if self.ask.outages.is_empty() && !about {
                continue;
            }
            for judging in judging {
                let loss = self.loss(looked, outage, judging);
                self.losses.push(loss);
            }
        }
    }

    fn loss(&mut self, looked: &Looked<'_>, outage: &Outage, judging: &Judging<'_>) -> Loss {
        let state = looked.facts.state(looked.facts.bits(&outage.components));
        let case = looked.after.case(looked.facts, &state);
        let about = loss::About {
            view: looked.after,
            case: &case,
            state: &state,
            demand: &judging.demand,
            sample: self.ask.sample,
        };
        about.loss(outage.names.clone(), judging.address.clone(), &mut self.curves)
    }

    /// The smallest losses that break each objective.
    fn breaking(
        &mut self,
        looked: &Looked<'_>,
        judging: &[Judging<'_>],
        found: &mut Diagnostics,
    ) -> Option<Vec<Breaking>> {
        let relevant = looked.facts.relevant().len();
        let losses_max = match self.ask.together {
            Together::UpTo(together) => together,
            Together::Any => relevant,
        };
        let sizes = 1..=losses_max.min(relevant);
        let all: u64 = sizes
            .map(|size| search::count(relevant, size, LOOKED_MAX))
            .fold(0, u64::saturating_add);
        if (self.ask.together == Together::Any && relevant > EXHAUSTIVE_MAX) || all > LOOKED_MAX {
            let detail = format!(
                "{relevant} components matter for `{}`, too many to look at every set of {}.",
                judging.first().map_or("", |judging| judging.address.as_str()),
                if self.ask.together == Together::Any {
                    "them".to_owned()
                } else {
                    format!("up to {losses_max}")
                }
            );
            let help = "look at the sets of up to a number: `--lose-any 2`";
            found.push(Diagnostic::global(codes::OUTAGE_INVALID, detail).help(help));
            return None;
        }
        let curves = &mut self.curves;
        let (breaking, looked_at) =
            search::breaking(looked.facts, judging.len(), losses_max, |state| {
                let case = looked.after.case(looked.facts, &state);
                let mut judged = Judged::default();
                for (index, judging) in judging.iter().enumerate() {
                    judged.put(index, case.verdict(&judging.demand, curves));
                }
                judged
            });
        self.looked = self.looked.max(looked_at);
        self.losses_max = self.losses_max.max(losses_max.min(relevant));
        self.exhaustive &= losses_max >= relevant;
        Some(breaking)
    }

    fn objective(
        &mut self,
        group: &Group<'_>,
        looked: &Looked<'_>,
        judging: &Judging<'_>,
        breaking: &Breaking,
    ) -> ObjectiveVerdict {
        let mut promised = Vec::new();
        if self.ask.outages.is_empty() {
            match self.promised(looked, judging) {
                Some(sets) => promised = sets,
                None => return unproven(group, judging, TOO_MANY_REGIONS.to_owned()),
            }
        } else {
            promised.extend(self.outages.iter().map(|outage| outage.components.clone()));
        }
        let mut entry = unproven(group, judging, String::new());
        entry.named = !self.ask.outages.is_empty();
        entry.reason = None;
        entry.verdict = Verdict::Met;
        let mut worst: Option<(Verdict, f64)> = None;
        for lost in &promised {
            let state = looked.facts.state(looked.facts.bits(lost));
            let case = looked.after.case(looked.facts, &state);
            let verdict = case.verdict(&judging.demand, &mut self.curves);
            let recovery =
                case.recovered(judging.demand.quantile, judging.demand.habits, &mut self.curves);
            let rank = (verdict, recovery.unwrap_or(f64::INFINITY));
            if worst.is_none_or(|worst| rank > worst) {
                worst = Some(rank);
                entry.verdict = verdict;
                entry.recovery = recovery.filter(|_| verdict != Verdict::Unproven).map(tenth);
                entry.worst = self.name(lost);
                entry.reason = (verdict != Verdict::Met)
                    .then(|| looked.after.reason(&case, &state, &judging.demand, recovery));
            }
        }
        // What the answer rests on is told even where it is more than one region.
        if self.ask.outages.is_empty() && entry.worst.len() > 1 {
            let lost: BTreeSet<usize> =
                entry.worst.iter().filter_map(|name| self.universe.find(name)).collect();
            let outage = Outage { names: entry.worst.clone(), components: lost };
            let loss = self.loss(looked, &outage, judging);
            self.losses.push(loss);
        }
        entry.before = looked.before.map(|before| {
            let verdicts = promised.iter().map(|lost| {
                let state = looked.facts.state(looked.facts.bits(lost));
                before.case(looked.facts, &state).verdict(&judging.demand, &mut self.curves)
            });
            verdicts.max().unwrap_or(Verdict::Met)
        });
        entry.breaking = breaking
            .sets
            .iter()
            .map(|(lost, survived)| self.breaking_set(looked, judging, *lost, *survived))
            .collect();
        // Of those that are as new, the order of the search stays: small ones first.
        entry.breaking.sort_by_key(|set| !set.newly);
        entry.breaking_left_out = breaking.left_out;
        entry.importance = importance(&entry.breaking);
        entry
    }

    /// The sets of regions that an objective is about.
    fn promised(&self, looked: &Looked<'_>, judging: &Judging<'_>) -> Option<Vec<BTreeSet<usize>>> {
        let relevant = looked.facts.relevant();
        let regions: Vec<usize> = self
            .universe
            .of_kind(ComponentKind::Region)
            .filter(|region| relevant.contains(region))
            .collect();
        let survive = usize::try_from(judging.objective.survive.value).ok()?;
        let mut sets = Vec::new();
        for size in 1..=survive.min(regions.len()) {
            if search::count(regions.len(), size, PROMISED_MAX) >= PROMISED_MAX {
                return None;
            }
            search::for_each_subset(regions.len(), size, &mut |bits| {
                let members = regions.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1);
                sets.push(members.map(|(_, region)| *region).collect());
            });
        }
        Some(sets)
    }

    fn breaking_set(
        &mut self,
        looked: &Looked<'_>,
        judging: &Judging<'_>,
        lost: u128,
        survived: u64,
    ) -> BreakingSet {
        let state = looked.facts.state(lost);
        let case = looked.after.case(looked.facts, &state);
        let recovery =
            case.recovered(judging.demand.quantile, judging.demand.habits, &mut self.curves);
        let before = looked.before.map(|before| before.case(looked.facts, &state));
        let was = before.map(|case| case.verdict(&judging.demand, &mut self.curves));
        let relevant = looked.facts.relevant().iter().enumerate();
        let members = relevant.filter(|(bit, _)| lost >> bit & 1 == 1).map(|(_, at)| *at);
        BreakingSet {
            lost: self.name(&members.collect()),
            why: looked.after.reason(&case, &state, &judging.demand, recovery),
            newly: was == Some(Verdict::Met),
            survived_with_more: survived,
        }
    }

    fn name(&self, lost: &BTreeSet<usize>) -> Vec<String> {
        lost.iter().map(|component| self.universe.name(*component).to_owned()).collect()
    }
}

/// One name in both worlds.
struct Looked<'l> {
    facts: &'l Facts,
    after: &'l View<'l>,
    before: Option<&'l View<'l>>,
}

impl View<'_> {
    /// Whether the name is answered at all while nothing is lost.
    fn is_there(&self) -> bool {
        !self.leaves.is_empty()
    }
}
