//! `zone`: a DNS zone to put names in.

use std::sync::Arc;

use lifeboat_contract::{DnsName, Network};

use super::reader::{At, Reader};
use super::schema::{BlockSchema, NestedSchema, Occurs, Takes, defaulted, optional, required};
use super::{Inputs, provider};
use crate::diagnostic::{Diagnostic, Span, codes};

pub(super) const SCHEMA: &BlockSchema = &BlockSchema {
    kind: "zone",
    labels: &["name"],
    summary: "A DNS zone to put names in.",
    attributes: &[
        required("provider", Takes::Text, "The provider that serves it."),
        required("name", Takes::Text, "The zone's own name, such as `example.com`."),
        defaulted(
            "create",
            Takes::Flag,
            "false",
            "Whether this stack makes and owns the zone. Otherwise it has to exist and is never \
             deleted.",
        ),
        optional("comment", Takes::Text, "A note for people; only with `create = true`."),
        defaulted(
            "private",
            Takes::Flag,
            "false",
            "Whether only its networks see it. A name can be a public and a private zone.",
        ),
    ],
    blocks: &[NestedSchema { schema: NETWORK, occurs: Occurs::AnyNumber }],
    for_each: true,
    example: "zone \"main\" {\n  provider = \"local\"\n  name     = \"example.com\"\n}\n",
};

const NETWORK: &BlockSchema = &BlockSchema {
    kind: "network",
    labels: &[],
    summary: "A network that sees a private zone; one at least with `create = true`, and none \
              without, since a zone that exists keeps those it has.",
    attributes: &[
        required("location", Takes::Text, "Where it is, such as `eu-west-1`."),
        required("id", Takes::Text, "The provider's id, such as `vpc-0123456789abcdef0`."),
    ],
    blocks: &[],
    for_each: false,
    example: "network {\n  location = \"eu-west-1\"\n  id       = \"vpc-0123456789abcdef0\"\n}\n",
};

/// A DNS zone to put names in.
#[derive(Clone, Debug)]
pub struct Zone {
    pub provider: Arc<str>,
    pub name: At<DnsName>,
    pub create: bool,
    pub comment: Option<String>,
    /// Whether only its networks see it.
    pub private: bool,
    /// Sorted.
    pub networks: Vec<Network>,
}

pub(super) fn read(reader: &Reader<'_>, inputs: &Inputs<'_>) -> Option<Zone> {
    let provider = reader.text("provider");
    let name: Option<At<DnsName>> = reader.parsed("name");
    let create = reader.flag("create", false);
    let comment = reader.text("comment");
    if let (false, Some(comment)) = (create, &comment) {
        let detail = "A zone that this stack does not own keeps the comment it has.";
        let help = "set `create = true`, or leave `comment` out";
        let code = codes::CONFLICTING_ATTRIBUTES;
        reader.report(Diagnostic::new(code, comment.span, detail).help(help));
    }
    let private = reader.flag("private", false);
    let networks = read_networks(reader);
    check_networks(reader, create, private);
    let name = name?;
    if name.value.is_wildcard() {
        reader.refuse(name.span, "A zone's name cannot be a wildcard.");
        return None;
    }
    let info = provider::known(&provider?, inputs, reader)?;
    if !info.capabilities.dns {
        let what = "serves no DNS zones";
        let at = reader.span("provider");
        provider::unsupported(info.name, reader.address.as_str(), at, what, reader.found);
        return None;
    }
    if private && !info.capabilities.private_zones {
        let (what, at) = ("has no private zones", reader.span("private"));
        provider::unsupported(info.name, reader.address.as_str(), at, what, reader.found);
    }
    let comment = comment.map(|at| at.value);
    let networks = networks.into_iter().map(|at| at.value).collect();
    Some(Zone { provider: Arc::from(info.name), name, create, comment, private, networks })
}

/// The networks, sorted.
fn read_networks(reader: &Reader<'_>) -> Vec<At<Network>> {
    let mut networks: Vec<At<Network>> = Vec::new();
    for block in reader.nested("network") {
        let (location, id) = (block.parsed("location"), block.text("id"));
        let (Some(location), Some(id)) = (location, id) else { continue };
        let lawful = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
        if id.value.is_empty() || id.value.len() > 128 || !id.value.chars().all(lawful) {
            let detail = "A network's id is what the provider calls it, like \
                          `vpc-0123456789abcdef0`.";
            reader.refuse(id.span, detail);
            continue;
        }
        let (value, span) = (Network { location: location.value, id: id.value }, block.block.span);
        if let Some(earlier) = networks.iter().find(|earlier| earlier.value == value) {
            let detail = format!("Network `{}` is named twice.", value.id);
            let twice = Diagnostic::new(codes::DUPLICATE_BLOCK, span, detail);
            reader.report(twice.also(earlier.span, "first here"));
        } else {
            networks.push(At { value, span });
        }
    }
    networks.sort_by(|a, b| a.value.cmp(&b.value));
    networks
}

/// Networks and what they go with.
fn check_networks(reader: &Reader<'_>, create: bool, private: bool) {
    let exclude = |span: Span, detail: &str, help: &str| {
        let code = codes::CONFLICTING_ATTRIBUTES;
        reader.report(Diagnostic::new(code, span, detail).help(help));
    };
    let written = reader.block.blocks.iter().find(|block| &*block.kind.text == "network");
    match (written, create, private) {
        (Some(network), _, false) => exclude(
            network.span,
            "Everybody sees a public zone, so it has no networks.",
            "set `private = true`, or leave `network` out",
        ),
        (Some(network), false, true) => exclude(
            network.span,
            "A zone that this stack does not own keeps the networks it has.",
            "set `create = true`, or leave `network` out",
        ),
        (None, true, true) => {
            let detail = "A private zone is made with a network that sees it, and none is named.";
            let help = "write a `network` block with the network's `location` and `id`";
            let span = reader.span("private");
            reader.report(Diagnostic::new(codes::MISSING_BLOCK, span, detail).help(help));
        }
        (Some(_) | None, _, _) => {}
    }
}
