//! `LB1xx`: fewer and smaller layers.

use super::shell::{commands, has, is};
use super::{Gravity, Rule, Seen, megabytes};
use crate::image::dockerfile::{Instruction, Keyword};

pub(super) const RULES: &[&Rule] = &[CONSECUTIVE, MANY, LOST, TWICE];

const CONSECUTIVE: &Rule = &Rule {
    id: "LB101",
    gravity: Gravity::Note,
    foreign: &["DL3059"],
    reason: "Each `RUN` is a layer that every region pulls, and what a later one deletes stays in it.",
    fix: "join them with `&&` or a here-document",
};

const MANY: &Rule = &Rule {
    id: "LB102",
    gravity: Gravity::Note,
    foreign: &[],
    reason: "Each layer is asked for by itself, and over a long way that takes longer than its bytes.",
    fix: "join what belongs together, and copy it at once from a stage before",
};

const LOST: &Rule = &Rule {
    id: "LB103",
    gravity: Gravity::Warning,
    foreign: &[],
    reason: "What a later layer replaces or deletes is pulled by every region all the same.",
    fix: "delete it in the instruction that made it, or make it in a stage before",
};

const TWICE: &Rule = &Rule {
    id: "LB104",
    gravity: Gravity::Warning,
    foreign: &[],
    reason: "Another owner or another mode puts every byte of a file into one more layer.",
    fix: "say `--chown` and `--chmod` to the `COPY`",
};

const LAYERS_MAX: usize = 20;
/// A layer below this many bytes is a small one, and so many of them are fine.
const SMALL_BYTES: u64 = 100_000;
const SMALL_MAX: usize = 5;

/// So many bytes are lost in vain in any image.
const LOST_BYTES_MAX: u64 = 20_000_000;
/// Below this there is nothing to be gained.
const LOST_BYTES_MIN: u64 = 100_000;
/// Of a smaller image, so many thousandths.
const EFFICIENCY_PERMILLE_MIN: u32 = 950;
const LOST_SHOWN: usize = 3;

pub(super) fn check(seen: &mut Seen<'_>) {
    // What a stage leaves behind does not reach the image: only the target's layers count.
    let target = seen.target();
    for pair in target.windows(2) {
        let both = pair.iter().all(|one| one.keyword == Keyword::Run);
        if both && pair[0].flags == pair[1].flags {
            seen.say(CONSECUTIVE, pair[1].span, "this `RUN` follows another one");
        }
    }
    twice(&target, seen);
    measured(seen);
}

/// What the layers themselves tell.
fn measured(seen: &mut Seen<'_>) {
    let Some(layers) = seen.layers else { return };
    let count = layers.list.len();
    let small = layers.list.iter().filter(|layer| layer.moved_bytes < SMALL_BYTES).count();
    if count > LAYERS_MAX || small > SMALL_MAX {
        let message = format!("there are {count} layers, {small} of them below 100 kB");
        seen.say(MANY, seen.start(), message);
    }
    let (lost, all) = (layers.lost_bytes(), layers.bytes());
    let is_much = layers.efficiency_permille() < EFFICIENCY_PERMILLE_MIN && lost >= LOST_BYTES_MIN;
    if lost <= LOST_BYTES_MAX && !is_much {
        return;
    }
    let most = layers.list.iter().max_by_key(|layer| layer.lost_bytes);
    let span = most.map_or_else(|| seen.start(), |layer| seen.made(layer));
    let largest = layers.lost.iter().take(LOST_SHOWN);
    let largest: Vec<String> =
        largest.map(|(path, bytes)| format!("`{path}` {}", megabytes(*bytes))).collect();
    let message = format!(
        "{} of {} are not seen in the end, most of it from here; the largest: {}",
        megabytes(lost),
        megabytes(all),
        largest.join(", ")
    );
    seen.say(LOST, span, message);
}

/// Files that are copied, and then given to somebody else.
fn twice(target: &[Instruction], seen: &mut Seen<'_>) {
    let mut folder = "/".to_owned();
    let mut copied: Vec<Copied> = Vec::new();
    for one in target {
        match one.keyword {
            Keyword::Workdir => folder = joined(&folder, &one.arguments),
            Keyword::Copy | Keyword::Add => copied.extend(places(one, &folder)),
            Keyword::Run => {
                let again = again(one, &folder, &copied);
                if let Some((program, path)) = again {
                    let message = format!("`{program}` changes `{path}`, which was copied");
                    seen.say(TWICE, one.span, message);
                }
            }
            Keyword::Arg
            | Keyword::Cmd
            | Keyword::Entrypoint
            | Keyword::Env
            | Keyword::Expose
            | Keyword::From
            | Keyword::Healthcheck
            | Keyword::Label
            | Keyword::Maintainer
            | Keyword::Onbuild
            | Keyword::Shell
            | Keyword::Stopsignal
            | Keyword::User
            | Keyword::Volume => {}
        }
    }
}

/// A path that is changed although it was copied, and by which program.
fn again(run: &Instruction, folder: &str, copied: &[Copied]) -> Option<(&'static str, String)> {
    for command in commands(run) {
        let programs = ["chown", "chmod", "chgrp"];
        let Some(program) = programs.into_iter().find(|program| is(&command, &[program])) else {
            continue;
        };
        let all = has(&command, "-R") || has(&command, "--recursive");
        let plain = command.iter().filter(|word| !word.starts_with('-'));
        for word in plain.skip(2).filter(|word| !word.contains(['$', '*'])) {
            let path = joined(folder, word);
            let below = |inner: &str, outer: &str| {
                outer == "/" || inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
            };
            let hits = |Copied { at, is_folder }: &Copied| {
                *at == path && (all || !is_folder) || all && below(at, &path) || below(&path, at)
            };
            if copied.iter().any(hits) {
                return Some((program, path));
            }
        }
    }
    None
}

/// What has been copied to some place. Of a folder, its own mode costs nothing.
struct Copied {
    at: String,
    is_folder: bool,
}

/// Whether a source is a folder whatever lies on disk.
fn is_all(source: &str) -> bool {
    matches!(source.trim_end_matches('/'), "" | "." | "..")
}

/// Where a `COPY` puts what it takes, as far as its words tell.
fn places(copy: &Instruction, folder: &str) -> Vec<Copied> {
    let words = copy.words();
    let Some(into) = words.last().filter(|into| !into.contains('$')) else { return Vec::new() };
    let target = joined(folder, into);
    let mut places = Vec::new();
    for source in &copy.sources {
        let name = source.text.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        if !is_all(name) && !name.contains(['*', '$']) {
            places.push(Copied { at: joined(&target, name), is_folder: false });
        }
        // Below the root lies everything: that it was copied is not told by where it lies.
        if target != "/" {
            let is_folder = into.ends_with('/') || copy.sources.len() > 1 || is_all(&source.text);
            places.push(Copied { at: target.clone(), is_folder });
        }
    }
    places
}

/// A path as seen from a folder.
fn joined(folder: &str, path: &str) -> String {
    let whole = if path.starts_with('/') { path.to_owned() } else { format!("{folder}/{path}") };
    let parts = whole.split('/').filter(|part| !matches!(*part, "" | "."));
    format!("/{}", parts.collect::<Vec<_>>().join("/"))
}
