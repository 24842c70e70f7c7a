//! Calls, as they are shown to people who trace them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::Location;

/// Told of every call when it has ended.
pub type Trace = Arc<dyn Fn(&Call) + Send + Sync>;

/// One call to a provider's API. Carries no content and no credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The service, in the provider's words: `route53`.
    pub service: &'static str,
    /// The action, in the provider's words: `ListHostedZones`.
    pub action: &'static str,
    /// Where, for what lives in one region.
    pub location: Option<Location>,
    /// How long it took, retries and waiting for its turn included.
    pub took: Duration,
    /// How often it was sent.
    pub attempts: u32,
    /// The provider's id of the answer.
    pub request_id: Option<String>,
    /// The provider's error code, when it failed.
    pub error: Option<String>,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.service, self.action)?;
        if let Some(location) = &self.location {
            write!(f, " {location}")?;
        }
        write!(f, " {} ms", self.took.as_millis())?;
        if self.attempts > 1 {
            write!(f, ", {} attempts", self.attempts)?;
        }
        if let Some(id) = &self.request_id {
            write!(f, ", request {id}")?;
        }
        match &self.error {
            Some(error) => write!(f, ", {error}"),
            None => Ok(()),
        }
    }
}
