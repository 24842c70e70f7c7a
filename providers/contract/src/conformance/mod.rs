//! The suite that every provider must pass.
//!
//! Input: a [`Bench`] for each case, on a cloud that is empty of what [`Ground`] names. Output: what
//! does not hold, case by case. The suite waits for nothing by itself: whoever calls it drives it.

mod adopt;
mod foreign;
mod life;
mod refusal;
mod repeat;
mod subject;
mod swap;

use std::fmt;

use crate::{
    Batch, BoxFuture, Depth, Digest, DnsName, ImageSource, Location, Object, Observation, Provider,
    ProviderError, ProviderInfo, Receipt, Scope, Stack, Write, ZoneName,
};

/// A provider under test, and hands to do what the contract cannot.
pub trait Bench: Send + Sync {
    /// What the provider says it can hold.
    fn info(&self) -> ProviderInfo;

    /// The provider.
    fn provider(&self) -> &dyn Provider;

    /// Where the suite may work.
    fn ground(&self) -> &Ground;

    /// Puts an object without a mark there, past Lifeboat, as a person or another tool does.
    fn plant<'a>(&'a self, object: &'a Object) -> BoxFuture<'a, Result<(), Failure>>;

    /// Makes the provider carry out the next commit and lose its answer. Returns whether it can do
    /// that; otherwise the suite throws the answer away itself.
    fn lose_next_answer(&self) -> bool {
        false
    }
}

/// Where the suite may work. Nothing of it exists when a case starts.
#[derive(Clone, Debug)]
pub struct Ground {
    /// The stack that the suite plays.
    pub stack: Stack,
    /// A zone that it may make.
    pub zone: DnsName,
    /// A region.
    pub location: Location,
    /// Two different images, for providers that hold images.
    pub images: Option<[Image; 2]>,
}

/// An image that can be copied.
#[derive(Clone, Debug)]
pub struct Image {
    /// Its digest.
    pub digest: Digest,
    /// Where it is.
    pub source: ImageSource,
}

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Failure(pub String);

impl From<ProviderError> for Failure {
    fn from(error: ProviderError) -> Self {
        Self(format!("a call failed that has to succeed: {error} ({error:?})"))
    }
}

impl From<crate::Invalid> for Failure {
    fn from(invalid: crate::Invalid) -> Self {
        Self(invalid.to_string())
    }
}

/// One rule, to be tried on a fresh bench.
#[derive(Clone, Copy)]
pub struct Case {
    /// What holds, with `_` between the words.
    pub name: &'static str,
    /// Tries it.
    pub run: for<'a> fn(&'a dyn Bench) -> BoxFuture<'a, Result<(), Failure>>,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

macro_rules! cases {
    ($($module:ident::$name:ident),* $(,)?) => {
        /// All rules.
        pub const CASES: &[Case] =
            &[$(Case { name: stringify!($name), run: |bench| Box::pin($module::$name(bench)) }),*];
    };
}

cases![
    life::what_is_created_is_read_back,
    life::what_is_changed_is_read_back,
    life::what_is_deleted_is_gone,
    life::a_mark_can_be_put_on_and_taken_off,
    life::objects_come_sorted_and_once,
    repeat::a_repeated_batch_is_harmless,
    repeat::a_batch_that_is_not_repeated_is_stale,
    repeat::a_lost_answer_is_found_again,
    swap::a_stale_expectation_is_refused,
    swap::a_batch_is_atomic,
    swap::a_pair_can_be_swapped_in_one_batch,
    foreign::foreign_objects_stay_as_they_are,
    foreign::a_foreign_object_is_in_the_way,
    adopt::a_foreign_check_is_adopted_and_keeps_its_id,
    refusal::what_holds_something_is_not_deleted,
    refusal::nothing_points_to_what_is_not_there,
    refusal::what_cannot_be_held_is_refused,
    refusal::records_that_no_server_takes_are_refused,
    refusal::a_lease_excludes_until_it_is_dropped,
];

/// Tries every rule, each on a fresh bench, and returns what does not hold.
pub async fn run<B: Bench>(mut fresh: impl FnMut(&Case) -> B) -> Vec<Failure> {
    let mut failures = Vec::new();
    for case in CASES {
        let bench = fresh(case);
        if let Err(Failure(why)) = (case.run)(&bench).await {
            failures.push(Failure(format!("{}: {why}", case.name)));
        }
    }
    failures
}

/// What every case does all the time.
struct Hand<'a> {
    bench: &'a dyn Bench,
}

impl<'a> Hand<'a> {
    fn of(bench: &'a dyn Bench) -> Self {
        Self { bench }
    }

    fn scope(&self) -> Scope {
        let Ground { stack, zone, location, images: _ } = self.bench.ground().clone();
        Scope {
            stack,
            zones: [(ZoneName::public(zone), 0)].into(),
            locations: [location].into(),
            repositories: subject::repositories(),
            checks: 0,
            depth: Depth::Plan,
        }
    }

    async fn observe(&self) -> Result<Observation, Failure> {
        let scope = self.scope();
        let seen = self.bench.provider().observe(&scope).await?;
        ensure(seen.unreachable.is_empty(), || format!("not all answers: {:?}", seen.unreachable))?;
        Ok(seen)
    }

    async fn find(&self, key: &crate::Key) -> Result<Option<Object>, Failure> {
        Ok(self.observe().await?.objects.into_iter().find(|object| object.key == *key))
    }

    async fn must_find(&self, key: &crate::Key) -> Result<Object, Failure> {
        self.find(key).await?.ok_or_else(|| Failure(format!("{key} is not there")))
    }

    async fn try_commit(&self, writes: Vec<Write>, again: Again) -> Result<Receipt, ProviderError> {
        let repeated = again == Again::Repeated;
        let batch = Batch { stack: self.bench.ground().stack.clone(), writes, repeated };
        let receipt = self.bench.provider().commit(&batch).await?;
        self.bench.provider().settle(&receipt).await?;
        Ok(receipt)
    }

    async fn commit(&self, writes: Vec<Write>) -> Result<Receipt, Failure> {
        let keys: Vec<String> = writes.iter().map(|write| write.key.to_string()).collect();
        self.try_commit(writes, Again::First)
            .await
            .map_err(|error| Failure(format!("{}: {error} ({error:?})", keys.join(", "))))
    }
}

/// Whether a batch may have been carried out before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Again {
    First,
    Repeated,
}

fn ensure(holds: bool, why: impl FnOnce() -> String) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(Failure(why())) }
}

/// The batch must have been turned away for good, without a claim that the world moved.
fn ensure_refused(
    what: impl fmt::Display,
    answer: Result<Receipt, ProviderError>,
) -> Result<(), Failure> {
    match answer {
        Err(ProviderError::Refused { .. } | ProviderError::Unsupported { .. }) => Ok(()),
        other => Err(Failure(format!("{what} was not refused: {other:?}"))),
    }
}
