//! How long drills take: all sets of losses, deep sets, many names, many clients.

#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]
#![expect(clippy::print_stdout, reason = "figures are printed")]
#![expect(clippy::unwrap_used, reason = "a measurement that cannot be set up should panic")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Instant;

use lifeboat::desired::{self, Desired};
use lifeboat::diagnostic::{self, Sources};
use lifeboat::drill::{self, Ask, Asking, Drill, Habits, Journey, Sample, Together, Turn};
use lifeboat::intent::{self, Intents};
use lifeboat::language::{self, Document};
use lifeboat::lock;

/// Where nothing else is lost with a region.
const LOCATIONS: [&str; 10] = [
    "eu-west-2",
    "eu-west-3",
    "eu-central-1",
    "eu-north-1",
    "eu-south-1",
    "ca-central-1",
    "ap-south-1",
    "ap-south-2",
    "me-south-1",
    "af-south-1",
];

const HABITS: Habits = Habits {
    stretched: 0.0874,
    cached: 0.2,
    stretched_to: 300.0,
    cached_for: 30.0,
    notice: 10.0,
    queries: 1.0,
};

fn main() {
    let mut out = String::from(
        "## Drills\n\n| what | sets of losses, for each name | seconds |\n|---|---|---|\n",
    );
    let mut row = |what: &str, losses: u64, seconds: f64| {
        writeln!(out, "| {what} | {losses} | {seconds:.2} |").unwrap();
    };
    let any = Ask { together: Together::Any, ..Ask::default() };
    let (drill, seconds) = timed(&one_name(4, 8, 32), &any);
    assert!(drill.search.exhaustive);
    row("every set of 20 components, 32 kinds of clients", drill.search.outages, seconds);
    let three = Ask { together: Together::UpTo(3), ..Ask::default() };
    let (drill, seconds) = timed(&one_name(4, 116, 1), &three);
    row("up to 3 of 128 components, one endpoint", drill.search.outages, seconds);
    for names in [500, 1_000, 2_000] {
        let (drill, seconds) = timed(&many_names(names), &Ask::default());
        row(
            &format!("one and two of 10 regions, {names} endpoints"),
            drill.search.outages,
            seconds,
        );
    }
    let (journey, start) = (journey(), Instant::now());
    let sample = Sample::of(&journey, 1, 0..1_000_000);
    assert!(sample.quantile(0.5).is_some());
    row("1,000,000 clients by chance", 1, start.elapsed().as_secs_f64());
    print!("{out}");
}

fn timed(text: &str, ask: &Ask) -> (Drill, f64) {
    let (intents, desired) = read(text);
    let start = Instant::now();
    let (drill, found) = drill::drill(&intents, &desired, Err("a measurement".to_owned()), ask);
    let seconds = start.elapsed().as_secs_f64();
    assert!(found.is_empty(), "{}", diagnostic::text(&found, &Sources::default(), false));
    (drill.unwrap(), seconds)
}

fn journey() -> Journey {
    let asking = Asking { interval: 10.0, in_a_row: 3, answered: 0.1, failed: 4.0, checkers: 16 };
    Journey {
        turns: vec![Turn::Endpoint(asking.falls().unwrap())],
        rise: None,
        propagation: 10.0,
        ttl: 60.0,
        habits: HABITS,
        growth: 0.0,
        growth_on_arrival: 0.0,
    }
}

fn read(text: &str) -> (Intents, Desired) {
    let mut sources = Sources::default();
    sources.add("main.hcl", text);
    let (document, mut found) = language::parse(&sources);
    let (variable_files, environment) = (Document::default(), BTreeMap::new());
    let providers = [lifeboat_local::INFO];
    let inputs = intent::Inputs {
        given: Vec::new(),
        variable_files: &variable_files,
        environment: &environment,
        files: &|path| Err(path.to_owned()),
        providers: &providers,
    };
    let (intents, more) = intent::read(&document, &inputs);
    found.extend(more);
    let (desired, more) = desired::derive(&intents, &lock::Contents::new(), &providers);
    found.extend(more);
    assert!(!found.has_errors(), "{}", diagnostic::text(&found, &sources, false));
    (intents, desired.unwrap())
}

fn regions(count: usize) -> String {
    let mut text = String::from(
        "lifeboat { stack = \"shop\" }\nzone \"main\" {\n  provider = \"local\"\n  name = \
         \"example.com\"\n}\n",
    );
    for (index, location) in LOCATIONS.iter().take(count).enumerate() {
        writeln!(
            text,
            "region \"r{index}\" {{\n  provider = \"local\"\n  location = \"{location}\"\n}}"
        )
        .unwrap();
    }
    text
}

fn target(name: usize, region: usize) -> String {
    format!(
        "  target \"t{region}\" {{\n    region = region.r{region}\n    values = \
         [\"192.0.2.{region}\"]\n    health_check = health_check.n{name}r{region}\n  }}\n"
    )
}

fn check(name: usize, region: usize) -> String {
    format!(
        "health_check \"n{name}r{region}\" {{\n  url = \"https://{name}.{region}.example.com/\"\n  \
         interval = \"10s\"\n}}\n"
    )
}

/// One name with so many regions, eight places with checkers, and dependencies.
fn one_name(region_count: usize, dependencies: usize, clients: usize) -> String {
    let mut text = regions(region_count);
    let targets: String = (0..region_count).map(|region| target(0, region)).collect();
    write!(text, "failover \"n\" {{\n  zone = zone.main\n  name = \"n\"\n{targets}}}\n").unwrap();
    for region in 0..region_count {
        text += &check(0, region);
    }
    for index in 0..dependencies {
        let region = index % region_count;
        writeln!(text, "dependency \"d{index}\" {{\n  needed_by = [health_check.n0r{region}]\n}}")
            .unwrap();
    }
    for index in 0..clients {
        writeln!(
            text,
            "clients \"c{index}\" {{\n  stretched = 0.{index:02}\n}}\nobjective \"o{index}\" {{\n  \
             protects = failover.n\n  rto = \"{}s\"\n  clients = clients.c{index}\n}}",
            90 + index * 5
        )
        .unwrap();
    }
    text
}

/// Names with two targets each, in ten regions.
fn many_names(names: usize) -> String {
    let mut text = regions(10);
    for name in 0..names {
        let (first, second) = (name % 10, (name / 10 + name + 1) % 10);
        let second = if first == second { (second + 1) % 10 } else { second };
        text += &check(name, first);
        text += &check(name, second);
        write!(
            text,
            "failover \"n{name}\" {{\n  zone = zone.main\n  name = \"n{name}\"\n{}{}}}\n\
             objective \"o{name}\" {{\n  protects = failover.n{name}\n  rto = \"3m\"\n}}\n",
            target(name, first),
            target(name, second)
        )
        .unwrap();
    }
    text
}
