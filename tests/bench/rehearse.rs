//! Predicted beside observed, over many rehearsals: `cargo xtask bench`.
//!
//! A rehearsal waits most of the time, so a few run at once.

#![expect(clippy::unwrap_used, reason = "a bench that cannot set itself up should panic")]
#![expect(clippy::print_stdout, reason = "figures are printed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use lifeboat::rehearse::{Class, Phase, Rehearsal, Step};

/// Interval and failures in a row.
const SETTINGS: [(u32, u32); 3] = [(10, 1), (10, 3), (30, 3)];

const RUNS: u64 = 20;

/// Half as fast as `rehearse` is by itself: a machine that is late by a tenth of a second is late by
/// one of the cloud's.
const SPEED: u32 = 10;

/// So that the processor idles most of the time, as waits that take too long count.
const AT_ONCE: usize = 4;

/// What the median of observed detections may be off by, in percent.
const OFF_MAX: f64 = 15.0;

fn main() {
    let root = std::env::temp_dir().join(format!("lifeboat-rehearse-{}", std::process::id()));
    println!("## Rehearsals\n");
    println!(
        "The loss of the primary region of one name, {RUNS} rehearsals at each setting, {SPEED} times as fast as \
         the wall: times that a drill predicts beside those that real checkers, queries and requests \
         took. Median of all runs, in seconds of the cloud; \"inside\" counts runs between the least \
         and the most that is predicted, as such and then widened by how late the machine was.\n"
    );
    println!("| every, failures | what | predicted | least to most | observed | off by | inside |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for (interval, failures) in SETTINGS {
        let folder = root.join(format!("{interval}-{failures}"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("main.hcl"), configuration(interval, failures)).unwrap();
        let runs = rehearse(&folder);
        for (phase, clients, what) in [
            (Phase::Detected, None, "checks fall"),
            (Phase::Switched, None, "DNS answers the standby"),
            (Phase::Served, Some(Class::Honest), "half the clients that keep the TTL are served"),
            (Phase::Recovered, None, "checks rise"),
        ] {
            let steps: Vec<&Step> = runs.iter().map(|run| step(run, phase, clients)).collect();
            row((interval, failures), what, &steps);
        }
        let late = runs.iter().map(|run| run.measured.lateness).fold(0.0, f64::max);
        println!(
            "| {interval} s, {failures} | the longest that a wait took too long | | | {late:.1} | | |"
        );
    }
    fs::remove_dir_all(&root).unwrap();
}

fn step(run: &Rehearsal, phase: Phase, clients: Option<Class>) -> &Step {
    let steps = &run.names[0].steps;
    steps.iter().find(|step| step.phase == phase && step.clients == clients).unwrap()
}

fn row((interval, failures): (u32, u32), what: &str, steps: &[&Step]) {
    let median = |of: &dyn Fn(&Step) -> f64| {
        let mut all: Vec<f64> = steps.iter().map(|step| of(step)).collect();
        all.sort_by(f64::total_cmp);
        f64::midpoint(all[(all.len() - 1) / 2], all[all.len() / 2])
    };
    let predicted = median(&|step| step.predicted.unwrap().p50);
    let observed = median(&|step| step.observed.unwrap().p50);
    let (least, most) = steps
        .iter()
        .map(|step| step.predicted.unwrap())
        .fold((f64::MAX, 0.0_f64), |(least, most), it| (least.min(it.least), most.max(it.most)));
    let strictly = steps.iter().filter(|step| {
        let (predicted, observed) = (step.predicted.unwrap(), step.observed.unwrap());
        observed.never == 0 && observed.first >= predicted.least && observed.last <= predicted.most
    });
    let inside = steps.iter().filter(|step| step.inside);
    let off = (observed / predicted - 1.0) * 100.0;
    let mark = if off.abs() > OFF_MAX { " (!)" } else { "" };
    println!(
        "| {interval} s, {failures} | {what} | {predicted:.1} | {least:.1} to {most:.1} | {observed:.1} | \
         {off:+.1} %{mark} | {}, {} of {} |",
        strictly.count(),
        inside.count(),
        steps.len()
    );
}

/// All runs of one setting, each with a seed of its own.
fn rehearse(folder: &Path) -> Vec<Rehearsal> {
    let next = Arc::new(AtomicU64::new(1));
    let runs = Arc::new(Mutex::new(Vec::new()));
    let workers: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let (next, runs, folder) = (Arc::clone(&next), Arc::clone(&runs), folder.to_owned());
            thread::spawn(move || {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed > RUNS {
                        return;
                    }
                    let run = once(&folder, seed);
                    runs.lock().unwrap().push(run);
                }
            })
        })
        .collect();
    for worker in workers {
        worker.join().unwrap();
    }
    Arc::into_inner(runs).unwrap().into_inner().unwrap()
}

fn once(folder: &Path, seed: u64) -> Rehearsal {
    let binary = PathBuf::from(env!("CARGO_BIN_EXE_lifeboat"));
    let output = Command::new(binary)
        .args(["rehearse", "--json", "--speed", &SPEED.to_string(), "--seed", &seed.to_string()])
        .current_dir(folder)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    serde_json::from_str(&text)
        .unwrap_or_else(|why| panic!("{why}: {text}{}", String::from_utf8_lossy(&output.stderr)))
}

fn configuration(interval: u32, failures: u32) -> String {
    let region = |name: &str, location: &str, role: &str| {
        format!(
            "region \"{name}\" {{\n  provider = \"local\"\n  location = \"{location}\"\n  role     = \"{role}\"\n}}\n\n"
        )
    };
    let target = |label: &str, region: &str, value: &str| {
        format!(
            "  target \"{label}\" {{\n    region       = region.{region}\n    values       = [\"{value}\"]\n    \
             health_check = health_check.web[\"{region}\"]\n  }}\n"
        )
    };
    let (frankfurt, ireland) = (
        region("frankfurt", "eu-central-1", "primary"),
        region("ireland", "eu-west-1", "failover"),
    );
    let (primary, standby) =
        (target("primary", "frankfurt", "192.0.2.1"), target("standby", "ireland", "192.0.2.2"));
    format!(
        "lifeboat {{\n  stack = \"rehearsed\"\n}}\n\n{frankfurt}{ireland}\
         zone \"main\" {{\n  provider = \"local\"\n  name     = \"example.com\"\n  create   = true\n}}\n\n\
         health_check \"web\" {{\n  for_each = region\n  url      = \"http://${{each.key}}.example.com/healthz\"\n  \
         interval = \"{interval}s\"\n  failures = {failures}\n}}\n\n\
         failover \"www\" {{\n  zone = zone.main\n  name = \"www\"\n  ttl  = \"60s\"\n\n{primary}{standby}}}\n"
    )
}
