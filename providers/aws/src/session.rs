//! Who asks, at which pace, and who is told.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_route53::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_route53::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use lifeboat_contract::{BoxFuture, Location, ProviderError, Trace};
use tokio::sync::OnceCell;
use tokio::task::JoinSet;

use crate::action::{Action, CALLER_IDENTITY};
use crate::call::{Caller, Failure};
use crate::connect::{Clients, GLOBAL, Means};
use crate::pace::Pace;

/// A person waits for a plan: what has said nothing for so long is planned around. A place may take
/// longer in all, as one with many zones does, while answers keep coming.
const SILENCE_MAX: Duration = Duration::from_secs(10);

/// Every region knows who asks; the next one is asked, too, when one takes longer than this.
const PATIENCE: Duration = Duration::from_millis(500);

/// One identity's way to AWS. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Session(Arc<Inner>);

struct Inner {
    means: Means,
    pace: Arc<Pace>,
    caller: Caller,
    allowed_account: Option<String>,
    clients: OnceCell<Clients>,
    account: OnceCell<String>,
}

impl Session {
    pub(crate) fn new(means: Means, trace: Option<Trace>, allowed_account: Option<String>) -> Self {
        Self(Arc::new(Inner {
            means,
            pace: Arc::default(),
            caller: Caller { trace },
            allowed_account,
            clients: OnceCell::new(),
            account: OnceCell::new(),
        }))
    }

    pub(crate) fn sent(&self) -> u32 {
        self.0.pace.sent()
    }

    pub(crate) async fn clients(&self) -> &Clients {
        let make = || Clients::make(&self.0.means, &self.0.pace);
        self.0.clients.get_or_init(make).await
    }

    /// Makes a global call on `resource`. Boxed at once: what the SDK returns is large.
    pub(crate) fn call<'a, T, E>(
        &'a self,
        action: &'static Action,
        resource: &'a (dyn Display + Sync),
        changes: u32,
        send: impl Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send + 'a,
    ) -> BoxFuture<'a, Result<T, Failure>>
    where
        T: RequestId + Send + 'a,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let send = Box::pin(send);
        Box::pin(self.0.caller.call(action, None, (resource, changes), send))
    }

    /// Makes a call in one region.
    pub(crate) fn call_in<'a, T, E>(
        &'a self,
        action: &'static Action,
        location: &'a Location,
        resource: &'a (dyn Display + Sync),
        send: impl Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send + 'a,
    ) -> BoxFuture<'a, Result<T, Failure>>
    where
        T: RequestId + Send + 'a,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let send = Box::pin(send);
        Box::pin(self.0.caller.call(action, Some(location), (resource, 0), send))
    }

    /// Waits for what is read from a place, for as long as it answers anything at all.
    pub(crate) async fn while_it_answers<T>(
        &self,
        place: Option<&Location>,
        read: impl Future<Output = Result<T, ProviderError>> + Send,
    ) -> Result<T, ProviderError> {
        let answered = self.0.pace.answered(place);
        let mut read = Box::pin(read);
        loop {
            tokio::select! {
                biased;
                done = &mut read => return done,
                () = answered.notified() => {}
                () = tokio::time::sleep(SILENCE_MAX) => {
                    let name = place.map_or_else(|| "route53".to_owned(), |at| format!("ecr in {at}"));
                    let endpoint = format!("{name} for {} s", SILENCE_MAX.as_secs());
                    return Err(ProviderError::NoAnswer { endpoint, source: None });
                }
            }
        }
    }

    /// Refuses to go on with the credentials of another account than the one that is allowed. Any
    /// of these regions can tell; the loss of one is no reason not to know.
    pub(crate) async fn check_account(
        &self,
        locations: &BTreeSet<Location>,
    ) -> Result<(), ProviderError> {
        let Some(allowed) = &self.0.allowed_account else { return Ok(()) };
        let account = self.0.account.get_or_try_init(|| self.whoami(locations)).await?;
        if account == allowed {
            return Ok(());
        }
        Err(ProviderError::Refused {
            what: format!("account {account}, whose credentials are in use"),
            why: format!("only account {allowed} is allowed here (`allowed_account`)"),
        })
    }

    async fn whoami(&self, locations: &BTreeSet<Location>) -> Result<String, ProviderError> {
        let mut left: Vec<Location> = locations.iter().rev().cloned().collect();
        if left.is_empty() {
            left.extend(GLOBAL.parse());
        }
        let mut asked = JoinSet::new();
        let mut silent = None;
        loop {
            if let Some(location) = left.pop() {
                let this = self.clone();
                asked.spawn(async move { this.whoami_in(&location).await });
            }
            tokio::select! {
                answer = asked.join_next() => match answer {
                    Some(Ok(Err(error @ ProviderError::NoAnswer { .. }))) => silent = Some(error),
                    Some(Ok(answer)) => return answer,
                    Some(Err(panic)) => std::panic::resume_unwind(panic.into_panic()),
                    None => {
                        let nobody = ProviderError::NoAnswer { endpoint: "sts".to_owned(), source: None };
                        return Err(silent.unwrap_or(nobody));
                    }
                },
                () = tokio::time::sleep(PATIENCE), if !left.is_empty() => {}
            }
        }
    }

    async fn whoami_in(&self, location: &Location) -> Result<String, ProviderError> {
        let send = self.clients().await.sts(location).get_caller_identity().send();
        let answer = self.call_in(CALLER_IDENTITY, location, &"*", send).await;
        let answer = answer.map_err(|failure| failure.about(&"who is asking"))?;
        Ok(answer.account().unwrap_or_default().to_owned())
    }
}
