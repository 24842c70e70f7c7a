//! The way of a request: what it is for, what stands against it, who answers it.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::cloud::Cloud;
use crate::fault::{self, FaultKind};
use crate::reply::{Protocol, Refusal, Reply};
use crate::request::{Request, Target};
use crate::{Answer, Fake, GLOBAL, identity, route53};

/// What a request is for, and who answers it.
struct Arrival {
    target: Target,
    protocol: Protocol,
    service: Service,
}

enum Service {
    Route53(Option<route53::Route>),
    Identity,
    Unknown,
}

pub(crate) async fn answer(fake: &Fake, request: http::Request<Vec<u8>>) -> Answer {
    let request = Request::read(request);
    let Some(arrival) = arrival(&request) else { return unsigned(fake, &request) };
    let (ticket, hangs, fault) = {
        let mut cloud = fake.cloud();
        let ticket = cloud.calls.arrived(&arrival.target, Instant::now());
        let hangs = cloud.cut.contains(endpoint(&arrival));
        let fault = if hangs { None } else { fault::take(&mut cloud.faults, &arrival.target) };
        (ticket, hangs, fault)
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
    let (reply, takes) = {
        let mut cloud = fake.cloud();
        let request_id = cloud.fresh_uuid();
        let refused = fault.as_ref().and_then(|fault| ordered(&cloud, fault, &arrival));
        let (outcome, takes) = match refused.or_else(|| denied(&cloud, &arrival)) {
            Some(refusal) => (Err(refusal), Duration::ZERO),
            None => perform(&mut cloud, &arrival, &request, &request_id),
        };
        let reply = outcome.unwrap_or_else(|refusal| refusal.reply(arrival.protocol, &request_id));
        (reply.with("x-amzn-requestid", request_id), takes)
    };
    if !takes.is_zero() {
        sleep(takes).await;
    }
    if fault == Some(FaultKind::CutAfter) {
        return Answer::Cut;
    }
    fake.cloud().calls.answered(ticket, reply.status, reply.code.clone());
    Answer::Response(reply.into_http())
}

fn arrival(request: &Request) -> Option<Arrival> {
    let (region, service) = request.scope()?;
    let (protocol, action, answers) = match service.as_str() {
        "route53" => {
            let route = route53::route(&request.method, &request.parts());
            let action = route.as_ref().map(|route| route.action.to_string());
            (Protocol::Xml, action, Service::Route53(route))
        }
        "sts" => (Protocol::Query, request.form().remove("Action"), Service::Identity),
        _ => (Protocol::Json, request.json_action(), Service::Unknown),
    };
    let action = action.unwrap_or_else(|| "Unknown".to_owned());
    Some(Arrival { target: Target { service, action, region }, protocol, service: answers })
}

/// The name by which a test cuts off the endpoint that the request went to.
fn endpoint(arrival: &Arrival) -> &str {
    match arrival.service {
        Service::Route53(_) => GLOBAL,
        Service::Identity | Service::Unknown => &arrival.target.region,
    }
}

fn perform(
    cloud: &mut Cloud,
    arrival: &Arrival,
    request: &Request,
    request_id: &str,
) -> (Result<Reply, Refusal>, Duration) {
    match &arrival.service {
        Service::Route53(Some(route)) => route53::answer(cloud, route, request),
        Service::Route53(None) | Service::Unknown => (Err(unknown(request)), Duration::ZERO),
        Service::Identity => {
            (identity::answer(cloud, &arrival.target.action, request_id), Duration::ZERO)
        }
    }
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
    let action = permission(arrival);
    cloud.settings.denied.contains(&action).then(|| not_authorized(cloud, arrival))
}

/// The permission that an action needs, as policies call it.
fn permission(arrival: &Arrival) -> String {
    format!("{}:{}", arrival.target.service, arrival.target.action)
}

fn not_authorized(cloud: &Cloud, arrival: &Arrival) -> Refusal {
    let action = permission(arrival);
    let message = format!(
        "User: {} is not authorized to perform: {action} because no identity-based policy allows \
         the {action} action",
        identity::arn(&cloud.account)
    );
    match arrival.protocol {
        Protocol::Xml | Protocol::Query => Refusal::new(403, "AccessDenied", message),
        Protocol::Json => Refusal::new(400, "AccessDeniedException", message),
    }
}

/// What AWS answers above the permitted rate.
pub(crate) fn throttled(protocol: Protocol) -> Refusal {
    let code = match protocol {
        Protocol::Xml | Protocol::Query => "Throttling",
        Protocol::Json => "ThrottlingException",
    };
    Refusal::new(400, code, "Rate exceeded")
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

fn unsigned(fake: &Fake, request: &Request) -> Answer {
    let json = request.header("x-amz-target").is_some();
    let protocol = if json { Protocol::Json } else { Protocol::Xml };
    let target = Target { service: String::new(), action: String::new(), region: String::new() };
    let mut cloud = fake.cloud();
    let ticket = cloud.calls.arrived(&target, Instant::now());
    let request_id = cloud.fresh_uuid();
    let code =
        if json { "MissingAuthenticationTokenException" } else { "MissingAuthenticationToken" };
    let reply =
        Refusal::new(403, code, "Missing Authentication Token").reply(protocol, &request_id);
    cloud.calls.answered(ticket, reply.status, reply.code.clone());
    Answer::Response(reply.with("x-amzn-requestid", request_id).into_http())
}
