//! Calls at the rate that AWS allows, so that it never has to ask for fewer.
//!
//! The SDK repeats what fails by itself; the pace is kept below it, so that repeats keep it, too.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use lifeboat_contract::Location;
use tokio::sync::{Mutex, Notify};
use tokio::time::Instant;

use crate::action::{Action, ROUTE53_ACCOUNT, ROUTE53_CHANGES, Rate};

/// How long one attempt may take, the wait for its turn not included.
const ATTEMPT_MAX: Duration = Duration::from_secs(5);

/// Calls of a burst that are not made: a request that travels faster than those before it would
/// find AWS's bucket a moment behind this one.
const SPARE: f64 = 1.0;

tokio::task_local! {
    /// The call that the current task makes.
    pub(crate) static CALL: Arc<Call>;
}

/// One call, as the connector has to know it.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) action: &'static Action,
    pub(crate) location: Option<Location>,
    /// Record sets that it changes.
    pub(crate) changes: u32,
    /// How often it was sent.
    pub(crate) sent: AtomicU32,
}

type Place = (Option<Location>, &'static str, &'static str);

/// All buckets, and how many requests were sent.
#[derive(Default)]
pub(crate) struct Pace {
    buckets: Mutex<BTreeMap<Place, Bucket>>,
    sent: AtomicU32,
    /// Told of every answer, of whatever kind, by where it came from.
    answered: std::sync::Mutex<BTreeMap<Option<Location>, Arc<Notify>>>,
}

struct Bucket {
    tokens: f64,
    at: Instant,
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pace").finish_non_exhaustive()
    }
}

impl Pace {
    /// How many requests were sent.
    pub(crate) fn sent(&self) -> u32 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Told when an answer comes from a region, or from what belongs to none.
    pub(crate) fn answered(&self, place: Option<&Location>) -> Arc<Notify> {
        let mut all = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(place.cloned()).or_default())
    }

    /// Waits for the call's turn.
    async fn turn(&self, call: &Call) {
        let Action { service, name, rate } = call.action;
        let mut wait = self.take((call.location.clone(), service, name), *rate, 1.0).await;
        if *service == "route53" {
            wait = wait.max(self.take((None, service, ""), ROUTE53_ACCOUNT, 1.0).await);
        }
        if call.changes > 0 {
            let changes = f64::from(call.changes);
            wait = wait.max(self.take((None, service, "changes"), ROUTE53_CHANGES, changes).await);
        }
        tokio::time::sleep(wait).await;
    }

    /// Takes tokens, on credit if need be, and says how long the credit lasts.
    async fn take(&self, place: Place, rate: Rate, tokens: f64) -> Duration {
        let mut buckets = self.buckets.lock().await;
        let now = Instant::now();
        let burst = (rate.burst - SPARE).max(1.0);
        let full = || Bucket { tokens: burst, at: now };
        let bucket = buckets.entry(place).or_insert_with(full);
        let gained = (now - bucket.at).as_secs_f64() * rate.refill;
        bucket.tokens = (bucket.tokens + gained).min(burst) - tokens;
        bucket.at = now;
        Duration::from_secs_f64((-bucket.tokens).max(0.0) / rate.refill)
    }
}

/// A client whose calls keep the pace.
#[derive(Clone, Debug)]
pub(crate) struct Paced {
    pub(crate) inner: SharedHttpClient,
    pub(crate) pace: Arc<Pace>,
}

impl HttpClient for Paced {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(PacedConnector { inner, pace: Arc::clone(&self.pace) })
    }
}

#[derive(Clone, Debug)]
struct PacedConnector {
    inner: SharedHttpConnector,
    pace: Arc<Pace>,
}

impl HttpConnector for PacedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { inner, pace } = self.clone();
        HttpConnectorFuture::new(async move {
            let call = CALL.try_with(Arc::clone).ok();
            if let Some(call) = &call {
                pace.turn(call).await;
                call.sent.fetch_add(1, Ordering::Relaxed);
                pace.sent.fetch_add(1, Ordering::Relaxed);
            }
            let answer = match tokio::time::timeout(ATTEMPT_MAX, inner.call(request)).await {
                Ok(answer) => answer,
                Err(elapsed) => return Err(ConnectorError::timeout(elapsed.into())),
            };
            if let Some(call) = call.filter(|_| answer.is_ok()) {
                pace.answered(call.location.as_ref()).notify_one();
            }
            answer
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::{CHANGE_SETS, CREATE_CHECK};

    fn call(action: &'static Action, changes: u32) -> Call {
        Call { action, location: None, changes, sent: AtomicU32::new(0) }
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_free_and_then_the_rate_holds() {
        let pace = Pace::default();
        let start = Instant::now();
        for _ in 0..49 {
            pace.turn(&call(CREATE_CHECK, 0)).await;
        }
        assert!(start.elapsed() < Duration::from_millis(1));
        for _ in 0..5 {
            pace.turn(&call(CREATE_CHECK, 0)).await;
        }
        let took = start.elapsed().as_secs_f64();
        assert!((10.0..10.1).contains(&took), "five more at one in two seconds: {took}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_counts_its_changes() {
        let pace = Pace::default();
        let start = Instant::now();
        pace.turn(&call(CHANGE_SETS, 1000)).await;
        pace.turn(&call(CHANGE_SETS, 1000)).await;
        let took = start.elapsed().as_secs_f64();
        assert!((5.0..5.1).contains(&took), "501 beyond the burst at 100 a second: {took}");
    }
}
