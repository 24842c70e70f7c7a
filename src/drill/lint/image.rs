//! L42 to L45: whether every region runs the same image.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lifeboat_contract::{Address, Digest, Key, Location, RepositoryName, Spec};

use super::super::verdict::{LintCategory, LintSeverity};
use super::rule::{Rule, Said, Spot, listed};
use super::scene::{Scene, plain};
use crate::intent::{Image, Region, Replicate, Source};
use crate::live::Live;

pub(super) const RULES: &[&Rule] = &[DIFFERENT, BEFORE_RULE, CHAINED, EXPIRES, UNGATED];

const DIFFERENT: &Rule = &Rule {
    id: "L42",
    title: "Regions do not hold the same image",
    // A plan mends it, so it must not stop the merge that brings the plan.
    severity: LintSeverity::Warning,
    category: LintCategory::Mistake,
    why: "A failover to a region without the image, or with another one, brings other code than was \
          tested, or none.",
    fix: "run `lifeboat apply`, which copies it by digest",
    source: "ECR User Guide, `replication`; NOAA-OWP/hydrovis #227",
};

const BEFORE_RULE: &Rule = &Rule {
    id: "L43",
    title: "Images were pushed before the registry replicated them",
    severity: LintSeverity::Error,
    category: LintCategory::Mistake,
    why: "A registry replicates what is pushed after the rule is made. What is there already never \
          arrives.",
    fix: "push them once more, or give the image a `source` and let Lifeboat copy it",
    source: "ECR User Guide, `replication`; aws/containers-roadmap #1289",
};

const CHAINED: &Rule = &Rule {
    id: "L43",
    title: "Replication is chained",
    severity: LintSeverity::Error,
    category: LintCategory::Mistake,
    why: "A registry replicates what is pushed to it, not what was replicated to it: what is pushed \
          to the first never reaches the last.",
    fix: "replicate from the first region to all others",
    source: "ECR User Guide, `replication`",
};

const EXPIRES: &Rule = &Rule {
    id: "L44",
    title: "The registry may delete the image that runs",
    severity: LintSeverity::Warning,
    category: LintCategory::Mistake,
    why: "What runs on is found by a standby only while its registry keeps it, however old it is.",
    fix: "keep a number of images, 2 at least, whatever their age",
    source: "ECR User Guide, `LifecyclePolicies`",
};

const UNGATED: &Rule = &Rule {
    id: "L45",
    title: "Nothing waits until a pushed image has arrived",
    severity: LintSeverity::Warning,
    category: LintCategory::Latency,
    why: "Most images are replicated within 30 minutes, and none is promised to be: until then a \
          failover starts the one before.",
    fix: "give it a `source`, so that Lifeboat compares digests before it moves a name, or ask \
          `DescribeImageReplicationStatus` before a release is served",
    source: "ECR User Guide, `replication`",
};

pub(super) fn check(scene: &Scene<'_>, said: &mut Said) {
    for (address, image) in &scene.intents.images {
        let regions: Vec<(&Address, &Region)> = scene
            .intents
            .regions
            .iter()
            .filter(|(region, _)| {
                let repository = address.part("repository", plain(region));
                scene.desired.resources.contains_key(&repository)
            })
            .collect();
        if let Some(live) = scene.live {
            match image.source.value {
                Source::Pushed => pushed(scene, live, (address, image), &regions, said),
                Source::Reference(_) | Source::Build(_) => {
                    different(scene, live, (address, image), &regions, said);
                }
            }
        }
        expires(scene, address, image, said);
        let waits = image.source.value != Source::Pushed;
        if !waits && image.replicate.value == Replicate::Registry && regions.len() > 1 {
            let message = "others push it, and the registry replicates it in its own time";
            said.say(UNGATED, Spot::Block(address, image.replicate.span), message);
        }
    }
    chained(scene, said);
}

/// An image with a digest: some regions have it already, and others do not.
fn different(
    scene: &Scene<'_>,
    live: &Live,
    (address, image): (&Address, &Image),
    regions: &[(&Address, &Region)],
    said: &mut Said,
) {
    let (mut have, mut lack, mut digest) = (Vec::new(), Vec::new(), None);
    for (region, _) in regions {
        let copy = scene.desired.resources.get(&address.part("copy", plain(region)));
        let Some((copy, key)) = copy.and_then(|copy| Some((copy, copy.key.as_ref()?))) else {
            continue;
        };
        if let Key::ImageCopy { digest: wanted, .. } = key {
            digest = Some(wanted);
        }
        if live.object(&copy.provider, key).is_some() {
            have.push(*region);
        } else if live.unreachable(&copy.provider, Some(key)).is_none() {
            lack.push(*region);
        }
    }
    if let (Some(digest), false, false) = (digest, have.is_empty(), lack.is_empty()) {
        let verb = if lack.len() == 1 { "does" } else { "do" };
        let message = format!(
            "{} {verb} not hold `{}`, and {} {}",
            listed(lack),
            digest.short(),
            listed(&have),
            if have.len() == 1 { "does" } else { "do" }
        );
        said.say(DIFFERENT, Spot::Block(address, image.repository.span), message);
    }
}

/// An image that others push: what one region holds and another does not.
fn pushed(
    scene: &Scene<'_>,
    live: &Live,
    (address, image): (&Address, &Image),
    regions: &[(&Address, &Region)],
    said: &mut Said,
) {
    let name = &image.repository.value;
    let held: Vec<(&Address, &Region, BTreeSet<Digest>)> = regions
        .iter()
        .filter_map(|(region, at)| {
            let digests = digests(live, &at.provider, &at.location, name)?;
            Some((*region, *at, digests))
        })
        .collect();
    let Some((most, from, whole)) = held.iter().max_by_key(|(_, _, digests)| digests.len()) else {
        return;
    };
    for (region, at, digests) in &held {
        let lacking: Vec<&Digest> = whole.difference(digests).collect();
        let Some(first) = lacking.first() else { continue };
        let message = format!(
            "`{region}` lacks {} of the {} images that `{most}` holds, such as `{}`",
            lacking.len(),
            whole.len(),
            first.short()
        );
        let spot = Spot::Block(address, image.repository.span);
        let replicates = image.replicate.value == Replicate::Registry;
        let hub = Key::Repository { location: from.location.clone(), name: name.clone() };
        let rule_is_there = live.object(&from.provider, &hub).is_some_and(|object| {
            matches!(&object.spec, Spec::Repository(held) if held.replicate_to.contains(&at.location))
        });
        let hub = address.part("repository", plain(most));
        let rule_shall_be = scene.desired.resources.get(&hub).is_some_and(|resource| {
            matches!(&resource.spec, Spec::Repository(r) if r.replicate_to.contains(&at.location))
        });
        if replicates && rule_shall_be && !rule_is_there {
            said.say(BEFORE_RULE, spot, message);
        } else {
            // It may be on its way, or be too old to matter.
            said.say(DIFFERENT, spot, message)
                .fix("push it to every region, or give it a `source` and let Lifeboat copy it");
        }
    }
}

/// What a repository holds; absent where that could not be read.
fn digests(
    live: &Live,
    provider: &Arc<str>,
    location: &Location,
    name: &RepositoryName,
) -> Option<BTreeSet<Digest>> {
    let key = Key::Repository { location: location.clone(), name: name.clone() };
    if live.unreachable(provider, Some(&key)).is_some() {
        return None;
    }
    let at = |byte: u8| Key::ImageCopy {
        location: location.clone(),
        repository: name.clone(),
        digest: Digest::finished(&[byte; 32]),
    };
    let held = live.range(provider, at(0)..=at(u8::MAX)).iter().filter_map(|object| {
        let Key::ImageCopy { digest, .. } = &object.key else { return None };
        Some(digest.clone())
    });
    Some(held.collect())
}

/// What a target runs, and the registry may throw away.
fn expires(scene: &Scene<'_>, address: &Address, image: &Image, said: &mut Said) {
    let targets = scene.intents.failovers.values().flat_map(|failover| &failover.targets);
    let mut runs = targets.flat_map(|target| &target.runs).flat_map(|runs| &runs.value);
    if !runs.any(|run| run == address) {
        return;
    }
    let spot = Spot::Block(address, image.repository.span);
    if image.keep_last == Some(1) {
        let message = "only the newest is kept: while it is rolled out, what runs is deleted";
        said.say(EXPIRES, spot, message);
    }
    for what in image.settings.lifecycle_policy.iter().flat_map(|policy| expiring(policy)) {
        said.say(EXPIRES, spot, what);
    }
}

/// What of a lifecycle policy of ECR's would delete an image with Lifeboat's tag.
fn expiring(policy: &str) -> Vec<String> {
    let policy: serde_json::Value = serde_json::from_str(policy).unwrap_or_default();
    let rules = policy["rules"].as_array().cloned().unwrap_or_default();
    let mut found = Vec::new();
    for rule in rules.iter().map(|rule| &rule["selection"]) {
        let count = rule["countNumber"].as_u64();
        if !is_for_ours(rule) {
            continue;
        }
        match (rule["countType"].as_str(), count) {
            (Some("sinceImagePushed"), Some(days)) => found.push(format!(
                "its lifecycle policy deletes what was pushed {days} days ago, running or not"
            )),
            (Some("imageCountMoreThan"), Some(count @ 0..=1)) => {
                found.push(format!("its lifecycle policy keeps {count} images"));
            }
            (_, _) => {}
        }
    }
    found
}

/// Whether a rule is for images with a tag such as `lb-0123`.
fn is_for_ours(selection: &serde_json::Value) -> bool {
    const OURS: &str = "lb-";
    let any = |list: &str| {
        let list = selection[list].as_array().into_iter().flatten();
        list.filter_map(serde_json::Value::as_str)
            .map(|text| text.split('*').next().unwrap_or_default())
            .any(|start| OURS.starts_with(start) || start.starts_with(OURS))
    };
    match selection["tagStatus"].as_str() {
        Some("any") => true,
        Some("tagged") => any("tagPrefixList") || any("tagPatternList"),
        Some(_) | None => false,
    }
}

/// Who passes what is pushed on to whom, for each repository of a provider.
type Passing<'s> = BTreeMap<(&'s str, &'s RepositoryName), BTreeMap<&'s Location, &'s [Location]>>;

fn passing<'s>(scene: &Scene<'s>) -> Passing<'s> {
    let declared = scene.desired.resources.values();
    let mut all: Vec<(&str, &Key, &Spec)> = declared
        .filter_map(|resource| Some((&*resource.provider, resource.key.as_ref()?, &resource.spec)))
        .collect();
    for (provider, objects) in scene.live.into_iter().flat_map(Live::all) {
        let stack = &scene.desired.stack;
        let others =
            objects.iter().filter(|object| object.mark.as_ref().is_none_or(|m| m.stack != *stack));
        all.extend(others.map(|object| (&**provider, &object.key, &object.spec)));
    }
    let mut passing = Passing::new();
    for (provider, key, spec) in all {
        if let (Key::Repository { location, name }, Spec::Repository(held)) = (key, spec) {
            // What is declared comes first, and counts.
            let by_location = passing.entry((provider, name)).or_default();
            by_location.entry(location).or_insert(&held.replicate_to);
        }
    }
    passing
}

fn chained(scene: &Scene<'_>, said: &mut Said) {
    let passing = passing(scene);
    for (address, image) in &scene.intents.images {
        let own = passing.iter().filter(|((_, name), _)| **name == image.repository.value);
        for (first, second, third) in own.flat_map(|(_, all)| chains(all)) {
            let message = format!(
                "`{first}` replicates to `{second}`, and `{second}` to `{third}`: what is pushed to \
                 `{first}` never reaches `{third}`"
            );
            said.say(CHAINED, Spot::Block(address, image.repository.span), message);
        }
    }
}

/// Every way of two steps that no single step shortens.
fn chains<'l>(
    all: &BTreeMap<&'l Location, &'l [Location]>,
) -> Vec<(&'l Location, &'l Location, &'l Location)> {
    let mut chains = Vec::new();
    for (first, seconds) in all {
        for second in *seconds {
            for third in all.get(second).copied().unwrap_or_default() {
                if third != *first && !seconds.contains(third) {
                    chains.push((*first, second, third));
                }
            }
        }
    }
    chains
}
