//! One step on its way: committed, repeated where that can help, awaited.

use std::future::Future;
use std::slice;
use std::sync::Arc;
use std::time::Duration;

use lifeboat_contract::{Batch, Provider, ProviderError, Receipt, Retry, Stack, Watch};
use tokio::sync::oneshot;

use super::meter::Meter;
use crate::plan::{Phase, Step};

/// A region that is gone never answers; five tries outlast a throttle.
const ATTEMPTS_MAX: u32 = 5;

/// The wait before the second try; doubled for each further one.
const BACKOFF_FIRST: Duration = Duration::from_millis(200);

/// How a try ended.
type Tried = Result<Receipt, ProviderError>;

/// The first try of several steps, and where each learns how its own ended.
pub(super) fn together(
    provider: &Arc<dyn Provider>,
    stack: &Stack,
    steps: &[&Step],
    meters: Vec<Arc<Meter>>,
) -> (impl Future<Output = ()> + Send + use<>, Vec<oneshot::Receiver<Tried>>) {
    let batches: Vec<Batch> = steps.iter().map(|step| batch(stack, step)).collect();
    let (tell, told): (Vec<_>, Vec<_>) = steps.iter().map(|_| oneshot::channel()).unzip();
    let provider = Arc::clone(provider);
    let watch: Watch = Arc::new(move |at, transfer| {
        if let Some(meter) = meters.get(at) {
            meter.set(transfer);
        }
    });
    let company = async move {
        let ended = provider.copy(&batches, watch).await;
        for (tell, ended) in tell.into_iter().zip(ended) {
            // Nobody listens any more where everything was stopped.
            drop(tell.send(ended));
        }
    };
    (company, told)
}

/// Commits a step and waits until it is in effect; repeats what can be repeated. The first try may
/// be under way already.
pub(super) async fn carry_out(
    provider: &dyn Provider,
    stack: &Stack,
    step: &Step,
    meter: &Arc<Meter>,
    mut first: Option<oneshot::Receiver<Tried>>,
) -> Result<u64, ProviderError> {
    let mut batch = batch(stack, step);
    let mut attempt = 1;
    let receipt = loop {
        let tried = match first.take() {
            Some(told) => told.await.unwrap_or_else(|_| Err(unanswered())),
            None => one(provider, step, &batch, meter).await,
        };
        match tried {
            Ok(receipt) => break receipt,
            Err(error) if attempt < ATTEMPTS_MAX => match error.retry() {
                Retry::Never => return Err(error),
                Retry::Again => {}
                Retry::AgainRepeated => batch.repeated = true,
            },
            Err(error) => return Err(error),
        }
        tokio::time::sleep(backoff(step.id, attempt)).await;
        attempt += 1;
    };
    provider.settle(&receipt).await?;
    Ok(receipt.bytes)
}

fn batch(stack: &Stack, step: &Step) -> Batch {
    Batch { stack: stack.clone(), writes: step.writes.clone(), repeated: false }
}

async fn one(provider: &dyn Provider, step: &Step, batch: &Batch, meter: &Arc<Meter>) -> Tried {
    if step.phase != Phase::ImageCopy {
        return provider.commit(batch).await;
    }
    let meter = Arc::clone(meter);
    let watch: Watch = Arc::new(move |_, transfer| meter.set(transfer));
    let ended = provider.copy(slice::from_ref(batch), watch).await;
    ended.into_iter().next().unwrap_or_else(|| Err(unanswered()))
}

fn unanswered() -> ProviderError {
    let what = "a copy ended without a word; this is a bug in Lifeboat".to_owned();
    ProviderError::Broken { what, source: None }
}

/// Doubles with each attempt, spread by up to a half so that steps do not repeat in one beat. The
/// spread comes from the step, not from chance: the same plan runs the same way.
fn backoff(step: u32, attempt: u32) -> Duration {
    let base = BACKOFF_FIRST * 2_u32.pow(attempt - 1);
    base + base * (step.wrapping_mul(2_654_435_761) >> 25) / 256
}
