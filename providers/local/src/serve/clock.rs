//! The living cloud's clock, which may run faster than the wall's, and waits by it.

use std::time::Duration;

use tokio::time::Instant;

/// Seconds of the cloud are this many times shorter than those of the wall.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    start: Instant,
    speed: u32,
}

impl Clock {
    pub(super) fn start(speed: u32) -> Self {
        Self { start: Instant::now(), speed: speed.max(1) }
    }

    /// The cloud's time since the start.
    pub(super) fn now(self) -> Duration {
        self.start.elapsed() * self.speed
    }
}

/// The waits of one who does one thing after another. A wait that took too long shortens the next
/// one, so that a busy machine is late, but not later and later.
#[derive(Debug)]
pub(super) struct Pace {
    clock: Clock,
    /// Where it would be had no wait taken too long.
    planned: Instant,
}

impl Pace {
    pub(super) fn start(clock: Clock) -> Self {
        Self { clock, planned: Instant::now() }
    }

    pub(super) async fn sleep(&mut self, time: Duration) {
        let time = time / self.clock.speed;
        // Whoever slept through whole waits, as a machine does that was suspended, begins anew.
        if self.planned.elapsed() > time {
            self.planned = Instant::now();
        }
        self.planned += time;
        tokio::time::sleep_until(self.planned).await;
    }

    /// What comes of it within this time, if anything.
    pub(super) async fn within<T>(
        &mut self,
        limit: Duration,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let limit = limit / self.clock.speed;
        let began = Instant::now();
        let done = tokio::time::timeout(limit, work).await.ok();
        self.planned += if done.is_some() { began.elapsed() } else { limit };
        done
    }
}
