//! What images are made of.
//!
//! Input: [`Intents`], [`Lock`]. Output: [`Contents`], from the lock where it knows an image and
//! from the image's source otherwise. Reads image layouts and registries; writes nothing.

mod context;
pub mod dockerfile;
mod registry;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lifeboat_contract::{Address, ImageSource, Invalid};
use lifeboat_oci::Layout;
use lifeboat_oci::reference::{Place, Reference};

pub use self::context::read_dockerfile;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::intent::{Image, Intents, Source};
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
) -> (Contents, Diagnostics) {
    let mut contents = Contents::new();
    let mut found = Diagnostics::default();
    for (address, image) in &intents.images {
        let Some(reference) = reference_of(address, image, &mut found) else { continue };
        let locked = lock.images.get(name_of(address));
        if let Some(content) = one(address, image, &reference, locked, places, &mut found).await {
            contents.insert(address.clone(), content);
        }
    }
    (contents, found)
}

/// The lock that holds what every source holds now.
pub async fn lock(intents: &Intents, places: &Places<'_>) -> (Lock, Diagnostics) {
    let mut images = BTreeMap::new();
    let mut found = Diagnostics::default();
    for (address, image) in &intents.images {
        let Some(reference) = reference_of(address, image, &mut found) else { continue };
        match measure(&reference, places).await {
            Ok(now) => {
                let source = text_of(image).to_owned();
                let LockedImage { digest, blobs, bytes, source: _ } = now;
                let locked = LockedImage { digest, source, blobs, bytes };
                images.insert(name_of(address).to_owned(), locked);
            }
            Err(why) => found.push(unreadable(address, image, &why)),
        }
    }
    (Lock { images, ..Lock::default() }, found)
}

/// What the lock alone says of each image: for what must not read anything.
pub fn locked(intents: &Intents, lock: &Lock) -> Contents {
    let mut contents = Contents::new();
    for (address, image) in &intents.images {
        let Some(locked) = lock.images.get(name_of(address)) else { continue };
        let Ok(reference) = text_of(image).parse::<Reference>() else { continue };
        let LockedImage { digest, blobs, bytes, source: _ } = locked.clone();
        let source = place(&reference);
        contents.insert(address.clone(), Content { digest, blobs, bytes, source, missing: None });
    }
    contents
}

fn text_of(image: &Image) -> &str {
    match &image.source.value {
        Source::Reference(text) => text,
        Source::Build(build) => &build.context,
    }
}

fn reference_of(address: &Address, image: &Image, found: &mut Diagnostics) -> Option<Reference> {
    let text = match &image.source.value {
        Source::Reference(text) => text,
        Source::Build(build) => {
            let detail = format!(
                "`{address}` is built from `{}`, and this version plans images that are \
                 already built.",
                build.context
            );
            let help = "build it into an OCI layout, and set `source = \"oci:<folder>\"`";
            found.push(
                Diagnostic::new(codes::IMAGE_UNBUILT, image.source.span, detail)
                    .help(help)
                    .about(address.as_str()),
            );
            return None;
        }
    };
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
        let LockedImage { digest, blobs, bytes, source: _ } = now;
        return Some(Content { digest, blobs, bytes, source, missing: None });
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
    let digest = locked.digest.clone();
    Some(Content { digest, blobs: locked.blobs, bytes: locked.bytes, source, missing })
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
    Ok(LockedImage { digest, source: String::new(), blobs, bytes: contents.size() })
}
