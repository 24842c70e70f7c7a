//! `rehearse`: lose a region of a living cloud that holds this configuration, and measure.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use lifeboat_contract::living::Living;
use lifeboat_contract::{Batch, Depth, Key, Providers, Spec, Trace, Wanted, Write};
use tokio::sync::watch;

use super::apply::interrupted;
use super::arguments::Rehearse as Words;
use super::load::{Loaded, load};
use super::local::{LOCAL, enliven, failed, location, no_region, staging};
use super::prepare::connect;
use super::{Exit, Screen, Setting};
use crate::apply::{self, Event, Memory, Stop};
use crate::desired::{self, Desired, WantedRegion};
use crate::diagnostic::{Diagnostic, chain, codes};
use crate::diff::{self, Wishes};
use crate::intent::{Grows, Intents};
use crate::plan::{self, Unchanged};
use crate::rehearse::{self, Rehearsal, Scene, Scratch};
use crate::{graph, image, live, report};

/// Where clouds of rehearsals are, in the configuration's folder.
const HOME: &str = ".lifeboat/rehearsal";

pub(super) async fn run(words: &Words, setting: &Setting<'_>, screen: &Screen) -> Exit {
    let mut loaded = load(&words.variables, setting);
    let intents = loaded.intents(setting);
    let (stopper, stop) = watch::channel(Stop::Run);
    let listening = async {
        interrupted().await;
        stopper.send_replace(Stop::Soft);
        interrupted().await;
    };
    let result = tokio::select! {
        biased;
        result = carry_out(words, setting, &mut loaded, &intents, stop, screen) => result,
        // What is left then is removed by the next rehearsal.
        () = listening => return Exit::Error,
    };
    screen.diagnostics(&loaded.diagnostics, &loaded.sources);
    match result {
        Err(found) => {
            if let Some(found) = found {
                screen.diagnostics(&(*found).into(), &loaded.sources);
            }
            Exit::Error
        }
        Ok(None) => {
            screen.note("Stopped. Nothing of the rehearsal is left.");
            Exit::Error
        }
        Ok(Some(rehearsal)) => {
            if words.json {
                match serde_json::to_string_pretty(&rehearsal) {
                    Ok(text) => screen.line(&text),
                    Err(why) => unreachable!("This is a bug in Lifeboat: {why}"),
                }
            } else {
                screen.print(&report::rehearsal(&rehearsal));
            }
            if rehearsal.as_predicted { Exit::Done } else { Exit::No }
        }
    }
}

/// Nothing where the findings of the configuration say why.
type Refusal = Option<Box<Diagnostic>>;

/// Nothing where it was stopped.
async fn carry_out(
    words: &Words,
    setting: &Setting<'_>,
    loaded: &mut Loaded,
    intents: &Intents,
    stop: watch::Receiver<Stop>,
    screen: &Screen,
) -> Result<Option<Rehearsal>, Refusal> {
    if loaded.diagnostics.has_errors() {
        return Err(None);
    }
    enliven(setting)?;
    let made = Scratch::make(Path::new(HOME)).await;
    let (scratch, swept) = made.map_err(|error| failed(&chain(&error)))?;
    if swept > 0 {
        screen.note("Removed what a rehearsal left that did not end.");
    }
    if let Some(name) = &words.lose {
        let names = intents.regions.keys().filter_map(|at| at.as_str().strip_prefix("region."));
        let names: Vec<&str> = names.collect();
        if !names.contains(&name.as_str()) {
            return Err(Some(no_region(name, &names)));
        }
    }
    let cloud = scratch.folder().join("cloud");
    let attributes = BTreeMap::from([("path".to_owned(), cloud.display().to_string())]);
    // Whatever provider the configuration names, it is this cloud that it gets.
    let connect = |_: &str, _: &BTreeMap<String, String>, folder: &Path, trace: Option<Trace>| {
        (setting.connect)(LOCAL, &attributes, folder, trace)
    };
    let here = Setting {
        environment: setting.environment.clone(),
        unreadable: setting.unreadable.clone(),
        providers: setting.providers,
        logins: setting.logins.clone(),
        connect: &connect,
        enliven: setting.enliven,
        trace: setting.trace.clone(),
        now: setting.now,
    };
    let result = on_stage(words, &here, loaded, intents, cloud, stop, screen).await;
    // What was stopped in the middle of a write ends soon.
    scratch.remove().await.map_err(|error| failed(&chain(&error)))?;
    result
}

/// What stand-ins leave out.
fn growing(intents: &Intents) -> impl Iterator<Item = String> {
    intents.failovers.iter().flat_map(|(address, failover)| {
        let growing = failover.targets.iter().filter(|it| it.capacity.grows != Grows::Never);
        growing.map(move |target| {
            let name = &target.name;
            format!("{address}: target \"{name}\" has to grow first; a stand-in is there at once.")
        })
    })
}

/// Brings the configuration up in its cloud, and rehearses.
async fn on_stage(
    words: &Words,
    here: &Setting<'_>,
    loaded: &mut Loaded,
    intents: &Intents,
    cloud: PathBuf,
    mut stop: watch::Receiver<Stop>,
    screen: &Screen,
) -> Result<Option<Rehearsal>, Refusal> {
    let enliven = enliven(here)?;
    let up = bring_up(here, loaded, intents, stop.clone(), screen).await?;
    let Some((desired, left_out)) = up else { return Ok(None) };
    let region = region(&desired, words.lose.as_deref())?;
    let dns = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let staging = staging(&desired, &words.staging, (cloud, dns, words.speed), here)?;
    let scene = Scene { region, loss: words.how.loss(), speed: words.speed, seed: staging.seed };
    let living: Box<dyn Living> = enliven.start(staging).await.map_err(|why| failed(&why))?;
    screen.note(&format!("Losing {}, and watching until all is as before ...", scene.region.name));
    tokio::select! {
        rehearsal = rehearse::rehearse(&*living, &desired, &scene) => {
            let mut rehearsal = rehearsal.map_err(|why| failed(&why))?;
            rehearsal.remarks.extend(left_out);
            rehearsal.remarks.extend(growing(intents));
            Ok(Some(rehearsal))
        }
        _ = stop.wait_for(|stop| *stop != Stop::Run) => Ok(None),
    }
}

/// The region that is lost.
fn region(desired: &Desired, name: Option<&str>) -> Result<WantedRegion, Refusal> {
    let location = name.map(|name| location(desired, name)).transpose()?;
    let mut regions = desired.regions.iter();
    let region = match location {
        Some(location) => regions.find(|region| region.location == location),
        None => regions.next(),
    };
    region.cloned().ok_or_else(|| {
        let detail = "This configuration has no region that could be lost.";
        Some(Diagnostic::global(codes::USAGE, detail).into())
    })
}

/// Applies the configuration to the empty cloud. Nothing where that was stopped.
async fn bring_up(
    here: &Setting<'_>,
    loaded: &mut Loaded,
    intents: &Intents,
    stop: watch::Receiver<Stop>,
    screen: &Screen,
) -> Result<Option<(Desired, Vec<String>)>, Refusal> {
    let (contents, found) =
        image::resolve(intents, &loaded.lock, &here.places(), &mut loaded.sources).await;
    loaded.diagnostics.extend(found);
    let (desired, found) = desired::derive(intents, &contents, here.providers);
    loaded.diagnostics.extend(found);
    let Some(desired) = desired else { return Err(None) };
    loaded.diagnostics.extend(graph::build(&desired).1);
    let providers = connect(intents, here, &mut loaded.diagnostics);
    if loaded.diagnostics.has_errors() {
        return Err(None);
    }
    let (desired, left_out) = rehearse::adapt(desired);
    lay_ground(&desired, &providers).await?;
    let (live, found) = live::read_deep(&desired, &providers, Depth::Plan).await;
    loaded.diagnostics.extend(found);
    let (changes, found) = diff::compare(&desired, &live, &Wishes::default());
    loaded.diagnostics.extend(found);
    if loaded.diagnostics.has_errors() {
        return Err(None);
    }
    let plan = plan::make(plan::Making {
        desired: &desired,
        live: &live,
        changes: &changes,
        // What is rehearsed is not judged before.
        verdicts: Vec::new(),
        lacking: &BTreeMap::new(),
        providers: BTreeMap::new(),
        batching: &|name| here.batching(name),
        outputs: BTreeMap::new(),
        unchanged: Unchanged::Counted,
    });
    screen.note(&format!("Bringing up {} resources on loopback ...", desired.resources.len()));
    let mut journal = Memory::default();
    let events = |_: Event<'_>| {};
    let outcome =
        apply::execute(&providers, &plan, &BTreeSet::new(), &mut journal, &events, stop).await;
    let outcome = outcome.map_err(|error| failed(&chain(&error)))?;
    match outcome.failed.values().next() {
        Some(why) => Err(Some(failed(&format!("the configuration cannot be brought up: {why}")))),
        None => Ok(outcome.is_complete().then_some((desired, left_out))),
    }
}

/// Makes the zones that the configuration takes as given.
async fn lay_ground(desired: &Desired, providers: &Providers) -> Result<(), Refusal> {
    for zone in desired.zones.values().filter(|zone| !zone.ours) {
        let Some(provider) = providers.get(&zone.provider) else { continue };
        let spec = Spec::Zone(lifeboat_contract::Zone::default());
        let write = Write {
            address: zone.address.clone(),
            key: Key::Zone { name: zone.name.clone() },
            expect: None,
            then: Some(Wanted { spec, mark: None, source: None }),
        };
        let stack = desired.stack.clone();
        let batch = Batch { stack, writes: vec![write], repeated: false };
        provider.commit(&batch).await.map_err(|error| failed(&chain(&error)))?;
    }
    Ok(())
}
