//! `image rank`: which candidate of an image is healthy first.

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use lifeboat_contract::Address;

use super::arguments::ImageRank as Words;
use super::image::build_of;
use super::load::{Loaded, load};
use super::{Exit, Screen, Setting, folder};
use crate::diagnostic::{Diagnostic, codes, nearest};
use crate::image::Candidate;
use crate::intent::{At, Build, Image, Intents};
use crate::lock::{self, Lock, LockedPlace, LockedRanking, name_of};
use crate::probe::{Course, Origin, RUNS_MIN, Ranking};
use crate::{image, probe, report};

/// More would take days, and tell no more.
const RUNS_MAX: u32 = 100;
const REQUESTS_MAX: u32 = 100_000;

/// All that a measurement needs.
struct Ready<'i> {
    address: &'i Address,
    build: At<&'i Build>,
    region: &'i Address,
    origin: Origin,
    candidates: Vec<Candidate>,
}

pub(super) async fn run(words: &Words, setting: &Setting<'_>, screen: &Screen) -> Exit {
    let mut loaded = load(&words.variables, setting);
    let intents = loaded.intents(setting);
    let ready = prepare(words, &intents, setting, &mut loaded).await;
    screen.diagnostics(&loaded.diagnostics, &loaded.sources);
    let Some(ready) = ready.filter(|_| !loaded.diagnostics.has_errors()) else {
        return Exit::Error;
    };
    match rank(words, &ready, &mut loaded.lock, setting, screen).await {
        Ok(()) => Exit::Done,
        Err(found) => {
            screen.diagnostics(&(*found).into(), &loaded.sources);
            Exit::Error
        }
    }
}

/// Finds out whether there is something to measure; findings say why not.
async fn prepare<'i>(
    words: &Words,
    intents: &'i Intents,
    setting: &Setting<'_>,
    loaded: &mut Loaded,
) -> Option<Ready<'i>> {
    let (address, image, build) = build_of(&words.name, intents, loaded)?;
    if build.value.candidates.is_empty() {
        let detail = format!("`{address}` has no candidates, so there is nothing to choose from.");
        let help = "declare `candidate \"name\" { ... }` blocks in `build`";
        loaded.diagnostics.push(Diagnostic::new(codes::USAGE, build.span, detail).help(help));
        return None;
    }
    let region = region_of(words, intents, loaded)?;
    let origin = Origin::new(&words.registry, image.repository.value.clone()).map_err(|why| {
        let detail = format!("`--registry {}` cannot be used: {}.", words.registry, why.why);
        loaded.diagnostics.push(Diagnostic::global(codes::USAGE, detail));
    });
    let origin = origin.ok()?;
    check_counts(words, loaded);
    if loaded.diagnostics.has_errors() {
        return None;
    }
    let candidates = built((address, image), setting, loaded).await;
    Some(Ready { address, build, region, origin, candidates })
}

async fn built(
    image: (&Address, &Image),
    setting: &Setting<'_>,
    loaded: &mut Loaded,
) -> Vec<Candidate> {
    let (lock, sources) = (&loaded.lock, &mut loaded.sources);
    let (candidates, found) = image::candidates(image, lock, &setting.places(), sources).await;
    loaded.diagnostics.extend(found);
    candidates
}

fn region_of<'i>(words: &Words, intents: &'i Intents, loaded: &mut Loaded) -> Option<&'i Address> {
    let wanted = words.region.strip_prefix("region.").unwrap_or(&words.region);
    let name = |address: &'i Address| address.as_str().strip_prefix("region.").unwrap_or_default();
    let found = intents.regions.keys().find(|address| name(address) == wanted);
    if found.is_none() {
        let help = nearest(wanted, intents.regions.keys().map(name));
        let help = help.map(|near| format!("did you mean `{near}`?"));
        let detail = format!("No region is called `{wanted}`.");
        loaded.diagnostics.push(Diagnostic::global(codes::USAGE, detail).help_if(help));
    }
    found
}

fn check_counts(words: &Words, loaded: &mut Loaded) {
    let mut refuse = |detail: String| {
        loaded.diagnostics.push(Diagnostic::global(codes::IMAGE_UNMEASURED, detail));
    };
    if words.runs < RUNS_MIN {
        refuse(format!(
            "`--runs {}` is too few: below {RUNS_MIN} runs, no difference can be told from chance.",
            words.runs
        ));
    }
    if words.runs > RUNS_MAX {
        refuse(format!("`--runs {}` is too many: at most {RUNS_MAX} are made.", words.runs));
    }
    if !(1..=REQUESTS_MAX).contains(&words.requests) {
        let requests = words.requests;
        refuse(format!("`--requests {requests}` is not from 1 to {REQUESTS_MAX}."));
    }
}

async fn rank(
    words: &Words,
    ready: &Ready<'_>,
    lock: &mut Lock,
    setting: &Setting<'_>,
    screen: &Screen,
) -> Result<(), Box<Diagnostic>> {
    let places = setting.places();
    let refuse = |why: String| {
        let detail = format!("`{}` cannot be measured: {why}.", ready.address);
        let found = Diagnostic::new(codes::IMAGE_UNMEASURED, ready.build.span, detail);
        Box::new(found.about(ready.address.as_str()))
    };
    let work = Work::new(places.folder).map_err(|why| refuse(why.to_string()))?;
    let course = Course {
        runs: words.runs,
        requests: words.requests,
        health: ready.build.value.health.as_ref(),
        from: places.folder,
        work: &work.path,
        logins: places.logins,
    };
    let tell = |text: &str| screen.note(text);
    let measured = probe::measure(&ready.candidates, &ready.origin, &course, &tell).await;
    let ranking = measured.map_err(&refuse)?;
    let names = (ready.address.as_str(), ready.region.as_str());
    let shown = report::ranking(names, &ranking, &ready.origin, &course);
    if words.json {
        match serde_json::to_string_pretty(&shown) {
            Ok(text) => screen.line(&text),
            Err(why) => unreachable!("This is a bug in Lifeboat: {why}"),
        }
    } else {
        screen.print(&report::ranking_text(&shown));
    }
    if ranking.winner().is_none() {
        return Err(refuse("every candidate failed, and nothing was locked".to_owned()));
    }
    if let Some(path) = &words.svg {
        folder::write(path, &report::ranking_svg(&shown))?;
    }
    if words.lock { keep(ready, &ranking, lock, screen, words.json) } else { Ok(()) }
}

/// Writes the order and the winner to the lock file.
fn keep(
    ready: &Ready<'_>,
    ranking: &Ranking,
    lock: &mut Lock,
    screen: &Screen,
    quiet: bool,
) -> Result<(), Box<Diagnostic>> {
    let Some(winner) = ranking.winner() else { return Ok(()) };
    let region = ready.region.as_str();
    let candidates = ranking.placed.iter().map(|placed| {
        let digest = placed.measured.digest.clone();
        (placed.measured.name.clone(), LockedPlace { rank: placed.rank, digest })
    });
    let locked = LockedRanking {
        region: region.strip_prefix("region.").unwrap_or(region).to_owned(),
        winner: winner.measured.name.clone(),
        candidates: candidates.collect(),
    };
    lock.rankings.insert(name_of(ready.address).to_owned(), locked);
    folder::write(Path::new(lock::FILE), &lock::write(lock))?;
    if !quiet {
        screen.line(&format!("Wrote {}.", lock::FILE));
    }
    Ok(())
}

/// A folder that goes away with what is in it.
struct Work {
    path: PathBuf,
}

impl Work {
    fn new(folder: &Path) -> std::io::Result<Self> {
        let own = folder.join(".lifeboat");
        fs::create_dir_all(&own)?;
        let path = own.join(format!("rank-{}", std::process::id()));
        if path.exists() {
            fs::remove_dir_all(&path)?;
        }
        fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self { path })
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.path);
    }
}
