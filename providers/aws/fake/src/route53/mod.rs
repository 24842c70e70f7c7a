//! Route 53: hosted zones, record sets, health checks and their tags.
//!
//! Each request has a route; each route's action has one function here or below. An action either
//! does all that it says or is refused and does nothing.

mod batch;
mod change;
mod check;
mod check_calls;
mod check_config;
mod check_rules;
mod limits;
mod listing;
mod name;
mod policy;
mod read;
mod record;
mod rules;
mod tags;
mod value;
mod zone;
mod zone_calls;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use http::Method;
use tokio::time::Instant;

use crate::answer::throttled;
use crate::bucket::{Demand, Rate};
use crate::cloud::Cloud;
use crate::reply::{Protocol, Refusal, Reply};
use crate::request::Request;
use crate::xml::Xml;

const NAMESPACE: &str = "https://route53.amazonaws.com/doc/2013-04-01/";
const VERSION: &str = "2013-04-01";

/// The documented request rates: of the account, and of the actions that have less.
const ACCOUNT: Rate = Rate { burst: 50.0, refill: 10.0 };
const OWN_RATES: &[(Action, Rate)] = &[
    (Action::CreateHealthCheck, Rate { burst: 50.0, refill: 0.5 }),
    (Action::UpdateHealthCheck, Rate { burst: 50.0, refill: 5.0 }),
    (Action::DeleteHealthCheck, Rate { burst: 15.0, refill: 3.0 }),
    (Action::CreateHostedZone, Rate { burst: 40.0, refill: 2.0 }),
    (Action::DeleteHostedZone, Rate { burst: 40.0, refill: 5.0 }),
    (Action::GetHealthCheckStatus, Rate { burst: 4.0, refill: 1.0 }),
];

/// How long a change batch keeps its zone busy. Any time would do, as long as two can overlap.
const CHANGE_TAKES: Duration = Duration::from_millis(50);

/// What the account has in Route 53.
#[derive(Default)]
pub(crate) struct State {
    zones: BTreeMap<String, zone::Zone>,
    checks: BTreeMap<String, check::Check>,
    changes: BTreeMap<String, change::Info>,
    /// References of zones and checks, also of those that were deleted since.
    zone_references: BTreeSet<String>,
    check_references: BTreeMap<String, check::Reference>,
    tags: BTreeMap<(String, String), BTreeMap<String, String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    ListHostedZones,
    ListHostedZonesByName,
    GetHostedZone,
    CreateHostedZone,
    DeleteHostedZone,
    AssociateVPCWithHostedZone,
    DisassociateVPCFromHostedZone,
    UpdateHostedZoneComment,
    ListResourceRecordSets,
    ChangeResourceRecordSets,
    GetChange,
    ListHealthChecks,
    GetHealthCheck,
    CreateHealthCheck,
    UpdateHealthCheck,
    DeleteHealthCheck,
    GetHealthCheckStatus,
    ListTagsForResource,
    ListTagsForResources,
    ChangeTagsForResource,
    GetHostedZoneLimit,
    GetAccountLimit,
}

impl fmt::Display for Action {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The variants are spelled as AWS spells its actions.
        write!(out, "{self:?}")
    }
}

/// An action, and the parts of the path that it is about.
pub(crate) struct Route {
    pub(crate) action: Action,
    id: String,
    other: String,
}

pub(crate) fn route(method: &Method, path: &[&str]) -> Option<Route> {
    let [VERSION, path @ ..] = path else { return None };
    let (action, id, other) = match (method.as_str(), path) {
        ("GET", ["hostedzone"]) => (Action::ListHostedZones, "", ""),
        ("GET", ["hostedzonesbyname"]) => (Action::ListHostedZonesByName, "", ""),
        ("POST", ["hostedzone"]) => (Action::CreateHostedZone, "", ""),
        ("GET", ["hostedzone", id]) => (Action::GetHostedZone, *id, ""),
        ("POST", ["hostedzone", id]) => (Action::UpdateHostedZoneComment, *id, ""),
        ("DELETE", ["hostedzone", id]) => (Action::DeleteHostedZone, *id, ""),
        ("POST", ["hostedzone", id, "associatevpc"]) => {
            (Action::AssociateVPCWithHostedZone, *id, "")
        }
        ("POST", ["hostedzone", id, "disassociatevpc"]) => {
            (Action::DisassociateVPCFromHostedZone, *id, "")
        }
        ("GET", ["hostedzone", id, "rrset"]) => (Action::ListResourceRecordSets, *id, ""),
        ("POST", ["hostedzone", id, "rrset"]) => (Action::ChangeResourceRecordSets, *id, ""),
        ("GET", ["change", id]) => (Action::GetChange, *id, ""),
        ("GET", ["healthcheck"]) => (Action::ListHealthChecks, "", ""),
        ("POST", ["healthcheck"]) => (Action::CreateHealthCheck, "", ""),
        ("GET", ["healthcheck", id]) => (Action::GetHealthCheck, *id, ""),
        ("POST", ["healthcheck", id]) => (Action::UpdateHealthCheck, *id, ""),
        ("DELETE", ["healthcheck", id]) => (Action::DeleteHealthCheck, *id, ""),
        ("GET", ["healthcheck", id, "status"]) => (Action::GetHealthCheckStatus, *id, ""),
        ("GET", ["tags", kind, id]) => (Action::ListTagsForResource, *id, *kind),
        ("POST", ["tags", kind]) => (Action::ListTagsForResources, "", *kind),
        ("POST", ["tags", kind, id]) => (Action::ChangeTagsForResource, *id, *kind),
        ("GET", ["hostedzonelimit", id, kind]) => (Action::GetHostedZoneLimit, *id, *kind),
        ("GET", ["accountlimit", kind]) => (Action::GetAccountLimit, "", *kind),
        _ => return None,
    };
    Some(Route { action, id: id.to_owned(), other: other.to_owned() })
}

/// The answer, and how long it takes.
pub(crate) fn answer(
    cloud: &mut Cloud,
    route: &Route,
    request: &Request,
) -> (Result<Reply, Refusal>, Duration) {
    if !within_rate(cloud, route.action) {
        return (Err(throttled(Protocol::Xml)), Duration::ZERO);
    }
    if route.action == Action::ChangeResourceRecordSets {
        return change::change(cloud, &route.id, request);
    }
    (perform(cloud, route, request), Duration::ZERO)
}

fn within_rate(cloud: &mut Cloud, action: Action) -> bool {
    if !cloud.settings.buckets {
        return true;
    }
    let own = OWN_RATES.iter().filter(|(limited, _)| *limited == action);
    let own = own.map(|(action, rate)| Demand::one(format!("route53:{action}"), *rate));
    let account = Demand::one("route53", ACCOUNT);
    let demands: Vec<Demand> = std::iter::once(account).chain(own).collect();
    cloud.buckets.take(Instant::now(), &demands)
}

fn perform(cloud: &mut Cloud, route: &Route, request: &Request) -> Result<Reply, Refusal> {
    let id = route.id.as_str();
    match route.action {
        Action::ListHostedZones => zone_calls::list(cloud, request),
        Action::ListHostedZonesByName => zone_calls::list_by_name(cloud, request),
        Action::GetHostedZone => zone_calls::get(cloud, id),
        Action::CreateHostedZone => zone_calls::create(cloud, request),
        Action::DeleteHostedZone => zone_calls::delete(cloud, id),
        Action::AssociateVPCWithHostedZone => zone_calls::associate(cloud, id, request),
        Action::DisassociateVPCFromHostedZone => zone_calls::disassociate(cloud, id, request),
        Action::UpdateHostedZoneComment => zone_calls::comment(cloud, id, request),
        Action::ListResourceRecordSets => listing::list(cloud, id, request),
        Action::ChangeResourceRecordSets => change::change(cloud, id, request).0,
        Action::GetChange => change::get(cloud, id),
        Action::ListHealthChecks => check_calls::list(cloud, request),
        Action::GetHealthCheck => check_calls::get(cloud, id),
        Action::CreateHealthCheck => check_calls::create(cloud, request),
        Action::UpdateHealthCheck => check_calls::update(cloud, id, request),
        Action::DeleteHealthCheck => check_calls::delete(cloud, id),
        Action::GetHealthCheckStatus => check_calls::status(cloud, id),
        Action::ListTagsForResource => tags::of_one(cloud, &route.other, id),
        Action::ListTagsForResources => tags::of_many(cloud, &route.other, request),
        Action::ChangeTagsForResource => tags::change(cloud, &route.other, id, request),
        Action::GetHostedZoneLimit => limits::of_zone(cloud, id, &route.other),
        Action::GetAccountLimit => limits::of_account(cloud, &route.other),
    }
}

fn reply(status: u16, action: Action, content: impl FnOnce(&mut Xml)) -> Reply {
    Reply::xml(status, Xml::document(&format!("{action}Response"), NAMESPACE, content))
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "InvalidInput", message)
}

fn no_zone(id: &str) -> Refusal {
    Refusal::new(404, "NoSuchHostedZone", format!("No hosted zone found with ID: {id}"))
}

fn no_check(id: &str) -> Refusal {
    let message = format!("A health check with id {id} does not exist.");
    Refusal::new(404, "NoSuchHealthCheck", message)
}

/// The `maxitems` of a listing: as asked, but no more than AWS gives at once.
fn page_size(request: &Request, most: usize) -> Result<usize, Refusal> {
    let Some(text) = request.query.get("maxitems") else { return Ok(most) };
    match text.parse::<usize>() {
        Ok(0) | Err(_) => Err(invalid(format!("Invalid value for maxitems: {text}"))),
        Ok(size) => Ok(size.min(most)),
    }
}
