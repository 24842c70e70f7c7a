//! Time of the cloud, which may run faster than the wall's, and chance.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// Waits in the cloud's time.
#[derive(Clone, Debug)]
pub(super) struct Timer {
    start: Instant,
    speed: u32,
    /// The longest that a wait took too long, in the cloud's microseconds.
    late: Arc<AtomicU64>,
}

impl Timer {
    pub(super) fn start(speed: u32) -> Self {
        Self { start: Instant::now(), speed: speed.max(1), late: Arc::default() }
    }

    /// Since the start.
    pub(super) fn now(&self) -> Duration {
        self.start.elapsed() * self.speed
    }

    pub(super) async fn sleep(&self, time: Duration) {
        let until = Instant::now() + time / self.speed;
        tokio::time::sleep_until(until).await;
        let late = (until.elapsed() * self.speed).as_micros();
        self.late.fetch_max(u64::try_from(late).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// What comes of it within this time, if anything.
    pub(super) async fn within<T>(
        &self,
        limit: Duration,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        tokio::time::timeout(limit / self.speed, work).await.ok()
    }

    /// Counts lateness from now on: what was before nothing is concluded from.
    pub(super) fn forget_lateness(&self) {
        self.late.store(0, Ordering::Relaxed);
    }

    /// How much too long waits took at worst: nothing can be told more finely.
    pub(super) fn lateness(&self) -> Duration {
        Duration::from_micros(self.late.load(Ordering::Relaxed))
    }
}

/// Numbers from 0 up to 1 that a seed decides: splitmix64.
#[derive(Clone, Debug)]
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Part of a time, any part as likely as the next.
    pub(super) fn part_of(&mut self, time: Duration) -> Duration {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let part = (u128::from(self.next()) * u128::from(micros)) >> 64;
        Duration::from_micros(u64::try_from(part).unwrap_or(micros))
    }
}
