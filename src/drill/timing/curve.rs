//! How many have come through by when.

use super::Flip;

/// How finely times are told, in seconds, where they are short.
const STEP_MIN: f64 = 0.1;

/// The points of a distribution, at most.
const POINTS_MAX: f64 = 8_000.0;

/// The times of those who are alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    step: f64,
    /// The share that is served again at each multiple of the step.
    shares: Vec<f64>,
}

/// The times of all clients: those of each kind, on a grid that fits it.
#[derive(Clone, Debug, PartialEq)]
pub struct Served {
    parts: Vec<Curve>,
    end: f64,
}

impl Served {
    pub(super) fn of(parts: Vec<Curve>) -> Self {
        let end = parts.iter().map(Curve::end).fold(0.0, f64::max);
        Self { parts, end }
    }

    /// The share by then.
    pub fn by(&self, time: f64) -> f64 {
        self.parts.iter().map(|part| part.by(time)).sum()
    }

    /// The time by which this share is reached; absent where it never is.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        // What is summed up misses a whole by a rounding.
        let share = share - 1e-9;
        let (mut low, mut high) = (0.0, self.end);
        if self.by(high) < share {
            return None;
        }
        if self.by(low) >= share {
            return Some(low);
        }
        // Times of days to less than a millisecond.
        for _ in 0..48 {
            let middle = f64::midpoint(low, high);
            if self.by(middle) < share { low = middle } else { high = middle }
        }
        Some(high)
    }

    /// So many points of the curve, half of them up to where nearly all are served.
    pub fn points(&self, count: u32) -> Vec<(f64, f64)> {
        let most = self.quantile(0.99).unwrap_or(self.end);
        let all = self.quantile(1.0).unwrap_or(self.end);
        let half = count / 2;
        let even = |from: f64, to: f64| {
            (0..half).map(move |n| from + (to - from) * f64::from(n) / f64::from(half))
        };
        let times = even(0.0, most).chain(even(most, all)).chain([all]);
        times.map(|time| (time, self.by(time))).collect()
    }
}

#[expect(clippy::cast_precision_loss, reason = "at most some thousand points")]
fn at(point: usize, step: f64) -> f64 {
    point as f64 * step
}

impl Curve {
    /// A share at each time up to the end.
    pub(super) fn rising(end: f64, by: impl Fn(f64) -> f64) -> Self {
        let step = STEP_MIN.max(end / POINTS_MAX);
        #[expect(clippy::cast_possible_truncation, reason = "at most POINTS_MAX and a few")]
        #[expect(clippy::cast_sign_loss, reason = "times are not negative")]
        let points = (end / step).ceil() as usize + 2;
        Self { step, shares: (0..points).map(|point| by(at(point, step))).collect() }
    }

    /// The share by then.
    pub fn by(&self, time: f64) -> f64 {
        if time < 0.0 {
            return 0.0;
        }
        let last = self.shares.last().copied().unwrap_or(0.0);
        let (point, rest) = self.place(time);
        match (self.shares.get(point), self.shares.get(point + 1)) {
            (Some(low), Some(high)) => low + (high - low) * rest,
            (_, _) => last,
        }
    }

    /// The time by which this share is reached; absent where it never is.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        // What is summed up misses a whole by a rounding.
        let share = share - 1e-9;
        let point = self.shares.partition_point(|reached| *reached < share);
        let high = *self.shares.get(point)?;
        if point == 0 {
            return Some(0.0);
        }
        let low = self.shares[point - 1];
        let rest = if high > low { (share - low) / (high - low) } else { 1.0 };
        Some(at(point - 1, self.step) + rest * self.step)
    }

    /// The mean, where everybody comes through.
    pub fn mean(&self) -> f64 {
        self.shares.iter().map(|share| 1.0 - share).sum::<f64>() * self.step - self.step / 2.0
    }

    fn end(&self) -> f64 {
        at(self.shares.len(), self.step)
    }

    /// With an independent delay, uniform up to `width`.
    pub(super) fn spread(&self, width: f64) -> Self {
        if width <= 0.0 {
            return self.clone();
        }
        // The integral up to each point; between points the curve is a straight line.
        let mut sum = 0.0;
        let mut integral = vec![0.0];
        for pair in self.shares.windows(2) {
            sum += f64::midpoint(pair[0], pair[1]) * self.step;
            integral.push(sum);
        }
        let up_to = |time: f64| {
            if time <= 0.0 {
                return 0.0;
            }
            let (point, rest) = self.place(time);
            let (Some(start), Some(low), Some(high)) =
                (integral.get(point), self.shares.get(point), self.shares.get(point + 1))
            else {
                return sum;
            };
            start + self.step * rest * (low + (high - low) * rest / 2.0)
        };
        self.map(|time| (up_to(time) - up_to(time - width)) / width)
    }

    /// With an independent delay that is spread like `other`.
    pub(super) fn after(&self, other: &Self) -> Self {
        let first = other.shares.first().copied().unwrap_or(0.0);
        let steps = other.shares.windows(2).enumerate();
        let mut delays: Vec<(f64, f64)> = steps
            .map(|(point, pair)| (at(point, self.step) + self.step / 2.0, pair[1] - pair[0]))
            .filter(|(_, mass)| *mass > 0.0)
            .collect();
        delays.push((0.0, first));
        self.map(|time| delays.iter().map(|(delay, mass)| mass * self.by(time - delay)).sum())
    }

    /// Everything at the start.
    pub(super) fn at_once(&self) -> Self {
        self.map(|_| 1.0)
    }

    /// The time of a flip, on the same grid.
    pub(super) fn of(&self, flip: &Flip) -> Self {
        self.map(|time| flip.by(time))
    }

    pub(super) fn later(&self, delay: f64) -> Self {
        if delay <= 0.0 { self.clone() } else { self.map(|time| self.by(time - delay)) }
    }

    /// Nothing before that time.
    pub(super) fn not_before(&self, start: f64) -> Self {
        self.map(|time| if time < start { 0.0 } else { self.by(time) })
    }

    pub(super) fn scaled(&self, factor: f64) -> Self {
        let shares = self.shares.iter().map(|share| share * factor).collect();
        Self { step: self.step, shares }
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        let shares = self.shares.iter().zip(&other.shares).map(|(a, b)| a + b).collect();
        Self { step: self.step, shares }
    }

    fn map(&self, share: impl Fn(f64) -> f64) -> Self {
        let shares = (0..self.shares.len()).map(|point| share(at(point, self.step))).collect();
        Self { step: self.step, shares }
    }

    #[expect(clippy::cast_possible_truncation, reason = "a point of the grid, or past its end")]
    #[expect(clippy::cast_sign_loss, reason = "times are not negative here")]
    #[expect(clippy::cast_precision_loss, reason = "at most some thousand points")]
    fn place(&self, time: f64) -> (usize, f64) {
        let place = time / self.step;
        let point = place as usize;
        (point, place - point as f64)
    }
}
