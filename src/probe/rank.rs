//! From times to places: medians with intervals, and ties where intervals cannot tell two apart.

use std::time::Duration;

use super::{Estimate, Measured, Phase, Placed, Quantiles};

/// How sure an interval is to hold the median, where the runs are enough for that.
const CONFIDENCE: f64 = 0.9;

/// Median, interval and 95th percentile; absent without times.
pub(super) fn estimate(times: &[Duration]) -> Option<Estimate> {
    let mut sorted = times.to_vec();
    sorted.sort();
    let (count, aside) = (sorted.len(), aside(sorted.len()));
    let median = (*sorted.get(count / 2)? + *sorted.get((count - 1) / 2)?) / 2;
    let (low, high) = (*sorted.get(aside)?, *sorted.get(count - 1 - aside)?);
    Some(Estimate { median, low, high, p95: quantile(&sorted, 95)? })
}

/// How many of the smallest and of the largest times can be left aside, so that the median still
/// lies between the others. Whatever the times' distribution, the number of them below its median
/// is that of heads when a coin is thrown so often.
fn aside(count: usize) -> usize {
    let throws = i32::try_from(count).unwrap_or(i32::MAX);
    let (mut ways, mut outside, mut aside) = (1.0_f64, 0.0, 0);
    for heads in 0..count / 2 {
        outside += 2.0 * ways * 0.5_f64.powi(throws);
        if 1.0 - outside < CONFIDENCE {
            break;
        }
        aside = heads;
        let (rest, next) = (count - heads, heads + 1);
        #[expect(clippy::cast_precision_loss, reason = "these are numbers of runs")]
        {
            ways *= rest as f64 / next as f64;
        }
    }
    aside
}

/// The smallest time that so many of a hundred do not exceed.
fn quantile(sorted: &[Duration], percent: usize) -> Option<Duration> {
    let at = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(at - 1).copied()
}

fn quantiles(times: &[Duration]) -> Option<Quantiles> {
    let mut sorted = times.to_vec();
    sorted.sort();
    let (p50, p95, p99) = (quantile(&sorted, 50)?, quantile(&sorted, 95)?, quantile(&sorted, 99)?);
    Some(Quantiles { p50, p95, p99 })
}

/// Orders candidates by the median of their totals. Those whose interval overlaps with that of the
/// first of their rank share it, and stand in the order of their sizes: of equals, the smaller one
/// is less to copy. Those that failed stand at the end.
pub(super) fn place(all: Vec<Measured>, baseline: Option<Duration>) -> Vec<Placed> {
    let mut placed: Vec<Placed> = all.into_iter().map(|one| summed(one, baseline)).collect();
    placed.sort_by_key(|one| (one.total.map_or(Duration::MAX, |total| total.median), one.name()));
    let mut first: Option<(u32, Estimate)> = None;
    for (one, position) in placed.iter_mut().zip(1..) {
        let Some(total) = one.total else { continue };
        let (rank, leader) =
            first.filter(|(_, leader)| total.low <= leader.high).unwrap_or((position, total));
        first = Some((rank, leader));
        one.rank = Some(rank);
    }
    let ranks: Vec<u32> = placed.iter().filter_map(|one| one.rank).collect();
    for one in &mut placed {
        one.tied = one.rank.is_some_and(|rank| ranks.iter().filter(|r| **r == rank).count() > 1);
    }
    placed.sort_by_key(|one| (one.rank.unwrap_or(u32::MAX), one.measured.bytes, one.name()));
    placed
}

fn summed(measured: Measured, baseline: Option<Duration>) -> Placed {
    let own = |phase: Phase, time: Duration| match phase {
        Phase::Start => time.saturating_sub(baseline.unwrap_or_default()),
        Phase::Connect | Phase::Manifest | Phase::Download | Phase::Unpack => time,
    };
    let runs = if measured.failed.is_some() { &[][..] } else { &measured.runs };
    let totals: Vec<Duration> = runs
        .iter()
        .map(|run| run.phases.iter().map(|(phase, time)| own(*phase, *time)).sum())
        .collect();
    let phases = Phase::ALL.into_iter().filter_map(|phase| {
        let times = runs.iter().filter_map(|run| run.phases.get(&phase));
        let times: Vec<Duration> = times.map(|time| own(phase, *time)).collect();
        Some((phase, estimate(&times)?))
    });
    let phases = phases.collect();
    let requests: Vec<Duration> = runs.iter().flat_map(|run| run.requests.clone()).collect();
    let (total, requests) = (estimate(&totals), quantiles(&requests));
    Placed { measured, rank: None, tied: false, total, phases, requests }
}

impl Placed {
    fn name(&self) -> String {
        self.measured.name.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use lifeboat_contract::Digest;

    use super::super::Run;
    use super::*;

    fn millis(times: &[u64]) -> Vec<Duration> {
        times.iter().copied().map(Duration::from_millis).collect()
    }

    fn measured(name: &str, bytes: u64, starts: &[u64]) -> Measured {
        let runs = millis(starts).into_iter().map(|time| Run {
            phases: BTreeMap::from([(Phase::Download, time), (Phase::Start, time)]),
            requests: vec![time],
        });
        Measured {
            name: name.to_owned(),
            digest: Digest::of(name.as_bytes()),
            bytes,
            layers: 1,
            runs: runs.collect(),
            failed: None,
        }
    }

    fn places(all: Vec<Measured>, baseline: Option<u64>) -> Vec<(String, Option<u32>, bool)> {
        let placed = place(all, baseline.map(Duration::from_millis));
        placed.into_iter().map(|one| (one.name(), one.rank, one.tied)).collect()
    }

    #[test]
    fn an_interval_holds_the_median_nine_times_of_ten() {
        // The sums of binomial coefficients, as tables of the sign test have them.
        let expected =
            [(1, 0), (2, 0), (3, 0), (5, 0), (7, 0), (8, 1), (10, 1), (11, 2), (20, 5), (100, 41)];
        for (count, left) in expected {
            assert_eq!(aside(count), left, "{count}");
        }
        let times = millis(&[9, 1, 2, 3, 4, 5, 6, 7]);
        let found = estimate(&times).unwrap();
        let of = |time: Duration| time.as_micros();
        assert_eq!(
            [of(found.median), of(found.low), of(found.high), of(found.p95)],
            [4500, 2000, 7000, 9000]
        );
        assert_eq!(estimate(&[]), None);
    }

    #[test]
    fn what_cannot_be_told_apart_shares_a_rank() {
        let fast = || measured("fast", 30, &[10, 11, 12, 13, 14]);
        let same = || measured("same", 20, &[13, 14, 15, 16, 17]);
        let slow = || measured("slow", 10, &[30, 31, 32, 33, 34]);
        let found = places(vec![slow(), same(), fast()], None);
        let expected = [("same", 1, true), ("fast", 1, true), ("slow", 3, false)];
        assert_eq!(found, expected.map(|(name, rank, tied)| (name.to_owned(), Some(rank), tied)));

        // `same` overlaps with the leader; `near` with `same` alone, which is not enough.
        let near = measured("near", 1, &[17, 18, 19, 20, 21]);
        let found = places(vec![near, same(), fast()], None);
        assert_eq!(found[2], ("near".to_owned(), Some(3), false));
    }

    #[test]
    fn what_failed_has_no_rank() {
        let failed = Some("it ended".to_owned());
        let broken = Measured { failed, ..measured("broken", 1, &[1, 1, 1]) };
        let found = places(vec![broken, measured("well", 1, &[2, 2, 2])], None);
        let expected = [("well", Some(1), false), ("broken", None, false)];
        assert_eq!(found, expected.map(|(name, rank, tied)| (name.to_owned(), rank, tied)));
    }

    #[test]
    fn the_runtimes_own_share_is_subtracted_from_the_start_alone() {
        let baseline = Some(Duration::from_millis(4));
        let placed = place(vec![measured("one", 1, &[10, 11, 12])], baseline);
        let median = |estimate: Estimate| estimate.median.as_millis();
        assert_eq!(placed[0].total.map(median), Some(18));
        assert_eq!(median(placed[0].phases[&Phase::Start]), 7);
        assert_eq!(median(placed[0].phases[&Phase::Download]), 11);
        let more = place(vec![measured("one", 1, &[3, 3, 3])], baseline);
        assert_eq!(median(more[0].phases[&Phase::Start]), 0);
    }
}
