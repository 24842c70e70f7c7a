//! Dates of a world that began when the account was made.

use std::time::Duration;

use tokio::time::Instant;

/// 2026-01-01T00:00:00Z, so that answers are the same on every run of a test.
const EPOCH_SECONDS: u64 = 1_767_225_600;

const DAY_SECONDS: u64 = 86_400;

pub(crate) struct Clock {
    started: Instant,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now() }
    }

    /// As in `2026-01-01T00:00:00.000Z`.
    pub(crate) fn date(&self, at: Instant) -> String {
        let since = self.since_epoch(at);
        let (year, month, day) = civil(since.as_secs() / DAY_SECONDS);
        let second = since.as_secs() % DAY_SECONDS;
        format!(
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z",
            second / 3600,
            second / 60 % 60,
            second % 60,
            since.subsec_millis()
        )
    }

    /// Seconds since 1970, as the JSON protocols write dates.
    pub(crate) fn epoch(&self, at: Instant) -> f64 {
        self.since_epoch(at).as_secs_f64()
    }

    fn since_epoch(&self, at: Instant) -> Duration {
        Duration::from_secs(EPOCH_SECONDS) + at.saturating_duration_since(self.started)
    }
}

/// Year, month and day of a number of days since 1970. Counts years from March, so that the leap day
/// is the last of its year.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_days() {
        for (days, date) in [
            (0, (1970, 1, 1)),
            (11_016, (2000, 2, 29)),
            (20_454, (2026, 1, 1)),
            (20_512, (2026, 2, 28)),
            (20_513, (2026, 3, 1)),
        ] {
            assert_eq!(civil(days), date, "day {days}");
        }
    }
}
