//! Until clients are served again.

use super::{Curve, Flip, Served, Turn};

/// What clients go through until they are served again.
#[derive(Clone, Debug, PartialEq)]
pub struct Journey {
    /// What has to flip before the answers are right; all of it.
    pub turns: Vec<Turn>,
    /// A target that has to grow, and then to be found healthy, before it is answered.
    pub rise: Option<(f64, Flip)>,
    /// From the decision to the servers of the zone: uniform up to this.
    pub propagation: f64,
    /// How long a resolver may keep the old answer.
    pub ttl: f64,
    /// Who asks.
    pub habits: Habits,
    /// What has to have grown before anybody is served, counted from when the checks have flipped.
    pub growth: f64,
    /// What grows only once requests arrive.
    pub growth_on_arrival: f64,
}

/// How long clients keep what they know.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Habits {
    /// Shares, 0 to 1.
    pub stretched: f64,
    pub cached: f64,
    /// Seconds.
    pub stretched_to: f64,
    pub cached_for: f64,
    pub notice: f64,
    /// Queries a second that a resolver gets for the name.
    pub queries: f64,
}

impl Habits {
    /// How long an answer is kept at most that may be kept for `ttl`.
    pub fn kept(&self, ttl: f64) -> f64 {
        let ttl = if self.stretched > 0.0 { ttl.max(self.stretched_to) } else { ttl };
        ttl + if self.cached > 0.0 { self.cached_for } else { 0.0 }
    }
}

impl Journey {
    /// No client takes longer.
    pub fn bound(&self) -> f64 {
        let kept = self.habits.kept(self.ttl);
        let reached = self.switched_by() + kept + self.habits.notice + self.growth_on_arrival;
        reached.max(self.turned_by() + self.growth)
    }

    fn turned_by(&self) -> f64 {
        self.turns.iter().map(Turn::most).fold(0.0, f64::max)
    }

    /// By when the servers of the zone answer what they shall, at the latest.
    pub fn switched_by(&self) -> f64 {
        let risen = self.rise.map_or(0.0, |(grown, flip)| grown + flip.most());
        self.turned_by() + risen + self.propagation
    }

    /// The servers of the zone answer what they shall.
    pub fn switched(&self) -> Curve {
        self.turned_until(self.switched_by()).spread(self.propagation)
    }

    /// The checks have flipped.
    pub fn turned(&self) -> Curve {
        self.turned_until(self.switched_by())
    }

    fn turned_until(&self, end: f64) -> Curve {
        let turned =
            Curve::rising(end, |time| self.turns.iter().map(|turn| turn.by(time)).product());
        match self.rise {
            None => turned,
            Some((grown, flip)) => turned.later(grown).after(&turned.of(&flip)),
        }
    }

    /// Clients are served again.
    ///
    /// Those who keep answers alike share a grid: who waits for days must not blur who waits for
    /// seconds.
    pub fn served(&self) -> Served {
        let habits = &self.habits;
        let longer = self.ttl.max(habits.stretched_to);
        let mut parts = Vec::new();
        for (stretched, ttl) in [(1.0 - habits.stretched, self.ttl), (habits.stretched, longer)] {
            for (cached, more) in [(1.0 - habits.cached, 0.0), (habits.cached, habits.cached_for)] {
                let share = stretched * cached;
                if share > 0.0 {
                    parts.push(self.served_alike(ttl, more).scaled(share));
                }
            }
        }
        Served::of(parts)
    }

    /// Those whose resolver keeps answers for `ttl`, and who keep them for `more` by themselves.
    fn served_alike(&self, ttl: f64, more: f64) -> Curve {
        let reached = self.switched_by() + ttl + more + self.habits.notice + self.growth_on_arrival;
        let turned = self.turned_until(reached.max(self.turned_by() + self.growth));
        if self.growth <= 0.0 {
            return self.reached(&turned, ttl, more);
        }
        // Growing and all the rest begin together, once the checks have flipped.
        self.reached(&turned.at_once(), ttl, more).not_before(self.growth).after(&turned)
    }

    /// What comes behind the flips.
    fn reached(&self, turned: &Curve, ttl: f64, more: f64) -> Curve {
        let switched = turned.spread(self.propagation);
        // A resolver that is seldom asked has often nothing to keep.
        let busy = self.habits.queries * ttl / (1.0 + self.habits.queries * ttl);
        let drained = switched.spread(ttl).scaled(busy).plus(&switched.scaled(1.0 - busy));
        drained.spread(more).spread(self.habits.notice).later(self.growth_on_arrival)
    }
}
