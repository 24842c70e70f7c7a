//! Amazon Route 53 and Amazon ECR as a provider.
//!
//! Reads in bulk and writes by compare and swap: a record set is deleted by naming exactly what was
//! seen and created anew in the same atomic change. Calls keep the documented rates, so that AWS has
//! nothing to throttle. Credentials and endpoints are found the way the AWS SDK finds them, and
//! nothing of them is ever shown.
#![warn(missing_docs)]

mod action;
mod call;
mod carry;
mod connect;
mod ecr;
mod expect;
mod info;
mod marker;
mod pace;
mod permission;
mod route53;
mod session;
mod tag;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::slice;
use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use lifeboat_contract::{
    Batch, BoxFuture, Key, Lack, Lease, Location, Observation, Provider, ProviderError, Receipt,
    Scope, Stack, Trace, Unreachable, Watch, Write,
};
use tokio::task::JoinSet;

use self::carry::Carried;
pub use self::carry::Carrier;
use self::connect::Means;
use self::ecr::{Ecr, Sources};
pub use self::info::INFO;
use self::route53::Route53;
use self::session::Session;

/// The provider's name in configurations.
const NAME: &str = "aws";

/// AWS, as one identity sees it.
pub struct Aws {
    session: Session,
    route53: Route53,
    ecr: Ecr,
}

/// How AWS is reached, where it is not the usual way.
#[derive(Clone, Default)]
pub struct Options {
    /// Told of every call.
    pub trace: Option<Trace>,
    /// What paths of image layouts are relative to.
    pub folder: PathBuf,
    /// Logins for registries that images come from; ECR needs none.
    pub registries: lifeboat_oci::registry::Credentials,
    /// Carries the requests; absent for the network.
    pub carrier: Option<Carrier>,
    /// Who asks, as key id and secret; absent for whoever the environment says.
    pub keys: Option<(String, String)>,
}

impl Aws {
    /// AWS with the attributes of its `provider` block. Nothing is asked before it is needed.
    ///
    /// # Errors
    /// When an attribute has no lawful value.
    pub fn connect(
        attributes: &BTreeMap<String, String>,
        options: Options,
    ) -> Result<Self, String> {
        let allowed_account = attributes.get("allowed_account").cloned();
        if let Some(account) = &allowed_account
            && (account.len() != 12 || !account.chars().all(|c| c.is_ascii_digit()))
        {
            return Err("`allowed_account` is an account id of 12 digits".to_owned());
        }
        let Options { trace, folder, registries, carrier, keys } = options;
        let http = carrier.map(|carrier| SharedHttpClient::new(Carried(carrier)));
        let credentials =
            keys.map(|(id, secret)| Credentials::new(id, secret, None, None, "given"));
        let means = Means { profile: attributes.get("profile").cloned(), http, credentials };
        let session = Session::new(means, trace, allowed_account);
        let sources = Sources { folder, credentials: registries };
        let ecr = Ecr::new(session.clone(), sources);
        Ok(Self { route53: Route53::new(session.clone()), ecr, session })
    }

    /// How many requests were sent, repeats included.
    pub fn requests(&self) -> u32 {
        self.session.sent()
    }

    async fn observe(&self, scope: &Scope) -> Result<Observation, ProviderError> {
        let before = self.session.sent();
        self.session.check_account(&scope.locations).await?;
        let mut seen = Observation::default();
        let mut regions = JoinSet::new();
        for location in scope.locations.iter().cloned() {
            let (ecr, scope) = (self.ecr.clone(), scope.clone());
            regions.spawn(async move {
                let read = Box::pin(ecr.observe(&location, &scope)).await;
                (location, read)
            });
        }
        match Box::pin(self.route53.observe(scope)).await {
            Ok(part) => {
                seen.objects.extend(part.objects);
                seen.limits = part.limits;
            }
            Err(error) => seen.unreachable.push(dark(None, error)?),
        }
        while let Some(region) = regions.join_next().await {
            match region {
                Ok((_, Ok((objects, images)))) => {
                    seen.objects.extend(objects);
                    seen.images.extend(images);
                }
                Ok((location, Err(error))) => seen.unreachable.push(dark(Some(location), error)?),
                Err(panic) => std::panic::resume_unwind(panic.into_panic()),
            }
        }
        seen.unreachable.sort_by(|a, b| a.location.cmp(&b.location));
        seen.objects.sort_by(|a, b| a.key.cmp(&b.key));
        seen.calls = self.session.sent() - before;
        Ok(seen)
    }

    async fn commit(&self, batch: &Batch) -> Result<Receipt, ProviderError> {
        let Some(first) = batch.writes.first() else { return Ok(Receipt::default()) };
        self.session.check_account(&BTreeSet::new()).await?;
        admit(batch)?;
        match &first.key {
            Key::RecordSet { zone, .. } => self.route53.commit_sets(zone, batch).await,
            Key::Zone { name } => self.route53.commit_zone(name, batch, first).await,
            Key::HealthCheck { .. } | Key::ForeignCheck { .. } => {
                Box::pin(self.route53.commit_check(batch, first)).await
            }
            Key::Repository { location, name } => {
                self.ecr.commit_repository(location, name, batch, first).await
            }
            Key::ImageCopy { .. } => {
                let unwatched: Watch = Arc::new(|_, _| ());
                let ended = Box::pin(self.ecr.commit_images(slice::from_ref(batch), &unwatched));
                ended.await.pop().unwrap_or_else(|| Ok(Receipt::default()))
            }
        }
    }

    async fn copy(&self, batches: &[Batch], watch: Watch) -> Vec<Result<Receipt, ProviderError>> {
        let lawful = |batch: &Batch| {
            let key = batch.writes.first().map(|write| &write.key);
            matches!(key, Some(Key::ImageCopy { .. })) && admit(batch).is_ok()
        };
        let account = self.session.check_account(&BTreeSet::new()).await;
        if account.is_ok() && batches.iter().all(lawful) {
            return Box::pin(self.ecr.commit_images(batches, &watch)).await;
        }
        // Each is refused for its own reason.
        let mut ended = Vec::with_capacity(batches.len());
        for batch in batches {
            ended.push(self.commit(batch).await);
        }
        ended
    }
}

impl Provider for Aws {
    fn name(&self) -> &'static str {
        NAME
    }

    fn observe<'a>(
        &'a self,
        scope: &'a Scope,
    ) -> BoxFuture<'a, Result<Observation, ProviderError>> {
        Box::pin(self.observe(scope))
    }

    fn commit<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Result<Receipt, ProviderError>> {
        Box::pin(self.commit(batch))
    }

    fn lacking<'a>(&'a self, copies: &'a [Write]) -> BoxFuture<'a, Vec<Option<Lack>>> {
        Box::pin(self.ecr.lacking(copies))
    }

    fn copy<'a>(
        &'a self,
        batches: &'a [Batch],
        watch: Watch,
    ) -> BoxFuture<'a, Vec<Result<Receipt, ProviderError>>> {
        Box::pin(self.copy(batches, watch))
    }

    fn settle<'a>(&'a self, receipt: &'a Receipt) -> BoxFuture<'a, Result<(), ProviderError>> {
        Box::pin(async move {
            match &receipt.pending {
                Some(change) => self.route53.settle(change).await,
                None => Ok(()),
            }
        })
    }

    /// AWS has no lock to take; writers are kept apart by compare and swap.
    fn lease(&self, _stack: &Stack) -> Result<Lease, ProviderError> {
        Ok(Lease::open())
    }
}

/// What did not answer is named; every other failure ends the reading.
fn dark(location: Option<Location>, error: ProviderError) -> Result<Unreachable, ProviderError> {
    let ProviderError::NoAnswer { endpoint, .. } = error else { return Err(error) };
    Ok(Unreachable { location, why: format!("no answer from {endpoint}") })
}

/// Whether the batch has the form that the contract asks for.
fn admit(batch: &Batch) -> Result<(), ProviderError> {
    let mut keys = BTreeSet::new();
    for write in &batch.writes {
        if !keys.insert(&write.key) {
            return Err(refused(write, "the batch writes it twice"));
        }
        let together = matches!(write.key, Key::RecordSet { .. })
            && batch.writes[0].key.zone() == write.key.zone();
        if batch.writes.len() > 1 && !together {
            let why = "a batch holds record sets of one zone, or one write of any kind";
            return Err(refused(write, why));
        }
        let Some(wanted) = &write.then else { continue };
        if wanted.spec.kind() != write.key.kind() {
            return Err(refused(write, format!("it cannot hold a {}", wanted.spec.kind())));
        }
        if wanted.mark.as_ref().is_some_and(|mark| mark.stack != batch.stack) {
            return Err(refused(write, "its mark names another stack than the batch"));
        }
    }
    Ok(())
}

fn refused(write: &Write, why: impl Into<String>) -> ProviderError {
    ProviderError::Refused { what: write.key.to_string(), why: why.into() }
}
