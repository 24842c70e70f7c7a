//! `LB4xx`: stages that leave behind what is not served.

use super::cache::mounts_a_cache;
use super::shell::{builds, commands, has, is, packages, removes};
use super::{Gravity, Rule, Seen, megabytes};
use crate::image::dockerfile::{Base, Instruction, Keyword, Origin};

pub(super) const RULES: &[&Rule] =
    &[COMPILER, FROM_BUILD, UNUSED, WHOLE, LISTS, RECOMMENDED, LARGE];

const COMPILER: &Rule = &Rule {
    id: "LB401",
    gravity: Gravity::Warning,
    foreign: &[],
    reason: "Compilers and headers are large, serve nobody, and help who breaks in.",
    fix: "build in a stage of its own, and copy what is served",
};

const FROM_BUILD: &Rule = &Rule {
    id: "LB402",
    gravity: Gravity::Warning,
    foreign: &[],
    reason: "Sources, caches and compilers of that stage are in every layer below.",
    fix: "start the target from a small image, and `COPY --from` that stage what is served",
};

const UNUSED: &Rule = &Rule {
    id: "LB403",
    gravity: Gravity::Note,
    foreign: &[],
    reason: "The target does not need it: a test stage is fine, a forgotten one misleads.",
    fix: "remove it, or say `# lifeboat ignore=LB403` above it",
};

const WHOLE: &Rule = &Rule {
    id: "LB404",
    gravity: Gravity::Warning,
    foreign: &["DL3067", "DL3022", "DL3023"],
    reason: "Something else comes along than what is served: all of a stage, or an image by a stage's \
             name.",
    fix: "name an earlier stage, and the folders that are served",
};

const LISTS: &Rule = &Rule {
    id: "LB405",
    gravity: Gravity::Warning,
    foreign: &["DL3009", "DL3019", "DL3040", "DL3042", "DL3060"],
    reason: "Lists and caches of packages stay in the layer, and every region pulls them.",
    fix: "delete them in the same `RUN`, or mount a cache",
};

const RECOMMENDED: &Rule = &Rule {
    id: "LB406",
    gravity: Gravity::Note,
    foreign: &["DL3015"],
    reason: "Recommended packages are often as large as what is needed.",
    fix: "add `--no-install-recommends`",
};

const LARGE: &Rule = &Rule {
    id: "LB407",
    gravity: Gravity::Warning,
    foreign: &[],
    reason: "A failover waits until every byte is pulled.",
    fix: "see what the layers hold, or raise `megabytes_max` of the `build` block",
};

/// Packages that only a build needs.
const COMPILERS: &[&str] = &[
    "autoconf",
    "automake",
    "build-base",
    "build-essential",
    "cargo",
    "clang",
    "cmake",
    "default-jdk",
    "g++",
    "gcc",
    "go",
    "golang",
    "golang-go",
    "gradle",
    "make",
    "maven",
    "musl-dev",
    "rustc",
];

/// Images that only a build needs, by the last part of their names.
const BUILD_IMAGES: &[&str] =
    &["buildpack-deps", "clang", "gcc", "golang", "gradle", "haskell", "maven", "rust", "sdk"];

pub(super) fn check(seen: &mut Seen<'_>) {
    let stages = seen.inputs.stages.list.iter().enumerate();
    let unused: Vec<_> = stages
        .filter(|(_, stage)| !stage.reached)
        .map(|(at, stage)| (stage.span, stage.name.clone().unwrap_or_else(|| at.to_string())))
        .collect();
    for (span, name) in unused {
        seen.say(UNUSED, span, format!("nothing that is built needs the stage `{name}`"));
    }
    for one in seen.all(Keyword::Copy) {
        if one.flag("from").is_some() && one.sources.iter().any(|source| source.text == "/") {
            seen.say(WHOLE, one.span, "a whole file system is copied");
        }
    }
    mistaken(seen);
    for run in seen.target().iter().filter(|one| one.keyword == Keyword::Run) {
        left_behind(run, seen);
        if let Some(compiler) = compiler(run) {
            seen.say(COMPILER, run.span, format!("`{compiler}` is installed where it is served"));
        }
    }
    bases(seen);
    let Some((limit, layers)) = seen.build.megabytes_max.zip(seen.layers) else { return };
    let bytes = layers.moved_bytes();
    if bytes > u64::from(limit) * 1_000_000 {
        let message = format!("{} are pulled, more than {limit} MB", megabytes(bytes));
        seen.say(LARGE, seen.start(), message);
    }
}

/// What the target starts from.
fn bases(seen: &mut Seen<'_>) {
    let line = seen.lineage();
    let stages = &seen.inputs.stages.list;
    let first = stages[*line.last().unwrap_or(&seen.inputs.stages.target)].base.clone();
    let built = line.iter().skip(1).find_map(|at| {
        let mut runs = seen.stage(*at).iter().filter(|one| one.keyword == Keyword::Run);
        let built = runs.any(|run| {
            commands(run).iter().any(|command| builds(command)) || compiler(run).is_some()
        });
        built.then(|| stages[*at].name.clone().unwrap_or_else(|| at.to_string()))
    });
    if let Some(name) = built {
        let message = format!("the target starts from `{name}`, where things are built");
        seen.say(FROM_BUILD, seen.start(), message);
    }
    if let Base::Image(image) = first
        && is_build_image(&image)
    {
        let span = line.last().map_or_else(|| seen.start(), |at| stages[*at].span);
        seen.say(COMPILER, span, format!("`{image}` is made to build in"));
    }
}

fn is_build_image(image: &str) -> bool {
    let image = image.split('@').next().unwrap_or_default();
    let last = image.rsplit('/').next().unwrap_or_default();
    let (name, tag) = last.split_once(':').unwrap_or((last, ""));
    BUILD_IMAGES.contains(&name) || tag.split('-').any(|part| part == "jdk")
}

/// A compiler that is installed, and stays.
fn compiler(run: &Instruction) -> Option<String> {
    let commands = commands(run);
    if commands.iter().any(|command| removes(command)) {
        return None;
    }
    let is_compiler = |name: &&str| {
        let ends = ["-dev", "-devel", "-jdk", "-jdk-headless"];
        COMPILERS.contains(name) || ends.iter().any(|end| name.ends_with(end))
    };
    let mut names = commands.iter().flat_map(|command| packages(command));
    names.find(is_compiler).map(str::to_owned)
}

/// `COPY --from` a name that a stage has, but not one before.
fn mistaken(seen: &mut Seen<'_>) {
    let stages = &seen.inputs.stages.list;
    let mut found = Vec::new();
    for (at, stage) in stages.iter().enumerate().filter(|(_, stage)| stage.reached) {
        for one in stage.uses.iter().filter(|one| one.keyword == Keyword::Copy) {
            let Origin::Image(name) = &one.origin else { continue };
            let called = |other: &&str| other.eq_ignore_ascii_case(name);
            let mut later = stages[at..].iter().filter_map(|stage| stage.name.as_deref());
            if let Some(name) = later.find(called) {
                found.push((one.span, format!("no earlier stage is called `{name}`")));
            }
        }
    }
    for (span, message) in found {
        seen.say(WHOLE, span, message);
    }
}

fn left_behind(run: &Instruction, seen: &mut Seen<'_>) {
    let mounted = mounts_a_cache(run);
    let commands = commands(run);
    let deletes = |folder: &str| {
        commands.iter().any(|c| is(c, &["rm"]) && c.iter().any(|word| word.contains(folder)))
    };
    for command in &commands {
        let apt = is(command, &["apt-get", "install"]) || is(command, &["apt", "install"]);
        let left = if apt && !deletes("/var/lib/apt/lists") {
            Some("the lists of apt")
        } else if is(command, &["apk", "add"])
            && !has(command, "--no-cache")
            && !deletes("/var/cache/apk")
        {
            Some("the cache of apk")
        } else if (is(command, &["pip", "install"]) || is(command, &["pip3", "install"]))
            && !has(command, "--no-cache-dir")
        {
            Some("the cache of pip")
        } else if ["dnf", "microdnf", "yum"].iter().any(|tool| is(command, &[tool, "install"]))
            && !commands.iter().any(|c| c.iter().any(|word| word == "clean"))
            && !deletes("/var/cache")
        {
            Some("the cache of dnf")
        } else if is(command, &["yarn", "install"])
            && !commands.iter().any(|c| is(c, &["yarn", "cache", "clean"]))
        {
            Some("the cache of yarn")
        } else {
            None
        };
        if let Some(what) = left.filter(|_| !mounted) {
            seen.say(LISTS, run.span, format!("left in the layer: {what}"));
        }
        if apt && !has(command, "--no-install-recommends") {
            seen.say(RECOMMENDED, run.span, "recommended packages are installed, too");
        }
    }
}
