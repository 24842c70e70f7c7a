//! Clients one by one, by chance: the same times as [`Journey::served`] computes, found another way.

use super::timing::{Flip, Journey, Turn};

/// How finely times are told apart, in seconds.
const STEP: f64 = 0.1;

/// When clients were served, counted in steps.
///
/// Each client's chances come from the seed and its number alone, so it does not matter who samples
/// which of them, or in which order samples are put together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    counts: Vec<u64>,
    clients: u64,
}

impl Sample {
    /// Sends these clients on a journey.
    pub fn of(journey: &Journey, seed: u64, clients: std::ops::Range<u64>) -> Self {
        let mut sample = Self::default();
        for client in clients {
            let mut chance = Chance::of(seed, client);
            sample.count(chance.served(journey));
        }
        sample
    }

    /// Both together.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.clients += other.clients;
        self
    }

    /// By when this share of clients was served. Absent without clients.
    #[expect(clippy::cast_precision_loss, reason = "far fewer clients than 2 to the power of 52")]
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let mut served = 0;
        for (step, count) in self.counts.iter().enumerate() {
            served += count;
            if *count > 0 && served as f64 >= share * self.clients as f64 {
                return Some((step as f64 + 0.5) * STEP);
            }
        }
        None
    }

    /// The share of clients that was served before the end of so many steps of 0.1 s.
    #[cfg(test)]
    #[expect(clippy::cast_precision_loss, reason = "far fewer clients than 2 to the power of 52")]
    fn by(&self, steps: usize) -> f64 {
        let served: u64 = self.counts.iter().take(steps).sum();
        served as f64 / self.clients as f64
    }

    #[expect(clippy::cast_possible_truncation, reason = "a time of a drill")]
    #[expect(clippy::cast_sign_loss, reason = "times are not negative")]
    fn count(&mut self, time: f64) {
        let step = (time / STEP) as usize;
        if self.counts.len() <= step {
            self.counts.resize(step + 1, 0);
        }
        self.counts[step] += 1;
        self.clients += 1;
    }
}

/// Chances of one client, by SplitMix64 (Steele, Lea and Flood, 2014).
struct Chance {
    state: u64,
}

impl Chance {
    fn of(seed: u64, client: u64) -> Self {
        let mut chance = Self { state: seed };
        let mixed = chance.next();
        Self { state: mixed ^ client.wrapping_mul(0xd134_2543_de82_ef95) }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// 0 to 1, all alike.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn up_to(&mut self, most: f64) -> f64 {
        self.share() * most
    }

    fn happens(&mut self, share: f64) -> bool {
        self.share() < share
    }

    fn served(&mut self, journey: &Journey) -> f64 {
        let habits = &journey.habits;
        let mut turned = journey.turns.iter().map(|turn| self.turn(turn)).fold(0.0_f64, f64::max);
        if let Some((grown, flip)) = &journey.rise {
            turned += grown + self.flip(flip);
        }
        let mut time = turned + self.up_to(journey.propagation);
        let stretched = self.happens(habits.stretched);
        let ttl = if stretched { journey.ttl.max(habits.stretched_to) } else { journey.ttl };
        // A resolver that is seldom asked may have nothing to keep.
        if self.happens(habits.queries * ttl / (1.0 + habits.queries * ttl)) {
            time += self.up_to(ttl);
        }
        if self.happens(habits.cached) {
            time += self.up_to(habits.cached_for);
        }
        time += self.up_to(habits.notice) + journey.growth_on_arrival;
        time.max(turned + journey.growth)
    }

    fn turn(&mut self, turn: &Turn) -> f64 {
        match turn {
            Turn::Endpoint(flip) => self.flip(flip),
            Turn::Counted { needed, of } => {
                let mut times: Vec<f64> = of.iter().map(|turn| self.turn(turn)).collect();
                times.sort_by(f64::total_cmp);
                times.get(needed.saturating_sub(1)).copied().unwrap_or(0.0)
            }
        }
    }

    /// Checker by checker.
    fn flip(&mut self, flip: &Flip) -> f64 {
        let mut phases = [0.0; 64];
        let of = (flip.of as usize).min(phases.len());
        for phase in &mut phases[..of] {
            *phase = self.share();
        }
        let needed = (flip.needed as usize).clamp(1, of.max(1)) - 1;
        let (_, decisive, _) = phases[..of.max(1)].select_nth_unstable_by(needed, f64::total_cmp);
        flip.least + flip.spread * *decisive
    }
}

#[cfg(test)]
mod tests {
    use super::super::timing::{Asking, Habits};
    use super::*;

    fn journey() -> Journey {
        let asking =
            Asking { interval: 10.0, in_a_row: 3, answered: 0.1, failed: 4.0, checkers: 16 };
        let falls = Turn::Endpoint(asking.falls().unwrap());
        Journey {
            turns: vec![Turn::Counted { needed: 1, of: vec![falls.clone(), falls] }],
            rise: Some((20.0, asking.rises().unwrap())),
            propagation: 10.0,
            ttl: 60.0,
            habits: Habits {
                stretched: 0.0874,
                cached: 0.2,
                stretched_to: 300.0,
                cached_for: 30.0,
                notice: 10.0,
                queries: 1.0,
            },
            growth: 0.0,
            growth_on_arrival: 5.0,
        }
    }

    #[test]
    fn what_is_sampled_is_what_is_computed() {
        for (growth, rise) in [(0.0, true), (90.0, false), (0.0, false)] {
            let mut journey = Journey { growth, ..journey() };
            journey.rise = journey.rise.filter(|_| rise);
            let sample = Sample::of(&journey, 7, 0..50_000);
            let served = journey.served();
            for tenths in (300..4_000).step_by(25) {
                let time = f64::from(u32::try_from(tenths).unwrap()) / 10.0;
                let share = sample.by(tenths);
                // Five standard deviations of 50,000 clients, and a step of the grid.
                let noise = 5.0 * (share * (1.0 - share) / 50_000.0_f64).sqrt() + 0.001;
                let range = served.by(time - 0.1) - noise..=served.by(time + 0.1) + noise;
                assert!(range.contains(&share), "{time} {share} {range:?}");
            }
        }
    }

    #[test]
    fn who_samples_which_clients_does_not_matter() {
        let journey = journey();
        let whole = Sample::of(&journey, 3, 0..10_000);
        let parts = [4_000..10_000, 0..1, 1..4_000];
        let parts = parts.map(|clients| Sample::of(&journey, 3, clients));
        assert_eq!(parts.iter().fold(Sample::default(), Sample::and), whole);
        assert_ne!(Sample::of(&journey, 4, 0..10_000), whole);
    }
}
