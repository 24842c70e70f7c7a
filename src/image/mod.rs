//! What images are made of.
//!
//! Input: [`Intents`], [`Lock`]. Output: [`Contents`], from the lock where it knows an image and
//! from the image's source otherwise; and [`LockedImage`]s, of what is built here. Reads image
//! layouts, registries, Dockerfiles and contexts; writes the layouts of what it builds.

mod build;
mod candidate;
mod context;
pub mod dockerfile;
mod ignore;
mod inputs;
mod layers;
mod lint;
mod registry;
mod status;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lifeboat_contract::{Address, ImageSource, Invalid};
use lifeboat_oci::Layout;
use lifeboat_oci::reference::{Place, Reference};

pub use self::build::{BuildError, Order, build};
pub use self::candidate::{Candidate, candidates};
use self::candidate::{chosen, image_of};
pub use self::context::{has_ignore, read_dockerfile};
pub use self::ignore::{Ignore, Malformed};
pub use self::inputs::{How, Inputs, Reason, measure as measure_inputs};
pub use self::layers::{Layer, Layers, Measured, measure as measure_layers, unpack};
pub use self::lint::{Gravity, Remark, Rule, Subject, lint, rules};
use self::status::status_of;
pub use self::status::{Presence, State, Status, place_of, status};
use crate::diagnostic::{Diagnostic, Diagnostics, Sources, Span, codes};
use crate::intent::{At, Image, Intents, Source};
use crate::lock::{Content, Contents, Lock, LockedImage, name_of};

/// Where sources are looked for.
#[derive(Clone, Copy)]
pub struct Places<'p> {
    /// What relative folders start from.
    pub folder: &'p Path,
    /// The text of a Docker configuration file, with the logins of registries. Never shown.
    pub logins: Option<&'p str>,
}

/// What each image's content is. An image whose content is unknown has no entry, and a finding.
pub async fn resolve(
    intents: &Intents,
    lock: &Lock,
    places: &Places<'_>,
    sources: &mut Sources,
) -> (Contents, Diagnostics) {
    let mut contents = Contents::new();
    let mut found = Diagnostics::default();
    for (address, image) in &intents.images {
        if let Source::Build(build) = &image.source.value {
            let span = image.source.span;
            let Some((of, build)) = found.take(chosen(address, build, lock, span)) else {
                continue;
            };
            let build = At { value: build, span };
            let (status, _) = status_of(of, &build, lock, places, sources).await;
            contents.extend(built(status, &mut found).map(|content| (address.clone(), content)));
            continue;
        }
        let Some(reference) = reference_of(address, image, &mut found) else { continue };
        let locked = lock.images.get(name_of(address));
        if let Some(content) = one(address, image, &reference, locked, places, &mut found).await {
            contents.insert(address.clone(), content);
        }
    }
    (contents, found)
}

/// The content of an image that is built here, and what there is to say of it.
fn built(status: Status, found: &mut Diagnostics) -> Option<Content> {
    let Status { address, span, locked, place, content, inputs } = status;
    let name = image_of(&address);
    let Some(locked) = locked else {
        found.push(unbuilt(&address, span));
        return None;
    };
    let stale = match &inputs {
        State::Changed(_, reasons) => {
            let shown: Vec<String> = reasons.iter().take(3).map(ToString::to_string).collect();
            let more = if reasons.len() > 3 { ", and more" } else { "" };
            Some(format!("It was built before this: {}{more}.", shown.join("; ")))
        }
        State::Unknown => Some("Its Dockerfile or its context cannot be read now.".to_owned()),
        State::Taken | State::Same(_) | State::Unbuilt(_) => None,
    };
    if let Some(detail) = stale {
        let help = format!("`lifeboat image explain {name}` tells all, `image build` builds it");
        let stale = Diagnostic::new(codes::IMAGE_STALE, span, detail).help(help);
        found.push(stale.about(address.as_str()));
    }
    let missing = match content {
        Presence::Missing { why } => Some(format!(
            "its content is missing: {why}; build it with `lifeboat image build {name}`"
        )),
        Presence::Here | Presence::Unlocked | Presence::Elsewhere => None,
    };
    let LockedImage { digest, blobs, bytes, platforms, .. } = locked;
    let source = ImageSource::Layout { path: place };
    Some(Content { digest, blobs, bytes, platforms, source, missing })
}

fn unbuilt(address: &Address, span: Span) -> Diagnostic {
    let name = image_of(address);
    let detail = format!("`{address}` is declared by a `build` block, and was not built yet.");
    let help = format!("run `lifeboat image build {name}`, and commit the lock file");
    Diagnostic::new(codes::IMAGE_UNBUILT, span, detail).help(help).about(address.as_str())
}

/// The lock that holds what every source holds now. What is built stays as it was built.
pub async fn lock(intents: &Intents, old: &Lock, places: &Places<'_>) -> (Lock, Diagnostics) {
    let (mut images, mut rankings) = (BTreeMap::new(), BTreeMap::new());
    let mut found = Diagnostics::default();
    for (address, image) in &intents.images {
        if let Source::Build(build) = &image.source.value {
            for (address, _) in build.each(address) {
                let name = name_of(&address);
                match old.images.get(name).filter(|locked| locked.build.is_some()) {
                    Some(locked) => drop(images.insert(name.to_owned(), locked.clone())),
                    None => found.push(unbuilt(&address, image.source.span)),
                }
            }
            let name = name_of(address);
            if let Some(ranking) = old.rankings.get(name).filter(|_| !build.candidates.is_empty()) {
                rankings.insert(name.to_owned(), ranking.clone());
            }
            continue;
        }
        let Some(reference) = reference_of(address, image, &mut found) else { continue };
        match measure(&reference, places).await {
            Ok(now) => {
                let source = text_of(image).to_owned();
                let locked = LockedImage { source, ..now };
                images.insert(name_of(address).to_owned(), locked);
            }
            Err(why) => found.push(unreadable(address, image, &why)),
        }
    }
    (Lock { images, rankings, ..Lock::default() }, found)
}

/// What the lock alone says of each image: for what must not read anything.
pub fn locked(intents: &Intents, lock: &Lock) -> Contents {
    let mut contents = Contents::new();
    for (address, image) in &intents.images {
        let of = match &image.source.value {
            Source::Build(build) => match chosen(address, build, lock, image.source.span) {
                Ok((of, _)) => of,
                Err(_) => continue,
            },
            Source::Pushed | Source::Reference(_) => address.clone(),
        };
        let Some(locked) = lock.images.get(name_of(&of)) else { continue };
        let source = match &image.source.value {
            Source::Pushed => continue,
            Source::Build(_) if locked.build.is_none() => continue,
            Source::Build(_) => ImageSource::Layout { path: place_of(&of) },
            Source::Reference(text) => {
                let Ok(reference) = text.parse::<Reference>() else { continue };
                place(&reference)
            }
        };
        let LockedImage { digest, blobs, bytes, platforms, .. } = locked.clone();
        contents.insert(
            address.clone(),
            Content { digest, blobs, bytes, platforms, source, missing: None },
        );
    }
    contents
}

fn text_of(image: &Image) -> &str {
    match &image.source.value {
        Source::Reference(text) => text,
        Source::Pushed => "pushed",
        Source::Build(build) => &build.context,
    }
}

fn reference_of(address: &Address, image: &Image, found: &mut Diagnostics) -> Option<Reference> {
    if image.source.value == Source::Pushed {
        return None;
    }
    let text = text_of(image);
    match text.parse() {
        Ok(reference) => Some(reference),
        Err(Invalid { value, why, .. }) => {
            let shown: String = value.chars().take(80).collect();
            let detail = format!("`{shown}` is no image source: {why}.");
            let found_here = Diagnostic::new(codes::IMAGE_SOURCE, image.source.span, detail);
            found.push(found_here.about(address.as_str()));
            None
        }
    }
}

async fn one(
    address: &Address,
    image: &Image,
    reference: &Reference,
    locked: Option<&LockedImage>,
    places: &Places<'_>,
    found: &mut Diagnostics,
) -> Option<Content> {
    let source = place(reference);
    let span = image.source.span;
    let Some(locked) = locked.filter(|locked| locked.source == text_of(image)) else {
        let now = match measure(reference, places).await {
            Ok(now) => now,
            Err(why) => {
                found.push(unreadable(address, image, &why));
                return None;
            }
        };
        let detail = format!(
            "`{address}` is not in the lock file, so the plan rests on what `{}` holds now: {}.",
            text_of(image),
            now.digest
        );
        let help = "run `lifeboat lock` and commit the lock file";
        let unlocked = Diagnostic::new(codes::IMAGE_UNLOCKED, span, detail).help(help);
        found.push(unlocked.about(address.as_str()));
        let LockedImage { digest, blobs, bytes, platforms, .. } = now;
        return Some(Content { digest, blobs, bytes, platforms, source, missing: None });
    };
    // A registry is asked only when something has to be copied: a plan must not depend on it.
    let missing = match &source {
        ImageSource::Registry { .. } | ImageSource::Replicated { .. } => None,
        ImageSource::Layout { .. } => {
            let fixed = Reference { digest: Some(locked.digest.clone()), ..reference.clone() };
            let missing = measure(&fixed, places).await.err();
            if let Ok(now) = measure(reference, places).await
                && now.digest != locked.digest
            {
                let detail = format!(
                    "`{}` now holds {}, and the lock file says {}.",
                    text_of(image),
                    now.digest,
                    locked.digest
                );
                let help = "run `lifeboat lock` to take the new one";
                let moved = Diagnostic::new(codes::IMAGE_MOVED, span, detail).help(help);
                found.push(moved.about(address.as_str()));
            }
            missing
        }
    };
    let LockedImage { digest, blobs, bytes, platforms, .. } = locked.clone();
    Some(Content { digest, blobs, bytes, platforms, source, missing })
}

fn unreadable(address: &Address, image: &Image, why: &str) -> Diagnostic {
    let detail = format!("`{}` cannot be used: {why}.", text_of(image));
    Diagnostic::new(codes::IMAGE_SOURCE, image.source.span, detail).about(address.as_str())
}

/// Where a reference's content comes from, without tag and digest.
fn place(reference: &Reference) -> ImageSource {
    match &reference.place {
        Place::Layout { path } => ImageSource::Layout { path: path.clone() },
        Place::Registry { host, repository } => {
            ImageSource::Registry { repository: format!("{host}/{repository}") }
        }
    }
}

/// Digest and size of what a reference holds now, or why that cannot be told.
async fn measure(reference: &Reference, places: &Places<'_>) -> Result<LockedImage, String> {
    let path = match &reference.place {
        Place::Layout { path } => path,
        Place::Registry { host, repository } => {
            return registry::measure(host, repository, reference, places).await;
        }
    };
    let (folder, reference) = (places.folder.join(path), reference.clone());
    let measured = tokio::task::spawn_blocking(move || measure_layout(folder, &reference)).await;
    measured.map_err(|panic| format!("this is a bug in Lifeboat: {panic}"))?
}

fn measure_layout(folder: PathBuf, reference: &Reference) -> Result<LockedImage, String> {
    let chain = |error: lifeboat_oci::LayoutError| crate::diagnostic::chain(&error);
    let layout = Layout::open(folder).map_err(chain)?;
    let digest = match &reference.digest {
        Some(digest) => digest.clone(),
        None => layout.resolve(reference.tag.as_deref()).map_err(chain)?,
    };
    let contents = layout.walk(&digest).map_err(chain)?;
    let blobs = u32::try_from(contents.count()).unwrap_or(u32::MAX);
    let platforms = layout.platforms(&digest).map_err(chain)?.into_iter().collect();
    let (source, bytes) = (String::new(), contents.size());
    Ok(LockedImage { digest, source, blobs, bytes, platforms, build: None })
}
