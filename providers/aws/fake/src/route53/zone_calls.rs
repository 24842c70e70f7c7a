//! The calls about hosted zones.

use super::change::Info;
use super::name::Name;
use super::read::{body, bounded, document, required};
use super::zone::{Network, Zone, first_sets, servers};
use super::{Action, invalid, no_zone, page_size, reply};
use crate::cloud::Cloud;
use crate::reply::{Refusal, Reply};
use crate::request::Request;
use crate::xml;

const PAGE_MAX: usize = 100;
pub(super) const ZONES_MAX: usize = 500;
const COMMENT_CHARS_MAX: usize = 256;
const REFERENCE_CHARS_MAX: usize = 128;

pub(super) fn list(cloud: &Cloud, request: &Request) -> Result<Reply, Refusal> {
    let size = page_size(request, PAGE_MAX)?;
    let marker = request.query.get("marker");
    let only_private = request.query.contains_key("hostedzonetype");
    let zones = &cloud.route53.zones;
    if marker.is_some_and(|marker| !zones.contains_key(marker)) {
        return Err(invalid("The marker is not the id of a hosted zone"));
    }
    let from = marker.cloned().unwrap_or_default();
    let zones = zones.range(from..).filter(|(_, zone)| !only_private || zone.is_private());
    let zones: Vec<&Zone> = zones.map(|(_, zone)| zone).take(size + 1).collect();
    let next = zones.get(size);
    Ok(reply(200, Action::ListHostedZones, |xml| {
        xml.element("HostedZones", |xml| zones.iter().take(size).for_each(|zone| zone.write(xml)));
        xml.optional("Marker", marker);
        xml.leaf("IsTruncated", next.is_some());
        xml.optional("NextMarker", next.map(|zone| &zone.id));
        xml.leaf("MaxItems", size);
    }))
}

pub(super) fn list_by_name(cloud: &Cloud, request: &Request) -> Result<Reply, Refusal> {
    let size = page_size(request, PAGE_MAX)?;
    let (name, id) = (request.query.get("dnsname"), request.query.get("hostedzoneid"));
    if id.is_some() && name.is_none() {
        return Err(invalid("A hosted zone id needs a DNS name"));
    }
    let start = name.map(|name| domain(name)).transpose()?;
    let start = start.map(|name| (name, id.cloned().unwrap_or_default()));
    let mut zones: Vec<&Zone> = cloud.route53.zones.values().collect();
    zones.sort_by_key(|zone| (zone.name.clone(), zone.id.clone()));
    zones.retain(|zone| {
        start.as_ref().is_none_or(|start| (&zone.name, &zone.id) >= (&start.0, &start.1))
    });
    let next = zones.get(size);
    Ok(reply(200, Action::ListHostedZonesByName, |xml| {
        xml.element("HostedZones", |xml| zones.iter().take(size).for_each(|zone| zone.write(xml)));
        xml.optional("DNSName", name);
        xml.optional("HostedZoneId", id);
        xml.leaf("IsTruncated", next.is_some());
        xml.optional("NextDNSName", next.map(|zone| zone.name.text()));
        xml.optional("NextHostedZoneId", next.map(|zone| &zone.id));
        xml.leaf("MaxItems", size);
    }))
}

pub(super) fn get(cloud: &Cloud, id: &str) -> Result<Reply, Refusal> {
    let zone = cloud.route53.zones.get(id).ok_or_else(|| no_zone(id))?;
    Ok(reply(200, Action::GetHostedZone, |xml| {
        zone.write(xml);
        if zone.is_private() {
            xml.element("VPCs", |xml| zone.networks.iter().for_each(|it| it.write(xml)));
        } else {
            zone.write_servers(xml);
        }
    }))
}

pub(super) fn create(cloud: &mut Cloud, request: &Request) -> Result<Reply, Refusal> {
    let document = document(body(request)?, "CreateHostedZoneRequest")?;
    let root = document.root_element();
    let name = domain(&required(root, "Name")?)?;
    let reference = required(root, "CallerReference")?;
    bounded("callerReference", &reference, REFERENCE_CHARS_MAX)?;
    let network = xml::child(root, "VPC").map(Network::read).transpose()?;
    let config = xml::child(root, "HostedZoneConfig");
    let comment = config.and_then(|config| xml::text(config, "Comment"));
    bounded("comment", comment.as_deref().unwrap_or_default(), COMMENT_CHARS_MAX)?;
    let private = config.and_then(|config| xml::text(config, "PrivateZone"));
    if private.as_deref() == Some("true") && network.is_none() {
        return Err(invalid("When you're creating a private hosted zone, you must specify a VPC."));
    }
    if cloud.route53.zone_references.contains(&reference) {
        let message = "A hosted zone has already been created with the specified caller reference.";
        return Err(Refusal::new(409, "HostedZoneAlreadyExists", message));
    }
    if let Some(network) = &network {
        unclaimed(cloud, network, &name)?;
    }
    if cloud.route53.zones.len() >= ZONES_MAX {
        let message = format!(
            "Limits Exceeded: MAX_HOSTED_ZONES_BY_OWNER - Cannot create more hosted \
                               zones: {ZONES_MAX}"
        );
        return Err(Refusal::new(400, "TooManyHostedZones", message));
    }
    let servers = servers(cloud.route53.zone_references.len(), network.is_some());
    let zone = Zone {
        id: cloud.fresh_id('Z'),
        sets: first_sets(&name, &servers),
        name,
        reference: reference.clone(),
        comment,
        networks: network.into_iter().collect(),
        servers,
        busy_until: None,
    };
    cloud.route53.zone_references.insert(reference);
    let info = Info::begin(cloud, None);
    let answer = reply(201, Action::CreateHostedZone, |xml| {
        zone.write(xml);
        info.write(xml);
        if zone.is_private() {
            zone.networks.iter().for_each(|network| network.write(xml));
        } else {
            zone.write_servers(xml);
        }
    });
    let place = format!("https://route53.amazonaws.com/2013-04-01/hostedzone/{}", zone.id);
    cloud.route53.zones.insert(zone.id.clone(), zone);
    Ok(answer.with("location", place))
}

pub(super) fn delete(cloud: &mut Cloud, id: &str) -> Result<Reply, Refusal> {
    let zone = cloud.route53.zones.get(id).ok_or_else(|| no_zone(id))?;
    let always = |kind: &str| matches!(kind, "NS" | "SOA");
    if zone.sets.keys().any(|key| key.name != zone.name || !always(&key.kind)) {
        let message = "The specified hosted zone contains non-required resource record sets and so \
                       cannot be deleted.";
        return Err(Refusal::new(400, "HostedZoneNotEmpty", message));
    }
    cloud.route53.zones.remove(id);
    cloud.route53.tags.remove(&("hostedzone".to_owned(), id.to_owned()));
    Ok(changed(cloud, Action::DeleteHostedZone, None))
}

pub(super) fn associate(cloud: &mut Cloud, id: &str, request: &Request) -> Result<Reply, Refusal> {
    let (network, comment) = network(request, "AssociateVPCWithHostedZoneRequest")?;
    let zone = cloud.route53.zones.get(id).ok_or_else(|| no_zone(id))?;
    if !zone.is_private() {
        let message = format!("You're trying to associate a VPC with the public hosted zone {id}.");
        return Err(Refusal::new(400, "PublicZoneVPCAssociation", message));
    }
    unclaimed(cloud, &network, &zone.name)?;
    if let Some(zone) = cloud.route53.zones.get_mut(id) {
        zone.networks.push(network);
    }
    Ok(changed(cloud, Action::AssociateVPCWithHostedZone, comment))
}

pub(super) fn disassociate(
    cloud: &mut Cloud,
    id: &str,
    request: &Request,
) -> Result<Reply, Refusal> {
    let (network, comment) = network(request, "DisassociateVPCFromHostedZoneRequest")?;
    let zone = cloud.route53.zones.get_mut(id).ok_or_else(|| no_zone(id))?;
    if !zone.networks.contains(&network) {
        let message =
            format!("The VPC {} is not associated with the hosted zone {id}.", network.id);
        return Err(Refusal::new(404, "VPCAssociationNotFound", message));
    }
    if zone.networks.len() == 1 {
        let message = format!(
            "The VPC {} in region {} is the last VPC that is associated with the hosted zone {id}.",
            network.id, network.region
        );
        return Err(Refusal::new(400, "LastVPCAssociation", message));
    }
    zone.networks.retain(|other| *other != network);
    Ok(changed(cloud, Action::DisassociateVPCFromHostedZone, comment))
}

pub(super) fn comment(cloud: &mut Cloud, id: &str, request: &Request) -> Result<Reply, Refusal> {
    let document = document(body(request)?, "UpdateHostedZoneCommentRequest")?;
    let comment = xml::text(document.root_element(), "Comment");
    bounded("comment", comment.as_deref().unwrap_or_default(), COMMENT_CHARS_MAX)?;
    let zone = cloud.route53.zones.get_mut(id).ok_or_else(|| no_zone(id))?;
    zone.comment = comment;
    Ok(reply(200, Action::UpdateHostedZoneComment, |xml| zone.write(xml)))
}

fn domain(given: &str) -> Result<Name, Refusal> {
    let refused = |problem| Refusal::new(400, "InvalidDomainName", problem);
    Name::read(given).map_err(refused)
}

fn network(request: &Request, root: &str) -> Result<(Network, Option<String>), Refusal> {
    let document = document(body(request)?, root)?;
    let root = document.root_element();
    let network = xml::child(root, "VPC").ok_or_else(|| invalid("Invalid XML ; no VPC"))?;
    Ok((Network::read(network)?, xml::text(root, "Comment")))
}

/// One network sees one zone of a name.
fn unclaimed(cloud: &Cloud, network: &Network, name: &Name) -> Result<(), Refusal> {
    let claims = |zone: &&Zone| zone.name == *name && zone.networks.contains(network);
    let Some(zone) = cloud.route53.zones.values().find(claims) else { return Ok(()) };
    let message = format!(
        "The VPC {} in region {} has already been associated with the hosted zone {} with the same \
         domain name.",
        network.id, network.region, zone.id
    );
    Err(Refusal::new(400, "ConflictingDomainExists", message))
}

fn changed(cloud: &mut Cloud, action: Action, comment: Option<String>) -> Reply {
    let info = Info::begin(cloud, comment);
    reply(200, action, |xml| info.write(xml))
}
