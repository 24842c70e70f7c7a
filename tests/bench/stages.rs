//! What each stage costs: `cargo xtask bench`. Each size runs in a process of its own, so that the
//! peak of memory is that size's.

#![expect(clippy::unwrap_used, reason = "a bench that cannot set itself up should panic")]
#![expect(clippy::print_stdout, reason = "figures are printed")]
#![expect(clippy::disallowed_methods, reason = "a bench measures time")]

#[cfg(feature = "aws")]
mod aws;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use lifeboat::diagnostic::{Diagnostics, Sources};
use lifeboat::diff::Wishes;
use lifeboat::intent::Inputs;
use lifeboat::language::Document;
use lifeboat::plan::{Making, Unchanged};
use lifeboat::report::Detail;
use lifeboat::{desired, diff, graph, intent, language, live, lock, plan, report};
use lifeboat_contract::{Provider, Providers};
use lifeboat_local::{INFO, Local};

/// Failover blocks.
const SIZES: [usize; 4] = [1_000, 10_000, 30_000, 100_000];

/// As many as fit well into a zone: a public provider holds 10,000 records in one.
const FAILOVERS_PER_ZONE: usize = 2_000;

/// Runs of each measurement, of which the median counts.
const RUNS: usize = 5;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["measure", folder] => measure(Path::new(folder)),
        _ => table(),
    }
}

fn table() {
    let root = std::env::temp_dir().join(format!("lifeboat-bench-{}", std::process::id()));
    println!("| failover blocks | record sets | stage | CPU |");
    println!("| --- | --- | --- | --- |");
    for size in SIZES {
        let folder = root.join(size.to_string());
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("main.hcl"), configuration(size)).unwrap();
        let apply = lifeboat(&folder, &["apply", "--auto-approve", "--json"]);
        assert!(apply.status.success(), "{}", String::from_utf8_lossy(&apply.stderr));
        let me = std::env::current_exe().unwrap();
        let output = Command::new(me).arg("measure").arg(&folder).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            println!("| {size} | {} | {line} |", size * 2);
        }
        fs::remove_dir_all(&folder).unwrap();
    }
    #[cfg(feature = "aws")]
    calls();
    start_up();
    fs::remove_dir_all(&root).unwrap();
}

/// What AWS is asked.
#[cfg(feature = "aws")]
fn calls() {
    let mut clock = tokio::runtime::Builder::new_current_thread();
    clock.enable_time().start_paused(true);
    println!("\n| AWS, strict stand-in | calls | at most |\n| --- | --- | --- |");
    for aws::Figure { what, calls, most } in clock.build().unwrap().block_on(aws::figures()) {
        println!("| {what} | {calls} | {most} |");
    }
}

/// The most memory that `validate` takes, in kB, as the system tells of a process that has ended.
fn start_up_memory(folder: &Path) -> u64 {
    let script = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, \
                  stdout=subprocess.DEVNULL); \
                  print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";
    let binary = env!("CARGO_BIN_EXE_lifeboat");
    let words = ["-c", script, binary, "-C"];
    let output = Command::new("python3").args(words).arg(folder).arg("validate").output().unwrap();
    assert!(
        output.status.success(),
        "python3 is needed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().parse().unwrap()
}

/// From process start to the end of `validate`.
fn start_up() {
    let quickstart = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/quickstart");
    let mut times: Vec<u128> = (0..RUNS * 5)
        .map(|_| {
            let start = Instant::now();
            assert!(lifeboat(&quickstart, &["validate"]).status.success());
            start.elapsed().as_micros()
        })
        .collect();
    times.sort_unstable();
    let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
    println!(
        "\nFrom process start to the end of `validate` of the quickstart, {} compiled in, wall, {} \
         runs: median {} ms, worst {} ms, peak of memory {} MB.",
        if cfg!(feature = "aws") { "AWS" } else { "no cloud" },
        times.len(),
        median / 1000,
        worst / 1000,
        start_up_memory(&quickstart) / 1000
    );
}

fn lifeboat(folder: &Path, words: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_lifeboat")).arg("-C").arg(folder).args(words).output().unwrap()
}

fn configuration(size: usize) -> String {
    let mut text = String::from(
        r#"lifeboat { stack = "bench" }
region "virginia" {
  provider = "local"
  location = "us-east-1"
  role     = "primary"
}
region "ireland" {
  provider = "local"
  location = "eu-west-1"
}
health_check "web" {
  for_each = region
  url      = "https://web.${each.value.location}.example.com/healthz"
  interval = "10s"
}
"#,
    );
    for zone in 0..size.div_ceil(FAILOVERS_PER_ZONE) {
        writeln!(
            text,
            "zone \"z{zone}\" {{\n  provider = \"local\"\n  name     = \"z{zone}.example.com\"\n  \
             create   = true\n}}"
        )
        .unwrap();
    }
    for n in 0..size {
        let (zone, a, b) = (n / FAILOVERS_PER_ZONE, n / 250 % 250, n % 250);
        write!(
            text,
            r#"
failover "n{n}" {{
  zone = zone.z{zone}
  name = "n{n}"
  type = "A"
  ttl  = "60s"

  target "primary" {{
    region       = region.virginia
    values       = ["192.0.{a}.{b}"]
    health_check = health_check.web["virginia"]
  }}

  target "standby" {{
    region       = region.ireland
    values       = ["198.51.{a}.{b}"]
    health_check = health_check.web["ireland"]
  }}
}}
"#
        )
        .unwrap();
    }
    text
}

/// CPU seconds of this process so far, of all its threads.
fn cpu() -> f64 {
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    let ticks: u32 = [11, 12].iter().map(|at| fields[*at].parse::<u32>().unwrap()).sum();
    f64::from(ticks) / TICKS_PER_SECOND
}

fn peak_megabytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1000
}

struct Clock {
    stages: Vec<(&'static str, f64)>,
    last: f64,
}

impl Clock {
    fn lap(&mut self, stage: &'static str) {
        let now = cpu();
        self.stages.push((stage, now - self.last));
        self.last = now;
    }
}

/// A no-op plan, stage by stage.
fn measure(folder: &Path) {
    let mut clock = Clock { stages: Vec::new(), last: cpu() };
    let mut sources = Sources::default();
    sources.add("main.hcl", fs::read_to_string(folder.join("main.hcl")).unwrap());
    let (document, found) = language::parse(&sources);
    ok(&found, &sources);
    clock.lap("language");
    let (environment, variable_files) = (BTreeMap::new(), Document::default());
    let files = |_: &str| Err("there is none".to_owned());
    let inputs = Inputs {
        given: Vec::new(),
        variable_files: &variable_files,
        environment: &environment,
        files: &files,
        providers: &[INFO],
    };
    let (intents, found) = intent::read(&document, &inputs);
    ok(&found, &sources);
    clock.lap("intent");
    let (desired, found) = desired::derive(&intents, &lock::Contents::new(), &[INFO]);
    ok(&found, &sources);
    let desired = desired.unwrap();
    clock.lap("desired");
    let (_, found) = graph::build(&desired);
    ok(&found, &sources);
    clock.lap("graph");
    let cloud: PathBuf = folder.join(".lifeboat/cloud");
    let local: Arc<dyn Provider> = Arc::new(Local::open(cloud, folder.to_owned()));
    let providers: Providers = [(Arc::from("local"), local)].into();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (live, found) = runtime.block_on(live::read(&desired, &providers));
    ok(&found, &sources);
    clock.lap("live (the provider's share)");
    let (changes, found) = diff::compare(&desired, &live, &Wishes::default());
    ok(&found, &sources);
    clock.lap("diff");
    let plan = plan::make(Making {
        desired: &desired,
        live: &live,
        changes: &changes,
        verdicts: Vec::new(),
        lacking: &live::Lacking::new(),
        providers: BTreeMap::new(),
        batching: &|_| Some(INFO.capabilities.batch),
        outputs: BTreeMap::new(),
        unchanged: Unchanged::Counted,
    });
    assert!(plan.is_empty());
    clock.lap("plan");
    assert!(report::plan(&plan, Detail::Short).starts_with("No changes."));
    clock.lap("report");
    let engine: f64 =
        clock.stages.iter().filter(|(stage, _)| !stage.starts_with("live")).map(|(_, s)| s).sum();
    for (stage, seconds) in &clock.stages {
        println!("{stage} | {seconds:.2} s");
    }
    println!("**the engine's share** | **{engine:.2} s**");
    println!("**peak of memory, everything** | **{} MB**", peak_megabytes());
}

fn ok(found: &Diagnostics, sources: &Sources) {
    assert!(!found.has_errors(), "{}", lifeboat::diagnostic::text(found, sources, false));
}
