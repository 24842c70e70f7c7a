//! `LB4xx`: stages that leave behind what is not served.

use super::shell::{commands, has, is};
use super::{Gravity, Rule, Seen};
use crate::image::dockerfile::{Instruction, Keyword};

pub(super) const RULES: &[&Rule] = &[UNUSED, WHOLE, LISTS, RECOMMENDED];

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
    foreign: &["DL3067"],
    reason: "All of the other stage comes along, compilers and caches too.",
    fix: "name the folders that are served",
};

const LISTS: &Rule = &Rule {
    id: "LB405",
    gravity: Gravity::Warning,
    foreign: &["DL3009", "DL3019", "DL3042"],
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
    for run in seen.target().iter().filter(|one| one.keyword == Keyword::Run) {
        packages(run, seen);
    }
}

fn packages(run: &Instruction, seen: &mut Seen<'_>) {
    let mounted = run.flags.iter().any(|flag| {
        flag.name == "mount" && flag.value.as_deref().is_some_and(|v| v.contains("type=cache"))
    });
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
