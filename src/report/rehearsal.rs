//! A rehearsal as people read it: the answer first, then predicted beside observed.

use std::fmt::Write as _;

use lifeboat_contract::living::Loss;

use super::palette::{ADD, BOLD, DIM, REMOVE, paint};
use crate::rehearse::{Class, Phase, Rehearsal, RehearsedName, Seen, Step};

/// Whoever is later than this, in the cloud's seconds, is told.
const LATE_MAX: f64 = 3.0;

/// The rehearsal as text.
pub fn rehearsal(rehearsal: &Rehearsal) -> String {
    let mut out = format!("{}\n", answer(rehearsal));
    let lost = &rehearsal.lost;
    let how = match lost.endpoint {
        Loss::Silent => "said nothing",
        Loss::Refusing => "refused connections",
        Loss::Unavailable => "answered 503",
    };
    let checkers = match lost.checkers_lost {
        0 => "no checker".to_owned(),
        count => format!("{count} of {} checkers of each check", lost.checkers),
    };
    let _infallible = writeln!(
        out,
        "\n  {} ({}) lost its registry and {checkers}; its endpoint {how}.",
        lost.region, lost.location
    );
    for name in &rehearsal.names {
        block(name, &lost.region, &mut out);
    }
    for remark in &rehearsal.remarks {
        let _infallible = writeln!(out, "\n  {remark}");
    }
    let measured = &rehearsal.measured;
    let busy = if measured.lateness > LATE_MAX {
        " This machine is too busy to tell finely: a smaller `--speed` helps."
    } else {
        ""
    };
    let note = format!(
        "Times are the cloud's, {} times as fast as the wall's; waits took up to {} too long, which \
         widens the bounds.{busy}",
        rehearsal.speed,
        time(measured.lateness)
    );
    let _infallible = writeln!(out, "\n  {}", paint(DIM, &note));
    out
}

fn answer(rehearsal: &Rehearsal) -> String {
    let region = &rehearsal.lost.region;
    let steps = rehearsal.names.iter().flat_map(|name| &name.steps);
    let outside = steps.clone().filter(|step| !step.inside).count();
    match (outside, steps.count()) {
        (0, 0) => format!("{}   nothing fails over", paint(BOLD, "NOTHING TO WATCH")),
        (0, count) => format!(
            "{}   {region} lost and back: all {count} times are within their bounds",
            paint(ADD, "AS PREDICTED")
        ),
        (outside, count) => format!(
            "{}   {region} lost and back: {outside} of {count} times are outside their bounds",
            paint(REMOVE, "NOT AS PREDICTED")
        ),
    }
}

fn block(name: &RehearsedName, lost: &str, out: &mut String) {
    let title = format!("{} {}", name.name, name.rtype);
    let way = if name.before == name.after {
        format!("{} stays", joined(&name.after))
    } else {
        format!("{} -> {}", joined(&name.before), joined(&name.after))
    };
    let _infallible = writeln!(
        out,
        "\n  {}   {way}\n{:44}{:24}{:24}off by",
        paint(BOLD, &title),
        "",
        "predicted",
        "observed"
    );
    let mut back = false;
    for step in &name.steps {
        let returns = matches!(step.phase, Phase::Recovered | Phase::Returned);
        if returns && !std::mem::replace(&mut back, true) {
            let _infallible = writeln!(out, "    {lost} comes back");
        }
        let what = what(step, if returns { &name.before } else { &name.after });
        let predicted = step.predicted.as_ref().map_or_else(
            || "never".to_owned(),
            |it| {
                if it.most <= 0.0 {
                    "at once".to_owned()
                } else {
                    format!("{} ({} to {})", time(it.p50), time(it.least), time(it.most))
                }
            },
        );
        let observed = step.observed.as_ref().map_or_else(|| "never".to_owned(), seen);
        let residual = step.residual.map(signed).unwrap_or_default();
        let mark = if step.inside { String::new() } else { paint(REMOVE, "   outside") };
        let line = format!("      {what:38}{predicted:24}{observed:24}{residual:>6}{mark}");
        let _infallible = writeln!(out, "{}", line.trim_end());
    }
}

fn what(step: &Step, regions: &[String]) -> String {
    match (step.phase, step.clients) {
        (Phase::Detected, _) => "its checks fall".to_owned(),
        (Phase::Recovered, _) => "its checks rise".to_owned(),
        (Phase::Switched | Phase::Returned, _) => format!("DNS answers {}", joined(regions)),
        (Phase::Served, class) => match class {
            Some(Class::Direct) | None => "clients that ask the zone's servers",
            Some(Class::Honest) => "clients whose resolvers keep the TTL",
            Some(Class::Cached) => "clients that cache it for 30s more",
            Some(Class::Stretched) => "clients whose resolvers keep it 5m",
        }
        .to_owned(),
    }
}

fn seen(seen: &Seen) -> String {
    let Seen { count, never, p50, last, .. } = *seen;
    match (count, never) {
        (1, _) => time(p50),
        (_, 0) if last <= 0.0 => "at once".to_owned(),
        (_, 0) => format!("{} (last {})", time(p50), time(last)),
        (count, never) => format!("{} ({never} of {count} never)", time(p50)),
    }
}

fn joined(regions: &[String]) -> String {
    if regions.is_empty() { "nothing".to_owned() } else { regions.join(" and ") }
}

/// `38.1s`, `1m52s`.
fn time(seconds: f64) -> String {
    if seconds < 59.95 {
        return format!("{seconds:.1}s");
    }
    #[expect(clippy::cast_possible_truncation, reason = "no rehearsal takes so long")]
    #[expect(clippy::cast_sign_loss, reason = "times are not negative")]
    let whole = seconds.round() as u64;
    format!("{}m{:02}s", whole / 60, whole % 60)
}

fn signed(seconds: f64) -> String {
    format!("{seconds:+.1}s")
}
