//! `zone`: a DNS zone to put names in.

use std::sync::Arc;

use lifeboat_contract::{DnsName, Network};

use super::reader::{At, Reader};
use super::schema::{BlockSchema, Takes, defaulted, optional, required};
use super::{Inputs, provider};
use crate::diagnostic::{Diagnostic, codes};

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
    ],
    blocks: &[],
    for_each: true,
    example: "zone \"main\" {\n  provider = \"local\"\n  name     = \"example.com\"\n}\n",
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
    let comment = comment.map(|at| at.value);
    let (private, networks) = (false, Vec::new());
    Some(Zone { provider: Arc::from(info.name), name, create, comment, private, networks })
}
