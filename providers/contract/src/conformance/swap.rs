//! Compare and swap, one object or many at once.

use super::subject::Subject;
use super::{Again, Bench, Failure, Ground, Hand, ensure, subject};
use crate::{
    Answer, DnsName, FailoverRole, Mark, Object, ProviderError, RecordType, Routing, Spec,
    SpecHash, Write,
};

pub(super) async fn a_stale_expectation_is_refused(bench: &dyn Bench) -> Result<(), Failure> {
    let hand = Hand::of(bench);
    let stack = &bench.ground().stack;
    for subject in subject::ready(bench).await? {
        hand.commit(vec![subject.create(stack)]).await?;
        let found = hand.must_find(&subject.key).await?;
        let other_spec = Object { spec: subject.second.clone(), ..found.clone() };
        let hash = SpecHash::read("0123456789abcdef");
        let mark = Some(Mark { stack: stack.clone(), spec: hash });
        let mut wrong = vec![other_spec, Object { mark, ..found.clone() }];
        if let Some(version) = found.version {
            wrong.push(Object { version: Some(version + 1), ..found.clone() });
        }
        for expected in &wrong {
            for write in [subject.change(expected, stack), subject.delete(expected)] {
                is_stale(&hand, write, Some(&found)).await?;
            }
        }
        is_stale(&hand, subject.write(), Some(&found)).await?;
        hand.commit(vec![subject.delete(&found)]).await?;
        for write in [subject.change(&found, stack), subject.delete(&found)] {
            is_stale(&hand, write, None).await?;
        }
    }
    Ok(())
}

async fn is_stale(hand: &Hand<'_>, write: Write, there: Option<&Object>) -> Result<(), Failure> {
    let key = write.key.clone();
    match hand.try_commit(vec![write], Again::First).await {
        Err(ProviderError::Stale { found, .. }) if found.as_deref() == there => {}
        other => return Err(Failure(format!("{key} should be stale: {other:?}"))),
    }
    let left = hand.find(&key).await?;
    ensure(left.as_ref() == there, || format!("a stale write left {left:?}"))
}

pub(super) async fn a_batch_is_atomic(bench: &dyn Bench) -> Result<(), Failure> {
    if !bench.info().capabilities.dns {
        return Ok(());
    }
    let hand = Hand::of(bench);
    let ground = bench.ground();
    subject::ready(bench).await?;
    let old = subject::plain(ground, "old", "192.0.2.1")?;
    hand.commit(vec![old.create(&ground.stack)]).await?;
    let before = hand.observe().await?.objects;
    let good = subject::plain(ground, "good", "192.0.2.2")?;
    let remove = old.delete(&hand.must_find(&old.key).await?);

    let stale = subject::plain(ground, "stale", "192.0.2.3")?;
    let fiction = Object {
        key: stale.key.clone(),
        spec: stale.first.clone(),
        mark: Some(Mark::of(&ground.stack, &stale.first)),
        id: None,
        version: None,
    };
    let lawless = cname(ground, "good", &ground.zone)?;
    for bad in [stale.change(&fiction, &ground.stack), lawless.create(&ground.stack)] {
        let good = good.create(&ground.stack);
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
            let writes = [good.clone(), bad.clone(), remove.clone()];
            let writes = order.map(|at: usize| writes[at].clone()).to_vec();
            let answer = hand.try_commit(writes, Again::First).await;
            ensure(answer.is_err(), || format!("a batch with {} passed", bad.key))?;
            let after = hand.observe().await?.objects;
            ensure(before == after, || format!("{answer:?} left {after:?}"))?;
        }
    }
    hand.commit(vec![good.create(&ground.stack), remove]).await?;
    hand.must_find(&good.key).await?;
    let left = hand.find(&old.key).await?;
    ensure(left.is_none(), || format!("{left:?} was deleted in a batch and is there"))
}

/// A CNAME, which cannot stand beside anything.
pub(super) fn cname(ground: &Ground, name: &str, to: &DnsName) -> Result<Subject, Failure> {
    let key = subject::record_key(ground, name, RecordType::Cname, None)?;
    let mut set = subject::values(60, &[], Routing::Simple);
    set.answer = Answer::Values(vec![to.to_string()]);
    Ok(Subject {
        key,
        first: Spec::RecordSet(set.clone()),
        second: Spec::RecordSet(set),
        source: None,
    })
}

pub(super) async fn a_pair_can_be_swapped_in_one_batch(bench: &dyn Bench) -> Result<(), Failure> {
    if !bench.info().capabilities.dns {
        return Ok(());
    }
    let hand = Hand::of(bench);
    let ground = bench.ground();
    subject::ready(bench).await?;
    let one = subject::routed(bench, "pair", "one", FailoverRole::Primary)?;
    let two = subject::routed(bench, "pair", "two", FailoverRole::Secondary)?;
    let pair = vec![one.create(&ground.stack), two.create(&ground.stack)];
    hand.commit(pair).await?;
    let found = [hand.must_find(&one.key).await?, hand.must_find(&two.key).await?];
    let swapped = [
        subject::routed(bench, "pair", "one", FailoverRole::Secondary)?,
        subject::routed(bench, "pair", "two", FailoverRole::Primary)?,
    ];
    let writes = swapped.iter().zip(&found).map(|(to, found)| to.change(found, &ground.stack));
    hand.commit(writes.collect()).await?;
    for to in &swapped {
        let found = hand.must_find(&to.key).await?;
        ensure(found.spec == to.second, || format!("wanted {to:?}, found {found:?}"))?;
    }
    Ok(())
}
