//! The chores of this repository: `cargo xtask <verb>`. No other script is needed.

#![expect(clippy::print_stderr, reason = "a chore talks to its terminal")]
#![expect(clippy::disallowed_methods, reason = "a chore keeps its own time limits")]

mod process;
mod python;
mod tools;

use std::process::ExitCode;

use process::{Step, capture};

type Outcome = Result<(), String>;

const USAGE: &str = "usage: cargo xtask <verb>

  ci             everything that must pass: fmt, clippy, test, doc, and nothing changed by it
  quick          fmt, clippy and the engine's tests
  test [ARGS]    install what the tests need, then run all of them (ARGS go to `cargo test`)
  tools          only install what the tests need
  schemas        write the files below schemas/ anew
  docs           write the generated parts of docs/ anew
  dockerfiles DIR
                 read all Dockerfiles of a folder, and compare them with BuildKit's own parser
  bench          measure, and write docs/bench.md anew";

// Each step's limit, in minutes, is a few times what it takes on two cores with an empty target
// folder. All of `ci` together stays below the 90 minutes that its caller grants.
const FORMAT_MINUTES_MAX: u64 = 2;
const LINT_MINUTES_MAX: u64 = 20;
const TEST_MINUTES_MAX: u64 = 40;
const DOC_MINUTES_MAX: u64 = 12;
const GIT_MINUTES_MAX: u64 = 1;
const BENCH_MINUTES_MAX: u64 = 30;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("xtask: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Outcome {
    match words {
        ["ci"] => ci(),
        ["quick"] => quick(),
        ["test", arguments @ ..] => test(arguments),
        ["tools"] => tools::install(),
        ["schemas"] => regenerate("schemas"),
        ["docs"] => regenerate("docs"),
        ["dockerfiles", folder] => dockerfiles(folder),
        ["bench"] => bench(),
        ["help" | "--help" | "-h"] => {
            eprintln!("{USAGE}");
            Ok(())
        }
        _ => Err(USAGE.to_owned()),
    }
}

fn ci() -> Outcome {
    let before = work_tree()?;
    format_check()?;
    lint()?;
    test(&[])?;
    document()?;
    if work_tree()? != before {
        return Err("the checks changed files of the work tree; see `git status`".to_owned());
    }
    eprintln!("xtask: all checks passed");
    Ok(())
}

fn quick() -> Outcome {
    format_check()?;
    lint()?;
    engine_tests(&[], &[])
}

fn format_check() -> Outcome {
    Step::new("cargo", &["fmt", "--all", "--check"]).minutes(FORMAT_MINUTES_MAX).run()
}

fn lint() -> Outcome {
    let arguments = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--locked",
        "--",
        "-Dwarnings",
    ];
    Step::new("cargo", &arguments).minutes(LINT_MINUTES_MAX).run()
}

fn test(arguments: &[&str]) -> Outcome {
    tools::install()?;
    let arguments = [&["test", "--workspace", "--all-features", "--locked"], arguments].concat();
    Step::new("cargo", &arguments).minutes(TEST_MINUTES_MAX).run()
}

fn document() -> Outcome {
    Step::new("cargo", &["doc", "--workspace", "--no-deps", "--all-features", "--locked"])
        .environment(&[("RUSTDOCFLAGS", "-D warnings")])
        .minutes(DOC_MINUTES_MAX)
        .run()
}

fn engine_tests(filter: &[&str], environment: &[(&str, &str)]) -> Outcome {
    let arguments = [&["test", "--locked", "-p", "lifeboat", "--test", "engine"], filter].concat();
    Step::new("cargo", &arguments).environment(environment).minutes(TEST_MINUTES_MAX).run()
}

/// The tests that compare generated files with their tables write them when told to.
fn regenerate(module: &str) -> Outcome {
    engine_tests(&["--", &format!("{module}::")], &[("UPDATE", "1")])
}

/// Real Dockerfiles belong to others: whoever has some gives the folder.
fn dockerfiles(folder: &str) -> Outcome {
    let folder = std::path::absolute(folder).map_err(|why| format!("{folder}: {why}"))?;
    let shown = folder.to_str().ok_or("the folder's name is not UTF-8")?;
    let filter = ["--", "--ignored", "--nocapture", "files_of_a_folder"];
    engine_tests(&filter, &[("DOCKERFILES", shown)])
}

/// Figures are written where they can be compared with those before.
fn bench() -> Outcome {
    let arguments =
        ["bench", "--locked", "-p", "lifeboat", "--features", "aws", "--bench", "stages"];
    let figures = capture(Step::new("cargo", &arguments).minutes(BENCH_MINUTES_MAX))?;
    tools::install()?;
    let arguments =
        ["bench", "--locked", "-p", "lifeboat-oci", "--features", "registry", "--bench", "copy"];
    let copies = capture(Step::new("cargo", &arguments).minutes(BENCH_MINUTES_MAX))?;
    let arguments = ["bench", "--locked", "-p", "lifeboat", "--bench", "rehearse"];
    let rehearsals = capture(Step::new("cargo", &arguments).minutes(BENCH_MINUTES_MAX))?;
    let arguments = ["bench", "--locked", "-p", "lifeboat", "--bench", "drills"];
    let drills = capture(Step::new("cargo", &arguments).minutes(BENCH_MINUTES_MAX))?;
    let machine = capture(Step::new("uname", &["-srm"]).minutes(GIT_MINUTES_MAX))?;
    let compiler = capture(Step::new("rustc", &["--version"]).minutes(GIT_MINUTES_MAX))?;
    let report = format!(
        "# Figures\n\nWritten by `cargo xtask bench`, which makes them anew: a no-op plan of so many \
         failover blocks on the local provider, each with two targets, health checks and 2,000 blocks \
         a zone. CPU seconds are those of all threads, in the release build; \"the engine's share\" is \
         everything but reading the provider.\n\nMachine: {}, {} cores. Compiler: {}.\n\n{figures}\n{copies}\n{drills}\n{rehearsals}",
        machine.trim(),
        std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
        compiler.trim(),
    );
    std::fs::write("docs/bench.md", report).map_err(|why| format!("docs/bench.md: {why}"))
}

/// What git sees as changed. A run of the checks must leave it as it was.
fn work_tree() -> Result<String, String> {
    // The clone may belong to someone else, as it often does in a container run as root.
    let git = |arguments: &[&str]| {
        let arguments = [&["-c", "safe.directory=*"], arguments].concat();
        capture(Step::new("git", &arguments).minutes(GIT_MINUTES_MAX))
    };
    Ok(git(&["status", "--porcelain"])? + &git(&["diff", "HEAD"])?)
}
