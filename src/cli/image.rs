//! `image`: what stands behind `build` blocks. One function per verb.

use super::arguments::{Drawn, Image as Words, ImageGraph};
use super::load::{Loaded, load};
use super::{Exit, Screen, Setting};
use crate::diagnostic::{Diagnostic, codes, nearest};
use crate::image::dockerfile::{Wanted, stages};
use crate::intent::{At, Build, Intents, Source};
use crate::lock::name_of;
use crate::{image, report};

pub(super) fn run(words: &Words, setting: &Setting<'_>, screen: &Screen) -> Exit {
    match words {
        Words::Graph(words) => graph(words, setting, screen),
    }
}

fn graph(words: &ImageGraph, setting: &Setting<'_>, screen: &Screen) -> Exit {
    let mut loaded = load(&words.variables, setting);
    let intents = loaded.intents(setting);
    let drawn = build_of(&words.name, &intents, &mut loaded).and_then(|build| {
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

/// The `build` block of an image, by the image's name.
fn build_of<'i>(name: &str, intents: &'i Intents, loaded: &mut Loaded) -> Option<At<&'i Build>> {
    let wanted = name.strip_prefix("image.").unwrap_or(name);
    let image = intents.images.iter().find(|(address, _)| name_of(address) == wanted);
    let Some((address, image)) = image else {
        let names = intents.images.keys().map(name_of);
        let help = nearest(wanted, names).map(|near| format!("did you mean `{near}`?"));
        let detail = format!("No image is called `{wanted}`.");
        loaded.diagnostics.push(Diagnostic::global(codes::USAGE, detail).help_if(help));
        return None;
    };
    match &image.source.value {
        Source::Build(build) => Some(At { value: &**build, span: image.source.span }),
        Source::Reference(text) => {
            let detail = format!("`{address}` is not built here: it is taken from `{text}`.");
            loaded.diagnostics.push(Diagnostic::new(codes::USAGE, image.source.span, detail));
            None
        }
    }
}
