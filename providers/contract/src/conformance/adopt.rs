//! A health check that somebody else made can be taken over and let go of again.

use super::subject::Subject;
use super::{Again, Bench, Failure, Hand, ensure, ensure_refused, subject};
use crate::{
    CheckRef, CheckReference, FailoverRole, Key, Mark, Object, ProviderError, Spec, Wanted, Write,
};

pub(super) async fn a_foreign_check_is_adopted_and_keeps_its_id(
    bench: &dyn Bench,
) -> Result<(), Failure> {
    if !bench.info().capabilities.dns {
        return Ok(());
    }
    let hand = Hand::of(bench);
    let ground = bench.ground();
    subject::ready(bench).await?;
    let theirs = subject::check(ground, "theirs");
    let before = planted(bench, &theirs.first).await?;
    let Key::ForeignCheck { id } = before.key.clone() else { return Ok(()) };

    // A set that depends on it, and a check of our own beside it.
    let mut set = subject::routed(bench, "checked", "one", FailoverRole::Primary)?;
    depend(&mut set, CheckRef::Id(id.clone()));
    hand.commit(vec![set.create(&ground.stack)]).await?;
    sees(&hand, &set, &CheckRef::Id(id.clone())).await?;
    let ours = subject::check(ground, "ours");
    hand.commit(vec![ours.create(&ground.stack)]).await?;
    let now = hand.must_find(&before.key).await?;
    ensure(now == before, || format!("{before:?} became {now:?}"))?;

    let reference = subject::reference(ground, "theirs");
    let adopt = adoption(&reference, &before, &Mark::of(&ground.stack, &before.spec));
    refuses_what_is_stale(&hand, &adopt, &theirs, &ours.key).await?;
    let receipt = hand.commit(vec![adopt.clone()]).await?;
    let adopted = hand.must_find(&adopt.key).await?;
    ensure(adopted.spec == before.spec && adopted.mark.is_some(), || {
        format!("{before:?} was adopted and is {adopted:?}")
    })?;
    ensure(adopted.id.as_ref() == Some(&id) && receipt.ids == [Some(id.clone())], || {
        format!("{id} has become {:?}, says {:?}", adopted.id, receipt.ids)
    })?;
    let left = hand.find(&before.key).await?;
    ensure(left.is_none(), || format!("it is there twice: {left:?}"))?;
    sees(&hand, &set, &CheckRef::Marked(reference.clone())).await?;
    let again = hand.try_commit(vec![adopt.clone()], Again::Repeated).await?;
    ensure(again.ids == receipt.ids, || format!("{:?}, then {:?}", receipt.ids, again.ids))?;

    // The other way around, and nothing that was made here goes that way.
    let released = Wanted { spec: adopted.spec.clone(), mark: None, source: None };
    let release = |expect: Object| Write {
        key: before.key.clone(),
        expect: Some(expect),
        then: Some(released.clone()),
        ..adopt.clone()
    };
    let own = hand.must_find(&ours.key).await?;
    let answer = hand.try_commit(vec![release(own)], Again::First).await;
    ensure(answer.is_err(), || format!("a check of our own was let go of: {answer:?}"))?;
    hand.commit(vec![release(adopted)]).await?;
    let after = hand.must_find(&before.key).await?;
    ensure(after == before, || format!("{before:?} came back as {after:?}"))?;
    sees(&hand, &set, &CheckRef::Id(id)).await
}

/// Nothing is adopted that is not as expected, or in place of something else.
async fn refuses_what_is_stale(
    hand: &Hand<'_>,
    adopt: &Write,
    theirs: &Subject,
    taken: &Key,
) -> Result<(), Failure> {
    let other = adopt.expect.clone().map(|object| Object { spec: theirs.second.clone(), ..object });
    let other = Write { expect: other, ..adopt.clone() };
    let onto = Write { key: taken.clone(), ..adopt.clone() };
    for stale in [other, onto] {
        match hand.try_commit(vec![stale.clone()], Again::First).await {
            Err(ProviderError::Stale { .. }) => {}
            answer => return Err(Failure(format!("{stale:?} should be stale: {answer:?}"))),
        }
    }
    let mut changed = adopt.clone();
    if let Some(wanted) = &mut changed.then {
        wanted.spec = theirs.second.clone();
    }
    let answer = hand.try_commit(vec![changed], Again::First).await;
    ensure_refused("an adoption that changes the check, too", answer)
}

fn adoption(reference: &CheckReference, found: &Object, mark: &Mark) -> Write {
    let wanted = Wanted { spec: found.spec.clone(), mark: Some(mark.clone()), source: None };
    Write {
        address: crate::Address::block("conformance", "adopted"),
        key: Key::HealthCheck { reference: reference.clone() },
        expect: Some(found.clone()),
        then: Some(wanted),
    }
}

/// A check of somebody else's, as it is observed. Its id may be the provider's choice.
async fn planted(bench: &dyn Bench, spec: &Spec) -> Result<Object, Failure> {
    let key = Key::ForeignCheck { id: "theirs".to_owned() };
    let check = Object { key, spec: spec.clone(), mark: None, id: None, version: None };
    bench.plant(&check).await?;
    let mut objects = Hand::of(bench).observe().await?.objects.into_iter();
    let found = objects.find(|object| {
        matches!(&object.key, Key::ForeignCheck { id } if object.id.as_ref() == Some(id))
            && object.mark.is_none()
            && object.spec == *spec
    });
    found.ok_or_else(|| Failure(format!("planted {check:?}, and it was not found")))
}

fn depend(set: &mut Subject, check: CheckRef) {
    if let Spec::RecordSet(set) = &mut set.first {
        set.health_check = Some(check);
    }
}

/// The set depends on a check that is called so.
async fn sees(hand: &Hand<'_>, set: &Subject, check: &CheckRef) -> Result<(), Failure> {
    let found = hand.must_find(&set.key).await?;
    let Spec::RecordSet(there) = &found.spec else { return Ok(()) };
    ensure(there.health_check.as_ref() == Some(check), || {
        format!("it depends on {check:?}, and {found:?} was found")
    })
}
