//! The registry's own replication: one configuration for a region, shared with whoever else writes
//! it. A rule is Lifeboat's if it is for exactly one repository; every other rule stays as it is.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ecr::types::{
    ImageIdentifier, ReplicationConfiguration, ReplicationDestination, ReplicationRule,
    ReplicationStatus, RepositoryFilter, RepositoryFilterType,
};
use lifeboat_contract::{Location, ProviderError, RepositoryName, Write};
use tokio::time::Instant;

use super::image::Place;
use super::{Ecr, arn, refused, unbuilt};
use crate::action::{DESCRIBE_REGISTRY, PUT_REPLICATION, REPLICATION_STATUS};
use crate::connect::Repeats;

/// Most images arrive within 30 minutes (Amazon ECR User Guide, "Private image replication").
const ARRIVAL_MAX: Duration = Duration::from_mins(45);

/// How long the registry may take to notice an image that was pushed.
const NOTICE_MAX: Duration = Duration::from_mins(1);

/// How often it is asked.
const PAUSE: Duration = Duration::from_secs(10);

/// A region's replication as it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    account: String,
    rules: Vec<ReplicationRule>,
}

impl Rules {
    /// Where a repository's images go by the rule that is for it alone.
    pub(super) fn of(&self, name: &RepositoryName) -> Vec<Location> {
        let ours = self.rules.iter().filter(|rule| self.is_for(rule, name));
        let destinations = ours.flat_map(ReplicationRule::destinations);
        let mut to: Vec<Location> =
            destinations.filter_map(|destination| destination.region().parse().ok()).collect();
        to.sort();
        to
    }

    fn is_for(&self, rule: &ReplicationRule, name: &RepositoryName) -> bool {
        let mut filters = rule.repository_filters().iter();
        let alone = matches!((filters.next(), filters.next()), (Some(only), None)
            if only.filter() == name.as_str());
        alone && rule.destinations().iter().all(|to| to.registry_id() == self.account)
    }
}

impl Ecr {
    /// A region's replication configuration.
    pub(super) async fn rules(&self, location: &Location) -> Result<Rules, ProviderError> {
        let client = self.session().clients().await.ecr(location, Repeats::Yes);
        let send = client.describe_registry().send();
        let answer = self.session().call_in(DESCRIBE_REGISTRY, location, &"*", send).await;
        let answer =
            answer.map_err(|failure| failure.about(&format!("the registry in {location}")))?;
        let rules = answer.replication_configuration.map(|all| all.rules);
        let account = answer.registry_id.unwrap_or_default();
        Ok(Rules { account, rules: rules.unwrap_or_default() })
    }

    /// Replaces the rule of one repository, and keeps all others.
    pub(super) async fn replicate(
        &self,
        location: &Location,
        name: &RepositoryName,
        to: &[Location],
        write: &Write,
    ) -> Result<(), ProviderError> {
        // The configuration is written whole, so two of our own must not do so at once.
        let _turn = self.0.replicating.lock().await;
        let Rules { account, rules } = self.rules(location).await?;
        let there = Rules { account: account.clone(), rules: rules.clone() };
        let mut rules: Vec<ReplicationRule> =
            rules.into_iter().filter(|rule| !there.is_for(rule, name)).collect();
        let built = || {
            let filter = RepositoryFilter::builder()
                .filter(name.as_str())
                .filter_type(RepositoryFilterType::PrefixMatch)
                .build()?;
            let mut rule = ReplicationRule::builder().repository_filters(filter);
            for region in to {
                let region = region.as_str();
                let to = ReplicationDestination::builder().region(region).registry_id(&account);
                rule = rule.destinations(to.build()?);
            }
            rule.build()
        };
        if !to.is_empty() {
            rules.push(built().map_err(|error| unbuilt(&write.key, error))?);
        }
        let whole = ReplicationConfiguration::builder().set_rules(Some(rules)).build();
        let whole = whole.map_err(|error| unbuilt(&write.key, error))?;
        let client = self.session().clients().await.ecr(location, Repeats::No);
        let send = client.put_replication_configuration().replication_configuration(whole).send();
        let answer = self.session().call_in(PUT_REPLICATION, location, &"*", send).await;
        answer.map(|_| ()).map_err(|failure| failure.about(&write.key))
    }

    /// Waits until the registry of `from` has brought an image here. Says whether it has; it does
    /// not bring what was pushed before it was told to.
    pub(super) async fn arrives(
        &self,
        place: Place<'_>,
        from: &Location,
        write: &Write,
    ) -> Result<bool, ProviderError> {
        let start = Instant::now();
        loop {
            let digest = place.digest.to_string();
            if !self.manifests(place.location, place.repository, &[digest]).await?.is_empty() {
                return Ok(true);
            }
            let status = self.status(place, from, write).await?;
            match status.get(place.location) {
                Some(ReplicationStatus::Failed) => return Ok(false),
                None if start.elapsed() >= NOTICE_MAX => return Ok(false),
                _ if start.elapsed() >= ARRIVAL_MAX => {
                    let why = format!(
                        "ECR has not brought it from {from} within {} minutes",
                        ARRIVAL_MAX.as_secs() / 60
                    );
                    return Err(refused(&write.key, why));
                }
                _ => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    async fn status(
        &self,
        place: Place<'_>,
        from: &Location,
        write: &Write,
    ) -> Result<BTreeMap<Location, ReplicationStatus>, ProviderError> {
        let client = self.session().clients().await.ecr(from, Repeats::Yes);
        let id = ImageIdentifier::builder().image_digest(place.digest.as_str()).build();
        let send = client
            .describe_image_replication_status()
            .repository_name(place.repository.as_str())
            .image_id(id)
            .send();
        let resource = arn(from, place.repository);
        let answer = self.session().call_in(REPLICATION_STATUS, from, &resource, send).await;
        let answer = answer.map_err(|failure| failure.about(&write.key))?;
        let statuses = answer
            .replication_statuses()
            .iter()
            .filter_map(|status| Some((status.region()?.parse().ok()?, status.status()?.clone())));
        Ok(statuses.collect())
    }
}
