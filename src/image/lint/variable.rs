//! `LB3xx`: variables.

use std::collections::BTreeSet;

use super::{Gravity, Rule, Seen};
use crate::diagnostic::nearest;
use crate::image::dockerfile::{Base, Instruction, Keyword};
use crate::intent::Role;

pub(super) const RULES: &[&Rule] = &[SECRET, SAME_LINE, UNDEFINED, LEGACY, REGION, BUILD_ONLY];

const SECRET: &Rule = &Rule {
    id: "LB301",
    gravity: Gravity::Error,
    foreign: &["SecretsUsedInArgOrEnv", "DL3064"],
    reason: "Arguments and variables stay in the image, and it is copied to every region.",
    fix: "mount it with `RUN --mount=type=secret`, and give it by `secrets`",
};

const SAME_LINE: &Rule = &Rule {
    id: "LB302",
    gravity: Gravity::Warning,
    foreign: &["DL3044"],
    reason: "An `ENV` sees only what stood before it.",
    fix: "write a second `ENV`",
};

const UNDEFINED: &Rule = &Rule {
    id: "LB303",
    gravity: Gravity::Warning,
    foreign: &["UndefinedVar", "UndefinedArgInFrom"],
    reason: "A variable that nobody sets is empty, and the build goes on without it.",
    fix: "declare it with `ARG` in this stage, or write `${NAME:-default}`",
};

const LEGACY: &Rule = &Rule {
    id: "LB304",
    gravity: Gravity::Note,
    foreign: &["LegacyKeyValueFormat"],
    reason: "The form without `=` is left for old files alone.",
    fix: "write `ENV name=value`",
};

const REGION: &Rule = &Rule {
    id: "LB305",
    gravity: Gravity::Warning,
    foreign: &[],
    reason: "In every other region the image still talks to this one, which is lost when it matters.",
    fix: "give it when the container starts",
};

const BUILD_ONLY: &Rule = &Rule {
    id: "LB306",
    gravity: Gravity::Note,
    foreign: &[],
    reason: "Only a build asks for it, and every process of the image has it.",
    fix: "declare it with `ARG`, or set it in the `RUN` that needs it",
};

/// Variables that only builds ask for; with `_` at the end, all that begin so.
const OF_BUILDS: [&str; 16] = [
    "CARGO_",
    "CFLAGS",
    "CGO_ENABLED",
    "CXXFLAGS",
    "DEBIAN_FRONTEND",
    "GOARCH",
    "GOFLAGS",
    "GOOS",
    "GOPROXY",
    "LDFLAGS",
    "MAKEFLAGS",
    "NPM_CONFIG_",
    "PIP_",
    "POETRY_",
    "RUSTFLAGS",
    "YARN_",
];

/// Arguments that builders set in stages that declare them.
const AUTOMATIC: [&str; 8] = [
    "BUILDARCH",
    "BUILDOS",
    "BUILDPLATFORM",
    "BUILDVARIANT",
    "TARGETARCH",
    "TARGETOS",
    "TARGETPLATFORM",
    "TARGETVARIANT",
];

/// What needs no declaration: arguments that builders know, and the one variable that they always set.
const PREDEFINED: [&str; 11] = [
    "PATH",
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "FTP_PROXY",
    "ftp_proxy",
    "NO_PROXY",
    "no_proxy",
    "ALL_PROXY",
    "all_proxy",
];

/// Parts of names that secrets have.
const SECRETS: [&str; 7] =
    ["password", "passwd", "secret", "token", "apikey", "api_key", "private_key"];

/// Words after which such a name tells of no value.
const NO_SECRETS: [&str; 4] = ["_file", "_path", "_url", "_id"];

pub(super) fn check(seen: &mut Seen<'_>) {
    for keyword in [Keyword::Arg, Keyword::Env] {
        for one in seen.all(keyword) {
            secrets(&one, seen);
        }
    }
    undefined(seen);
    of_builds(seen);
    let locations = [Role::Primary, Role::Failover]
        .map(|role| seen.locations(role).into_iter().map(str::to_owned).collect::<Vec<_>>());
    let locations = locations.concat();
    for env in seen.all(Keyword::Env) {
        let pairs = env.pairs();
        if !env.words().first().is_some_and(|word| word.contains('=')) {
            seen.say(LEGACY, env.span, "this `ENV` has no `=`");
        }
        for (at, (name, value)) in pairs.iter().enumerate() {
            let value = value.as_deref().unwrap_or_default();
            let uses = |other: &str| {
                let ends =
                    |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
                let braced = format!("${{{other}");
                let plain = format!("${other}");
                [braced, plain].iter().any(|start| value.split(start.as_str()).skip(1).any(ends))
            };
            if let Some((other, _)) = pairs[..at].iter().find(|(other, _)| uses(other)) {
                let message = format!("`{name}` does not see the `{other}` of the same line");
                seen.say(SAME_LINE, env.span, message);
            }
            if let Some(location) = locations.iter().find(|l| value.contains(l.as_str())) {
                let message = format!("`{name}` names the region `{location}`");
                seen.say(REGION, env.span, message);
            }
        }
    }
}

/// Variables that nobody sets. An image that a stage starts from may set some that are not known here,
/// so there only what must be a slip counts: a name that is declared elsewhere, or nearly so.
fn undefined(seen: &mut Seen<'_>) {
    let globals = &seen.inputs.dockerfile.globals;
    let globals: BTreeSet<String> =
        globals.iter().flat_map(Instruction::pairs).map(|(name, _)| name).collect();
    let mut sets: Vec<BTreeSet<String>> = Vec::new();
    let mut rests: Vec<bool> = Vec::new();
    let mut found = Vec::new();
    for (at, stage) in seen.inputs.stages.list.iter().enumerate() {
        let (mut set, rests_on_image) = match stage.base {
            Base::Scratch => (BTreeSet::new(), false),
            Base::Stage(base) => (sets[base].clone(), rests[base]),
            Base::Image(_) => (BTreeSet::new(), true),
        };
        let all: BTreeSet<String> = seen.stage(at).iter().flat_map(declared).collect();
        // What a variable is made of again, such as a `PATH`, comes from the image below.
        let arguments = || seen.stage(at).iter().filter(|one| one.keyword == Keyword::Arg);
        let later_arguments =
            |span| arguments().filter(move |one| one.span > span).flat_map(declared);
        for one in seen.stage(at) {
            let is_set = |name: &str| set.contains(name) || PREDEFINED.contains(&name);
            for name in one.unset(&is_set) {
                let others = all.iter().chain(&set).filter(|other| **other != name);
                let slip = if AUTOMATIC.contains(&name.as_str()) {
                    Some(format!("builders know it, and only `ARG {name}` tells this stage"))
                } else if globals.contains(&name) {
                    Some("it is declared above the first `FROM` alone".to_owned())
                } else if later_arguments(one.span).any(|later| later == name) {
                    Some("it is declared further down".to_owned())
                } else if let Some(near) = nearest(&name, others.map(String::as_str)) {
                    Some(format!("there is `{near}`"))
                } else {
                    (!rests_on_image).then(|| "nothing in this stage sets it".to_owned())
                };
                found
                    .extend(slip.map(|slip| (at, one.span, format!("`${name}` is empty: {slip}"))));
            }
            set.extend(declared(one));
        }
        sets.push(set);
        rests.push(rests_on_image);
    }
    for (at, span, message) in found {
        if seen.inputs.stages.list[at].reached {
            seen.say(UNDEFINED, span, message);
        }
    }
}

/// The variables that an instruction sets or declares.
fn declared(one: &Instruction) -> Vec<String> {
    if !matches!(one.keyword, Keyword::Arg | Keyword::Env) {
        return Vec::new();
    }
    one.pairs().into_iter().map(|(name, _)| name).collect()
}

/// What builds alone ask for, in the image that is served.
fn of_builds(seen: &mut Seen<'_>) {
    let stages = seen.lineage().into_iter().rev();
    let all: Vec<Instruction> = stages.flat_map(|at| seen.stage(at).to_vec()).collect();
    for env in all.iter().filter(|one| one.keyword == Keyword::Env) {
        for (name, _) in env.pairs() {
            let upper = name.to_ascii_uppercase();
            let fits = |known: &&str| {
                upper == **known || known.ends_with('_') && upper.starts_with(*known)
            };
            if OF_BUILDS.iter().any(fits) {
                seen.say(BUILD_ONLY, env.span, format!("`{name}` is for builds alone"));
            }
        }
    }
}

fn secrets(one: &Instruction, seen: &mut Seen<'_>) {
    for (name, _) in one.pairs() {
        let lower = name.to_ascii_lowercase();
        let named = SECRETS.iter().any(|part| lower.contains(part));
        if named && !NO_SECRETS.iter().any(|end| lower.ends_with(end)) {
            let message = format!("`{name}` sounds like a secret");
            seen.say(SECRET, one.span, message);
        }
    }
}
