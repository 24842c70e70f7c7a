//! The share of clients that is served, over time, as a drawing.

use std::fmt::Write as _;

use super::markup::{
    Anchor, BAD, BAD_LIGHT, Drawing, GOOD, GOOD_LIGHT, INK, LINE, SMALL, STRONG, Sheet, Type,
    width_of,
};
use super::scale::Scale;
use super::timeline::{axis, heading, wanted};
use super::words;
use crate::drill::{Drill, Loss};

/// Room for shares at the left, and for the last time at the right.
const LEFT: f64 = 44.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 22.0;
const BOTTOM: f64 = 24.0;

/// The share of clients that is served, over time, as an SVG.
pub fn distribution_svg(drill: &Drill, loss: &Loss) -> String {
    drawn(drill, loss, Sheet::File)
}

/// Where times and shares stand.
struct Field {
    scale: Scale,
    top: f64,
    bottom: f64,
}

impl Field {
    fn y(&self, share: f64) -> f64 {
        self.bottom - share.clamp(0.0, 1.0) * (self.bottom - self.top)
    }
}

pub(super) fn drawn(drill: &Drill, loss: &Loss, sheet: Sheet) -> String {
    let objective = words::objective(drill, loss);
    let limit = objective.map(|objective| f64::from(objective.rto));
    let width = sheet.width();
    let plot = match sheet {
        Sheet::File => 260.0,
        Sheet::Figure => 190.0,
    };
    let recovery = &loss.recovery;
    let curve: Vec<(f64, f64)> =
        loss.curve.iter().copied().filter(|(time, share)| (time + share).is_finite()).collect();
    let marks = [recovery.p50, recovery.p95, recovery.p99, recovery.bound];
    let times = curve.iter().map(|(time, _)| *time).chain(marks.into_iter().flatten());
    let scale = Scale::new((LEFT, width - RIGHT), times, limit);
    let mut drawing = Drawing::new();
    let top = heading(drill, loss, sheet, &mut drawing) + TOP;
    let field = Field { scale, top, bottom: top + plot };

    let (left, right) = (scale.x(0.0), scale.x(scale.until()));
    drawing.rect((left, top), (right - left, plot), BAD_LIGHT, "");
    area(&curve, recovery.served, &field, &mut drawing);
    for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let y = field.y(share);
        drawing.line((left, y), (right, y), LINE, 0.8);
        drawing.text((left - 6.0, y + 4.0), Anchor::End, SMALL, &words::percent(share));
    }
    axis(&scale, (field.bottom, field.bottom), &mut drawing);
    if let Some(objective) = objective {
        wanted(&scale, objective, (top, field.bottom), &mut drawing);
        let y = field.y(objective.quantile);
        drawing.dashed((left, y), (right, y), INK, 1.3);
    }
    regions(&curve, recovery.served, &field, &mut drawing);
    let shares = [("50%", 0.5, recovery.p50), ("95%", 0.95, recovery.p95)];
    for (word, share, time) in shares {
        let Some(time) = time.filter(|time| time.is_finite() && *time > 0.0) else { continue };
        mark(&format!("{word} by {}", words::time(time)), (time, share), &field, &mut drawing);
    }
    let title = format!("{} lost: the share of clients served", words::lost(&loss.lost));
    drawing.finish((width, field.bottom + BOTTOM), &title, &description(loss))
}

/// What is served, below the curve; the last share lasts.
fn area(curve: &[(f64, f64)], served: f64, field: &Field, drawing: &mut Drawing) {
    let right = field.scale.until();
    let first = curve.first().map_or((0.0, served), |(_, share)| (0.0, *share));
    let last = curve.last().map_or((right, served), |(_, share)| (right, *share));
    let mut line = String::new();
    let mut before = (f64::NEG_INFINITY, f64::NEG_INFINITY);
    for (time, share) in [first].iter().chain(curve).chain([&last]) {
        let (x, y) = (field.scale.x(*time), field.y(*share));
        // Points that nobody could tell apart are left out, but for corners.
        if (x - before.0).abs() < 0.8 && (y - before.1).abs() < 0.8 {
            continue;
        }
        let sign = if line.is_empty() { 'M' } else { 'L' };
        let _infallible = write!(line, "{sign}{x:.1} {y:.1}");
        before = (x, y);
    }
    let (x, left, bottom) = (field.scale.x(right), field.scale.x(0.0), field.bottom);
    let closed = format!("{line}L{x:.1} {bottom:.1}L{left:.1} {bottom:.1}Z");
    drawing.path(&closed, &format!("fill=\"{GOOD_LIGHT}\""));
    drawing.path(
        &line,
        &format!("fill=\"none\" stroke=\"{GOOD}\" stroke-width=\"2.2\" stroke-linejoin=\"round\""),
    );
}

/// What the two areas are, said in them where they have room.
fn regions(curve: &[(f64, f64)], served: f64, field: &Field, drawing: &mut Drawing) {
    let (left, right) = (field.scale.x(0.0), field.scale.x(field.scale.until()));
    let (red, green) = (Type { colour: BAD, ..STRONG }, Type { colour: GOOD, ..STRONG });
    let half = curve.iter().find(|(_, share)| *share >= 0.5).map(|(time, _)| field.scale.x(*time));
    let half = half.unwrap_or(if served >= 0.5 { left } else { right });
    let text = "not served";
    let y = field.y(0.72);
    if half - left > width_of(text, red) + 16.0 {
        drawing.text((left + 8.0, y), Anchor::Start, red, text);
    }
    let text = "served";
    if right - half > width_of(text, green) + 16.0 && served > 0.25 {
        let middle = f64::midpoint(half, right);
        drawing.text((middle, field.y(0.12)), Anchor::Middle, green, text);
    }
}

/// A point of the curve, with its text where there is room.
fn mark(text: &str, (time, share): (f64, f64), field: &Field, drawing: &mut Drawing) {
    let (x, y) = (field.scale.x(time), field.y(share));
    drawing.dot((x, y), GOOD);
    let right = field.scale.x(field.scale.until());
    if x + width_of(text, STRONG) + 12.0 < right {
        drawing.text((x + 8.0, y + 16.0), Anchor::Start, STRONG, text);
    } else {
        drawing.text((right - 6.0, y + 22.0), Anchor::End, STRONG, text);
    }
}

fn description(loss: &Loss) -> String {
    let recovery = &loss.recovery;
    let (p50, p95) = (words::time_or(recovery.p50, "never"), words::time_or(recovery.p95, "never"));
    let bound = words::time_or(recovery.bound, "never");
    format!(
        "Half of the clients are served again by {p50}, 95% by {p95}, all that ever are by {bound}: \
         {} in the end.",
        words::percent(recovery.served)
    )
}
