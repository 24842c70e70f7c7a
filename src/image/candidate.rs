//! Several ways to build one image: which of them is taken, and what there is to be measured.

use lifeboat_contract::Address;

use super::status::status;
use super::{Places, built};
use crate::diagnostic::{Diagnostic, Diagnostics, Sources, Span, codes};
use crate::intent::{Build, Image};
use crate::lock::{Content, Lock, name_of};

/// A candidate that is built.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub name: String,
    pub content: Content,
}

/// The candidates that are built, by name, and what there is to say of those that are not.
pub async fn candidates(
    image: (&Address, &Image),
    lock: &Lock,
    places: &Places<'_>,
    sources: &mut Sources,
) -> (Vec<Candidate>, Diagnostics) {
    let (all, mut found) = status(image, lock, places, sources).await;
    let mut candidates = Vec::new();
    for status in all {
        let (address, span) = (status.address.clone(), status.span);
        let Some(content) = built(status, &mut found) else { continue };
        if let Some(missing) = &content.missing {
            let detail = format!("`{address}` cannot be measured: {missing}.");
            let missing = Diagnostic::new(codes::IMAGE_UNMEASURED, span, detail);
            found.push(missing.about(address.as_str()));
        }
        let Some((_, name)) = candidate_of(&address) else { continue };
        candidates.push(Candidate { name: name.to_owned(), content });
    }
    (candidates, found)
}

/// What is built for an image, and its address there: itself, or the candidate that the lock names.
pub(super) fn chosen<'b>(
    image: &Address,
    build: &'b Build,
    lock: &Lock,
    span: Span,
) -> Result<(Address, &'b Build), Box<Diagnostic>> {
    if build.candidates.is_empty() {
        return Ok((image.clone(), build));
    }
    let name = name_of(image);
    let winner = lock.rankings.get(name).map(|ranking| ranking.winner.as_str());
    if let Some((winner, build)) = winner.and_then(|name| build.candidates.get_key_value(name)) {
        return Ok((image.part("candidate", winner), build));
    }
    let count = build.candidates.len();
    let detail = match winner {
        None => format!("`{image}` has {count} candidates, and the lock file does not say which."),
        Some(winner) => {
            format!("The lock file says `{winner}`, which is no candidate of `{image}` any more.")
        }
    };
    let help = format!("run `lifeboat image rank {name} --region REGION --lock`");
    let found = Diagnostic::new(codes::IMAGE_UNRANKED, span, detail).help(help);
    Err(Box::new(found.about(image.as_str())))
}

/// The name of the image that something is built for: what `image build` is told.
pub(super) fn image_of(address: &Address) -> &str {
    candidate_of(address).map_or(name_of(address), |(image, _)| image)
}

/// The names of a candidate and of its image, by the candidate's address.
pub(super) fn candidate_of(address: &Address) -> Option<(&str, &str)> {
    let (image, label) = name_of(address).rsplit_once(".candidate[\"")?;
    Some((image, label.strip_suffix("\"]")?))
}
