//! Where clients are led before and after a loss, as a drawing.

use std::collections::BTreeMap;

use super::markup::{
    Anchor, BAD, BAD_LIGHT, Drawing, FAINT, GOOD, GOOD_LIGHT, INK, LINE, LOST, NORMAL, SMALL,
    STRONG, Sheet, Type, fitting, width_of,
};
use super::timeline::heading;
use super::words;
use crate::drill::{Answered, ComponentKind, Drill, Loss};

const MARGIN: f64 = 10.0;
const HEAD: f64 = 26.0;
const ROW: f64 = 44.0;

/// Without values, where there is much to show.
const ROW_LOW: f64 = 30.0;
const ROWS_HIGH_MAX: usize = 4;

const GAP: f64 = 12.0;

/// So many answers, and regions without one, have a place of their own.
const TARGETS_MAX: usize = 12;
const IDLE_MAX: usize = 4;

/// Something that is answered before or after.
struct Target<'l> {
    answered: &'l Answered,
    before: f64,
    after: f64,
    serves: bool,
}

/// A region with what is in it.
struct Region<'l> {
    name: &'l str,
    lost: bool,
    targets: Vec<Target<'l>>,
}

/// Where clients are led before and after a loss, as an SVG: what is lost is grey.
pub fn traffic_svg(drill: &Drill, loss: &Loss) -> String {
    drawn(drill, loss, Sheet::File)
}

pub(super) fn drawn(drill: &Drill, loss: &Loss, sheet: Sheet) -> String {
    let targets = targets(loss);
    let left_out = targets.len().saturating_sub(TARGETS_MAX);
    let (regions, idle) = regions(drill, loss, targets);
    let width = sheet.width();
    let mut drawing = Drawing::new();
    let top = heading(drill, loss, sheet, &mut drawing) + MARGIN;
    let left = (width * 0.5).max(width - 300.0);
    let rows: usize = regions.iter().map(|region| region.targets.len()).sum();
    let row_height = if rows > ROWS_HIGH_MAX { ROW_LOW } else { ROW };
    #[expect(clippy::cast_precision_loss, reason = "a handful of rows")]
    let tall = |region: &Region<'_>| HEAD + row_height * region.targets.len() as f64;
    let height: f64 = regions.iter().map(|region| tall(region) + GAP).sum::<f64>().max(90.0);
    let middle = top + height / 2.0 - GAP / 2.0;
    let from = clients(drill, loss, middle, left, &mut drawing);

    let mut y = top;
    let mut arrows = Vec::new();
    for region in &regions {
        let size = (width - MARGIN - left, tall(region));
        draw_frame(region, (left, y), size, &mut drawing);
        let mut row = y + HEAD - 2.0;
        for target in &region.targets {
            let size = (size.0 - 16.0, row_height - 8.0);
            draw_target(target, (left + 8.0, row), size, &mut drawing);
            arrows.push(((left + 8.0, row + size.1 / 2.0), target));
            row += row_height;
        }
        y += tall(region) + GAP;
    }
    for (to, target) in &arrows {
        draw_arrow(from, *to, target, &mut drawing);
    }
    let mut bottom = top + height;
    for note in notes(drill, loss, &idle, left_out) {
        let note = fitting(&note, SMALL, width - 2.0 * MARGIN);
        bottom += 16.0;
        drawing.text((MARGIN, bottom - 4.0), Anchor::Start, SMALL, &note);
    }
    let title = format!("{} lost: where clients are led", words::lost(&loss.lost));
    drawing.finish((width, bottom + 4.0), &title, &description(loss))
}

/// Everything that is answered before or after, by region.
fn targets(loss: &Loss) -> Vec<Target<'_>> {
    type Key<'l> = (Option<&'l String>, Option<&'l String>, &'l [String]);
    let mut targets: BTreeMap<Key<'_>, Target<'_>> = BTreeMap::new();
    let both = loss.before.iter().map(|one| (one, true));
    for (answered, is_before) in both.chain(loss.after.iter().map(|one| (one, false))) {
        let key = (answered.region.as_ref(), answered.target.as_ref(), &answered.values[..]);
        let target = targets.entry(key).or_insert(Target {
            answered,
            before: 0.0,
            after: 0.0,
            serves: true,
        });
        if is_before {
            target.before += answered.share;
        } else {
            target.after += answered.share;
            target.serves &= answered.serves;
        }
    }
    targets.into_values().collect()
}

/// The regions of what is answered, in their order, and the names of the others.
fn regions<'l>(
    drill: &'l Drill,
    loss: &'l Loss,
    targets: Vec<Target<'l>>,
) -> (Vec<Region<'l>>, Vec<&'l str>) {
    let known: Vec<&'l String> = drill
        .components
        .iter()
        .filter(|component| component.kind == ComponentKind::Region)
        .map(|component| &component.name)
        .collect();
    let order = |name: &str| known.iter().position(|known| *known == name).unwrap_or(known.len());
    let mut regions: Vec<Region<'l>> = Vec::new();
    for target in targets.into_iter().take(TARGETS_MAX) {
        let name = target.answered.region.as_deref().unwrap_or("elsewhere");
        match regions.iter_mut().find(|region| region.name == name) {
            Some(region) => region.targets.push(target),
            None => {
                let lost = is_lost(drill, loss, name);
                regions.push(Region { name, lost, targets: vec![target] });
            }
        }
    }
    regions.sort_by_key(|region| order(region.name));
    let named = |name: &str| regions.iter().any(|region| region.name == name);
    let idle = known.iter().map(|name| name.as_str()).filter(|name| !named(name)).collect();
    (regions, idle)
}

/// Lost by itself, or with something else.
fn is_lost(drill: &Drill, loss: &Loss, region: &str) -> bool {
    let taken = |name: &String| {
        let component = drill.components.iter().find(|component| component.name == *name);
        component.is_some_and(|component| component.takes.iter().any(|taken| taken == region))
    };
    loss.lost.iter().any(|name| name == region || taken(name))
}

/// Who asks. Returns where arrows start.
fn clients(
    drill: &Drill,
    loss: &Loss,
    middle: f64,
    until: f64,
    drawing: &mut Drawing,
) -> (f64, f64) {
    let width = (until - MARGIN) * 0.5;
    let name = words::objective(drill, loss).map_or_else(String::new, |one| one.name.to_string());
    let lines = name_lines(&name, width - 8.0);
    #[expect(clippy::cast_precision_loss, reason = "a handful of lines")]
    let half = 15.0 + 7.0 * lines.len() as f64;
    let size = (width, 2.0 * half);
    let corner = (MARGIN, middle - half);
    drawing.rect(corner, size, "#f6f8fa", &format!(" rx=\"6\" stroke=\"{INK}\""));
    let centre = MARGIN + width / 2.0;
    let mut y = middle - half + 18.0;
    drawing.text((centre, y), Anchor::Middle, STRONG, "clients of");
    for line in lines {
        y += 14.0;
        drawing.text((centre, y), Anchor::Middle, SMALL, &line);
    }
    (MARGIN + width, middle)
}

/// A name on up to three lines, broken behind its dots.
fn name_lines(name: &str, room: f64) -> Vec<String> {
    const LINES_MAX: usize = 3;
    let mut lines = vec![String::new()];
    for part in name.split_inclusive('.') {
        let Some(line) = lines.last_mut() else { break };
        if line.is_empty() || width_of(&format!("{line}{part}"), SMALL) <= room {
            line.push_str(part);
        } else {
            lines.push(part.to_owned());
        }
    }
    if lines.len() > LINES_MAX {
        let rest = lines.split_off(LINES_MAX - 1).concat();
        lines.push(rest);
    }
    lines.iter().map(|line| fitting(line, SMALL, room)).collect()
}

fn draw_frame(region: &Region<'_>, at: (f64, f64), size: (f64, f64), drawing: &mut Drawing) {
    let (x, y) = at;
    let (fill, stroke) = if region.lost {
        (LOST, format!(" rx=\"6\" stroke=\"{FAINT}\" stroke-dasharray=\"5 4\""))
    } else {
        ("#fff", format!(" rx=\"6\" stroke=\"{LINE}\" stroke-width=\"1.5\""))
    };
    drawing.rect(at, size, fill, &stroke);
    let how = if region.lost { Type { colour: FAINT, ..STRONG } } else { STRONG };
    let name = if region.lost { format!("{} (lost)", region.name) } else { region.name.to_owned() };
    let name = fitting(&name, how, size.0 - 20.0);
    drawing.text((x + 10.0, y + 17.0), Anchor::Start, how, &name);
}

/// What it is called, how much of the answers it has, and what is answered.
fn draw_target(target: &Target<'_>, at: (f64, f64), size: (f64, f64), drawing: &mut Drawing) {
    let (fill, ink, colour) = match (target.after > 0.0, target.serves) {
        (false, _) => ("#f6f8fa", FAINT, FAINT),
        (true, true) => (GOOD_LIGHT, INK, GOOD),
        (true, false) => (BAD_LIGHT, INK, BAD),
    };
    drawing.rect(at, size, fill, " rx=\"4\"");
    let (left, right) = (at.0 + 8.0, at.0 + size.0 - 6.0);
    let (before, after) = (words::percent(target.before), words::percent(target.after));
    let share = if before == after { after } else { format!("{before} \u{2192} {after}") };
    let how = Type { colour, ..STRONG };
    drawing.text((right, at.1 + 15.0), Anchor::End, how, &share);
    let room = right - left - width_of(&share, how) - 4.0;
    let name = target.answered.target.as_deref().unwrap_or("not declared");
    let how = Type { colour: ink, ..NORMAL };
    drawing.text((left, at.1 + 15.0), Anchor::Start, how, &fitting(name, how, room));
    if size.1 > ROW_LOW {
        let values = target.answered.values.join(" ");
        let (how, text) = if target.after > 0.0 && !target.serves {
            (Type { colour: BAD, ..SMALL }, format!("does not serve: {values}"))
        } else {
            (SMALL, values)
        };
        let text = fitting(&text, how, right - left);
        drawing.text((left, at.1 + 29.0), Anchor::Start, how, &text);
    }
}

/// From before in grey and dashed, what is answered now in green, or in red where nobody serves.
fn draw_arrow(from: (f64, f64), to: (f64, f64), target: &Target<'_>, drawing: &mut Drawing) {
    let bend = f64::midpoint(from.0, to.0);
    let ((left, start), (right, end)) = (from, (to.0 - 7.0, to.1));
    let curve = format!(
        "M{left:.1} {start:.1}C{bend:.1} {start:.1} {bend:.1} {end:.1} {right:.1} {end:.1}"
    );
    let (colour, width) = if target.after > 0.0 {
        (if target.serves { GOOD } else { BAD }, 1.5 + 3.0 * target.after.min(1.0))
    } else {
        ("#8c959f", 1.3)
    };
    let dashes = if target.after > 0.0 { "" } else { " stroke-dasharray=\"5 4\"" };
    drawing.path(
        &curve,
        &format!("fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width:.1}\"{dashes}"),
    );
    let (x, y) = to;
    let head =
        format!("M{x:.1} {y:.1}L{:.1} {:.1}L{:.1} {:.1}Z", x - 9.0, y - 5.0, x - 9.0, y + 5.0);
    drawing.path(&head, &format!("fill=\"{colour}\""));
}

/// What has no place in the drawing.
fn notes(drill: &Drill, loss: &Loss, idle: &[&str], left_out: usize) -> Vec<String> {
    let is_region = |name: &&String| {
        let known = drill.components.iter().find(|component| component.name == **name);
        known.is_some_and(|component| component.kind == ComponentKind::Region)
    };
    let others: Vec<String> = loss.lost.iter().filter(|name| !is_region(name)).cloned().collect();
    let mut notes = Vec::new();
    if loss.after.is_empty() {
        notes.push("Nothing is answered any more.".to_owned());
    }
    if left_out > 0 {
        notes.push(format!("{} more are not drawn", words::count(left_out, "answer", "answers")));
    }
    if !others.is_empty() {
        notes.push(format!("Lost besides: {}", words::lost(&others)));
    }
    if !idle.is_empty() {
        let shown = idle[..idle.len().min(IDLE_MAX)].join(", ");
        let rest = idle.len().saturating_sub(IDLE_MAX);
        let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        notes.push(format!("Not answered: {shown}{rest}"));
    }
    notes
}

fn description(loss: &Loss) -> String {
    let said = |all: &[Answered]| {
        let each = all.iter().map(|one| {
            let target = one.target.as_deref().unwrap_or("not declared");
            let region = one.region.as_deref().unwrap_or("elsewhere");
            let serves = if one.serves { "" } else { ", which does not serve" };
            format!("{} {target} in {region}{serves}", words::percent(one.share))
        });
        let each: Vec<String> = each.collect();
        if each.is_empty() { "nothing".to_owned() } else { each.join("; ") }
    };
    format!("Answered before: {}. Answered after: {}.", said(&loss.before), said(&loss.after))
}
