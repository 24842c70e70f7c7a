//! How images stand: locked or not, content here or not, inputs as they were or not.

use std::path::Path;

use lifeboat_contract::{Address, Digest};
use lifeboat_oci::reference::{Place, Reference};

use super::candidate::candidate_of;
use super::inputs::{self, Inputs, Reason};
use super::{Places, measure};
use crate::diagnostic::{Diagnostics, Sources, Span};
use crate::intent::{At, Build, Image, Source};
use crate::lock::{Lock, LockedImage, name_of};

/// Where built images are kept, in the configuration's folder.
const FOLDER: &str = ".lifeboat/images";

/// Where a built image is kept.
pub fn place_of(address: &Address) -> String {
    let name = match candidate_of(address) {
        // No image's name has a dot, so that no other folder is called like this.
        Some((image, candidate)) => format!("{image}.{candidate}"),
        None => name_of(address).to_owned(),
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let letters = name
        .chars()
        .map(|c| if plain(c) { c.to_string() } else { format!("%{:02X}", u32::from(c)) });
    format!("{FOLDER}/{}", letters.collect::<String>())
}

/// The reference of what the lock says, at its place.
pub(super) fn reference_to(address: &Address, digest: &Digest) -> Reference {
    let place = Place::Layout { path: place_of(address) };
    Reference { place, tag: None, digest: Some(digest.clone()) }
}

/// How an image stands.
#[derive(Clone, Debug)]
pub struct Status {
    pub address: Address,
    pub span: Span,
    /// What the lock says of it.
    pub locked: Option<LockedImage>,
    /// Where its content is looked for.
    pub place: String,
    pub content: Presence,
    pub inputs: State,
}

/// Whether an image's content is where it is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    Here,
    /// Nothing is locked, so nothing is looked for.
    Unlocked,
    /// It is in a registry, which was not asked.
    Elsewhere,
    Missing {
        why: String,
    },
}

/// Whether an image is what its inputs would make now.
#[derive(Clone, Debug)]
pub enum State {
    /// It is not built here.
    Taken,
    Unbuilt(Box<Inputs>),
    Same(Box<Inputs>),
    Changed(Box<Inputs>, Vec<Reason>),
    /// The inputs cannot be read; findings say why.
    Unknown,
}

impl Status {
    /// Whether it must be built before it can be planned as declared.
    pub fn must_be_built(&self) -> bool {
        match &self.inputs {
            State::Taken => false,
            State::Same(_) => self.content != Presence::Here,
            State::Unbuilt(_) | State::Changed(..) | State::Unknown => true,
        }
    }
}

/// How an image stands; where it has candidates, how each of them does, by name.
pub async fn status(
    (address, image): (&Address, &Image),
    lock: &Lock,
    places: &Places<'_>,
    sources: &mut Sources,
) -> (Vec<Status>, Diagnostics) {
    let span = image.source.span;
    let build = match &image.source.value {
        Source::Build(build) => build,
        Source::Pushed => {
            let (address, place) = (address.clone(), "pushed".to_owned());
            let (content, inputs) = (Presence::Elsewhere, State::Taken);
            let status = Status { address, span, locked: None, place, content, inputs };
            return (vec![status], Diagnostics::default());
        }
        Source::Reference(text) => {
            let locked = lock.images.get(name_of(address));
            let locked = locked.filter(|locked| locked.source == *text).cloned();
            let content = taken(text, locked.as_ref(), places).await;
            let (address, place) = (address.clone(), text.clone());
            let status = Status { address, span, locked, place, content, inputs: State::Taken };
            return (vec![status], Diagnostics::default());
        }
    };
    let (mut all, mut found) = (Vec::new(), Diagnostics::default());
    for (address, build) in build.each(address) {
        let build = At { value: build, span };
        let (status, more) = status_of(address, &build, lock, places, sources).await;
        all.push(status);
        found.extend(more);
    }
    (all, found)
}

/// How something stands that is built here.
pub(super) async fn status_of(
    address: Address,
    build: &At<&Build>,
    lock: &Lock,
    places: &Places<'_>,
    sources: &mut Sources,
) -> (Status, Diagnostics) {
    let locked = lock.images.get(name_of(&address));
    let locked = locked.filter(|locked| locked.build.is_some()).cloned();
    let content = match &locked {
        Some(locked) => presence(&reference_to(&address, &locked.digest), places).await,
        None => Presence::Unlocked,
    };
    let (inputs, found) = state(build, locked.as_ref(), places.folder, sources);
    let place = place_of(&address);
    (Status { address, span: build.span, locked, place, content, inputs }, found)
}

/// Compares a build's inputs with those in the lock.
pub(super) fn state(
    build: &At<&Build>,
    locked: Option<&LockedImage>,
    from: &Path,
    sources: &mut Sources,
) -> (State, Diagnostics) {
    let inputs = match inputs::measure(build, from, sources) {
        Ok(inputs) => Box::new(inputs),
        Err(found) => return (State::Unknown, found),
    };
    let state = match locked.and_then(|locked| locked.build.as_ref()) {
        None => State::Unbuilt(inputs),
        Some(built) if inputs.digest(&inputs.bases(Some(built))) == built.inputs => {
            State::Same(inputs)
        }
        Some(built) => {
            let reasons = inputs.reasons(built);
            State::Changed(inputs, reasons)
        }
    };
    (state, Diagnostics::default())
}

async fn taken(text: &str, locked: Option<&LockedImage>, places: &Places<'_>) -> Presence {
    let Some(locked) = locked else { return Presence::Unlocked };
    let reference = match text.parse::<Reference>() {
        Ok(reference) => reference,
        Err(why) => return Presence::Missing { why: why.to_string() },
    };
    match &reference.place {
        Place::Registry { .. } => Presence::Elsewhere,
        Place::Layout { .. } => {
            let fixed = Reference { digest: Some(locked.digest.clone()), ..reference };
            presence(&fixed, places).await
        }
    }
}

pub(super) async fn presence(reference: &Reference, places: &Places<'_>) -> Presence {
    match measure(reference, places).await {
        Ok(_) => Presence::Here,
        Err(why) => Presence::Missing { why },
    }
}
