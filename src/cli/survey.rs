//! From intents to what is wanted and what is there.

use std::sync::Arc;

use lifeboat_contract::{Depth, Lease, Location, Providers};

use super::load::Loaded;
use super::prepare::{Images, Purpose, busy, connect};
use super::{Exit, Setting};
use crate::desired::{self, Desired};
use crate::diagnostic::{Diagnostic, Diagnostics, codes, nearest};
use crate::intent::Intents;
use crate::live::Live;
use crate::plan::{self, Plan};
use crate::{graph, image, live};

/// What is wanted, and what is there.
pub(super) struct Survey {
    pub(super) desired: Desired,
    pub(super) live: Live,
    pub(super) providers: Providers,
    pub(super) leases: Vec<Lease>,
    lost: Lost,
}

/// Why work on a plan ends early; the findings say more.
pub(super) struct Stop {
    pub(super) exit: Exit,
    pub(super) plan: Option<Box<Plan>>,
}

type Lost = Vec<(Arc<str>, Location)>;

/// Derives what is wanted, connects, and reads what is there, but for regions that are lost.
pub(super) async fn survey(
    lost: &[String],
    purpose: &Purpose,
    setting: &Setting<'_>,
    loaded: &mut Loaded,
    intents: &Intents,
) -> Result<Survey, Stop> {
    let (contents, found) = if purpose.destroy || purpose.images == Images::Locked {
        (image::locked(intents, &loaded.lock), Diagnostics::default())
    } else {
        image::resolve(intents, &loaded.lock, &setting.places(), &mut loaded.sources).await
    };
    loaded.diagnostics.extend(found);
    let (desired, found) = desired::derive(intents, &contents, setting.providers);
    loaded.diagnostics.extend(found);
    let mut desired = go_on(desired, &loaded.diagnostics)?;
    let (_, found) = graph::build(&desired);
    loaded.diagnostics.extend(found);
    let lost = lost_regions(lost, &desired, &mut loaded.diagnostics);
    go_on(Some(()), &loaded.diagnostics)?;
    if purpose.destroy {
        // What is no longer served has no targets to tell of.
        desired.names.clear();
    }
    let providers = connect(intents, setting, &mut loaded.diagnostics);
    let mut leases = Vec::new();
    if purpose.lease {
        leases = lease(&desired, &providers, &mut loaded.diagnostics);
    }
    go_on(Some(()), &loaded.diagnostics)?;
    let (live, found) = read(&desired, &providers, &lost, purpose.depth).await;
    loaded.diagnostics.extend(found);
    go_on(Some(()), &loaded.diagnostics)?;
    Ok(Survey { desired, live, providers, leases, lost })
}

/// The value, unless there are errors.
pub(super) fn go_on<T>(value: Option<T>, diagnostics: &Diagnostics) -> Result<T, Stop> {
    value.filter(|_| !diagnostics.has_errors()).ok_or(Stop { exit: Exit::Error, plan: None })
}

fn lost_regions(words: &[String], desired: &Desired, diagnostics: &mut Diagnostics) -> Lost {
    let mut lost = Lost::new();
    for name in words {
        let region = desired
            .regions
            .iter()
            .find(|region| *region.name == **name || region.location.as_str() == name.as_str());
        match region {
            Some(region) => lost.push((Arc::clone(&region.provider), region.location.clone())),
            None => {
                let names: Vec<&str> = desired.regions.iter().map(|region| &*region.name).collect();
                let detail = format!("No region is called `{name}`.");
                let help = match nearest(name, names.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("there is `{}`", names.join("`, `")),
                };
                diagnostics.push(Diagnostic::global(codes::USAGE, detail).help(help));
            }
        }
    }
    lost
}

async fn read(
    desired: &Desired,
    providers: &Providers,
    lost: &Lost,
    depth: Depth,
) -> (Live, Diagnostics) {
    let (mut live, mut found) = live::read_deep(desired, providers, depth).await;
    for (provider, location) in lost {
        live.forget(provider, location);
    }
    found.extend(plan::unreachable(&live));
    (live, found)
}

fn lease(desired: &Desired, providers: &Providers, diagnostics: &mut Diagnostics) -> Vec<Lease> {
    crate::apply::lease(&desired.stack, providers).unwrap_or_else(|error| {
        diagnostics.push(busy(&error));
        Vec::new()
    })
}

impl Survey {
    /// Whether something could not be read that was not named as lost.
    pub(super) fn is_partial(&self) -> bool {
        self.live.dark().any(|(provider, dark)| {
            let known = |(name, location): &(Arc<str>, _)| {
                name == provider && Some(location) == dark.location.as_ref()
            };
            !self.lost.iter().any(known)
        })
    }
}
