//! `local`: the cloud in the folder, alive.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use lifeboat_contract::living::{Enliven, Loss, Staging};
use lifeboat_contract::{AddressDigest, Location};

use super::apply::interrupted;
use super::arguments::{Local as Words, LocalServe, Staging as StagingWords, Variables};
use super::load::{Loaded, load};
use super::{Exit, Screen, Setting};
use crate::desired::{self, Desired};
use crate::diagnostic::{Diagnostic, codes, nearest};
use crate::{image, rehearse, report};

/// The provider whose cloud can be alive.
pub(super) const LOCAL: &str = "local";

pub(super) async fn run(words: &Words, setting: &Setting<'_>, screen: &Screen) -> Exit {
    let (variables, region) = match words {
        Words::Serve(words) => (&words.variables, None),
        Words::Lose(words) => (&words.variables, Some((&words.region, Some(words.how.loss())))),
        Words::Restore(words) => (&words.variables, Some((&words.region, None))),
    };
    let (loaded, found) = find(variables, setting);
    let result = match (found, words, region) {
        (Ok(place), Words::Serve(words), _) => serve(&place, words, setting, screen).await,
        (Ok(place), _, Some((region, loss))) => order(&place, region, loss, screen),
        (Ok(_), _, None) => Ok(()),
        (Err(found), _, _) => Err(found),
    };
    screen.diagnostics(&loaded.diagnostics, &loaded.sources);
    match result {
        Ok(()) => Exit::Done,
        Err(None) => Exit::Error,
        Err(Some(found)) => {
            screen.diagnostics(&(*found).into(), &loaded.sources);
            Exit::Error
        }
    }
}

/// Nothing where the findings of the configuration say why.
type Refusal = Option<Box<Diagnostic>>;

/// The local cloud of the configuration.
struct Place<'s> {
    desired: Desired,
    folder: PathBuf,
    enliven: &'s dyn Enliven,
}

fn find<'s>(variables: &Variables, setting: &Setting<'s>) -> (Loaded, Result<Place<'s>, Refusal>) {
    let mut loaded = load(variables, setting);
    let intents = loaded.intents(setting);
    let contents = image::locked(&intents, &loaded.lock);
    let (desired, found) = desired::derive(&intents, &contents, setting.providers);
    loaded.diagnostics.extend(found);
    let Some(mut desired) = desired.filter(|_| !loaded.diagnostics.has_errors()) else {
        return (loaded, Err(None));
    };
    desired.regions.retain(|region| &*region.provider == LOCAL);
    if desired.regions.is_empty() {
        let detail = "No region of this configuration is in the local cloud.";
        let help = "`lifeboat rehearse` brings any configuration to life, in a cloud of its own";
        return (loaded, Err(Some(usage(detail).help(help).into())));
    }
    let place = enliven(setting).map(|enliven| {
        let config = intents.providers.get(LOCAL).and_then(|it| it.attributes.get("path"));
        let info = setting.providers.iter().find(|info| info.name == LOCAL);
        let default =
            info.and_then(|it| it.attributes.iter().find(|it| it.name == "path")?.default);
        let folder = config.map_or(default.unwrap_or_default(), String::as_str).into();
        Place { desired, folder, enliven }
    });
    (loaded, place.map_err(Some))
}

pub(super) fn enliven<'s>(setting: &Setting<'s>) -> Result<&'s dyn Enliven, Box<Diagnostic>> {
    setting.enliven.ok_or_else(|| Box::new(usage("This build has no local cloud.")))
}

fn usage(detail: impl Into<String>) -> Diagnostic {
    Diagnostic::global(codes::USAGE, detail.into())
}

pub(super) fn failed(why: &str) -> Box<Diagnostic> {
    let detail = crate::diagnostic::sentence(why);
    Box::new(Diagnostic::global(codes::LIVING_FAILED, format!("{detail}.")))
}

/// The location of a region of this name.
pub(super) fn location(desired: &Desired, name: &str) -> Result<Location, Box<Diagnostic>> {
    let known = desired.regions.iter().find(|region| *region.name == *name);
    let names = || desired.regions.iter().map(|region| &*region.name).collect::<Vec<_>>();
    known.map(|region| region.location.clone()).ok_or_else(|| no_region(name, &names()))
}

pub(super) fn no_region(name: &str, names: &[&str]) -> Box<Diagnostic> {
    let help = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there is `{}`", names.join("`, `")),
    };
    Box::new(usage(format!("No region is called `{name}`.")).help(help))
}

/// What a cloud of this configuration is made with.
pub(super) fn staging(
    desired: &Desired,
    words: &StagingWords,
    (folder, dns, speed): (PathBuf, SocketAddr, u32),
    setting: &Setting<'_>,
) -> Result<Staging, Box<Diagnostic>> {
    let mut regions: BTreeMap<Location, Option<SocketAddr>> =
        desired.regions.iter().map(|region| (region.location.clone(), None)).collect();
    for word in &words.endpoints {
        let parsed = word.split_once('=').and_then(|(name, at)| Some((name, at.parse().ok()?)));
        let Some((name, at)) = parsed else {
            let detail = format!("`--endpoint {word}` names no region and address.");
            let help = "write `--endpoint virginia=127.0.0.1:8080`";
            return Err(Box::new(usage(detail).help(help)));
        };
        regions.insert(location(desired, name)?, Some(at));
    }
    let checks: BTreeMap<AddressDigest, Location> = rehearse::places(desired)
        .into_iter()
        .map(|(address, location)| (address.digest(), location))
        .collect();
    let seed = words.seed.unwrap_or_else(|| {
        let since = (setting.now)().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::from(since.subsec_nanos()) ^ since.as_secs().rotate_left(32)
    });
    Ok(Staging { folder, dns, speed, seed, regions, checks })
}

async fn serve(
    place: &Place<'_>,
    words: &LocalServe,
    setting: &Setting<'_>,
    screen: &Screen,
) -> Result<(), Refusal> {
    let Place { desired, folder, enliven } = place;
    if !words.dns.ip().is_loopback() {
        let detail =
            format!("`{}` is not on loopback, and the local cloud serves only there.", words.dns);
        return Err(Some(usage(detail).into()));
    }
    let how = (folder.clone(), words.dns, words.speed);
    let staging = staging(desired, &words.staging, how, setting)?;
    let given = staging.regions.clone();
    let living = enliven.start(staging).await.map_err(|why| failed(&why))?;
    let endpoints = living.endpoints();
    let regions = desired.regions.iter().filter_map(|region| {
        let endpoint = *endpoints.get(&region.location)?;
        Some((region.name.to_string(), (region.location.clone(), endpoint)))
    });
    let regions = regions.collect();
    let is_given = |location: &Location| given.get(location).is_some_and(Option::is_some);
    let alive = report::alive(living.dns(), words.speed, &regions, &is_given, living.remarks());
    if words.json {
        match serde_json::to_string(&alive) {
            Ok(text) => screen.line(&text),
            Err(why) => unreachable!("This is a bug in Lifeboat: {why}"),
        }
    } else {
        screen.print(&report::alive_text(&alive));
    }
    interrupted().await;
    drop(living);
    screen.note("The local cloud has ended. What it holds is in its folder.");
    Ok(())
}

fn order(
    place: &Place<'_>,
    region: &str,
    loss: Option<Loss>,
    screen: &Screen,
) -> Result<(), Refusal> {
    let location = location(&place.desired, region)?;
    let alive = place.enliven.order(&place.folder, &location, loss).map_err(|why| failed(&why))?;
    screen.line(&match (loss, alive) {
        (Some(_), true) => format!("{region} is lost: its endpoint, its checkers, its registry."),
        (None, true) => format!("{region} is back."),
        (Some(_), false) => {
            format!("{region} has lost its registry. Nothing else of it is alive: `lifeboat local serve`.")
        }
        (None, false) => format!("{region} has its registry back."),
    });
    Ok(())
}
