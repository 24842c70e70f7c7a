//! A case in words.

use super::case::Case;
use super::fact::State;
use super::judge::Demand;
use super::part::Part;
use super::verdict::Answered;
use super::view::{Leaf, View};
use crate::intent::Grows;

/// Seconds as people say them: `1m48s`.
pub(super) fn seconds(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "a time of a drill")]
    #[expect(clippy::cast_sign_loss, reason = "times are not negative")]
    let whole = (seconds - 0.05).ceil().max(0.0) as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m{seconds:02}s"),
        (hours, minutes, seconds) => format!("{hours}h{minutes:02}m{seconds:02}s"),
    }
}

/// A time as far as it is known: to a tenth of a second.
pub(super) fn tenth(seconds: f64) -> f64 {
    (seconds * 10.0).round() / 10.0
}

/// A share as people say it: `95%`.
pub(super) fn percent(share: f64) -> String {
    let percent = (share * 1000.0).round() / 10.0;
    format!("{percent}%")
}

impl View<'_> {
    /// The answers as reports show them.
    pub(super) fn answered(&self, parts: &[Part]) -> Vec<Answered> {
        let answered = parts.iter().map(|part| {
            let leaf = part.set.map(|set| &self.leaves[&set]);
            let target = leaf.and_then(|leaf| leaf.target);
            Answered {
                target: target.map(|target| target.label.to_string()),
                region: target.map(|target| target.region.to_string()),
                values: leaf.map(|leaf| leaf.values.clone()).unwrap_or_default(),
                share: part.share,
                serves: part.served > 0.0,
            }
        });
        answered.collect()
    }

    /// What happens, in a few words.
    pub(super) fn summary(&self, case: &Case, state: &State) -> String {
        let name = |part: &Part| match part.set {
            Some(set) => self.leaves[&set].name(),
            None => "nothing".to_owned(),
        };
        let same =
            case.before.iter().map(|part| part.set).eq(case.after.iter().map(|part| part.set));
        let lost = |part: &Part| {
            part.set.is_some_and(|set| self.leaves[&set].dead.is_some_and(|dead| state.is(dead)))
        };
        if case.unproven.is_some() {
            return "cannot be told".to_owned();
        }
        if let Some(part) = case.after.iter().find(|part| lost(part)) {
            return format!("{} is answered, though lost", name(part));
        }
        if case.served <= 0.0 {
            return format!("{} answers, and serves nobody", joined(case, &name));
        }
        format!("{} {}", joined(case, &name), if same { "stays" } else { "answers" })
    }

    /// Why it does not hold.
    pub(super) fn reason(
        &self,
        case: &Case,
        state: &State,
        demand: &Demand,
        recovery: Option<f64>,
    ) -> String {
        if let Some(why) = &case.unproven {
            return why.clone();
        }
        if let Some(time) = recovery {
            return format!(
                "{} of clients need {}, of {}",
                percent(demand.quantile),
                seconds(time),
                seconds(demand.rto)
            );
        }
        let is_lost = |leaf: &Leaf<'_>| leaf.dead.is_some_and(|dead| state.is(dead));
        if self.leaves.values().all(is_lost) {
            return "nothing is left to answer".to_owned();
        }
        let worst = case.after.iter().find(|part| part.served < 1.0);
        let Some(leaf) = worst.and_then(|part| part.set).map(|set| &self.leaves[&set]) else {
            return "no such name is answered".to_owned();
        };
        if let Some(waiting) = self.deadlocked() {
            return format!(
                "{} grows only once requests come, and none come while its check is unhealthy",
                waiting.name()
            );
        }
        if let Some(blocked) = self.leaves.values().find(|leaf| leaf.is_blocked(state)) {
            return match &blocked.lacks {
                Some(copy) => format!("{} has no image to serve with: `{copy}`", blocked.name()),
                None => format!("{} cannot grow without what is lost", blocked.name()),
            };
        }
        if is_lost(leaf) {
            return match &leaf.check {
                None => format!("nothing notices that {} is lost: it has no check", leaf.name()),
                Some(check) if !self.checks.names().contains(check) => {
                    format!("{} is lost, and no answer depends on its check", leaf.name())
                }
                Some(_) if !worst.is_some_and(|part| part.unhealthy) => {
                    format!("nothing notices that {} is lost: its check still passes", leaf.name())
                }
                Some(_) => format!(
                    "every target counts as unhealthy, so {} is answered, which is lost",
                    leaf.name()
                ),
            };
        }
        if leaf.capacity.share < 1.0 {
            return format!(
                "{} can carry {} of all requests, and gets {}",
                leaf.name(),
                percent(leaf.capacity.share),
                percent(worst.map_or(1.0, |part| part.share))
            );
        }
        format!("{} is answered, and does not serve", leaf.name())
    }

    /// A target that waits for requests which wait for it.
    fn deadlocked(&self) -> Option<&Leaf<'_>> {
        self.leaves
            .values()
            .find(|leaf| leaf.capacity.grows == Grows::OnTraffic && leaf.check.is_some())
    }
}

/// Who answers, with shares where there are several.
fn joined(case: &Case, name: &dyn Fn(&Part) -> String) -> String {
    let mut shares: Vec<(String, f64)> = Vec::new();
    for part in &case.after {
        let name = name(part);
        match shares.iter_mut().find(|(known, _)| *known == name) {
            Some((_, share)) => *share += part.share,
            None => shares.push((name, part.share)),
        }
    }
    match &shares[..] {
        [(name, _)] => name.clone(),
        several => {
            let one = |(name, share): &(String, f64)| format!("{name} {}", percent(*share));
            several.iter().map(one).collect::<Vec<_>>().join(", ")
        }
    }
}
