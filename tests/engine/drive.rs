//! Runs the real binary, bounded in time, and in memory where asked.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use crate::transcript::TempFolder;

const BINARY: &str = env!("CARGO_BIN_EXE_lifeboat");

/// Far more than any run takes, on a busy machine too: whoever needs it hangs.
const SECONDS_MAX: u32 = 120;

/// How a run ended, and what it said.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Both streams.
    pub(crate) fn all(&self) -> String {
        format!("{}{}", self.out, self.err)
    }

    /// Fails unless the run ended with this code. No code at all excuses a panic.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        self.keeps_its_head();
        assert_eq!(self.code, Some(code), "{}", self.all());
        self
    }

    /// Fails unless the run was refused with this finding.
    #[track_caller]
    pub(crate) fn refuses(self, finding: &str) -> Self {
        let ran = self.exits(1);
        assert!(ran.all().contains(finding), "`{finding}` is not in:\n{}", ran.all());
        ran
    }

    #[track_caller]
    pub(crate) fn keeps_its_head(&self) {
        let all = self.all();
        assert_ne!(self.code, Some(124), "it hangs: {all}");
        for slip in ["panicked at", "This is a bug in Lifeboat", "RUST_BACKTRACE", "overflowed"] {
            assert!(!all.contains(slip), "`{slip}`: {all}");
        }
    }
}

/// Runs to the end.
pub(crate) fn lifeboat(folder: &Path, words: &[&str]) -> Ran {
    run(folder, &[], "", SECONDS_MAX, words)
}

/// Runs to the end, with more in the environment.
pub(crate) fn lifeboat_with(folder: &Path, environment: &[(&str, &str)], words: &[&str]) -> Ran {
    run(folder, environment, "", SECONDS_MAX, words)
}

/// Runs to the end, after shell commands such as `ulimit` that hold for it, in so many seconds.
pub(crate) fn lifeboat_within(folder: &Path, limits: &str, seconds: u32, words: &[&str]) -> Ran {
    run(folder, &[], limits, seconds, words)
}

fn run(
    folder: &Path,
    environment: &[(&str, &str)],
    limits: &str,
    seconds: u32,
    words: &[&str],
) -> Ran {
    let script = format!("{limits}\nexec \"$0\" \"$@\"");
    let output = clean(Command::new("timeout"), folder)
        .args(["-k", "5", &seconds.to_string(), "sh", "-c", &script, BINARY])
        .args(words)
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    Ran::of(&output)
}

/// Starts, to be interrupted.
pub(crate) fn start(folder: &Path, words: &[&str]) -> Child {
    clean(Command::new(BINARY), folder)
        .args(words)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits for the end of what was started. It says less than a pipe holds, or is killed.
pub(crate) fn end(mut child: Child) -> Ran {
    let watch = Stopwatch::start();
    while child.try_wait().unwrap().is_none() {
        if watch.elapsed() > Duration::from_secs(SECONDS_MAX.into()) {
            child.kill().unwrap();
            panic!("it hangs: {:?}", Ran::of(&child.wait_with_output().unwrap()));
        }
        pause(Duration::from_millis(2));
    }
    Ran::of(&child.wait_with_output().unwrap())
}

/// What Ctrl-C does.
pub(crate) fn interrupt(child: &Child) {
    let id = child.id().to_string();
    let script = "kill -INT \"$0\" 2>/dev/null";
    // It may have ended by itself.
    let _sent = Command::new("sh").args(["-c", script, &id]).status().unwrap();
}

fn clean(mut command: Command, folder: &Path) -> Command {
    let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    command.current_dir(folder).env_clear().env("PATH", path).env("HOME", folder);
    command.stdin(Stdio::null());
    command
}

/// Runs another program to the end; what it prints. Panics when it fails.
pub(crate) fn outside(folder: &Path, program: &str, words: &[&str]) -> String {
    outside_with(folder, &[], program, words)
}

/// Runs another program, with more in the environment.
pub(crate) fn outside_with(
    folder: &Path,
    environment: &[(&str, &str)],
    program: &str,
    words: &[&str],
) -> String {
    let mut command = clean(Command::new("timeout"), folder);
    command.args(["60", program]).args(words).envs(environment.iter().copied());
    let output = command.output();
    let ran = Ran::of(&output.unwrap());
    assert_eq!(ran.code, Some(0), "{program} {words:?}: {}", ran.all());
    ran.out
}

#[expect(
    clippy::disallowed_methods,
    reason = "another process runs by the real clock, and is interrupted by it"
)]
pub(crate) fn pause(time: Duration) {
    std::thread::sleep(time);
}

/// The real clock.
pub(crate) struct Stopwatch(std::time::Instant);

impl Stopwatch {
    #[expect(
        clippy::disallowed_methods,
        reason = "another process runs by the real clock, and is interrupted by it"
    )]
    pub(crate) fn start() -> Self {
        Self(std::time::Instant::now())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// A folder that holds one configuration.
pub(crate) fn folder_with(name: &str, configuration: &str) -> TempFolder {
    let folder = TempFolder::new(name);
    fs::write(folder.path.join("main.hcl"), configuration).unwrap();
    folder
}

/// Every file below a folder with its content, but for locks and journals.
pub(crate) fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    collect(folder, folder, &mut files);
    files
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let entry = entry.unwrap();
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type().unwrap().is_dir() {
            if name != "journal" {
                collect(root, &entry.path(), files);
            }
        } else if name != "lock" && name != "_lock" && !name.starts_with("lease-") {
            let path = entry.path().strip_prefix(root).unwrap().to_owned();
            files.insert(path, fs::read(entry.path()).unwrap_or_default());
        }
    }
}

/// Which files differ, for a message: contents may be large.
pub(crate) fn differences(
    before: &BTreeMap<PathBuf, Vec<u8>>,
    after: &BTreeMap<PathBuf, Vec<u8>>,
) -> Vec<String> {
    let names = before.keys().chain(after.keys()).collect::<std::collections::BTreeSet<_>>();
    let differ = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
    let shown = differ.map(|name| {
        let size = |tree: &BTreeMap<_, Vec<u8>>| tree.get(name).map(Vec::len);
        format!("{}: {:?} -> {:?} bytes", name.display(), size(before), size(after))
    });
    shown.collect()
}
