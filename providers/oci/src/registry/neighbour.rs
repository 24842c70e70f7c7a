//! Other repositories of a target's registry, and which of them are worth asking for a blob.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lifeboat_contract::RepositoryName;

/// Repositories that are asked for one blob: images share their bases with few others.
const ASKED_MAX: usize = 4;
/// A repository that lacks so many blobs and has none shares nothing with the image.
const LACKS_MAX: u32 = 4;
/// A registry that did not take so many blobs from where they are takes none. ECR asks for a setting
/// of the account, and some blobs mount only once a manifest refers to them.
const REFUSALS_MAX: u32 = 2;

/// Repositories that a registry may take blobs from.
pub(super) struct Neighbours<'a> {
    names: Vec<&'a RepositoryName>,
    known: Mutex<Known<'a>>,
}

#[derive(Default)]
struct Known<'a> {
    answers: BTreeMap<&'a RepositoryName, Answers>,
    /// Mounts that were refused although the blob was there.
    refusals: u32,
}

#[derive(Clone, Copy, Default)]
struct Answers {
    has: u32,
    lacks: u32,
}

impl<'a> Neighbours<'a> {
    pub(super) fn new(names: Vec<&'a RepositoryName>) -> Self {
        Self { names, known: Mutex::default() }
    }

    fn known(&self) -> MutexGuard<'_, Known<'a>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those that may have a blob, the likeliest first.
    pub(super) fn likely(&self) -> Vec<&'a RepositoryName> {
        let known = self.known();
        if known.refusals >= REFUSALS_MAX {
            return Vec::new();
        }
        let answers = |name: &RepositoryName| known.answers.get(name).copied().unwrap_or_default();
        let useful = |name: &RepositoryName| {
            let Answers { has, lacks } = answers(name);
            has > 0 || lacks < LACKS_MAX
        };
        let mut likely: Vec<_> = self.names.iter().copied().filter(|name| useful(name)).collect();
        likely.sort_by_key(|name| std::cmp::Reverse(answers(name).has));
        likely.truncate(ASKED_MAX);
        likely
    }

    pub(super) fn note_answer(&self, name: &'a RepositoryName, has: bool) {
        let mut known = self.known();
        let answers = known.answers.entry(name).or_default();
        if has {
            answers.has += 1;
        } else {
            answers.lacks += 1;
        }
    }

    /// Takes note of how a mount ended.
    pub(super) fn note_mount(&self, name: &'a RepositoryName, mounted: bool) {
        let mut known = self.known();
        // An only neighbour was not asked, so a refusal may mean that it lacks the blob.
        let was_asked = known.answers.contains_key(name);
        if mounted {
            known.refusals = 0;
        } else if was_asked {
            known.refusals += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(texts: &[&str]) -> Vec<RepositoryName> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn shown<'a>(neighbours: &Neighbours<'a>) -> Vec<&'a str> {
        neighbours.likely().into_iter().map(RepositoryName::as_str).collect()
    }

    #[test]
    fn who_shares_nothing_makes_room_for_others() {
        let names = names(&["a", "b", "c", "d", "e"]);
        let neighbours = Neighbours::new(names.iter().collect());
        assert_eq!(shown(&neighbours), ["a", "b", "c", "d"]);
        for _ in 0..LACKS_MAX {
            neighbours.note_answer(&names[0], false);
        }
        neighbours.note_answer(&names[3], true);
        assert_eq!(shown(&neighbours), ["d", "b", "c", "e"]);
    }

    #[test]
    fn a_registry_that_mounts_nothing_is_not_asked_for_ever() {
        let names = names(&["a", "b"]);
        let neighbours = Neighbours::new(names.iter().collect());
        neighbours.note_answer(&names[0], true);
        neighbours.note_mount(&names[0], false);
        neighbours.note_mount(&names[0], true);
        neighbours.note_mount(&names[0], false);
        assert_eq!(shown(&neighbours), ["a", "b"]);
        neighbours.note_mount(&names[0], false);
        assert_eq!(shown(&neighbours), [""; 0]);
    }
}
