//! Faults that a test orders in advance.

use std::time::Duration;

use crate::request::Target;

/// A fault for the first request that matches, after `skip` others did. `None` matches everything.
#[derive(Debug, Clone)]
pub struct Fault {
    /// The service in the credential scope, as in `route53`; the image data plane is `registry`.
    pub service: Option<String>,
    /// The action, as in `ChangeResourceRecordSets`.
    pub action: Option<String>,
    /// The region in the credential scope.
    pub region: Option<String>,
    /// How many matching requests pass first.
    pub skip: usize,
    /// What happens.
    pub kind: FaultKind,
}

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// Refused for the rate of requests. Nothing is carried out.
    Throttle,
    /// Answered with this status. Nothing is carried out.
    Status(u16),
    /// The connection is lost before anything is carried out.
    CutBefore,
    /// Carried out; then the connection is lost.
    CutAfter,
    /// Carried out, but only after this time.
    Delay(Duration),
    /// Refused for want of rights.
    Denied,
}

impl Fault {
    fn matches(&self, target: &Target) -> bool {
        let fits =
            |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|w| w == found);
        fits(&self.service, &target.service)
            && fits(&self.action, &target.action)
            && fits(&self.region, &target.region)
    }
}

/// Takes the fault that this request runs into, if any.
pub(crate) fn take(faults: &mut Vec<Fault>, target: &Target) -> Option<FaultKind> {
    for at in 0..faults.len() {
        if !faults[at].matches(target) {
            continue;
        }
        if faults[at].skip == 0 {
            return Some(faults.remove(at).kind);
        }
        faults[at].skip -= 1;
    }
    None
}
