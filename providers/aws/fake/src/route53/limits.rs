//! How much the account may have, and how much of it there is.

use super::zone_calls::ZONES_MAX;
use super::{Action, invalid, no_zone, reply};
use crate::cloud::Cloud;
use crate::reply::{Refusal, Reply};

const NETWORKS_MAX: usize = 300;

pub(super) fn of_zone(cloud: &Cloud, id: &str, kind: &str) -> Result<Reply, Refusal> {
    let zone = cloud.route53.zones.get(id).ok_or_else(|| no_zone(id))?;
    let (limit, count) = match kind {
        "MAX_RRSETS_BY_ZONE" => (cloud.settings.records_max.to_string(), zone.sets.len()),
        "MAX_VPCS_ASSOCIATED_BY_ZONE" if zone.is_private() => {
            (NETWORKS_MAX.to_string(), zone.networks.len())
        }
        "MAX_VPCS_ASSOCIATED_BY_ZONE" => {
            let message = format!("The hosted zone {id} is not private");
            return Err(Refusal::new(400, "HostedZoneNotPrivate", message));
        }
        _ => return Err(invalid(format!("'{kind}' is not a limit of hosted zones"))),
    };
    Ok(limited(Action::GetHostedZoneLimit, kind, &limit, count))
}

pub(super) fn of_account(cloud: &Cloud, kind: &str) -> Result<Reply, Refusal> {
    let account = &cloud.route53;
    let (limit, count) = match kind {
        "MAX_HEALTH_CHECKS_BY_OWNER" => {
            (cloud.settings.checks_max.to_string(), account.checks.len())
        }
        "MAX_HOSTED_ZONES_BY_OWNER" => (ZONES_MAX.to_string(), account.zones.len()),
        "MAX_TRAFFIC_POLICY_INSTANCES_BY_OWNER" => ("5".to_owned(), 0),
        "MAX_REUSABLE_DELEGATION_SETS_BY_OWNER" => ("100".to_owned(), 0),
        "MAX_TRAFFIC_POLICIES_BY_OWNER" => ("50".to_owned(), 0),
        _ => return Err(invalid(format!("'{kind}' is not a limit of accounts"))),
    };
    Ok(limited(Action::GetAccountLimit, kind, &limit, count))
}

fn limited(action: Action, kind: &str, limit: &str, count: usize) -> Reply {
    reply(200, action, |xml| {
        xml.element("Limit", |xml| {
            xml.leaf("Type", kind);
            xml.leaf("Value", limit);
        });
        xml.leaf("Count", count);
    })
}
