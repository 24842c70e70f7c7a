//! Token buckets: how AWS limits the rate of requests.

use std::collections::BTreeMap;

use tokio::time::Instant;

/// How many tokens fit in, and how many come back each second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    pub(crate) burst: f64,
    pub(crate) refill: f64,
}

/// A demand of `tokens` on the bucket of that name.
pub(crate) struct Demand {
    pub(crate) bucket: String,
    pub(crate) rate: Rate,
    pub(crate) tokens: f64,
}

impl Demand {
    pub(crate) fn one(bucket: impl Into<String>, rate: Rate) -> Self {
        Self { bucket: bucket.into(), rate, tokens: 1.0 }
    }
}

struct Level {
    tokens: f64,
    at: Instant,
}

pub(crate) struct Buckets {
    levels: BTreeMap<String, Level>,
}

impl Buckets {
    pub(crate) fn new() -> Self {
        Self { levels: BTreeMap::new() }
    }

    /// Takes the tokens from all of the buckets, or none from any.
    pub(crate) fn take(&mut self, now: Instant, demands: &[Demand]) -> bool {
        let after: Vec<f64> =
            demands.iter().map(|demand| self.level(now, demand) - demand.tokens).collect();
        if after.iter().any(|tokens| *tokens < 0.0) {
            return false;
        }
        for (demand, tokens) in demands.iter().zip(after) {
            self.levels.insert(demand.bucket.clone(), Level { tokens, at: now });
        }
        true
    }

    fn level(&self, now: Instant, demand: &Demand) -> f64 {
        let Some(level) = self.levels.get(&demand.bucket) else { return demand.rate.burst };
        let passed = now.saturating_duration_since(level.at).as_secs_f64();
        (level.tokens + passed * demand.rate.refill).min(demand.rate.burst)
    }
}
