//! Images: a repository and a copy in every region.

use std::collections::BTreeMap;
use std::sync::Arc;

use lifeboat_contract::{Address, ImageCopy, Key, Repository, RepositoryName, Spec};

use super::{Making, Resource, region_name};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::intent::{Image, Region};
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
        for region in regions_of(making, address, image) {
            derive_in_region(making, (address, image), &region, content);
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

fn derive_in_region(
    making: &mut Making<'_>,
    (address, image): (&Address, &Image),
    (region_address, region): &(Address, Region),
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
    let spec = Repository {
        immutable: image.immutable,
        keep_last: image.keep_last,
        ..Repository::default()
    };
    let holder = resource(key, Spec::Repository(spec), Vec::new(), None);
    making.desired.resources.insert(repository.clone(), holder);
    let Some(content) = content else { return };
    let key = Key::ImageCopy {
        location,
        repository: image.repository.value.clone(),
        digest: content.digest.clone(),
    };
    let tag = format!("lb-{}", &content.digest.hex()[..32]);
    let spec = Spec::ImageCopy(ImageCopy { tag });
    let copy = resource(key, spec, vec![repository], Some(content.clone()));
    making.desired.resources.insert(address.part("copy", &name), copy);
}
