//! How many have come through by when.

use super::Flip;

/// How finely times are told, in seconds, where they are short.
const STEP_MIN: f64 = 0.1;

/// The points of a distribution, at most.
const POINTS_MAX: f64 = 8_000.0;

/// The times of all clients.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    step: f64,
    /// The share that is served again at each multiple of the step.
    shares: Vec<f64>,
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

    pub fn mean(&self) -> f64 {
        self.shares.iter().map(|share| 1.0 - share).sum::<f64>() * self.step - self.step / 2.0
    }

    /// About so many points of the curve, from the start to where it is flat.
    pub fn points(&self, about: usize) -> Vec<(f64, f64)> {
        let last = self.shares.last().copied().unwrap_or(0.0);
        let end = self.shares.partition_point(|share| *share < last - 1e-9);
        let every = (end / about.max(1)).max(1);
        let inner = (0..end).step_by(every).map(|point| (at(point, self.step), self.shares[point]));
        inner.chain([(at(end, self.step), last)]).collect()
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

    /// With an independent delay of the time that a flip takes.
    pub(super) fn after(&self, flip: &Flip) -> Self {
        const PARTS: u32 = 32;
        let part = |part: u32| (f64::from(part) + 0.5) / f64::from(PARTS);
        let delays: Vec<f64> = (0..PARTS).map(|index| flip.quantile(part(index))).collect();
        self.map(|time| {
            delays.iter().map(|delay| self.by(time - delay)).sum::<f64>() / f64::from(PARTS)
        })
    }

    pub(super) fn later(&self, delay: f64) -> Self {
        if delay <= 0.0 { self.clone() } else { self.map(|time| self.by(time - delay)) }
    }

    /// The later of both, which depend on the same start: never sooner than the other.
    pub(super) fn not_before(&self, other: &Self) -> Self {
        self.map(|time| self.by(time).min(other.by(time)))
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
