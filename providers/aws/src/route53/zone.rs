//! Writing hosted zones.

use std::collections::BTreeSet;

use aws_sdk_route53::types::{
    Change, ChangeAction, ChangeBatch, HostedZone, HostedZoneConfig, TagResourceType, Vpc,
    VpcRegion,
};
use lifeboat_contract::{
    Batch, Mark, Network, Object, ProviderError, Receipt, Spec, Wanted, Write, Zone, ZoneName,
};

use super::observe::zone_arn;
use super::understand::zone_name;
use super::{HeldZone, Route53, bare, refused, unbuilt, wire};
use crate::action::{ASSOCIATE, CHANGE_SETS, COMMENT_ZONE, CREATE_ZONE, DELETE_ZONE, DISASSOCIATE};
use crate::expect::{fits, is_done, stale};
use crate::tag;

/// How many zones of one name may have been deleted before a new one gets no reference any more.
const TRIES_MAX: u32 = 100;

impl Route53 {
    pub(crate) async fn commit_zone(
        &self,
        name: &ZoneName,
        batch: &Batch,
        write: &Write,
    ) -> Result<Receipt, ProviderError> {
        let shared = self.zone(name);
        let mut slot = shared.lock().await;
        *slot = self.find_zone(name).await?;
        let found = slot.as_ref().map(|zone| zone.object(name));
        if !fits(write, found.as_ref()) {
            let done = batch.repeated && is_done(write, found.as_ref());
            let half = batch.repeated && write.expect.is_none() && is_ours(write, found.as_ref());
            if done {
                return Ok(receipt(found.and_then(|object| object.id), None));
            }
            if !half {
                return Err(stale(write, found));
            }
        }
        match (slot.take(), &write.then) {
            (None, None) => Ok(receipt(None, None)),
            (Some(zone), None) => self.delete_zone(name, &zone, write).await,
            (None, Some(wanted)) => {
                let spec = zone_spec(name, write, wanted)?;
                let (id, pending) = self.create_zone(name, write, wanted, spec).await?;
                let first: BTreeSet<&Network> = spec.networks.iter().take(1).collect();
                self.associate(&id, write, &first, spec).await?;
                self.mark_zone(&id, write, wanted.mark.as_ref()).await?;
                Ok(receipt(Some(id), pending))
            }
            (Some(zone), Some(wanted)) => {
                let spec = zone_spec(name, write, wanted)?;
                if zone.spec.comment != spec.comment {
                    self.comment_zone(&zone.id, write, spec).await?;
                }
                let there: BTreeSet<&Network> = zone.spec.networks.iter().collect();
                self.associate(&zone.id, write, &there, spec).await?;
                self.mark_zone(&zone.id, write, wanted.mark.as_ref()).await?;
                Ok(receipt(Some(zone.id), None))
            }
        }
    }

    /// A zone by its name, with all that it holds.
    pub(super) async fn find_zone(
        &self,
        name: &ZoneName,
    ) -> Result<Option<HeldZone>, ProviderError> {
        let zones = self.list_zones().await?;
        let Some(raw) = zones.iter().find(|raw| zone_name(raw).as_ref() == Some(name)) else {
            return Ok(None);
        };
        let ids = [bare(raw.id()).to_owned()];
        let tags = self.tags(TagResourceType::Hostedzone, &ids).await?;
        match self.read_whole(name, raw, &tags).await {
            Ok(zone) => Ok(Some(zone)),
            // It went while it was read.
            Err(ProviderError::Refused { why, .. }) if why.contains("NoSuchHostedZone") => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn create_zone(
        &self,
        name: &ZoneName,
        write: &Write,
        wanted: &Wanted,
        spec: &Zone,
    ) -> Result<(String, Option<String>), ProviderError> {
        let client = &self.session().clients().await.route53_once;
        let stack = wanted.mark.as_ref().map(|mark| mark.stack.to_string());
        let stack = stack.ok_or_else(|| refused(&write.key, "a zone is made with a mark"))?;
        let digest = write.address.digest();
        for number in 0..TRIES_MAX {
            let config = HostedZoneConfig::builder()
                .private_zone(name.private)
                .comment(spec.comment.clone().unwrap_or_default())
                .build();
            let send = client
                .create_hosted_zone()
                .name(wire::written_name(&name.name))
                .caller_reference(format!("lifeboat:{stack}:{digest}:{number}"))
                .hosted_zone_config(config)
                .set_vpc(spec.networks.first().map(vpc))
                .send();
            match self.session().call(CREATE_ZONE, &"*", 0, send).await {
                Ok(answer) => {
                    let made: Option<&HostedZone> = answer.hosted_zone();
                    let id = made.map(|zone| bare(zone.id()).to_owned());
                    let id =
                        id.ok_or_else(|| refused(&write.key, "Route 53 did not say what it made"))?;
                    let pending = answer.change_info().map(|info| bare(info.id()).to_owned());
                    return Ok((id, pending));
                }
                // A zone that is deleted had this reference.
                Err(failure) if failure.code() == Some("HostedZoneAlreadyExists") => {}
                Err(failure) => return Err(failure.about(&write.key)),
            }
        }
        Err(refused(&write.key, "too many zones of this name were made and deleted before it"))
    }

    async fn comment_zone(
        &self,
        id: &str,
        write: &Write,
        spec: &Zone,
    ) -> Result<(), ProviderError> {
        let client = &self.session().clients().await.route53_once;
        let send = client.update_hosted_zone_comment().id(id).set_comment(spec.comment.clone());
        let answer = self.session().call(COMMENT_ZONE, &zone_arn(id), 0, send.send()).await;
        answer.map(|_| ()).map_err(|failure| failure.about(&write.key))
    }

    /// Lets the networks of `spec` see the zone, and no others. New ones first: the last cannot go.
    async fn associate(
        &self,
        id: &str,
        write: &Write,
        there: &BTreeSet<&Network>,
        spec: &Zone,
    ) -> Result<(), ProviderError> {
        let client = &self.session().clients().await.route53_once;
        let wanted: BTreeSet<&Network> = spec.networks.iter().collect();
        for network in wanted.difference(there) {
            let send = client.associate_vpc_with_hosted_zone().hosted_zone_id(id);
            let send = send.vpc(vpc(network)).send();
            let answer = self.session().call(ASSOCIATE, &zone_arn(id), 0, send).await;
            match answer {
                Err(failure) if failure.code() != Some("ConflictingDomainExists") => {
                    return Err(failure.about(&write.key));
                }
                Ok(_) | Err(_) => {}
            }
        }
        for network in there.difference(&wanted) {
            let send = client.disassociate_vpc_from_hosted_zone().hosted_zone_id(id);
            let send = send.vpc(vpc(network)).send();
            let answer = self.session().call(DISASSOCIATE, &zone_arn(id), 0, send).await;
            answer.map_err(|failure| failure.about(&write.key))?;
        }
        Ok(())
    }

    async fn mark_zone(
        &self,
        id: &str,
        write: &Write,
        mark: Option<&Mark>,
    ) -> Result<(), ProviderError> {
        let done = match mark {
            Some(mark) => {
                let tags = [(tag::STACK, mark.stack.as_str()), (tag::SPEC, mark.spec.as_str())];
                self.change_tags(TagResourceType::Hostedzone, id, &tags, &[]).await
            }
            // An empty owner says that whoever made it has let go of it.
            None => {
                let released = [(tag::STACK, "")];
                self.change_tags(TagResourceType::Hostedzone, id, &released, &[tag::SPEC]).await
            }
        };
        done.map_err(|failure| failure.about(&write.key))
    }

    async fn delete_zone(
        &self,
        name: &ZoneName,
        zone: &HeldZone,
        write: &Write,
    ) -> Result<Receipt, ProviderError> {
        let client = &self.session().clients().await.route53_once;
        let housekeeping = 2;
        let held = zone.count.saturating_sub(housekeeping);
        if held > zone.marks.len() as u64 {
            return Err(refused(&write.key, format!("it still holds {held} record sets")));
        }
        // Marks whose sets somebody else deleted.
        if !zone.marks.is_empty() {
            let changes: Result<Vec<Change>, _> = zone
                .marks
                .values()
                .map(|raw| {
                    let change = Change::builder().action(ChangeAction::Delete);
                    change.resource_record_set(raw.clone()).build()
                })
                .collect();
            let changes =
                changes.and_then(|all| ChangeBatch::builder().set_changes(Some(all)).build());
            let changes = changes.map_err(|error| unbuilt(name, error))?;
            let count = u32::try_from(zone.marks.len()).unwrap_or(u32::MAX);
            let send = client.change_resource_record_sets().hosted_zone_id(&zone.id);
            let send = send.change_batch(changes).send();
            let answer = self.session().call(CHANGE_SETS, &zone_arn(&zone.id), count, send).await;
            answer.map_err(|failure| failure.about(&write.key))?;
        }
        let send = client.delete_hosted_zone().id(&zone.id).send();
        match self.session().call(DELETE_ZONE, &zone_arn(&zone.id), 0, send).await {
            Ok(_) => Ok(receipt(None, None)),
            Err(failure) if failure.code() == Some("NoSuchHostedZone") => Err(stale(write, None)),
            Err(failure) => Err(failure.about(&write.key)),
        }
    }
}

fn vpc(network: &Network) -> Vpc {
    Vpc::builder()
        .vpc_region(VpcRegion::from(network.location.as_str()))
        .vpc_id(&network.id)
        .build()
}

fn zone_spec<'w>(
    name: &ZoneName,
    write: &Write,
    wanted: &'w Wanted,
) -> Result<&'w Zone, ProviderError> {
    let Spec::Zone(spec) = &wanted.spec else {
        return Err(refused(&write.key, "a zone holds nothing else"));
    };
    if name.private == spec.networks.is_empty() {
        let why = "a private zone is seen from at least one network, and a public one from all";
        return Err(refused(&write.key, why));
    }
    Ok(spec)
}

/// Whether what is there was made by this stack: a create that was interrupted before its end.
fn is_ours(write: &Write, found: Option<&Object>) -> bool {
    let wanted = write.then.as_ref().and_then(|wanted| wanted.mark.as_ref());
    let there = found.and_then(|object| object.mark.as_ref());
    matches!((wanted, there), (Some(wanted), Some(there)) if wanted.stack == there.stack)
}

fn receipt(id: Option<String>, pending: Option<String>) -> Receipt {
    Receipt { ids: vec![id], pending, bytes: 0 }
}
