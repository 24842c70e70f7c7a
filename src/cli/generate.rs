//! `adopt --generate`: configuration for what exists, and its adoption.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use lifeboat_contract::{Address, Depth, Key};

use super::apply::How;
use super::arguments::Adopt as Words;
use super::load::{Loaded, load};
use super::prepare::{Images, Purpose, prepare, tell};
use super::survey::{Stop, Survey, go_on, survey};
use super::{Exit, Screen, Setting, adopt, folder, plan};
use crate::diagnostic::{Diagnostic, Diagnostics, codes, nearest};
use crate::generate::{Form, Generated, Settings, generate};
use crate::report::Operation;

/// The file of a configuration of its own, and that of blocks for one that is there.
const WHOLE: &str = "main.hcl";
const ADDED: &str = "adopted.hcl";

pub(super) async fn run(
    words: &Words,
    into: &Path,
    setting: &Setting<'_>,
    screen: &Screen,
) -> Exit {
    let json = words.handling.planning.json;
    let how = How { json, operation: Operation::Apply, setting, screen };
    let mut loaded = load(&words.handling.planning.variables, setting);
    let new = !into.exists();
    let made = make(words, into, &mut loaded, setting).await;
    let here = is_here(into);
    let place = if here { PathBuf::from(ADDED) } else { into.join(WHOLE) };
    match made {
        Ok(generated) if !generated.adopt.is_empty() => {
            if let Err(found) = folder::write(&place, &generated.text) {
                return how.refuse(&(*found).into(), Exit::Error);
            }
            if !json {
                screen.line(&format!("Wrote {}: {}.", place.display(), counted(&generated.counts)));
            }
            take_over(words, (into, here), generated, &how).await
        }
        nothing => {
            if new {
                // It is empty, or stays.
                let _gone = fs::remove_dir(into);
            }
            let (exit, found) = match nothing {
                Ok(generated) => (Exit::Done, generated.found),
                Err(Stop { exit, plan: _ }) => (exit, Diagnostics::default()),
            };
            loaded.diagnostics.extend(found);
            let Loaded { diagnostics, sources, .. } = &loaded;
            if json {
                plan::stream_plan(None, diagnostics, sources, setting, screen);
                return exit;
            }
            screen.diagnostics(diagnostics, sources);
            if exit == Exit::Done {
                screen.line("There is nothing to adopt.");
            }
            exit
        }
    }
}

/// Adopts just what was written, in the folder where it was written.
async fn take_over(
    words: &Words,
    (into, here): (&Path, bool),
    generated: Generated,
    how: &How<'_>,
) -> Exit {
    let How { json, setting, screen, .. } = *how;
    if let Err(why) = std::env::set_current_dir(into) {
        let detail = format!("The folder `{}` cannot be entered: {why}.", into.display());
        let found = Diagnostic::global(codes::FILE_UNREADABLE, detail);
        return how.refuse(&found.into(), Exit::Error);
    }
    let Generated { adopt: wanted, found, .. } = generated;
    let handling = &words.handling;
    let (adopt, images) = (wanted.clone(), Images::Locked);
    let purpose = Purpose { adopt, lease: true, images, ..Purpose::default() };
    let exit = match prepare(&handling.planning, &purpose, setting).await {
        Ok(mut prepared) => {
            prepared.diagnostics.extend(found);
            adopt::take(prepared, handling, setting, screen).await
        }
        Err(refused) => tell(&refused, screen, json, setting),
    };
    if exit == Exit::Error && !json {
        screen.note(&go_on_with(Some(into).filter(|_| !here), &wanted));
    }
    exit
}

async fn make(
    words: &Words,
    into: &Path,
    loaded: &mut Loaded,
    setting: &Setting<'_>,
) -> Result<Generated, Stop> {
    let refused = room(into).err();
    let intents = loaded.intents(setting);
    loaded.diagnostics.extend(refused.map(Diagnostics::from).unwrap_or_default());
    if words.handling.out.is_some() {
        let detail = "A plan file is made for a configuration, and this one is not written yet.";
        let help = "say no when asked, and give `--out FILE` to the command that is shown then";
        loaded.diagnostics.push(Diagnostic::global(codes::USAGE, detail).help(help));
    }
    go_on(Some(()), &loaded.diagnostics)?;
    let (depth, images) = (Depth::Everything, Images::Locked);
    let purpose = Purpose { depth, images, ..Purpose::default() };
    let lost = &words.handling.planning.lost;
    let survey = survey(lost, &purpose, setting, loaded, &intents).await?;
    let zones = zones(&words.zones, &survey, &mut loaded.diagnostics);
    readable(&survey, zones.as_ref(), &mut loaded.diagnostics);
    if !is_here(into) {
        unowned(&survey, &mut loaded.diagnostics);
    }
    go_on(Some(()), &loaded.diagnostics)?;
    let form = form(into, &survey, loaded)?;
    let made = generate(&Settings {
        intents: &intents,
        desired: &survey.desired,
        live: &survey.live,
        providers: setting.providers,
        form,
        zones,
    });
    made.map_err(|found| {
        // It is about text that nobody sees, so its places mean nothing here.
        for finding in found.sorted() {
            let told = Diagnostic::global(finding.code, finding.detail.clone());
            loaded.diagnostics.push(told);
        }
        Stop { exit: Exit::Error, plan: None }
    })
}

/// Whether the folder is that of the configuration.
fn is_here(into: &Path) -> bool {
    let here = |path: &Path| path.canonicalize().ok();
    here(into).is_some_and(|into| Some(into) == here(Path::new(".")))
}

/// Nothing that is there is written over.
fn room(into: &Path) -> Result<(), Box<Diagnostic>> {
    let refuse = |detail: String, help: &str| {
        Err(Box::new(Diagnostic::global(codes::FILE_UNWRITABLE, detail).help(help)))
    };
    if is_here(into) {
        if Path::new(ADDED).exists() {
            let detail = format!("`{ADDED}` is there already, and may have been edited.");
            return refuse(detail, "rename it, or move its blocks into other files");
        }
        return Ok(());
    }
    let shown = into.display();
    match fs::read_dir(into).map(Iterator::count) {
        Ok(0) => Ok(()),
        Ok(_) => refuse(
            format!("`{shown}` is not empty."),
            "name a new folder, or `.` to add what this configuration lacks",
        ),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(why) => refuse(format!("`{shown}` cannot be used: {why}."), "name a new folder"),
    }
}

/// The zones that are named, by their block's name or by their own.
fn zones(words: &[String], survey: &Survey, found: &mut Diagnostics) -> Option<BTreeSet<Address>> {
    let mut wanted = BTreeSet::new();
    let all = &survey.desired.zones;
    for word in words {
        let named = |(address, zone): &(&Address, &crate::desired::WantedZone)| {
            let label = address.as_str().strip_prefix("zone.");
            label == Some(word) || zone.name.to_string() == *word
        };
        let before = wanted.len();
        wanted.extend(all.iter().filter(named).map(|(address, _)| address.clone()));
        if wanted.len() == before {
            let names: Vec<String> = all.values().map(|zone| zone.name.to_string()).collect();
            let near = nearest(word, names.iter().map(String::as_str));
            let help = near.map(|near| format!("did you mean `{near}`?"));
            let detail = format!("No zone of this configuration is called `{word}`.");
            found.push(Diagnostic::global(codes::USAGE, detail).help_if(help));
        }
    }
    (!words.is_empty()).then_some(wanted)
}

/// What was not read cannot be written, and a zone has to be there.
fn readable(survey: &Survey, wanted: Option<&BTreeSet<Address>>, found: &mut Diagnostics) {
    let wanted = |address: &Address| wanted.is_none_or(|wanted| wanted.contains(address));
    for zone in survey.desired.zones.values().filter(|zone| wanted(&zone.address)) {
        if let Some(dark) = survey.live.unreachable(&zone.provider, None) {
            let detail =
                format!("What provider `{}` holds is unknown: {}.", zone.provider, dark.why);
            return found.push(Diagnostic::global(codes::PROVIDER_FAILED, detail));
        }
        let key = Key::Zone { name: zone.name.clone() };
        if survey.live.object(&zone.provider, &key).is_none() && !zone.ours {
            let detail = format!("Provider `{}` has no zone `{}`.", zone.provider, zone.name);
            let missing = Diagnostic::new(codes::ZONE_MISSING, zone.span, detail);
            found.push(missing.about(zone.address.as_str()));
        }
    }
}

/// A configuration of its own that does not declare what its stack owns would delete that.
fn unowned(survey: &Survey, found: &mut Diagnostics) {
    let stack = &survey.desired.stack;
    let all = survey.live.all().flat_map(|(_, objects)| objects);
    let owned = all.filter(|o| o.mark.as_ref().is_some_and(|mark| mark.stack == *stack)).count();
    if owned > 0 {
        let s = if owned == 1 { "" } else { "s" };
        let detail = format!(
            "Stack `{stack}` owns {owned} object{s} already. A configuration of its own would not \
             declare them, so its next plan would delete them."
        );
        let help = "`--generate .` adds to this configuration; or name another stack";
        found.push(Diagnostic::global(codes::USAGE, detail).help(help));
    }
}

fn form(into: &Path, survey: &Survey, loaded: &mut Loaded) -> Result<Form, Stop> {
    if is_here(into) {
        let named = loaded.document.blocks.iter().filter_map(|block| {
            let label = block.labels.first()?;
            Some((block.kind.text.to_string(), label.text.to_string()))
        });
        return Ok(Form::Added(named.collect()));
    }
    // The way from the new folder to a cloud on disk is known when the folder is there.
    if let Err(why) = fs::create_dir_all(into) {
        let detail = format!("`{}` cannot be made: {why}.", into.display());
        loaded.diagnostics.push(Diagnostic::global(codes::FILE_UNWRITABLE, detail));
    }
    go_on(Some(()), &loaded.diagnostics)?;
    let seen = survey.providers.iter();
    Ok(Form::Whole(seen.map(|(name, provider)| (name.clone(), provider.seen_from(into))).collect()))
}

/// How many blocks there are, in words.
fn counted(counts: &BTreeMap<&'static str, usize>) -> String {
    let words = counts.iter().map(|(kind, count)| {
        let s = if *count == 1 { "" } else { "s" };
        format!("{count} {}{s}", kind.replace('_', " "))
    });
    words.collect::<Vec<_>>().join(", ")
}

/// How to take over later what was written.
fn go_on_with(into: Option<&Path>, wanted: &BTreeMap<Address, Option<String>>) -> String {
    let mut note = "The file stays. To take over what it declares:\n\n  lifeboat adopt".to_owned();
    if let Some(into) = into {
        note = format!("{note} -C {}", quoted(&into.display().to_string()));
    }
    for (address, id) in wanted {
        let word = match id {
            Some(id) => format!("{address}={id}"),
            None => address.to_string(),
        };
        note = format!("{note} \\\n    {}", quoted(&word));
    }
    note
}

/// A word as a shell reads it back.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/=@:".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}
