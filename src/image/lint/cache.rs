//! `LB2xx`: builds that reuse what has not changed.

use super::shell::{commands, installs, is};
use super::{Gravity, Rule, Seen};
use crate::image::dockerfile::{Instruction, Keyword};

pub(super) const RULES: &[&Rule] = &[SOURCES_FIRST, UPDATE_ALONE, NO_IGNORE, UNPINNED];

const SOURCES_FIRST: &Rule = &Rule {
    id: "LB201",
    gravity: Gravity::Warning,
    foreign: &[],
    reason: "Any changed file makes every dependency be installed again.",
    fix: "copy the lock file first, install, and copy the rest after it",
};

const UPDATE_ALONE: &Rule = &Rule {
    id: "LB203",
    gravity: Gravity::Warning,
    foreign: &[],
    reason: "The list of packages is cached by itself, and a later install asks for what is gone.",
    fix: "write `apt-get update && apt-get install` in one `RUN`",
};

const NO_IGNORE: &Rule = &Rule {
    id: "LB204",
    gravity: Gravity::Warning,
    foreign: &[],
    reason: "Version control, caches and secrets beside the sources get into the image, and each \
             change of them builds it anew.",
    fix: "write a `.dockerignore`",
};

const UNPINNED: &Rule = &Rule {
    id: "LB207",
    gravity: Gravity::Warning,
    foreign: &["DL3006", "DL3007"],
    reason: "What is built in a failover may rest on another image than what was tested.",
    fix: "name a version, or better a digest",
};

pub(super) fn check(seen: &mut Seen<'_>) {
    for (_, stage) in seen.reached() {
        dependencies(&stage, seen);
    }
    for run in seen.all(Keyword::Run) {
        let commands = commands(&run);
        let apt = |verb: &str| commands.iter().any(|c| is(c, &["apt-get", verb]));
        if apt("update") && !apt("install") && !apt("upgrade") && !apt("dist-upgrade") {
            seen.say(UPDATE_ALONE, run.span, "`apt-get update` stands without an install");
        }
    }
    let takes = seen.inputs.stages.reached().flat_map(|(_, stage)| stage.takes.clone());
    let whole = takes.into_iter().find(|take| matches!(take.pattern.trim_matches('/'), "" | "."));
    if let Some(take) = whole.filter(|_| !seen.has_ignore) {
        seen.say(NO_IGNORE, take.span, "the whole context is taken, and nothing is ignored");
    }
    let images = seen.inputs.stages.images();
    let images: Vec<_> =
        images.into_iter().map(|(reference, span)| (reference.to_owned(), span)).collect();
    for (reference, span) in images {
        let name = reference.rsplit('/').next().unwrap_or_default();
        let floats = !reference.contains('@') && (!name.contains(':') || name.ends_with(":latest"));
        if floats {
            seen.say(UNPINNED, span, format!("`{reference}` may be another image tomorrow"));
        }
    }
}

fn dependencies(stage: &[Instruction], seen: &mut Seen<'_>) {
    let whole = |one: &&Instruction| {
        one.keyword == Keyword::Copy
            && one.flag("from").is_none()
            && one.sources.iter().any(|source| matches!(source.text.as_str(), "." | "./"))
    };
    let Some(first) = stage.iter().find(whole) else { return };
    let later = stage.iter().filter(|one| one.keyword == Keyword::Run && one.span > first.span);
    if later.flat_map(commands).any(|command| installs(&command)) {
        seen.say(
            SOURCES_FIRST,
            first.span,
            "all sources are copied before dependencies are installed",
        );
    }
}
