//! How Route 53 chooses among the record sets of one name and type.

use roxmltree::Node;

use super::invalid;
use super::read::{parsed, ranged, required};
use crate::reply::Refusal;
use crate::xml::{self, Xml};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Policy {
    Weight(i64),
    Region(String),
    Failover(String),
    Geo { continent: Option<String>, country: Option<String>, subdivision: Option<String> },
    MultiValue(bool),
    Cidr { collection: String, location: String },
    Proximity { place: Place, bias: Option<i64> },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Region(String),
    LocalZoneGroup(String),
    Coordinates { latitude: String, longitude: String },
}

const ELEMENTS: &[&str] = &[
    "Weight",
    "Region",
    "Failover",
    "GeoLocation",
    "MultiValueAnswer",
    "GeoProximityLocation",
    "CidrRoutingConfig",
];

impl Policy {
    pub(super) const CHOICES: &str = "Weight, Region, Failover, GeoLocation, MultiValueAnswer, \
                                      GeoProximityLocation, or CidrRoutingConfig";

    /// How many policies a record set names. More than one is refused where all is known about it.
    pub(super) fn count(node: Node<'_, '_>) -> usize {
        ELEMENTS.iter().filter(|name| xml::child(node, name).is_some()).count()
    }

    pub(super) fn read(node: Node<'_, '_>) -> Result<Option<Self>, Refusal> {
        if let Some(weight) = ranged(node, "Weight", 0, 255)? {
            return Ok(Some(Self::Weight(weight)));
        }
        if let Some(region) = xml::text(node, "Region") {
            return Ok(Some(Self::Region(region)));
        }
        if let Some(role) = xml::text(node, "Failover") {
            if !matches!(role.as_str(), "PRIMARY" | "SECONDARY") {
                return Err(invalid(format!("Invalid XML ; '{role}' is not a valid Failover")));
            }
            return Ok(Some(Self::Failover(role)));
        }
        if let Some(geo) = xml::child(node, "GeoLocation") {
            return Self::geo(geo).map(Some);
        }
        if let Some(answer) = parsed(node, "MultiValueAnswer")? {
            return Ok(Some(Self::MultiValue(answer)));
        }
        if let Some(cidr) = xml::child(node, "CidrRoutingConfig") {
            let collection = required(cidr, "CollectionId")?;
            return Ok(Some(Self::Cidr { collection, location: required(cidr, "LocationName")? }));
        }
        xml::child(node, "GeoProximityLocation").map(Self::proximity).transpose()
    }

    fn geo(node: Node<'_, '_>) -> Result<Self, Refusal> {
        let continent = xml::text(node, "ContinentCode");
        let country = xml::text(node, "CountryCode");
        let subdivision = xml::text(node, "SubdivisionCode");
        if continent.is_some() == country.is_some() {
            return Err(invalid("GeoLocation needs either a ContinentCode or a CountryCode"));
        }
        if subdivision.is_some() && country.is_none() {
            return Err(invalid("A SubdivisionCode needs a CountryCode"));
        }
        Ok(Self::Geo { continent, country, subdivision })
    }

    fn proximity(node: Node<'_, '_>) -> Result<Self, Refusal> {
        let coordinates = xml::child(node, "Coordinates");
        let region = xml::text(node, "AWSRegion").map(Place::Region);
        let group = xml::text(node, "LocalZoneGroup").map(Place::LocalZoneGroup);
        let place = match (region, group, coordinates) {
            (Some(place), None, None) | (None, Some(place), None) => place,
            (None, None, Some(node)) => Place::Coordinates {
                latitude: required(node, "Latitude")?,
                longitude: required(node, "Longitude")?,
            },
            _ => return Err(invalid("GeoProximityLocation needs exactly one place")),
        };
        Ok(Self::Proximity { place, bias: ranged(node, "Bias", -99, 99)? })
    }

    /// As AWS's messages call the policy.
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Weight(_) => "weighted",
            Self::Region(_) => "latency",
            Self::Failover(_) => "failover",
            Self::Geo { .. } => "geolocation",
            Self::MultiValue(_) => "multivalue answer",
            Self::Cidr { .. } => "CIDR",
            Self::Proximity { .. } => "geoproximity",
        }
    }

    /// Whether two record sets of one name and type would serve the same clients.
    pub(super) fn collides(&self, other: &Self) -> bool {
        match self {
            Self::Weight(_) | Self::MultiValue(_) => false,
            Self::Region(_) | Self::Failover(_) | Self::Geo { .. } | Self::Cidr { .. } => {
                self == other
            }
            Self::Proximity { place, .. } => {
                matches!(other, Self::Proximity { place: others, .. } if others == place)
            }
        }
    }

    pub(super) fn write(&self, xml: &mut Xml) {
        match self {
            Self::Weight(weight) => xml.leaf("Weight", weight),
            Self::Region(region) => xml.leaf("Region", region),
            Self::Failover(role) => xml.leaf("Failover", role),
            Self::MultiValue(answer) => xml.leaf("MultiValueAnswer", answer),
            Self::Geo { continent, country, subdivision } => xml.element("GeoLocation", |xml| {
                xml.optional("ContinentCode", continent.as_ref());
                xml.optional("CountryCode", country.as_ref());
                xml.optional("SubdivisionCode", subdivision.as_ref());
            }),
            Self::Cidr { collection, location } => xml.element("CidrRoutingConfig", |xml| {
                xml.leaf("CollectionId", collection);
                xml.leaf("LocationName", location);
            }),
            Self::Proximity { place, bias } => xml.element("GeoProximityLocation", |xml| {
                place.write(xml);
                xml.optional("Bias", bias.as_ref());
            }),
        }
    }
}

impl Place {
    fn write(&self, xml: &mut Xml) {
        match self {
            Self::Region(region) => xml.leaf("AWSRegion", region),
            Self::LocalZoneGroup(group) => xml.leaf("LocalZoneGroup", group),
            Self::Coordinates { latitude, longitude } => xml.element("Coordinates", |xml| {
                xml.leaf("Latitude", latitude);
                xml.leaf("Longitude", longitude);
            }),
        }
    }
}
