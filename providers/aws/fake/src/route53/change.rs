//! Changes of record sets, and how far they have come.

use std::time::Duration;

use tokio::time::Instant;

use super::record::Sets;
use super::rules::Surroundings;
use super::{Action, CHANGE_TAKES, batch, no_check, no_zone, read, reply};
use crate::answer::throttled;
use crate::bucket::{Demand, Rate};
use crate::cloud::Cloud;
use crate::reply::{Protocol, Refusal, Reply};
use crate::request::Request;
use crate::xml::Xml;

const THROUGHPUT: Rate = Rate { burst: 1_500.0, refill: 100.0 };

/// A change on its way to the name servers.
#[derive(Debug, Clone)]
pub(super) struct Info {
    id: String,
    submitted: String,
    in_sync_at: Instant,
    comment: Option<String>,
}

impl Info {
    pub(super) fn begin(cloud: &mut Cloud, comment: Option<String>) -> Self {
        let info = Self {
            id: cloud.fresh_id('C'),
            submitted: cloud.date(),
            in_sync_at: Instant::now() + cloud.settings.sync_after,
            comment,
        };
        cloud.route53.changes.insert(info.id.clone(), info.clone());
        info
    }

    pub(super) fn write(&self, xml: &mut Xml) {
        let in_sync = Instant::now() >= self.in_sync_at;
        xml.element("ChangeInfo", |xml| {
            xml.leaf("Id", format!("/change/{}", self.id));
            xml.leaf("Status", if in_sync { "INSYNC" } else { "PENDING" });
            xml.leaf("SubmittedAt", &self.submitted);
            xml.optional("Comment", self.comment.as_ref());
        });
    }
}

/// Carries the batch out at once, then keeps the zone busy for the time that the answer takes: a
/// caller that gives up waiting finds the batch carried out.
pub(super) fn change(
    cloud: &mut Cloud,
    zone: &str,
    request: &Request,
) -> (Result<Reply, Refusal>, Duration) {
    let now = Instant::now();
    let Some(found) = cloud.route53.zones.get_mut(zone) else {
        return (Err(no_zone(zone)), Duration::ZERO);
    };
    if found.busy_until.is_some_and(|until| now < until) {
        let message =
            "The request was rejected because Route 53 was still processing a prior request.";
        return (Err(Refusal::new(400, "PriorRequestNotComplete", message)), Duration::ZERO);
    }
    found.busy_until = Some(now + CHANGE_TAKES);
    (carry_out(cloud, zone, request), CHANGE_TAKES)
}

fn carry_out(cloud: &mut Cloud, zone: &str, request: &Request) -> Result<Reply, Refusal> {
    let batch = read::batch(read::body(request)?)?;
    let demand = Demand {
        bucket: "route53 changes".to_owned(),
        rate: THROUGHPUT,
        tokens: batch::cost(&batch.changes),
    };
    if cloud.settings.buckets && !cloud.buckets.take(Instant::now(), &[demand]) {
        return Err(throttled(Protocol::Xml));
    }
    let after = sets_after(cloud, zone, &batch.changes)?;
    if let Some(zone) = cloud.route53.zones.get_mut(zone) {
        zone.sets = after;
    }
    let info = Info::begin(cloud, batch.comment);
    Ok(reply(200, Action::ChangeResourceRecordSets, |xml| info.write(xml)))
}

fn sets_after(cloud: &Cloud, id: &str, changes: &[read::Change]) -> Result<Sets, Refusal> {
    let account = &cloud.route53;
    let zone = account.zones.get(id).ok_or_else(|| no_zone(id))?;
    // A record set may be left without its check, but not given one that is not there.
    let given = changes.iter().filter(|change| change.verb != read::Verb::Delete);
    for check in given.filter_map(|change| change.set.check.as_deref()) {
        if !account.checks.contains_key(check) {
            return Err(no_check(check));
        }
    }
    let around = Surroundings {
        zone: id,
        apex: &zone.name,
        private: zone.is_private(),
        zones: account.zones.keys().map(String::as_str).collect(),
        sets_max: usize::try_from(cloud.settings.records_max).unwrap_or(usize::MAX),
    };
    batch::apply(&zone.sets, changes, &around)
}

pub(super) fn get(cloud: &Cloud, id: &str) -> Result<Reply, Refusal> {
    let Some(info) = cloud.route53.changes.get(id) else {
        let message = format!("Could not find resource with ID: {id}");
        return Err(Refusal::new(404, "NoSuchChange", message));
    };
    Ok(reply(200, Action::GetChange, |xml| info.write(xml)))
}
