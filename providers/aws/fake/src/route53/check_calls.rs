//! The calls about health checks.

use super::check::{Check, Reference};
use super::check_config::Config;
use super::read::{body, bounded, document, parsed, required};
use super::{Action, check_rules, invalid, no_check, page_size, reply};
use crate::cloud::Cloud;
use crate::reply::{Refusal, Reply};
use crate::request::Request;
use crate::xml;

const PAGE_MAX: usize = 100;
const REFERENCE_CHARS_MAX: usize = 64;
const OBSERVERS: &[(&str, &str)] =
    &[("us-east-1", "15.177.2.1"), ("eu-west-1", "15.177.10.1"), ("ap-southeast-1", "15.177.18.1")];

pub(super) fn list(cloud: &Cloud, request: &Request) -> Result<Reply, Refusal> {
    let size = page_size(request, PAGE_MAX)?;
    let marker = request.query.get("marker");
    let checks = &cloud.route53.checks;
    if marker.is_some_and(|marker| !checks.contains_key(marker)) {
        return Err(invalid("The marker is not the id of a health check"));
    }
    let from = marker.cloned().unwrap_or_default();
    let checks: Vec<&Check> = checks.range(from..).map(|(_, it)| it).take(size + 1).collect();
    let next = checks.get(size);
    Ok(reply(200, Action::ListHealthChecks, |xml| {
        xml.element("HealthChecks", |xml| checks.iter().take(size).for_each(|it| it.write(xml)));
        xml.optional("Marker", marker);
        xml.leaf("IsTruncated", next.is_some());
        xml.optional("NextMarker", next.map(|check| &check.id));
        xml.leaf("MaxItems", size);
    }))
}

pub(super) fn get(cloud: &Cloud, id: &str) -> Result<Reply, Refusal> {
    let check = cloud.route53.checks.get(id).ok_or_else(|| no_check(id))?;
    Ok(reply(200, Action::GetHealthCheck, |xml| check.write(xml)))
}

pub(super) fn create(cloud: &mut Cloud, request: &Request) -> Result<Reply, Refusal> {
    let document = document(body(request)?, "CreateHealthCheckRequest")?;
    let root = document.root_element();
    let reference = required(root, "CallerReference")?;
    bounded("callerReference", &reference, REFERENCE_CHARS_MAX)?;
    if reference.is_empty() {
        return Err(invalid("The caller reference is empty"));
    }
    let config = xml::child(root, "HealthCheckConfig");
    let config = config.ok_or_else(|| invalid("Invalid XML ; no HealthCheckConfig"))?;
    let config = Config::read(config)?;
    check_rules::verify(&config, &cloud.route53.checks)?;
    let config = config.with_defaults();
    if let Some(known) = cloud.route53.check_references.get(&reference) {
        return again(cloud, known, &config);
    }
    let most = usize::try_from(cloud.settings.checks_max).unwrap_or(usize::MAX);
    if cloud.route53.checks.len() >= most {
        let message = format!("The limit of {most} health checks of this account is reached");
        return Err(Refusal::new(400, "TooManyHealthChecks", message));
    }
    let id = cloud.fresh_uuid();
    let known = Reference { id: id.clone(), created: config.clone() };
    cloud.route53.check_references.insert(reference.clone(), known);
    let check = Check { id: id.clone(), reference, config, version: 1 };
    let answer = created(&check);
    cloud.route53.checks.insert(id, check);
    Ok(answer)
}

/// A reference that was used before: the same check again, or nothing.
fn again(cloud: &Cloud, known: &Reference, config: &Config) -> Result<Reply, Refusal> {
    match cloud.route53.checks.get(&known.id) {
        Some(check) if known.created == *config => Ok(created(check)),
        _ => {
            let message = "A different health check has already been created with the specified \
                           caller reference.";
            Err(Refusal::new(409, "HealthCheckAlreadyExists", message))
        }
    }
}

fn created(check: &Check) -> Reply {
    let place = format!("https://route53.amazonaws.com/2013-04-01/healthcheck/{}", check.id);
    reply(201, Action::CreateHealthCheck, |xml| check.write(xml)).with("location", place)
}

pub(super) fn update(cloud: &mut Cloud, id: &str, request: &Request) -> Result<Reply, Refusal> {
    let document = document(body(request)?, "UpdateHealthCheckRequest")?;
    let root = document.root_element();
    let check = cloud.route53.checks.get(id).ok_or_else(|| no_check(id))?;
    if parsed::<u64>(root, "HealthCheckVersion")?.is_some_and(|version| version != check.version) {
        let message = format!(
            "The specified health check version does not match the current version {} of health check \
             {id}.",
            check.version
        );
        return Err(Refusal::new(409, "HealthCheckVersionMismatch", message));
    }
    for fixed in ["Type", "RequestInterval", "MeasureLatency", "RoutingControlArn"] {
        if xml::child(root, fixed).is_some() {
            return Err(invalid(format!(
                "Invalid XML ; cvc-complex-type.2.4.a: Invalid content was found starting with element \
                 '{fixed}'."
            )));
        }
    }
    let given = Config::read(root)?;
    let mut before = check.config.clone();
    if given.address.is_some() && before.address.is_none() {
        return Err(invalid(
            "Invalid parameter : An IP address cannot be added to a health check.",
        ));
    }
    for element in xml::list(root, "ResetElements", "ResettableElementName") {
        match xml::content(element).as_str() {
            "FullyQualifiedDomainName" => before.domain = None,
            "Regions" => before.regions = None,
            "ResourcePath" => before.path = None,
            "ChildHealthChecks" => before.children = Some(Vec::new()),
            other => return Err(invalid(format!("{other} is not an element to reset"))),
        }
    }
    let config = before.updated(given);
    check_rules::verify(&config, &cloud.route53.checks)?;
    let check = cloud.route53.checks.get_mut(id).ok_or_else(|| no_check(id))?;
    check.config = config.with_defaults();
    check.version += 1;
    Ok(reply(200, Action::UpdateHealthCheck, |xml| check.write(xml)))
}

/// Record sets that rest on the check do not keep it; calculated checks do.
pub(super) fn delete(cloud: &mut Cloud, id: &str) -> Result<Reply, Refusal> {
    let checks = &mut cloud.route53.checks;
    if !checks.contains_key(id) {
        return Err(no_check(id));
    }
    let rests = |check: &&Check| check.config.children.iter().flatten().any(|child| child == id);
    if let Some(parent) = checks.values().find(rests) {
        let message = format!(
            "The health check {id} is in use by the calculated health check {}.",
            parent.id
        );
        return Err(Refusal::new(400, "HealthCheckInUse", message));
    }
    checks.remove(id);
    cloud.route53.tags.remove(&("healthcheck".to_owned(), id.to_owned()));
    Ok(reply(200, Action::DeleteHealthCheck, |_| {}))
}

/// Every endpoint is well here. Other checks have no observers.
pub(super) fn status(cloud: &Cloud, id: &str) -> Result<Reply, Refusal> {
    let check = cloud.route53.checks.get(id).ok_or_else(|| no_check(id))?;
    if !check.config.is_endpoint() {
        return Err(invalid("Only health checks of endpoints have a status of observers"));
    }
    let date = cloud.date();
    Ok(reply(200, Action::GetHealthCheckStatus, |xml| {
        xml.element("HealthCheckObservations", |xml| {
            for (region, address) in OBSERVERS {
                xml.element("HealthCheckObservation", |xml| {
                    xml.leaf("Region", region);
                    xml.leaf("IPAddress", address);
                    xml.element("StatusReport", |xml| {
                        xml.leaf("Status", "Success: HTTP Status Code 200, OK");
                        xml.leaf("CheckedTime", &date);
                    });
                });
            }
        });
    }))
}
