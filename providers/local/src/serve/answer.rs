//! One query, and what is answered.
//!
//! Which sets are answered is [`lifeboat_contract::routing`]'s to say; this draws one of its answers
//! and puts it into a message.

use std::net::IpAddr;

use hickory_proto::op::{Edns, Message, MessageType, OpCode, ResponseCode};
use hickory_proto::rr::rdata::opt::{EdnsCode, EdnsOption};
use hickory_proto::rr::{DNSClass, Name, RData, Record};
use lifeboat_contract::routing::{Answers, Client, Gauge, Reply, SetIndex, Subnet, Zone};
use lifeboat_contract::{Answer, CheckRef, DnsName, RecordType};

use super::content::Content;
use super::value::{asked_type, wire_value};
use crate::world::Random;

/// What fits into one packet on any network (DNS flag day 2020).
const UDP_BYTES_MAX: u16 = 1232;

/// RFC 1035 section 4.2.1.
const UDP_BYTES_PLAIN: u16 = 512;

/// A chain of CNAMEs that is longer goes in a circle.
const CHAIN_MAX: usize = 8;

/// How a query came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transport {
    Udp,
    Tcp,
}

/// What answers depend on.
pub(super) struct Knowledge<'k> {
    pub(super) content: &'k Content,
    pub(super) healthy: &'k dyn Fn(&CheckRef) -> bool,
}

/// What is sent back, if anything is.
pub(super) fn respond(
    query: &[u8],
    from: IpAddr,
    transport: Transport,
    knowledge: &Knowledge<'_>,
    random: &mut Random,
) -> Option<Vec<u8>> {
    let Ok(query) = Message::from_vec(query) else { return unreadable(query) };
    // Two servers that answer each other's answers never end.
    if query.metadata.message_type != MessageType::Query {
        return None;
    }
    let mut response = Message::response(query.metadata.id, query.metadata.op_code);
    response.metadata.recursion_desired = query.metadata.recursion_desired;
    response.add_queries(query.queries.iter().cloned());
    let most = match &query.edns {
        Some(asked) => {
            let mut edns = Edns::new();
            edns.set_max_payload(UDP_BYTES_MAX).set_version(0);
            response.set_edns(edns);
            asked.max_payload().clamp(UDP_BYTES_PLAIN, UDP_BYTES_MAX)
        }
        None => UDP_BYTES_PLAIN,
    };
    let code = answer(&query, from, knowledge, random, &mut response);
    response.metadata.response_code = code;
    let bytes = response.to_vec().ok()?;
    if transport == Transport::Udp && bytes.len() > usize::from(most) {
        return response.truncate().to_vec().ok();
    }
    Some(bytes)
}

/// A query that cannot be read is told so, if it has a head to answer to.
fn unreadable(query: &[u8]) -> Option<Vec<u8>> {
    let (id, flags) = (query.get(..2)?, query.get(2)?);
    if query.len() < 12 || flags & 0x80 != 0 {
        return None;
    }
    let id = u16::from_be_bytes([id[0], id[1]]);
    Message::error_msg(id, OpCode::Query, ResponseCode::FormErr).to_vec().ok()
}

fn answer(
    query: &Message,
    from: IpAddr,
    knowledge: &Knowledge<'_>,
    random: &mut Random,
    response: &mut Message,
) -> ResponseCode {
    if query.metadata.op_code != OpCode::Query {
        return ResponseCode::NotImp;
    }
    let [asked] = &query.queries[..] else { return ResponseCode::FormErr };
    if query.edns.as_ref().is_some_and(|edns| edns.version() > 0) {
        return ResponseCode::BADVERS;
    }
    if asked.query_class() != DNSClass::IN {
        return ResponseCode::Refused;
    }
    let Some((name, (apex, zone))) = known(asked.name(), knowledge) else {
        return ResponseCode::Refused;
    };
    // ANY, transfers and types that no set can have.
    let Some(rtype) = asked_type(asked.query_type()) else { return ResponseCode::NotImp };
    let mut client = Client::unknown();
    client.subnet = Some(from.into());
    if let Some(subnet) = query.edns.as_ref().and_then(passed_on) {
        client.subnet = Some(subnet.0);
        if let Some(edns) = &mut response.edns {
            edns.options_mut().insert(subnet.1);
        }
    }
    response.metadata.authoritative = true;
    let mut answering =
        Answering { zone, apex, knowledge, random, response, rtype, client: &client };
    answering.follow(asked.name().clone(), name)
}

/// The name in our form, and the zone that it lies in.
fn known<'k>(name: &Name, knowledge: &Knowledge<'k>) -> Option<(DnsName, (&'k DnsName, &'k Zone))> {
    let name: DnsName = name.to_ascii().parse().ok()?;
    let zone = knowledge.content.zone(&name)?;
    Some((name, zone))
}

/// The client's subnet, as a resolver passes it on (RFC 7871), and what is told of it.
fn passed_on(edns: &Edns) -> Option<(Subnet, EdnsOption)> {
    let EdnsOption::Subnet(subnet) = edns.option(EdnsCode::Subnet)? else { return None };
    let parsed = format!("{}/{}", subnet.addr(), subnet.source_prefix()).parse().ok()?;
    let mut told = *subnet;
    told.set_scope_prefix(subnet.source_prefix());
    Some((parsed, EdnsOption::Subnet(told)))
}

/// What one answer is made of.
struct Answering<'a> {
    zone: &'a Zone,
    apex: &'a DnsName,
    knowledge: &'a Knowledge<'a>,
    random: &'a mut Random,
    response: &'a mut Message,
    rtype: RecordType,
    client: &'a Client,
}

impl Answering<'_> {
    /// Answers a name, and the names that it leads to within the zone.
    fn follow(&mut self, mut wire: Name, mut name: DnsName) -> ResponseCode {
        for _ in 0..CHAIN_MAX {
            let tree = self.zone.tree(&name, self.rtype, self.client);
            let healthy = |gauge: usize| match &tree.checks()[gauge] {
                Gauge::Check(check) => Some((self.knowledge.healthy)(check)),
                // A load balancer is nothing that there is here.
                Gauge::Target { .. } => None,
            };
            let answers = tree.answer_known(&healthy);
            let Some(reply) = self.draw(answers) else { return ResponseCode::ServFail };
            let next = match reply {
                Reply::Sets { of, take, ttl } => self.values(&wire, of, take, ttl.unwrap_or(0)),
                Reply::Referral { set } => return self.refer(set),
                Reply::NoData => return self.nothing(ResponseCode::NoError),
                Reply::NoName => return self.nothing(ResponseCode::NXDomain),
                // What cannot be told is not told.
                Reply::Foreign { .. } | Reply::Undecided { .. } => return ResponseCode::ServFail,
            };
            match next {
                Err(code) => return code,
                Ok(None) => return ResponseCode::NoError,
                Ok(Some(target)) => {
                    let parsed = target.to_ascii().parse::<DnsName>();
                    let within = parsed.ok().filter(|parsed| parsed.is_within(self.apex));
                    let Some(parsed) = within else { return ResponseCode::NoError };
                    (wire, name) = (target, parsed);
                }
            }
        }
        ResponseCode::ServFail
    }

    /// One of the answers, each as often as it is given.
    fn draw(&mut self, answers: Answers) -> Option<Reply> {
        const WHOLE: u64 = 1 << 32;
        #[expect(clippy::cast_precision_loss, reason = "both fit a double")]
        let mut left = self.random.below(WHOLE) as f64 / WHOLE as f64;
        let mut last = None;
        for share in answers {
            left -= share.probability;
            last = Some(share.reply);
            if left < 0.0 {
                break;
            }
        }
        last
    }

    /// The values of some of these sets, in random order; the target of a CNAME goes on.
    fn values(
        &mut self,
        owner: &Name,
        mut of: Vec<SetIndex>,
        take: usize,
        ttl: u32,
    ) -> Result<Option<Name>, ResponseCode> {
        self.shuffle(&mut of);
        of.truncate(take);
        let mut records = Vec::new();
        let mut target = None;
        for set in of.into_iter().filter_map(|set| self.zone.sets().get(set)) {
            let Answer::Values(values) = &set.spec.answer else { continue };
            for value in values {
                let Some(data) = wire_value(set.rtype, value) else {
                    return Err(ResponseCode::ServFail);
                };
                if let (RData::CNAME(to), true) = (&data, self.rtype != RecordType::Cname) {
                    target = Some(to.0.clone());
                }
                records.push(Record::from_rdata(owner.clone(), ttl, data));
            }
        }
        self.shuffle(&mut records);
        self.response.add_answers(records);
        Ok(target)
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.random.below(last as u64 + 1);
            items.swap(last, usize::try_from(other).unwrap_or(last));
        }
    }

    fn refer(&mut self, set: SetIndex) -> ResponseCode {
        self.response.metadata.authoritative = false;
        let Some(set) = self.zone.sets().get(set) else { return ResponseCode::ServFail };
        let Answer::Values(values) = &set.spec.answer else { return ResponseCode::ServFail };
        let Ok(owner) = Name::from_ascii(format!("{}.", set.name)) else {
            return ResponseCode::ServFail;
        };
        let ttl = set.spec.ttl.unwrap_or(0);
        for data in values.iter().filter_map(|value| wire_value(set.rtype, value)) {
            self.response.add_authority(Record::from_rdata(owner.clone(), ttl, data));
        }
        ResponseCode::NoError
    }

    /// That there is nothing, and for how long that may be kept (RFC 2308).
    fn nothing(&mut self, code: ResponseCode) -> ResponseCode {
        let soa = self.zone.sets().iter().find(|set| set.rtype == RecordType::Soa);
        let owner = Name::from_ascii(format!("{}.", self.apex));
        if let (Some(soa), Ok(owner)) = (soa, owner)
            && let Answer::Values(values) = &soa.spec.answer
        {
            for data in values.iter().filter_map(|value| wire_value(RecordType::Soa, value)) {
                let ttl = soa.spec.ttl.unwrap_or(0);
                self.response.add_authority(Record::from_rdata(owner.clone(), ttl, data));
            }
        }
        code
    }
}
