//! Health checks.

use std::sync::Arc;

use lifeboat_contract::{Address, Capabilities, Endpoint, HealthCheck, Protocol, Spec};

use super::{Making, Resource, check_ref};
use crate::intent::{HealthCheck as Intent, Probe};

pub(super) fn derive(making: &mut Making<'_>) {
    let intents = making.intents;
    for (address, check) in &intents.health_checks {
        let Some(provider) = &check.provider else { continue };
        let Some(capabilities) = making.capabilities(provider).filter(|c| c.dns) else {
            making.unsupported(address, check.span, provider, "has no health checks");
            continue;
        };
        let (spec, needs) = match &check.probe {
            Probe::Endpoint { endpoint, .. } => {
                check_endpoint(making, (address, check), endpoint, capabilities);
                (HealthCheck::Endpoint(endpoint.clone()), Vec::new())
            }
            Probe::Calculated { checks, at_least } => {
                if !capabilities.calculated {
                    let what = "cannot calculate a check from others";
                    making.unsupported(address, checks.span, provider, what);
                }
                let children = checks.value.iter().map(check_ref).collect();
                let spec = HealthCheck::Calculated {
                    checks: children,
                    at_least: *at_least,
                    inverted: false,
                    disabled: false,
                };
                (spec, checks.value.clone())
            }
        };
        making.desired.resources.insert(
            address.clone(),
            Resource {
                provider: Arc::clone(provider),
                region: None,
                key: None,
                spec: Spec::HealthCheck(spec),
                needs,
                unit: None,
                content: None,
                span: check.span,
            },
        );
    }
}

/// Says everything about an endpoint that the provider cannot do.
fn check_endpoint(
    making: &mut Making<'_>,
    (address, check): (&Address, &Intent),
    endpoint: &Endpoint,
    can: &Capabilities,
) {
    let Probe::Endpoint { interval, failures, timeout, url, .. } = &check.probe else { return };
    let provider = check.provider.as_deref().unwrap_or_default();
    let mut refuse = |span, what: String| making.unsupported(address, span, provider, &what);
    if !can.protocols.contains(&endpoint.protocol) {
        refuse(*url, format!("cannot check by {}", endpoint.protocol));
    }
    if endpoint.contains.is_some() && !can.contains {
        refuse(*url, "cannot look for text in an answer".to_owned());
    }
    if !can.interval.allows(endpoint.interval) {
        let what = format!("checks every {}, not every {}s", can.interval, endpoint.interval);
        refuse(*interval, what);
    }
    if !can.failures.contains(&endpoint.failures) {
        let (low, high) = (can.failures.start(), can.failures.end());
        refuse(*failures, format!("takes {low} to {high} failures, not {}", endpoint.failures));
    }
    match (endpoint.timeout, &can.timeout) {
        (Some(_), None) => refuse(*timeout, "has a timeout of its own".to_owned()),
        (Some(seconds), Some(range)) if !range.contains(&seconds) => {
            let (low, high) = (range.start(), range.end());
            refuse(*timeout, format!("takes a timeout of {low}s to {high}s, not {seconds}s"));
        }
        (_, _) => {}
    }
    if !can.private_endpoints && is_private(&endpoint.host) {
        let what = format!("cannot reach `{}`: its checkers are outside", endpoint.host);
        refuse(*url, what);
    }
    if endpoint.protocol == Protocol::Tcp && endpoint.path.is_some() {
        refuse(*url, "reads no path over TCP".to_owned());
    }
}

/// Whether an address is one that only its own network reaches (RFC 1918, RFC 4193, loopback,
/// link-local).
fn is_private(host: &str) -> bool {
    match host.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(ip)) => {
            ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified()
        }
        Ok(std::net::IpAddr::V6(ip)) => {
            ip.is_loopback()
                || ip.is_unspecified()
                || ip.is_unique_local()
                || ip.is_unicast_link_local()
        }
        Err(_) => host == "localhost",
    }
}
