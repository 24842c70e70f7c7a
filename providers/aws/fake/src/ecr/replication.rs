//! Replication: copies what is pushed after a rule is there, once, some time later.
//!
//! Settings of a repository are not copied, and what arrives by replication is not replicated on.

use std::collections::BTreeSet;

use tokio::time::Instant;

use super::image::Image;
use super::repository::Repository;
use crate::cloud::Cloud;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) destinations: Vec<Destination>,
    /// Prefixes of repository names. None means all repositories.
    pub(super) prefixes: Vec<String>,
    /// Whether deletions are replicated, where that was said.
    pub(super) deletes: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Destination {
    pub(super) region: String,
    pub(super) registry: String,
}

/// How far a copy of an image has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Replica {
    pub(super) destination: Destination,
    pub(super) status: &'static str,
}

pub(super) struct Job {
    due: Instant,
    from: String,
    to: Destination,
    repository: String,
    digest: String,
    work: Work,
}

enum Work {
    Copy { tag: Option<String> },
    Delete,
}

impl Rule {
    fn covers(&self, repository: &str) -> bool {
        self.prefixes.is_empty() || self.prefixes.iter().any(|it| repository.starts_with(it))
    }
}

/// An image was pushed, or got a tag.
pub(crate) fn pushed(
    cloud: &mut Cloud,
    region: &str,
    repository: &str,
    digest: &str,
    tag: Option<&str>,
) {
    for to in destinations(cloud, region, repository, |_| true) {
        // Another account would have to let us in, and there is none here.
        let foreign = to.registry != cloud.account;
        let status = if foreign { "FAILED" } else { "IN_PROGRESS" };
        set_status(cloud, (region, repository, digest), &to, status);
        if !foreign {
            let work = Work::Copy { tag: tag.map(str::to_owned) };
            order(cloud, region, to, repository, digest, work);
        }
    }
}

/// An image was deleted.
pub(super) fn deleted(cloud: &mut Cloud, region: &str, repository: &str, digest: &str) {
    for to in destinations(cloud, region, repository, |rule| rule.deletes == Some(true)) {
        order(cloud, region, to, repository, digest, Work::Delete);
    }
}

fn order(
    cloud: &mut Cloud,
    from: &str,
    to: Destination,
    repository: &str,
    digest: &str,
    work: Work,
) {
    let due = Instant::now() + cloud.settings.replication_after;
    let (repository, digest) = (repository.to_owned(), digest.to_owned());
    cloud.ecr.jobs.push(Job { due, from: from.to_owned(), to, repository, digest, work });
}

fn destinations(
    cloud: &Cloud,
    region: &str,
    repository: &str,
    wanted: impl Fn(&Rule) -> bool,
) -> Vec<Destination> {
    let rules = cloud.ecr.registries.get(region).into_iter().flat_map(|registry| &registry.rules);
    let rules = rules.filter(|rule| rule.covers(repository) && wanted(rule));
    let mut destinations: Vec<_> = rules.flat_map(|rule| rule.destinations.clone()).collect();
    destinations.sort();
    destinations.dedup();
    destinations
}

/// Does what is due, in the order in which it was ordered. What a region that is cut off has part in
/// waits until it is back.
pub(crate) fn settle(cloud: &mut Cloud) {
    let now = Instant::now();
    let waits = |cloud: &Cloud, job: &Job| {
        job.due > now || cloud.cut.contains(&job.from) || cloud.cut.contains(&job.to.region)
    };
    let jobs = std::mem::take(&mut cloud.ecr.jobs);
    let (waiting, due): (Vec<Job>, Vec<Job>) = jobs.into_iter().partition(|it| waits(cloud, it));
    cloud.ecr.jobs = waiting;
    for job in due {
        match &job.work {
            Work::Copy { tag } => copy(cloud, &job, tag.as_deref()),
            Work::Delete => remove(cloud, &job),
        }
    }
}

fn copy(cloud: &mut Cloud, job: &Job, tag: Option<&str>) {
    let source = cloud.ecr.registries.get(&job.from);
    let source = source.and_then(|registry| registry.repositories.get(&job.repository));
    // What was deleted in the meantime is not replicated.
    let Some(source) = source else { return };
    let Some(image) = source.images.get(&job.digest).cloned() else { return };
    let wanted = source.blobs.iter().filter(|(digest, _)| image.blobs.contains(digest));
    let blobs: Vec<_> = wanted.map(|(digest, bytes)| (digest.clone(), bytes.clone())).collect();
    let now = cloud.clock.epoch(job.due);
    let registry = cloud.ecr.registries.entry(job.to.region.clone()).or_default();
    let target = registry.repositories.entry(job.repository.clone());
    let target = target.or_insert_with(|| Repository::plain(&job.repository, now));
    target.blobs.extend(blobs);
    arrive(target, image, tag, now);
    let place = (job.from.as_str(), job.repository.as_str(), job.digest.as_str());
    set_status(cloud, place, &job.to, "COMPLETE");
}

fn arrive(target: &mut Repository, image: Image, tag: Option<&str>, now: f64) {
    // A tag that is fixed on another image stays there, and nobody is told.
    let tag = tag.filter(|tag| {
        let elsewhere = target.tagged(tag).is_some_and(|other| other.digest != image.digest);
        !(elsewhere && target.mutability.is_fixed(tag))
    });
    for other in target.images.values_mut() {
        other.tags.retain(|other| Some(other.as_str()) != tag);
    }
    let fresh = Image { tags: BTreeSet::new(), pushed: now, replicas: Vec::new(), ..image };
    let image = target.images.entry(fresh.digest.clone()).or_insert(fresh);
    image.tags.extend(tag.map(str::to_owned));
}

fn remove(cloud: &mut Cloud, job: &Job) {
    let registry = cloud.ecr.registries.get_mut(&job.to.region);
    if let Some(target) = registry.and_then(|it| it.repositories.get_mut(&job.repository)) {
        target.images.remove(&job.digest);
    }
}

fn set_status(
    cloud: &mut Cloud,
    (region, repository, digest): (&str, &str, &str),
    to: &Destination,
    status: &'static str,
) {
    let registry = cloud.ecr.registries.get_mut(region);
    let repository = registry.and_then(|it| it.repositories.get_mut(repository));
    let Some(image) = repository.and_then(|it| it.images.get_mut(digest)) else { return };
    image.replicas.retain(|replica| replica.destination != *to);
    image.replicas.push(Replica { destination: to.clone(), status });
}
