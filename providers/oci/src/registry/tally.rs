//! How far the copies of an image are, added up for each target.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use lifeboat_contract::{Digest, Transfer, Watch};

use super::{Event, Observe, Repository};

/// Tells a watch how far each of several targets is, by its place in their list.
pub struct Tally {
    targets: Vec<Repository>,
    watch: Watch,
    sums: Mutex<Vec<Sum>>,
}

/// What is known of one target.
#[derive(Clone, Default)]
struct Sum {
    whole: Transfer,
    /// What has come of blobs that are on their way.
    partial: BTreeMap<Digest, u64>,
}

impl Tally {
    /// A tally of copies to these targets.
    pub fn new(targets: Vec<Repository>, watch: Watch) -> Self {
        let sums = Mutex::new(vec![Sum::default(); targets.len()]);
        Self { targets, watch, sums }
    }
}

impl Observe for Tally {
    fn observe(&self, event: Event<'_>) {
        let (Event::Planned { to, .. }
        | Event::Present { to, .. }
        | Event::Moving { to, .. }
        | Event::Moved { to, .. }) = event;
        let Some(at) = self.targets.iter().position(|target| target == to) else { return };
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(sum) = sums.get_mut(at) else { return };
        sum.take(event);
        let transfer = sum.transfer();
        drop(sums);
        (self.watch)(at, transfer);
    }
}

impl Sum {
    fn take(&mut self, event: Event<'_>) {
        let Transfer { moved, bytes } = &mut self.whole;
        match event {
            // What refers to the image is planned when the image is there.
            Event::Planned { bytes: more, .. } => *bytes = bytes.saturating_add(more),
            Event::Present { bytes: less, .. } => *bytes = bytes.saturating_sub(less),
            Event::Moving { blob, moved, .. } => {
                self.partial.insert(blob.clone(), moved);
            }
            Event::Moved { blob, bytes, .. } => {
                self.partial.remove(blob);
                *moved = moved.saturating_add(bytes);
            }
        }
    }

    fn transfer(&self) -> Transfer {
        let partial = self.partial.values().fold(0, |sum: u64, part| sum.saturating_add(*part));
        Transfer { moved: self.whole.moved.saturating_add(partial), ..self.whole }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn what_is_there_already_is_taken_off_and_a_cut_counts_once() {
        let repository =
            |name: &str| Repository::new("a.example".parse().unwrap(), name.parse().unwrap());
        let (web, api) = (repository("shop/web"), repository("shop/api"));
        let told = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&told);
        let watch: Watch = Arc::new(move |at, far: Transfer| {
            notes.lock().unwrap().push((at, far.moved, far.bytes));
        });
        let tally = Tally::new(vec![api.clone(), web.clone()], watch);
        let (one, two) = (Digest::of(b"1"), Digest::of(b"2"));
        let (to, bytes) = (&web, 60);
        for event in [
            Event::Planned { to, blobs: 2, bytes: 100 },
            Event::Present { to, blob: &one, bytes: 40 },
            Event::Moving { to, blob: &two, moved: 50, bytes },
            Event::Moving { to, blob: &two, moved: 20, bytes },
            Event::Moved { to, blob: &two, bytes },
            Event::Planned { to: &api, blobs: 1, bytes: 7 },
        ] {
            tally.observe(event);
        }
        let expected = [(1, 0, 100), (1, 0, 60), (1, 50, 60), (1, 20, 60), (1, 60, 60), (0, 0, 7)];
        assert_eq!(*told.lock().unwrap(), expected);
    }
}
