//! What the suite makes: one subject of each kind that the provider holds.

use std::collections::BTreeSet;

use super::{Bench, Failure, Ground, Hand, Image};
use crate::{
    Address, Answer, CheckRef, CheckReference, Endpoint, FailoverRole, HealthCheck, ImageCopy,
    ImageSource, Key, Mark, Object, Protocol, RecordSet, RecordType, Repository, RepositoryName,
    Routing, Spec, Stack, Wanted, Write, Zone, ZoneName,
};

/// The check of every primary, where one is needed.
const PRIMARY: &str = "primary";

/// The one repository that the suite makes.
const REPOSITORY: &str = "conformance/web";

pub(super) fn repositories() -> BTreeSet<RepositoryName> {
    REPOSITORY.parse().into_iter().collect()
}

/// A thing that is made, changed and deleted.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    pub(super) key: Key,
    pub(super) first: Spec,
    /// What it can be changed to in place.
    pub(super) second: Spec,
    pub(super) source: Option<ImageSource>,
}

impl Subject {
    pub(super) fn create(&self, stack: &Stack) -> Write {
        Write { then: Some(self.wanted(&self.first, stack)), ..self.write() }
    }

    pub(super) fn change(&self, found: &Object, stack: &Stack) -> Write {
        let then = Some(self.wanted(&self.second, stack));
        Write { expect: Some(found.clone()), then, ..self.write() }
    }

    pub(super) fn delete(&self, found: &Object) -> Write {
        Write { expect: Some(found.clone()), ..self.write() }
    }

    /// A write that expects nothing and does nothing.
    pub(super) fn write(&self) -> Write {
        let address = Address::block("conformance", "subject");
        Write { address, key: self.key.clone(), expect: None, then: None }
    }

    pub(super) fn wanted(&self, spec: &Spec, stack: &Stack) -> Wanted {
        let mark = Some(Mark::of(stack, spec));
        Wanted { spec: spec.clone(), mark, source: self.source.clone() }
    }
}

/// Makes what a subject stands on, then calls it ready.
pub(super) async fn ready(bench: &dyn Bench) -> Result<Vec<Subject>, Failure> {
    let hand = Hand::of(bench);
    let ground = bench.ground();
    let capabilities = bench.info().capabilities;
    let mut subjects = Vec::new();
    if capabilities.dns {
        hand.commit(vec![zone(ground).create(&ground.stack)]).await?;
        if capabilities.primary_needs_check {
            hand.commit(vec![check(ground, PRIMARY).create(&ground.stack)]).await?;
        }
        subjects.push(check(ground, "subject"));
        subjects.push(plain(ground, "plain", "192.0.2.1")?);
        subjects.push(routed(bench, "pair", "primary", FailoverRole::Primary)?);
    }
    if capabilities.images {
        hand.commit(vec![repository(bench)?.create(&ground.stack)]).await?;
        if let Some([image, _]) = &ground.images {
            subjects.push(copy(ground, image, "lb-1")?);
        }
    }
    Ok(subjects)
}

/// Those that stand on the ground itself; made by [`ready`] already.
pub(super) fn standing(bench: &dyn Bench) -> Result<Vec<Subject>, Failure> {
    let ground = bench.ground();
    let capabilities = bench.info().capabilities;
    let mut standing = Vec::new();
    if capabilities.dns {
        if capabilities.primary_needs_check {
            standing.push(check(ground, PRIMARY));
        }
        standing.push(zone(ground));
    }
    if capabilities.images {
        standing.push(repository(bench)?);
    }
    Ok(standing)
}

pub(super) fn zone(ground: &Ground) -> Subject {
    let zone = |comment: Option<&str>| {
        Spec::Zone(Zone { comment: comment.map(str::to_owned), networks: Vec::new() })
    };
    Subject {
        key: Key::Zone { name: ZoneName::public(ground.zone.clone()) },
        first: zone(None),
        second: zone(Some("changed")),
        source: None,
    }
}

pub(super) fn repository(bench: &dyn Bench) -> Result<Subject, Failure> {
    let changed = if bench.info().capabilities.retention {
        Repository { keep_last: Some(20), ..Repository::default() }
    } else {
        Repository { immutable: true, ..Repository::default() }
    };
    let location = bench.ground().location.clone();
    Ok(Subject {
        key: Key::Repository { location, name: REPOSITORY.parse()? },
        first: Spec::Repository(Repository::default()),
        second: Spec::Repository(changed),
        source: None,
    })
}

pub(super) fn copy(ground: &Ground, image: &Image, tag: &str) -> Result<Subject, Failure> {
    let copy = |tag: &str| Spec::ImageCopy(ImageCopy { tag: tag.to_owned() });
    Ok(Subject {
        key: Key::ImageCopy {
            location: ground.location.clone(),
            repository: REPOSITORY.parse()?,
            digest: image.digest.clone(),
        },
        first: copy(tag),
        second: copy(&format!("{tag}-changed")),
        source: Some(image.source.clone()),
    })
}

pub(super) fn check(ground: &Ground, name: &str) -> Subject {
    let check = |failures| {
        Spec::HealthCheck(HealthCheck::Endpoint(Endpoint {
            path: Some("/".to_owned()),
            failures,
            ..Endpoint::new(Protocol::Http, "conformance.example.com".to_owned(), 80)
        }))
    };
    Subject {
        key: Key::HealthCheck { reference: reference(ground, name) },
        first: check(3),
        second: check(2),
        source: None,
    }
}

pub(super) fn reference(ground: &Ground, name: &str) -> CheckReference {
    let address = Address::block("health_check", name).digest();
    CheckReference { stack: ground.stack.clone(), address, generation: 1 }
}

/// A plain record set.
pub(super) fn plain(ground: &Ground, label: &str, value: &str) -> Result<Subject, Failure> {
    let key = record_key(ground, label, RecordType::A, None)?;
    let set = |ttl| Spec::RecordSet(values(ttl, &[value], Routing::Simple));
    Ok(Subject { key, first: set(300), second: set(60), source: None })
}

/// One of a failover pair; a primary with the check that it needs.
pub(super) fn routed(
    bench: &dyn Bench,
    name: &str,
    label: &str,
    role: FailoverRole,
) -> Result<Subject, Failure> {
    let ground = bench.ground();
    let key = record_key(ground, name, RecordType::A, Some(label))?;
    let needs = role == FailoverRole::Primary && bench.info().capabilities.primary_needs_check;
    let health_check = needs.then(|| CheckRef::Marked(reference(ground, PRIMARY)));
    let set = |value| {
        let health_check = health_check.clone();
        let set = values(60, &[value], Routing::Failover(role));
        Spec::RecordSet(RecordSet { health_check, ..set })
    };
    Ok(Subject { key, first: set("192.0.2.1"), second: set("192.0.2.2"), source: None })
}

pub(super) fn record_key(
    ground: &Ground,
    name: &str,
    rtype: RecordType,
    label: Option<&str>,
) -> Result<Key, Failure> {
    Ok(Key::RecordSet {
        zone: ZoneName::public(ground.zone.clone()),
        name: ground.zone.below(name)?,
        rtype,
        label: label.map(str::to_owned),
    })
}

pub(super) fn values(ttl: u32, values: &[&str], routing: Routing) -> RecordSet {
    RecordSet {
        ttl: Some(ttl),
        answer: Answer::Values(values.iter().map(|value| (*value).to_owned()).collect()),
        routing,
        health_check: None,
    }
}
