//! One question to a DNS server, over UDP, and over TCP where the answer does not fit.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use hickory_proto::op::{Message, OpCode, Query, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType as WireType};
use lifeboat_contract::{DnsName, RecordType};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};

/// On loopback an answer comes in microseconds. The wall's time: it guards against a lost packet.
const ANSWER_MAX: Duration = Duration::from_secs(2);

/// No packet is larger.
const PACKET_BYTES_MAX: usize = 65_535;

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// Addresses and names, as they are compared.
    pub(super) values: Vec<String>,
    /// Of the record that is forgotten first, in seconds.
    pub(super) ttl: u32,
}

/// What is asked, and whom.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) server: SocketAddr,
    pub(super) name: DnsName,
    pub(super) rtype: RecordType,
}

impl Question {
    /// Asks. A name that leads to another is asked for as clients do: for its address.
    pub(super) async fn ask(&self, id: u16) -> Result<Told, String> {
        let name = Name::from_ascii(format!("{}.", self.name)).map_err(|why| why.to_string())?;
        let rtype = if self.rtype == RecordType::Aaaa { WireType::AAAA } else { WireType::A };
        let mut message = Message::query();
        message.metadata.id = id;
        message.metadata.op_code = OpCode::Query;
        message.metadata.recursion_desired = true;
        message.add_query(Query::query(name, rtype));
        let query = message.to_vec().map_err(|why| why.to_string())?;
        let answered = tokio::time::timeout(ANSWER_MAX, self.exchange(&query, id)).await;
        let answer = match answered {
            Ok(Ok(answer)) => answer,
            Ok(Err(why)) => return Err(why.to_string()),
            Err(_) => return Err("it does not answer".to_owned()),
        };
        let code = answer.metadata.response_code;
        if code != ResponseCode::NoError {
            return Err(format!("it answers {code}"));
        }
        let ttl = answer.answers.iter().map(|record| record.ttl).min().unwrap_or(0);
        let values = answer.answers.iter().filter_map(|record| value(&record.data)).collect();
        Ok(Told { values, ttl })
    }

    async fn exchange(&self, query: &[u8], id: u16) -> io::Result<Message> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        socket.connect(self.server).await?;
        socket.send(query).await?;
        let mut packet = vec![0; PACKET_BYTES_MAX];
        loop {
            let length = socket.recv(&mut packet).await?;
            // A packet that is not the answer may have been on its way to who had the port before.
            let Ok(answer) = Message::from_vec(&packet[..length]) else { continue };
            if answer.metadata.id == id {
                return if answer.metadata.truncation {
                    self.exchange_whole(query).await
                } else {
                    Ok(answer)
                };
            }
        }
    }

    async fn exchange_whole(&self, query: &[u8]) -> io::Result<Message> {
        let mut stream = TcpStream::connect(self.server).await?;
        let length = u16::try_from(query.len()).map_err(io::Error::other)?;
        stream.write_all(&length.to_be_bytes()).await?;
        stream.write_all(query).await?;
        let mut answer = vec![0; stream.read_u16().await?.into()];
        stream.read_exact(&mut answer).await?;
        Message::from_vec(&answer).map_err(io::Error::other)
    }
}

fn value(data: &RData) -> Option<String> {
    let reached = [WireType::A, WireType::AAAA, WireType::CNAME];
    reached.contains(&data.record_type()).then(|| plain(&data.to_string()))
}

/// A value as it is compared.
pub(super) fn plain(value: &str) -> String {
    match value.parse::<std::net::IpAddr>() {
        Ok(address) => address.to_string(),
        Err(_) => value.trim_end_matches('.').to_ascii_lowercase(),
    }
}
