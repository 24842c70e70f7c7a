//! The sockets of the DNS server, over UDP and TCP.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::answer::{Knowledge, Transport, respond};
use super::checker::Checkers;
use super::content::Content;
use crate::world::Random;

/// A free UDP port is free for TCP, too, but for rare bad luck.
const TRIES_MAX: u32 = 16;

/// Queries over UDP have no business to be larger.
const UDP_QUERY_BYTES_MAX: usize = 4096;

/// Resolvers keep few connections.
const CONNECTIONS_MAX: usize = 256;

/// RFC 7766 section 6.2.3 asks for a few seconds. The wall's time: it guards this process.
const IDLE_MAX: Duration = Duration::from_secs(10);

/// Both sockets, at one address.
pub(super) struct Sockets {
    at: SocketAddr,
    udp: UdpSocket,
    tcp: TcpListener,
}

/// Where answers come from.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) content: watch::Receiver<Arc<Content>>,
    pub(super) checkers: Arc<Checkers>,
}

impl Source {
    fn respond(
        &self,
        query: &[u8],
        from: SocketAddr,
        transport: Transport,
        random: &mut Random,
    ) -> Option<Vec<u8>> {
        let content = Arc::clone(&self.content.borrow());
        let healthy = |check: &_| self.checkers.healthy(check);
        let knowledge = Knowledge { content: &content, healthy: &healthy };
        respond(query, from.ip(), transport, &knowledge, random)
    }
}

impl Sockets {
    /// Opens both at `at`; at any free port where that is 0.
    pub(super) async fn open(at: SocketAddr) -> Result<Self, String> {
        let mut tries = 0;
        loop {
            tries += 1;
            let opened = Self::try_open(at).await;
            match opened {
                Ok(sockets) => return Ok(sockets),
                Err(_) if at.port() == 0 && tries < TRIES_MAX => {}
                Err(why) => return Err(format!("cannot serve DNS at {at}: {why}")),
            }
        }
    }

    async fn try_open(at: SocketAddr) -> io::Result<Self> {
        let udp = UdpSocket::bind(at).await?;
        let at = udp.local_addr()?;
        let tcp = TcpListener::bind(at).await?;
        Ok(Self { at, udp, tcp })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.at
    }

    /// Answers until it is dropped.
    pub(super) async fn serve(self, source: Source, mut random: Random) {
        let mut connections = JoinSet::new();
        let mut query = vec![0; UDP_QUERY_BYTES_MAX];
        loop {
            tokio::select! {
                received = self.udp.recv_from(&mut query) => {
                    // What comes instead of a packet is that somebody has gone away.
                    let Ok((length, from)) = received else { continue };
                    let answer = source.respond(&query[..length], from, Transport::Udp, &mut random);
                    if let Some(answer) = answer {
                        // Whoever hears nothing asks again.
                        let _sent = self.udp.send_to(&answer, from).await;
                    }
                }
                accepted = self.tcp.accept(), if connections.len() < CONNECTIONS_MAX => {
                    let Ok((stream, from)) = accepted else {
                        tokio::time::sleep(Duration::from_millis(10)).await;
                        continue;
                    };
                    let random = Random::new(random.next_u64());
                    connections.spawn(converse(stream, from, source.clone(), random));
                }
                Some(_) = connections.join_next(), if !connections.is_empty() => {}
            }
        }
    }
}

/// Answers the queries of one connection until it is left idle.
async fn converse(mut stream: TcpStream, from: SocketAddr, source: Source, mut random: Random) {
    loop {
        let read = async {
            let length = stream.read_u16().await?;
            let mut query = vec![0; length.into()];
            stream.read_exact(&mut query).await?;
            Ok::<_, io::Error>(query)
        };
        let Ok(Ok(query)) = tokio::time::timeout(IDLE_MAX, read).await else { return };
        let answer = source.respond(&query, from, Transport::Tcp, &mut random);
        let Some(length) = answer.as_ref().and_then(|answer| u16::try_from(answer.len()).ok())
        else {
            return;
        };
        let mut framed = length.to_be_bytes().to_vec();
        framed.extend(answer.unwrap_or_default());
        let write = stream.write_all(&framed);
        if !matches!(tokio::time::timeout(IDLE_MAX, write).await, Ok(Ok(()))) {
            return;
        }
    }
}
