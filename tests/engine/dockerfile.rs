//! Dockerfiles are read as BuildKit reads them: its own parser is asked, bound by a package of Python,
//! `dockerfile`. Files are made here, by chance, as awkward as the syntax allows.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use lifeboat::diagnostic::{self, Sources};
use lifeboat::image::dockerfile::{self, Instruction, Keyword};
use serde_json::{Value, json};

use crate::drive::outside;
use crate::transcript::TempFolder;

/// Awkward files of each run.
const FILES: u64 = 1_500;

/// The package that binds BuildKit's parser, and its version.
const PACKAGE: &str = "dockerfile==3.4.0";

const ASK: &str = r#"
import json, pathlib, sys
import dockerfile
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    try:
        read = dockerfile.parse_string(path.read_bytes().decode())
    except Exception as why:
        print(json.dumps([path.name, str(why)]))
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

/// Compares how all files of a folder are read, and counts them.
fn check(folder: &Path) -> usize {
    let told = outside(folder, python().to_str().unwrap(), &["-c", ASK, folder.to_str().unwrap()]);
    let mut problems = Vec::new();
    let mut count = 0;
    for line in told.lines() {
        let (name, wanted): (String, Value) = serde_json::from_str(line).unwrap();
        let text = fs::read_to_string(folder.join(&name)).unwrap();
        let actual = ours(&text);
        count += 1;
        if actual != wanted {
            problems.push(difference(&name, &text, &wanted, &actual));
        }
    }
    assert!(problems.is_empty(), "{} of {count} differ:\n{}", problems.len(), problems.concat());
    count
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

/// What is read here, in the same form.
fn ours(text: &str) -> Value {
    let mut sources = Sources::default();
    let read = match dockerfile::read("Dockerfile", text, &mut sources) {
        Ok(read) => read,
        Err(found) => return diagnostic::text(&(*found).into(), &sources, false).into(),
    };
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
    all.collect::<Vec<_>>().into()
}

fn value(one: &Instruction) -> Vec<String> {
    match one.keyword {
        Keyword::Env | Keyword::Label => one
            .pairs()
            .into_iter()
            .flat_map(|(name, value)| [name, value.unwrap_or_default()])
            .collect(),
        Keyword::Run | Keyword::Cmd | Keyword::Entrypoint | Keyword::Shell => {
            let words = one.strings().unwrap_or_else(|| vec![one.arguments.clone()]);
            words.into_iter().filter(|word| !word.is_empty()).collect()
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
    assert_eq!(check(&folder.path) as u64, FILES);
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
    assert_eq!(check(&folder.path), names.len());
}

/// Makes one awkward file.
struct Making {
    seed: u64,
    escape: char,
}

impl Making {
    /// A number below `end`.
    fn below(&mut self, end: usize) -> usize {
        self.seed = self.seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.seed;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).unwrap()
    }

    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len())]
    }

    fn file(mut self) -> String {
        let mut out = String::new();
        if self.below(8) == 0 {
            out.push('\u{feff}');
        }
        if self.below(4) == 0 {
            out.push_str("# syntax=docker/dockerfile:1\n");
        }
        if self.below(4) == 0 {
            self.escape = '`';
            out.push_str(self.one(&["#escape=`\n", "# Escape = `\n"]));
        }
        if self.below(3) == 0 {
            out.push_str("# check=skip=all\n");
        }
        if self.below(3) == 0 {
            out.push_str("ARG BASE=docker.io/library/busybox:1\n\n");
        }
        for stage in 0..=self.below(3) {
            self.from(stage, &mut out);
            for _ in 0..self.below(7) {
                self.instruction(stage, &mut out);
            }
        }
        let ends = self.below(4);
        match ends {
            0 => drop(out.pop()),
            1 => out.push_str("\n\n# the end"),
            _ => {}
        }
        if self.below(6) == 0 { out.replace('\n', "\r\n") } else { out }
    }

    fn from(&mut self, stage: usize, out: &mut String) {
        let keyword = self.one(&["FROM", "from", "From"]);
        let platform = self.one(&["", "", "--platform=$BUILDPLATFORM "]);
        let base = self.one(&["scratch", "${BASE}", "busybox:1", "host:5000/a/b@sha256:0"]);
        let named = self.one(&["AS", "as", "As"]);
        writeln!(out, "{keyword} {platform}{base} {named} stage{stage}").unwrap();
    }

    /// Between two words: a blank, or a line's end that does not count.
    fn gap(&mut self) -> String {
        let escape = self.escape;
        match self.below(9) {
            0 => format!(" {escape}\n  "),
            1 => format!(" {escape}\n# a comment\n\t"),
            2 => format!(" {escape}\n\n   # one\n#two {escape}\n  "),
            3 => format!("{escape}  \n "),
            4 => "  \t".to_owned(),
            _ => " ".to_owned(),
        }
    }

    fn instruction(&mut self, stage: usize, out: &mut String) {
        out.push_str(self.one(&["", "", "", "\n", "# between\n", "  ", "\t"]));
        let start = self.one(&["", "", "", "", "", "ONBUILD ", "onbuild "]);
        out.push_str(start);
        match self.below(12) {
            0 | 1 => self.copy(stage, out),
            2 | 3 => self.run(out),
            4 => self.heredoc(out),
            5 => self.copied_heredoc(out),
            6 => self.pairs(out),
            7 => {
                let gap = self.gap();
                let text = self.one(&["A=1", "A", "A=\"x y\" B=2", "NAME='a b'", "x=${A:-b c}"]);
                writeln!(out, "ARG{gap}{text}").unwrap();
            }
            8 => {
                let keyword = self.one(&["CMD", "cmd", "ENTRYPOINT", "Entrypoint"]);
                let gap = self.gap();
                let text =
                    self.one(&["[\"a\", \"b c\"]", "[ \"a\" ]", "a b", "[a, b]", "[\"a\"] b"]);
                writeln!(out, "{keyword}{gap}{text}").unwrap();
            }
            9 => {
                let keyword = self.one(&["USER", "WORKDIR", "workdir", "STOPSIGNAL"]);
                let text = self.one(&["/a", "$X", "a"]);
                writeln!(out, "{keyword} {text}").unwrap();
            }
            10 => {
                let keyword = self.one(&["EXPOSE", "VOLUME", "expose"]);
                let (one, two) = (self.gap(), self.gap());
                writeln!(out, "{keyword}{one}80{two}443/tcp").unwrap();
            }
            _ => {
                let text =
                    self.one(&["SHELL [\"sh\", \"-c\"]", "VOLUME [\"/a\", \"/b\"]", "RUN a\\\\"]);
                writeln!(out, "{text}").unwrap();
            }
        }
    }

    fn copy(&mut self, stage: usize, out: &mut String) {
        let keyword = self.one(&["COPY", "copy", "ADD", "Add"]);
        let flags = match self.below(5) {
            0 if stage > 0 => "--from=stage0 ",
            1 => "--chown=1:1 --chmod=644 ",
            2 => "--link ",
            _ => "",
        };
        let (one, two, three) = (self.gap(), self.gap(), self.gap());
        let source = self.one(&["a", "'a b'", "\"a b\"", "*.js", "src/", "$A/x", "ä"]);
        match self.below(4) {
            0 => writeln!(out, "{keyword} {flags}[\"a b\", \"c\", \"/d/\"]").unwrap(),
            1 => writeln!(out, "{keyword} {flags}[\"a\",{one}\"/d/\"]").unwrap(),
            _ => writeln!(out, "{keyword}{one}{flags}{source}{two}b{three}/d/").unwrap(),
        }
    }

    fn run(&mut self, out: &mut String) {
        let keyword = self.one(&["RUN", "run"]);
        let flags = self.one(&["", "", "--mount=type=cache,target=/c ", "--network=none "]);
        let (one, two, three) = (self.gap(), self.gap(), self.gap());
        let text = self.one(&["echo \"a # b\"", "x <<< y", "a 'b' \\$c", "[ -f x ]", "a#no", "é"]);
        let rest = self.one(&["&& b", "| c", "; d \\\\ x", "\"e\""]);
        writeln!(out, "{keyword}{one}{flags}{text}{two}{rest}{three}f").unwrap();
    }

    /// A document's lines and its end.
    fn body(&mut self, tabs: bool, name: &str, out: &mut String) {
        for _ in 0..self.below(4) {
            let escape = self.escape;
            let start = if tabs && self.below(2) == 0 { "\t" } else { "" };
            let line = self.one(&["echo a", "# no comment", "", "FROM x AS y", "EOF2", "<<X", "ä"]);
            let end = if self.below(4) == 0 { escape.to_string() } else { String::new() };
            writeln!(out, "{start}{line}{end}").unwrap();
        }
        let start = if tabs { "\t\t" } else { "" };
        writeln!(out, "{start}{name}").unwrap();
    }

    fn heredoc(&mut self, out: &mut String) {
        match self.below(5) {
            0 => {
                out.push_str("RUN <<EOF\n");
                self.body(false, "EOF", out);
            }
            1 => {
                out.push_str("RUN <<-'EOF' cat\n");
                self.body(true, "EOF", out);
            }
            2 => {
                out.push_str("RUN cat <<A > /a && cat <<-B > /b\n");
                self.body(false, "A", out);
                self.body(true, "B", out);
            }
            3 => {
                let escape = self.escape;
                writeln!(out, "run --mount=type=cache,target=/c {escape}\n  python 3<<\"E\"")
                    .unwrap();
                self.body(false, "E", out);
            }
            _ => {
                out.push_str("RUN <<A <<B cat\n");
                self.body(false, "A", out);
                self.body(false, "B", out);
            }
        }
    }

    fn copied_heredoc(&mut self, out: &mut String) {
        let keyword = self.one(&["COPY", "ADD", "copy"]);
        let gap = self.gap();
        writeln!(out, "{keyword} --chmod=644 <<one{gap}<<-\"two\" three /d/").unwrap();
        self.body(false, "one", out);
        self.body(true, "two", out);
    }

    fn pairs(&mut self, out: &mut String) {
        let keyword = self.one(&["ENV", "LABEL", "env"]);
        let (one, two) = (self.gap(), self.gap());
        match self.below(3) {
            0 => writeln!(out, "{keyword}{one}NAME value with  blanks").unwrap(),
            1 => writeln!(out, "{keyword}{one}A=1{two}B=\"x y\"{one}C='$A'").unwrap(),
            _ => writeln!(out, "{keyword}{one}a.b=x${{Y}}{two}c=d").unwrap(),
        }
    }
}
