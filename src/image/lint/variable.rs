//! `LB3xx`: variables.

use super::{Gravity, Rule, Seen};
use crate::image::dockerfile::{Instruction, Keyword};
use crate::intent::Role;

pub(super) const RULES: &[&Rule] = &[SECRET, SAME_LINE, LEGACY, REGION];

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
