//! Clients: they look a name up, connect to what it leads to, ask over HTTP, and say how it went.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lifeboat_contract::{DnsName, Location};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::query::{Question, Told};
use super::resolver::Known;
use super::timer::{Chance, Timer};

/// How long a client waits for an answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// From one answer to the next request. As long as patience, so that requests that hang begin at
/// any time after the loss, one as likely as the next, and not all with it.
const PAUSE: Duration = PATIENCE;

/// From one request to the next, where one failed sooner.
pub(super) const RETRY: Duration = Duration::from_secs(5);

/// The first line of an answer is never longer.
const LINE_BYTES_MAX: usize = 4096;

/// How a client learns what a name leads to.
pub(super) enum Lookup {
    /// It asks the servers of the zone, each time.
    Direct(Question),
    /// It takes what a cache knows.
    Cached(Known),
}

/// What a client knows of itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Track {
    /// The last request that was answered: when it began, when that was, and where.
    pub(super) served: Option<(Duration, Duration, Location)>,
    /// When a request failed last, and the first answer after that.
    pub(super) failed: Option<Duration>,
    pub(super) again: Option<Duration>,
}

pub(super) type Tracks = Arc<Mutex<Track>>;

/// One client of one name.
pub(super) struct Client {
    pub(super) lookup: Lookup,
    pub(super) name: DnsName,
    /// Where each value leads.
    pub(super) leads: Arc<BTreeMap<String, Location>>,
    pub(super) endpoints: Arc<BTreeMap<Location, SocketAddr>>,
    pub(super) timer: Timer,
    pub(super) chance: Chance,
    pub(super) track: Tracks,
}

impl Client {
    /// Asks until it is dropped.
    pub(super) async fn run(mut self) {
        self.timer.sleep(self.chance.part_of(PAUSE)).await;
        loop {
            let began = self.timer.now();
            let served = self.try_once().await;
            let now = self.timer.now();
            let pause = {
                let mut track = locked(&self.track);
                match served {
                    Some(place) => {
                        track.served = Some((began, now, place));
                        track.again.get_or_insert(now);
                        PAUSE
                    }
                    None => {
                        track.failed = Some(now);
                        track.again = None;
                        RETRY.saturating_sub(now.saturating_sub(began))
                    }
                }
            };
            self.timer.sleep(pause).await;
        }
    }

    /// The region that answered, if one did.
    async fn try_once(&mut self) -> Option<Location> {
        let told = match &self.lookup {
            Lookup::Direct(question) => {
                #[expect(clippy::cast_possible_truncation, reason = "any 16 bits will do")]
                let id = self.chance.next() as u16;
                question.ask(id).await.ok()?
            }
            Lookup::Cached(known) => known.borrow().clone()?,
        };
        let place = place(&told, &self.leads)?;
        let at = *self.endpoints.get(place)?;
        let answered = self.timer.within(PATIENCE, get(at, &self.name)).await;
        matches!(answered, Some(Ok(200..400))).then(|| place.clone())
    }
}

/// Where an answer leads: clients take its first value.
pub(super) fn place<'l>(
    told: &Told,
    leads: &'l BTreeMap<String, Location>,
) -> Option<&'l Location> {
    told.values.iter().find_map(|value| leads.get(value))
}

/// A request, and the status of its answer.
pub(super) async fn get(at: SocketAddr, name: &DnsName) -> io::Result<u16> {
    let mut stream = TcpStream::connect(at).await?;
    let request = format!(
        "GET / HTTP/1.1\r\nHost: {name}\r\nUser-Agent: lifeboat-rehearsal\r\nAccept: */*\r\n\
         Connection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut bytes = Vec::new();
    while !bytes.contains(&b'\n') {
        if bytes.len() > LINE_BYTES_MAX || stream.read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let line = String::from_utf8_lossy(&bytes);
    let status = line.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1)?.parse().ok());
    status.ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// A thread that panicked leaves what it was doing half done, not wrong.
pub(super) fn locked<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
