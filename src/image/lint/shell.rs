//! Commands of a `RUN`, as far as rules look into them.

use crate::image::dockerfile::Instruction;

/// The commands of an instruction, each as its words. Substitutions are not looked into.
pub(super) fn commands(instruction: &Instruction) -> Vec<Vec<String>> {
    if let Some(words) = instruction.strings() {
        return vec![words];
    }
    let mut text = instruction.arguments.clone();
    for heredoc in &instruction.heredocs {
        text.push('\n');
        text.push_str(&heredoc.content.replace("\\\n", " "));
    }
    let parted = text.replace("&&", "\n").replace("||", "\n").replace([';', '|'], "\n");
    let commands = parted.lines().map(|line| {
        let words = line.split_whitespace().map(|word| word.trim_matches(['(', ')', '{', '}']));
        let words = words.skip_while(|word| word.is_empty() || is_assignment(word));
        words.map(str::to_owned).collect()
    });
    commands.filter(|words: &Vec<String>| !words.is_empty()).collect()
}

fn is_assignment(word: &str) -> bool {
    let name = word.split_once('=').map(|(name, _)| name);
    name.is_some_and(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
}

/// Whether a command starts with these words, flags aside.
pub(super) fn is(command: &[String], words: &[&str]) -> bool {
    let mut plain = command.iter().filter(|word| !word.starts_with('-'));
    words.iter().all(|word| plain.next().is_some_and(|found| found == word))
}

fn is_one_of(command: &[String], ways: &[&[&str]]) -> bool {
    ways.iter().any(|words| is(command, words))
}

/// Whether a command has this flag.
pub(super) fn has(command: &[String], flag: &str) -> bool {
    command.iter().any(|word| word == flag || word.starts_with(&format!("{flag}=")))
}

/// Ways to install what a project rests on.
const DEPENDENCIES: &[&[&str]] = &[
    &["npm", "install"],
    &["npm", "i"],
    &["npm", "ci"],
    &["yarn", "install"],
    &["pnpm", "install"],
    &["pnpm", "i"],
    &["pip", "install"],
    &["pip3", "install"],
    &["uv", "sync"],
    &["poetry", "install"],
    &["bundle", "install"],
    &["go", "mod", "download"],
    &["cargo", "fetch"],
    &["composer", "install"],
];

/// Ways to make a program of its sources.
const BUILDS: &[&[&str]] = &[
    &["go", "build"],
    &["go", "install"],
    &["cargo", "build"],
    &["cargo", "install"],
    &["make"],
    &["cmake"],
    &["gcc"],
    &["npm", "run", "build"],
    &["yarn", "build"],
    &["yarn", "run", "build"],
    &["pnpm", "build"],
    &["pnpm", "run", "build"],
    &["mvn"],
    &["./mvnw"],
    &["gradle"],
    &["./gradlew"],
    &["dotnet", "build"],
    &["dotnet", "publish"],
];

/// Ways to install packages of a distribution.
const PACKAGES: &[&[&str]] = &[
    &["apt-get", "install"],
    &["apt", "install"],
    &["apk", "add"],
    &["dnf", "install"],
    &["microdnf", "install"],
    &["yum", "install"],
    &["zypper", "install"],
];

const REMOVALS: &[&[&str]] = &[
    &["apt-get", "purge"],
    &["apt-get", "remove"],
    &["apt-get", "autoremove"],
    &["apt", "purge"],
    &["apt", "remove"],
    &["apk", "del"],
    &["dnf", "remove"],
    &["microdnf", "remove"],
    &["yum", "remove"],
];

/// Whether a command installs what a project rests on.
pub(super) fn installs(command: &[String]) -> bool {
    is_one_of(command, DEPENDENCIES)
}

/// Whether a command makes a program of its sources.
pub(super) fn builds(command: &[String]) -> bool {
    is_one_of(command, BUILDS)
}

/// Whether a command removes packages of a distribution.
pub(super) fn removes(command: &[String]) -> bool {
    is_one_of(command, REMOVALS)
}

/// The packages of a distribution that a command installs, without their versions.
pub(super) fn packages(command: &[String]) -> Vec<&str> {
    let Some(way) = PACKAGES.iter().find(|words| is(command, words)) else { return Vec::new() };
    let plain = command.iter().filter(|word| !word.starts_with('-'));
    let names = plain.skip(way.len()).map(|word| word.split(['=', '@', '~', '<', '>']).next());
    names.flatten().collect()
}

/// Whether it pays to have its result from a cache.
pub(super) fn is_costly(command: &[String]) -> bool {
    installs(command) || builds(command) || !packages(command).is_empty()
}
