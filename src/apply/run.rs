//! Which steps are done, which can start, and which wait.

use std::collections::{BTreeMap, BTreeSet};

use tokio::time::Instant;

use super::Outcome;
use super::event::HEARTBEAT;
use crate::plan::{self, Plan};

/// What is done and what waits.
pub(super) struct Run<'p> {
    plan: &'p Plan,
    ready: BTreeSet<u32>,
    /// How many steps each waiting one still follows.
    waiting: BTreeMap<u32, usize>,
    /// Steps that could start, and wait for companions since then.
    held: BTreeMap<u32, Instant>,
    companies: BTreeMap<u32, Vec<u32>>,
    followers: Vec<Vec<u32>>,
    pub(super) outcome: Outcome,
}

impl<'p> Run<'p> {
    pub(super) fn of(plan: &'p Plan, done: &BTreeSet<u32>) -> Self {
        let mut followers: Vec<Vec<u32>> = vec![Vec::new(); plan.steps.len()];
        let (mut ready, mut waiting) = (BTreeSet::new(), BTreeMap::new());
        for step in &plan.steps {
            for earlier in &step.follows {
                followers[*earlier as usize].push(step.id);
            }
            if step.follows.is_empty() {
                ready.insert(step.id);
            } else {
                waiting.insert(step.id, step.follows.len());
            }
        }
        let companies = plan::companies(plan);
        let (held, outcome) = (BTreeMap::new(), Outcome::default());
        let mut run = Self { plan, ready, waiting, held, companies, followers, outcome };
        for id in done {
            run.ready.remove(id);
            run.waiting.remove(id);
            run.done(*id, 0);
        }
        for id in done {
            run.ready.remove(id);
        }
        run
    }

    /// The steps that are to be started next: one, or several that are carried out together. Those
    /// wait for each other, but neither for what was blocked, nor for ever, nor where `idle` says
    /// that nothing is under way that could bring the others on.
    pub(super) fn next(&mut self, idle: bool) -> Option<Vec<u32>> {
        let all_here = |run: &Self, id: &u32| {
            let company = run.companies.get(id).into_iter().flatten();
            !company.into_iter().any(|companion| run.waiting.contains_key(companion))
        };
        let patient = |since: &Instant| since.elapsed() < HEARTBEAT;
        let mut held = self.held.iter();
        let over = held.find(|(id, since)| all_here(self, id) || !patient(since));
        let mut first = over.map(|(id, _)| *id);
        while first.is_none() {
            let Some(id) = self.ready.pop_first() else { break };
            if all_here(self, &id) {
                first = Some(id);
            } else {
                self.held.insert(id, Instant::now());
            }
        }
        let stuck = || self.held.keys().next().copied().filter(|_| idle);
        let first = first.or_else(stuck)?;
        let company = self.companies.get(&first).cloned().unwrap_or_default();
        let mut together: Vec<u32> = company
            .into_iter()
            .filter(|id| *id != first)
            .filter(|id| self.ready.remove(id) || self.held.contains_key(id))
            .chain([first])
            .collect();
        together.sort_unstable();
        for id in &together {
            self.held.remove(id);
        }
        Some(together)
    }

    /// What was neither done nor started.
    pub(super) fn unfinished(&self) -> BTreeSet<u32> {
        self.waiting.keys().chain(&self.ready).chain(self.held.keys()).copied().collect()
    }

    pub(super) fn done(&mut self, id: u32, bytes: u64) {
        self.outcome.done.insert(id);
        self.outcome.bytes += bytes;
        for later in &self.followers[id as usize] {
            if let Some(left) = self.waiting.get_mut(later) {
                *left -= 1;
                if *left == 0 {
                    self.waiting.remove(later);
                    self.ready.insert(*later);
                }
            }
        }
    }

    pub(super) fn fail(&mut self, id: u32, why: String) {
        self.outcome.failed.insert(id, why);
        let mut blocked = self.followers[id as usize].clone();
        while let Some(later) = blocked.pop() {
            if self.waiting.remove(&later).is_some() {
                self.outcome.blocked.insert(later, id);
                blocked.extend(&self.followers[self.plan.steps[later as usize].id as usize]);
            }
        }
    }
}
