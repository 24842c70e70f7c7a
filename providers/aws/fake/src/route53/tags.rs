//! Tags of health checks and hosted zones.

use super::read::{body, bounded, document, required};
use super::{Action, invalid, no_check, no_zone, reply};
use crate::cloud::Cloud;
use crate::reply::{Refusal, Reply};
use crate::request::Request;
use crate::xml::{self, Xml};

const TAGS_MAX: usize = 10;
const IDS_MAX: usize = 10;
const KEY_CHARS_MAX: usize = 128;
const VALUE_CHARS_MAX: usize = 256;

pub(super) fn of_one(cloud: &Cloud, kind: &str, id: &str) -> Result<Reply, Refusal> {
    exists(cloud, kind, id)?;
    Ok(reply(200, Action::ListTagsForResource, |xml| write(cloud, kind, id, xml)))
}

pub(super) fn of_many(cloud: &Cloud, kind: &str, request: &Request) -> Result<Reply, Refusal> {
    let document = document(body(request)?, "ListTagsForResourcesRequest")?;
    let ids = xml::list(document.root_element(), "ResourceIds", "ResourceId");
    let ids: Vec<String> = ids.into_iter().map(xml::content).collect();
    if ids.is_empty() || ids.len() > IDS_MAX {
        let message = format!(
            "1 validation error detected: Value at 'resourceIds' failed to satisfy constraint: Member \
             must have length between 1 and {IDS_MAX}"
        );
        return Err(invalid(message));
    }
    for id in &ids {
        exists(cloud, kind, id)?;
    }
    Ok(reply(200, Action::ListTagsForResources, |xml| {
        xml.element("ResourceTagSets", |xml| {
            for id in &ids {
                write(cloud, kind, id, xml);
            }
        });
    }))
}

pub(super) fn change(
    cloud: &mut Cloud,
    kind: &str,
    id: &str,
    request: &Request,
) -> Result<Reply, Refusal> {
    let document = document(body(request)?, "ChangeTagsForResourceRequest")?;
    let root = document.root_element();
    exists(cloud, kind, id)?;
    let mut added = Vec::new();
    for tag in xml::list(root, "AddTags", "Tag") {
        let (key, value) = (required(tag, "Key")?, xml::text(tag, "Value").unwrap_or_default());
        bounded("tag.key", &key, KEY_CHARS_MAX)?;
        bounded("tag.value", &value, VALUE_CHARS_MAX)?;
        if key.is_empty() || key.starts_with("aws:") {
            return Err(invalid(format!("The tag key '{key}' is not permitted")));
        }
        added.push((key, value));
    }
    let removed: Vec<String> =
        xml::list(root, "RemoveTagKeys", "Key").into_iter().map(xml::content).collect();
    if added.is_empty() && removed.is_empty() {
        return Err(invalid("The request neither adds nor removes tags"));
    }
    let place = (kind.to_owned(), id.to_owned());
    let mut tags = cloud.route53.tags.get(&place).cloned().unwrap_or_default();
    tags.retain(|key, _| !removed.contains(key));
    tags.extend(added);
    if tags.len() > TAGS_MAX {
        let message = format!("The resource {id} would have more than {TAGS_MAX} tags");
        return Err(invalid(message));
    }
    cloud.route53.tags.insert(place, tags);
    Ok(reply(200, Action::ChangeTagsForResource, |_| {}))
}

fn exists(cloud: &Cloud, kind: &str, id: &str) -> Result<(), Refusal> {
    match kind {
        "hostedzone" if cloud.route53.zones.contains_key(id) => Ok(()),
        "healthcheck" if cloud.route53.checks.contains_key(id) => Ok(()),
        "hostedzone" => Err(no_zone(id)),
        "healthcheck" => Err(no_check(id)),
        _ => Err(invalid(format!("'{kind}' is not a type of resource that has tags"))),
    }
}

fn write(cloud: &Cloud, kind: &str, id: &str, xml: &mut Xml) {
    let tags = cloud.route53.tags.get(&(kind.to_owned(), id.to_owned()));
    xml.element("ResourceTagSet", |xml| {
        xml.leaf("ResourceType", kind);
        xml.leaf("ResourceId", id);
        xml.element("Tags", |xml| {
            for (key, value) in tags.into_iter().flatten() {
                xml.element("Tag", |xml| {
                    xml.leaf("Key", key);
                    xml.leaf("Value", value);
                });
            }
        });
    });
}
