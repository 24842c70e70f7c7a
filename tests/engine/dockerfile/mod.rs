//! Dockerfiles are read as BuildKit reads them: its own parser is asked, bound by a package of Python,
//! `dockerfile`. Files are made here, by chance, as awkward as the syntax allows; `cargo xtask dockerfiles`
//! takes a folder of any.

mod making;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use lifeboat::diagnostic::{self, Sources};
use lifeboat::image::dockerfile::{self, Instruction, Keyword};
use serde_json::{Value, json};

use self::making::Making;
use crate::drive::outside;
use crate::transcript::TempFolder;

/// Awkward files of each run.
const FILES: u64 = 1_500;

/// The package that binds BuildKit's parser, and its version.
const PACKAGE: &str = "dockerfile==3.4.0";

const ASK: &str = r#"
import json, pathlib, sys
import dockerfile

KNOWN = """add arg cmd copy entrypoint env expose from healthcheck label maintainer onbuild run shell
           stopsignal user volume workdir""".split()


# The parser takes these, and what BuildKit does next refuses them.
def refused(one):
    return one.cmd.lower() not in KNOWN or one.cmd.lower() in ("copy", "add") and len(one.value) < 2


for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    try:
        read = dockerfile.parse_string(path.read_bytes().decode())
    except Exception as why:
        print(json.dumps([path.name, str(why)]))
        continue
    if any(refused(one) for one in read):
        print(json.dumps([path.name, "refused"]))
        continue
    print(json.dumps([path.name, [{
        "keyword": one.cmd.upper(),
        "inner": one.sub_cmd.upper() if one.sub_cmd else None,
        "line": one.start_line,
        "flags": list(one.flags),
        "value": list(one.value),
        "heredocs": [[h.name, h.content] for h in one.heredocs],
    } for one in read]]))
"#;

/// Python with the package, below the target folder: made once, by whichever test comes first.
fn python() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(make_python)
}

fn make_python() -> PathBuf {
    let target = Path::new(env!("CARGO_BIN_EXE_lifeboat")).ancestors().nth(2).unwrap();
    let folder = target.join("buildkit-parser");
    let python = folder.join("bin/python");
    let has = |python: &Path| {
        let found = Command::new(python).args(["-c", "import dockerfile"]).output();
        found.is_ok_and(|output| output.status.success())
    };
    if !has(&python) {
        let text = folder.to_str().unwrap();
        outside(target, "python3", &["-m", "venv", "--clear", text]);
        let pip = folder.join("bin/pip");
        outside(target, pip.to_str().unwrap(), &["install", "--quiet", PACKAGE]);
    }
    python
}

/// What agreed.
#[derive(Debug, Default, PartialEq, Eq)]
struct Agreed {
    files: usize,
    /// Of them, those that neither takes.
    refused: usize,
    /// Those with more than one stage, and their stages and instructions.
    multi_stage: usize,
    stages: usize,
    instructions: usize,
}

/// Compares how all files of a folder are read, and counts them.
fn check(folder: &Path) -> Agreed {
    let told = outside(folder, python().to_str().unwrap(), &["-c", ASK, folder.to_str().unwrap()]);
    let mut problems = Vec::new();
    let mut agreed = Agreed::default();
    for line in told.lines() {
        let (name, wanted): (String, Value) = serde_json::from_str(line).unwrap();
        let text = fs::read_to_string(folder.join(&name)).unwrap();
        let (actual, stages) = ours(&text);
        agreed.files += 1;
        if actual.is_string() && wanted.is_string() {
            agreed.refused += 1;
        } else if actual != wanted || stages != stages_of(&wanted) {
            problems.push(difference(&name, &text, &wanted, &actual));
        } else if stages.len() > 1 {
            agreed.multi_stage += 1;
            agreed.stages += stages.len();
            agreed.instructions += wanted.as_array().map_or(0, Vec::len);
        }
    }
    let all = agreed.files;
    assert!(problems.is_empty(), "{} of {all} differ:\n{}", problems.len(), problems.concat());
    agreed
}

/// A stage: what it starts from, its name, and how many instructions it has.
type StageLine = (String, Option<String>, usize);

/// The stages as BuildKit's instructions make them.
fn stages_of(instructions: &Value) -> Vec<StageLine> {
    let mut stages: Vec<StageLine> = Vec::new();
    for one in instructions.as_array().into_iter().flatten() {
        if one["keyword"] == "FROM" {
            let word = |at: usize| one["value"][at].as_str().map(str::to_owned);
            let name = word(2).map(|name| name.to_lowercase());
            stages.push((word(0).unwrap_or_default(), name, 1));
        } else if let Some(stage) = stages.last_mut() {
            stage.2 += 1;
        }
    }
    stages
}

fn difference(name: &str, text: &str, wanted: &Value, actual: &Value) -> String {
    let lists = wanted.as_array().zip(actual.as_array());
    let first = lists.and_then(|(wanted, actual)| {
        let same = wanted.iter().zip(actual).position(|(a, b)| a != b)?;
        Some(format!("BuildKit {}\nhere     {}", wanted[same], actual[same]))
    });
    let first = first.unwrap_or_else(|| format!("BuildKit {wanted}\nhere     {actual}"));
    format!("{name}\n{text}\n{first}")
}

/// What is read here, in the same form, and the stages.
fn ours(text: &str) -> (Value, Vec<StageLine>) {
    let mut sources = Sources::default();
    let read = match dockerfile::read("Dockerfile", text, &mut sources) {
        Ok(read) => read,
        Err(found) => {
            return (diagnostic::text(&(*found).into(), &sources, false).into(), Vec::new());
        }
    };
    let stages = read.stages.iter().map(|stage| {
        let words = stage[0].words();
        let name = words.get(2).map(|name| name.to_lowercase());
        (words[0].clone(), name, stage.len())
    });
    let stages = stages.collect();
    let all = read.globals.iter().chain(read.stages.iter().flatten());
    let all = all.map(|one| {
        let said = one.inner.as_deref().unwrap_or(one);
        let flags = said.flags.iter().map(|flag| match &flag.value {
            Some(value) => format!("--{}={value}", flag.name),
            None => format!("--{}", flag.name),
        });
        let heredocs = said.heredocs.iter().map(|h| json!([h.name, h.content]));
        // The binding says nothing of flags and documents of what is put off.
        let passed_on = |list: Vec<Value>| if one.inner.is_some() { Vec::new() } else { list };
        json!({
            "keyword": one.keyword.to_string(),
            "inner": one.inner.as_ref().map(|inner| inner.keyword.to_string()),
            "line": sources.place(one.span.file, one.span.start).line,
            "flags": passed_on(flags.map(Value::from).collect::<Vec<_>>()),
            "value": value(said),
            "heredocs": passed_on(heredocs.collect::<Vec<_>>()),
        })
    });
    (all.collect::<Vec<_>>().into(), stages)
}

fn value(one: &Instruction) -> Vec<String> {
    match one.keyword {
        Keyword::Env | Keyword::Label => one
            .pairs()
            .into_iter()
            .flat_map(|(name, value)| [name, value.unwrap_or_default()])
            .collect(),
        Keyword::Run | Keyword::Cmd | Keyword::Entrypoint | Keyword::Shell => {
            let whole = || vec![one.arguments.clone()].into_iter().filter(|text| !text.is_empty());
            one.strings().unwrap_or_else(|| whole().collect())
        }
        Keyword::User | Keyword::Workdir | Keyword::Stopsignal | Keyword::Maintainer => {
            vec![one.arguments.clone()]
        }
        Keyword::Add
        | Keyword::Arg
        | Keyword::Copy
        | Keyword::Expose
        | Keyword::From
        | Keyword::Healthcheck
        | Keyword::Onbuild
        | Keyword::Volume => one.words(),
    }
}

#[test]
fn awkward_files_are_read_as_buildkit_reads_them() {
    let folder = TempFolder::new("dockerfiles");
    for seed in 0..FILES {
        let text = Making { seed, escape: '\\' }.file();
        fs::write(folder.path.join(format!("{seed:05}")), text).unwrap();
    }
    let agreed = check(&folder.path);
    assert_eq!((agreed.files as u64, agreed.refused), (FILES, 0));
}

/// `cargo xtask dockerfiles DIR` sets the folder. It must hold nothing but Dockerfiles.
#[test]
#[ignore = "it needs a folder: `cargo xtask dockerfiles DIR`"]
#[expect(clippy::print_stdout, reason = "who gives a folder wants to know what was in it")]
#[expect(clippy::disallowed_methods, reason = "the chore says where the folder is")]
fn files_of_a_folder_are_read_as_buildkit_reads_them() {
    let folder = std::env::var("DOCKERFILES").expect("DOCKERFILES names a folder");
    let Agreed { files, refused, multi_stage, stages, instructions } = check(Path::new(&folder));
    println!(
        "{files} files are read as BuildKit reads them, {refused} of them refused by both; {multi_stage} have \
         several stages, {stages} in all, with {instructions} instructions."
    );
}

#[test]
fn examples_are_read_as_buildkit_reads_them() {
    let folder = TempFolder::new("examples");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut names = Vec::new();
    for example in fs::read_dir(root.join("examples")).unwrap() {
        for part in fs::read_dir(example.unwrap().path()).unwrap() {
            names.push(part.unwrap().path().join("Dockerfile"));
        }
    }
    names.retain(|name| name.is_file());
    for (number, name) in names.iter().enumerate() {
        fs::copy(name, folder.path.join(number.to_string())).unwrap();
    }
    assert!(names.len() >= 3, "{names:?}");
    assert_eq!(check(&folder.path).files, names.len());
}
