//! An apply on the screen: a bar below the lines on a terminal, and one more for each image that is
//! copied; lines alone otherwise, JSON if asked.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::sync::{Mutex, PoisonError};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use lifeboat_contract::Transfer;

use super::{Screen, Setting, plan};
use crate::apply::Event;
use crate::plan::Step;
use crate::report;

/// Where events go.
pub(super) enum Progress<'p> {
    Bars(Box<Bars>),
    Lines(&'p Screen),
    Json(&'p Setting<'p>, &'p Screen),
}

/// Bars on standard error.
pub(super) struct Bars {
    all: MultiProgress,
    /// Of all steps.
    steps: ProgressBar,
    /// Of steps that copy something.
    copies: Mutex<BTreeMap<u32, ProgressBar>>,
}

impl<'p> Progress<'p> {
    pub(super) fn start(
        steps: usize,
        json: bool,
        setting: &'p Setting<'p>,
        screen: &'p Screen,
    ) -> Self {
        if json {
            return Self::Json(setting, screen);
        }
        if screen.terminal && std::io::stderr().is_terminal() {
            return Self::Bars(Box::new(Bars::start(steps)));
        }
        Self::Lines(screen)
    }

    pub(super) fn tell(&self, event: Event<'_>) {
        match (self, event) {
            (Self::Bars(bars), event) => bars.tell(event),
            // Whoever reads lines hears of a copy as often as of any other step.
            (Self::Lines(_), Event::Moving { .. }) => {}
            (Self::Lines(screen), event) => screen.line(&report::line(event)),
            (Self::Json(setting, screen), event) => {
                let level = if matches!(event, Event::Failed { .. }) { "error" } else { "info" };
                let line = report::line(event);
                plan::stream_line(report::progress(event), level, line, setting, screen);
            }
        }
    }

    pub(super) fn end(&self) {
        if let Self::Bars(bars) = self {
            bars.steps.finish_and_clear();
        }
    }
}

impl Bars {
    fn start(steps: usize) -> Self {
        let all = MultiProgress::new();
        let steps = all.add(ProgressBar::new(steps as u64));
        let steps = steps.with_style(style("  {bar:32} {pos}/{len} steps  {elapsed}"));
        steps.tick();
        Self { all, steps, copies: Mutex::default() }
    }

    fn tell(&self, event: Event<'_>) {
        match event {
            Event::Moving { step, transfer, .. } => self.moved(step, transfer),
            Event::Started { .. } | Event::Waiting { .. } => self.line(event),
            Event::Done { step, .. } | Event::Failed { step, .. } => {
                let copy = self.copies().remove(&step.id);
                if let Some(copy) = copy {
                    copy.finish_and_clear();
                }
                self.line(event);
                self.steps.inc(1);
            }
        }
    }

    fn line(&self, event: Event<'_>) {
        // Bars are for whoever looks; where they cannot be drawn the work goes on.
        drop(self.all.println(report::line(event)));
    }

    fn moved(&self, step: &Step, transfer: Transfer) {
        let mut copies = self.copies();
        let copy = copies.entry(step.id).or_insert_with(|| {
            let copy = self.all.insert_before(&self.steps, ProgressBar::new(transfer.bytes));
            let copy = copy.with_style(style("  {bar:32} {msg}  {prefix}"));
            copy.with_prefix(report::subject(step))
        });
        copy.set_length(transfer.bytes);
        copy.set_position(transfer.moved);
        let (moved, bytes) = (report::bytes(transfer.moved), report::bytes(transfer.bytes));
        copy.set_message(format!("{moved} of {bytes}"));
    }

    fn copies(&self) -> std::sync::MutexGuard<'_, BTreeMap<u32, ProgressBar>> {
        self.copies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn style(template: &str) -> ProgressStyle {
    let form = ProgressStyle::with_template(template);
    form.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> ")
}
