//! The record of what arrived.

use tokio::time::Instant;

use crate::request::{self, Target};

/// A request that arrived, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The service in the credential scope; the image data plane is `registry`.
    pub service: String,
    /// The action, as in `ListHostedZones`.
    pub action: String,
    /// The region in the credential scope.
    pub region: String,
    /// The HTTP status; 0 when the connection was cut or hung, or while the answer is on its way.
    pub status: u16,
    /// AWS's code of the error.
    pub code: Option<String>,
    /// When it arrived.
    pub at: Instant,
}

impl Call {
    /// The permission that it took, as policies call it.
    pub fn permission(&self) -> String {
        request::permission(&self.service, &self.action)
    }
}

/// Names a call of [`Calls`], also after others were forgotten.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ticket(usize);

pub(crate) struct Calls {
    forgotten: usize,
    kept: Vec<Call>,
}

impl Calls {
    pub(crate) fn new() -> Self {
        Self { forgotten: 0, kept: Vec::new() }
    }

    pub(crate) fn all(&self) -> Vec<Call> {
        self.kept.clone()
    }

    pub(crate) fn forget(&mut self) {
        self.forgotten += self.kept.len();
        self.kept.clear();
    }

    pub(crate) fn arrived(&mut self, target: &Target, at: Instant) -> Ticket {
        self.kept.push(Call {
            service: target.service.clone(),
            action: target.action.clone(),
            region: target.region.clone(),
            status: 0,
            code: None,
            at,
        });
        Ticket(self.forgotten + self.kept.len() - 1)
    }

    pub(crate) fn answered(&mut self, ticket: Ticket, status: u16, code: Option<String>) {
        let place = ticket.0.checked_sub(self.forgotten);
        if let Some(call) = place.and_then(|place| self.kept.get_mut(place)) {
            call.status = status;
            call.code = code;
        }
    }
}
