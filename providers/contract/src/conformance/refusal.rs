//! What a provider must not take.

use super::subject::Subject;
use super::swap::cname;
use super::{Again, Bench, Failure, Ground, Hand, ensure, ensure_refused, subject};
use crate::{
    Answer, CheckRef, Endpoint, FailoverRole, HealthCheck, Kind, Protocol, ProviderError,
    RecordSet, RecordType, Routing, Spec,
};

pub(super) async fn what_holds_something_is_not_deleted(bench: &dyn Bench) -> Result<(), Failure> {
    let hand = Hand::of(bench);
    let stack = &bench.ground().stack;
    for subject in subject::ready(bench).await? {
        hand.commit(vec![subject.create(stack)]).await?;
    }
    let holds = |kind| kind != Kind::Repository || bench.ground().images.is_some();
    for standing in subject::standing(bench)?.into_iter().filter(|s| holds(s.key.kind())) {
        let found = hand.must_find(&standing.key).await?;
        let answer = hand.try_commit(vec![standing.delete(&found)], Again::First).await;
        ensure_refused(format!("the deletion of {}", standing.key), answer)?;
        let left = hand.must_find(&standing.key).await?;
        ensure(left == found, || format!("{found:?} became {left:?}"))?;
    }
    Ok(())
}

pub(super) async fn nothing_points_to_what_is_not_there(bench: &dyn Bench) -> Result<(), Failure> {
    if !bench.info().capabilities.dns {
        return Ok(());
    }
    let hand = Hand::of(bench);
    let ground = bench.ground();
    subject::ready(bench).await?;
    let mut set = subject::routed(bench, "checked", "one", FailoverRole::Primary)?;
    let check = subject::check(ground, "depended on");
    let reference = subject::reference(ground, "depended on");
    if let Spec::RecordSet(set) = &mut set.first {
        set.health_check = Some(CheckRef::Marked(reference));
    }
    let answer = hand.try_commit(vec![set.create(&ground.stack)], Again::First).await;
    ensure_refused("a record set with a check that is not there", answer)?;

    hand.commit(vec![check.create(&ground.stack)]).await?;
    hand.commit(vec![set.create(&ground.stack)]).await?;
    let found = hand.must_find(&check.key).await?;
    let answer = hand.try_commit(vec![check.delete(&found)], Again::First).await;
    ensure_refused("the deletion of a check that is depended on", answer)?;

    let found_set = hand.must_find(&set.key).await?;
    ensure(found_set.spec == set.first, || format!("wanted {set:?}, found {found_set:?}"))?;
    hand.commit(vec![set.delete(&found_set)]).await?;
    hand.commit(vec![check.delete(&found)]).await?;
    if bench.info().capabilities.alias {
        aliases_have_targets(bench).await?;
    }
    Ok(())
}

async fn aliases_have_targets(bench: &dyn Bench) -> Result<(), Failure> {
    let hand = Hand::of(bench);
    let ground = bench.ground();
    let target = subject::plain(ground, "target", "192.0.2.1")?;
    let mut alias = subject::plain(ground, "alias", "")?;
    alias.first = Spec::RecordSet(RecordSet {
        ttl: None,
        answer: Answer::Alias {
            name: ground.zone.below("target")?,
            zone_id: None,
            evaluate_target_health: true,
        },
        routing: Routing::Simple,
        health_check: None,
    });
    let answer = hand.try_commit(vec![alias.create(&ground.stack)], Again::First).await;
    ensure_refused("an alias of nothing", answer)?;
    // The order within a batch does not matter: it happens at once.
    let both = vec![alias.create(&ground.stack), target.create(&ground.stack)];
    hand.commit(both).await?;
    let found = hand.must_find(&target.key).await?;
    let answer = hand.try_commit(vec![target.delete(&found)], Again::First).await;
    ensure_refused("the deletion of an alias's target", answer)?;
    let found_alias = hand.must_find(&alias.key).await?;
    ensure(found_alias.spec == alias.first, || format!("wanted {alias:?}, got {found_alias:?}"))?;
    hand.commit(vec![target.delete(&found), alias.delete(&found_alias)]).await?;
    Ok(())
}

pub(super) async fn what_cannot_be_held_is_refused(bench: &dyn Bench) -> Result<(), Failure> {
    let capabilities = bench.info().capabilities;
    if !capabilities.dns {
        return Ok(());
    }
    let hand = Hand::of(bench);
    let ground = bench.ground();
    subject::ready(bench).await?;
    let mut lawless = Vec::new();
    for rtype in RecordType::ALL.iter().filter(|t| !capabilities.record_types.contains(t)) {
        lawless.push(record(ground, *rtype, "something")?);
    }
    if let Some(ttl) = capabilities.ttl.end().checked_add(1) {
        let mut set = subject::plain(ground, "ttl", "192.0.2.1")?;
        set.first = Spec::RecordSet(subject::values(ttl, &["192.0.2.1"], Routing::Simple));
        lawless.push(set);
    }
    let intervals = (1..1000).find(|seconds| !capabilities.interval.allows(*seconds));
    let failures = capabilities.failures.end().checked_add(1);
    lawless.extend(intervals.map(|interval| endpoint(ground, interval, 3)));
    lawless.extend(failures.map(|failures| endpoint(ground, 30, failures)));
    let before = hand.observe().await?.objects;
    for subject in lawless {
        let answer = hand.try_commit(vec![subject.create(&ground.stack)], Again::First).await;
        ensure_refused(format!("{:?} at {}", subject.first, subject.key), answer)?;
    }
    let after = hand.observe().await?.objects;
    ensure(before == after, || format!("refused writes left {after:?}"))
}

fn record(ground: &Ground, rtype: RecordType, value: &str) -> Result<Subject, Failure> {
    let set = Spec::RecordSet(subject::values(60, &[value], Routing::Simple));
    let key = subject::record_key(ground, "lawless", rtype, None)?;
    Ok(Subject { key, first: set.clone(), second: set, source: None })
}

fn endpoint(ground: &Ground, interval: u32, failures: u32) -> Subject {
    let spec = Spec::HealthCheck(HealthCheck::Endpoint(Endpoint {
        interval,
        failures,
        ..Endpoint::new(Protocol::Http, "conformance.example.com".to_owned(), 80)
    }));
    let check = subject::check(ground, "lawless");
    Subject { first: spec.clone(), second: spec, ..check }
}

pub(super) async fn records_that_no_server_takes_are_refused(
    bench: &dyn Bench,
) -> Result<(), Failure> {
    if !bench.info().capabilities.dns {
        return Ok(());
    }
    let hand = Hand::of(bench);
    let ground = bench.ground();
    subject::ready(bench).await?;
    hand.commit(vec![subject::plain(ground, "taken", "192.0.2.1")?.create(&ground.stack)]).await?;
    let primary = subject::routed(bench, "pair", "one", FailoverRole::Primary)?;
    hand.commit(vec![primary.create(&ground.stack)]).await?;
    let outside = "elsewhere.invalid".parse()?;
    let mut beyond = subject::plain(ground, "beyond", "192.0.2.1")?;
    if let crate::Key::RecordSet { name, .. } = &mut beyond.key {
        *name = outside;
    }
    let lawless = [
        ("a CNAME beside an address", cname(ground, "taken", &ground.zone)?),
        (
            "a routed set beside a plain one",
            subject::routed(bench, "taken", "one", FailoverRole::Primary)?,
        ),
        ("a plain set beside a routed one", subject::plain(ground, "pair", "192.0.2.1")?),
        ("two primaries", subject::routed(bench, "pair", "two", FailoverRole::Primary)?),
        ("a name outside of the zone", beyond),
    ];
    let before = hand.observe().await?.objects;
    for (what, subject) in lawless {
        let answer = hand.try_commit(vec![subject.create(&ground.stack)], Again::First).await;
        ensure_refused(what, answer)?;
    }
    let after = hand.observe().await?.objects;
    ensure(before == after, || format!("refused writes left {after:?}"))
}

pub(super) async fn a_lease_excludes_until_it_is_dropped(bench: &dyn Bench) -> Result<(), Failure> {
    let stack = &bench.ground().stack;
    let first = bench.provider().lease(stack)?;
    match bench.provider().lease(stack) {
        // A provider that cannot keep others out says so by giving leases freely.
        Ok(_) | Err(ProviderError::Busy) => {}
        Err(other) => return Err(other.into()),
    }
    drop(first);
    drop(bench.provider().lease(stack)?);
    Ok(())
}
