//! One loss as reports show it.

use lifeboat_contract::Address;

use super::case::Case;
use super::fact::State;
use super::judge::{Curves, Demand};
use super::sample::Sample;
use super::timing::Turn;
use super::verdict::{Event, EventKind, Loss, Recovery, Sampled, Span, Verdict};
use super::view::View;
use super::words::{percent, seconds, tenth};

/// Points of a curve in a report, about.
const POINTS: u32 = 60;

/// What is told about.
pub(super) struct About<'a> {
    pub(super) view: &'a View<'a>,
    pub(super) case: &'a Case,
    pub(super) state: &'a State,
    pub(super) demand: &'a Demand,
    pub(super) sample: Option<(u64, u64)>,
}

impl About<'_> {
    pub(super) fn loss(&self, lost: Vec<String>, objective: Address, curves: &mut Curves) -> Loss {
        let Self { view, case, demand, .. } = self;
        let known = case.unproven.is_none();
        let at = |share: f64, curves: &mut Curves| {
            case.recovered(share, demand.habits, curves).filter(|_| known).map(tenth)
        };
        let recovery = Recovery {
            p50: at(0.5, curves),
            p95: at(0.95, curves),
            p99: at(0.99, curves),
            bound: case.bound(demand.habits).filter(|_| known).map(tenth),
            served: case.served,
        };
        let verdict = case.verdict(demand, curves);
        let reached = at(demand.quantile, curves);
        let summary = match verdict {
            Verdict::Unproven | Verdict::Violated if reached.is_none() => {
                view.reason(case, self.state, demand, reached)
            }
            Verdict::Met | Verdict::Unproven | Verdict::Violated => view.summary(case, self.state),
        };
        let (detected, switched) = (self.detected(curves), self.switched(curves));
        Loss {
            lost,
            objective,
            verdict,
            summary,
            before: view.answered(&case.before),
            after: view.answered(&case.after),
            detected,
            switched,
            recovery,
            sampled: self.sampled(),
            events: self.events(detected, switched, reached),
            curve: self.curve(curves),
        }
    }

    /// Whether anybody waits for anything.
    fn is_hit(&self) -> bool {
        self.case.unproven.is_none() && self.case.served > self.case.steady() + 1e-9
    }

    fn detected(&self, curves: &mut Curves) -> Option<Span> {
        let case = self.case;
        let turns = if case.turns.is_empty() { &case.flips } else { &case.turns };
        if turns.is_empty() {
            return None;
        }
        let mut journey = case.journey(self.demand.habits);
        journey.turns.clone_from(turns);
        journey.rise = None;
        Some(Span {
            least: tenth(turns.iter().map(Turn::least).fold(0.0, f64::max)),
            mean: tenth(curves.times(&journey).turned),
            most: tenth(turns.iter().map(Turn::most).fold(0.0, f64::max)),
        })
    }

    fn switched(&self, curves: &mut Curves) -> Option<Span> {
        let case = self.case;
        if case.unproven.is_some() || (case.turns.is_empty() && case.rise.is_none()) {
            return None;
        }
        let journey = case.journey(self.demand.habits);
        let turned = case.turns.iter().map(Turn::least).fold(0.0, f64::max);
        let risen = case.rise.map_or(0.0, |(grown, flip)| grown + flip.least);
        Some(Span {
            least: tenth(turned + risen),
            mean: tenth(curves.times(&journey).switched),
            most: tenth(journey.switched_by()),
        })
    }

    fn events(
        &self,
        detected: Option<Span>,
        switched: Option<Span>,
        reached: Option<f64>,
    ) -> Vec<Event> {
        let event = |at: f64, kind: EventKind, text: String| Event {
            at: tenth(at),
            since: None,
            kind,
            text,
        };
        let since = |since: f64, event: Event| Event { since: Some(tenth(since)), ..event };
        let mut events = vec![event(0.0, EventKind::Fault, "checks fail".to_owned())];
        if let Some(detected) = detected {
            events.push(event(detected.mean, EventKind::Detected, "health flips".to_owned()));
        }
        let case = self.case;
        let turned = detected.map_or(0.0, |detected| detected.mean);
        if let Some((grown, _)) = case.rise {
            let text = format!("grown after {}", seconds(grown));
            events.push(since(turned, event(turned + grown, EventKind::Grown, text)));
        } else if case.growth > 0.0 {
            let text = format!("grown after {}", seconds(case.growth));
            events.push(since(turned, event(turned + case.growth, EventKind::Grown, text)));
        }
        if let Some(switched) = switched {
            let answers = self.view.summary(case, self.state);
            let text = format!("DNS: {answers}");
            events.push(event(switched.mean, EventKind::Switched, text));
            let ttl = f64::from(case.ttl);
            if self.is_hit() && ttl > 0.0 {
                let text = format!("{ttl}s TTL has run out");
                let expired = event(switched.mean + ttl, EventKind::Expired, text);
                events.push(since(switched.mean, expired));
                let kept = self.demand.habits.kept(ttl);
                if kept > ttl {
                    let text = "the last clients let go of old addresses".to_owned();
                    let drained = event(switched.mean + kept, EventKind::Drained, text);
                    events.push(since(switched.mean + ttl, drained));
                }
            }
        }
        if let Some(reached) = reached.filter(|_| self.is_hit()) {
            let text = format!("{} of clients served again", percent(self.demand.quantile));
            events.push(event(reached, EventKind::Served, text));
        }
        events.sort_by(|a, b| a.at.total_cmp(&b.at));
        events
    }

    fn sampled(&self) -> Option<Sampled> {
        let (clients, seed) = self.sample.filter(|_| self.is_hit())?;
        let sample = Sample::of(&self.case.journey(self.demand.habits), seed, 0..clients);
        let at = |share: f64| sample.quantile(share).map(tenth);
        Some(Sampled { clients, seed, p50: at(0.5), p95: at(0.95), p99: at(0.99) })
    }

    fn curve(&self, curves: &mut Curves) -> Vec<(f64, f64)> {
        let (steady, served) = (self.case.steady(), self.case.served);
        if !self.is_hit() {
            return vec![(0.0, steady)];
        }
        let times = curves.times(&self.case.journey(self.demand.habits));
        let hit = |(time, share): (f64, f64)| {
            let share = steady + (served - steady) * share;
            (tenth(time), (share * 10_000.0).round() / 10_000.0)
        };
        times.served.points(POINTS).into_iter().map(hit).collect()
    }
}
