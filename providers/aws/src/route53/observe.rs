//! Reading: one bulk listing for each zone, and one for all checks. Never a call for a single set.

use std::collections::BTreeMap;

use aws_sdk_route53::types::{
    AccountLimitType, HealthCheck as RawCheck, HostedZone, HostedZoneLimitType, ResourceRecordSet,
    Tag, TagResourceType,
};
use lifeboat_contract::{
    CheckReference, Depth, Limits, Network, Object, ProviderError, Scope, SpecHash,
    Zone as ZoneSpec, ZoneName,
};
use tokio::task::JoinSet;

use super::check::HeldCheck;
use super::understand::{select, understand_zone, zone_mark};
use super::{Checks, HeldZone, Route53, bare};
use crate::action::{
    ACCOUNT_LIMIT, GET_ZONE, LIST_CHECKS, LIST_SETS, LIST_TAGS, LIST_ZONES, ZONE_LIMIT,
};
use crate::tag;

/// Items on a page of record sets, of checks and of zones: the most that AWS gives.
const SETS_PAGE: i32 = 300;
const PAGE: i32 = 100;

/// Resources whose tags one call lists.
const TAGS_PAGE: usize = 10;

/// The default quotas (Route 53 Developer Guide, "Quotas"); both can be raised.
const SETS_MAX: u64 = 10_000;
const CHECKS_MAX: u64 = 200;

/// What was read of Route 53.
#[derive(Debug, Default)]
pub(crate) struct Part {
    pub(crate) objects: Vec<Object>,
    pub(crate) limits: Limits,
}

type Tags = BTreeMap<String, BTreeMap<String, String>>;

impl Route53 {
    /// Reads the zones of the scope whole, and what else the stack owns.
    pub(crate) async fn observe(&self, scope: &Scope) -> Result<Part, ProviderError> {
        self.session().while_it_answers(None, Box::pin(self.read(scope))).await
    }

    async fn read(&self, scope: &Scope) -> Result<Part, ProviderError> {
        let (zones, checks) = tokio::try_join!(self.list_zones(), self.list_checks())?;
        let there: u64 = checks.len().try_into().unwrap_or(u64::MAX);
        let checks = self.understand_checks(checks, scope.depth == Depth::Marks).await?;
        self.checks(|held| held.clone_from(&checks));
        let mut objects: Vec<Object> = checks
            .by_id
            .values()
            .filter_map(|check| check.object(|id| checks.of(id)))
            .filter(|object| object.mark.as_ref().is_none_or(|mark| mark.stack == scope.stack))
            .collect();
        let mut limits = Limits::default();
        let wanted = select(zones, scope);
        let ids: Vec<String> = wanted.values().map(|zone| bare(zone.id()).to_owned()).collect();
        let tags = self.tags(TagResourceType::Hostedzone, &ids).await?;
        let mut reads = JoinSet::new();
        for (name, raw) in wanted {
            let (this, tags, scope) = (self.clone(), tags.clone(), scope.clone());
            reads.spawn(async move { this.read_zone(name, &raw, &tags, &scope).await });
        }
        while let Some(read) = reads.join_next().await {
            let (name, part, limit) = match read {
                Ok(read) => read?,
                Err(panic) => std::panic::resume_unwind(panic.into_panic()),
            };
            objects.extend(part);
            limits.sets.insert(name, limit);
        }
        let declared = u64::try_from(scope.checks).unwrap_or(u64::MAX);
        let most = if there.saturating_add(declared) > CHECKS_MAX {
            self.checks_limit().await?
        } else {
            CHECKS_MAX
        };
        limits.checks = Some((most, there));
        Ok(Part { objects, limits })
    }

    async fn read_zone(
        &self,
        name: ZoneName,
        raw: &HostedZone,
        tags: &Tags,
        scope: &Scope,
    ) -> Result<(ZoneName, Vec<Object>, u64), ProviderError> {
        let shared = self.zone(&name);
        let mut slot = shared.lock().await;
        let zone = self.read_whole(&name, raw, tags).await?;
        let declared = scope.zones.get(&name).copied().unwrap_or_default();
        let declared = u64::try_from(declared).unwrap_or(u64::MAX);
        // A plain set brings its mark along, which is a set, too.
        let limit = if zone.count.saturating_add(declared.saturating_mul(2)) > SETS_MAX {
            self.sets_limit(&zone.id).await?
        } else {
            SETS_MAX
        };
        let mut objects = vec![zone.object(&name)];
        objects.extend(zone.sets.values().map(|(_, object)| object.clone()));
        let hidden = zone.count.saturating_sub(zone.sets.len().try_into().unwrap_or(u64::MAX));
        *slot = Some(zone);
        Ok((name, objects, limit.saturating_sub(hidden)))
    }

    /// A zone with all that it holds.
    pub(super) async fn read_whole(
        &self,
        name: &ZoneName,
        raw: &HostedZone,
        tags: &Tags,
    ) -> Result<HeldZone, ProviderError> {
        let id = bare(raw.id()).to_owned();
        let sets = self.list_sets(name, &id).await?;
        let networks = if name.private { self.networks(name, &id).await? } else { Vec::new() };
        let comment = raw.config().and_then(|config| config.comment());
        let comment = comment.filter(|text| !text.is_empty()).map(str::to_owned);
        let spec = ZoneSpec { comment, networks };
        let mark = zone_mark(raw.caller_reference(), tags.get(&id), &spec);
        let checks = self.checks(|checks| checks.clone());
        Ok(understand_zone(HeldZone::empty(id, spec, mark), name, sets, &checks))
    }

    /// The zones by name, with their raw form. A name that is there twice cannot be told apart.
    pub(super) async fn list_zones(&self) -> Result<Vec<HostedZone>, ProviderError> {
        let client = &self.session().clients().await.route53;
        let mut zones = Vec::new();
        let mut marker = None;
        loop {
            let send = client.list_hosted_zones().set_marker(marker).max_items(PAGE).send();
            let page = self.session().call(LIST_ZONES, &"*", 0, send).await;
            let page = page.map_err(|failure| failure.about(&"the list of zones"))?;
            zones.extend(page.hosted_zones);
            marker = page.next_marker.filter(|_| page.is_truncated);
            if marker.is_none() {
                return Ok(zones);
            }
        }
    }

    async fn list_checks(&self) -> Result<Vec<RawCheck>, ProviderError> {
        let client = &self.session().clients().await.route53;
        let mut checks = Vec::new();
        let mut marker = None;
        loop {
            let send = client.list_health_checks().set_marker(marker).max_items(PAGE).send();
            let page = self.session().call(LIST_CHECKS, &"*", 0, send).await;
            let page = page.map_err(|failure| failure.about(&"the list of health checks"))?;
            checks.extend(page.health_checks);
            marker = page.next_marker.filter(|_| page.is_truncated);
            if marker.is_none() {
                return Ok(checks);
            }
        }
    }

    /// All checks, read again.
    pub(super) async fn refresh_checks(&self) -> Result<(), ProviderError> {
        let raw = self.list_checks().await?;
        let checks = self.understand_checks(raw, false).await?;
        self.checks(|held| *held = checks);
        Ok(())
    }

    /// Whose each check is: what its `CallerReference` says, or for others its tags. The hash of
    /// what was last applied is in the tags, too.
    async fn understand_checks(
        &self,
        raw: Vec<RawCheck>,
        exact: bool,
    ) -> Result<Checks, ProviderError> {
        let others = raw.iter().filter(|check| {
            let ours = super::check::reference(check.caller_reference()).is_some();
            (exact || !ours) && check.linked_service().is_none()
        });
        let others: Vec<String> = others.map(|check| check.id().to_owned()).collect();
        let tags = self.tags(TagResourceType::Healthcheck, &others).await?;
        let mut checks = Checks { whole: true, ..Checks::default() };
        for check in &raw {
            let of = |name: &str| tags.get(check.id()).and_then(|tags| tags.get(name));
            let adopted: Option<CheckReference> =
                of(tag::REFERENCE).and_then(|text| text.parse().ok());
            if let Some(held) = HeldCheck::of(check, adopted) {
                let applied = of(tag::SPEC).filter(|_| exact).map(|hash| SpecHash::read(hash));
                checks.put(HeldCheck { applied, ..held });
            }
        }
        Ok(checks)
    }

    pub(super) async fn list_sets(
        &self,
        zone: &ZoneName,
        id: &str,
    ) -> Result<Vec<ResourceRecordSet>, ProviderError> {
        let client = &self.session().clients().await.route53;
        let mut sets = Vec::new();
        let (mut name, mut rtype, mut identifier) = (None, None, None);
        loop {
            let send = client
                .list_resource_record_sets()
                .hosted_zone_id(id)
                .max_items(SETS_PAGE)
                .set_start_record_name(name)
                .set_start_record_type(rtype)
                .set_start_record_identifier(identifier)
                .send();
            let page = self.session().call(LIST_SETS, &zone_arn(id), 0, send).await;
            let page =
                page.map_err(|failure| failure.about(&format!("the records of zone {zone}")))?;
            sets.extend(page.resource_record_sets);
            if !page.is_truncated {
                return Ok(sets);
            }
            name = page.next_record_name;
            rtype = page.next_record_type;
            identifier = page.next_record_identifier;
        }
    }

    async fn networks(&self, zone: &ZoneName, id: &str) -> Result<Vec<Network>, ProviderError> {
        let client = &self.session().clients().await.route53;
        let send = client.get_hosted_zone().id(id).send();
        let answer = self.session().call(GET_ZONE, &zone_arn(id), 0, send).await;
        let answer = answer.map_err(|failure| failure.about(&format!("zone {zone}")))?;
        let mut networks: Vec<Network> = answer
            .vpcs()
            .iter()
            .filter_map(|vpc| {
                let location = vpc.vpc_region()?.as_str().parse().ok()?;
                Some(Network { location, id: vpc.vpc_id()?.to_owned() })
            })
            .collect();
        networks.sort();
        Ok(networks)
    }

    /// The tags of resources, by id.
    pub(super) async fn tags(
        &self,
        kind: TagResourceType,
        ids: &[String],
    ) -> Result<Tags, ProviderError> {
        let client = &self.session().clients().await.route53;
        let mut tags = Tags::new();
        for some in ids.chunks(TAGS_PAGE) {
            let send = client
                .list_tags_for_resources()
                .resource_type(kind.clone())
                .set_resource_ids(Some(some.to_vec()))
                .send();
            let what = format!("arn:aws:route53:::{kind}/*");
            let answer = self.session().call(LIST_TAGS, &what, 0, send).await;
            let answer = answer.map_err(|failure| failure.about(&"tags"))?;
            for set in answer.resource_tag_sets {
                let pairs = set.tags().iter().filter_map(pair).collect();
                tags.insert(set.resource_id.unwrap_or_default(), pairs);
            }
        }
        Ok(tags)
    }

    async fn sets_limit(&self, id: &str) -> Result<u64, ProviderError> {
        let client = &self.session().clients().await.route53;
        let kind = HostedZoneLimitType::MaxRrsetsByZone;
        let send = client.get_hosted_zone_limit().hosted_zone_id(id).r#type(kind).send();
        let answer = self.session().call(ZONE_LIMIT, &zone_arn(id), 0, send).await;
        let answer = answer.map_err(|failure| failure.about(&"the quota of a zone"))?;
        let limit = answer.limit().and_then(|limit| u64::try_from(limit.value()).ok());
        Ok(limit.unwrap_or(SETS_MAX))
    }

    async fn checks_limit(&self) -> Result<u64, ProviderError> {
        let client = &self.session().clients().await.route53;
        let kind = AccountLimitType::MaxHealthChecksByOwner;
        let send = client.get_account_limit().r#type(kind).send();
        let answer = self.session().call(ACCOUNT_LIMIT, &"*", 0, send).await;
        let answer = answer.map_err(|failure| failure.about(&"the quota of health checks"))?;
        let limit = answer.limit().and_then(|limit| u64::try_from(limit.value()).ok());
        Ok(limit.unwrap_or(CHECKS_MAX))
    }
}

pub(super) fn zone_arn(id: &str) -> String {
    format!("arn:aws:route53:::hostedzone/{id}")
}

fn pair(tag: &Tag) -> Option<(String, String)> {
    Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned()))
}
