//! Record sets: ours and as Route 53 holds them.

use aws_sdk_route53::error::BuildError;
use aws_sdk_route53::types::{
    AliasTarget, GeoLocation, GeoProximityLocation, ResourceRecord, ResourceRecordSet,
    ResourceRecordSetFailover, RrType,
};
use lifeboat_contract::{
    Answer, Area, CheckRef, DnsName, FailoverRole, Mark, RecordSet, RecordType, Routing,
    SetIdentifier, Site,
};

use super::wire;

/// What is found at once: how, what, and whose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) name: DnsName,
    pub(super) rtype: RecordType,
    /// Absent for a plain set.
    pub(super) identifier: Option<String>,
    /// What the identifier says, if it is one of Lifeboat's.
    pub(super) ours: Option<SetIdentifier>,
    pub(super) set: RecordSet,
}

/// What a set of Route 53's is; absent where the contract has no words for its name or type.
pub(super) fn read(
    raw: &ResourceRecordSet,
    zone_id: &str,
    check: impl Fn(&str) -> CheckRef,
) -> Option<Read> {
    let name = wire::read_name(raw.name())?;
    let rtype: RecordType = raw.r#type().as_str().parse().ok()?;
    let answer = match raw.alias_target() {
        Some(target) => Answer::Alias {
            name: wire::read_name(target.dns_name())?,
            zone_id: (target.hosted_zone_id() != zone_id)
                .then(|| target.hosted_zone_id().to_owned()),
            evaluate_target_health: target.evaluate_target_health(),
        },
        None => {
            let values = raw.resource_records().iter();
            let mut values: Vec<String> =
                values.map(|record| wire::read(rtype, record.value())).collect();
            values.sort();
            Answer::Values(values)
        }
    };
    let identifier = raw.set_identifier().map(str::to_owned);
    Some(Read {
        name,
        rtype,
        ours: identifier.as_deref().and_then(|text| text.parse().ok()),
        identifier,
        set: RecordSet {
            ttl: raw.ttl().and_then(|ttl| u32::try_from(ttl).ok()),
            answer,
            routing: routing(raw),
            health_check: raw.health_check_id().map(check),
        },
    })
}

fn routing(raw: &ResourceRecordSet) -> Routing {
    let other = |policy: String| Routing::Other { policy };
    if let Some(role) = raw.failover() {
        return match role.as_str() {
            "PRIMARY" => Routing::Failover(FailoverRole::Primary),
            "SECONDARY" => Routing::Failover(FailoverRole::Secondary),
            role => other(format!("failover {role}")),
        };
    }
    if let Some(weight) = raw.weight() {
        return match u8::try_from(weight) {
            Ok(weight) => Routing::Weighted { weight },
            Err(_) => other(format!("weighted {weight}")),
        };
    }
    if let Some(region) = raw.region() {
        return match region.as_str().parse() {
            Ok(region) => Routing::Latency { region },
            Err(_) => other(format!("latency {region}")),
        };
    }
    if let Some(place) = raw.geo_location() {
        return area(place).map_or_else(|| other("geolocation".to_owned()), Routing::Geolocation);
    }
    if let Some(place) = raw.geo_proximity_location() {
        return geoproximity(place).unwrap_or_else(|| other("geoproximity".to_owned()));
    }
    if let Some(cidr) = raw.cidr_routing_config() {
        let (collection, location) = (cidr.collection_id(), cidr.location_name());
        return Routing::Cidr { collection: collection.to_owned(), location: location.to_owned() };
    }
    if raw.multi_value_answer() == Some(true) {
        return Routing::Multivalue;
    }
    if let Some(instance) = raw.traffic_policy_instance_id() {
        return other(format!("traffic policy instance {instance}"));
    }
    Routing::Simple
}

fn area(place: &GeoLocation) -> Option<Area> {
    match (place.continent_code(), place.country_code(), place.subdivision_code()) {
        (None, Some("*"), None) => Some(Area::Default),
        (Some(continent), None, None) => Some(Area::Continent(continent.to_owned())),
        (None, Some(country), None) => Some(Area::Country(country.to_owned())),
        (None, Some(country), Some(code)) => {
            Some(Area::Subdivision { country: country.to_owned(), code: code.to_owned() })
        }
        (_, _, _) => None,
    }
}

fn geoproximity(place: &GeoProximityLocation) -> Option<Routing> {
    let site = match (place.aws_region().or(place.local_zone_group()), place.coordinates()) {
        (Some(location), None) => Site::Location(location.parse().ok()?),
        (None, Some(point)) => Site::Point {
            latitude: point.latitude().parse().ok()?,
            longitude: point.longitude().parse().ok()?,
        },
        (_, _) => return None,
    };
    let bias = i8::try_from(place.bias().unwrap_or(0)).ok()?;
    Some(Routing::Geoproximity { site, bias })
}

/// How a set is written: where, and with which ids.
pub(super) struct Place<'p> {
    pub(super) name: &'p DnsName,
    pub(super) rtype: RecordType,
    pub(super) label: Option<&'p str>,
    pub(super) zone_id: &'p str,
    /// The id of its health check.
    pub(super) check_id: Option<String>,
}

/// The set as Route 53 takes it.
pub(super) fn written(
    place: Place<'_>,
    set: &RecordSet,
    mark: Option<&Mark>,
) -> Result<ResourceRecordSet, BuildError> {
    let Place { name, rtype, label, zone_id, check_id } = place;
    let mut raw = ResourceRecordSet::builder()
        .name(wire::written_name(name))
        .r#type(RrType::from(rtype.as_str()))
        .set_ttl(set.ttl.map(i64::from))
        .set_health_check_id(check_id)
        .set_set_identifier(label.map(|label| identifier(label, mark)));
    raw = match &set.answer {
        Answer::Values(values) => {
            let records = values
                .iter()
                .map(|value| ResourceRecord::builder().value(wire::written(rtype, value)).build());
            raw.set_resource_records(Some(records.collect::<Result<_, _>>()?))
        }
        Answer::Alias { name, zone_id: other, evaluate_target_health } => raw.alias_target(
            AliasTarget::builder()
                .dns_name(wire::written_name(name))
                .hosted_zone_id(other.as_deref().unwrap_or(zone_id))
                .evaluate_target_health(*evaluate_target_health)
                .build()?,
        ),
    };
    raw = match &set.routing {
        // The others' own policies are never written: whoever commits refuses them before.
        Routing::Simple
        | Routing::Latency { .. }
        | Routing::Geolocation(_)
        | Routing::Geoproximity { .. }
        | Routing::Cidr { .. }
        | Routing::Multivalue
        | Routing::Other { .. } => raw,
        Routing::Failover(FailoverRole::Primary) => {
            raw.failover(ResourceRecordSetFailover::Primary)
        }
        Routing::Failover(FailoverRole::Secondary) => {
            raw.failover(ResourceRecordSetFailover::Secondary)
        }
        Routing::Weighted { weight } => raw.weight(i64::from(*weight)),
    };
    raw.build()
}

/// The set identifier: with our mark, or the label alone.
pub(super) fn identifier(label: &str, mark: Option<&Mark>) -> String {
    match mark {
        Some(mark) => SetIdentifier { mark: mark.clone(), label: label.to_owned() }.to_string(),
        None => label.to_owned(),
    }
}

/// A TXT set with one string.
pub(super) fn text(name: &DnsName, ttl: u32, text: &str) -> Result<ResourceRecordSet, BuildError> {
    let value = wire::written(RecordType::Txt, text);
    ResourceRecordSet::builder()
        .name(wire::written_name(name))
        .r#type(RrType::Txt)
        .ttl(i64::from(ttl))
        .resource_records(ResourceRecord::builder().value(value).build()?)
        .build()
}
