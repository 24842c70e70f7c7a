//! `health_check`: what says whether a target may be answered.

use std::cell::RefCell;
use std::net::IpAddr;
use std::sync::Arc;

use lifeboat_contract::{Address, CheckRef, Endpoint, Location, Protocol};

use super::Intents;
use super::reader::{At, Reader};
use super::schema::{BlockSchema, Takes, defaulted, optional};
use super::url::parse_url;
use crate::diagnostic::{Diagnostic, Diagnostics, Span, codes};
use crate::language::Value;

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
        optional(
            "address",
            Takes::Text,
            "The address to connect to; the host of `url` is then only the name asked for.",
        ),
        defaulted(
            "sni",
            Takes::Flag,
            "true",
            "Whether an https check names the host while TLS begins, so that it gets the right \
             certificate.",
        ),
        optional(
            "checkers",
            Takes::Texts,
            "From where it is asked, such as `[\"us-east-1\", \"eu-west-1\", \"us-west-2\"]`; \
             everywhere, where not given.",
        ),
        optional(
            "region",
            Takes::Reference("region"),
            "The region that the endpoint is lost with; where not given, that of the targets that \
             it goes with.",
        ),
        optional("all_of", Takes::References("health_check"), "Healthy while all of these are."),
        optional("any_of", Takes::References("health_check"), "Healthy while some of these are."),
        defaulted("at_least", Takes::Integer, "1", "How many of `any_of` have to be healthy."),
        optional(
            "provider",
            Takes::Text,
            "The provider that checks; needed only where several serve DNS.",
        ),
        defaulted(
            "inverted",
            Takes::Flag,
            "false",
            "Always `false`: a check that says the opposite is a lever for drills.",
        ),
        defaulted(
            "disabled",
            Takes::Flag,
            "false",
            "Always `false`: a check that is never asked is a lever for drills.",
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
    /// The region that the endpoint is lost with, where that is said.
    pub region: Option<Address>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum Probe {
    Endpoint { endpoint: Endpoint, places: Places },
    Calculated { checks: At<Vec<Address>>, at_least: u32 },
}

/// Where each attribute of an endpoint stands; the block, where it is not written.
#[derive(Clone, Copy, Debug)]
pub struct Places {
    pub url: Span,
    pub contains: Span,
    pub interval: Span,
    pub failures: Span,
    pub timeout: Span,
    pub address: Span,
    pub sni: Span,
    pub checkers: Span,
}

pub(super) fn read(reader: &Reader<'_>) -> Option<HealthCheck> {
    let provider = reader.text("provider").map(|at| Arc::from(at.value));
    refuse_levers(reader);
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
    let region = reader.reference("region", "region").map(|at| at.value);
    Some(HealthCheck { provider, probe: probe?, region, span: reader.block.span })
}

/// What only a check that asks an endpoint has.
const ASKING: [&str; 8] =
    ["contains", "interval", "failures", "timeout", "address", "sni", "checkers", "region"];

/// A drill pulls these and puts them back. What is committed with one pulled lies to users for ever.
fn refuse_levers(reader: &Reader<'_>) {
    for (name, lie, instead) in [
        (
            "inverted",
            "says that an endpoint is lost while it serves, and that it serves once it is lost",
            "leave it out; to send users elsewhere, change the order of the targets",
        ),
        (
            "disabled",
            "is never asked and counts as healthy for ever, so its target is answered when it is \
             lost",
            "leave it out; a target that shall not be checked has no `health_check`",
        ),
    ] {
        if reader.flag(name, false) {
            let detail = format!("A check with `{name} = true` {lie}.");
            let code = codes::INVALID_VALUE;
            reader.report(Diagnostic::new(code, reader.span(name), detail).help(instead));
        }
    }
}

fn calculated(reader: &Reader<'_>, form: &str) -> Option<Probe> {
    for name in ASKING {
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
    if count == 0 {
        reader.refuse(checks.span, "A check that counts others counts one at least.");
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
        _ => match reader.integer("at_least", 1..=256) {
            Some(at) if at.value > count => {
                let detail = format!("{} of {count} checks can never be healthy.", at.value);
                let help = format!("ask for {count} at most, or count more checks");
                let code = codes::INVALID_VALUE;
                reader.report(Diagnostic::new(code, at.span, detail).help(help));
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
    read_connection(reader, &mut endpoint);
    endpoint.checkers = read_checkers(reader);
    Some(Probe::Endpoint { endpoint, places: places(reader) })
}

fn places(reader: &Reader<'_>) -> Places {
    let span = |name| reader.span(name);
    Places {
        url: span("url"),
        contains: span("contains"),
        interval: span("interval"),
        failures: span("failures"),
        timeout: span("timeout"),
        address: span("address"),
        sni: span("sni"),
        checkers: span("checkers"),
    }
}

/// How a connection is made, where the url does not say it all.
fn read_connection(reader: &Reader<'_>, endpoint: &mut Endpoint) {
    let exclude = |span: Span, detail: &str, help: &str| {
        let code = codes::CONFLICTING_ATTRIBUTES;
        reader.report(Diagnostic::new(code, span, detail).help(help));
    };
    if let Some(at) = reader.text("address") {
        endpoint.address = at.value.trim().parse().ok();
        if endpoint.address.is_none() {
            let shown: String = at.value.chars().take(80).collect();
            let detail = format!("`{shown}` is no address: write like `192.0.2.10`.");
            reader.refuse(at.span, detail);
        } else if endpoint.protocol == Protocol::Tcp {
            let detail = "A TCP check asks for no name, so its `url` holds the address.";
            exclude(at.span, detail, "write the address into `url`");
        } else if endpoint.host.parse::<IpAddr>().is_ok() {
            let detail = "The host of `url` is an address already.";
            exclude(at.span, detail, "write the name that is asked for into `url`");
        }
    }
    endpoint.no_sni = !reader.flag("sni", true);
    if endpoint.no_sni && endpoint.protocol != Protocol::Https {
        let detail = "Only an https check names its host by SNI.";
        exclude(reader.span("sni"), detail, "leave `sni` out");
        endpoint.no_sni = false;
    }
}

/// From where it is asked, sorted.
fn read_checkers(reader: &Reader<'_>) -> Vec<Location> {
    let Some(at) = reader.texts("checkers") else { return Vec::new() };
    let mut checkers: Vec<Location> = Vec::with_capacity(at.value.len());
    for text in &at.value {
        match text.parse::<Location>() {
            Err(why) => {
                let shown: String = text.chars().take(80).collect();
                reader.refuse(at.span, format!("`{shown}` is not a location: {}.", why.why));
            }
            Ok(location) if checkers.contains(&location) => {
                reader.refuse(at.span, format!("`{location}` stands twice here."));
            }
            Ok(location) => checkers.push(location),
        }
    }
    if at.value.is_empty() {
        let detail = "A check that is asked from nowhere finds out nothing; to have it asked from \
                      everywhere, leave `checkers` out.";
        reader.refuse(at.span, detail);
    }
    checkers.sort();
    checkers
}

/// The check that an attribute names: by its block, or by the provider's id if no block declares it.
pub(super) fn named(reader: &Reader<'_>, name: &str) -> Option<At<CheckRef>> {
    let at = reader.value(name)?;
    let Value::String(id) = &at.value else {
        let address = reader.block_of(name, "health_check", &at)?;
        return Some(At { value: CheckRef::Address(address), span: at.span });
    };
    if id.is_empty() || id.starts_with("health_check.") {
        let detail = format!("`\"{id}\"` is no id of a health check.");
        let help = "a reference stands without quotes: `health_check.name`";
        reader.report(Diagnostic::new(codes::INVALID_VALUE, at.span, detail).help(help));
        return None;
    }
    Some(At { value: CheckRef::Id(id.to_string()), span: at.span })
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
