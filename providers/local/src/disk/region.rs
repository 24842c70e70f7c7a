//! `regions/<location>/<repository>/`: a region's repositories and their images.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use lifeboat_contract::{
    Batch, Digest, Location, Mark, ProviderError, Receipt, Repository, RepositoryName, SpecHash,
};
use lifeboat_oci::{Entry, Index, Layout, LayoutError, durable};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::file::{self, FORMAT_VERSION, Versioned};
use super::lock::{self, Access};
use super::trouble::Trouble;
use super::{Store, write_swept};
use crate::cloud::{Cloud, HeldImage, HeldRepository, Repositories};

const UNREACHABLE: &str = "_unreachable";
const REPOSITORY: &str = "_repository.json";
const LAYOUT: &str = "_layout";
const LOCK: &str = "_lock";

/// Where an image in a layout's index says who owns it.
pub(super) const STACK_ANNOTATION: &str = "lifeboat.stack";
/// Where it says what was last applied.
pub(super) const SPEC_ANNOTATION: &str = "lifeboat.spec";

/// A repository's name has 255 characters at most, so 128 parts.
const DEPTH_MAX: usize = 128;

/// A repository. Its images are in the layout beside it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RepositoryFile {
    /// The version of this format.
    format_version: String,
    /// Whether a tag, once pushed, stays on its digest.
    immutable: bool,
    /// How many of the newest images are kept; absent means all.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    keep_last: Option<u32>,
    /// Who made it; absent for one made by hand.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    mark: Option<Mark>,
}

impl Versioned for RepositoryFile {
    fn format_version(&self) -> &str {
        &self.format_version
    }
}

/// The folder of one repository.
#[derive(Clone, Debug)]
pub(super) struct Place {
    folder: PathBuf,
}

impl Place {
    pub(super) fn of(cloud: &Path, location: &Location, name: &RepositoryName) -> Self {
        Self { folder: region(cloud, location).join(name.as_str()) }
    }

    pub(super) fn layout(&self) -> PathBuf {
        self.folder.join(LAYOUT)
    }

    pub(super) fn lock_file(&self) -> PathBuf {
        self.folder.join(LOCK)
    }

    /// Reads the repository; absent when there is none.
    pub(super) fn load(&self) -> Result<Option<HeldRepository>, Trouble> {
        let path = self.folder.join(REPOSITORY);
        let Some(file) = file::read::<RepositoryFile>(&path)? else { return Ok(None) };
        let RepositoryFile { format_version: _, immutable, keep_last, mark } = file;
        let mut held = HeldRepository {
            repository: Repository { immutable, keep_last, ..Repository::default() },
            mark,
            ..HeldRepository::default()
        };
        for (position, entry) in self.index()?.entries.iter().enumerate() {
            // Images by other algorithms are not ours to judge.
            if let Some(digest) = entry.digest() {
                let pushed = u64::try_from(position).unwrap_or(u64::MAX);
                add_image(&mut held, digest, entry, pushed);
            }
        }
        Ok(Some(held))
    }

    /// The layout's index; empty where there is no layout yet, or only a part of what a killed
    /// process was making.
    pub(super) fn index(&self) -> Result<Index, Trouble> {
        match Layout::open(self.layout()) {
            Ok(layout) => Ok(layout.index()?),
            Err(LayoutError::NotALayout { .. }) => Ok(Index::default()),
            Err(error) => Err(error.into()),
        }
    }

    fn save(&self, held: Option<&HeldRepository>) -> Result<(), Trouble> {
        let path = self.folder.join(REPOSITORY);
        let Some(held) = held else { return self.remove(&path) };
        let Repository { immutable, keep_last, .. } = held.repository;
        let mark = held.mark.clone();
        let format_version = FORMAT_VERSION.to_owned();
        let file = RepositoryFile { format_version, immutable, keep_last, mark };
        write_swept(&path, &file::pretty(&path, &file)?)
    }

    /// Removes an empty repository. Without its file it is gone; what else is left of it after a
    /// kill is nothing to anybody.
    fn remove(&self, path: &Path) -> Result<(), Trouble> {
        if !self.folder.exists() {
            return Ok(());
        }
        durable::remove(path).map_err(|source| Trouble::io("remove", path, source))?;
        let layout = self.layout();
        match fs::remove_dir_all(&layout) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Trouble::io("remove", &layout, error));
            }
            Ok(()) | Err(_) => {}
        }
        durable::remove(&self.lock_file())
            .map_err(|source| Trouble::io("remove", &self.lock_file(), source))?;
        // Folders on the way that hold something else stay, which is what the refusal means.
        let mut folder = Some(self.folder.as_path());
        while let Some(empty) = folder.filter(|folder| !folder.ends_with("regions")) {
            if fs::remove_dir(empty).is_err() {
                break;
            }
            folder = empty.parent();
        }
        Ok(())
    }
}

/// Where an image in a layout's index says that it was put away, to see what a plan does then.
const ARCHIVED_ANNOTATION: &str = "lifeboat.archived";

/// Adds an image as the index has it: once for each tag.
fn add_image(held: &mut HeldRepository, digest: Digest, entry: &Entry, pushed: u64) {
    let tag = entry.tag().unwrap_or_default().to_owned();
    let mark = mark_of(entry);
    let Some(known) = held.images.get_mut(&digest) else {
        let archived = entry.descriptor.annotations.contains_key(ARCHIVED_ANNOTATION);
        held.images.insert(digest, HeldImage { archived, ..HeldImage::new(tag, mark, pushed) });
        return;
    };
    let other = if known.mark.is_none() && mark.is_some() {
        known.mark = mark;
        known.pushed = pushed;
        std::mem::replace(&mut known.tag, tag)
    } else {
        tag
    };
    if !other.is_empty() && other != known.tag {
        known.other_tags.insert(other);
    }
}

fn mark_of(entry: &Entry) -> Option<Mark> {
    let annotation = |name| entry.descriptor.annotations.get(name);
    let stack = annotation(STACK_ANNOTATION)?.parse().ok()?;
    Some(Mark { stack, spec: SpecHash::read(annotation(SPEC_ANNOTATION)?) })
}

fn region(cloud: &Path, location: &Location) -> PathBuf {
    cloud.join("regions").join(location.as_str())
}

/// What makes a region dark as long as it is there.
pub(super) fn dark_file(cloud: &Path, location: &Location) -> PathBuf {
    region(cloud, location).join(UNREACHABLE)
}

/// The locations that there are, sorted.
pub(super) fn locations(cloud: &Path) -> Result<BTreeSet<Location>, Trouble> {
    let folder = cloud.join("regions");
    let trouble = |source| Trouble::io("read", &folder, source);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(error) => return Err(trouble(error)),
    };
    let mut locations = BTreeSet::new();
    for entry in entries {
        // What is named after no location is no region: a note, a file of the desktop.
        locations.extend(entry.map_err(trouble)?.file_name().to_string_lossy().parse());
    }
    Ok(locations)
}

/// Whether a region answers at all.
pub(super) fn answer(cloud: &Path, location: &Location) -> Result<(), Trouble> {
    let folder = region(cloud, location);
    let dark = match fs::read_dir(&folder) {
        Ok(_) if folder.join(UNREACHABLE).exists() => {
            format!("{location} is dark as long as `{}` exists", folder.join(UNREACHABLE).display())
        }
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => format!("cannot read `{}`: {error}", folder.display()),
    };
    Err(Trouble::Dark { why: dark })
}

/// Reads all repositories of a region.
pub(super) fn load(cloud: &Path, location: &Location) -> Result<Repositories, Trouble> {
    answer(cloud, location)?;
    let mut repositories = Repositories::new();
    collect(&region(cloud, location), "", 0, &mut repositories)?;
    Ok(repositories)
}

fn collect(
    folder: &Path,
    prefix: &str,
    depth: usize,
    found: &mut Repositories,
) -> Result<(), Trouble> {
    let trouble = |source| Trouble::io("read", folder, source);
    for entry in fs::read_dir(folder).map_err(trouble)? {
        let entry = entry.map_err(trouble)?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let is_folder = entry.file_type().map_err(trouble)?.is_dir();
        // Our own files begin with `_` and drafts with `.`, which no part of a name does.
        let Some(repository) = name.parse::<RepositoryName>().ok().filter(|_| is_folder) else {
            continue;
        };
        if depth >= DEPTH_MAX {
            return Err(Trouble::content(&entry.path(), "is nested deeper than a name can be"));
        }
        let place = Place { folder: entry.path() };
        if let Some(held) = place.load()? {
            found.insert(repository, held);
        }
        collect(&entry.path(), &format!("{name}/"), depth + 1, found)?;
    }
    Ok(())
}

impl Store {
    pub(super) fn commit_repository(
        &self,
        location: &Location,
        name: &RepositoryName,
        batch: &Batch,
    ) -> Result<Receipt, ProviderError> {
        let place = Place::of(&self.folder, location, name);
        let _copies = if place.folder.exists() {
            Some(lock::acquire(&place.lock_file(), Access::Exclusive)?)
        } else {
            None
        };
        let _held = self.lock(Access::Exclusive)?;
        let mut cloud = Cloud::default();
        let repositories = cloud.regions.entry(location.clone()).or_default();
        repositories.extend(place.load()?.map(|held| (name.clone(), held)));
        let receipt = cloud.commit(batch)?;
        place.save(cloud.regions.get(location).and_then(|all| all.get(name)))?;
        Ok(receipt)
    }
}
