//! The way of a request: what it is for, what stands against it, who answers it.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::cloud::Cloud;
use crate::ecr::{self, replication};
use crate::fault::{self, FaultKind};
use crate::reply::{Protocol, Refusal, Reply};
use crate::request::{Request, Target};
use crate::{Answer, Fake, GLOBAL, identity, registry, route53, tagging};

/// What a request is for, and who answers it.
struct Arrival {
    target: Target,
    protocol: Protocol,
    service: Service,
}

enum Service {
    Route53(Option<route53::Route>),
    Ecr,
    Registry(registry::Place),
    Tagging,
    Identity,
    Unknown,
    /// Nobody answers a request that says neither who sent it nor whom it is for.
    Unsigned,
}

pub(crate) async fn answer(fake: &Fake, request: http::Request<Vec<u8>>) -> Answer {
    let request = Request::read(request);
    let (arrival, ticket, hangs, fault) = {
        let mut cloud = fake.cloud();
        let arrival = arrival(&cloud, &request);
        let ticket = cloud.calls.arrived(&arrival.target, Instant::now());
        let hangs = cloud.cut.contains(endpoint(&arrival));
        let fault = if hangs { None } else { fault::take(&mut cloud.faults, &arrival.target) };
        (arrival, ticket, hangs, fault)
    };
    if hangs {
        return Answer::Hangs;
    }
    if let Some(FaultKind::Delay(time)) = fault {
        sleep(time).await;
    }
    if fault == Some(FaultKind::CutBefore) {
        return Answer::Cut;
    }
    let (reply, takes) = reply(&mut fake.cloud(), &arrival, &request, fault.as_ref());
    if !takes.is_zero() {
        sleep(takes).await;
    }
    if fault == Some(FaultKind::CutAfter) {
        return Answer::Cut;
    }
    fake.cloud().calls.answered(ticket, reply.status, reply.code.clone());
    Answer::Response(reply.into_http())
}

fn arrival(cloud: &Cloud, request: &Request) -> Arrival {
    if registry::is_meant(&request.parts()) {
        let region = registry::region(cloud, request);
        let place = registry::place(cloud, &region, request);
        let (service, action) = ("registry".to_owned(), place.action.to_owned());
        let target = Target { service, action, region };
        let service = Service::Registry(place);
        return Arrival { target, protocol: Protocol::Registry, service };
    }
    let json = request.json_action();
    let Some((region, name)) = request.scope() else {
        let protocol = if json.is_some() { Protocol::Json } else { Protocol::Xml };
        let (service, action) = (String::new(), json.unwrap_or_default());
        let target = Target { service, action, region: String::new() };
        return Arrival { target, protocol, service: Service::Unsigned };
    };
    let (protocol, action, service) = match name.as_str() {
        "route53" => {
            let route = route53::route(&request.method, &request.parts());
            let action = route.as_ref().map(|route| route.action.to_string());
            (Protocol::Xml, action, Service::Route53(route))
        }
        "sts" => (Protocol::Query, request.form().remove("Action"), Service::Identity),
        "ecr" => (Protocol::Json, json, Service::Ecr),
        "tagging" => (Protocol::Json, json, Service::Tagging),
        _ => (Protocol::Json, json, Service::Unknown),
    };
    let action = action.unwrap_or_else(|| "Unknown".to_owned());
    Arrival { target: Target { service: name, action, region }, protocol, service }
}

/// The name by which a test cuts off the endpoint that the request went to.
fn endpoint(arrival: &Arrival) -> &str {
    if matches!(arrival.service, Service::Route53(_)) { GLOBAL } else { &arrival.target.region }
}

/// The answer, and how long it takes.
fn reply(
    cloud: &mut Cloud,
    arrival: &Arrival,
    request: &Request,
    fault: Option<&FaultKind>,
) -> (Reply, Duration) {
    replication::settle(cloud);
    let request_id = cloud.fresh_uuid();
    let refused = fault.and_then(|fault| ordered(cloud, fault, arrival));
    let refused = refused
        .or_else(|| identity::refusal(cloud, request, arrival.protocol))
        .or_else(|| denied(cloud, arrival));
    let (outcome, takes) = match refused {
        Some(refusal) => (Err(refusal), Duration::ZERO),
        None => perform(cloud, arrival, request, &request_id),
    };
    let reply = outcome.unwrap_or_else(|refusal| refusal.reply(arrival.protocol, &request_id));
    (reply.with("x-amzn-requestid", request_id), takes)
}

fn perform(
    cloud: &mut Cloud,
    arrival: &Arrival,
    request: &Request,
    request_id: &str,
) -> (Result<Reply, Refusal>, Duration) {
    let target = &arrival.target;
    let outcome = match &arrival.service {
        Service::Route53(Some(route)) => return route53::answer(cloud, route, request),
        Service::Ecr => ecr::answer(cloud, target, request),
        Service::Registry(place) => registry::answer(cloud, &target.region, place, request),
        Service::Tagging => tagging::answer(cloud, target, request),
        Service::Identity => identity::answer(cloud, &target.action, request_id),
        Service::Route53(None) | Service::Unknown => Err(unknown(request)),
        Service::Unsigned => Err(unsigned(arrival.protocol)),
    };
    (outcome, Duration::ZERO)
}

/// The refusal that a test ordered.
fn ordered(cloud: &Cloud, fault: &FaultKind, arrival: &Arrival) -> Option<Refusal> {
    match fault {
        FaultKind::Throttle => Some(throttled(arrival.protocol)),
        FaultKind::Status(status) => Some(with_status(*status)),
        FaultKind::Denied => Some(not_authorized(cloud, arrival)),
        FaultKind::CutBefore | FaultKind::CutAfter | FaultKind::Delay(_) => None,
    }
}

fn denied(cloud: &Cloud, arrival: &Arrival) -> Option<Refusal> {
    let denied = cloud.settings.denied.contains(&arrival.target.permission());
    denied.then(|| not_authorized(cloud, arrival))
}

fn not_authorized(cloud: &Cloud, arrival: &Arrival) -> Refusal {
    let action = arrival.target.permission();
    let message = format!(
        "User: {} is not authorized to perform: {action} because no identity-based policy allows \
         the {action} action",
        identity::arn(&cloud.account)
    );
    match arrival.protocol {
        Protocol::Xml | Protocol::Query => Refusal::new(403, "AccessDenied", message),
        Protocol::Json => Refusal::new(400, "AccessDeniedException", message),
        Protocol::Registry => Refusal::new(403, "DENIED", message),
    }
}

/// What AWS answers above the permitted rate.
pub(crate) fn throttled(protocol: Protocol) -> Refusal {
    match protocol {
        Protocol::Xml | Protocol::Query => Refusal::new(400, "Throttling", "Rate exceeded"),
        Protocol::Json => Refusal::new(400, "ThrottlingException", "Rate exceeded"),
        Protocol::Registry => registry::throttled(),
    }
}

fn with_status(status: u16) -> Refusal {
    match status {
        503 => Refusal::new(503, "ServiceUnavailable", "Service is unavailable"),
        500.. => Refusal::new(status, "InternalFailure", "An internal error occurred"),
        _ => Refusal::new(status, "InvalidRequest", "The request is not valid"),
    }
}

fn unknown(request: &Request) -> Refusal {
    let message =
        format!("{} /{} is not part of this cloud", request.method, request.path.join("/"));
    Refusal::new(404, "UnknownOperationException", message)
}

fn unsigned(protocol: Protocol) -> Refusal {
    let code = match protocol {
        Protocol::Xml | Protocol::Query | Protocol::Registry => "MissingAuthenticationToken",
        Protocol::Json => "MissingAuthenticationTokenException",
    };
    Refusal::new(403, code, "Missing Authentication Token")
}
