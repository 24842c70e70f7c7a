//! The answer to any call may be lost, so every call may come twice.

use super::subject::Subject;
use super::{Again, Bench, Failure, Hand, ensure, subject};
use crate::{Object, ProviderError, Stack, Write};

type Moment = fn(&Subject, Option<Object>, &Stack) -> Write;

/// The writes of a subject's life, each made from what is found when its time comes.
const LIFE: [Moment; 3] = [
    |subject, _, stack| subject.create(stack),
    |subject, found, stack| match found {
        Some(found) => subject.change(&found, stack),
        None => subject.write(),
    },
    |subject, found, _| match found {
        Some(found) => subject.delete(&found),
        None => subject.write(),
    },
];

pub(super) async fn a_repeated_batch_is_harmless(bench: &dyn Bench) -> Result<(), Failure> {
    let hand = Hand::of(bench);
    let stack = &bench.ground().stack;
    for subject in subject::ready(bench).await? {
        for write in LIFE {
            let write = write(&subject, hand.find(&subject.key).await?, stack);
            let receipt = hand.commit(vec![write.clone()]).await?;
            let once = hand.observe().await?.objects;
            for _ in 0..2 {
                let again = hand.try_commit(vec![write.clone()], Again::Repeated).await?;
                ensure(again.ids == receipt.ids, || {
                    format!("{} has {:?}, then {:?}", subject.key, receipt.ids, again.ids)
                })?;
            }
            let twice = hand.observe().await?.objects;
            ensure(once == twice, || format!("once {once:?}, repeated {twice:?}"))?;
        }
    }
    Ok(())
}

pub(super) async fn a_batch_that_is_not_repeated_is_stale(
    bench: &dyn Bench,
) -> Result<(), Failure> {
    let hand = Hand::of(bench);
    let stack = &bench.ground().stack;
    for subject in subject::ready(bench).await? {
        hand.commit(vec![subject.create(stack)]).await?;
        let found = hand.must_find(&subject.key).await?;
        match hand.try_commit(vec![subject.create(stack)], Again::First).await {
            Err(ProviderError::Stale { found: Some(told), .. }) if *told == found => {}
            other => return Err(Failure(format!("{} made twice: {other:?}", subject.key))),
        }
    }
    Ok(())
}

pub(super) async fn a_lost_answer_is_found_again(bench: &dyn Bench) -> Result<(), Failure> {
    let hand = Hand::of(bench);
    let stack = &bench.ground().stack;
    for subject in subject::ready(bench).await? {
        for write in LIFE {
            let write = write(&subject, hand.find(&subject.key).await?, stack);
            let told = bench.lose_next_answer();
            let lost = hand.try_commit(vec![write.clone()], Again::First).await;
            let as_told = matches!(lost, Err(ProviderError::NoAnswer { .. })) == told;
            ensure(as_told, || format!("the answer to {} is {lost:?}", subject.key))?;
            let receipt = hand.try_commit(vec![write.clone()], Again::Repeated).await?;
            let found = hand.find(&subject.key).await?;
            let done = match (&write.then, &found) {
                (None, None) => true,
                (Some(wanted), Some(found)) => {
                    wanted.spec == found.spec
                        && wanted.mark == found.mark
                        && receipt.ids == [found.id.clone()]
                }
                (None, Some(_)) | (Some(_), None) => false,
            };
            ensure(done, || format!("asked for {write:?}, found {found:?}"))?;
        }
    }
    Ok(())
}
