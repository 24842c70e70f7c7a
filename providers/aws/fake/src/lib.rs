//! A strict stand-in for the Route 53 and Amazon ECR APIs, for tests.
//!
//! It speaks their wire formats, keeps state, and refuses what AWS refuses. All time is tokio's, so
//! tests with a paused clock wait for nothing. Nothing here verifies a signature: a request only has
//! to carry one, as it names the service and the region that are meant.

mod answer;
mod bucket;
mod call;
mod clock;
mod cloud;
mod ecr;
mod fault;
mod identity;
mod registry;
mod reply;
mod request;
mod route53;
#[cfg(feature = "serve")]
mod serve;
mod settings;
mod tagging;
mod xml;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use call::Call;
pub use fault::{Fault, FaultKind};
pub use settings::Settings;

use cloud::Cloud;

/// An AWS account with its services. Cheap to clone; all clones are one cloud.
#[derive(Clone)]
pub struct Fake {
    cloud: Arc<Mutex<Cloud>>,
}

/// What came back for a request.
#[derive(Debug)]
pub enum Answer {
    /// A whole answer.
    Response(http::Response<Vec<u8>>),
    /// The connection was lost before an answer came.
    Cut,
    /// Nobody will ever answer; the caller has to give up by itself.
    Hangs,
}

/// The name under which [`Fake::cut`] knows the endpoints that belong to no region: Route 53's.
pub const GLOBAL: &str = "aws-global";

impl Fake {
    /// An empty account; `account` is its twelve digits.
    pub fn new(account: &str) -> Self {
        Self { cloud: Arc::new(Mutex::new(Cloud::new(account))) }
    }

    /// Answers one HTTP request, after as much virtual time as it takes.
    pub async fn answer(&self, request: http::Request<Vec<u8>>) -> Answer {
        answer::answer(self, request).await
    }

    /// Every request that arrived since the last [`Fake::forget_calls`], in order.
    pub fn calls(&self) -> Vec<Call> {
        self.cloud().calls.all()
    }

    /// Empties the list of [`Fake::calls`].
    pub fn forget_calls(&self) {
        self.cloud().calls.forget();
    }

    /// Queues a fault. It is used once, by the first request that matches after `skip` others did.
    pub fn inject(&self, fault: Fault) {
        self.cloud().faults.push(fault);
    }

    /// Takes back the faults that were not used.
    pub fn forget_faults(&self) {
        self.cloud().faults.clear();
    }

    /// From now on the region's endpoints hang. [`GLOBAL`] stands for those outside regions.
    pub fn cut(&self, region: &str) {
        self.cloud().cut.insert(region.to_owned());
    }

    /// Undoes [`Fake::cut`].
    pub fn heal(&self, region: &str) {
        self.cloud().cut.remove(region);
    }

    /// Changes the settings of the account.
    pub fn settings(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.cloud().settings);
    }

    /// Answers plain HTTP/1.1 on a socket, until the task is dropped.
    #[cfg(feature = "serve")]
    pub async fn serve(self, listener: tokio::net::TcpListener) {
        serve::serve(self, listener).await;
    }

    fn cloud(&self) -> MutexGuard<'_, Cloud> {
        // A test that panicked while it held the lock has failed already; others may go on.
        self.cloud.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
