//! What is stored or printed for machines has a version. The oldest is read, and what is written
//! now fits the schemas.
//!
//! `samples/1.0` was written by the first version: it is never written anew. A newer format gets a
//! folder beside it.

use std::fs;
use std::path::{Path, PathBuf};

use lifeboat::apply::{self, Entry};
use lifeboat::drill::{Drill, Verdict};
use lifeboat::rehearse::Rehearsal;
use lifeboat::report::{
    Alive, DriftJson, ImageStatus, Lints, Permissions, Progress, RankingJson, Status, Validation,
};
use lifeboat::{lock, plan};
use serde_json::Value;

use crate::drive::{lifeboat, lifeboat_with};
use crate::schema::violations;
use crate::transcript::{TempFolder, copy};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn samples() -> PathBuf {
    root().join("tests/engine/samples/1.0")
}

fn sample(name: &str) -> String {
    fs::read_to_string(samples().join(name)).unwrap()
}

/// What 1.1 added: what builds leave in the lock, how images stand, drills, living clouds and
/// rehearsals.
fn newer(name: &str) -> String {
    fs::read_to_string(root().join("tests/engine/samples/1.1").join(name)).unwrap()
}

/// What 1.2 added: candidates and their ranking.
fn newest(name: &str) -> String {
    fs::read_to_string(root().join("tests/engine/samples/1.2").join(name)).unwrap()
}

#[track_caller]
fn fits(schema: &str, value: &Value, what: &str) {
    let path = root().join(format!("schemas/{schema}.schema.json"));
    let schema = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let found = violations(&schema, value);
    assert!(found.is_empty(), "{what}: {found:#?}\n{value:#}");
}

#[track_caller]
pub(crate) fn text_fits(schema: &str, text: &str, what: &str) {
    fits(schema, &serde_json::from_str(text).unwrap(), what);
}

#[track_caller]
fn lines_fit(schema: &str, text: &str, what: &str) {
    assert!(text.ends_with('\n'), "{what} ends within a line");
    for line in text.lines() {
        text_fits(schema, line, what);
    }
}

/// Every file of a cloud that is ours: layouts have a standard of their own.
fn cloud_fits(cloud: &Path) {
    let read = |name: &str| fs::read_to_string(cloud.join(name)).unwrap();
    text_fits("local-cloud", &read("cloud.json"), "cloud.json");
    text_fits("local-health_checks", &read("health_checks.json"), "health_checks.json");
    let mut files = 0;
    for zone in fs::read_dir(cloud.join("zones")).unwrap() {
        let path = zone.unwrap().path();
        text_fits("local-zone", &fs::read_to_string(&path).unwrap(), &path.display().to_string());
        files += 1;
    }
    for region in fs::read_dir(cloud.join("regions")).unwrap() {
        for stack in fs::read_dir(region.unwrap().path()).unwrap() {
            let path = stack.unwrap().path().join("web/_repository.json");
            text_fits("local-repository", &fs::read_to_string(path).unwrap(), "a repository");
            files += 1;
        }
    }
    assert_eq!(files, 3, "one zone, two repositories");
}

#[test]
fn the_oldest_plan_is_carried_out_in_the_oldest_cloud() {
    let folder = TempFolder::new("oldest");
    let here = &folder.path;
    copy(&samples().join("cloud"), &here.join(".lifeboat/cloud"));
    for name in ["main.hcl", "update.plan.json", "lifeboat.lock.hcl"] {
        fs::copy(samples().join(name), here.join(name)).unwrap();
    }
    let ran = lifeboat(here, &["apply", "update.plan.json"]).exits(0);
    assert!(ran.out.contains("0 added, 2 changed, 1 destroyed."), "{}", ran.out);
    lifeboat(here, &["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn the_oldest_files_are_read() {
    let created = plan::read(&sample("create.plan.json")).unwrap();
    assert_eq!((created.format_version.as_str(), created.counts().add), ("1.0", 17));
    assert_eq!(plan::read(&sample("update.plan.json")).unwrap().counts().change, 2);

    let lock = lock::read(&sample("lifeboat.lock.hcl")).unwrap();
    assert_eq!(lock.images["web"].source, "oci:image:1.0");
    assert_eq!(lock.format_version, lock::FORMAT_VERSION);
    let built = lock::read(&newer("lifeboat.lock.hcl")).unwrap();
    let build = built.images["web"].build.as_ref().unwrap();
    assert_eq!((build.instructions.len(), build.files.len()), (3, 2));

    let ranked = lock::read(&newest("lifeboat.lock.hcl")).unwrap();
    assert_eq!((ranked.images.len(), ranked.rankings["web"].winner.as_str()), (4, "minimal"));
    assert_eq!(ranked.rankings["web"].candidates["multi"].rank, Some(1));
    assert_eq!(ranked.rankings["web"].candidates["broken"].rank, None);
    let ranking: RankingJson = serde_json::from_str(&newest("ranking.json")).unwrap();
    assert_eq!((ranking.format_version.as_str(), ranking.candidates.len()), ("1.0", 4));
    let phases = ranking.candidates[0].phases.iter().map(|part| part.phase.as_str());
    assert!(phases.eq(["connect", "manifest", "download", "unpack", "start"]));

    let status: ImageStatus = serde_json::from_str(&newer("image-status.json")).unwrap();
    assert_eq!(status.images[0].reasons.len(), 2);
    let lints: Lints = serde_json::from_str(&newer("image-lint.json")).unwrap();
    assert_eq!((lints.errors, lints.images.len()), (1, 0));

    let drill: Drill = serde_json::from_str(&newer("drill.json")).unwrap();
    assert_eq!((drill.verdict, drill.losses.len()), (Verdict::Violated, 5));
    assert_eq!(drill.losses[0].recovery.p95, None);
    let rehearsal: Rehearsal = serde_json::from_str(&newer("rehearsal.json")).unwrap();
    assert!(rehearsal.as_predicted && rehearsal.names.len() == 2);
    let alive: Alive = serde_json::from_str(&newer("alive.json")).unwrap();
    assert_eq!(alive.regions.len(), 2);

    let journal = apply::read(&sample("journal.jsonl")).unwrap();
    assert!(
        matches!(journal.first(), Some(Entry::Apply { format_version, .. }) if format_version == "1.0")
    );
    assert_eq!(journal.last(), Some(&Entry::End { complete: true }));

    let events = sample("events.jsonl");
    let events: Result<Vec<Progress>, _> = events.lines().map(serde_json::from_str).collect();
    let events = events.unwrap();
    assert!(matches!(&events[0], Progress::Version { ui, .. } if ui == "1.0"));
    assert!(
        matches!(events.last(), Some(Progress::ChangeSummary { changes }) if changes.add == 17)
    );
    assert!(events.iter().any(|event| matches!(event, Progress::Diagnostic { .. })));

    let validation: Validation = serde_json::from_str(&sample("validation.json")).unwrap();
    assert!(validation.valid && validation.warning_count == 2);

    let permissions: Permissions = serde_json::from_str(&sample("permissions.json")).unwrap();
    let purposes: Vec<&str> = permissions.policies.iter().map(|p| p.purpose.as_str()).collect();
    assert_eq!(purposes, ["plan", "apply"]);
    let drift: DriftJson = serde_json::from_str(&sample("drift.json")).unwrap();
    let status = drift.drift.iter().map(|entry| entry.status).collect::<Vec<_>>();
    assert_eq!((drift.format_version.as_str(), drift.objects), ("1.0", 16));
    assert_eq!(status, [Status::Changed, Status::Missing]);
}

#[test]
fn the_oldest_files_fit_the_schemas_of_today() {
    text_fits("plan", &sample("create.plan.json"), "a plan");
    text_fits("plan", &sample("update.plan.json"), "a plan");
    lines_fit("journal", &sample("journal.jsonl"), "a journal");
    lines_fit("event", &sample("events.jsonl"), "events");
    text_fits("validation", &sample("validation.json"), "a validation");
    text_fits("permissions", &sample("permissions.json"), "permissions");
    text_fits("graph", &sample("graph.json"), "a graph");
    text_fits("drift", &sample("drift.json"), "a drift");
    let lock = serde_json::to_value(lock::read(&sample("lifeboat.lock.hcl")).unwrap()).unwrap();
    fits("lock", &lock, "a lock");
    let lock = serde_json::to_value(lock::read(&newer("lifeboat.lock.hcl")).unwrap()).unwrap();
    fits("lock", &lock, "a lock with a build");
    text_fits("image-status", &newer("image-status.json"), "an image's status");
    let lock = serde_json::to_value(lock::read(&newest("lifeboat.lock.hcl")).unwrap()).unwrap();
    fits("lock", &lock, "a lock with a ranking");
    text_fits("ranking", &newest("ranking.json"), "a ranking");
    text_fits("image-lint", &newer("image-lint.json"), "lints");
    text_fits("drill", &newer("drill.json"), "a drill");
    text_fits("rehearsal", &newer("rehearsal.json"), "a rehearsal");
    text_fits("alive", &newer("alive.json"), "a living cloud");
    text_fits("local-dark", &newer("_unreachable.json"), "a dark region");
    cloud_fits(&samples().join("cloud"));
}

#[test]
fn what_is_written_now_fits_the_schemas() {
    let folder = TempFolder::new("fits");
    let here = &folder.path;
    copy(&root().join("examples/quickstart"), here);
    let plan = |name: &str| {
        lifeboat(here, &["plan", "--out", name]).exits(0);
        text_fits("plan", &fs::read_to_string(here.join(name)).unwrap(), name);
        let shown = lifeboat(here, &["show", "--json", name]).exits(0);
        text_fits("plan", &shown.out, "show --json");
    };
    plan("create.plan.json");
    let applied = lifeboat(here, &["apply", "--auto-approve", "--json"]).exits(0);
    lines_fit("event", &applied.out, "apply --json");
    cloud_fits(&here.join(".lifeboat/cloud"));
    plan("nothing.plan.json");

    let main = here.join("main.hcl");
    let text = fs::read_to_string(&main).unwrap();
    fs::write(&main, text.replace("\"30s\"", "\"45s\"")).unwrap();
    plan("update.plan.json");
    let updated = lifeboat(here, &["apply", "--auto-approve", "--json"]).exits(0);
    lines_fit("event", &updated.out, "apply --json");
    let journals = fs::read_dir(here.join(".lifeboat/journal")).unwrap();
    let journals: Vec<String> =
        journals.map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap()).collect();
    assert_eq!(journals.len(), 2);
    for journal in &journals {
        lines_fit("journal", journal, "a journal");
    }

    let graph = lifeboat(here, &["graph", "--format", "json"]).exits(0);
    text_fits("graph", &graph.out, "graph");
    let permissions = lifeboat(here, &["permissions", "--json"]).exits(0);
    text_fits("permissions", &permissions.out, "permissions");
    let images = lifeboat(here, &["image", "status", "--json"]).exits(0);
    text_fits("image-status", &images.out, "image status");
    fs::create_dir(here.join("linted")).unwrap();
    let linted = "lifeboat {\n  stack = \"a\"\n}\n\nimage \"a\" {\n  repository = \"a\"\n\n  build {\n    \
                  context = \".\"\n  }\n}\n";
    fs::write(here.join("linted/main.hcl"), linted).unwrap();
    fs::write(here.join("linted/Dockerfile"), "FROM a\nENV TOKEN=a\nCMD a\n").unwrap();
    let lints = lifeboat(&here.join("linted"), &["image", "lint", "--json"]).exits(3);
    text_fits("image-lint", &lints.out, "image lint");
    text_fits("validation", &lifeboat(here, &["validate", "--json"]).exits(0).out, "validate");
    text_fits("drift", &lifeboat(here, &["drift", "--json"]).exits(0).out, "drift");
    fs::write(&main, format!("{text}\nnope \"x\" {{\n  a = [\n}}\n")).unwrap();
    let invalid = lifeboat(here, &["validate", "--json"]).exits(1);
    text_fits("validation", &invalid.out, "validate");
    let invalid: Value = serde_json::from_str(&invalid.out).unwrap();
    fits("diagnostic", &invalid["diagnostics"][0], "a diagnostic");
    text_fits("drift", &lifeboat(here, &["drift", "--json"]).exits(1).out, "drift");
    let refused = lifeboat(here, &["plan", "--json"]).exits(1);
    lines_fit("event", &refused.out, "plan --json");
    fs::write(&main, text).unwrap();
    let destroyed =
        lifeboat_with(here, &[("NO_COLOR", "1")], &["destroy", "--auto-approve", "--json"]);
    lines_fit("event", &destroyed.exits(0).out, "destroy --json");
}
