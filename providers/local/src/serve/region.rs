//! The regions: what answers in each, and which are lost.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use lifeboat_contract::living::Loss;
use lifeboat_contract::{Location, ProviderError};
use tokio::sync::{Mutex, watch};

use super::chain;
use super::clock::Clock;
use super::stand_in::{StandIn, Words};
use crate::disk::alive;

/// The regions of a living cloud.
pub(super) struct Regions {
    clock: Clock,
    folder: PathBuf,
    endpoints: BTreeMap<Location, SocketAddr>,
    words: BTreeMap<Location, watch::Sender<Words>>,
    standing: Mutex<BTreeMap<Location, Region>>,
    lost: watch::Sender<BTreeSet<Location>>,
}

struct Region {
    stand_in: StandIn,
    loss: Option<Loss>,
}

impl Regions {
    pub(super) async fn start(
        clock: Clock,
        folder: PathBuf,
        wanted: BTreeMap<Location, Option<SocketAddr>>,
    ) -> Result<Self, String> {
        let (mut endpoints, mut words) = (BTreeMap::new(), BTreeMap::new());
        let mut standing = BTreeMap::new();
        for (location, forward) in wanted {
            let (say, said) = watch::channel(Words::default());
            let stand_in = StandIn::start(location.clone(), forward, said);
            let stand_in =
                stand_in.map_err(|why| format!("cannot answer for `{location}`: {why}"))?;
            endpoints.insert(location.clone(), stand_in.address());
            words.insert(location.clone(), say);
            standing.insert(location, Region { stand_in, loss: None });
        }
        let standing = Mutex::new(standing);
        let regions =
            Self { clock, folder, endpoints, words, standing, lost: watch::Sender::default() };
        regions.follow().await.map_err(|error| chain(&error))?;
        Ok(regions)
    }

    pub(super) fn endpoints(&self) -> BTreeMap<Location, SocketAddr> {
        self.endpoints.clone()
    }

    /// Which regions are lost, as it changes.
    pub(super) fn lost(&self) -> watch::Receiver<BTreeSet<Location>> {
        self.lost.subscribe()
    }

    /// Lets stand-ins say what the checks of their regions look for.
    pub(super) fn say(&self, looked_for: &BTreeMap<Location, Words>) {
        for (location, say) in &self.words {
            say.send_replace(looked_for.get(location).cloned().unwrap_or_default());
        }
    }

    /// Loses a region, or brings it back, in the folder and here. Returns when that was.
    pub(super) async fn order(
        &self,
        location: &Location,
        loss: Option<Loss>,
    ) -> Result<Duration, String> {
        if !self.endpoints.contains_key(location) {
            return Err(format!("there is no region `{location}`"));
        }
        let (folder, dark) = (self.folder.clone(), location.clone());
        let darken = tokio::task::spawn_blocking(move || alive::darken(&folder, &dark, loss));
        darken.await.map_err(|error| error.to_string())?.map_err(|error| chain(&error))?;
        let when = self.clock.now();
        self.follow().await.map_err(|error| chain(&error))?;
        Ok(when)
    }

    /// Does with every region as the folder says.
    pub(super) async fn follow(&self) -> Result<(), ProviderError> {
        let mut standing = self.standing.lock().await;
        for (location, region) in standing.iter_mut() {
            let loss = alive::loss(&self.folder, location)?;
            if loss == region.loss {
                continue;
            }
            // Checkers of a region go before its endpoint, and come back after it: none of them
            // sees its own region fail or recover on the way.
            if loss.is_some() {
                self.lost.send_if_modified(|lost| lost.insert(location.clone()));
            }
            let became = region.stand_in.become_(loss).await;
            became.map_err(|source| ProviderError::Broken {
                what: format!("the endpoint of `{location}` cannot be had"),
                source: Some(Box::new(source)),
            })?;
            region.loss = loss;
            if loss.is_none() {
                self.lost.send_if_modified(|lost| lost.remove(location));
            }
        }
        Ok(())
    }
}
