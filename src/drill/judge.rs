//! Whether a case meets an objective, and by when clients are served.

use std::collections::BTreeMap;

use super::case::Case;
use super::timing::{Flip, Habits, Journey, Served, Turn};
use super::verdict::Verdict;

/// From a flip to the servers of a zone; no page gives a number.
pub(super) const PROPAGATION: f64 = 10.0;

/// How often a resolver is asked for a name, a second.
pub(super) const QUERIES: f64 = 1.0;

/// What sums of shares miss by rounding.
const ROUNDING: f64 = 1e-9;

/// What must hold.
#[derive(Clone, Debug)]
pub(super) struct Demand {
    pub(super) quantile: f64,
    /// Seconds.
    pub(super) rto: f64,
    pub(super) habits: Habits,
}

/// When everything happens on a journey.
pub(super) struct Times {
    /// On average.
    pub(super) turned: f64,
    /// On average.
    pub(super) switched: f64,
    pub(super) served: Served,
}

/// The times of journeys; many names share few of them.
#[derive(Default)]
pub(super) struct Curves {
    known: BTreeMap<Vec<u64>, Times>,
}

impl Curves {
    pub(super) fn times(&mut self, journey: &Journey) -> &Times {
        self.known.entry(fingerprint(journey)).or_insert_with(|| Times {
            turned: journey.turned().mean(),
            switched: journey.switched().mean(),
            served: journey.served(),
        })
    }
}

impl Case {
    /// What clients who are hit go through.
    pub(super) fn journey(&self, habits: Habits) -> Journey {
        Journey {
            turns: self.turns.clone(),
            rise: self.rise,
            propagation: PROPAGATION,
            ttl: f64::from(self.ttl),
            habits,
            growth: self.growth,
            growth_on_arrival: self.growth_on_arrival,
        }
    }

    /// The share of clients that is served all the time.
    pub(super) fn steady(&self) -> f64 {
        self.spared.min(self.served)
    }

    /// By when this share of clients is served again; absent for never.
    pub(super) fn recovered(&self, share: f64, habits: Habits, curves: &mut Curves) -> Option<f64> {
        if share > self.served + ROUNDING {
            return None;
        }
        let steady = self.steady();
        if share <= steady + ROUNDING {
            return Some(0.0);
        }
        let hit = (share - steady) / (self.served - steady);
        if hit >= 1.0 - ROUNDING {
            return self.bound(habits);
        }
        curves.times(&self.journey(habits)).served.quantile(hit)
    }

    /// By when everybody is served who ever is.
    pub(super) fn bound(&self, habits: Habits) -> Option<f64> {
        match self.served {
            served if served <= 0.0 => None,
            served if served <= self.steady() + ROUNDING => Some(0.0),
            _ => Some(self.journey(habits).bound()),
        }
    }

    pub(super) fn verdict(&self, demand: &Demand, curves: &mut Curves) -> Verdict {
        if self.unproven.is_some() {
            return Verdict::Unproven;
        }
        if demand.quantile > self.served + ROUNDING {
            return Verdict::Violated;
        }
        // Nobody takes longer than the bound, and it costs little.
        if self.bound(demand.habits).is_some_and(|bound| bound <= demand.rto) {
            return Verdict::Met;
        }
        match self.recovered(demand.quantile, demand.habits, curves) {
            Some(time) if time <= demand.rto => Verdict::Met,
            Some(_) | None => Verdict::Violated,
        }
    }
}

/// What tells a journey from others.
fn fingerprint(journey: &Journey) -> Vec<u64> {
    let Journey { turns, rise, propagation, ttl, habits, growth, growth_on_arrival } = journey;
    let Habits { stretched, cached, stretched_to, cached_for, notice, queries } = habits;
    let numbers = [
        *propagation,
        *ttl,
        *growth,
        *growth_on_arrival,
        *stretched,
        *cached,
        *stretched_to,
        *cached_for,
        *notice,
        *queries,
    ];
    let mut print: Vec<u64> = numbers.into_iter().map(f64::to_bits).collect();
    if let Some((grown, flip)) = rise {
        print.push(grown.to_bits());
        print_flip(flip, &mut print);
    }
    for turn in turns {
        print_turn(turn, &mut print);
    }
    print
}

fn print_turn(turn: &Turn, print: &mut Vec<u64>) {
    match turn {
        Turn::Endpoint(flip) => {
            print.push(0);
            print_flip(flip, print);
        }
        Turn::Counted { needed, of } => {
            print.extend([1, *needed as u64, of.len() as u64]);
            for turn in of {
                print_turn(turn, print);
            }
        }
    }
}

fn print_flip(flip: &Flip, print: &mut Vec<u64>) {
    let Flip { least, spread, needed, of } = flip;
    print.extend([least.to_bits(), spread.to_bits(), u64::from(*needed), u64::from(*of)]);
}
