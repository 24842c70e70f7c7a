//! Lists the record sets of a zone, page by page.

use super::name::Name;
use super::record::{Key, RecordSet};
use super::{Action, invalid, no_zone, page_size, reply};
use crate::cloud::Cloud;
use crate::reply::{Refusal, Reply};
use crate::request::Request;

const PAGE_MAX: usize = 300;

pub(super) fn list(cloud: &Cloud, id: &str, request: &Request) -> Result<Reply, Refusal> {
    let zone = cloud.route53.zones.get(id).ok_or_else(|| no_zone(id))?;
    let size = page_size(request, PAGE_MAX)?;
    let sets = match start(request)? {
        None => zone.sets.range::<Key, _>(..),
        Some(start) => zone.sets.range(start..),
    };
    let sets: Vec<&RecordSet> = sets.map(|(_, set)| set).take(size + 1).collect();
    let next = sets.get(size);
    Ok(reply(200, Action::ListResourceRecordSets, |xml| {
        xml.element("ResourceRecordSets", |xml| {
            sets.iter().take(size).for_each(|set| set.write(xml));
        });
        xml.leaf("IsTruncated", next.is_some());
        if let Some(next) = next {
            xml.leaf("NextRecordName", next.key.name.text());
            xml.leaf("NextRecordType", &next.key.kind);
            xml.optional("NextRecordIdentifier", next.key.identifier.as_ref());
        }
        xml.leaf("MaxItems", size);
    }))
}

/// Where the page starts: at a name, or at a type of it, or at one set of those.
fn start(request: &Request) -> Result<Option<Key>, Refusal> {
    let field = |name: &str| request.query.get(name).map(String::as_str);
    match (field("name"), field("type"), field("identifier")) {
        (None, None, None) => Ok(None),
        (Some(name), kind, identifier) if kind.is_some() || identifier.is_none() => {
            let name = Name::read(name).map_err(invalid)?;
            let identifier = identifier.map(str::to_owned);
            Ok(Some(Key { identifier, ..Key::new(name, kind.unwrap_or_default()) }))
        }
        (None, ..) => Err(invalid("The request needs a name where it has a type")),
        (Some(_), ..) => Err(invalid("The request needs a type where it has an identifier")),
    }
}
