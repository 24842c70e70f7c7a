//! How many requests a registry gets at once: fewer when it says that it is busy.
//!
//! Reads and writes are counted apart, so that what reads never waits for what writes. That, and
//! that a transfer enters the gates of its targets in one order, is why transfers cannot wait for
//! each other in a circle.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::{Access, Remote};
use crate::Host;

/// What every registry bears.
const WIDTH_FIRST: u32 = 16;
/// What a registry gets that goes on answering: more hides no more latency of small blobs.
const WIDTH_MAX: u32 = 64;

/// The gates by host.
#[derive(Default)]
pub(super) struct Gates(Mutex<BTreeMap<(Host, Access), Arc<Gate>>>);

struct Gate {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    width: u32,
    inside: u32,
    /// Answers since the width last changed.
    good: u32,
    /// Before the first refusal the width grows with each answer, later once for as many answers
    /// as it is wide.
    was_refused: bool,
    /// How often the width was halved. What entered before that says nothing about the new width.
    halvings: u64,
    closed_until: Option<Instant>,
}

/// A place within a gate, given back when dropped.
pub(super) struct Pass {
    gate: Arc<Gate>,
    halvings: u64,
}

impl Gates {
    fn gate(&self, remote: &Remote<'_>) -> Arc<Gate> {
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(gates.entry((remote.host.clone(), remote.access)).or_default())
    }

    /// A registry has refused someone who is inside already.
    pub(super) fn was_refused(&self, remote: &Remote<'_>, pause: Duration) {
        let gate = self.gate(remote);
        let halvings = gate.state().halvings;
        gate.was_refused(halvings, pause);
    }

    /// Waits for a place.
    pub(super) async fn enter(&self, remote: &Remote<'_>) -> Pass {
        let gate = self.gate(remote);
        loop {
            let mut changed = pin!(gate.changed.notified());
            changed.as_mut().enable();
            let closed_until = {
                let mut state = gate.state();
                state.closed_until = state.closed_until.filter(|until| *until > Instant::now());
                if state.closed_until.is_none() && state.inside < state.width {
                    state.inside += 1;
                    let halvings = state.halvings;
                    drop(state);
                    return Pass { gate: Arc::clone(&gate), halvings };
                }
                state.closed_until
            };
            match closed_until {
                Some(until) => sleep_until(until).await,
                None => changed.await,
            }
        }
    }
}

impl Gate {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn was_refused(&self, halvings: u64, pause: Duration) {
        let mut state = self.state();
        if halvings == state.halvings {
            state.halvings += 1;
            state.width = (state.width / 2).max(1);
        }
        (state.good, state.was_refused) = (0, true);
        let until = Instant::now() + pause;
        state.closed_until = Some(state.closed_until.map_or(until, |before| before.max(until)));
    }
}

impl Pass {
    /// The registry did what it was asked.
    pub(super) fn went_well(&self) {
        let mut state = self.gate.state();
        state.good += 1;
        if !state.was_refused || state.good >= state.width {
            state.good = 0;
            state.width = WIDTH_MAX.min(state.width + 1);
        }
        drop(state);
        self.gate.changed.notify_waiters();
    }

    /// The registry wants to be left alone for a while. Nobody enters meanwhile.
    pub(super) fn was_refused(&self, pause: Duration) {
        self.gate.was_refused(self.halvings, pause);
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.gate.state().inside -= 1;
        self.gate.changed.notify_waiters();
    }
}

impl Default for Gate {
    fn default() -> Self {
        let state = State {
            width: WIDTH_FIRST,
            inside: 0,
            good: 0,
            was_refused: false,
            halvings: 0,
            closed_until: None,
        };
        Self { state: Mutex::new(state), changed: Notify::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Repository;
    use super::*;

    fn repository() -> Repository {
        Repository::new("a.example".parse().unwrap(), "shop/web".parse().unwrap())
    }

    #[test]
    fn a_busy_registry_gets_half_and_slowly_more_again() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (gates, repository) = (Gates::default(), repository());
            let remote = repository.remote(Access::Push);
            let first = gates.enter(&remote).await;
            let gate = Arc::clone(&first.gate);
            let width = || gate.state().width;
            for _ in 0..100 {
                first.went_well();
            }
            assert_eq!(width(), WIDTH_MAX);
            let second = gates.enter(&remote).await;
            for pass in [&first, &second] {
                // Both entered before the first of them was refused: that counts once.
                pass.was_refused(Duration::ZERO);
            }
            assert_eq!(width(), WIDTH_MAX / 2);
            for _ in 0..WIDTH_MAX / 2 {
                second.went_well();
            }
            assert_eq!(width(), WIDTH_MAX / 2 + 1);
            drop((first, second));
            for _ in 0..WIDTH_MAX {
                gates.enter(&remote).await.was_refused(Duration::ZERO);
            }
            assert_eq!(width(), 1, "never none");
        });
    }

    #[test]
    fn nobody_enters_a_full_or_closed_gate() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (gates, repository) = (Gates::default(), repository());
            let remote = repository.remote(Access::Push);
            let mut inside = Vec::new();
            for _ in 0..WIDTH_FIRST {
                inside.push(gates.enter(&remote).await);
            }
            let brief = Duration::from_millis(20);
            assert!(tokio::time::timeout(brief, gates.enter(&remote)).await.is_err());
            drop(gates.enter(&repository.remote(Access::Pull)).await);
            inside.pop();
            gates.enter(&remote).await.was_refused(Duration::from_millis(60));
            inside.clear();
            assert!(tokio::time::timeout(brief, gates.enter(&remote)).await.is_err());
            drop(gates.enter(&remote).await);
        });
    }
}
