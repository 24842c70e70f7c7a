//! One call: paced, counted, traced, and its failure in our words.

use std::error::Error;
use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_sdk_route53::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_route53::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use lifeboat_contract::{Location, ProviderError, Trace};
use tokio::time::Instant;

use crate::NAME;
use crate::action::Action;
use crate::pace::{CALL, Call};

/// Why a call failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The service says no, with a code of its own.
    Service { code: String, message: String },
    /// In the contract's words already.
    Other(ProviderError),
}

/// What calls are made with.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) trace: Option<Trace>,
}

impl Caller {
    /// Makes a call on `resource`; `changes` record sets count against the change rate.
    pub(crate) async fn call<T, E>(
        &self,
        action: &'static Action,
        location: Option<&Location>,
        (resource, changes): (&(dyn Display + Sync), u32),
        send: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, Failure>
    where
        T: RequestId,
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let sent = AtomicU32::new(0);
        let call = Arc::new(Call { action, location: location.cloned(), changes, sent });
        let since = Instant::now();
        let result = CALL.scope(Arc::clone(&call), send).await;
        let (error, request_id) = match &result {
            Ok(answer) => (None, answer.request_id()),
            Err(error) => (Some(error), error.request_id()),
        };
        if let Some(trace) = &self.trace {
            trace(&lifeboat_contract::Call {
                service: action.service,
                action: action.name,
                location: location.cloned(),
                took: since.elapsed(),
                attempts: call.sent.load(Ordering::Relaxed),
                request_id: request_id.map(str::to_owned),
                error: error.map(short),
            });
        }
        result.map_err(|error| failure(action, location, resource, error))
    }
}

fn short<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> String {
    match (error.code(), error.raw_response()) {
        (Some(code), _) => code.to_owned(),
        (None, Some(response)) => response.status().as_u16().to_string(),
        (None, None) => "no answer".to_owned(),
    }
}

fn failure<E>(
    action: &'static Action,
    location: Option<&Location>,
    resource: &(dyn Display + Sync),
    error: SdkError<E, HttpResponse>,
) -> Failure
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let status = error.raw_response().map(|response| response.status().as_u16());
    let said = |code: &str| (code.to_owned(), error.message().unwrap_or_default().to_owned());
    let endpoint = || match location {
        Some(location) => format!("{} in {location}", action.service),
        None => action.service.to_owned(),
    };
    let denied = || ProviderError::Denied {
        action: format!("{}:{}", action.service, action.name),
        resource: match location {
            Some(location) => format!("{resource} in {location}"),
            None => resource.to_string(),
        },
    };
    Failure::Other(match (error.code().map(said), status) {
        (Some((code, _)), _) if is_throttle(&code) => {
            ProviderError::Throttled { provider: NAME.to_owned() }
        }
        (Some((code, _)), _) if is_denied(&code) => denied(),
        (Some((code, message)), _) if is_identity(&code) => {
            let what = "the call with these AWS credentials".to_owned();
            ProviderError::Refused { what, why: format!("{code}: {message}") }
        }
        (None, Some(429)) => ProviderError::Throttled { provider: NAME.to_owned() },
        // Not in AWS's form, as from something on the way; but it is an answer.
        (None, Some(403)) => denied(),
        (None, Some(status @ (400..=407 | 409..=499))) => ProviderError::Refused {
            what: format!("{}:{} on {resource}", action.service, action.name),
            why: format!("status {status}, and no reason that can be read"),
        },
        (_, Some(500..)) | (None, _) if !no_credentials(&error) => {
            ProviderError::NoAnswer { endpoint: endpoint(), source: Some(Box::new(error)) }
        }
        (Some((code, message)), _) => return Failure::Service { code, message },
        (None, _) => ProviderError::Refused {
            what: "the call".to_owned(),
            why: "no AWS credentials were found; log in, or set AWS_PROFILE".to_owned(),
        },
    })
}

fn is_throttle(code: &str) -> bool {
    matches!(
        code,
        "Throttling"
            | "ThrottlingException"
            | "ThrottledException"
            | "RequestThrottled"
            | "RequestThrottledException"
            | "TooManyRequestsException"
            | "RequestLimitExceeded"
            | "PriorRequestNotComplete"
    )
}

fn is_denied(code: &str) -> bool {
    matches!(
        code,
        "AccessDenied"
            | "AccessDeniedException"
            | "UnauthorizedOperation"
            | "NotAuthorizedException"
    )
}

fn is_identity(code: &str) -> bool {
    matches!(
        code,
        "ExpiredToken"
            | "ExpiredTokenException"
            | "InvalidClientTokenId"
            | "UnrecognizedClientException"
            | "SignatureDoesNotMatch"
            | "InvalidSignatureException"
            | "IncompleteSignature"
            | "MissingAuthenticationToken"
            | "OptInRequired"
    )
}

/// Whether nothing was sent because nobody is logged in.
fn no_credentials<E: Error + 'static>(error: &SdkError<E, HttpResponse>) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<aws_credential_types::provider::error::CredentialsError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

impl Failure {
    /// The service's code, if it gave one that is not handled for all calls alike.
    pub(crate) fn code(&self) -> Option<&str> {
        match self {
            Self::Service { code, .. } => Some(code),
            Self::Other(_) => None,
        }
    }

    /// In the contract's words: what was refused, and why.
    pub(crate) fn about(self, what: &dyn Display) -> ProviderError {
        match self {
            Self::Service { code, message } => {
                let why = if message.is_empty() { code } else { format!("{message} ({code})") };
                ProviderError::Refused { what: what.to_string(), why }
            }
            Self::Other(error) => error,
        }
    }
}

impl From<ProviderError> for Failure {
    fn from(error: ProviderError) -> Self {
        Self::Other(error)
    }
}
