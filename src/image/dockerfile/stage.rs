//! Stages: what they are made from, what they take, and which of them a target reaches.

use std::collections::{BTreeMap, BTreeSet};

use super::instruction::{Instruction, Keyword};
use super::word::{self, Expanded, Scope, Unknown};
use super::{Dockerfile, Heredoc};
use crate::diagnostic::{Diagnostic, Diagnostics, Span, codes, nearest};

/// What a build is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'w> {
    /// The last stage where none is named.
    pub target: Option<&'w str>,
    pub arguments: &'w BTreeMap<String, String>,
    pub platforms: &'w [String],
}

/// What a stage starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    Scratch,
    Stage(usize),
    /// An image, by its reference.
    Image(String),
}

/// Where something is taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Stage(usize),
    Image(String),
}

/// A stage's use of another stage or of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    pub origin: Origin,
    pub keyword: Keyword,
    pub span: Span,
}

/// What a stage takes from the context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Take {
    /// A path or pattern, relative to the context.
    pub pattern: String,
    pub span: Span,
}

/// One stage, with arguments put in.
#[derive(Clone, Debug)]
pub struct Stage {
    pub name: Option<String>,
    pub base: Base,
    pub span: Span,
    pub uses: Vec<Use>,
    pub takes: Vec<Take>,
    /// What it fetches from elsewhere: nobody knows its content before.
    pub remote: Vec<Take>,
    /// Whether the target needs it.
    pub reached: bool,
    scope: Scope,
    /// Names of the variables that it asks for or declares.
    asked: BTreeSet<String>,
}

/// All stages, in the order of the file.
#[derive(Clone, Debug)]
pub struct Stages {
    pub list: Vec<Stage>,
    pub target: usize,
    /// What the reached stages declare or ask for: only these arguments matter.
    pub asked: BTreeSet<String>,
}

impl Stages {
    pub fn reached(&self) -> impl Iterator<Item = (usize, &Stage)> {
        self.list.iter().enumerate().filter(|(_, stage)| stage.reached)
    }

    /// The references of all images that the target rests on.
    pub fn images(&self) -> BTreeMap<&str, Span> {
        let mut images = BTreeMap::new();
        for (_, stage) in self.reached() {
            if let Base::Image(image) = &stage.base {
                images.entry(image.as_str()).or_insert(stage.span);
            }
            for one in &stage.uses {
                if let Origin::Image(image) = &one.origin {
                    images.entry(image.as_str()).or_insert(one.span);
                }
            }
        }
        images
    }
}

/// Puts arguments in, and finds what the target reaches.
pub fn stages(dockerfile: &Dockerfile, wanted: &Wanted<'_>) -> Result<Stages, Diagnostics> {
    let mut found = Diagnostics::default();
    let (globals, _) = globals(dockerfile, wanted);
    let mut list: Vec<Stage> = Vec::new();
    for instructions in &dockerfile.stages {
        let Some((from, rest)) = instructions.split_first() else { continue };
        let making = Making { globals: &globals, wanted, earlier: &list, found: &mut found };
        let stage = making.stage(from, rest);
        list.push(stage);
    }
    let target = match wanted.target {
        None => list.len().checked_sub(1),
        Some(name) => find(&list, name),
    };
    let Some(target) = target else {
        let name = wanted.target.unwrap_or_default();
        let names = list.iter().filter_map(|stage| stage.name.as_deref());
        let near = nearest(name, names).map(|near| format!("did you mean `{near}`?"));
        let detail = format!("No stage is called `{name}`.");
        let bytes = super::span(dockerfile.file, &(0..0));
        found.push(Diagnostic::new(codes::DOCKERFILE_INVALID, bytes, detail).help_if(near));
        return Err(found);
    };
    if found.has_errors() {
        return Err(found);
    }
    let mut open = vec![target];
    while let Some(at) = open.pop() {
        if std::mem::replace(&mut list[at].reached, true) {
            continue;
        }
        if let Base::Stage(base) = list[at].base {
            open.push(base);
        }
        let used = list[at].uses.iter().filter_map(|one| match one.origin {
            Origin::Stage(stage) => Some(stage),
            Origin::Image(_) => None,
        });
        open.extend(used);
    }
    let reached = list.iter().filter(|stage| stage.reached);
    let asked = reached.flat_map(|stage| stage.asked.iter().cloned()).collect();
    Ok(Stages { asked: with_globals(dockerfile, asked), list, target })
}

/// The stage of this name or number.
fn find(list: &[Stage], name: &str) -> Option<usize> {
    let called = |stage: &Stage| stage.name.as_ref().is_some_and(|n| n.eq_ignore_ascii_case(name));
    list.iter().position(called).or_else(|| name.parse().ok().filter(|at| *at < list.len()))
}

/// What stands before the first stage, with arguments put in, and which names it asks for.
fn globals(dockerfile: &Dockerfile, wanted: &Wanted<'_>) -> (Scope, BTreeSet<String>) {
    let mut scope = Scope::new();
    let mut asked = BTreeSet::new();
    for instruction in &dockerfile.globals {
        for (name, default) in instruction.pairs() {
            let default =
                default.map(|text| expand(&text, dockerfile.escape(), &scope, &mut asked));
            let given = wanted.arguments.get(&name).cloned();
            let value = given.or(default.and_then(|e| e.unknown.is_none().then_some(e.text)));
            scope.insert(name, value.or_else(|| Some(String::new())));
        }
    }
    (scope, asked)
}

/// What global arguments ask for, too.
fn with_globals(dockerfile: &Dockerfile, mut asked: BTreeSet<String>) -> BTreeSet<String> {
    for instruction in dockerfile.globals.iter().rev() {
        for (name, default) in instruction.pairs() {
            if asked.contains(&name) {
                let default = default.unwrap_or_default();
                expand(&default, dockerfile.escape(), &Scope::new(), &mut asked);
            }
        }
    }
    asked
}

fn expand(text: &str, escape: char, scope: &Scope, asked: &mut BTreeSet<String>) -> Expanded {
    let known = |name: &str| scope.get(name).cloned().flatten();
    let expanded = word::expand(text, escape, &known, Unknown::Empty);
    asked.extend(expanded.asked.iter().cloned());
    expanded
}

/// What is known while a stage is made.
struct Making<'m> {
    globals: &'m Scope,
    wanted: &'m Wanted<'m>,
    earlier: &'m [Stage],
    found: &'m mut Diagnostics,
}

impl Making<'_> {
    fn stage(mut self, from: &Instruction, rest: &[Instruction]) -> Stage {
        let words = from.words();
        let mut asked = BTreeSet::new();
        let written = words.first().cloned().unwrap_or_default();
        let expanded = expand(&written, from.escape, &self.platforms(), &mut asked);
        if let Some(platform) = from.flag("platform") {
            expand(platform, from.escape, &self.platforms(), &mut asked);
        }
        if expanded.text.is_empty() || expanded.unknown.is_some() {
            let names: Vec<&str> = expanded.asked.iter().map(String::as_str).collect();
            let detail = format!(
                "`{written}` names no image: `{}` has no value. Only `ARG` before the first `FROM` \
                 counts here.",
                names.join("`, `")
            );
            let help = "give it a default, or a value in `args`";
            let code = codes::DOCKERFILE_INVALID;
            self.found.push(Diagnostic::new(code, from.span, detail).help(help));
        }
        let image = expanded.text;
        let named = self.earlier.iter().position(|stage| {
            stage.name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(&image))
        });
        let (base, scope) = match named {
            Some(at) => (Base::Stage(at), self.earlier[at].scope.clone()),
            None if image == "scratch" => (Base::Scratch, Scope::new()),
            None => (Base::Image(image), Scope::new()),
        };
        let name = words.get(2).map(|name| name.to_ascii_lowercase());
        let span = from.span;
        let mut stage = Stage {
            name,
            base,
            span,
            uses: Vec::new(),
            takes: Vec::new(),
            remote: Vec::new(),
            reached: false,
            scope,
            asked,
        };
        for instruction in rest {
            self.read(instruction, &mut stage);
        }
        stage
    }

    /// What `FROM` sees: global arguments, and platforms where there is one.
    fn platforms(&self) -> Scope {
        let mut scope = self.automatic();
        scope.extend(self.globals.clone());
        scope
    }

    /// The arguments that a builder sets by itself. Those of the machine that builds are not known.
    fn automatic(&self) -> Scope {
        let names = ["TARGETPLATFORM", "TARGETOS", "TARGETARCH", "TARGETVARIANT", "BUILDPLATFORM"];
        let more = ["BUILDOS", "BUILDARCH", "BUILDVARIANT"];
        let mut scope: Scope =
            names.into_iter().chain(more).map(|name| (name.to_owned(), None)).collect();
        if let [platform] = self.wanted.platforms {
            let mut parts = platform.split('/').map(str::to_owned);
            scope.insert("TARGETPLATFORM".to_owned(), Some(platform.clone()));
            for name in ["TARGETOS", "TARGETARCH", "TARGETVARIANT"] {
                scope.insert(name.to_owned(), Some(parts.next().unwrap_or_default()));
            }
        }
        scope
    }

    fn read(&mut self, instruction: &Instruction, stage: &mut Stage) {
        let escape = instruction.escape;
        match instruction.keyword {
            Keyword::Arg => {
                for (name, default) in instruction.pairs() {
                    let default =
                        default.map(|text| expand(&text, escape, &stage.scope, &mut stage.asked));
                    let default = default.and_then(|e| e.unknown.is_none().then_some(e.text));
                    let given = self.wanted.arguments.get(&name).cloned();
                    let outer = self.globals.get(&name).cloned().flatten();
                    let own = self.automatic().remove(&name).flatten();
                    let value = given.or(default).or(outer).or(own);
                    stage.asked.insert(name.clone());
                    stage.scope.insert(name, value);
                }
            }
            Keyword::Env => {
                for (name, value) in instruction.pairs() {
                    let value = value.unwrap_or_default();
                    let value = expand(&value, escape, &stage.scope, &mut stage.asked);
                    let value = value.unknown.is_none().then_some(value.text);
                    stage.scope.insert(name, value);
                }
            }
            Keyword::Copy | Keyword::Add => self.copy(instruction, stage),
            Keyword::Run => self.mounts(instruction, stage),
            Keyword::Onbuild => {
                if let Some(inner) = &instruction.inner {
                    self.read(inner, stage);
                }
            }
            Keyword::From
            | Keyword::Cmd
            | Keyword::Entrypoint
            | Keyword::Expose
            | Keyword::Healthcheck
            | Keyword::Label
            | Keyword::Maintainer
            | Keyword::Shell
            | Keyword::Stopsignal
            | Keyword::User
            | Keyword::Volume
            | Keyword::Workdir => {}
        }
    }

    fn copy(&mut self, instruction: &Instruction, stage: &mut Stage) {
        if let Some(from) = instruction.flag("from") {
            let from = from.to_owned();
            return self.use_of(&from, instruction, stage);
        }
        for source in instruction.sources.iter().filter(|source| !source.heredoc) {
            let expanded = expand(&source.text, instruction.escape, &stage.scope, &mut stage.asked);
            let remote = ["http://", "https://", "git@", "git://", "ssh://"];
            let list = if remote.iter().any(|start| expanded.text.starts_with(start)) {
                &mut stage.remote
            } else {
                &mut stage.takes
            };
            list.push(Take { pattern: path(&expanded), span: source.span });
        }
        for heredoc in instruction.heredocs.iter().filter(|heredoc| heredoc.expand) {
            let Heredoc { content, .. } = heredoc;
            expand(content, instruction.escape, &stage.scope, &mut stage.asked);
        }
    }

    fn mounts(&mut self, instruction: &Instruction, stage: &mut Stage) {
        let mounts = instruction.flags.iter().filter(|flag| flag.name == "mount");
        for mount in mounts.filter_map(|flag| flag.value.as_deref()) {
            let field = |names: &[&str]| {
                let mut fields = mount.split(',').filter_map(|field| field.split_once('='));
                fields.find(|(name, _)| names.contains(name)).map(|(_, value)| value.to_owned())
            };
            let kind = field(&["type"]).unwrap_or_else(|| "bind".to_owned());
            match (kind.as_str(), field(&["from"])) {
                ("bind" | "cache", Some(from)) => self.use_of(&from, instruction, stage),
                ("bind", None) => {
                    let source = field(&["source", "src"]).unwrap_or_else(|| ".".to_owned());
                    let source =
                        expand(&source, instruction.escape, &stage.scope, &mut stage.asked);
                    stage.takes.push(Take { pattern: path(&source), span: instruction.span });
                }
                _ => {}
            }
        }
    }

    /// Another stage by name or number, or an image.
    fn use_of(&mut self, from: &str, instruction: &Instruction, stage: &mut Stage) {
        let expanded = expand(from, instruction.escape, &stage.scope, &mut stage.asked).text;
        let origin = match find(self.earlier, &expanded) {
            Some(at) => Origin::Stage(at),
            None if expanded.chars().all(|c| c.is_ascii_digit()) => {
                let detail = format!(
                    "`--from={from}` names no earlier stage: there are {}, counted from 0.",
                    self.earlier.len()
                );
                let code = codes::DOCKERFILE_INVALID;
                self.found.push(Diagnostic::new(code, instruction.span, detail));
                return;
            }
            None if expanded == "scratch" => return,
            None => Origin::Image(expanded),
        };
        stage.uses.push(Use { origin, keyword: instruction.keyword, span: instruction.span });
    }
}

/// A path of the context. From a variable on that nobody knows, anything may be meant.
fn path(expanded: &Expanded) -> String {
    match expanded.unknown {
        None => expanded.text.clone(),
        Some(at) => {
            let folder = expanded.text[..at].rsplit_once('/').map_or("", |(folder, _)| folder);
            format!("{folder}/.")
        }
    }
}
