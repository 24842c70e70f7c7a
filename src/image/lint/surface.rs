//! `LB5xx`: what can be attacked, and what does not fail over.

use super::shell::{commands, is};
use super::{Gravity, Rule, Seen};
use crate::image::dockerfile::{Instruction, Keyword};
use crate::intent::Role;

pub(super) const RULES: &[&Rule] =
    &[ROOT, TOOLS, ADDED, PIPED, SUDO, NO_CHECK, SHELL_FORM, PLATFORM, ONE_REGISTRY];

const ROOT: &Rule = &Rule {
    id: "LB501",
    gravity: Gravity::Warning,
    foreign: &["DL3002", "DL3066"],
    reason: "Who breaks out of a process of root owns the container, and by a name a cluster cannot \
             tell that it is not root.",
    fix: "end the stage with a `USER` by number, such as `USER 1000:1000`",
};

const TOOLS: &Rule = &Rule {
    id: "LB502",
    gravity: Gravity::Note,
    foreign: &[],
    reason: "Who breaks in finds what helps to go on: programs with the rights of root, a shell, packages.",
    fix: "start the target from `scratch` or an image without a distribution, or delete them",
};

const ADDED: &Rule = &Rule {
    id: "LB503",
    gravity: Gravity::Warning,
    foreign: &["DL3020"],
    reason: "`ADD` fetches and unpacks by itself: what a remote one gives may differ tomorrow, and nobody \
             sees that it does.",
    fix: "write `COPY` for files that are here, and `--checksum=sha256:...` for what is remote",
};

const PIPED: &Rule = &Rule {
    id: "LB504",
    gravity: Gravity::Warning,
    foreign: &["DL4006"],
    reason: "When the download fails, the shell runs what came of it, and the build goes on.",
    fix: "set `SHELL [\"/bin/sh\", \"-o\", \"pipefail\", \"-c\"]`, or download first and check it",
};

const SUDO: &Rule = &Rule {
    id: "LB505",
    gravity: Gravity::Warning,
    foreign: &["DL3004"],
    reason: "A build runs as root until `USER` says otherwise; the program stays in the image.",
    fix: "switch with `USER`",
};

const NO_CHECK: &Rule = &Rule {
    id: "LB506",
    gravity: Gravity::Note,
    foreign: &["DL3057"],
    reason: "Nobody sees that a process hangs, and nothing fails over.",
    fix: "declare a `health_check` block, or write `HEALTHCHECK`",
};

const SHELL_FORM: &Rule = &Rule {
    id: "LB507",
    gravity: Gravity::Warning,
    foreign: &["DL3025", "JSONArgsRecommended"],
    reason: "A shell stands between the process and its signals, so a failover waits for the kill.",
    fix: "write a JSON list, such as `CMD [\"serve\"]`",
};

const PLATFORM: &Rule = &Rule {
    id: "LB508",
    gravity: Gravity::Warning,
    foreign: &["FromPlatformFlagConstDisallowed", "DL3029"],
    reason: "A region with another processor cannot run it.",
    fix: "write `$BUILDPLATFORM` or `$TARGETPLATFORM`, and set `platforms` in the `build` block",
};

const ONE_REGISTRY: &Rule = &Rule {
    id: "LB509",
    gravity: Gravity::Error,
    foreign: &[],
    reason: "When that region is lost, nothing can be built any more.",
    fix: "take the base from a registry that every region reaches, or replicate it",
};

pub(super) fn check(seen: &mut Seen<'_>) {
    user(seen);
    tools(seen);
    for add in seen.all(Keyword::Add) {
        added(&add, seen);
    }
    let checks = |at: usize| {
        let mut stage = seen.stage(at).iter();
        stage.any(|one| one.keyword == Keyword::Healthcheck && one.arguments.trim() != "NONE")
    };
    if seen.intents.health_checks.is_empty() && !seen.lineage().into_iter().any(checks) {
        seen.say(NO_CHECK, seen.start(), "nothing tells whether it is healthy");
    }
    for (_, stage) in seen.reached() {
        runs(&stage, seen);
    }
    for one in seen.target() {
        let starts = matches!(one.keyword, Keyword::Cmd | Keyword::Entrypoint);
        if starts && one.strings().is_none() {
            seen.say(SHELL_FORM, one.span, format!("`{}` runs in a shell", one.keyword));
        }
    }
    for from in seen.all(Keyword::From) {
        if let Some(platform) = from.flag("platform").filter(|text| !text.contains('$')) {
            let message = format!("the platform is always `{platform}`");
            seen.say(PLATFORM, from.span, message);
        }
    }
    registries(seen);
}

/// The user that the image's process runs as: what its stages say last, or what it was built to. A
/// base's own user is not known before.
fn user(seen: &mut Seen<'_>) {
    let line = seen.lineage();
    let last = |at: &usize| seen.stage(*at).iter().rfind(|one| one.keyword == Keyword::User);
    let (span, user) = match (line.iter().find_map(last), seen.layers) {
        (Some(one), _) => (one.span, one.arguments.clone()),
        (None, Some(layers)) => (seen.start(), layers.user.clone()),
        (None, None) => return,
    };
    let name = user.split(':').next().unwrap_or_default();
    if matches!(name, "root" | "0" | "") {
        seen.say(ROOT, span, "the image runs as root");
    } else if !name.contains('$') && !name.chars().all(|c| c.is_ascii_digit()) {
        seen.say(ROOT, span, format!("the user `{name}` has no number"));
    }
}

/// What the layers have that no service needs.
fn tools(seen: &mut Seen<'_>) {
    let Some(layers) = seen.layers else { return };
    let kinds = [
        ("runs with other rights", &layers.setuid),
        ("is a shell", &layers.shells),
        ("installs packages", &layers.installers),
    ];
    for (what, paths) in kinds {
        let Some(first) = paths.first() else { continue };
        let more =
            if paths.len() > 1 { format!(", and {} more", paths.len() - 1) } else { String::new() };
        seen.say(TOOLS, seen.start(), format!("`{first}` {what}{more}"));
    }
}

fn added(add: &Instruction, seen: &mut Seen<'_>) {
    let starts = ["https://", "http://", "git@", "git://", "ssh://"];
    let remote = |text: &str| starts.iter().any(|start| text.starts_with(start));
    let archive = |text: &str| {
        let ends = [".tar", ".tgz", ".tbz2", ".txz", ".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst"];
        text.contains('$') || ends.iter().any(|end| text.ends_with(end))
    };
    let mut sources = add.sources.iter().filter(|source| !source.heredoc);
    if add.sources.iter().any(|source| remote(&source.text)) {
        if add.flag("checksum").is_none() {
            seen.say(ADDED, add.span, "a remote file is added without a checksum");
        }
    } else if sources.any(|source| !archive(&source.text)) {
        seen.say(ADDED, add.span, "`ADD` takes files that are here");
    }
}

fn runs(stage: &[Instruction], seen: &mut Seen<'_>) {
    let mut fails = false;
    for one in stage {
        if one.keyword == Keyword::Shell {
            fails = one.arguments.contains("pipefail");
        }
        if one.keyword != Keyword::Run {
            continue;
        }
        let commands = commands(one);
        if commands.iter().any(|command| is(command, &["sudo"])) {
            seen.say(SUDO, one.span, "`sudo` is called");
        }
        let fetches = |c: &[String]| is(c, &["curl"]) || is(c, &["wget"]);
        let runs = |c: &[String]| ["sh", "bash", "ash"].iter().any(|shell| is(c, &[shell]));
        let piped = commands.windows(2).any(|pair| fetches(&pair[0]) && runs(&pair[1]));
        if piped && one.arguments.contains('|') && !fails && !one.arguments.contains("pipefail") {
            seen.say(PIPED, one.span, "a download is piped into a shell");
        }
    }
}

/// Bases in a registry of the primary region alone: the host of an account's registry names it.
fn registries(seen: &mut Seen<'_>) {
    let primary: Vec<String> =
        seen.locations(Role::Primary).into_iter().map(str::to_owned).collect();
    let images = seen.inputs.stages.images();
    let images: Vec<_> =
        images.into_iter().map(|(reference, span)| (reference.to_owned(), span)).collect();
    for (reference, span) in images {
        let host = reference.split('/').next().unwrap_or_default();
        let lies_in = |location: &&String| {
            host.contains('.') && host.split('.').any(|part| part == location.as_str())
        };
        if let Some(location) = primary.iter().find(lies_in) {
            let message = format!("`{reference}` is held by the registry of `{location}` alone");
            seen.say(ONE_REGISTRY, span, message);
        }
    }
}
