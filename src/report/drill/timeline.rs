//! What happens after a loss, as a drawing: what takes its time, and when clients are served again.

use std::fmt::Write as _;

use super::markup::{
    Anchor, BAD, Drawing, FAINT, GOOD, INK, LINE, NORMAL, SMALL, STRONG, Sheet, Type, fitting,
    width_of,
};
use super::scale::Scale;
use super::words;
use crate::drill::{Drill, Event, EventKind, Loss, ObjectiveVerdict, Span};

const MARGIN: f64 = 16.0;
const LANE: f64 = 38.0;
const MARK: f64 = 19.0;
const HEADING: f64 = 58.0;
/// Above the lanes, for what the objective asks for.
const TOP: f64 = 20.0;
const AXIS: f64 = 24.0;

/// So many things that take their time have a lane.
const LANES_MAX: usize = 10;

/// What happens after a loss, as an SVG: detection, propagation, caches, images and growth as far as
/// they are there, and when half, 95 %, 99 % and all of the clients are served again.
pub fn timeline_svg(drill: &Drill, loss: &Loss) -> String {
    drawn(drill, loss, Sheet::File)
}

/// Something that takes its time.
struct Lane<'l> {
    event: &'l Event,
    from: f64,
    /// Between when it is over, where that is known.
    over: Option<Span>,
}

pub(super) fn drawn(drill: &Drill, loss: &Loss, sheet: Sheet) -> String {
    let objective = words::objective(drill, loss);
    let limit = objective.map(|objective| f64::from(objective.rto));
    let lanes = lanes(loss);
    let width = sheet.width();
    let recovery = &loss.recovery;
    let marks = [recovery.p50, recovery.p95, recovery.p99, recovery.bound];
    let times = loss.events.iter().map(|event| event.at);
    let times = times.chain(marks.into_iter().flatten());
    let times = times.chain(lanes.iter().filter_map(|lane| lane.over).map(|span| span.most));
    let scale = Scale::new((MARGIN, width - MARGIN), times, limit);

    let mut drawing = Drawing::new();
    let mut y = heading(drill, loss, sheet, &mut drawing) + TOP;
    let top = y;
    #[expect(clippy::cast_precision_loss, reason = "a handful of lanes")]
    let bottom = top + LANE * lanes.len() as f64 + MARK * 5.0 + 8.0;
    axis(&scale, (top, bottom), &mut drawing);
    if let Some(objective) = objective {
        wanted(&scale, objective, (top, bottom), &mut drawing);
    }
    for lane in &lanes {
        draw_lane(lane, &scale, y, width, &mut drawing);
        y += LANE;
    }
    served(loss, &scale, y, width, &mut drawing);
    let title = format!("{} lost: what happens when", words::lost(&loss.lost));
    drawing.finish((width, bottom + AXIS), &title, &description(drill, loss))
}

/// Returns where the heading ends.
pub(super) fn heading(drill: &Drill, loss: &Loss, sheet: Sheet, drawing: &mut Drawing) -> f64 {
    match sheet {
        Sheet::Figure => 0.0,
        Sheet::File => {
            let room = sheet.width() - 2.0 * MARGIN;
            let big = Type { size: 17.0, ..STRONG };
            let title = format!("{} lost: {}", words::lost(&loss.lost), loss.verdict.word());
            drawing.text((MARGIN, 28.0), Anchor::Start, big, &fitting(&title, big, room));
            let outcome = fitting(&words::outcome(drill, loss), NORMAL, room);
            drawing.text((MARGIN, 48.0), Anchor::Start, NORMAL, &outcome);
            HEADING
        }
    }
}

fn lanes(loss: &Loss) -> Vec<Lane<'_>> {
    let befores = [None].into_iter().chain(loss.events.iter().map(Some));
    let all = loss.events.iter().zip(befores).filter(|(event, _)| {
        // The loss is where all begins, and what is served has marks of its own.
        !matches!(event.kind, EventKind::Fault | EventKind::Served)
    });
    let all = all.map(|(event, before)| {
        let from = event.since.or_else(|| before.map(|before| before.at)).unwrap_or(0.0);
        let over = match event.kind {
            EventKind::Detected => loss.detected,
            EventKind::Switched => loss.switched,
            EventKind::Fault
            | EventKind::Pulled
            | EventKind::Grown
            | EventKind::Expired
            | EventKind::Drained
            | EventKind::Served => None,
        };
        Lane { event, from, over }
    });
    all.take(LANES_MAX).collect()
}

/// What takes its time until this happens, and the colour of that.
fn named(kind: EventKind) -> (&'static str, &'static str) {
    match kind {
        EventKind::Fault => ("Loss", INK),
        EventKind::Detected => ("Detection", "#d98200"),
        EventKind::Pulled => ("Image pull", "#a8548c"),
        EventKind::Grown => ("Capacity", "#8250a8"),
        EventKind::Switched => ("Propagation", "#3a8fc9"),
        EventKind::Expired => ("TTL", "#0b62a4"),
        EventKind::Drained => ("Caches", "#17456e"),
        EventKind::Served => ("Served", GOOD),
    }
}

fn draw_lane(lane: &Lane<'_>, scale: &Scale, y: f64, width: f64, drawing: &mut Drawing) {
    let (name, colour) = named(lane.event.kind);
    let took = words::about((lane.event.at - lane.from).max(0.0));
    let title = format!("{name} {took}");
    let left = MARGIN + width_of(&title, STRONG) + 10.0;
    let note = match lane.over.filter(|span| span.most - span.least >= 1.0) {
        Some(span) => {
            let (least, most) = (words::about(span.least), words::time(span.most));
            format!("{} ({least} to {most})", lane.event.text)
        }
        None => lane.event.text.clone(),
    };
    let note = fitting(&note, SMALL, width - MARGIN - left);
    let wide = left - MARGIN + width_of(&note, SMALL);
    drawing.plate((MARGIN, y + 13.0), Anchor::Start, wide);
    drawing.noted((MARGIN, y + 13.0), &title, &note);
    let (from, to) = (scale.x(lane.from), scale.x(lane.event.at));
    drawing.rect((from, y + 19.0), ((to - from).max(2.0), 11.0), colour, " rx=\"2\"");
    if let Some(span) = lane.over {
        let (least, most, middle) = (scale.x(span.least), scale.x(span.most), y + 24.5);
        drawing.line((least, middle), (most, middle), INK, 1.2);
        for end in [least, most] {
            drawing.line((end, middle - 4.0), (end, middle + 4.0), INK, 1.2);
        }
    }
}

/// Marks of when which share is served, a row each, so that no two texts meet.
fn served(loss: &Loss, scale: &Scale, y: f64, width: f64, drawing: &mut Drawing) {
    let recovery = &loss.recovery;
    let share = words::percent(recovery.served);
    let title = match recovery.bound {
        Some(_) if recovery.served >= 1.0 => "Clients served again".to_owned(),
        Some(_) | None => format!("Clients served again: {share} in the end"),
    };
    drawing.text((MARGIN, y + 14.0), Anchor::Start, STRONG, &title);
    let marks = [
        ("50%", recovery.p50),
        ("95%", recovery.p95),
        ("99%", recovery.p99),
        ("latest", recovery.bound),
    ];
    let mut row = y + 14.0;
    for (share, time) in marks {
        row += MARK;
        let Some(at) = time.filter(|time| time.is_finite()) else {
            let bad = Type { colour: BAD, ..NORMAL };
            drawing.text((MARGIN, row), Anchor::Start, bad, &format!("{share} never"));
            continue;
        };
        let (x, middle) = (scale.x(at), row - 4.0);
        let text = format!("{share} {}", words::time(at));
        drawing.line((scale.x(0.0), middle), (x, middle), LINE, 1.5);
        drawing.dot((x, middle), GOOD);
        let room = width_of(&text, STRONG);
        let (side, anchor) = if x + room + 10.0 < width - MARGIN / 2.0 {
            (x + 9.0, Anchor::Start)
        } else {
            (x - 9.0, Anchor::End)
        };
        drawing.plate((side, row), anchor, room);
        drawing.text((side, row), anchor, STRONG, &text);
    }
}

/// Times below, with fine lines up.
pub(super) fn axis(scale: &Scale, (top, bottom): (f64, f64), drawing: &mut Drawing) {
    for tick in scale.ticks() {
        let x = scale.x(tick);
        drawing.line((x, top), (x, bottom), "#eef1f4", 1.0);
        let anchor = if tick > 0.0 { Anchor::Middle } else { Anchor::Start };
        let x = if tick > 0.0 { x } else { x - 3.0 };
        drawing.text((x, bottom + 15.0), anchor, SMALL, &words::time(tick));
    }
    drawing.line((scale.x(0.0), bottom), (scale.x(scale.until()), bottom), FAINT, 1.0);
}

/// The time that the objective grants.
pub(super) fn wanted(
    scale: &Scale,
    objective: &ObjectiveVerdict,
    (top, bottom): (f64, f64),
    drawing: &mut Drawing,
) {
    let limit = f64::from(objective.rto);
    let share = words::percent(objective.quantile);
    let text = format!("wanted: {share} within {}", words::time(limit));
    let how = Type { colour: INK, ..SMALL };
    let right = scale.x(scale.until());
    if !scale.holds(limit) {
        drawing.text((right, top - 6.0), Anchor::End, how, &format!("{text} \u{2192}"));
        return;
    }
    let x = scale.x(limit);
    drawing.dashed((x, top - 2.0), (x, bottom), INK, 1.3);
    let half = width_of(&text, how) / 2.0;
    let (at, anchor) = if x + half > right {
        (right, Anchor::End)
    } else if x - half < scale.x(0.0) {
        (scale.x(0.0), Anchor::Start)
    } else {
        (x, Anchor::Middle)
    };
    drawing.text((at, top - 6.0), anchor, how, &text);
}

/// The same in words.
fn description(drill: &Drill, loss: &Loss) -> String {
    let mut out = format!("{}. ", words::outcome(drill, loss));
    for event in &loss.events {
        let _infallible = write!(out, "{}: {}. ", words::moment(event), event.text);
    }
    let recovery = &loss.recovery;
    let marks = [
        ("50%", recovery.p50),
        ("95%", recovery.p95),
        ("99%", recovery.p99),
        ("all that ever are", recovery.bound),
    ];
    let marks = marks.map(|(share, time)| format!("{share} by {}", words::time_or(time, "never")));
    out + "Served again: " + &marks.join(", ") + "."
}
