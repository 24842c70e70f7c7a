//! What is created, changed and deleted is so afterwards.

use super::{Bench, Failure, Hand, ensure, subject};
use crate::{Key, Mark, Wanted, Write};

pub(super) async fn what_is_created_is_read_back(bench: &dyn Bench) -> Result<(), Failure> {
    let hand = Hand::of(bench);
    let stack = &bench.ground().stack;
    let subjects = subject::ready(bench).await?;
    for subject in &subjects {
        let receipt = hand.commit(vec![subject.create(stack)]).await?;
        let found = hand.must_find(&subject.key).await?;
        ensure(found.spec == subject.first, || format!("wanted {subject:?}, found {found:?}"))?;
        ensure(found.mark == Some(Mark::of(stack, &subject.first)), || {
            format!("the mark is another: {found:?}")
        })?;
        ensure(receipt.ids == [found.id.clone()], || {
            format!("the receipt has {:?}, the object {found:?}", receipt.ids)
        })?;
    }
    for standing in subject::standing(bench)? {
        let found = hand.must_find(&standing.key).await?;
        ensure(found.spec == standing.first, || format!("wanted {standing:?}, found {found:?}"))?;
    }
    Ok(())
}

pub(super) async fn what_is_changed_is_read_back(bench: &dyn Bench) -> Result<(), Failure> {
    let hand = Hand::of(bench);
    let stack = &bench.ground().stack;
    let subjects = subject::ready(bench).await?;
    for subject in &subjects {
        hand.commit(vec![subject.create(stack)]).await?;
    }
    for subject in subjects.iter().chain(&subject::standing(bench)?) {
        let before = hand.must_find(&subject.key).await?;
        hand.commit(vec![subject.change(&before, stack)]).await?;
        let after = hand.must_find(&subject.key).await?;
        ensure(after.spec == subject.second, || format!("wanted {subject:?}, found {after:?}"))?;
        ensure(after.mark == Some(Mark::of(stack, &subject.second)), || {
            format!("the mark is another: {after:?}")
        })?;
        ensure(after.id == before.id, || format!("changed in place, {before:?} is {after:?}"))?;
        let counted = before.version.is_none() || before.version < after.version;
        ensure(counted, || format!("the version did not grow: {before:?}, {after:?}"))?;
    }
    Ok(())
}

pub(super) async fn what_is_deleted_is_gone(bench: &dyn Bench) -> Result<(), Failure> {
    let hand = Hand::of(bench);
    let stack = &bench.ground().stack;
    let subjects = subject::ready(bench).await?;
    for subject in &subjects {
        hand.commit(vec![subject.create(stack)]).await?;
    }
    for subject in subjects.iter().chain(&subject::standing(bench)?) {
        let found = hand.must_find(&subject.key).await?;
        hand.commit(vec![subject.delete(&found)]).await?;
        let left = hand.find(&subject.key).await?;
        ensure(left.is_none(), || format!("{} is still there", subject.key))?;
        hand.commit(vec![subject.write()]).await?;
    }
    let left = hand.observe().await?.objects;
    ensure(left.is_empty(), || format!("everything was deleted, but {left:?}"))
}

pub(super) async fn a_mark_can_be_put_on_and_taken_off(bench: &dyn Bench) -> Result<(), Failure> {
    let hand = Hand::of(bench);
    let stack = &bench.ground().stack;
    for subject in subject::ready(bench).await? {
        // A check's reference is its mark.
        if matches!(subject.key, Key::HealthCheck { .. }) {
            continue;
        }
        hand.commit(vec![subject.create(stack)]).await?;
        let found = hand.must_find(&subject.key).await?;
        let bare = Wanted { mark: None, ..subject.wanted(&subject.first, stack) };
        let then = Some(bare);
        hand.commit(vec![Write { expect: Some(found), then, ..subject.write() }]).await?;
        let bare = hand.must_find(&subject.key).await?;
        ensure(bare.mark.is_none(), || format!("the mark is still there: {bare:?}"))?;
        ensure(bare.spec == subject.first, || format!("wanted {subject:?}, found {bare:?}"))?;
        let then = Some(subject.wanted(&subject.first, stack));
        hand.commit(vec![Write { expect: Some(bare), then, ..subject.write() }]).await?;
        let found = hand.must_find(&subject.key).await?;
        ensure(found.mark.is_some(), || format!("the mark is not there: {found:?}"))?;
    }
    Ok(())
}

pub(super) async fn objects_come_sorted_and_once(bench: &dyn Bench) -> Result<(), Failure> {
    let hand = Hand::of(bench);
    let stack = &bench.ground().stack;
    let subjects = subject::ready(bench).await?;
    for subject in subjects.iter().rev() {
        hand.commit(vec![subject.create(stack)]).await?;
    }
    let keys: Vec<Key> = hand.observe().await?.objects.into_iter().map(|found| found.key).collect();
    ensure(keys.is_sorted_by(|a, b| a < b), || format!("not sorted or not once: {keys:?}"))
}
