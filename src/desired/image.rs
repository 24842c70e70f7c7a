//! Images: a repository and a copy in every region.

use std::collections::BTreeMap;
use std::sync::Arc;

use lifeboat_contract::{
    Address, Encryption, ImageCopy, ImageSource, Key, Location, Repository, RepositoryName, Spec,
};

use super::{Making, Resource, region_name};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::intent::{At, EncryptionKey, Image, Region, Replicate, Role};
use crate::lock::{Content, Contents};

pub(super) fn derive(making: &mut Making<'_>, contents: &Contents) {
    let mut owners: BTreeMap<RepositoryName, Span> = BTreeMap::new();
    let intents = making.intents;
    for (address, image) in &intents.images {
        let repository = &image.repository;
        if let Some(earlier) = owners.insert(repository.value.clone(), repository.span) {
            let detail = format!("Repository `{}` is held by two images.", repository.value);
            let twice = Diagnostic::new(codes::DUPLICATE_REPOSITORY, repository.span, detail);
            making.found.push(twice.also(earlier, "first here").about(address.as_str()));
            continue;
        }
        let content = contents.get(address);
        let regions = regions_of(making, address, image);
        let hub = hub(making, (address, image), &regions);
        for region in &regions {
            derive_in_region(making, (address, image), region, hub.as_ref(), content);
        }
    }
}

/// The regions that hold the image; all that can, where none is named.
pub(super) fn regions_of(
    making: &mut Making<'_>,
    address: &Address,
    image: &Image,
) -> Vec<(Address, Region)> {
    let intents = making.intents;
    let holds_images = |m: &Making<'_>, region: &Region| {
        m.capabilities(&region.provider).is_some_and(|c| c.images)
    };
    let Some(named) = &image.regions else {
        let all = intents.regions.iter().filter(|(_, region)| holds_images(making, region));
        return all.map(|(name, region)| (name.clone(), region.clone())).collect();
    };
    let mut regions = Vec::new();
    for name in &named.value {
        let Some(region) = intents.regions.get(name) else { continue };
        if holds_images(making, region) {
            regions.push((name.clone(), region.clone()));
        } else {
            making.unsupported(address, named.span, &region.provider, "holds no images");
        }
    }
    regions.sort_by(|a, b| a.0.cmp(&b.0));
    regions.dedup_by(|a, b| a.0 == b.0);
    regions
}

/// The region from which the registry itself replicates.
struct Hub {
    region: Address,
    provider: Arc<str>,
    location: Location,
    /// Where it replicates to.
    others: Vec<Location>,
}

/// Where images are pushed when the registry replicates them: the primary region, or the first.
fn hub(
    making: &mut Making<'_>,
    (address, image): (&Address, &Image),
    regions: &[(Address, Region)],
) -> Option<Hub> {
    if image.replicate.value == Replicate::Copy {
        return None;
    }
    let mut can = regions.iter().filter(|(_, region)| {
        making.capabilities(&region.provider).is_some_and(|can| can.repository_settings)
    });
    let first = can.next();
    let primary = can.chain(first).find(|(_, region)| region.role == Role::Primary);
    let Some((region, at)) = primary.or(first) else {
        let detail = "No provider of the image's regions has a registry that replicates by itself.";
        let found = Diagnostic::new(codes::UNSUPPORTED, image.replicate.span, detail);
        let found = found.help("leave `replicate` out, or set it to `copy`");
        making.found.push(found.about(address.as_str()));
        return None;
    };
    let same = regions.iter().filter(|(_, other)| other.provider == at.provider);
    let mut others: Vec<Location> = same.map(|(_, other)| other.location.clone()).collect();
    others.retain(|location| *location != at.location);
    others.sort();
    let (provider, location) = (Arc::clone(&at.provider), at.location.clone());
    Some(Hub { region: region.clone(), provider, location, others })
}

/// What the repository of a region shall be like.
fn repository_of(
    making: &mut Making<'_>,
    (address, image): (&Address, &Image),
    region: &Region,
) -> Repository {
    let settings = &image.settings;
    if !making.capabilities(&region.provider).is_some_and(|can| can.repository_settings) {
        for (name, span) in &settings.declared {
            let what = format!("has no `{name}` for its repositories");
            making.unsupported(address, *span, &region.provider, &what);
        }
    }
    if image.keep_last.is_some()
        && !making.capabilities(&region.provider).is_some_and(|can| can.retention)
    {
        let what = "keeps every image until somebody deletes it, so it takes no `keep`";
        making.unsupported(address, image.repository.span, &region.provider, what);
    }
    let encryption = settings.encryption.as_ref();
    Repository {
        immutable: image.immutable,
        except: settings.mutable_tags.clone(),
        keep_last: image.keep_last,
        lifecycle_policy: settings.lifecycle_policy.clone(),
        scan: settings.scan,
        encryption: encryption.map(|at| Encryption { key: key_of(making, address, at, region) }),
        readers: settings.readers.clone(),
        access_policy: settings.access_policy.clone(),
        replicate_to: Vec::new(),
        tags: settings.tags.clone(),
    }
}

/// The key that a region's repository is encrypted with. A key lies where its repository does.
fn key_of(
    making: &mut Making<'_>,
    address: &Address,
    at: &At<EncryptionKey>,
    region: &Region,
) -> Option<String> {
    let here = &region.location;
    let (detail, help) = match &at.value {
        EncryptionKey::Providers => return None,
        EncryptionKey::One { arn, location } if location == here => return Some(arn.clone()),
        EncryptionKey::One { location, .. } => {
            let detail = format!(
                "The key lies in `{location}`, and the repository in `{here}` needs one that lies \
                 there."
            );
            (detail, "name a key for each location with `keys = { ... }`".to_owned())
        }
        EncryptionKey::Each(keys) => match keys.get(here) {
            Some(arn) => return Some(arn.clone()),
            None => {
                let detail = format!("The repository in `{here}` has no key here.");
                (detail, format!("add one for `{here}`"))
            }
        },
    };
    let found = Diagnostic::new(codes::INVALID_VALUE, at.span, detail).help(help);
    making.found.push(found.about(address.as_str()));
    None
}

/// An image that does not run on what a region's machines are. What it does not say is no reason.
fn missing_platform(
    making: &mut Making<'_>,
    (address, image): (&Address, &Image),
    (name, region): (&str, &Region),
    content: &Content,
) {
    let has = |wanted: &&String| {
        let is_it = |platform: &String| {
            let rest = platform.strip_prefix(wanted.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        content.platforms.is_empty() || content.platforms.iter().any(is_it)
    };
    let missing: Vec<&str> =
        region.platforms.iter().filter(|wanted| !has(wanted)).map(String::as_str).collect();
    if missing.is_empty() {
        return;
    }
    let detail = format!(
        "`{address}` is for {}, and the machines of region `{name}` need {}.",
        content.platforms.join(", "),
        missing.join(", ")
    );
    let help = "build it for these platforms too, or leave the region out of `regions`";
    let found = Diagnostic::new(codes::PLATFORM_MISSING, image.source.span, detail).help(help);
    making.found.push(found.about(address.as_str()));
}

fn derive_in_region(
    making: &mut Making<'_>,
    (address, image): (&Address, &Image),
    (region_address, region): &(Address, Region),
    hub: Option<&Hub>,
    content: Option<&Content>,
) {
    let name = region_name(region_address);
    let repository = address.part("repository", &name);
    let location = region.location.clone();
    let resource = |key, spec, needs, content| Resource {
        provider: Arc::clone(&region.provider),
        region: Some(Arc::clone(&name)),
        key: Some(key),
        spec,
        needs,
        unit: None,
        content,
        span: image.repository.span,
    };
    let key = Key::Repository { location: location.clone(), name: image.repository.value.clone() };
    let mut spec = repository_of(making, (address, image), region);
    let hub = hub.filter(|hub| hub.provider == region.provider);
    if let Some(hub) = hub.filter(|hub| hub.location == location) {
        spec.replicate_to.clone_from(&hub.others);
    }
    let holder = resource(key, Spec::Repository(spec), Vec::new(), None);
    making.desired.resources.insert(repository.clone(), holder);
    let Some(content) = content else { return };
    missing_platform(making, (address, image), (&name, region), content);
    let key = Key::ImageCopy {
        location,
        repository: image.repository.value.clone(),
        digest: content.digest.clone(),
    };
    let tag = format!("lb-{}", &content.digest.hex()[..32]);
    let spec = Spec::ImageCopy(ImageCopy { tag });
    let (mut needs, mut content) = (vec![repository], content.clone());
    if let Some(hub) = hub.filter(|hub| hub.region != *region_address) {
        needs.push(address.part("copy", &region_name(&hub.region)));
        let source = Box::new(content.source.clone());
        content.source = ImageSource::Replicated { from: hub.location.clone(), source };
    }
    let copy = resource(key, spec, needs, Some(content));
    making.desired.resources.insert(address.part("copy", &name), copy);
}
