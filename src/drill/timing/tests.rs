//! The timing tables of the specification, and laws.

use super::*;

fn asking(interval: f64, in_a_row: u32, failed: f64) -> Asking {
    Asking { interval, in_a_row, answered: 0.1, failed, checkers: 16 }
}

fn near(what: &str, found: f64, expected: f64, within: f64) {
    assert!((found - expected).abs() <= within, "{what}: {found}, not {expected}");
}

/// Section 2.1 of the specification: mean and most of detection, mean of recovery.
#[test]
fn the_table_of_detection_is_reproduced() {
    for (interval, in_a_row, refused, http, tcp, back) in [
        (10.0, 1, (8.5, 10.3), (12.3, 14.1), Some((18.3, 20.1)), Some(2.6)),
        (10.0, 3, (28.9, 30.7), (40.3, 42.1), Some((58.3, 60.1)), Some(22.8)),
        (30.0, 1, (25.0, 30.3), (28.8, 34.1), Some((34.8, 40.1)), Some(6.1)),
        (30.0, 3, (85.4, 90.7), (96.8, 102.1), Some((114.8, 120.1)), Some(66.3)),
        (30.0, 10, (296.8, 302.1), (334.8, 340.1), None, None),
    ] {
        let cases = [(0.2, Some(refused)), (4.0, Some(http)), (10.0, tcp)];
        for (failed, expected) in cases {
            let Some((mean, most)) = expected else { continue };
            let falls = asking(interval, in_a_row, failed).falls().unwrap();
            near("mean", falls.mean(), mean, 0.2);
            near("most", falls.most(), most, 0.2);
        }
        let rises = asking(interval, in_a_row, 4.0).rises().unwrap();
        if let Some(back) = back {
            near("back", rises.mean(), back, 0.2);
        }
    }
}

fn journey(interval: f64, in_a_row: u32, ttl: f64, habits: Habits) -> Journey {
    let falls = asking(interval, in_a_row, 4.0).falls().unwrap();
    Journey {
        turns: vec![Turn::Endpoint(falls)],
        rise: None,
        propagation: 10.0,
        ttl,
        habits,
        growth: 0.0,
        growth_on_arrival: 0.0,
    }
}

const HONEST: Habits = Habits {
    stretched: 0.0,
    cached: 0.0,
    stretched_to: 300.0,
    cached_for: 30.0,
    notice: 10.0,
    queries: 1.0,
};
const TYPICAL: Habits = Habits { stretched: 0.0874, cached: 0.2, ..HONEST };

/// Section 2.2: p50, p95 and p99 as they were sampled there and rounded to a second.
#[test]
fn the_table_of_clients_is_reproduced() {
    for (interval, in_a_row, ttl, honest, typical) in [
        (10.0, 1, 60.0, None, [57.0, 156.0, 288.0]),
        (10.0, 3, 60.0, Some([80.0, 108.0, 113.0]), [85.0, 179.0, 318.0]),
        (30.0, 3, 60.0, Some([136.0, 165.0, 171.0]), [141.0, 230.0, 373.0]),
        (30.0, 3, 300.0, None, [258.0, 395.0, 411.0]),
        (10.0, 3, 30.0, None, [69.0, 180.0, 318.0]),
    ] {
        for (habits, expected) in [(HONEST, honest), (TYPICAL, Some(typical))] {
            let Some(expected) = expected else { continue };
            let served = journey(interval, in_a_row, ttl, habits).served();
            for (share, expected) in [0.5, 0.95, 0.99].into_iter().zip(expected) {
                let what = format!("{interval} {in_a_row} {ttl} {share}");
                near(&what, served.by(expected), share, 0.01);
            }
        }
    }
}

#[test]
fn nobody_takes_longer_than_the_bound() {
    for habits in [HONEST, TYPICAL] {
        let mut journey = journey(10.0, 3, 60.0, habits);
        journey.growth_on_arrival = 20.0;
        journey.rise = Some((30.0, asking(10.0, 3, 4.0).rises().unwrap()));
        let served = journey.served();
        near("share at the bound", served.by(journey.bound()), 1.0, 1e-6);
        assert!(served.quantile(1.0).unwrap() <= journey.bound() + 0.2);
    }
}

#[test]
fn counted_checks_flip_when_enough_of_theirs_have() {
    let one = Turn::Endpoint(asking(10.0, 3, 4.0).falls().unwrap());
    let first = Turn::Counted { needed: 1, of: vec![one.clone(); 3] };
    let all = Turn::Counted { needed: 3, of: vec![one.clone(); 3] };
    for time in [38.0, 40.0, 41.0] {
        let p = one.by(time);
        near("first of three", first.by(time), 1.0 - (1.0 - p).powi(3), 1e-9);
        near("all of three", all.by(time), p.powi(3), 1e-9);
    }
}

#[test]
fn nobody_reports_and_nothing_flips() {
    let none = Asking { checkers: 0, ..asking(10.0, 3, 4.0) };
    assert_eq!(none.falls(), None);
    assert_eq!(none.rises(), None);
}
