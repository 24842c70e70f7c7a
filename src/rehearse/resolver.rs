//! Caching resolvers, and applications that cache once more.
//!
//! A resolver here is a busy one: somebody always asks, so it asks anew as soon as it has forgotten.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::query::{Question, Told};
use super::timer::{Chance, Timer};

/// What a cache knows; nothing before the first answer.
pub(super) type Known = watch::Receiver<Option<Told>>;

/// A server that does not answer is asked again after a second, as resolvers do.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Starts a resolver that keeps what it hears for as long as it may, and for `least` at least.
pub(super) fn resolver(
    question: Question,
    least: Duration,
    timer: Timer,
    mut chance: Chance,
    tasks: &mut JoinSet<()>,
) -> Known {
    let (know, known) = watch::channel(None);
    tasks.spawn(async move {
        // It was there before us: part of the time is over.
        let mut first = true;
        loop {
            #[expect(clippy::cast_possible_truncation, reason = "any 16 bits will do")]
            let told = question.ask(chance.next() as u16).await;
            let keep = match told {
                Ok(told) => {
                    let keep = Duration::from_secs(told.ttl.into()).max(least);
                    know.send_replace(Some(told));
                    if std::mem::take(&mut first) { chance.part_of(keep) } else { keep }
                }
                Err(_) => AGAIN_AFTER,
            };
            // A TTL of nothing is no reason to ask without end.
            timer.sleep(keep.max(AGAIN_AFTER)).await;
        }
    });
    known
}

/// Starts an application's cache that keeps what it has from a resolver for a time of its own.
pub(super) fn keeper(
    mut from: Known,
    keep: Duration,
    timer: Timer,
    mut chance: Chance,
    tasks: &mut JoinSet<()>,
) -> Known {
    let (know, known) = watch::channel(None);
    tasks.spawn(async move {
        if from.wait_for(Option::is_some).await.is_err() {
            return;
        }
        know.send_replace(from.borrow().clone());
        timer.sleep(chance.part_of(keep)).await;
        loop {
            know.send_replace(from.borrow().clone());
            timer.sleep(keep).await;
        }
    });
    known
}
