//! An apply on the screen: a bar below the lines on a terminal, lines alone otherwise, JSON if asked.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};

use super::{Screen, Setting, plan};
use crate::apply::Event;
use crate::report;

/// Where events go.
pub(super) enum Progress<'p> {
    Bar(ProgressBar),
    Lines(&'p Screen),
    Json(&'p Setting<'p>, &'p Screen),
}

impl<'p> Progress<'p> {
    pub(super) fn start(
        steps: usize,
        json: bool,
        setting: &'p Setting<'p>,
        screen: &'p Screen,
    ) -> Self {
        let form = ProgressStyle::with_template("  {bar:32} {pos}/{len} steps  {elapsed}");
        match form {
            _ if json => Self::Json(setting, screen),
            // The bar is drawn on standard error.
            Ok(form) if screen.terminal && std::io::stderr().is_terminal() => {
                let bar = ProgressBar::new(steps as u64).with_style(form.progress_chars("=> "));
                bar.tick();
                Self::Bar(bar)
            }
            _ => Self::Lines(screen),
        }
    }

    pub(super) fn tell(&self, event: Event<'_>) {
        let ended = matches!(event, Event::Done { .. } | Event::Failed { .. });
        match self {
            Self::Bar(bar) => {
                bar.println(report::line(event));
                bar.inc(u64::from(ended));
            }
            Self::Lines(screen) => screen.line(&report::line(event)),
            Self::Json(setting, screen) => {
                let level = if matches!(event, Event::Failed { .. }) { "error" } else { "info" };
                let line = report::line(event);
                plan::stream_line(report::progress(event), level, line, setting, screen);
            }
        }
    }

    pub(super) fn end(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}
