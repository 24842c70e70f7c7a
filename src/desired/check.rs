//! Health checks.

use std::sync::Arc;

use lifeboat_contract::{Address, Capabilities, Endpoint, HealthCheck, Location, Spec};

use super::{Making, Resource, check_ref, reach};
use crate::diagnostic::{Diagnostic, Span, codes, nearest};
use crate::intent::{At, Places, Probe};

pub(super) fn derive(making: &mut Making<'_>) {
    let intents = making.intents;
    for (address, check) in &intents.health_checks {
        let Some(provider) = &check.provider else { continue };
        let Some(capabilities) = making.capabilities(provider).filter(|c| c.dns) else {
            making.unsupported(address, check.span, provider, "has no health checks");
            continue;
        };
        let (spec, needs) = match &check.probe {
            Probe::Endpoint { endpoint, places } => {
                let mut about = About { making: &mut *making, address, provider };
                about.endpoint(endpoint, places, capabilities);
                about.checkers(endpoint, places, capabilities);
                (HealthCheck::Endpoint(endpoint.clone()), Vec::new())
            }
            Probe::Calculated { checks, at_least } => {
                let mut about = About { making: &mut *making, address, provider };
                about.calculated(checks, capabilities);
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

/// What there is to say about one check.
struct About<'a, 'm> {
    making: &'a mut Making<'m>,
    address: &'a Address,
    provider: &'a str,
}

impl About<'_, '_> {
    fn refuse(&mut self, span: Span, what: &str) {
        self.making.unsupported(self.address, span, self.provider, what);
    }

    fn refuse_and_help(&mut self, span: Span, what: &str, help: String) {
        let detail = format!("Provider `{}` {what}.", self.provider);
        let found = Diagnostic::new(codes::UNSUPPORTED, span, detail).help(help);
        self.making.found.push(found.about(self.address.as_str()));
    }

    /// Says everything about an endpoint that the provider cannot do.
    fn endpoint(&mut self, endpoint: &Endpoint, at: &Places, can: &Capabilities) {
        if !can.protocols.contains(&endpoint.protocol) {
            self.refuse(at.url, &format!("cannot check by {}", endpoint.protocol));
        }
        if endpoint.contains.is_some() && !can.contains {
            self.refuse(at.contains, "cannot look for text in an answer");
        }
        if !can.interval.allows(endpoint.interval) {
            let what = format!("checks every {}, not every {}s", can.interval, endpoint.interval);
            self.refuse(at.interval, &what);
        }
        if !can.failures.contains(&endpoint.failures) {
            let (low, high) = (can.failures.start(), can.failures.end());
            let what = format!("takes {low} to {high} failures, not {}", endpoint.failures);
            self.refuse(at.failures, &what);
        }
        match (endpoint.timeout, &can.timeout) {
            (Some(_), None) => self.refuse(at.timeout, "has a timeout of its own"),
            (Some(seconds), Some(range)) if !range.contains(&seconds) => {
                let (low, high) = (range.start(), range.end());
                let what = format!("takes a timeout of {low}s to {high}s, not {seconds}s");
                self.refuse(at.timeout, &what);
            }
            (_, _) => {}
        }
        if endpoint.address.is_some() && !can.check_address {
            self.refuse(at.address, "connects to the host of `url` and to no other address");
        }
        // Who can be told an address can be told how to connect to it.
        if endpoint.no_sni && !can.check_address {
            self.refuse(at.sni, "names the host while TLS begins, always");
        }
        if !can.private_endpoints {
            self.reached(endpoint, at);
        }
    }

    /// Says which addresses the provider's checkers, which are outside, cannot reach.
    fn reached(&mut self, endpoint: &Endpoint, at: &Places) {
        let (host, span) = match endpoint.address {
            Some(address) => (address.to_string(), at.address),
            None => (endpoint.host.clone(), at.url),
        };
        if let Some(why) = reach::unreachable(&host) {
            let what = format!("cannot reach `{host}`: its checkers are outside, and {why}");
            self.refuse(span, &what);
        }
    }

    /// Says from where the provider cannot ask.
    fn checkers(&mut self, endpoint: &Endpoint, at: &Places, can: &Capabilities) {
        let (wanted, span) = (&endpoint.checkers, at.checkers);
        if wanted.is_empty() {
            return;
        }
        if can.checkers.is_empty() {
            let help = "leave `checkers` out".to_owned();
            return self.refuse_and_help(span, "does not let its checkers be chosen", help);
        }
        for name in wanted.iter().map(Location::as_str) {
            if !can.checkers.contains(&name) {
                let help = match nearest(name, can.checkers.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("it has checkers in `{}`", can.checkers.join("`, `")),
                };
                self.refuse_and_help(span, &format!("has no checkers in `{name}`"), help);
            }
        }
        if wanted.len() < can.checkers_min {
            let least = can.checkers_min;
            let what = format!("asks from {least} places at least, not from {}", wanted.len());
            self.refuse_and_help(span, &what, "name more, or leave `checkers` out".to_owned());
        }
    }

    /// Says which checks cannot be counted.
    fn calculated(&mut self, checks: &At<Vec<Address>>, can: &Capabilities) {
        let (intents, span) = (self.making.intents, checks.span);
        if !can.calculated {
            self.refuse(span, "cannot calculate a check from others");
        }
        let (count, most) = (checks.value.len(), can.counted_checks_max);
        if count > most {
            self.refuse(span, &format!("counts {most} checks at most, not {count}"));
        }
        for child in &checks.value {
            let Some(counted) = intents.health_checks.get(child) else { continue };
            let nests = matches!(counted.probe, Probe::Calculated { .. });
            if nests && !can.calculated_nests {
                let what = format!("cannot count `{child}`, which counts others itself");
                self.refuse_and_help(span, &what, format!("name the checks that `{child}` counts"));
            }
            if let Some(other) = counted.provider.as_deref().filter(|p| *p != self.provider) {
                let what = format!("cannot count `{child}`, which provider `{other}` asks");
                self.refuse(span, &what);
            }
        }
    }
}
