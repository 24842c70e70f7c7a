//! Copies between two real registries, beside skopeo in the same run. Prints Markdown.
//!
//! Both are separate processes, started in turns; the ratio of their medians is what counts, since
//! it says little about the machine.
#![expect(clippy::unwrap_used, reason = "a bench that cannot set itself up should panic")]
#![expect(clippy::print_stdout, reason = "the report is what it prints")]
#![expect(clippy::disallowed_methods, reason = "a bench measures time")]

mod delay;
#[path = "../../tests/oci/fixture.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod fixture;
#[path = "../../tests/oci/server.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod server;

use std::fs;
use std::process::{Command, Stdio};
use std::time::Instant;

use lifeboat_contract::Digest;
use lifeboat_oci::Layout;
use lifeboat_oci::registry::{Client, Credentials, Referrers, Repository, Source};
use sha2::{Digest as _, Sha256};

use delay::Delay;
use fixture::{Folder, LAYER, put, put_image};
use server::{Protected, Registry, at};

/// An odd number, so that there is a middle one.
const RUNS: usize = 3;
const MEGABYTE: usize = 1_000_000;

type Tool = fn(&str, &str, &Digest) -> Command;

/// What one run took.
#[derive(Clone, Copy, Debug)]
struct Cost {
    seconds: f64,
    cpu: f64,
    requests: usize,
    peak_megabytes: f64,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [verb, from, to, digest] = arguments.as_slice()
        && verb == "copy"
    {
        return copy(from, to, digest);
    }
    println!("## Copies between registries\n");
    println!(
        "Two `docker-registry` processes on loopback; the second is also seen through a proxy that \
         delays all bytes by 40 ms each way. Beside `skopeo copy`, in turns, median of {RUNS}; \
         referrers, which skopeo does not copy, are left out (they cost five more requests to the \
         source). CPU is that of the copier.\n"
    );
    println!("| case | lifeboat: s / CPU s / requests | skopeo | time, ratio | CPU, ratio | bar |");
    println!("| --- | --- | --- | --- | --- | --- |");
    // A word of a case's name runs that case alone.
    let word = arguments.iter().find(|word| !word.starts_with('-'));
    let is_meant = |case: &str| word.is_none_or(|word| case.contains(word.as_str()));
    if is_meant("nothing to do") {
        nothing_to_do();
    }
    let (small, case) = (vec![MEGABYTE / 10; 60], "61 small blobs, cold, 80 ms");
    if is_meant(case) {
        cold(case, &small, true, "0.2 of the time");
    }
    let large = vec![37 * MEGABYTE + MEGABYTE / 2; 8];
    let (bar, case) =
        ("0.9 of the time, 0.45 of the CPU, 40 requests", "8 layers, 300 MB, cold, loopback");
    if is_meant(case) {
        cold(case, &large, false, bar);
    }
    println!();
    if is_meant("a layer of 2 GB") {
        two_gigabytes();
    }
}

/// What a process of its own does: one copy, and tells its peak of memory.
fn copy(from: &str, to: &str, digest: &str) {
    let repository = |text: &str| {
        let (host, name, reference) = at(text);
        (Repository::new(host, name), reference.tag)
    };
    let (from, (to, tag)) = (Source::Registry(repository(from).0), repository(to));
    let client = Client::new(Credentials::default()).unwrap().with_referrers(Referrers::Stay);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let digest: Digest = digest.parse().unwrap();
    runtime.block_on(client.push(&from, &to, &digest, tag.as_deref())).unwrap();
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    println!("{}", peak.unwrap_or_default().trim().trim_end_matches(" kB"));
}

/// Bytes that nothing compresses, the same each time.
fn noise(seed: u64, bytes: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let words = (0..bytes.div_ceil(8)).flat_map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.take(bytes).collect()
}

fn image(layout: &Layout, layers: &[usize]) -> Digest {
    let layers =
        layers.iter().zip(1..).map(|(bytes, seed)| put(layout, LAYER, &noise(seed, *bytes)));
    let layers: Vec<_> = layers.collect();
    put_image(layout, &layers)
}

fn fill(registry: &Registry, layout: Layout, digest: &Digest) {
    let (host, name, _) = at(&format!("{}/shop/web:v1", registry.host));
    let client = Client::new(Credentials::default()).unwrap();
    let to = Repository::new(host, name);
    server::run(client.push(&Source::Layout(layout), &to, digest, Some("v1"))).unwrap();
}

fn lifeboat(near: &str, far: &str, digest: &Digest) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let (from, to) = (format!("{near}/shop/web:v1"), format!("{far}/shop/web:v1"));
    command.args(["copy", &from, &to, digest.as_str()]);
    command
}

fn skopeo(near: &str, far: &str, digest: &Digest) -> Command {
    let mut command = Command::new("skopeo");
    command.args([
        "copy",
        "--preserve-digests",
        "--src-tls-verify=false",
        "--dest-tls-verify=false",
    ]);
    command.arg(format!("docker://{near}/shop/web@{digest}"));
    command.arg(format!("docker://{far}/shop/web:v1"));
    command
}

/// The CPU time of all children that have ended (proc(5), `cutime` and `cstime`).
fn children_cpu() -> f64 {
    const TICKS: f64 = 100.0;
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    fields[13..15].iter().map(|ticks| ticks.parse::<f64>().unwrap()).sum::<f64>() / TICKS
}

fn measure(mut command: Command, registries: &[&Registry]) -> Cost {
    for registry in registries {
        registry.asked();
    }
    let (cpu, start) = (children_cpu(), Instant::now());
    let output = command.stderr(Stdio::inherit()).output().unwrap();
    let (seconds, cpu) = (start.elapsed().as_secs_f64(), children_cpu() - cpu);
    assert!(output.status.success(), "{command:?}");
    let said = String::from_utf8_lossy(&output.stdout);
    let peak_megabytes = said.trim().parse::<f64>().unwrap_or_default() / 1000.0;
    let requests = registries.iter().map(|registry| registry.asked().len()).sum();
    Cost { seconds, cpu, requests, peak_megabytes }
}

fn median(costs: &[Cost], of: impl Fn(&Cost) -> f64) -> f64 {
    let mut all: Vec<f64> = costs.iter().map(of).collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

fn line(case: &str, ours: &[Cost], theirs: &[Cost], bar: &str) {
    let seconds = |costs: &[Cost]| median(costs, |cost| cost.seconds);
    let cpu = |costs: &[Cost]| median(costs, |cost| cost.cpu);
    let shown = |costs: &[Cost]| {
        format!("{:.2} / {:.2} / {}", seconds(costs), cpu(costs), costs[0].requests)
    };
    println!(
        "| {case} | {} | {} | {:.2} | {:.2} | {bar} |",
        shown(ours),
        shown(theirs),
        seconds(ours) / seconds(theirs),
        cpu(ours) / cpu(theirs).max(0.01),
    );
}

fn nothing_to_do() {
    let [near, far] = [(); 2].map(|()| Registry::start(Protected::No));
    let folder = Folder::new();
    let layout = folder.layout("source");
    let digest = image(&layout, &[MEGABYTE; 8]);
    fill(&near, layout.clone(), &digest);
    fill(&far, layout, &digest);
    let slow = Delay::start(&far.host);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        ours.push(measure(lifeboat(&near.host, &slow.host, &digest), &[&near, &far]));
        theirs.push(measure(skopeo(&near.host, &slow.host, &digest), &[&near, &far]));
    }
    line("nothing to do, 80 ms", &ours, &theirs, "0.25 of the time, 2 requests");
}

fn cold(case: &str, layers: &[usize], is_slow: bool, bar: &str) {
    let near = Registry::start(Protected::No);
    let folder = Folder::new();
    let layout = folder.layout("source");
    let digest = image(&layout, layers);
    fill(&near, layout, &digest);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        for (costs, tool) in [(&mut ours, lifeboat as Tool), (&mut theirs, skopeo)] {
            // A new one each time: skopeo remembers what registries have.
            let far = Registry::start(Protected::No);
            let slow = is_slow.then(|| Delay::start(&far.host));
            let host = slow.as_ref().map_or(&far.host, |slow| &slow.host);
            costs.push(measure(tool(&near.host, host, &digest), &[&near, &far]));
        }
    }
    line(case, &ours, &theirs, bar);
}

fn two_gigabytes() {
    let [near, far] = [(); 2].map(|()| Registry::start(Protected::No));
    {
        let folder = Folder::new();
        let layout = folder.layout("source");
        let piece = noise(1, MEGABYTE);
        let mut draft = layout.draft().unwrap();
        let mut hasher = Sha256::new();
        for _ in 0..2000 {
            draft.write(&piece).unwrap();
            hasher.update(&piece);
        }
        let layer = Digest::finished(&hasher.finalize());
        let size = draft.size();
        draft.finish(&layer, size).unwrap();
        let layer = serde_json::json!({ "mediaType": LAYER, "digest": layer, "size": size });
        let digest = put_image(&layout, &[layer]);
        fill(&near, layout, &digest);
        drop(folder);
        let cost = measure(lifeboat(&near.host, &far.host, &digest), &[&near, &far]);
        println!(
            "A layer of 2 GB: peak of memory {:.0} MB (bar: 40 MB), {:.1} s, {:.1} s of CPU.",
            cost.peak_megabytes, cost.seconds, cost.cpu
        );
    }
}
