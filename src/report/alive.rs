//! A living cloud, as people and machines read where it is.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;

use lifeboat_contract::Location;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::palette::{BOLD, DIM, paint};

/// Where a living cloud is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Lifeboat living cloud")]
pub struct Alive {
    /// The version of this form.
    pub format_version: String,
    /// Where DNS is served, over UDP and TCP.
    pub dns: SocketAddr,
    /// How many seconds of the cloud pass in one of the wall's.
    pub speed: u32,
    /// The regions, sorted by name.
    pub regions: Vec<AliveRegion>,
    /// What is not as it would be in a real cloud, for people.
    pub remarks: Vec<String>,
}

/// One region of a living cloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AliveRegion {
    /// Its name in the configuration.
    pub name: String,
    /// Where it is.
    pub location: Location,
    /// What answers there.
    pub endpoint: SocketAddr,
    /// Whether that is a stand-in; otherwise it leads to the endpoint that was given.
    pub stand_in: bool,
}

/// The cloud as a document. `regions` by name; `given` says which endpoints are not stand-ins.
pub fn alive(
    dns: SocketAddr,
    speed: u32,
    regions: &BTreeMap<String, (Location, SocketAddr)>,
    given: &dyn Fn(&Location) -> bool,
    remarks: Vec<String>,
) -> Alive {
    let regions = regions.iter().map(|(name, (location, endpoint))| AliveRegion {
        name: name.clone(),
        location: location.clone(),
        endpoint: *endpoint,
        stand_in: !given(location),
    });
    let regions = regions.collect();
    Alive { format_version: "1.0".to_owned(), dns, speed, regions, remarks }
}

/// The same as people read it.
pub fn alive_text(alive: &Alive) -> String {
    let mut out = format!("{}\n\n", paint(BOLD, "The local cloud is alive. Ctrl-C ends it."));
    let width = alive.regions.iter().map(|region| region.name.len()).max().unwrap_or(0).max(4);
    let _infallible = writeln!(out, "  {:width$}  {}   over UDP and TCP", "DNS", alive.dns);
    for region in &alive.regions {
        let kind = if region.stand_in { "a stand-in" } else { "leads to the endpoint given" };
        let _infallible = writeln!(
            out,
            "  {:width$}  http://{}   {}, {kind}",
            region.name, region.endpoint, region.location
        );
    }
    for remark in &alive.remarks {
        let _infallible = writeln!(out, "\n  {}", paint(DIM, remark));
    }
    out
}
