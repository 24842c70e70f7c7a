//! Whether what is there is what a write expects, or what it wants.

use lifeboat_contract::{Object, ProviderError, Write};

/// Whether the write finds what it expects.
pub(crate) fn fits(write: &Write, found: Option<&Object>) -> bool {
    match (&write.expect, found) {
        (None, None) => true,
        (Some(expected), Some(found)) => {
            expected.spec == found.spec
                && expected.mark == found.mark
                && expected.version == found.version
        }
        (None, Some(_)) | (Some(_), None) => false,
    }
}

/// Whether everything is already as the write wants it.
pub(crate) fn is_done(write: &Write, found: Option<&Object>) -> bool {
    match (&write.then, found) {
        (None, None) => true,
        (Some(wanted), Some(found)) => {
            found.key == write.key && wanted.spec == found.spec && wanted.mark == found.mark
        }
        (None, Some(_)) | (Some(_), None) => false,
    }
}

/// Whether what is there carries the very mark that is wanted: a create that was interrupted.
pub(crate) fn is_half(write: &Write, found: Option<&Object>) -> bool {
    let wanted = write.then.as_ref().and_then(|wanted| wanted.mark.as_ref());
    let there = found.and_then(|object| object.mark.as_ref());
    write.expect.is_none() && wanted.is_some() && wanted == there
}

/// What is there is something else.
pub(crate) fn stale(write: &Write, found: Option<Object>) -> ProviderError {
    ProviderError::Stale {
        key: write.key.clone(),
        expected: write.expect.clone().map(Box::new),
        found: found.map(Box::new),
    }
}
