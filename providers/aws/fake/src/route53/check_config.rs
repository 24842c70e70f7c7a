//! The configuration of a health check: reading, the defaults that AWS fills in, writing.

use roxmltree::Node;

use super::read::{bounded, parsed, ranged, required};
use crate::reply::Refusal;
use crate::xml::{self, Xml};

const STRING_CHARS_MAX: usize = 255;
const INTERVAL_SECONDS: i64 = 30;
const THRESHOLD: i64 = 3;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Config {
    pub(super) kind: String,
    pub(super) address: Option<String>,
    pub(super) port: Option<i64>,
    pub(super) path: Option<String>,
    pub(super) domain: Option<String>,
    pub(super) search: Option<String>,
    pub(super) interval: Option<i64>,
    pub(super) threshold: Option<i64>,
    pub(super) latency: Option<bool>,
    pub(super) inverted: Option<bool>,
    pub(super) disabled: Option<bool>,
    pub(super) health_threshold: Option<i64>,
    pub(super) children: Option<Vec<String>>,
    pub(super) sni: Option<bool>,
    pub(super) regions: Option<Vec<String>>,
    pub(super) alarm: Option<Alarm>,
    pub(super) insufficient: Option<String>,
    pub(super) routing_control: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Alarm {
    region: String,
    name: String,
}

impl Config {
    /// Reads what is given. The ranges of single values are checked here, the rest in `check_rules`.
    pub(super) fn read(node: Node<'_, '_>) -> Result<Self, Refusal> {
        let config = Self {
            kind: xml::text(node, "Type").unwrap_or_default(),
            address: xml::text(node, "IPAddress"),
            port: ranged(node, "Port", 1, 65_535)?,
            path: xml::text(node, "ResourcePath"),
            domain: xml::text(node, "FullyQualifiedDomainName"),
            search: xml::text(node, "SearchString"),
            interval: parsed(node, "RequestInterval")?,
            threshold: ranged(node, "FailureThreshold", 1, 10)?,
            latency: parsed(node, "MeasureLatency")?,
            inverted: parsed(node, "Inverted")?,
            disabled: parsed(node, "Disabled")?,
            health_threshold: ranged(node, "HealthThreshold", 0, 256)?,
            children: texts(node, "ChildHealthChecks", "ChildHealthCheck"),
            sni: parsed(node, "EnableSNI")?,
            regions: texts(node, "Regions", "Region"),
            alarm: xml::child(node, "AlarmIdentifier").map(Alarm::read).transpose()?,
            insufficient: xml::text(node, "InsufficientDataHealthStatus"),
            routing_control: xml::text(node, "RoutingControlArn"),
        };
        for (name, text) in [
            ("resourcePath", &config.path),
            ("fullyQualifiedDomainName", &config.domain),
            ("searchString", &config.search),
        ] {
            bounded(name, text.as_deref().unwrap_or_default(), STRING_CHARS_MAX)?;
        }
        Ok(config)
    }

    pub(super) fn is_endpoint(&self) -> bool {
        !matches!(self.kind.as_str(), "CALCULATED" | "CLOUDWATCH_METRIC" | "RECOVERY_CONTROL")
    }

    pub(super) fn searches(&self) -> bool {
        self.kind.ends_with("_STR_MATCH")
    }

    /// Fills in what AWS does.
    pub(super) fn with_defaults(mut self) -> Self {
        self.inverted.get_or_insert(false);
        self.disabled.get_or_insert(false);
        if self.is_endpoint() {
            let secure = self.kind.starts_with("HTTPS");
            if self.kind != "TCP" {
                self.port.get_or_insert(if secure { 443 } else { 80 });
            }
            self.interval.get_or_insert(INTERVAL_SECONDS);
            self.threshold.get_or_insert(THRESHOLD);
            self.latency.get_or_insert(false);
            self.sni.get_or_insert(secure);
        }
        self
    }

    /// What is given in the other takes the place of what is here.
    pub(super) fn updated(self, with: Self) -> Self {
        Self {
            kind: self.kind,
            interval: self.interval,
            latency: self.latency,
            routing_control: self.routing_control,
            address: with.address.or(self.address),
            port: with.port.or(self.port),
            path: with.path.or(self.path),
            domain: with.domain.or(self.domain),
            search: with.search.or(self.search),
            threshold: with.threshold.or(self.threshold),
            inverted: with.inverted.or(self.inverted),
            disabled: with.disabled.or(self.disabled),
            health_threshold: with.health_threshold.or(self.health_threshold),
            children: with.children.or(self.children),
            sni: with.sni.or(self.sni),
            regions: with.regions.or(self.regions),
            alarm: with.alarm.or(self.alarm),
            insufficient: with.insufficient.or(self.insufficient),
        }
    }

    pub(super) fn write(&self, xml: &mut Xml) {
        xml.element("HealthCheckConfig", |xml| {
            xml.optional("IPAddress", self.address.as_ref());
            xml.optional("Port", self.port);
            xml.leaf("Type", &self.kind);
            xml.optional("ResourcePath", self.path.as_ref());
            xml.optional("FullyQualifiedDomainName", self.domain.as_ref());
            xml.optional("SearchString", self.search.as_ref());
            xml.optional("RequestInterval", self.interval);
            xml.optional("FailureThreshold", self.threshold);
            xml.optional("MeasureLatency", self.latency);
            xml.optional("Inverted", self.inverted);
            xml.optional("Disabled", self.disabled);
            xml.optional("HealthThreshold", self.health_threshold);
            write_list(xml, "ChildHealthChecks", "ChildHealthCheck", self.children.as_deref());
            xml.optional("EnableSNI", self.sni);
            write_list(xml, "Regions", "Region", self.regions.as_deref());
            if let Some(alarm) = &self.alarm {
                xml.element("AlarmIdentifier", |xml| {
                    xml.leaf("Region", &alarm.region);
                    xml.leaf("Name", &alarm.name);
                });
            }
            xml.optional("InsufficientDataHealthStatus", self.insufficient.as_ref());
            xml.optional("RoutingControlArn", self.routing_control.as_ref());
        });
    }
}

impl Alarm {
    fn read(node: Node<'_, '_>) -> Result<Self, Refusal> {
        Ok(Self { region: required(node, "Region")?, name: required(node, "Name")? })
    }
}

fn texts(node: Node<'_, '_>, list: &str, member: &str) -> Option<Vec<String>> {
    xml::child(node, list)?;
    Some(xml::list(node, list, member).into_iter().map(xml::content).collect())
}

fn write_list(xml: &mut Xml, list: &str, member: &str, texts: Option<&[String]>) {
    if let Some(texts) = texts.filter(|texts| !texts.is_empty()) {
        xml.element(list, |xml| texts.iter().for_each(|text| xml.leaf(member, text)));
    }
}
