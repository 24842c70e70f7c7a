//! Whether what is there is what a write expects, or what it wants.

use lifeboat_contract::{Object, ProviderError, Spec, Write};

/// What is there, compared with a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    /// What is expected.
    Expected,
    /// An earlier try has done all of it.
    Done,
    /// An earlier try has done a part of it.
    Half,
    /// Something else.
    Stale,
}

/// Compares; what an earlier try did counts only where there may have been one.
pub(super) fn compare(write: &Write, found: Option<&Object>, repeated: bool) -> Match {
    let fits = match (&write.expect, found) {
        (None, None) => true,
        (Some(expected), Some(found)) => expected.spec == found.spec && expected.mark == found.mark,
        (None, Some(_)) | (Some(_), None) => false,
    };
    if fits {
        Match::Expected
    } else if repeated && is_done(write, found) {
        Match::Done
    } else if repeated && is_half(write, found) {
        Match::Half
    } else {
        Match::Stale
    }
}

fn is_done(write: &Write, found: Option<&Object>) -> bool {
    match (&write.then, found) {
        (None, None) => true,
        (Some(wanted), Some(found)) => wanted.spec == found.spec && wanted.mark == found.mark,
        // Others have given the image tags, so that it stays and is theirs.
        (None, Some(found)) => write.expect.as_ref().is_some_and(|expected| {
            expected.mark != found.mark && tag(&expected.spec) != tag(&found.spec)
        }),
        (Some(_), None) => false,
    }
}

/// A create that was interrupted has put the mark; a deletion takes it away last.
fn is_half(write: &Write, found: Option<&Object>) -> bool {
    let there = found.and_then(|object| object.mark.as_ref());
    let mark = match (&write.expect, &write.then) {
        (None, Some(wanted)) => wanted.mark.as_ref(),
        (Some(expected), None) => expected.mark.as_ref(),
        (None, None) | (Some(_), Some(_)) => None,
    };
    mark.is_some() && mark == there
}

fn tag(spec: &Spec) -> Option<&str> {
    match spec {
        Spec::ImageCopy(copy) => Some(&copy.tag),
        Spec::Zone(_) | Spec::Repository(_) | Spec::HealthCheck(_) | Spec::RecordSet(_) => None,
    }
}

/// What is there is something else.
pub(super) fn stale(write: &Write, found: Option<Object>) -> ProviderError {
    ProviderError::Stale {
        key: write.key.clone(),
        expected: write.expect.clone().map(Box::new),
        found: found.map(Box::new),
    }
}
