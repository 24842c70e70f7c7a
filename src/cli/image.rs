//! `image`: what stands behind `build` blocks. One function per verb.

use std::path::Path;

use lifeboat_contract::Address;

use super::arguments::{
    Drawn, Image as Words, ImageBuild, ImageExplain, ImageGraph, ImageLint, ImageStatus,
};
use super::load::{Loaded, load};
use super::{Exit, Screen, Setting, folder, rank};
use crate::diagnostic::{Diagnostic, chain, codes, nearest};
use crate::image::dockerfile::{Wanted, stages};
use crate::image::{BuildError, Order, Presence, State, Status, Subject};
use crate::intent::{At, Build, Image, Intents, Source};
use crate::lock::{self, Lock, name_of};
use crate::{image, report};

pub(super) async fn run(words: &Words, setting: &Setting<'_>, screen: &Screen) -> Exit {
    match words {
        Words::Build(words) => build(words, setting, screen).await,
        Words::Status(words) => status(words, setting, screen).await,
        Words::Explain(words) => explain(words, setting, screen).await,
        Words::Lint(words) => lint(words, setting, screen).await,
        Words::Graph(words) => graph(words, setting, screen),
        Words::Rank(words) => rank::run(words, setting, screen).await,
    }
}

async fn build(words: &ImageBuild, setting: &Setting<'_>, screen: &Screen) -> Exit {
    let mut loaded = load(&words.variables, setting);
    let intents = loaded.intents(setting);
    let wanted = chosen(&words.names, &intents, &mut loaded);
    let mut exit = Exit::Done;
    for (address, image) in &intents.images {
        let Source::Build(block) = &image.source.value else { continue };
        if loaded.diagnostics.has_errors() {
            break;
        }
        if !words.names.is_empty() && !wanted.contains(&address) {
            continue;
        }
        let all = look((address, image), setting, &mut loaded).await;
        for (status, (address, block)) in all.iter().zip(block.each(address)) {
            if loaded.diagnostics.has_errors() {
                break;
            }
            if !status.must_be_built() {
                screen.line(&format!("{address} is up to date."));
            } else if words.check {
                screen.print(&report::explanation(status));
                exit = Exit::No;
            } else if let Err(found) = make(block, status, &mut loaded.lock, setting, screen).await
            {
                loaded.diagnostics.push(*found);
            }
        }
    }
    screen.diagnostics(&loaded.diagnostics, &loaded.sources);
    if loaded.diagnostics.has_errors() { Exit::Error } else { exit }
}

/// The images that are named.
fn chosen<'i>(names: &[String], intents: &'i Intents, loaded: &mut Loaded) -> Vec<&'i Address> {
    let named = names.iter().filter_map(|name| build_of(name, intents, loaded));
    named.map(|(address, ..)| address).collect()
}

/// Builds one image, and writes it to the lock at once: the next one may fail.
async fn make(
    block: &Build,
    status: &Status,
    lock: &mut Lock,
    setting: &Setting<'_>,
    screen: &Screen,
) -> Result<(), Box<Diagnostic>> {
    let address = &status.address;
    let inputs = match &status.inputs {
        State::Unbuilt(inputs) | State::Same(inputs) | State::Changed(inputs, _) => inputs,
        // Findings say why.
        State::Taken | State::Unknown => return Ok(()),
    };
    screen.note(&format!("Building {address}."));
    let order = Order {
        address,
        build: block,
        inputs,
        from: setting.places().folder,
        environment: &setting.environment,
    };
    let built = image::build(&order).await.map_err(|error| failed(&error, status))?;
    let builder = built.build.as_ref().map_or("", |build| build.builder.as_str());
    let size = report::bytes(built.bytes);
    let digest = &built.digest;
    screen.line(&format!("{address}: {digest}   {} blobs, {size}   by {builder}", built.blobs));
    if let (State::Same(_), Presence::Missing { .. }, Some(old)) =
        (&status.inputs, &status.content, &status.locked)
        && old.digest != built.digest
    {
        screen.line(&format!(
            "{address}: the lock said {}; another builder builds it otherwise.",
            old.digest
        ));
    }
    lock.images.insert(name_of(address).to_owned(), built);
    folder::write(Path::new(lock::FILE), &lock::write(lock))
}

fn failed(error: &BuildError, status: &Status) -> Box<Diagnostic> {
    let address = &status.address;
    let detail = format!("`{address}` is not built: {}.", chain(error));
    let help = match error {
        BuildError::NoBuilder | BuildError::Absent { .. } => {
            Some("install buildah, or Docker with buildx")
        }
        BuildError::TimedOut { .. } => Some("set `timeout` in the `build` block, such as `\"1h\"`"),
        BuildError::Start { .. }
        | BuildError::Failed { .. }
        | BuildError::Interrupted
        | BuildError::Write { .. }
        | BuildError::Output { .. } => None,
    };
    let found = Diagnostic::new(codes::IMAGE_BUILD_FAILED, status.span, detail);
    Box::new(found.help_if(help.map(str::to_owned)).about(address.as_str()))
}

/// How an image stands, or each of its candidates; findings are kept.
async fn look(
    image: (&Address, &Image),
    setting: &Setting<'_>,
    loaded: &mut Loaded,
) -> Vec<Status> {
    let places = setting.places();
    let (all, found) = image::status(image, &loaded.lock, &places, &mut loaded.sources).await;
    loaded.diagnostics.extend(found);
    all
}

async fn status(words: &ImageStatus, setting: &Setting<'_>, screen: &Screen) -> Exit {
    let mut loaded = load(&words.variables, setting);
    let intents = loaded.intents(setting);
    let mut all = Vec::new();
    if !loaded.diagnostics.has_errors() {
        for image in &intents.images {
            all.extend(look(image, setting, &mut loaded).await);
        }
    }
    show(&all, words.json, &report::images, &loaded, screen)
}

async fn explain(words: &ImageExplain, setting: &Setting<'_>, screen: &Screen) -> Exit {
    let mut loaded = load(&words.variables, setting);
    let intents = loaded.intents(setting);
    let mut all = Vec::new();
    if let Some((address, image, _)) = build_of(&words.name, &intents, &mut loaded)
        && !loaded.diagnostics.has_errors()
    {
        all.extend(look((address, image), setting, &mut loaded).await);
    }
    let text = |all: &[Status]| all.iter().map(report::explanation).collect::<String>();
    show(&all, words.json, &text, &loaded, screen)
}

/// Prints what is known, and the findings.
fn show(
    all: &[Status],
    json: bool,
    text: &dyn Fn(&[Status]) -> String,
    loaded: &Loaded,
    screen: &Screen,
) -> Exit {
    screen.diagnostics(&loaded.diagnostics, &loaded.sources);
    if json {
        match serde_json::to_string_pretty(&report::image_status(all)) {
            Ok(text) => screen.line(&text),
            Err(why) => unreachable!("This is a bug in Lifeboat: {why}"),
        }
    } else {
        screen.print(&text(all));
    }
    if loaded.diagnostics.has_errors() { Exit::Error } else { Exit::Done }
}

async fn lint(words: &ImageLint, setting: &Setting<'_>, screen: &Screen) -> Exit {
    let mut loaded = load(&words.variables, setting);
    let intents = loaded.intents(setting);
    let wanted = chosen(&words.names, &intents, &mut loaded);
    let folder = setting.places().folder;
    let (mut remarks, mut measured) = (Vec::new(), Vec::new());
    for (address, image) in &intents.images {
        let Source::Build(build) = &image.source.value else { continue };
        if !words.names.is_empty() && !wanted.contains(&address) {
            continue;
        }
        let all = look((address, image), setting, &mut loaded).await;
        for (status, (address, build)) in all.iter().zip(build.each(address)) {
            let (State::Unbuilt(inputs) | State::Same(inputs) | State::Changed(inputs, _)) =
                &status.inputs
            else {
                // Findings say why.
                continue;
            };
            let known = image::measure_layers(status, folder);
            let layers = known.layers.as_ref().ok().and_then(Option::as_ref);
            let has_ignore = image::has_ignore(build, folder);
            let (address, intents) = (&address, &intents);
            let subject = Subject { address, build, inputs, has_ignore, layers, intents };
            remarks.extend(image::lint(subject, &loaded.sources));
            measured.push(known);
        }
    }
    screen.diagnostics(&loaded.diagnostics, &loaded.sources);
    if loaded.diagnostics.has_errors() {
        return Exit::Error;
    }
    let lints = report::lints(&remarks, &measured, &loaded.sources);
    let machines = if words.sarif {
        Some(serde_json::to_string_pretty(&report::sarif(&lints, env!("CARGO_PKG_VERSION"))))
    } else {
        words.json.then(|| serde_json::to_string_pretty(&lints))
    };
    match machines {
        Some(Ok(text)) => screen.line(&text),
        Some(Err(why)) => unreachable!("This is a bug in Lifeboat: {why}"),
        None => screen.print(&report::lints_text(&lints, &loaded.sources, &remarks)),
    }
    if lints.errors > 0 { Exit::No } else { Exit::Done }
}

fn graph(words: &ImageGraph, setting: &Setting<'_>, screen: &Screen) -> Exit {
    let mut loaded = load(&words.variables, setting);
    let intents = loaded.intents(setting);
    let drawn = build_of(&words.name, &intents, &mut loaded).and_then(|(address, _, build)| {
        if let Some(name) = build.value.candidates.keys().next() {
            let detail = format!("`{address}` has candidates, each with stages of its own.");
            let candidate = address.part("candidate", name);
            let help = format!("name one, such as `{}`", name_of(&candidate));
            let several = Diagnostic::new(codes::USAGE, build.span, detail);
            loaded.diagnostics.push(several.help(help));
            return None;
        }
        let places = setting.places();
        let read = image::read_dockerfile(&build, places.folder, &mut loaded.sources);
        let dockerfile = loaded.diagnostics.take(read)?;
        let Build { target, args, platforms, .. } = build.value;
        let wanted = Wanted { target: target.as_deref(), arguments: args, platforms };
        stages(&dockerfile, &wanted).map_err(|found| loaded.diagnostics.extend(found)).ok()
    });
    screen.diagnostics(&loaded.diagnostics, &loaded.sources);
    let Some(stages) = drawn.filter(|_| !loaded.diagnostics.has_errors()) else {
        return Exit::Error;
    };
    screen.print(&match words.format {
        Drawn::Text => report::stages_text(&stages),
        Drawn::Dot => report::stages_dot(&stages),
        Drawn::Svg => report::stages_svg(&stages),
        Drawn::Mermaid => report::stages_mermaid(&stages),
    });
    Exit::Done
}

/// An image and its `build` block, by the image's name.
pub(super) fn build_of<'i>(
    name: &str,
    intents: &'i Intents,
    loaded: &mut Loaded,
) -> Option<(&'i Address, &'i Image, At<&'i Build>)> {
    let wanted = name.strip_prefix("image.").unwrap_or(name);
    if let Some(candidate) = candidate_of(wanted, intents) {
        return Some(candidate);
    }
    let image = intents.images.iter().find(|(address, _)| name_of(address) == wanted);
    let Some((address, image)) = image else {
        let names = intents.images.keys().map(name_of);
        let help = nearest(wanted, names).map(|near| format!("did you mean `{near}`?"));
        let detail = format!("No image is called `{wanted}`.");
        loaded.diagnostics.push(Diagnostic::global(codes::USAGE, detail).help_if(help));
        return None;
    };
    match &image.source.value {
        Source::Build(build) => {
            Some((address, image, At { value: &**build, span: image.source.span }))
        }
        Source::Pushed => {
            let detail = format!("`{address}` is not built here: others push it.");
            loaded.diagnostics.push(Diagnostic::new(codes::USAGE, image.source.span, detail));
            None
        }
        Source::Reference(text) => {
            let detail = format!("`{address}` is not built here: it is taken from `{text}`.");
            loaded.diagnostics.push(Diagnostic::new(codes::USAGE, image.source.span, detail));
            None
        }
    }
}

/// A candidate, by its full name, such as `web.candidate["slim"]`.
fn candidate_of<'i>(
    wanted: &str,
    intents: &'i Intents,
) -> Option<(&'i Address, &'i Image, At<&'i Build>)> {
    intents.images.iter().find_map(|(address, image)| {
        let Source::Build(build) = &image.source.value else { return None };
        let mut each = build.each(address).into_iter();
        let (_, value) = each.find(|(address, _)| name_of(address) == wanted)?;
        Some((address, image, At { value, span: image.source.span }))
    })
}
