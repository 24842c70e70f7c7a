//! What Lifeboat did not make is seen, is in the way, and stays.

use super::subject::Subject;
use super::{Again, Bench, Failure, Hand, ensure, subject};
use crate::{FailoverRole, Object, ProviderError, Routing, Spec};

/// What somebody else put there: a record set, a routed one, and an image.
fn foreign(bench: &dyn Bench) -> Result<Vec<Subject>, Failure> {
    let ground = bench.ground();
    let capabilities = bench.info().capabilities;
    let mut foreign = Vec::new();
    if capabilities.dns {
        foreign.push(subject::plain(ground, "foreign", "203.0.113.1")?);
        foreign.push(subject::routed(bench, "theirs", "x", FailoverRole::Primary)?);
    }
    if capabilities.images
        && let Some([_, image]) = &ground.images
    {
        foreign.push(subject::copy(ground, image, "theirs")?);
    }
    Ok(foreign)
}

async fn planted(bench: &dyn Bench) -> Result<Vec<Object>, Failure> {
    let mut planted = Vec::new();
    for Subject { key, first: spec, second: _, source: _ } in foreign(bench)? {
        bench
            .plant(&Object {
                key: key.clone(),
                spec: spec.clone(),
                mark: None,
                id: None,
                version: None,
            })
            .await?;
        let found = Hand::of(bench).must_find(&key).await?;
        let as_planted = found.mark.is_none() && found.spec == spec;
        ensure(as_planted, || format!("planted {spec:?}, found {found:?}"))?;
        planted.push(found);
    }
    Ok(planted)
}

pub(super) async fn foreign_objects_stay_as_they_are(bench: &dyn Bench) -> Result<(), Failure> {
    let hand = Hand::of(bench);
    let stack = &bench.ground().stack;
    let subjects = subject::ready(bench).await?;
    let planted = planted(bench).await?;
    for subject in &subjects {
        hand.commit(vec![subject.create(stack)]).await?;
        let found = hand.must_find(&subject.key).await?;
        hand.commit(vec![subject.change(&found, stack)]).await?;
        let found = hand.must_find(&subject.key).await?;
        hand.commit(vec![subject.delete(&found)]).await?;
        for object in &planted {
            let now = hand.must_find(&object.key).await?;
            ensure(now == *object, || format!("{object:?} became {now:?}"))?;
        }
    }
    Ok(())
}

pub(super) async fn a_foreign_object_is_in_the_way(bench: &dyn Bench) -> Result<(), Failure> {
    let hand = Hand::of(bench);
    let stack = &bench.ground().stack;
    subject::ready(bench).await?;
    let planted = planted(bench).await?;
    for (subject, object) in foreign(bench)?.iter().zip(&planted) {
        // Not even a repeated batch may take what is equal, but not marked, for its own work.
        for again in [Again::First, Again::Repeated] {
            match hand.try_commit(vec![subject.create(stack)], again).await {
                Err(ProviderError::Stale { found: Some(found), .. }) if *found == *object => {}
                other => return Err(Failure(format!("{} was overwritten: {other:?}", object.key))),
            }
        }
        hand.commit(vec![subject.change(object, stack)]).await?;
        let adopted = hand.must_find(&object.key).await?;
        ensure(adopted.mark.is_some(), || format!("{adopted:?} was not adopted"))?;
    }
    beside_a_foreign_set(bench).await
}

/// A plain set cannot be made beside a routed set of somebody else.
async fn beside_a_foreign_set(bench: &dyn Bench) -> Result<(), Failure> {
    if !bench.info().capabilities.dns {
        return Ok(());
    }
    let mut plain = subject::plain(bench.ground(), "theirs", "192.0.2.1")?;
    plain.first = Spec::RecordSet(subject::values(60, &["192.0.2.1"], Routing::Simple));
    let create = plain.create(&bench.ground().stack);
    let answer = Hand::of(bench).try_commit(vec![create], Again::First).await;
    super::ensure_refused(&plain.key, answer)
}
