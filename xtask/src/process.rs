//! Runs a program in the repository's root, for a limited time.
//!
//! A step that outlives its limit is stopped with everything it started, so a test that hangs
//! costs minutes, not the night.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const POLL_INTERVAL: Duration = Duration::from_millis(20);

pub(crate) struct Step {
    command: Command,
    shown: String,
    limit: Duration,
}

impl Step {
    /// A program with its arguments, and no input. It may run for a minute unless told otherwise.
    pub(crate) fn new(program: &str, arguments: &[&str]) -> Step {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(root()).stdin(Stdio::null());
        let shown = [&[program], arguments].concat().join(" ");
        Step { command, shown, limit: Duration::from_mins(1) }
    }

    pub(crate) fn environment(mut self, variables: &[(&str, &str)]) -> Step {
        for (name, value) in variables {
            self.command.env(name, value);
            self.shown = format!("{name}={value:?} {}", self.shown);
        }
        self
    }

    pub(crate) fn minutes(mut self, minutes_max: u64) -> Step {
        self.limit = Duration::from_mins(minutes_max);
        self
    }

    /// Says what it runs, runs it, and fails unless the program succeeds.
    pub(crate) fn run(mut self) -> Result<(), String> {
        eprintln!("$ {}", self.shown);
        let started = Instant::now();
        let child = self.command.spawn().map_err(|error| self.cannot_start(&error))?;
        self.ended(child)?;
        eprintln!("  done in {} s", started.elapsed().as_secs());
        Ok(())
    }

    fn ended(&self, mut child: Child) -> Result<(), String> {
        match wait(&mut child, self.limit) {
            Some(status) if status.success() => Ok(()),
            Some(status) => Err(format!("`{}` failed: {status}", self.shown)),
            None => {
                stop(&mut child);
                let minutes = self.limit.as_secs() / 60;
                Err(format!("`{}` did not end within {minutes} min", self.shown))
            }
        }
    }

    fn cannot_start(&self, error: &std::io::Error) -> String {
        format!("cannot start `{}`: {error}", self.shown)
    }
}

/// What a program prints, if it succeeds.
pub(crate) fn capture(mut step: Step) -> Result<String, String> {
    step.command.stdout(Stdio::piped());
    let mut child = step.command.spawn().map_err(|error| step.cannot_start(&error))?;
    let mut stdout = child.stdout.take();
    // Read beside the wait: a full pipe would stop the program before its end.
    let reader = thread::spawn(move || {
        let mut bytes = Vec::new();
        stdout.as_mut().map(|pipe| pipe.read_to_end(&mut bytes)).transpose().map(|_| bytes)
    });
    step.ended(child)?;
    let bytes = reader.join().map_err(|_| format!("reading from `{}` panicked", step.shown))?;
    let bytes = bytes.map_err(|error| format!("cannot read from `{}`: {error}", step.shown))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The repository's root: this package lies one folder below.
pub(crate) fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package)
}

/// How the child ended, or nothing where it has not within the limit.
fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let started = Instant::now();
    while started.elapsed() < limit {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) => thread::sleep(POLL_INTERVAL),
            Err(_) => return None,
        }
    }
    None
}

/// Ends the child and all that descend from it. Errors mean that something ended by itself.
fn stop(child: &mut Child) {
    let victims: Vec<String> = descendants(child.id()).iter().map(u32::to_string).collect();
    if !victims.is_empty() {
        drop(Command::new("kill").arg("-KILL").args(&victims).status());
    }
    drop(child.kill());
    drop(child.wait());
}

/// The processes below one, from Linux's process table; elsewhere none are found.
fn descendants(ancestor: u32) -> Vec<u32> {
    let table: Vec<(u32, u32)> = std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|process| Some((process, parent(process)?)))
        .collect();
    let mut found = vec![ancestor];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        let children = table.iter().filter(|(_, of)| *of == parent).map(|(child, _)| *child);
        found.extend(children);
        next += 1;
    }
    found.split_off(1)
}

fn parent(process: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in brackets may hold spaces; what follows is the state and the parent.
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(1)?.parse().ok()
}
