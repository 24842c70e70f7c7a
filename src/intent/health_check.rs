//! `health_check`: what says whether a target may be answered.

use std::cell::RefCell;
use std::sync::Arc;

use lifeboat_contract::{Address, Endpoint, Protocol};

use super::Intents;
use super::reader::{At, Reader};
use super::schema::{BlockSchema, Takes, defaulted, optional};
use super::url::parse_url;
use crate::diagnostic::{Diagnostic, Diagnostics, Span, codes};

pub(super) const SCHEMA: &BlockSchema = &BlockSchema {
    kind: "health_check",
    labels: &["name"],
    summary: "Says whether a target may be answered: an endpoint that is asked, or other checks \
              that are counted.",
    attributes: &[
        optional(
            "url",
            Takes::Text,
            "What is asked: `http://`, `https://` or `tcp://`, a host, a port and a path.",
        ),
        optional(
            "contains",
            Takes::Text,
            "Text that the answer's body has to contain, 255 characters at most.",
        ),
        defaulted(
            "interval",
            Takes::Duration,
            "\"30s\"",
            "Time between two requests of a checker.",
        ),
        defaulted(
            "failures",
            Takes::Integer,
            "3",
            "Failures in a row that make it unhealthy, and successes that make it healthy again.",
        ),
        optional(
            "timeout",
            Takes::Duration,
            "When a request counts as failed, where the provider lets it be set.",
        ),
        optional("all_of", Takes::References("health_check"), "Healthy while all of these are."),
        optional("any_of", Takes::References("health_check"), "Healthy while some of these are."),
        defaulted("at_least", Takes::Integer, "1", "How many of `any_of` have to be healthy."),
        optional(
            "provider",
            Takes::Text,
            "The provider that checks; needed only where several serve DNS.",
        ),
    ],
    blocks: &[],
    for_each: true,
    example: "health_check \"web\" {\n  for_each = region\n  url      = \
              \"https://web.${each.value.location}.example.com/healthz\"\n  interval = \"10s\"\n  \
              failures = 3\n}\n",
};

/// What says whether a target may be answered.
#[derive(Clone, Debug)]
pub struct HealthCheck {
    /// The only one that serves DNS here, where it is not written.
    pub provider: Option<Arc<str>>,
    pub probe: Probe,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum Probe {
    Endpoint { endpoint: Endpoint, interval: Span, failures: Span, timeout: Span, url: Span },
    Calculated { checks: At<Vec<Address>>, at_least: u32 },
}

pub(super) fn read(reader: &Reader<'_>) -> Option<HealthCheck> {
    let provider = reader.text("provider").map(|at| Arc::from(at.value));
    let written: Vec<&str> = ["url", "all_of", "any_of"]
        .into_iter()
        .filter(|n| reader.expression(n).is_some())
        .collect();
    let probe = match written[..] {
        ["url"] => endpoint(reader),
        [form] => calculated(reader, form),
        [] => {
            let detail = "A health check has a `url` to ask, or counts others by `all_of` or \
                          `any_of`.";
            reader.report(Diagnostic::new(codes::MISSING_ATTRIBUTE, reader.block.span, detail));
            None
        }
        [first, second, ..] => {
            let detail = format!("A health check has one of `{first}` and `{second}`.");
            let code = codes::CONFLICTING_ATTRIBUTES;
            reader.report(Diagnostic::new(code, reader.span(second), detail));
            None
        }
    };
    Some(HealthCheck { provider, probe: probe?, span: reader.block.span })
}

fn calculated(reader: &Reader<'_>, form: &str) -> Option<Probe> {
    for name in ["contains", "interval", "failures", "timeout"] {
        if reader.expression(name).is_some() {
            let detail = format!("A check that counts others asks nothing, so it has no `{name}`.");
            let code = codes::CONFLICTING_ATTRIBUTES;
            reader.report(Diagnostic::new(code, reader.span(name), detail));
        }
    }
    let mut checks = reader.references(form, "health_check")?;
    checks.value.sort();
    checks.value.dedup();
    let count = u32::try_from(checks.value.len()).unwrap_or(u32::MAX);
    if count == 0 || count > 255 {
        reader.refuse(checks.span, format!("1 to 255 checks can be counted, these are {count}."));
        return None;
    }
    let at_least = match form {
        "all_of" if reader.expression("at_least").is_some() => {
            let detail = "`all_of` needs all of them; `at_least` goes with `any_of`.";
            let code = codes::CONFLICTING_ATTRIBUTES;
            reader.report(Diagnostic::new(code, reader.span("at_least"), detail));
            count
        }
        "all_of" => count,
        _ => match reader.integer("at_least", 1..=255) {
            Some(at) if at.value > count => {
                let detail = format!("{} of {count} checks can never be healthy.", at.value);
                reader.refuse(at.span, detail);
                count
            }
            Some(at) => at.value,
            None => 1,
        },
    };
    Some(Probe::Calculated { checks, at_least })
}

fn endpoint(reader: &Reader<'_>) -> Option<Probe> {
    if reader.expression("at_least").is_some() {
        let detail = "`at_least` counts checks, and this one asks an endpoint.";
        let code = codes::CONFLICTING_ATTRIBUTES;
        reader.report(Diagnostic::new(code, reader.span("at_least"), detail));
    }
    let interval = reader.duration_or("interval", 30);
    let failures = reader.integer("failures", 1..=10);
    let timeout = reader.duration("timeout");
    let contains = reader.text("contains");
    if let Some(at) = &contains
        && (at.value.is_empty() || at.value.chars().count() > 255)
    {
        reader.refuse(at.span, "`contains` takes 1 to 255 characters.");
    }
    let url = reader.text("url")?;
    let mut endpoint = match parse_url(&url.value) {
        Ok(endpoint) => endpoint,
        Err(why) => {
            let shown: String = url.value.chars().take(80).collect();
            let help = "write like `https://www.example.com:8443/healthz`";
            let detail = format!("`{shown}` cannot be asked: {why}.");
            reader.report(Diagnostic::new(codes::INVALID_VALUE, url.span, detail).help(help));
            return None;
        }
    };
    if let (Protocol::Tcp, Some(at)) = (endpoint.protocol, &contains) {
        let detail = "A TCP check reads no text, so it has no `contains`.";
        reader.report(Diagnostic::new(codes::CONFLICTING_ATTRIBUTES, at.span, detail));
    }
    endpoint.contains = contains.map(|at| at.value);
    endpoint.interval = interval.value;
    endpoint.failures = failures.map_or(3, |at| at.value);
    endpoint.timeout = timeout.map(|at| at.value);
    let span = |name| reader.span(name);
    let (failures, timeout) = (span("failures"), span("timeout"));
    Some(Probe::Endpoint { endpoint, interval: interval.span, failures, timeout, url: url.span })
}

/// Gives every check a provider: the one that is written, or the only one that serves DNS here.
pub(super) fn complete(intents: &mut Intents, found: &RefCell<Diagnostics>) {
    let mut serving: Vec<Arc<str>> =
        intents.zones.values().map(|zone| Arc::clone(&zone.provider)).collect();
    if serving.is_empty() {
        serving.extend(intents.regions.values().map(|region| Arc::clone(&region.provider)));
    }
    serving.sort();
    serving.dedup();
    for (address, check) in &mut intents.health_checks {
        match (&check.provider, &serving[..]) {
            (Some(_), _) => {}
            (None, [only]) => check.provider = Some(Arc::clone(only)),
            (None, several) => {
                let detail = if several.is_empty() {
                    "No zone and no region says which provider shall check.".to_owned()
                } else {
                    format!("Several providers could check: `{}`.", several.join("`, `"))
                };
                found.borrow_mut().push(
                    Diagnostic::new(codes::MISSING_ATTRIBUTE, check.span, detail)
                        .help("set `provider`")
                        .about(address.as_str()),
                );
            }
        }
    }
}
