//! `lock`: write the digests of all image sources.

use std::path::Path;

use super::arguments::Lock as Words;
use super::load::load;
use super::{Exit, Screen, Setting, folder};
use crate::{image, lock};

pub(super) async fn run(words: &Words, setting: &Setting<'_>, screen: &Screen) -> Exit {
    let mut loaded = load(&words.variables, setting);
    let intents = loaded.intents(setting);
    let (new, found) = image::lock(&intents, &loaded.lock, &setting.places()).await;
    loaded.diagnostics.extend(found);
    if loaded.diagnostics.has_errors() {
        screen.diagnostics(&loaded.diagnostics, &loaded.sources);
        return Exit::Error;
    }
    let mut old = loaded.lock.clone();
    if words.check {
        // Locks of before 1.2 name no platforms, and rest on the same digests.
        for (name, image) in &mut old.images {
            let now = new.images.get(name).filter(|_| image.platforms.is_empty());
            image.platforms = now.map_or_else(Vec::new, |now| now.platforms.clone());
        }
    }
    if new == old {
        screen.line(&format!("{} is up to date.", lock::FILE));
        return Exit::Done;
    }
    for (name, image) in &new.images {
        match old.images.get(name) {
            Some(old) if old.digest == image.digest => {}
            Some(old) => {
                screen.line(&format!("image.{name}: {} -> {}", old.digest, image.digest));
            }
            None => screen.line(&format!("image.{name}: {}", image.digest)),
        }
    }
    for name in loaded.lock.images.keys().filter(|name| !new.images.contains_key(*name)) {
        screen.line(&format!("image.{name}: no longer declared"));
    }
    if words.check {
        screen.line(&format!("{} is not up to date.", lock::FILE));
        return Exit::No;
    }
    if let Err(found) = folder::write(Path::new(lock::FILE), &lock::write(&new)) {
        screen.diagnostics(&found.into(), &loaded.sources);
        return Exit::Error;
    }
    screen.line(&format!("Wrote {}.", lock::FILE));
    Exit::Done
}
