//! A ranking as a picture: a bar for each candidate, in the colours of its phases, with the
//! interval that its median lies in.

use std::fmt::Write as _;

use super::chart::escaped;
use super::ranking::{PlacedJson, RankingJson, shown};
use crate::probe::Phase;

const LABEL_WIDTH: u64 = 170;
const PLOT_WIDTH: u64 = 560;
/// For the time behind a bar.
const VALUE_WIDTH: u64 = 190;
const ROW_HEIGHT: u64 = 46;
const BAR_HEIGHT: u64 = 20;
const TOP: u64 = 84;
const BOTTOM: u64 = 58;
/// So many letters of a name fit before its bar.
const LETTERS_MAX: usize = 18;

fn colour(phase: Phase) -> &'static str {
    match phase {
        Phase::Connect => "#8da0cb",
        Phase::Manifest => "#66c2a5",
        Phase::Download => "#4575b4",
        Phase::Unpack => "#fdae61",
        Phase::Start => "#d7604d",
    }
}

/// The ranking as SVG.
pub fn ranking_svg(ranking: &RankingJson) -> String {
    let rows = ranking.candidates.iter().filter(|one| one.total.is_some());
    let rows: Vec<&PlacedJson> = rows.collect();
    let longest = rows.iter().filter_map(|one| Some(one.total?.high_us)).max().unwrap_or(0).max(1);
    let step = step(longest);
    let end = longest.div_ceil(step) * step;
    let x = |us: u64| LABEL_WIDTH + us * PLOT_WIDTH / end;
    let bottom = TOP + rows.len() as u64 * ROW_HEIGHT;
    let (width, height) = (LABEL_WIDTH + PLOT_WIDTH + VALUE_WIDTH, bottom + BOTTOM);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n"
    );
    let until = if ranking.not_measured.is_none() { "healthy" } else { "unpacked" };
    let title = format!("{} in {}: time until {until}", ranking.image, ranking.region);
    text(
        &mut out,
        (16, 26),
        "start",
        "#222",
        &format!("<tspan font-size=\"16\">{}</tspan>", escaped(&title)),
    );
    legend(&mut out);
    let mut tick = 0;
    while tick <= end {
        let at = x(tick);
        let _infallible = writeln!(out, "<path d=\"M{at} {TOP}V{bottom}\" stroke=\"#ddd\"/>");
        text(&mut out, (at, bottom + 18), "middle", "#555", &shown(tick));
        tick += step;
    }
    for (number, one) in rows.iter().enumerate() {
        row(&mut out, one, TOP + number as u64 * ROW_HEIGHT, &x);
    }
    let failed = ranking.candidates.iter().filter(|one| one.failed.is_some());
    let failed: Vec<&str> = failed.map(|one| one.name.as_str()).collect();
    let failed =
        if failed.is_empty() { String::new() } else { format!(" Failed: {}.", failed.join(", ")) };
    let note = format!(
        "Medians of {} runs; the line spans the interval of the median. From {}.{failed}",
        ranking.runs, ranking.registry
    );
    text(&mut out, (16, height - 12), "start", "#555", &escaped(&note));
    out.push_str("</svg>\n");
    out
}

fn legend(out: &mut String) {
    for (phase, number) in Phase::ALL.into_iter().zip(0..) {
        let left = LABEL_WIDTH + number * 100;
        let colour = colour(phase);
        let _infallible = writeln!(
            out,
            "<rect x=\"{left}\" y=\"46\" width=\"12\" height=\"12\" fill=\"{colour}\"/>"
        );
        text(out, (left + 18, 57), "start", "#222", phase.as_str());
    }
}

fn row(out: &mut String, one: &PlacedJson, top: u64, x: &dyn Fn(u64) -> u64) {
    let Some(total) = one.total else { return };
    let (bar, middle) = (top + (ROW_HEIGHT - BAR_HEIGHT) / 2, top + ROW_HEIGHT / 2);
    let cut: String = one.name.chars().take(LETTERS_MAX).collect();
    let dots = if cut.len() < one.name.len() { ".." } else { "" };
    let rank = one.rank.map_or(String::new(), |rank| rank.to_string());
    let sign = if one.tied { "=" } else { "" };
    let label = format!("{rank}{sign}  {cut}{dots}");
    text(out, (LABEL_WIDTH - 12, middle + 5), "end", "#222", &escaped(&label));
    // Medians of parts need not add up to the median of the whole, which the bar is to show.
    let parts: u64 = one.phases.iter().map(|part| part.time.median_us).sum();
    let mut before = 0;
    for part in &one.phases {
        let Some(phase) = Phase::ALL.into_iter().find(|phase| phase.as_str() == part.phase) else {
            continue;
        };
        let after = before + part.time.median_us;
        let on_bar = |at: u64| x((at * total.median_us).checked_div(parts).unwrap_or_default());
        let (left, right) = (on_bar(before), on_bar(after));
        let _infallible = writeln!(
            out,
            "<rect x=\"{left}\" y=\"{bar}\" width=\"{}\" height=\"{BAR_HEIGHT}\" fill=\"{}\">\
             <title>{}: {}</title></rect>",
            right - left,
            colour(phase),
            part.phase,
            shown(part.time.median_us)
        );
        before = after;
    }
    let (low, high) = (x(total.low_us), x(total.high_us));
    let _infallible = writeln!(
        out,
        "<path d=\"M{low} {middle}H{high}M{low} {}V{}M{high} {}V{}\" stroke=\"#222\" \
         stroke-width=\"1.5\" fill=\"none\"/>",
        middle - 5,
        middle + 5,
        middle - 5,
        middle + 5
    );
    let value =
        format!("{} ({} - {})", shown(total.median_us), shown(total.low_us), shown(total.high_us));
    text(out, (high + 8, middle + 5), "start", "#222", &value);
}

fn text(out: &mut String, (x, y): (u64, u64), anchor: &str, colour: &str, inner: &str) {
    let _infallible = writeln!(
        out,
        "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" fill=\"{colour}\">{inner}</text>"
    );
}

/// A round number of which the longest time has three to eight.
fn step(longest: u64) -> u64 {
    let mut power = 1_u64;
    loop {
        let round = [1, 2, 5].map(|digit| power.saturating_mul(digit));
        if let Some(step) = round.into_iter().find(|step| longest / step < 8) {
            return step;
        }
        power = power.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::step;

    #[test]
    fn the_scale_has_round_steps() {
        let cases = [(0, 1), (7, 1), (8, 2), (39, 5), (40, 10), (812_345, 200_000)];
        for (longest, found) in cases {
            assert_eq!(step(longest), found, "{longest}");
        }
        assert!(step(u64::MAX) > 0);
    }
}
