//! Health checks: ours and as Route 53 holds them.

use aws_sdk_route53::types::{
    HealthCheck as RawCheck, HealthCheckConfig, HealthCheckRegion, HealthCheckType,
    ResettableElementName,
};
use lifeboat_contract::{
    CheckRef, CheckReference, Endpoint, HealthCheck, Key, Location, Mark, Object, Protocol,
    ProviderError, Spec, SpecHash, Write,
};

use crate::info::{CAPABILITIES, CHECKERS};

/// A health check as it is held.
#[derive(Clone, Debug)]
pub(super) struct HeldCheck {
    pub(super) id: String,
    pub(super) version: u64,
    pub(super) raw: HealthCheckConfig,
    /// Whose it is, if it is one of Lifeboat's.
    pub(super) reference: Option<CheckReference>,
    /// Whether its own `CallerReference` says so, which is for life.
    pub(super) made: bool,
    /// The hash of what was last applied, where it was read.
    pub(super) applied: Option<SpecHash>,
}

impl HeldCheck {
    /// What Route 53 gave; `adopted` is what its tags say.
    pub(super) fn of(raw: &RawCheck, adopted: Option<CheckReference>) -> Option<Self> {
        Some(Self {
            id: raw.id().to_owned(),
            version: u64::try_from(raw.health_check_version()).ok()?,
            raw: raw.health_check_config()?.clone(),
            made: reference(raw.caller_reference()).is_some(),
            reference: adopted.or_else(|| reference(raw.caller_reference())),
            applied: None,
        })
    }

    /// The object; absent where the contract has no words for it, such as for an alarm.
    pub(super) fn object(&self, of: impl Fn(&str) -> CheckRef) -> Option<Object> {
        let spec = Spec::HealthCheck(read(&self.raw, of)?);
        let (key, mark) = match &self.reference {
            Some(reference) => (
                Key::HealthCheck { reference: reference.clone() },
                Some(Mark {
                    stack: reference.stack.clone(),
                    spec: self.applied.clone().unwrap_or_else(|| SpecHash::of(&spec)),
                }),
            ),
            None => (Key::ForeignCheck { id: self.id.clone() }, None),
        };
        Some(Object { key, spec, mark, id: Some(self.id.clone()), version: Some(self.version) })
    }

    /// What refers to it.
    pub(super) fn as_ref(&self) -> CheckRef {
        match &self.reference {
            Some(reference) => CheckRef::Marked(reference.clone()),
            None => CheckRef::Id(self.id.clone()),
        }
    }
}

/// What a `CallerReference` says. A reference that was used by a check that is deleted can never be
/// used again, so it may carry the number of the try behind a dot: `lifeboat:shop:0123..:1.2`.
pub(super) fn reference(caller_reference: &str) -> Option<CheckReference> {
    let text = match caller_reference.rsplit_once('.') {
        Some((text, number)) if number.chars().all(|c| c.is_ascii_digit()) => text,
        Some(_) | None => caller_reference,
    };
    text.parse().ok()
}

/// The `CallerReference` of a try, counted from 0.
pub(super) fn caller_reference(reference: &CheckReference, number: u32) -> String {
    match number {
        0 => reference.to_string(),
        number => format!("{reference}.{number}"),
    }
}

/// What a configuration of Route 53's is.
fn read(raw: &HealthCheckConfig, of: impl Fn(&str) -> CheckRef) -> Option<HealthCheck> {
    let (inverted, disabled) = (raw.inverted() == Some(true), raw.disabled() == Some(true));
    let number = |value: Option<i32>| value.and_then(|value| u32::try_from(value).ok());
    let protocol = match raw.r#type().as_str() {
        "HTTP" | "HTTP_STR_MATCH" => Protocol::Http,
        "HTTPS" | "HTTPS_STR_MATCH" => Protocol::Https,
        "TCP" => Protocol::Tcp,
        "CALCULATED" => {
            let mut checks: Vec<CheckRef> =
                raw.child_health_checks().iter().map(|id| of(id)).collect();
            checks.sort();
            let at_least = number(raw.health_threshold())?;
            return Some(HealthCheck::Calculated { checks, at_least, inverted, disabled });
        }
        _ => return None,
    };
    let (host, address) = match (raw.fully_qualified_domain_name(), raw.ip_address()) {
        (Some(name), Some(address)) => (name, address.parse().ok()),
        (Some(name), None) => (name, None),
        (None, Some(address)) => (address, None),
        (None, None) => return None,
    };
    let default_port = if protocol == Protocol::Https { 443 } else { 80 };
    let port = raw.port().map_or(Some(default_port), |port| u16::try_from(port).ok())?;
    let path = || raw.resource_path().filter(|path| !path.is_empty()).unwrap_or("/").to_owned();
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    Some(HealthCheck::Endpoint(Endpoint {
        path: (protocol != Protocol::Tcp).then(path),
        contains: raw.search_string().map(str::to_owned),
        interval: number(raw.request_interval()).unwrap_or(30),
        failures: number(raw.failure_threshold()).unwrap_or(3),
        address,
        no_sni: protocol == Protocol::Https && raw.enable_sni() == Some(false),
        checkers: checkers(raw.regions()),
        inverted,
        disabled,
        ..Endpoint::new(protocol, host, port)
    }))
}

/// Where it is asked from, sorted; all places are the same as none named.
fn checkers(regions: &[HealthCheckRegion]) -> Vec<Location> {
    let mut checkers: Vec<Location> =
        regions.iter().filter_map(|region| region.as_str().parse().ok()).collect();
    checkers.sort();
    if checkers.len() == CHECKERS.len() { Vec::new() } else { checkers }
}

/// The configuration as Route 53 takes it; `children` are the ids of the checks counted.
pub(super) fn written(
    check: &HealthCheck,
    children: Vec<String>,
) -> Result<HealthCheckConfig, aws_sdk_route53::error::BuildError> {
    let endpoint = match check {
        HealthCheck::Calculated { checks: _, at_least, inverted, disabled } => {
            return HealthCheckConfig::builder()
                .r#type(HealthCheckType::Calculated)
                .set_child_health_checks(Some(children))
                .health_threshold(i32::try_from(*at_least).unwrap_or(i32::MAX))
                .inverted(*inverted)
                .disabled(*disabled)
                .build();
        }
        HealthCheck::Endpoint(endpoint) => endpoint,
    };
    let (name, address) = host(endpoint);
    let number = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
    let regions: Vec<HealthCheckRegion> =
        endpoint.checkers.iter().map(|at| HealthCheckRegion::from(at.as_str())).collect();
    let tls = endpoint.protocol == Protocol::Https;
    HealthCheckConfig::builder()
        .r#type(kind(endpoint))
        .set_fully_qualified_domain_name(name)
        .set_ip_address(address)
        .port(i32::from(endpoint.port))
        .set_resource_path(endpoint.path.clone())
        .set_search_string(endpoint.contains.clone())
        .request_interval(number(endpoint.interval))
        .failure_threshold(number(endpoint.failures))
        .set_enable_sni(tls.then_some(!endpoint.no_sni))
        .set_regions((!regions.is_empty()).then_some(regions))
        .inverted(endpoint.inverted)
        .disabled(endpoint.disabled)
        .build()
}

/// The name that is asked for, and the address that is connected to.
fn host(endpoint: &Endpoint) -> (Option<String>, Option<String>) {
    let host = endpoint.host.clone();
    match (&endpoint.address, host.parse::<std::net::IpAddr>()) {
        (Some(address), _) => (Some(host), Some(address.to_string())),
        (None, Ok(_)) => (None, Some(host)),
        (None, Err(_)) => (Some(host), None),
    }
}

fn kind(endpoint: &Endpoint) -> HealthCheckType {
    match (endpoint.protocol, &endpoint.contains) {
        (Protocol::Http, None) => HealthCheckType::Http,
        (Protocol::Http, Some(_)) => HealthCheckType::HttpStrMatch,
        (Protocol::Https, None) => HealthCheckType::Https,
        (Protocol::Https, Some(_)) => HealthCheckType::HttpsStrMatch,
        (Protocol::Tcp, _) => HealthCheckType::Tcp,
    }
}

/// What an update has to reset, because it is no longer given.
pub(super) fn resets(
    before: &HealthCheckConfig,
    after: &HealthCheckConfig,
) -> Vec<ResettableElementName> {
    let gone = [
        (
            !before.child_health_checks().is_empty() && after.child_health_checks().is_empty(),
            ResettableElementName::ChildHealthChecks,
        ),
        (
            before.fully_qualified_domain_name().is_some()
                && after.fully_qualified_domain_name().is_none(),
            ResettableElementName::FullyQualifiedDomainName,
        ),
        (
            !before.regions().is_empty() && after.regions().is_empty(),
            ResettableElementName::Regions,
        ),
        (
            before.resource_path().is_some() && after.resource_path().is_none(),
            ResettableElementName::ResourcePath,
        ),
    ];
    gone.into_iter().filter(|(gone, _)| *gone).map(|(_, element)| element).collect()
}

/// Refuses what Route 53 has no form for, before it is asked.
pub(super) fn admit(write: &Write, check: &HealthCheck) -> Result<(), ProviderError> {
    let unsupported = |why: String| {
        let (provider, what) = (crate::NAME.to_owned(), write.key.to_string());
        Err(ProviderError::Unsupported { provider, what, why })
    };
    match check {
        HealthCheck::Endpoint(endpoint) => {
            if !CAPABILITIES.interval.allows(endpoint.interval) {
                let (seconds, allowed) = (endpoint.interval, &CAPABILITIES.interval);
                return unsupported(format!("the interval is {seconds}s, not {allowed}"));
            }
            if !CAPABILITIES.failures.contains(&endpoint.failures) {
                return unsupported(format!("{} failures are not 1 to 10", endpoint.failures));
            }
            if endpoint.timeout.is_some() {
                return unsupported("the timeout of its checks cannot be set".to_owned());
            }
            Ok(())
        }
        HealthCheck::Calculated { checks, .. } => {
            if checks.is_empty() || checks.len() > CAPABILITIES.counted_checks_max {
                let most = CAPABILITIES.counted_checks_max;
                return unsupported(format!("it counts 1 to {most} other checks"));
            }
            match checks.iter().find(|check| matches!(check, CheckRef::Address(_))) {
                Some(_) => unsupported("an address means something in a configuration only".into()),
                None => Ok(()),
            }
        }
    }
}
