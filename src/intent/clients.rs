//! `clients`: who asks, how long they keep an answer, and when they notice that it is dead.

use std::collections::BTreeMap;

use lifeboat_contract::Location;

use super::reader::{At, Reader};
use super::schema::{BlockSchema, Takes, defaulted, optional};
use crate::diagnostic::Span;

pub(super) const SCHEMA: &BlockSchema = &BlockSchema {
    kind: "clients",
    labels: &["name"],
    summary: "Clients of one's own, beside `honest` and `typical`: how long they keep answers, and \
              from where they ask.",
    attributes: &[
        defaulted(
            "stretched",
            Takes::Number,
            "0",
            "The share of them whose resolver keeps short answers longer than it may.",
        ),
        defaulted("stretched_to", Takes::Duration, "\"300s\"", "For how long, at least."),
        defaulted(
            "cached",
            Takes::Number,
            "0",
            "The share of them that keeps addresses by itself, such as a Java process.",
        ),
        defaulted(
            "cached_for",
            Takes::Duration,
            "\"30s\"",
            "For how long, beyond the resolver's time.",
        ),
        defaulted(
            "notice",
            Takes::Duration,
            "\"10s\"",
            "Within what time they notice a dead connection, and ask again.",
        ),
        optional("country", Takes::Text, "Their country, such as `DE`, for geolocation."),
        optional("subdivision", Takes::Text, "Their state within it, such as `TX`."),
        optional("continent", Takes::Text, "Their continent, such as `EU`."),
        optional("address", Takes::Text, "An address of theirs, for routing by address."),
        optional(
            "latency",
            Takes::TextMap,
            "Milliseconds to each location, such as `{ eu-west-1 = 20 }`, for routing by latency.",
        ),
    ],
    blocks: &[],
    for_each: true,
    example: "clients \"mobile\" {\n  stretched    = 0.1\n  stretched_to = \"300s\"\n  cached       \
              = 0.2\n  cached_for   = \"1m\"\n}\n",
};

/// Who asks.
#[derive(Clone, Debug, PartialEq)]
pub struct Clients {
    /// A share, 0 to 1.
    pub stretched: f64,
    /// Seconds.
    pub stretched_to: u32,
    /// A share, 0 to 1.
    pub cached: f64,
    /// Seconds.
    pub cached_for: u32,
    /// Seconds.
    pub notice: u32,
    pub country: Option<String>,
    pub subdivision: Option<String>,
    pub continent: Option<String>,
    pub address: Option<std::net::IpAddr>,
    /// Milliseconds.
    pub latency: BTreeMap<Location, u32>,
    pub span: Option<Span>,
}

impl Clients {
    /// Those whose resolvers keep the time to live.
    pub fn honest() -> Self {
        Self {
            stretched: 0.0,
            stretched_to: 300,
            cached: 0.0,
            cached_for: 30,
            notice: 10,
            country: None,
            subdivision: None,
            continent: None,
            address: None,
            latency: BTreeMap::new(),
            span: None,
        }
    }

    /// As measured: 8.74 % of resolvers stretch, and 20 % of clients are taken to keep addresses.
    pub fn typical() -> Self {
        Self { stretched: 0.0874, cached: 0.2, ..Self::honest() }
    }
}

pub(super) fn read(reader: &Reader<'_>) -> Clients {
    for name in ["honest", "typical"] {
        if reader.address.as_str() == format!("clients.{name}") {
            let detail = format!("`{name}` clients are built in. Take another name.");
            reader.refuse(reader.block.span, detail);
        }
    }
    let share = |name| reader.share(name).map_or(0.0, |at| at.value);
    let code = |name: &str| {
        let at = reader.text(name)?;
        let lawful = (1..=3).contains(&at.value.len())
            && at.value.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if !lawful {
            let shown: String = at.value.chars().take(20).collect();
            let detail = format!("`{name}` takes a code in capitals, and this is `{shown}`.");
            reader.refuse(at.span, detail);
        }
        lawful.then_some(at.value)
    };
    let address = reader.text("address").and_then(|at| {
        let parsed = at.value.parse().ok();
        if parsed.is_none() {
            reader.refuse(at.span, "`address` takes an IP address.");
        }
        parsed
    });
    let (country, continent) = (code("country"), code("continent"));
    if country.is_some() && continent.is_none() {
        reader.refuse(
            reader.span("country"),
            "Beside `country` stands its `continent`, such as `EU`.",
        );
    }
    Clients {
        stretched: share("stretched"),
        stretched_to: reader.duration_or("stretched_to", 300).value,
        cached: share("cached"),
        cached_for: reader.duration_or("cached_for", 30).value,
        notice: reader.duration_or("notice", 10).value,
        country,
        subdivision: code("subdivision"),
        continent,
        address,
        latency: latency(reader),
        span: Some(reader.block.span),
    }
}

fn latency(reader: &Reader<'_>) -> BTreeMap<Location, u32> {
    let Some(At { value: map, span }) = reader.text_map("latency") else { return BTreeMap::new() };
    let mut latency = BTreeMap::new();
    for (location, milliseconds) in map {
        match (location.parse(), milliseconds.parse()) {
            (Ok(location), Ok(milliseconds)) => {
                latency.insert(location, milliseconds);
            }
            (_, _) => {
                let detail = "`latency` takes a map of locations to whole milliseconds.";
                reader.refuse(span, detail);
            }
        }
    }
    latency
}
