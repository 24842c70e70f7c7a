//! The files for CI systems: read as YAML, of those systems' own words, and run with the shop example.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::drive::{lifeboat, outside};
use crate::transcript::{TempFolder, copy};

/// What stands for the clients of GitHub and GitLab: it keeps the words that it is given.
const CLIENT: &str = "#!/bin/sh\necho \"$(basename \"$0\") $*\" >> \"$HOME/asked\"\n";

/// The words of each system, as its reference lists them, as far as they are used here.
const GITHUB: &[(&str, &[&str])] = &[
    ("", &["name", "on", "permissions", "jobs"]),
    (
        "jobs.*",
        &[
            "if",
            "needs",
            "runs-on",
            "container",
            "environment",
            "concurrency",
            "permissions",
            "timeout-minutes",
            "steps",
        ],
    ),
    ("jobs.*.steps.*", &["id", "if", "uses", "with", "run", "env", "continue-on-error"]),
    ("jobs.*.steps.*.with", &["name", "path", "if-no-files-found"]),
];

const GITLAB: &[(&str, &[&str])] = &[
    ("", &["default", "stages", "check", "plan", "apply"]),
    ("default", &["image"]),
    (
        "*",
        &[
            "image",
            "stage",
            "rules",
            "script",
            "after_script",
            "artifacts",
            "environment",
            "resource_group",
        ],
    ),
    ("*.rules.*", &["if", "when"]),
    ("*.artifacts", &["when", "expose_as", "paths", "reports"]),
    ("*.artifacts.reports", &["junit"]),
];

const ATLANTIS: &[(&str, &[&str])] = &[
    ("", &["version", "projects", "workflows"]),
    ("projects.*", &["dir", "workflow", "autoplan", "apply_requirements"]),
    ("projects.*.autoplan", &["when_modified", "enabled"]),
    ("workflows.*", &["plan", "apply"]),
    ("workflows.*.*", &["steps"]),
    ("workflows.*.*.steps.*", &["run", "env"]),
    ("workflows.*.*.steps.*.run", &["command", "output"]),
];

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// A file, by a YAML reader that takes every word as it is written: `on` is no truth value.
fn parsed(name: &str) -> Value {
    const READ: &str = "import json, sys, yaml\n\
                        print(json.dumps(yaml.load(open(sys.argv[1]), Loader=yaml.BaseLoader)))";
    let path = examples().join("ci").join(name);
    let json = outside(path.parent().unwrap(), "python3", &["-c", READ, path.to_str().unwrap()]);
    serde_json::from_str(&json).unwrap()
}

/// Everything at a path, `*` standing for every key and every element.
fn at<'y>(yaml: &'y Value, path: &str) -> Vec<&'y Value> {
    let mut found = vec![yaml];
    for part in path.split('.').filter(|part| !part.is_empty()) {
        let within = |yaml: &'y Value| -> Vec<&'y Value> {
            let all = yaml.as_object().into_iter().flatten();
            let own = all.filter(|(key, _)| part == "*" || *key == part);
            let elements = yaml.as_array().filter(|_| part == "*").into_iter().flatten();
            own.map(|(_, value)| value).chain(elements).collect()
        };
        found = found.into_iter().flat_map(within).collect();
    }
    found
}

fn knows_its_words(name: &str, words: &[(&str, &[&str])]) {
    let yaml = parsed(name);
    for (path, known) in words {
        let maps = at(&yaml, path).into_iter().filter_map(Value::as_object);
        let keys: Vec<&String> = maps.flat_map(serde_json::Map::keys).collect();
        assert!(!keys.is_empty(), "{name}: nothing is at `{path}`");
        for key in keys {
            assert!(known.contains(&key.as_str()), "{name}: `{path}` has no `{key}`");
        }
    }
}

/// Every script of a file, in the order in which they run.
fn scripts(name: &str, paths: &[&str]) -> Vec<String> {
    let yaml = parsed(name);
    let found = paths.iter().flat_map(|path| at(&yaml, path));
    let found: Vec<String> = found.filter_map(Value::as_str).map(str::to_owned).collect();
    // Whatever names the program has to be among them.
    let text = fs::read_to_string(examples().join("ci").join(name)).unwrap();
    let named =
        text.lines().filter(|line| line.contains(": lifeboat ") || line.contains("- lifeboat "));
    let run = found.iter().filter(|script| script.starts_with("lifeboat "));
    assert_eq!(run.count(), named.count(), "{name}: {found:#?}");
    found
}

/// A machine of a CI system, with the shop checked out.
struct Runner(TempFolder);

impl Runner {
    fn new() -> Self {
        let folder = TempFolder::new("ci");
        copy(&examples().join("shop"), &folder.path);
        for client in ["gh", "curl"] {
            let path = folder.path.join("bin").join(client);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, CLIENT).unwrap();
        }
        Self(folder)
    }

    /// The code that a script ends with, and what it says.
    fn run(&self, script: &str) -> (Option<i32>, String) {
        let here = &self.0.path;
        let program = Path::new(env!("CARGO_BIN_EXE_lifeboat")).parent().unwrap();
        let path = format!("{}:{}:/usr/bin:/bin", here.join("bin").display(), program.display());
        let output = std::process::Command::new("timeout")
            .args(["60", "sh", "-c", "chmod +x bin/*; exec sh -e -c \"$0\"", script])
            .current_dir(here)
            .env_clear()
            .envs([("PATH", &*path), ("PR", "7"), ("GITLAB_TOKEN", "token")])
            .envs([("CI_API_V4_URL", "https://gitlab.example.com/api/v4"), ("CI_PROJECT_ID", "5")])
            .env("CI_MERGE_REQUEST_IID", "7")
            .env("HOME", here)
            .env("GITHUB_STEP_SUMMARY", here.join("summary"))
            .env("PLANFILE", here.join("default.tfplan"))
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.path.join(name)).unwrap()
    }

    /// Everything passes, and is applied in the end.
    fn passes(&self, scripts: &[String]) {
        for script in scripts {
            let (code, said) = self.run(script);
            assert_eq!(code, Some(0), "{script}: {said}");
        }
        lifeboat(&self.0.path, &["plan", "--detailed-exitcode"]).exits(0);
        assert!(self.read("drill.md").contains("Drill of `shop`: MET"));
        assert!(self.read("drill.xml").starts_with("<?xml"));
        assert!(self.read("drill.html").starts_with("<!doctype html>"));
    }
}

/// A primary that nothing checks does not get past the first script, and is reported all the same.
fn stops(scripts: &[String]) {
    let runner = Runner::new();
    let file = runner.0.path.join("traffic.hcl");
    let text = fs::read_to_string(&file).unwrap();
    let check = "    health_check = health_check.region[\"virginia\"]\n";
    fs::write(file, text.replacen(check, "", 1)).unwrap();
    let (code, said) = runner.run(&scripts[0]);
    assert_eq!(code, Some(3), "{said}");
    assert!(runner.read("drill.md").contains("VIOLATED"));
    assert!(runner.read("drill.xml").contains("<failure"));
}

#[test]
fn github_checks_comments_and_applies() {
    knows_its_words("github.yml", GITHUB);
    let yaml = parsed("github.yml");
    for action in at(&yaml, "jobs.*.steps.*.uses").into_iter().filter_map(Value::as_str) {
        let (name, version) = action.split_once("@v").unwrap();
        assert!(name.starts_with("actions/") && version.parse::<u32>().is_ok(), "{action}");
    }
    let jobs = ["check", "comment", "plan", "apply"].map(|job| format!("jobs.{job}.steps.*.run"));
    let scripts = scripts("github.yml", &jobs.each_ref().map(String::as_str));
    let runner = Runner::new();
    runner.passes(&scripts);
    assert!(runner.read("summary").contains("Drill of `shop`: MET"));
    let asked = "gh pr comment 7 --body-file drill.md --edit-last --create-if-none\n";
    assert_eq!(runner.read("asked"), asked);
    stops(&scripts);
}

#[test]
fn gitlab_checks_comments_and_applies() {
    knows_its_words("gitlab.yml", GITLAB);
    let paths = ["check.script.*", "check.after_script.*", "plan.script.*", "apply.script.*"];
    let scripts = scripts("gitlab.yml", &paths);
    let runner = Runner::new();
    runner.passes(&scripts);
    let asked = runner.read("asked");
    assert!(asked.contains("--data-urlencode body@drill.md"), "{asked}");
    assert!(asked.ends_with("/api/v4/projects/5/merge_requests/7/notes\n"), "{asked}");
    stops(&scripts);
}

#[test]
fn atlantis_checks_and_applies() {
    knows_its_words("atlantis.yaml", ATLANTIS);
    let steps = "workflows.lifeboat.plan.steps.*.run";
    let hidden = format!("{steps}.command");
    let paths = [steps, &hidden, "workflows.lifeboat.apply.steps.*.run"];
    let scripts = scripts("atlantis.yaml", &paths);
    Runner::new().passes(&scripts);
    stops(&scripts);
}

/// What the text says of pull requests without credentials.
#[test]
fn a_check_needs_no_credentials() {
    let runner = Runner::new();
    let words = ["check", "--offline", "--write", "drill.md", "--write", "drill.xml"];
    lifeboat(&runner.0.path, &words).exits(0);
    assert!(runner.read("drill.md").contains("Not compared with the world as it is"));
    assert!(!runner.0.path.join(".lifeboat").exists());
}
