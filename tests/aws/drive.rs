//! Runs programs, each bounded in time, with an environment that holds what the test says and
//! nothing of this machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::Value;

/// Far more than any run takes, on a busy machine too: whoever needs it hangs.
const SECONDS_MAX: u32 = 180;

/// The key of whoever runs Lifeboat. Emulators take one of 12 digits for the account.
pub(crate) const KEY: &str = "123456789012";

/// Must never be seen anywhere.
pub(crate) const SECRET: &str = "NeverToBeSeenAnywhereSecretKey0000000000";

/// How a run ended, and what it said.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) took: Duration,
}

impl Ran {
    fn of(output: &Output, took: Duration) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
            took,
        }
    }

    /// Both streams.
    pub(crate) fn all(&self) -> String {
        format!("{}{}", self.out, self.err)
    }

    /// Fails unless the run ended with this code, and with its head on.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        let all = self.all();
        assert_ne!(self.code, Some(124), "it hangs: {all}");
        for slip in ["panicked at", "This is a bug in Lifeboat", "RUST_BACKTRACE"] {
            assert!(!all.contains(slip), "`{slip}`: {all}");
        }
        assert_eq!(self.code, Some(code), "{all}");
        self
    }

    #[track_caller]
    pub(crate) fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.all().contains(word), "`{word}` is not in:\n{}", self.all());
        }
        self
    }
}

/// A folder with a configuration, and what is in the environment there. It goes away.
pub(crate) struct Site {
    pub(crate) path: PathBuf,
    environment: Vec<(String, String)>,
}

impl Site {
    /// A new folder, from which AWS is found at this address.
    pub(crate) fn new(url: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("lifeboat-outside-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        let mut site = Self { path, environment: Vec::new() };
        for (name, value) in [
            ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
            ("HOME", site.path.to_str().unwrap()),
            ("AWS_ENDPOINT_URL", url),
            ("AWS_ACCESS_KEY_ID", KEY),
            ("AWS_SECRET_ACCESS_KEY", SECRET),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            // For AWS's command line, which wants a region.
            ("AWS_DEFAULT_REGION", "us-east-1"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        {
            site.environment.push((name, value));
        }
        site
    }

    /// The same folder, with something else in the environment.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.environment.retain(|(other, _)| other != name);
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path.join(name), text).unwrap();
    }

    /// Edits the configuration.
    #[track_caller]
    pub(crate) fn edit(&self, from: &str, to: &str) {
        let path = self.path.join("main.hcl");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "`{from}` is not in:\n{text}");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    }

    /// Runs Lifeboat to the end.
    pub(crate) fn lifeboat(&self, words: &[&str]) -> Ran {
        self.run(env!("CARGO_BIN_EXE_lifeboat"), words)
    }

    /// Plans, and gives the plan file, if there is one.
    #[track_caller]
    pub(crate) fn plan(&self, words: &[&str], code: i32) -> (Ran, Value) {
        let words = [&["plan", "--out", "plan.json"], words].concat();
        let ran = self.lifeboat(&words).exits(code);
        let text = fs::read_to_string(self.path.join("plan.json"));
        (ran, serde_json::from_str(&text.unwrap_or_else(|_| "null".to_owned())).unwrap())
    }

    /// Nothing is left to do.
    #[track_caller]
    pub(crate) fn is_as_declared(&self) {
        self.lifeboat(&["plan", "--detailed-exitcode"]).exits(0).says(&["No changes."]);
    }

    /// Runs another program to the end.
    pub(crate) fn run(&self, program: &str, words: &[&str]) -> Ran {
        let watch = Stopwatch::start();
        let output = Command::new("timeout")
            .args(["-k", "5", &SECONDS_MAX.to_string(), program])
            .args(words)
            .current_dir(&self.path)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .output();
        let output = output.unwrap_or_else(|why| panic!("{program} is needed: {why}"));
        let ran = Ran::of(&output, watch.elapsed());
        assert_ne!(ran.code, Some(127), "`{program}` is missing; `cargo xtask tools` installs it");
        ran
    }

    /// AWS's own command line; what it answers.
    #[track_caller]
    pub(crate) fn aws(&self, words: &[&str]) -> Value {
        let words = [words, &["--output", "json"]].concat();
        let ran = self.run(&crate::python::client("aws"), &words);
        assert_eq!(ran.code, Some(0), "aws {words:?}: {}", ran.all());
        if ran.out.trim().is_empty() {
            return Value::Null;
        }
        serde_json::from_str(&ran.out).unwrap()
    }

    /// Every file below the folder, as text.
    pub(crate) fn files(&self) -> Vec<(PathBuf, String)> {
        let mut files = Vec::new();
        collect(&self.path, &mut files);
        files
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.path);
    }
}

fn collect(folder: &Path, files: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), files);
        } else {
            let bytes = fs::read(entry.path()).unwrap();
            files.push((entry.path(), String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
}

/// The real clock: other processes run by it.
pub(crate) struct Stopwatch(std::time::Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "another process runs by the real clock")]
    pub(crate) fn start() -> Self {
        Self(std::time::Instant::now())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}
