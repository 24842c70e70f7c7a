//! `LB2xx`: builds that reuse what has not changed.

use super::shell::{commands, installs, is, is_costly};
use super::{Gravity, Rule, Seen};
use crate::image::dockerfile::{Instruction, Keyword};

pub(super) const RULES: &[&Rule] =
    &[SOURCES_FIRST, TOGETHER, UPDATE_ALONE, NO_IGNORE, CHANGING, NO_CACHE, UNPINNED];

const SOURCES_FIRST: &Rule = &Rule {
    id: "LB201",
    gravity: Gravity::Warning,
    foreign: &[],
    reason: "Any changed file makes every dependency be installed again.",
    fix: "copy the lock file first, install, and copy the rest after it",
};

const TOGETHER: &Rule = &Rule {
    id: "LB202",
    gravity: Gravity::Warning,
    foreign: &[],
    reason: "The sources change often, and what is copied with them counts as changed, too.",
    fix: "copy what names dependencies by itself, install, and copy the sources after it",
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
    fix: "name them in `.dockerignore`",
};

const CHANGING: &Rule = &Rule {
    id: "LB205",
    gravity: Gravity::Warning,
    foreign: &[],
    reason: "Another commit or another date makes everything after it be built again.",
    fix: "move it below what takes long",
};

const NO_CACHE: &Rule = &Rule {
    id: "LB206",
    gravity: Gravity::Note,
    foreign: &[],
    reason: "When one dependency changes, all are fetched or built again.",
    fix: "mount what it keeps between builds: `RUN --mount=type=cache,target=...`",
};

const UNPINNED: &Rule = &Rule {
    id: "LB207",
    gravity: Gravity::Warning,
    foreign: &["DL3006", "DL3007"],
    reason: "What is built in a failover may rest on another image than what was tested.",
    fix: "name a version, or better a digest",
};

/// Files that name dependencies.
const MANIFESTS: &[&str] = &[
    "package.json",
    "package*.json",
    "package-lock.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "requirements.txt",
    "pyproject.toml",
    "poetry.lock",
    "uv.lock",
    "Pipfile",
    "Pipfile.lock",
    "go.mod",
    "go.sum",
    "go.*",
    "Cargo.toml",
    "Cargo.lock",
    "Gemfile",
    "Gemfile.lock",
    "composer.json",
    "composer.lock",
];

/// Folders that hold sources.
const SOURCES: &[&str] =
    &["src", "app", "lib", "cmd", "pkg", "internal", "server", "client", "web"];

/// What has no place in a context.
const STRAY: &[&str] = &[".git", "node_modules", "target", ".env", ".venv", "__pycache__"];

/// Parts of names whose values differ with each build.
const CHANGES: &[&str] = &[
    "commit",
    "revision",
    "git_sha",
    "git_hash",
    "gitsha",
    "vcs_ref",
    "build_date",
    "build_time",
    "builddate",
    "build_number",
    "build_id",
    "timestamp",
    "image_created",
];

pub(super) fn check(seen: &mut Seen<'_>) {
    for (_, stage) in seen.reached() {
        dependencies(&stage, seen);
        changing(&stage, seen);
    }
    for run in seen.all(Keyword::Run) {
        let commands = commands(&run);
        let apt = |verb: &str| commands.iter().any(|c| is(c, &["apt-get", verb]));
        if apt("update") && !apt("install") && !apt("upgrade") && !apt("dist-upgrade") {
            seen.say(UPDATE_ALONE, run.span, "`apt-get update` stands without an install");
        }
        let costly = commands.iter().find(|command| is_costly(command));
        if let Some(command) = costly.filter(|_| !mounts_a_cache(&run)) {
            let words: Vec<&str> = command.iter().take(2).map(String::as_str).collect();
            seen.say(NO_CACHE, run.span, format!("`{}` has no cache", words.join(" ")));
        }
    }
    context(seen);
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

/// Whether something is kept between builds.
pub(super) fn mounts_a_cache(run: &Instruction) -> bool {
    let mounts = run.flags.iter().filter(|flag| flag.name == "mount");
    let mut values = mounts.filter_map(|flag| flag.value.as_deref());
    values.any(|value| value.split(',').any(|field| field == "type=cache"))
}

/// What the context brings along that nobody meant.
fn context(seen: &mut Seen<'_>) {
    let takes = seen.inputs.stages.reached().flat_map(|(_, stage)| stage.takes.clone());
    let whole = takes.into_iter().find(|take| matches!(take.pattern.trim_matches('/'), "" | "."));
    let Some(take) = whole else { return };
    if !seen.has_ignore {
        seen.say(NO_IGNORE, take.span, "the whole context is taken, and nothing is ignored");
        return;
    }
    let taken = |stray: &&&str| {
        let mut paths = seen.inputs.files.keys();
        paths.any(|path| path.split('/').any(|part| part == **stray))
    };
    let stray: Vec<String> = STRAY.iter().filter(taken).map(|stray| format!("`{stray}`")).collect();
    if !stray.is_empty() {
        let message = format!("the context brings {} along", stray.join(", "));
        seen.say(NO_IGNORE, take.span, message);
    }
}

fn dependencies(stage: &[Instruction], seen: &mut Seen<'_>) {
    let installed_after = |first: &Instruction| {
        let later = stage.iter().filter(|one| one.keyword == Keyword::Run && one.span > first.span);
        later.flat_map(commands).any(|command| installs(&command))
    };
    let copies: Vec<&Instruction> = stage
        .iter()
        .filter(|one| one.keyword == Keyword::Copy && one.flag("from").is_none())
        .filter(|copy| installed_after(copy))
        .collect();
    let whole = |copy: &&&Instruction| {
        copy.sources.iter().any(|source| matches!(source.text.as_str(), "." | "./"))
    };
    if let Some(first) = copies.iter().find(whole) {
        let message = "all sources are copied before dependencies are installed";
        seen.say(SOURCES_FIRST, first.span, message);
    }
    for copy in copies.iter().filter(|copy| !whole(copy)) {
        let names = || copy.sources.iter().map(|source| source.text.trim_start_matches("./"));
        let named = |name: &str| MANIFESTS.contains(&name.rsplit('/').next().unwrap_or(name));
        let manifest = names().find(|name| named(name));
        let sources = names().find(|name| SOURCES.contains(&name.trim_end_matches('/')));
        if let (Some(manifest), Some(sources)) = (manifest, sources) {
            let message = format!("`{manifest}` is copied together with `{sources}`");
            seen.say(TOGETHER, copy.span, message);
        }
    }
}

/// What differs with each build, above what takes long.
fn changing(stage: &[Instruction], seen: &mut Seen<'_>) {
    let last = stage.iter().rfind(|one| {
        one.keyword == Keyword::Run && commands(one).iter().any(|command| is_costly(command))
    });
    let Some(last) = last else { return };
    for one in stage.iter().filter(|one| one.span < last.span) {
        if !matches!(one.keyword, Keyword::Arg | Keyword::Env | Keyword::Label) {
            continue;
        }
        let changes = |name: &str| {
            let name = name.to_ascii_lowercase().replace(['-', '.'], "_");
            CHANGES.iter().any(|part| name.contains(part))
        };
        let is_fixed = |value: &Option<String>| {
            one.keyword != Keyword::Arg && value.as_ref().is_none_or(|value| !value.contains('$'))
        };
        let pairs = one.pairs();
        let found = pairs.iter().find(|(name, value)| changes(name) && !is_fixed(value));
        if let Some((name, _)) = found {
            let message = format!("`{name}` stands above a `RUN` that takes long");
            seen.say(CHANGING, one.span, message);
        }
    }
}
