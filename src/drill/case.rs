//! One loss, one name, one kind of clients: what is answered, and what has to happen until then.

use std::collections::BTreeMap;

use lifeboat_contract::routing::{Answers, Gauge, Reply, SetIndex};
use lifeboat_contract::{CheckRef, Endpoint, Protocol};

use super::fact::{Facts, State};
use super::part::{FOREIGN_TTL, Part, parts, undecided};
use super::timing::{Asking, Flip, Turn};
use super::view::{Leaf, View};
use super::world::check_of;
use crate::intent::Grows;

/// How long a request takes that is answered, in seconds; a figure that hardly matters.
const ANSWERED: f64 = 0.1;

/// How long a connection takes that nobody answers: http and https 4 s, TCP 10 s (Developer Guide,
/// "How Route 53 determines whether a health check is healthy").
const SILENT_HTTP: f64 = 4.0;
const SILENT_TCP: f64 = 10.0;

/// How an endpoint is asked, and falls silent.
pub(super) fn asking(endpoint: &Endpoint, checkers: u32) -> Asking {
    let silent = match endpoint.protocol {
        Protocol::Http | Protocol::Https => SILENT_HTTP,
        Protocol::Tcp => SILENT_TCP,
    };
    Asking {
        interval: f64::from(endpoint.interval),
        in_a_row: endpoint.failures,
        answered: ANSWERED,
        failed: endpoint.timeout.map_or(silent, f64::from),
        checkers,
    }
}

/// What happens to one name when something is lost.
pub(super) struct Case {
    pub(super) before: Vec<Part>,
    pub(super) after: Vec<Part>,
    /// The share of clients that nothing happens to.
    pub(super) spared: f64,
    /// The share of clients that is served in the end.
    pub(super) served: f64,
    /// All checks that flip.
    pub(super) flips: Vec<Turn>,
    /// Those that the final answers wait for.
    pub(super) turns: Vec<Turn>,
    pub(super) rise: Option<(f64, Flip)>,
    pub(super) growth: f64,
    pub(super) growth_on_arrival: f64,
    /// How long resolvers keep the answers that are dead, in seconds.
    pub(super) ttl: u32,
    /// Why it cannot be told.
    pub(super) unproven: Option<String>,
}

/// Health of everything that matters, by name of the check.
struct Health {
    statuses: BTreeMap<CheckRef, Option<bool>>,
    /// By gauge of the tree.
    gauges: Vec<Option<bool>>,
}

impl View<'_> {
    /// What happens once `state` is so.
    pub(super) fn case(&self, facts: &Facts, state: &State) -> Case {
        let start = self.health(&|check| Some(!self.is_cold(check)), &|_| true);
        let before = self.tree.answer_known(&|gauge| start.gauges[gauge]);
        let mut stuck = false;
        let end = self.end(facts, state, &start, &mut stuck);
        let after = self.tree.answer_known(&|gauge| end.gauges[gauge]);
        let triggered = |leaf: &Leaf<'_>| self.is_triggered(leaf, &start, &end);
        let serves_after =
            |index: SetIndex, share: f64| self.serves(state, index, share, &triggered);
        let serves_before = |index: SetIndex, share: f64| {
            let leaf = &self.leaves[&index];
            if leaf.is_cold() { 0.0 } else { (leaf.capacity.share / share).min(1.0) }
        };
        let mut unproven = undecided(&before).or_else(|| undecided(&after));
        let before_parts = parts(&before, serves_before, |set| self.is_unhealthy(set, &start));
        let after_parts = parts(&after, serves_after, |set| self.is_unhealthy(set, &end));
        let spared = before_parts.iter().filter(|part| part.served > 0.0).map(|part| {
            let still = part.set.map_or(0.0, |set| self.stays(state, set));
            part.share * part.served.min(still)
        });
        let spared = spared.sum();
        let served = after_parts.iter().map(|part| part.share * part.served).sum();
        let mut case = Case {
            spared,
            served,
            flips: Vec::new(),
            turns: Vec::new(),
            rise: None,
            growth: 0.0,
            growth_on_arrival: 0.0,
            ttl: self.kept(&before, state),
            unproven: None,
            before: before_parts,
            after: after_parts,
        };
        if stuck && served < 1.0 {
            let why = "no checker is left to notice it, and what a server then answers is not \
                       documented";
            unproven = unproven.or_else(|| Some(why.to_owned()));
        }
        // Where others serve as many until something cold is found healthy, nobody waits for that.
        let meanwhile = self.meanwhile(&start, &end).filter(|meanwhile| {
            let answers = self.tree.answer_known(&|gauge| meanwhile.gauges[gauge]);
            let parts = parts(&answers, serves_after, |_| false);
            let served: f64 = parts.iter().map(|part| part.share * part.served).sum();
            served + 1e-9 >= case.served
        });
        let unknown = if let Some(meanwhile) = meanwhile {
            let answers = self.tree.answer_known(&|gauge| meanwhile.gauges[gauge]);
            self.wait(&mut case, (facts, state), &start, &meanwhile, &answers)
        } else {
            let unknown = self.wait(&mut case, (facts, state), &start, &end, &after);
            self.grow(&mut case);
            unknown
        };
        case.unproven = unproven.or_else(|| unknown.filter(|_| case.served > case.spared));
        case
    }

    fn is_unhealthy(&self, set: SetIndex, health: &Health) -> bool {
        let check = self.leaves[&set].check.as_ref();
        check.is_some_and(|check| health.statuses.get(check) == Some(&Some(false)))
    }

    /// Whether a check asks only what has still to grow.
    fn is_cold(&self, check: &CheckRef) -> bool {
        let Some(asked) = self.asked.get(check) else { return false };
        !asked.of.is_empty() && asked.of.iter().all(|set| self.leaves[set].is_cold())
    }

    fn health(
        &self,
        endpoint: &dyn Fn(&CheckRef) -> Option<bool>,
        target: &dyn Fn(usize) -> bool,
    ) -> Health {
        let names = self.checks.names();
        let statuses = self.checks.statuses(&|at| {
            self.asked.contains_key(&names[at]).then(|| endpoint(&names[at])).flatten()
        });
        let statuses: BTreeMap<CheckRef, Option<bool>> =
            names.iter().cloned().zip(statuses).collect();
        let gauges = self.tree.checks().iter().enumerate().map(|(at, gauge)| match gauge {
            Gauge::Check(check) => statuses.get(check).copied().flatten(),
            Gauge::Target { .. } => self.targets.contains_key(&at).then(|| target(at)),
        });
        let gauges = gauges.collect();
        Health { statuses, gauges }
    }

    /// How healthy everything is before what is cold rises; absent where nothing does.
    fn meanwhile(&self, start: &Health, end: &Health) -> Option<Health> {
        let of = |health: &Health, check: &CheckRef| health.statuses.get(check).copied().flatten();
        let cold = self.asked.keys().filter(|check| self.is_cold(check));
        let mut rising = cold.filter(|check| of(start, check) != of(end, check)).peekable();
        rising.peek()?;
        let rising: Vec<&CheckRef> = rising.collect();
        let target = |gauge: usize| end.gauges[gauge] != Some(false);
        let before = |check: &CheckRef| {
            let health = if rising.contains(&check) { start } else { end };
            let status = of(health, check)?;
            Some(status != self.world.is_inverted(check))
        };
        Some(self.health(&before, &target))
    }

    /// How healthy everything is in the end.
    fn end(&self, facts: &Facts, state: &State, start: &Health, stuck: &mut bool) -> Health {
        let target = |gauge: usize| !self.targets.get(&gauge).is_some_and(|dead| state.is(*dead));
        let mut silent = false;
        let mut settle = |grown: &dyn Fn(&CheckRef) -> bool| {
            let is_silent = std::cell::Cell::new(silent);
            let health = self.health(
                &|check| {
                    let asked = &self.asked[check];
                    let healthy = !state.is(asked.broken) && grown(check);
                    let reporting = state.checkers(facts, asked.fleet);
                    let passing = if healthy { reporting } else { 0 };
                    lifeboat_contract::routing::endpoint_healthy(passing, reporting).or_else(|| {
                        is_silent.set(true);
                        Some(!self.is_cold(check))
                    })
                },
                &target,
            );
            silent = is_silent.get();
            health
        };
        let first = settle(&|check| !self.is_cold(check));
        // What waits for an alarm grows once a check of a lower tier has flipped.
        let end = settle(&|check| {
            let grows = |set: &SetIndex| {
                let leaf = &self.leaves[set];
                !leaf.is_cold()
                    || (leaf.capacity.grows == Grows::OnAlarm
                        && leaf.can_serve(state)
                        && self.is_triggered(leaf, start, &first))
            };
            self.asked[check].of.is_empty() || self.asked[check].of.iter().any(grows)
        });
        *stuck = silent;
        end
    }

    /// Whether a check of something in a lower tier has flipped.
    fn is_triggered(&self, leaf: &Leaf<'_>, start: &Health, end: &Health) -> bool {
        let tier = |leaf: &Leaf<'_>| leaf.target.map_or(0, |target| target.tier);
        let checks = self
            .leaves
            .values()
            .filter(|other| tier(other) < tier(leaf))
            .filter_map(|other| other.check.as_ref());
        let mut checks = checks.map(|check| (start.statuses.get(check), end.statuses.get(check)));
        checks.any(|(before, after)| before == Some(&Some(true)) && after == Some(&Some(false)))
    }

    /// The share of its clients that a leaf serves which is answered so often.
    fn serves(
        &self,
        state: &State,
        index: SetIndex,
        share: f64,
        triggered: &dyn Fn(&Leaf<'_>) -> bool,
    ) -> f64 {
        let leaf = &self.leaves[&index];
        let there = match leaf.capacity.grows {
            Grows::OnAlarm => leaf.can_serve(state) && triggered(leaf),
            Grows::Never | Grows::OnTraffic => leaf.can_serve(state),
        };
        if there { (leaf.capacity.share / share).min(1.0) } else { 0.0 }
    }

    /// 1 where what served goes on, else 0.
    fn stays(&self, state: &State, set: SetIndex) -> f64 {
        let dead = self.leaves[&set].dead.is_some_and(|fact| state.is(fact));
        f64::from(u8::from(!dead))
    }

    /// How long the answers may be kept that are dead now.
    fn kept(&self, before: &Answers, state: &State) -> u32 {
        let sets = before.iter().filter_map(|share| match &share.reply {
            Reply::Sets { of, ttl, .. } => Some((of, ttl.unwrap_or(0))),
            Reply::Foreign { .. }
            | Reply::Referral { .. }
            | Reply::NoData
            | Reply::NoName
            | Reply::Undecided { .. } => None,
        });
        let dead = |of: &[SetIndex]| of.iter().any(|set| self.stays(state, *set) == 0.0);
        let own = sets.filter(|(of, _)| dead(of)).map(|(_, ttl)| ttl).max();
        let foreign = before.iter().any(|share| matches!(share.reply, Reply::Foreign { .. }));
        own.unwrap_or(0).max(if foreign { FOREIGN_TTL } else { 0 })
    }

    /// Which flips the final answers wait for. Gives why that is unknown, where it is.
    fn wait(
        &self,
        case: &mut Case,
        (facts, state): (&Facts, &State),
        start: &Health,
        end: &Health,
        after: &Answers,
    ) -> Option<String> {
        let flipped: Vec<usize> =
            (0..start.gauges.len()).filter(|at| start.gauges[*at] != end.gauges[*at]).collect();
        let with = |flipped: &[usize]| {
            self.tree.answer_known(&|at| {
                let health = if flipped.contains(&at) { end } else { start };
                health.gauges[at]
            })
        };
        let timed: Vec<usize> = flipped
            .iter()
            .copied()
            .filter(|at| check_of(&self.tree.checks()[*at]).is_some())
            .collect();
        for at in &timed {
            let Some(check) = check_of(&self.tree.checks()[*at]) else { continue };
            case.flips.extend(self.turn(check, (facts, state), start, end));
        }
        if with(&timed) != *after {
            let unknown = flipped.iter().find(|at| !timed.contains(at))?;
            let Gauge::Target { name, .. } = &self.tree.checks()[*unknown] else { return None };
            return Some(format!(
                "how soon a server notices that `{name}` is lost is not documented: give the \
                 target a `health_check`"
            ));
        }
        let without = |at: usize| -> Vec<usize> {
            timed.iter().copied().filter(|other| *other != at).collect()
        };
        let mut needed: Vec<usize> =
            timed.iter().copied().filter(|at| with(&without(*at)) != *after).collect();
        if with(&needed) != *after {
            needed = timed;
        }
        for at in needed {
            let Some(check) = check_of(&self.tree.checks()[at]) else { continue };
            let Some(turn) = self.turn(check, (facts, state), start, end) else { continue };
            if end.gauges[at] == Some(true) {
                self.rise(case, check, (facts, state));
            } else {
                case.turns.push(turn);
            }
        }
        None
    }

    /// A cold target is found healthy only once it has grown.
    fn rise(&self, case: &mut Case, check: &CheckRef, (facts, state): (&Facts, &State)) {
        for endpoint in self.view_endpoints(check) {
            let Some(asked) = self.asked.get(&endpoint) else { continue };
            let Some(flip) = self.asking(&endpoint, facts, state).and_then(|a| a.rises()) else {
                continue;
            };
            let ready = asked.of.iter().map(|set| f64::from(self.leaves[set].capacity.ready));
            let ready = ready.fold(0.0, f64::max);
            let later = |(grown, flip): &(f64, Flip)| grown + flip.most();
            let rise = (ready, flip);
            if case.rise.as_ref().is_none_or(|known| later(&rise) > later(known)) {
                case.rise = Some(rise);
            }
        }
    }

    fn view_endpoints(&self, check: &CheckRef) -> Vec<CheckRef> {
        let cold = |check: &CheckRef| self.is_cold(check);
        self.world.endpoints_of(check).into_iter().filter(cold).collect()
    }

    /// What has to have grown before those are served who are answered something cold.
    fn grow(&self, case: &mut Case) {
        for part in case.after.iter().filter(|part| part.served > 0.0) {
            let Some(leaf) = part.set.map(|set| &self.leaves[&set]) else { continue };
            let ready = f64::from(leaf.capacity.ready);
            // Where a check tells when it has grown, the answers wait for that.
            let told = leaf.check.is_some() && case.rise.is_some();
            match leaf.capacity.grows {
                Grows::OnAlarm if !told => case.growth = case.growth.max(ready),
                Grows::OnTraffic => case.growth_on_arrival = case.growth_on_arrival.max(ready),
                Grows::Never | Grows::OnAlarm => {}
            }
        }
    }

    fn asking(&self, check: &CheckRef, facts: &Facts, state: &State) -> Option<Asking> {
        let asked = self.asked.get(check)?;
        Some(asking(asked.endpoint, state.checkers(facts, asked.fleet)))
    }

    /// When a check flips that does.
    fn turn(
        &self,
        check: &CheckRef,
        (facts, state): (&Facts, &State),
        start: &Health,
        end: &Health,
    ) -> Option<Turn> {
        let is = |health: &Health, check: &CheckRef| health.statuses.get(check).copied().flatten();
        let (before, after) = (is(start, check)?, is(end, check)?);
        if before == after {
            return None;
        }
        let raw_after = after != self.world.is_inverted(check);
        if let Some((children, at_least)) = self.world.counted(check) {
            let healthy = children.iter().filter(|child| is(start, child) == Some(true)).count();
            let turning: Vec<Turn> = children
                .iter()
                .filter(|child| is(start, child) != is(end, child))
                .filter(|child| (is(end, child) == Some(true)) == raw_after)
                .filter_map(|child| self.turn(child, (facts, state), start, end))
                .collect();
            let needed = if raw_after {
                at_least.saturating_sub(healthy)
            } else {
                (healthy + 1).saturating_sub(at_least)
            };
            return Some(Turn::Counted { needed, of: turning });
        }
        let asking = self.asking(check, facts, state)?;
        let flip = if raw_after { asking.rises() } else { asking.falls() };
        flip.map(Turn::Endpoint)
    }
}
