//! Where a time stands on a drawing.

/// From time zero on, between two sides of a drawing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    left: f64,
    right: f64,
    until: f64,
}

/// Distances between ticks that people count in, in seconds.
const STEPS: [f64; 17] = [
    1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0,
    21_600.0, 43_200.0, 86_400.0,
];

/// Room that a tick's text needs.
const TICK_WIDTH: f64 = 52.0;

/// A limit that is so many times later than all that happens would press that into a corner.
const LIMIT_FAR: f64 = 3.0;

impl Scale {
    /// So wide that each of these times has its place, and the limit too unless it is far out.
    pub(super) fn new(
        (left, right): (f64, f64),
        times: impl Iterator<Item = f64>,
        limit: Option<f64>,
    ) -> Self {
        let times = times.filter(|time| time.is_finite());
        let last = times.fold(0.0_f64, f64::max);
        let near = limit.filter(|limit| last <= 0.0 || *limit <= LIMIT_FAR * last);
        let until = near.map_or(last, |limit| limit.max(last));
        Self { left, right, until: if until > 0.0 { until * 1.04 } else { 10.0 } }
    }

    /// Where a time is; at the side where it lies beyond.
    pub(super) fn x(&self, time: f64) -> f64 {
        let part = if time.is_finite() { (time / self.until).clamp(0.0, 1.0) } else { 1.0 };
        self.left + part * (self.right - self.left)
    }

    /// Whether there is a place for this time.
    pub(super) fn holds(&self, time: f64) -> bool {
        (0.0..=self.until).contains(&time)
    }

    pub(super) fn until(&self) -> f64 {
        self.until
    }

    /// Round times, as many as can be read beside each other.
    pub(super) fn ticks(&self) -> Vec<f64> {
        let room = ((self.right - self.left) / TICK_WIDTH).max(1.0);
        let least = self.until / room;
        let step = STEPS.into_iter().find(|step| *step >= least);
        let step = step.unwrap_or_else(|| (least / 86_400.0).ceil() * 86_400.0);
        let mut ticks = vec![];
        let mut at = 0.0;
        while at <= self.until {
            ticks.push(at);
            at += step;
        }
        ticks
    }
}
