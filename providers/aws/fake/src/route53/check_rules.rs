//! What must hold for the configuration of a health check.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::check::Check;
use super::check_config::Config;
use super::invalid;
use crate::reply::Refusal;

const KINDS: &[&str] = &[
    "HTTP",
    "HTTPS",
    "HTTP_STR_MATCH",
    "HTTPS_STR_MATCH",
    "TCP",
    "CALCULATED",
    "CLOUDWATCH_METRIC",
    "RECOVERY_CONTROL",
];
const CHECKER_REGIONS: &[&str] = &[
    "us-east-1",
    "us-west-1",
    "us-west-2",
    "eu-west-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-northeast-1",
    "sa-east-1",
];
const REGIONS_MIN: usize = 3;
const CHILDREN_MAX: usize = 255;

/// Refuses a configuration that AWS would. `checks` are those of the account.
pub(super) fn verify(config: &Config, checks: &BTreeMap<String, Check>) -> Result<(), Refusal> {
    if !KINDS.contains(&config.kind.as_str()) {
        return Err(invalid(format!(
            "1 validation error detected: Value '{}' at 'healthCheckConfig.type' failed to satisfy \
             constraint: Member must satisfy enum value set: [{}]",
            config.kind,
            KINDS.join(", ")
        )));
    }
    let problem = match config.kind.as_str() {
        "CALCULATED" => calculated(config, checks),
        "CLOUDWATCH_METRIC" => metric(config),
        "RECOVERY_CONTROL" if config.routing_control.is_none() => {
            Some("Recovery control health checks must have a routing control ARN specified.".into())
        }
        "RECOVERY_CONTROL" => None,
        _ => endpoint(config),
    };
    let problem = problem.or_else(|| foreign(config)).or_else(|| regions(config));
    problem.map_or(Ok(()), |problem| Err(invalid(format!("Invalid parameter : {problem}"))))
}

fn endpoint(config: &Config) -> Option<String> {
    let tcp = config.kind == "TCP";
    let problem = match (&config.address, &config.domain) {
        (None, None) => "Basic health checks must have an IP address or a domain name specified.",
        (Some(_), Some(_)) if tcp => {
            "TCP health checks that have IP address must not have a fully qualified domain name \
             specified."
        }
        _ if tcp && config.port.is_none() => "TCP health checks must have a port specified.",
        _ if tcp && config.path.is_some() => {
            "TCP health checks must not have a resource path specified."
        }
        _ if config.searches() && config.search.as_deref().is_none_or(str::is_empty) => {
            "String match health checks must have a search string specified."
        }
        _ if !config.searches() && config.search.is_some() => {
            "Only string match health checks can have a search string specified."
        }
        _ if config.interval.is_some_and(|seconds| seconds != 10 && seconds != 30) => {
            "Request interval must be 10 or 30 seconds."
        }
        _ if config.path.as_deref().is_some_and(|path| path.contains([' ', '\n'])) => {
            "Resource path contains characters that are not permitted."
        }
        _ => return config.address.as_deref().and_then(address),
    };
    Some(problem.to_owned())
}

/// Checkers reach public addresses only.
fn address(given: &str) -> Option<String> {
    match given.parse() {
        Ok(IpAddr::V4(address)) if !is_special_v4(address) => None,
        Ok(IpAddr::V6(address)) if !is_special_v6(address) => None,
        Ok(_) => Some(format!(
            "IP address {given} is private, local, multicast or otherwise not permitted for health \
             checks."
        )),
        Err(_) => Some(format!("{given} is not an IP address.")),
    }
}

/// Documentation ranges count as public here: tests have no other addresses to name.
fn is_special_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || matches!((first, second, third), (0 | 240.., ..) | (100, 64..=127, _) | (192, 0, 0))
        || (first == 198 && matches!(second, 18 | 19))
}

fn is_special_v6(address: Ipv6Addr) -> bool {
    address.is_loopback()
        || address.is_unspecified()
        || address.is_multicast()
        || address.is_unique_local()
        || address.is_unicast_link_local()
        || address.to_ipv4_mapped().is_some()
}

fn calculated(config: &Config, checks: &BTreeMap<String, Check>) -> Option<String> {
    let Some(children) = &config.children else {
        return Some(
            "Calculated health checks must have child health checks specified.".to_owned(),
        );
    };
    if config.health_threshold.is_none() {
        return Some("Calculated health checks must have a health threshold specified.".to_owned());
    }
    if children.len() > CHILDREN_MAX {
        let most = CHILDREN_MAX;
        return Some(format!("Calculated health checks must have at most {most} children."));
    }
    children.iter().enumerate().find_map(|(at, id)| match checks.get(id) {
        None => Some(format!("Child health check {id} does not exist.")),
        Some(child) if child.config.kind == "CALCULATED" => {
            Some(format!("Child health check {id} must not be a calculated health check."))
        }
        Some(_) if children[..at].contains(id) => {
            Some(format!("Child health check {id} is specified more than once."))
        }
        Some(_) => None,
    })
}

fn metric(config: &Config) -> Option<String> {
    let known = ["Healthy", "Unhealthy", "LastKnownStatus"];
    match &config.insufficient {
        _ if config.alarm.is_none() => {
            Some("CloudWatch metric health checks must have an alarm identifier specified.".into())
        }
        Some(status) if !known.contains(&status.as_str()) => {
            Some(format!("{status} is not a status for insufficient data."))
        }
        Some(_) => None,
        None => Some(
            "CloudWatch metric health checks must have an insufficient data health status \
             specified."
                .into(),
        ),
    }
}

/// Fields that belong to another type of check.
fn foreign(config: &Config) -> Option<String> {
    let endpoint = config.is_endpoint();
    let type_of = |kind: &str| config.kind == kind;
    let fields = [
        ("an IP address", config.address.is_some(), endpoint),
        ("a port", config.port.is_some(), endpoint),
        ("a resource path", config.path.is_some(), endpoint),
        ("a fully qualified domain name", config.domain.is_some(), endpoint),
        ("a search string", config.search.is_some(), endpoint),
        ("a request interval", config.interval.is_some(), endpoint),
        ("a failure threshold", config.threshold.is_some(), endpoint),
        ("regions", config.regions.is_some(), endpoint),
        ("a health threshold", config.health_threshold.is_some(), type_of("CALCULATED")),
        ("child health checks", config.children.is_some(), type_of("CALCULATED")),
        ("an metric region", config.alarm.is_some(), type_of("CLOUDWATCH_METRIC")),
        ("a routing control ARN", config.routing_control.is_some(), type_of("RECOVERY_CONTROL")),
    ];
    let (field, ..) = fields.iter().find(|(_, given, allowed)| *given && !allowed)?;
    let kind = match config.kind.as_str() {
        "CALCULATED" => "Calculated",
        "CLOUDWATCH_METRIC" => "CloudWatch metric",
        "RECOVERY_CONTROL" => "Recovery control",
        _ => "Basic",
    };
    Some(format!("{kind} health checks must not have {field} specified."))
}

fn regions(config: &Config) -> Option<String> {
    let regions = config.regions.as_ref()?;
    if let Some(other) = regions.iter().find(|region| !CHECKER_REGIONS.contains(&region.as_str())) {
        return Some(format!("{other} is not a region of health checkers."));
    }
    let few = regions.len() < REGIONS_MIN;
    few.then(|| format!("Health checks must have at least {REGIONS_MIN} regions specified."))
}
