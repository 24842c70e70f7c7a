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
        text.push_str(&heredoc.content);
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

/// Whether a command has this flag.
pub(super) fn has(command: &[String], flag: &str) -> bool {
    command.iter().any(|word| word == flag || word.starts_with(&format!("{flag}=")))
}

/// Whether a command installs what a project rests on.
pub(super) fn installs(command: &[String]) -> bool {
    let ways: [&[&str]; 9] = [
        &["npm", "install"],
        &["npm", "ci"],
        &["yarn", "install"],
        &["pnpm", "install"],
        &["pip", "install"],
        &["pip3", "install"],
        &["bundle", "install"],
        &["go", "mod", "download"],
        &["composer", "install"],
    ];
    ways.iter().any(|words| is(command, words))
}
