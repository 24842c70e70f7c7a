//! What a build's result depends on, as one digest and in parts, without building.

use std::collections::BTreeMap;
use std::path::Path;

use lifeboat_contract::Digest;
use sha2::{Digest as _, Sha256};

use super::context::{self, Files};
use super::dockerfile::{self, Dockerfile, Stages, Wanted};
use crate::diagnostic::{Diagnostic, Diagnostics, Sources, codes};
use crate::intent::{At, Build};
use crate::lock::LockedBuild;

/// So many files get a line of their own in the lock; beyond, folders stand for them.
const FILES_LISTED_MAX: usize = 500;

/// So much of a digest tells parts apart.
const SHORT: usize = 16;

/// What a build's result depends on, as it is now.
#[derive(Clone, Debug)]
pub struct Inputs {
    pub dockerfile: Dockerfile,
    pub stages: Stages,
    /// Each instruction that the target reaches: its line, its text and its digest.
    pub instructions: Vec<Counted>,
    /// What is given and used, by name, with the digests of the values.
    pub args: BTreeMap<String, String>,
    pub files: Files,
    target: Option<String>,
    platforms: Vec<String>,
    context: String,
    path: String,
}

/// An instruction that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    pub line: u32,
    /// Its first words.
    pub text: String,
    digest: String,
}

/// Reads everything that a build depends on.
pub fn measure(
    build: &At<&Build>,
    from: &Path,
    sources: &mut Sources,
) -> Result<Inputs, Diagnostics> {
    let dockerfile = context::read_dockerfile(build, from, sources)?;
    let At { value: build, span } = *build;
    let Build { target, args, platforms, .. } = build;
    let wanted = Wanted { target: target.as_deref(), arguments: args, platforms };
    let stages = dockerfile::stages(&dockerfile, &wanted)?;
    let takes: Vec<_> = stages.reached().flat_map(|(_, stage)| &stage.takes).collect();
    let files = context::files(build, from, &takes).map_err(|why| {
        let detail = format!("The context `{}` cannot be used: {why}.", build.context);
        Diagnostics::from(Diagnostic::new(codes::DOCKERFILE_INVALID, span, detail))
    })?;
    let instructions = instructions(&dockerfile, &stages, sources);
    let used = args.iter().filter(|(name, _)| stages.asked.contains(*name));
    let args = used.map(|(name, value)| (name.clone(), sha256(value.as_bytes()))).collect();
    let path = context::shown(&build.context, &build.dockerfile);
    let (target, platforms, context) = (target.clone(), platforms.clone(), build.context.clone());
    Ok(Inputs { dockerfile, stages, instructions, args, files, target, platforms, context, path })
}

/// The instructions that the target reaches, and the global arguments that they ask for.
fn instructions(dockerfile: &Dockerfile, stages: &Stages, sources: &Sources) -> Vec<Counted> {
    let asked = |name: &String| stages.asked.contains(name);
    let globals = dockerfile.globals.iter();
    let globals = globals.filter(|one| one.pairs().iter().any(|(name, _)| asked(name)));
    let reached = stages.reached().filter_map(|(at, _)| dockerfile.stages.get(at)).flatten();
    let counted = globals.chain(reached).map(|one| {
        let text = one.canonical();
        let short: String = text.lines().next().unwrap_or_default().chars().take(60).collect();
        let dots = if short.len() < text.len() { ".." } else { "" };
        Counted {
            line: sources.place(one.span.file, one.span.start).line,
            digest: sha256(text.as_bytes()),
            text: format!("{short}{dots}"),
        }
    });
    counted.collect()
}

impl Inputs {
    /// The digest of everything, resting on these images.
    pub fn digest(&self, bases: &BTreeMap<String, String>) -> Digest {
        let digests: Vec<&str> = self.instructions.iter().map(|one| one.digest.as_str()).collect();
        let all = serde_json::json!({
            "version": 1,
            "syntax": self.dockerfile.directives.syntax,
            "target": self.target,
            "platforms": self.platforms,
            "instructions": digests,
            "args": self.args,
            "files": self.files,
            "bases": bases,
        });
        Digest::of(all.to_string().as_bytes())
    }

    /// The images that it rests on, with the digests that are written in the Dockerfile or known
    /// from before.
    pub fn bases(&self, known: Option<&LockedBuild>) -> BTreeMap<String, String> {
        let bases = self.stages.images().into_keys().map(|reference| {
            let pinned = reference.split_once('@').map(|(_, digest)| digest.to_owned());
            let known = || known.and_then(|known| known.bases.get(reference).cloned());
            (reference.to_owned(), pinned.or_else(known).unwrap_or_default())
        });
        bases.collect()
    }

    /// What the lock keeps.
    pub fn lock(&self, bases: BTreeMap<String, String>, builder: String) -> LockedBuild {
        let short = |texts: &BTreeMap<String, String>| -> BTreeMap<String, String> {
            texts.iter().map(|(name, digest)| (name.clone(), digest[..SHORT].to_owned())).collect()
        };
        let depth = depth(&self.files);
        LockedBuild {
            inputs: self.digest(&bases),
            builder,
            dockerfile: self.path.clone(),
            target: self.target.clone(),
            platforms: self.platforms.clone(),
            instructions: self.short_instructions(),
            args: short(&self.args),
            bases,
            files: short(&grouped(&self.files, depth)),
            depth,
        }
    }

    fn short_instructions(&self) -> Vec<String> {
        self.instructions.iter().map(|one| one.digest[..SHORT].to_owned()).collect()
    }

    /// Why an image that was built like this has to be built again.
    pub fn reasons(&self, locked: &LockedBuild) -> Vec<Reason> {
        let now = self.lock(self.bases(Some(locked)), locked.builder.clone());
        let mut reasons = Vec::new();
        if now.dockerfile != locked.dockerfile {
            reasons.push(Reason::Dockerfile { from: locked.dockerfile.clone() });
        }
        if now.target != locked.target {
            reasons.push(Reason::Target { from: locked.target.clone() });
        }
        if now.platforms != locked.platforms {
            reasons.push(Reason::Platforms { from: locked.platforms.clone() });
        }
        self.instruction_reasons(&locked.instructions, &now.instructions, &mut reasons);
        let moved = moved(&locked.args, &now.args);
        reasons.extend(moved.map(|(name, how)| Reason::Argument { name, how }));
        let moved = self::moved(&locked.bases, &now.bases);
        reasons.extend(moved.map(|(reference, how)| Reason::Base { reference, how }));
        let files: BTreeMap<String, String> = grouped(&self.files, locked.depth)
            .into_iter()
            .map(|(name, digest)| (name, digest[..SHORT].to_owned()))
            .collect();
        let moved = self::moved(&locked.files, &files);
        reasons.extend(moved.map(|(path, how)| {
            let path = context::shown(&self.context, &path);
            Reason::File { path, how }
        }));
        if reasons.is_empty() && now.inputs != locked.inputs {
            reasons.push(Reason::Other);
        }
        reasons
    }

    fn instruction_reasons(&self, old: &[String], new: &[String], reasons: &mut Vec<Reason>) {
        let operations = similar::capture_diff_slices(similar::Algorithm::Myers, old, new);
        let changed = |from: usize, count: usize, how: How| {
            let lines = self.instructions[from..from + count].iter();
            let path = self.path.clone();
            lines.map(move |one| Reason::Instruction {
                path: path.clone(),
                line: one.line,
                text: one.text.clone(),
                how,
            })
        };
        for operation in operations {
            match operation {
                similar::DiffOp::Equal { .. } => {}
                similar::DiffOp::Delete { old_len, new_index, .. } => {
                    let before = new_index.checked_sub(1).and_then(|at| self.instructions.get(at));
                    let line = before.map_or(0, |one| one.line);
                    reasons.push(Reason::Removed { path: self.path.clone(), line, count: old_len });
                }
                similar::DiffOp::Insert { new_index, new_len, .. } => {
                    reasons.extend(changed(new_index, new_len, How::Added));
                }
                similar::DiffOp::Replace { new_index, new_len, .. } => {
                    reasons.extend(changed(new_index, new_len, How::Changed));
                }
            }
        }
    }
}

/// How deep paths are told apart, where there are too many.
fn depth(files: &Files) -> Option<u32> {
    if files.len() <= FILES_LISTED_MAX {
        return None;
    }
    let deepest = files.keys().map(|path| path.split('/').count()).max().unwrap_or(0);
    let deepest = u32::try_from(deepest).unwrap_or(u32::MAX);
    let fits = |depth: &u32| grouped(files, Some(*depth)).len() <= FILES_LISTED_MAX;
    Some((0..deepest).rev().find(fits).unwrap_or(0))
}

/// Files deeper than this many names, as their folders.
fn grouped(files: &Files, depth: Option<u32>) -> Files {
    let Some(depth) = depth else { return files.clone() };
    let mut groups: BTreeMap<String, Sha256> = BTreeMap::new();
    let mut out = Files::new();
    for (path, digest) in files {
        let names: Vec<&str> = path.split('/').collect();
        let depth = depth as usize;
        if names.len() <= depth {
            out.insert(path.clone(), digest.clone());
            continue;
        }
        let group = groups.entry(format!("{}/", names[..depth].join("/"))).or_default();
        group.update(path.as_bytes());
        group.update(b"\0");
        group.update(digest.as_bytes());
    }
    out.extend(groups.into_iter().map(|(folder, sum)| (folder, hex(&sum.finalize()))));
    out
}

/// What has been added, changed and removed, by name.
fn moved<'m>(
    old: &'m BTreeMap<String, String>,
    new: &'m BTreeMap<String, String>,
) -> impl Iterator<Item = (String, How)> + 'm {
    let now = new.iter().filter_map(|(name, value)| match old.get(name) {
        Some(before) if before == value => None,
        Some(_) => Some((name.clone(), How::Changed)),
        None => Some((name.clone(), How::Added)),
    });
    let gone = old.keys().filter(|name| !new.contains_key(*name));
    now.chain(gone.map(|name| (name.clone(), How::Removed)))
}

/// What has become of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    Added,
    Changed,
    Removed,
}

/// Why an image has to be built again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Another file than before.
    Dockerfile {
        from: String,
    },
    Target {
        from: Option<String>,
    },
    Platforms {
        from: Vec<String>,
    },
    Instruction {
        path: String,
        line: u32,
        text: String,
        how: How,
    },
    /// So many instructions behind a line are gone.
    Removed {
        path: String,
        line: u32,
        count: usize,
    },
    Argument {
        name: String,
        how: How,
    },
    Base {
        reference: String,
        how: How,
    },
    File {
        path: String,
        how: How,
    },
    /// Something that the lock does not keep apart.
    Other,
}

impl std::fmt::Display for How {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Added => "is new",
            Self::Changed => "has changed",
            Self::Removed => "is gone",
        })
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Dockerfile { from } => write!(f, "the Dockerfile was `{from}`"),
            Self::Target { from: Some(from) } => write!(f, "the target was `{from}`"),
            Self::Target { from: None } => f.write_str("no target was named"),
            Self::Platforms { from } if from.is_empty() => f.write_str("no platforms were named"),
            Self::Platforms { from } => write!(f, "the platforms were {}", from.join(", ")),
            Self::Instruction { path, line, text, how } => {
                write!(f, "{path}:{line} {how}: {text}")
            }
            Self::Removed { path, line, count: 1 } => {
                write!(f, "{path}: an instruction behind line {line} is gone")
            }
            Self::Removed { path, line, count } => {
                write!(f, "{path}: {count} instructions behind line {line} are gone")
            }
            Self::Argument { name, how } => write!(f, "argument {name} {how}"),
            Self::Base { reference, how } => write!(f, "base {reference} {how}"),
            Self::File { path, how } => write!(f, "{path} {how}"),
            Self::Other => f.write_str("a parser directive has changed"),
        }
    }
}

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes as letters.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digit = |value: u8| DIGITS[usize::from(value & 15)];
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}
