//! Who asks, at which pace, and who is told.

use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;

use aws_sdk_route53::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_route53::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use lifeboat_contract::{BoxFuture, Location, ProviderError, Trace};
use tokio::sync::OnceCell;

use crate::action::{Action, CALLER_IDENTITY};
use crate::call::{Caller, Failure};
use crate::connect::{Clients, Means};
use crate::pace::Pace;

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

    /// Refuses to go on with the credentials of another account than the one that is allowed.
    pub(crate) async fn check_account(&self) -> Result<(), ProviderError> {
        let Some(allowed) = &self.0.allowed_account else { return Ok(()) };
        let account = self.0.account.get_or_try_init(|| self.whoami()).await?;
        if account == allowed {
            return Ok(());
        }
        Err(ProviderError::Refused {
            what: format!("account {account}, whose credentials are in use"),
            why: format!("only account {allowed} is allowed here (`allowed_account`)"),
        })
    }

    async fn whoami(&self) -> Result<String, ProviderError> {
        let send = self.clients().await.sts.get_caller_identity().send();
        let answer = self.call(CALLER_IDENTITY, &"*", 0, send).await;
        let answer = answer.map_err(|failure| failure.about(&"who is asking"))?;
        Ok(answer.account().unwrap_or_default().to_owned())
    }
}
