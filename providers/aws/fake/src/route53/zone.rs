//! Hosted zones.

use roxmltree::Node;
use tokio::time::Instant;

use super::name::Name;
use super::read::required;
use super::record::{Key, RecordSet, Sets};
use crate::reply::Refusal;
use crate::xml::Xml;

const NS_TTL: i64 = 172_800;
const SOA_TTL: i64 = 900;

pub(super) struct Zone {
    pub(super) id: String,
    pub(super) name: Name,
    pub(super) reference: String,
    pub(super) comment: Option<String>,
    /// The networks of a private zone. A public one has none.
    pub(super) networks: Vec<Network>,
    pub(super) servers: Vec<String>,
    pub(super) sets: Sets,
    /// Until when a change batch is being carried out.
    pub(super) busy_until: Option<Instant>,
}

/// A VPC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Network {
    pub(super) region: String,
    pub(super) id: String,
}

impl Network {
    pub(super) fn read(node: Node<'_, '_>) -> Result<Self, Refusal> {
        let (region, id) = (required(node, "VPCRegion")?, required(node, "VPCId")?);
        if !id.starts_with("vpc-") {
            let message = format!("The VPC {id} in region {region} does not exist");
            return Err(Refusal::new(400, "InvalidVPCId", message));
        }
        Ok(Self { region, id })
    }

    pub(super) fn write(&self, xml: &mut Xml) {
        xml.element("VPC", |xml| {
            xml.leaf("VPCRegion", &self.region);
            xml.leaf("VPCId", &self.id);
        });
    }
}

impl Zone {
    pub(super) fn is_private(&self) -> bool {
        !self.networks.is_empty()
    }

    pub(super) fn write(&self, xml: &mut Xml) {
        xml.element("HostedZone", |xml| {
            xml.leaf("Id", format!("/hostedzone/{}", self.id));
            xml.leaf("Name", self.name.text());
            xml.leaf("CallerReference", &self.reference);
            xml.element("Config", |xml| {
                xml.optional("Comment", self.comment.as_ref());
                xml.leaf("PrivateZone", self.is_private());
            });
            xml.leaf("ResourceRecordSetCount", self.sets.len());
        });
    }

    pub(super) fn write_servers(&self, xml: &mut Xml) {
        xml.element("DelegationSet", |xml| {
            xml.element("NameServers", |xml| {
                for server in &self.servers {
                    xml.leaf("NameServer", server);
                }
            });
        });
    }
}

/// The four servers of a new zone, told from those of others by `number`.
pub(super) fn servers(number: usize, private: bool) -> Vec<String> {
    let number = number % 64;
    let ends = ["co.uk", "com", "org", "net"];
    let first = [1536, 0, 1024, 512];
    let offset = if private { 0 } else { number };
    ends.iter()
        .zip(first)
        .map(|(end, first)| format!("ns-{}.awsdns-{offset:02}.{end}", first + offset))
        .collect()
}

/// The record sets that every zone has.
pub(super) fn first_sets(name: &Name, servers: &[String]) -> Sets {
    let set = |kind: &str, ttl: i64, values: Vec<String>| {
        let key = Key::new(name.clone(), kind);
        (
            key.clone(),
            RecordSet { key, policy: None, ttl: Some(ttl), values, alias: None, check: None },
        )
    };
    let dotted: Vec<String> = servers.iter().map(|server| format!("{server}.")).collect();
    let first = dotted.first().cloned().unwrap_or_default();
    let soa = format!("{first} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400");
    Sets::from([set("NS", NS_TTL, dotted), set("SOA", SOA_TTL, vec![soa])])
}
