//! The cloud in a folder, alive on loopback: DNS, checkers, endpoints.
//!
//! Input: a [`Staging`], and the folder as it changes. Output: answers to queries and requests.
//! Never writes but the files that make regions dark. What is to be true of the cloud is in its
//! folder alone, so that another process can lose a region too.

mod answer;
mod checker;
mod clock;
mod content;
mod dns;
mod probe;
mod region;
mod stand_in;
mod value;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use lifeboat_contract::living::{Enliven, Living, Loss, Staging, Standing};
use lifeboat_contract::{BoxFuture, CheckRef, Location, ProviderError};
use tokio::sync::watch;
use tokio::task::JoinSet;

use self::checker::Checkers;
use self::clock::Clock;
use self::content::Content;
use self::region::Regions;
use crate::disk::alive;
use crate::disk::lock::Held;
use crate::world::Random;

/// How often the folder is looked at. The wall's time: whoever applies to it does not wait longer.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Brings clouds in folders to life.
#[derive(Clone, Copy, Debug)]
pub struct Loopback;

impl Enliven for Loopback {
    fn start(&self, staging: Staging) -> BoxFuture<'_, Result<Box<dyn Living>, String>> {
        Box::pin(async {
            let life = Life::start(staging).await?;
            Ok(Box::new(life) as Box<dyn Living>)
        })
    }

    fn order(&self, folder: &Path, region: &Location, loss: Option<Loss>) -> Result<bool, String> {
        let told = alive::darken(folder, region, loss).and_then(|()| alive::is_alive(folder));
        told.map_err(|error| chain(&error))
    }
}

/// A cloud that is alive.
struct Life {
    clock: Clock,
    dns: SocketAddr,
    regions: Arc<Regions>,
    checkers: Arc<Checkers>,
    /// Dropping it ends them all.
    #[expect(dead_code, reason = "held for its Drop")]
    tasks: JoinSet<()>,
    #[expect(dead_code, reason = "held for its Drop")]
    claim: Held,
}

impl Life {
    async fn start(staging: Staging) -> Result<Self, String> {
        let Staging { folder, dns, speed, seed, regions, checks } = staging;
        let blocking = {
            let folder = folder.clone();
            tokio::task::spawn_blocking(move || alive::claim(&folder))
        };
        let claim = blocking.await.map_err(|error| error.to_string())?;
        let claim = claim.map_err(|error| chain(&error))?;
        let claim = claim.ok_or_else(|| format!("`{}` is alive already", folder.display()))?;
        let clock = Clock::start(speed);
        let regions = Arc::new(Regions::start(clock, folder.clone(), regions).await?);
        let mut random = Random::new(seed);
        let asked = checker::Asked { clock, endpoints: regions.endpoints(), places: checks };
        let checkers = Arc::new(Checkers::new(asked, regions.lost(), random.next_u64()));
        let (publish, content) = watch::channel(Arc::new(Content::default()));
        let mut watching =
            Watching { folder, stamps: None, publish, regions: Arc::clone(&regions) };
        watching.look(&checkers).await.map_err(|error| chain(&error))?;
        let sockets = dns::Sockets::open(dns).await?;
        let dns = sockets.address();
        let mut tasks = JoinSet::new();
        let source = dns::Source { content, checkers: Arc::clone(&checkers) };
        tasks.spawn(sockets.serve(source, random));
        tasks.spawn(watching.go_on(Arc::clone(&checkers)));
        Ok(Self { clock, dns, regions, checkers, tasks, claim })
    }
}

/// Follows the folder.
struct Watching {
    folder: PathBuf,
    stamps: Option<Vec<alive::Stamp>>,
    publish: watch::Sender<Arc<Content>>,
    regions: Arc<Regions>,
}

impl Watching {
    async fn go_on(mut self, checkers: Arc<Checkers>) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            // A file that is broken now may be whole the next time; meanwhile the last one holds.
            checkers.note(self.look(&checkers).await.err().map(|error| chain(&error)));
        }
    }

    async fn look(&mut self, checkers: &Arc<Checkers>) -> Result<(), ProviderError> {
        let (folder, before) = (self.folder.clone(), self.stamps.clone());
        let read = move || {
            let now = alive::stamps(&folder)?;
            let same = before.as_ref() == Some(&now);
            let cloud = if same { None } else { Some(alive::everything(&folder)?) };
            Ok::<_, ProviderError>((now, cloud))
        };
        let (now, cloud) = match tokio::task::spawn_blocking(read).await {
            Ok(read) => read?,
            // The process ends.
            Err(_) => return Ok(()),
        };
        if let Some(cloud) = cloud {
            let content = Arc::new(Content::of(cloud));
            checkers.follow(&content);
            self.regions.say(&checkers.looked_for());
            self.publish.send_replace(content);
            self.stamps = Some(now);
        }
        self.regions.follow().await
    }
}

impl Living for Life {
    fn dns(&self) -> SocketAddr {
        self.dns
    }

    fn endpoints(&self) -> BTreeMap<Location, SocketAddr> {
        self.regions.endpoints()
    }

    fn checkers(&self) -> Vec<Location> {
        checker::everywhere().filter_map(|place| place.parse().ok()).collect()
    }

    fn remarks(&self) -> Vec<String> {
        self.checkers.remarks()
    }

    fn now(&self) -> Duration {
        self.clock.now()
    }

    fn standing(&self) -> BTreeMap<CheckRef, Standing> {
        self.checkers.standing()
    }

    fn lose<'a>(
        &'a self,
        region: &'a Location,
        loss: Loss,
    ) -> BoxFuture<'a, Result<Duration, String>> {
        Box::pin(self.regions.order(region, Some(loss)))
    }

    fn restore<'a>(&'a self, region: &'a Location) -> BoxFuture<'a, Result<Duration, String>> {
        Box::pin(self.regions.order(region, None))
    }
}

/// An error and its causes, for people.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
