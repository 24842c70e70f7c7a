//! Until a health check flips.

/// The share of checkers that keeps a check healthy: strictly more than 18 %
/// (Developer Guide, "How Route 53 determines whether a health check is healthy").
const HEALTHY_PERCENT: u32 = 18;

/// How an endpoint is asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Asking {
    /// From an answer to the next request of the same checker.
    pub interval: f64,
    /// Failures in a row that make a checker call it unhealthy, and successes that make it healthy.
    pub in_a_row: u32,
    /// How long a request takes that is answered.
    pub answered: f64,
    /// How long a request takes that fails.
    pub failed: f64,
    /// Checkers that report.
    pub checkers: u32,
}

impl Asking {
    /// Until the check is unhealthy, once its endpoint is lost. Absent where nobody reports.
    pub fn falls(&self) -> Option<Flip> {
        let needed = self.checkers.checked_sub(self.tolerated())?;
        self.flip(needed, self.answered, self.failed)
    }

    /// Until the check is healthy, once its endpoint answers again. Absent where nobody reports.
    pub fn rises(&self) -> Option<Flip> {
        self.flip(self.tolerated() + 1, self.failed, self.answered)
    }

    /// How many checkers may say that it is healthy while it counts as unhealthy.
    fn tolerated(&self) -> u32 {
        HEALTHY_PERCENT * self.checkers / 100
    }

    /// Every checker is somewhere between two requests when things change, and then needs so many
    /// answers of the new kind in a row. `needed` of them decide.
    fn flip(&self, needed: u32, before: f64, after: f64) -> Option<Flip> {
        if needed == 0 || needed > self.checkers {
            return None;
        }
        let in_a_row = f64::from(self.in_a_row);
        Some(Flip {
            least: in_a_row * after + (in_a_row - 1.0) * self.interval,
            spread: self.interval + before,
            needed,
            of: self.checkers,
        })
    }
}

/// The time of the `needed`-th of `of` checkers, each uniformly between `least` and
/// `least + spread`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flip {
    pub least: f64,
    pub spread: f64,
    pub needed: u32,
    pub of: u32,
}

impl Flip {
    pub fn most(&self) -> f64 {
        self.least + self.spread
    }

    pub fn mean(&self) -> f64 {
        self.least + self.spread * f64::from(self.needed) / f64::from(self.of + 1)
    }

    /// The probability that it has flipped by then.
    pub fn by(&self, time: f64) -> f64 {
        let share = ((time - self.least) / self.spread).clamp(0.0, 1.0);
        at_least(self.needed, self.of, share)
    }

    /// The time by which it has flipped with this probability.
    pub fn quantile(&self, probability: f64) -> f64 {
        let (mut low, mut high) = (self.least, self.most());
        for _ in 0..40 {
            let middle = f64::midpoint(low, high);
            if self.by(middle) < probability { low = middle } else { high = middle }
        }
        high
    }
}

/// The probability that at least `needed` of `of` happen that each happen with `probability`.
fn at_least(needed: u32, of: u32, probability: f64) -> f64 {
    if probability >= 1.0 {
        return 1.0;
    }
    let mut ways = 1.0;
    let mut sum = 0.0;
    for happened in 0..=of {
        if happened > 0 {
            ways *= f64::from(of - happened + 1) / f64::from(happened);
        }
        if happened >= needed {
            let (yes, no) = (happened.cast_signed(), (of - happened).cast_signed());
            sum += ways * probability.powi(yes) * (1.0 - probability).powi(no);
        }
    }
    sum.min(1.0)
}

/// When a check of any kind flips.
#[derive(Clone, Debug, PartialEq)]
pub enum Turn {
    Endpoint(Flip),
    /// When so many of these have flipped.
    Counted {
        needed: usize,
        of: Vec<Turn>,
    },
}

impl Turn {
    pub fn most(&self) -> f64 {
        match self {
            Self::Endpoint(flip) => flip.most(),
            Self::Counted { needed, of } => nth(of.iter().map(Self::most), *needed),
        }
    }

    pub fn least(&self) -> f64 {
        match self {
            Self::Endpoint(flip) => flip.least,
            Self::Counted { needed, of } => nth(of.iter().map(Self::least), *needed),
        }
    }

    /// The probability that it has flipped by then, if endpoints flip independently.
    pub fn by(&self, time: f64) -> f64 {
        match self {
            Self::Endpoint(flip) => flip.by(time),
            Self::Counted { needed, of } => {
                // The probability that so many have flipped, one after the other taken in.
                let mut flipped = vec![1.0];
                for turn in of {
                    let p = turn.by(time);
                    flipped.push(0.0);
                    for count in (1..flipped.len()).rev() {
                        flipped[count] = flipped[count] * (1.0 - p) + flipped[count - 1] * p;
                    }
                    flipped[0] *= 1.0 - p;
                }
                flipped.iter().skip(*needed).sum::<f64>().min(1.0)
            }
        }
    }
}

/// The so manyth of some times, counted from 1.
fn nth(times: impl Iterator<Item = f64>, needed: usize) -> f64 {
    let mut times: Vec<f64> = times.collect();
    times.sort_by(f64::total_cmp);
    times.get(needed.saturating_sub(1)).copied().unwrap_or(0.0)
}
