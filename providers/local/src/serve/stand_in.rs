//! What answers in a region: a small HTTP server, or the way to one, that can be taken away.

use std::collections::BTreeSet;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use lifeboat_contract::Location;
use lifeboat_contract::living::Loss;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// A request that is longer comes from nobody we know.
const REQUEST_BYTES_MAX: usize = 16_384;

/// Whoever says nothing for so long has gone away. The wall's time: it guards this process.
const IDLE_MAX: Duration = Duration::from_secs(30);

/// Many more than checkers and clients of a rehearsal have open at once.
const BACKLOG: i32 = 1024;

/// Connections that are needed, at most, to fill a backlog of none.
const FILLERS_MAX: usize = 16;

/// On loopback a connection opens in microseconds: after so long the backlog is full.
const FILLED_AFTER: Duration = Duration::from_millis(100);

/// What checks look for in an answer.
pub(super) type Words = BTreeSet<String>;

/// What answers in a region.
pub(super) struct StandIn {
    region: Location,
    at: SocketAddr,
    forward: Option<SocketAddr>,
    words: watch::Receiver<Words>,
    /// Keeps the port ours while nobody listens on it.
    #[expect(dead_code, reason = "held for its port")]
    reserve: Socket,
    state: State,
}

/// What is done with connections. Dropping it closes them all.
enum State {
    Serving { tasks: JoinSet<()> },
    Silent { _listener: TcpListener, _fillers: Vec<TcpStream> },
    Refusing,
}

impl StandIn {
    /// Starts one that is well. `forward` is what answers in its place, if anything.
    pub(super) fn start(
        region: Location,
        forward: Option<SocketAddr>,
        words: watch::Receiver<Words>,
    ) -> io::Result<Self> {
        let reserve = bound(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let at = reserve.local_addr()?.as_socket().ok_or(io::ErrorKind::AddrNotAvailable)?;
        let mut stand_in = Self { region, at, forward, words, reserve, state: State::Refusing };
        stand_in.serve(Health::Well)?;
        Ok(stand_in)
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.at
    }

    /// Ends what is under way, and goes on like this; without a loss, well.
    pub(super) async fn become_(&mut self, loss: Option<Loss>) -> io::Result<()> {
        if let State::Serving { mut tasks } = std::mem::replace(&mut self.state, State::Refusing) {
            // The port is free only once nobody accepts on it any more.
            tasks.shutdown().await;
        }
        match loss {
            None => self.serve(Health::Well),
            Some(Loss::Unavailable) => self.serve(Health::Unavailable),
            Some(Loss::Refusing) => Ok(()),
            Some(Loss::Silent) => self.fall_silent().await,
        }
    }

    fn serve(&mut self, health: Health) -> io::Result<()> {
        let listener = listen(self.at, BACKLOG)?;
        let (region, words) = (self.region.clone(), self.words.clone());
        let answer = Answer { health, region, words, forward: self.forward };
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, answer));
        self.state = State::Serving { tasks };
        Ok(())
    }

    /// Nobody is told anything: the backlog is full, so that the kernel does not even open
    /// connections.
    async fn fall_silent(&mut self) -> io::Result<()> {
        let listener = listen(self.at, 0)?;
        let mut fillers = Vec::new();
        while fillers.len() < FILLERS_MAX {
            match tokio::time::timeout(FILLED_AFTER, TcpStream::connect(self.at)).await {
                Ok(filler) => fillers.push(filler?),
                Err(_) => break,
            }
        }
        self.state = State::Silent { _listener: listener, _fillers: fillers };
        Ok(())
    }
}

fn bound(at: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(at), Type::STREAM, Some(Protocol::TCP))?;
    // With this, a socket that does not listen shares the port with the one that does.
    socket.set_reuse_address(true)?;
    socket.bind(&at.into())?;
    Ok(socket)
}

fn listen(at: SocketAddr, backlog: i32) -> io::Result<TcpListener> {
    let socket = bound(at)?;
    socket.listen(backlog)?;
    socket.set_nonblocking(true)?;
    TcpListener::from_std(socket.into())
}

#[derive(Clone, Copy)]
enum Health {
    Well,
    Unavailable,
}

#[derive(Clone)]
struct Answer {
    health: Health,
    region: Location,
    words: watch::Receiver<Words>,
    forward: Option<SocketAddr>,
}

async fn accept(listener: TcpListener, answer: Answer) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let answer = answer.clone();
                    connections.spawn(async move {
                        // Whoever hangs up early is told nothing more.
                        let _gone = tokio::time::timeout(IDLE_MAX, answer.to(stream)).await;
                    });
                }
                // Out of descriptors: those that are open end, and make room.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

impl Answer {
    async fn to(&self, mut stream: TcpStream) -> io::Result<()> {
        if let (Some(forward), Health::Well) = (self.forward, self.health) {
            let mut onward = TcpStream::connect(forward).await?;
            tokio::io::copy_bidirectional(&mut stream, &mut onward).await?;
            return Ok(());
        }
        let mut request = Vec::new();
        while !request.windows(4).any(|window| window == b"\r\n\r\n") {
            if request.len() > REQUEST_BYTES_MAX || stream.read_buf(&mut request).await? == 0 {
                return Ok(());
            }
        }
        let status = match self.health {
            Health::Well => "200 OK",
            Health::Unavailable => "503 Service Unavailable",
        };
        let words: Vec<String> = self.words.borrow().iter().cloned().collect();
        let body = format!("{}\n{}\n", self.region, words.join("\n"));
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\
             Connection: close\r\nX-Region: {}\r\n\r\n{body}",
            body.len(),
            self.region
        );
        stream.write_all(answer.as_bytes()).await?;
        stream.shutdown().await
    }
}
