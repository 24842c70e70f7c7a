//! Candidates in their order, as people and machines read it.

use std::fmt::Write as _;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bytes;
use super::palette::{ADD, BOLD, DIM, PLAIN, REMOVE, paint};
use crate::probe::{Course, Estimate, Origin, Phase, Placed, Ranking};

/// A ranking, as machines read it. Times are in microseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Lifeboat ranking")]
pub struct RankingJson {
    /// The version of this form.
    pub format_version: String,
    /// The image's address.
    pub image: String,
    /// The region's address.
    pub region: String,
    /// Where the candidates were pulled from.
    pub registry: String,
    /// How many runs count; one more came before them.
    pub runs: u32,
    /// How many requests each run made.
    pub requests: u32,
    /// What started them; absent where nothing did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub runtime: Option<String>,
    /// Why nothing was started, so that starts and requests are not measured.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub not_measured: Option<String>,
    /// What the runtime takes for a program that does nothing; subtracted from every start.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub baseline: Option<TimeJson>,
    /// The candidate in the first place; absent where all failed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub winner: Option<String>,
    /// In their order, those that failed at the end.
    pub candidates: Vec<PlacedJson>,
}

/// A candidate in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlacedJson {
    /// Its name.
    pub name: String,
    /// 1 for the best; those that cannot be told apart have the same. Absent where it failed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rank: Option<u32>,
    /// Whether another one has the same rank.
    pub tied: bool,
    /// What was measured.
    pub digest: String,
    /// What is downloaded for one platform.
    pub bytes: u64,
    /// How many layers that is.
    pub layers: usize,
    /// Until it is healthy, or unpacked where nothing was started.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub total: Option<TimeJson>,
    /// The parts of the total, in their order.
    pub phases: Vec<PhaseJson>,
    /// How long requests took.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request: Option<RequestJson>,
    /// Why it has no rank.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub failed: Option<String>,
}

/// A part of a start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PhaseJson {
    /// `connect`, `manifest`, `download`, `unpack` or `start`.
    pub phase: String,
    /// How long it took.
    #[serde(flatten)]
    pub time: TimeJson,
}

/// What several runs say of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TimeJson {
    /// In the middle.
    pub median_us: u64,
    /// The median lies between this and the next.
    pub low_us: u64,
    /// See above.
    pub high_us: u64,
    /// 95 of 100 runs take no longer.
    pub p95_us: u64,
}

/// How long requests took, over all runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RequestJson {
    /// 50 of 100 take no longer.
    pub p50_us: u64,
    /// 95 of 100 take no longer.
    pub p95_us: u64,
    /// 99 of 100 take no longer.
    pub p99_us: u64,
}

/// A ranking, as machines read it.
pub fn ranking(
    (image, region): (&str, &str),
    ranking: &Ranking,
    origin: &Origin,
    course: &Course<'_>,
) -> RankingJson {
    RankingJson {
        format_version: "1.0".to_owned(),
        image: image.to_owned(),
        region: region.to_owned(),
        registry: format!("{}/{}", origin.host, origin.repository),
        runs: course.runs,
        requests: course.requests,
        runtime: ranking.runtime.as_ref().ok().cloned(),
        not_measured: ranking.runtime.as_ref().err().cloned(),
        baseline: ranking.baseline.map(time),
        winner: ranking.winner().map(|placed| placed.measured.name.clone()),
        candidates: ranking.placed.iter().map(placed).collect(),
    }
}

fn placed(placed: &Placed) -> PlacedJson {
    let measured = &placed.measured;
    let phases = placed.phases.iter().map(|(phase, estimate)| PhaseJson {
        phase: phase.as_str().to_owned(),
        time: time(*estimate),
    });
    let request = placed.requests.map(|requests| RequestJson {
        p50_us: micros(requests.p50),
        p95_us: micros(requests.p95),
        p99_us: micros(requests.p99),
    });
    PlacedJson {
        name: measured.name.clone(),
        rank: placed.rank,
        tied: placed.tied,
        digest: measured.digest.as_str().to_owned(),
        bytes: measured.bytes,
        layers: measured.layers,
        total: placed.total.map(time),
        phases: phases.collect(),
        request,
        failed: measured.failed.clone(),
    }
}

fn time(estimate: Estimate) -> TimeJson {
    TimeJson {
        median_us: micros(estimate.median),
        low_us: micros(estimate.low),
        high_us: micros(estimate.high),
        p95_us: micros(estimate.p95),
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// A time in three or four letters and its unit.
pub(super) fn shown(us: u64) -> String {
    match us {
        0 => "0".to_owned(),
        1..1_000 => format!("{us} us"),
        1_000..10_000 => format!("{}.{} ms", us / 1_000, us % 1_000 / 100),
        10_000..1_000_000 => format!("{} ms", us / 1_000),
        1_000_000.. => format!("{}.{:02} s", us / 1_000_000, us % 1_000_000 / 10_000),
    }
}

/// A ranking as a table.
pub fn ranking_text(ranking: &RankingJson) -> String {
    let mut out = String::new();
    let started = ranking.not_measured.is_none();
    let until = if started { "healthy" } else { "unpacked" };
    let _infallible = writeln!(
        out,
        "{BOLD}{}{PLAIN} in {}, pulled from {}, {} runs\n",
        ranking.image, ranking.region, ranking.registry, ranking.runs
    );
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut head = vec!["rank", "candidate", "size", "layers", until, "between", "vs best"];
    head.extend(Phase::ALL.iter().map(|phase| phase.as_str()));
    head.push("request p50/p95/p99");
    rows.push(head.into_iter().map(str::to_owned).collect());
    let medians = ranking.candidates.iter().filter_map(|one| Some(one.total?.median_us));
    let best = medians.min();
    for one in ranking.candidates.iter().filter(|one| one.rank.is_some()) {
        rows.push(row(one, best.unwrap_or_default()));
    }
    let columns = rows[0].len();
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for (number, row) in rows.iter().enumerate() {
        let cells = row.iter().zip(&widths).enumerate().map(|(at, (cell, width))| match at {
            1 => format!("{cell:width$}"),
            _ => format!("{cell:>width$}"),
        });
        let line = cells.collect::<Vec<_>>().join("   ");
        let line = line.trim_end();
        let line = if number == 0 { paint(DIM, line) } else { line.to_owned() };
        let _infallible = writeln!(out, "{line}");
    }
    for one in &ranking.candidates {
        if let Some(why) = &one.failed {
            let _infallible = writeln!(out, "   {REMOVE}-{PLAIN}   {}   failed: {why}", one.name);
        }
    }
    out.push('\n');
    match (&ranking.not_measured, &ranking.runtime, ranking.baseline) {
        (Some(why), ..) => {
            let _infallible = writeln!(out, "Starts and requests are not measured: {why}.");
        }
        (None, Some(runtime), Some(baseline)) => {
            let (baseline, requests) = (shown(baseline.median_us), ranking.requests);
            let _infallible = writeln!(
                out,
                "Started by {runtime}; of each start the {baseline} of a program that does nothing \
                 are subtracted. {requests} requests a run."
            );
        }
        (None, Some(runtime), None) => {
            let _infallible = writeln!(out, "Started by {runtime}; nothing is subtracted.");
        }
        (None, None, _) => {}
    }
    if ranking.candidates.iter().any(|one| one.tied) {
        out.push_str("Those with `=` cannot be told apart; among them, the smaller goes first.\n");
    }
    if let Some(winner) = &ranking.winner {
        let _infallible = writeln!(out, "Winner: {}", paint(ADD, winner));
    }
    out
}

fn row(one: &PlacedJson, best: u64) -> Vec<String> {
    let rank = one.rank.unwrap_or_default();
    let sign = if one.tied { "=" } else { "" };
    let mut row = vec![format!("{rank}{sign}"), one.name.clone(), bytes(one.bytes)];
    row.push(one.layers.to_string());
    match one.total {
        Some(total) => {
            let tenths = (total.median_us * 10 + best / 2).checked_div(best).unwrap_or(10);
            row.push(shown(total.median_us));
            row.push(format!("{} - {}", shown(total.low_us), shown(total.high_us)));
            row.push(format!("{}.{}x", tenths / 10, tenths % 10));
        }
        None => row.extend(["", "", ""].map(str::to_owned)),
    }
    for phase in Phase::ALL {
        let found = one.phases.iter().find(|part| part.phase == phase.as_str());
        row.push(found.map_or("not measured".to_owned(), |part| shown(part.time.median_us)));
    }
    row.push(one.request.map_or("not measured".to_owned(), |request| {
        let times = [request.p50_us, request.p95_us, request.p99_us].map(shown);
        times.join(" / ")
    }));
    row
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn times_are_shown_with_what_matters_of_them() {
        let cases =
            [(0, "0"), (7, "7 us"), (1_250, "1.2 ms"), (10_999, "10 ms"), (1_239_999, "1.23 s")];
        for (us, text) in cases {
            assert_eq!(shown(us), text);
        }
    }
}
