//! What cannot be trusted or written is refused, and nothing is lost by it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use lifeboat::{lock, plan};

use crate::drive::{differences, lifeboat, lifeboat_within, tree};
use crate::transcript::{TempFolder, copy};

const ZONE: &str = ".lifeboat/cloud/zones/example.com.json";
const LOCK: &str = "lifeboat.lock.hcl";

fn quickstart(name: &str) -> TempFolder {
    let folder = TempFolder::new(name);
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/quickstart"), &folder.path);
    folder
}

/// A quickstart that is applied, with an edit that is not.
fn edited(name: &str) -> TempFolder {
    let folder = quickstart(name);
    lifeboat(&folder.path, &["apply", "--auto-approve"]).exits(0);
    replace(&folder.path.join("main.hcl"), "\"30s\"", "\"45s\"");
    folder
}

fn replace(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{from} in {}", path.display());
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[track_caller]
fn is_as_before(before: &BTreeMap<PathBuf, Vec<u8>>, folder: &Path, what: &str) {
    let moved = differences(before, &tree(folder));
    assert!(moved.is_empty(), "{what}: {moved:#?}");
}

#[test]
fn a_plan_whose_world_moved_is_refused_with_the_difference() {
    let folder = edited("moved");
    let here = &folder.path;
    lifeboat(here, &["plan", "--out", "plan.json"]).exits(0);
    replace(&here.join(ZONE), "192.0.2.10", "192.0.2.77");
    let before = tree(here);
    let ran = lifeboat(here, &["apply", "plan.json"]).refuses("E0802");
    for shown in ["192.0.2.10", "192.0.2.77", "failover.www.target[\"primary\"]"] {
        assert!(ran.all().contains(shown), "{shown}: {}", ran.all());
    }
    assert!(!ran.all().contains("standby"), "{}", ran.all());
    is_as_before(&before, here, "refused");

    replace(&here.join(ZONE), "192.0.2.77", "192.0.2.10");
    lifeboat(here, &["apply", "plan.json"]).exits(0);
    let ran = lifeboat(here, &["apply", "plan.json"]).exits(0);
    assert!(ran.all().contains("applied already"), "{}", ran.all());
    lifeboat(here, &["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn a_plan_that_was_interrupted_is_finished_by_applying_it_again() {
    let folder = quickstart("interrupted");
    let here = &folder.path;
    lifeboat(here, &["plan", "--out", "plan.json"]).exits(0);
    fs::rename(here.join("image"), here.join("gone")).unwrap();
    let ran = lifeboat(here, &["apply", "plan.json"]).exits(4);
    assert!(
        ran.all().contains("health_check.web[\"ireland\"]: Creation complete"),
        "{}",
        ran.all()
    );
    fs::rename(here.join("gone"), here.join("image")).unwrap();
    let ran = lifeboat(here, &["apply", "plan.json"]).exits(0);
    assert!(!ran.all().contains("health_check.web[\"ireland\"]: Creating"), "{}", ran.all());
    assert!(ran.all().contains("Apply complete!"), "{}", ran.all());
    lifeboat(here, &["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn a_plan_file_that_is_not_as_it_was_written_is_refused() {
    let folder = quickstart("plan-file");
    let here = &folder.path;
    lifeboat(here, &["plan", "--out", "plan.json"]).exits(0);
    let text = fs::read_to_string(here.join("plan.json")).unwrap();
    assert!(!here.join(".lifeboat").exists());
    for end in 0..text.trim_end().len() {
        assert!(plan::read(&text[..end]).is_err(), "cut at {end}");
    }
    let crafted = |change: &dyn Fn(&mut plan::Plan)| {
        let mut plan = plan::read(&text).unwrap();
        change(&mut plan);
        plan::write(&plan)
    };
    let version = format!("\"format_version\": \"{}\"", plan::FORMAT_VERSION);
    let newer = text.replacen(&version, "\"format_version\": \"2.0\"", 1);
    for (what, bad) in [
        ("empty", String::new()),
        ("cut", text[..text.len() / 2].to_owned()),
        ("edited", text.replacen("\"ttl\": 30", "\"ttl\": 31", 1)),
        ("another digest", text.replacen("\"digest\": \"sha256:", "\"digest\": \"sha256:0", 1)),
        ("newer", newer),
        ("not a plan", "{\"format_version\": \"1.0\"}".to_owned()),
        ("a list", "[]".to_owned()),
        ("nested", "[".repeat(100_000)),
        ("a step that follows nothing", crafted(&|plan| plan.steps[0].follows.push(999))),
        ("a step that follows itself", crafted(&|plan| plan.steps[0].follows.push(0))),
        ("a step of another number", crafted(&|plan| plan.steps[0].id = 7)),
        ("no first step", crafted(&|plan| drop(plan.steps.remove(0)))),
    ] {
        fs::write(here.join("bad.json"), &bad).unwrap();
        for words in [&["apply", "bad.json"][..], &["show", "bad.json"], &["undo", "bad.json"]] {
            let ran = lifeboat(here, words);
            assert_eq!(ran.code, Some(1), "{what} {words:?}: {}", ran.all());
            assert!(ran.err.contains("E0801"), "{what} {words:?}: {}", ran.all());
            ran.keeps_its_head();
        }
        assert!(!here.join(".lifeboat").exists(), "{what}: something was written");
    }
    for path in ["nowhere", ".", "image"] {
        lifeboat(here, &["apply", path]).refuses("E0801");
    }
}

#[test]
fn a_lock_file_that_is_not_as_it_was_written_is_refused() {
    let folder = quickstart("lock-file");
    let here = &folder.path;
    let path = here.join(LOCK);
    fs::remove_file(&path).ok();
    lifeboat(here, &["lock"]).exits(0);
    let text = fs::read_to_string(&path).unwrap();
    for end in 0..text.len() {
        if let Ok(cut) = lock::read(&text[..end]) {
            // A cut between two blocks only shows at the image that is missing.
            assert!(cut.images.is_empty() || cut == lock::read(&text).unwrap(), "cut at {end}");
        }
    }
    let version = format!("format_version = \"{}\"", lock::FORMAT_VERSION);
    for (what, bad) in [
        ("empty", String::new()),
        ("cut", text[..text.len() - 20].to_owned()),
        ("garbage", "\u{1f6df}[[[[".to_owned()),
        ("no text", "a\0b".to_owned()),
        ("newer", text.replace(&version, "format_version = \"2.0\"")),
        ("another digest", text.replace("sha256:", "sha256:zz")),
        ("negative", text.replace("blobs = ", "blobs = -")),
        ("nested", format!("{version}\na = {}", "[".repeat(100_000))),
        ("nested blocks", format!("{version}\n{}", "image \"a\" {\n".repeat(100_000))),
    ] {
        fs::write(&path, &bad).unwrap();
        for words in [&["validate"][..], &["plan"], &["apply", "--auto-approve"]] {
            let ran = lifeboat(here, words);
            assert_eq!(ran.code, Some(1), "{what} {words:?}: {}", ran.all());
            assert!(ran.err.contains("E0505"), "{what} {words:?}: {}", ran.all());
            ran.keeps_its_head();
        }
        assert_eq!(fs::read(&path).unwrap(), bad.as_bytes(), "{what}");
        assert!(!here.join(".lifeboat").exists(), "{what}: something was written");
    }
    for target in ["nowhere", LOCK, "image"] {
        fs::remove_file(&path).unwrap();
        symlink(target, &path).unwrap();
        lifeboat(here, &["plan"]).refuses("E0505");
    }
}

#[test]
fn a_cloud_that_is_not_as_it_was_written_is_refused() {
    let folder = edited("cloud");
    let here = &folder.path;
    let repository = ".lifeboat/cloud/regions/us-east-1/quickstart/web";
    let files = [
        ".lifeboat/cloud/cloud.json".to_owned(),
        ZONE.to_owned(),
        ".lifeboat/cloud/health_checks.json".to_owned(),
        format!("{repository}/_repository.json"),
        format!("{repository}/_layout/index.json"),
        format!("{repository}/_layout/oci-layout"),
    ];
    for name in &files {
        let path = here.join(name);
        let sound = fs::read(&path).unwrap();
        let text = String::from_utf8(sound.clone()).unwrap();
        let mut broken: Vec<Vec<u8>> = [0, 1, sound.len() / 2, sound.len() - 2]
            .iter()
            .map(|end| sound[..*end].to_vec())
            .collect();
        broken.push([&sound[..sound.len() - 3], b"\xff\xfe"].concat());
        broken.push(b"[".repeat(100_000));
        if text.contains("format_version") {
            broken.push(text.replace("\"1.0\"", "\"2.0\"").into_bytes());
        }
        for bad in broken {
            fs::write(&path, &bad).unwrap();
            let before = tree(here);
            let ran = lifeboat(here, &["apply", "--auto-approve"]);
            ran.keeps_its_head();
            let what = format!("{name} with {} bytes", bad.len());
            assert_eq!(ran.code, Some(1), "{what}: {}", ran.all());
            let file = path.file_name().unwrap().to_str().unwrap();
            assert!(ran.err.contains(file), "{what}: {}", ran.all());
            is_as_before(&before, here, &what);
        }
        fs::write(&path, sound).unwrap();
    }
    lifeboat(here, &["apply", "--auto-approve"]).exits(0);
}

#[test]
fn a_full_disk_loses_nothing() {
    let folder = edited("full");
    let here = &folder.path;
    lifeboat(here, &["plan", "--out", "plan.json"]).exits(0);
    lifeboat(here, &["lock"]).exits(0);
    replace(&here.join(LOCK), "blobs = ", "blobs  =  1");
    fs::write(here.join("odd.hcl"), "locals {\na=1\n}\n").unwrap();
    let before = tree(here);
    // Writes fail from the first byte on, as on a disk without room.
    let full = "trap '' XFSZ; ulimit -f 0";
    for words in [
        &["apply", "--auto-approve"][..],
        &["apply", "plan.json"],
        &["destroy", "--auto-approve"],
        &["plan", "--out", "plan.json"],
        &["lock"],
        &["fmt"],
    ] {
        // Findings go to pipes, which are no files.
        let ran = lifeboat_within(here, full, 60, words);
        ran.keeps_its_head();
        assert_eq!(ran.code, Some(1), "{words:?}: {}", ran.all());
        assert!(ran.all().contains("E0902"), "{words:?}: {}", ran.all());
        is_as_before(&before, here, &format!("{words:?}"));
    }
    // There is room for journals, and for nothing else.
    let small = "trap '' XFSZ; ulimit -f 1";
    replace(&here.join(LOCK), "blobs  =  1", "blobs = ");
    let before = tree(here);
    let ran = lifeboat_within(here, small, 60, &["apply", "--auto-approve"]).refuses("E0803");
    assert!(ran.err.contains("example.com.json"), "{}", ran.err);
    is_as_before(&before, here, "apply");
    lifeboat(here, &["apply", "--auto-approve"]).exits(0);
    lifeboat(here, &["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn what_cannot_be_written_is_told() {
    type Make = fn(&Path);
    let cases: [(&str, Make); 5] = [
        (".lifeboat", |path| fs::write(path, "").unwrap()),
        (".lifeboat", |path| symlink(".lifeboat", path).unwrap()),
        (".lifeboat/cloud", |path| fs::write(path, "").unwrap()),
        (".lifeboat/journal", |path| fs::write(path, "").unwrap()),
        (ZONE, |path| fs::create_dir(path).unwrap()),
    ];
    for (name, make) in cases {
        let folder = quickstart("unwritable");
        let path = folder.path.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        make(&path);
        let ran = lifeboat(&folder.path, &["apply", "--auto-approve"]);
        ran.keeps_its_head();
        assert_eq!(ran.code, Some(1), "{name}: {}", ran.all());
        let told = [".lifeboat", "example.com.json"].iter().any(|part| ran.err.contains(part));
        assert!(told, "{name}: {}", ran.all());
    }
    let folder = quickstart("out");
    lifeboat(&folder.path, &["plan", "--out", "image"]).refuses("E0902");
    lifeboat(&folder.path, &["plan", "--out", "nowhere/plan.json"]).refuses("E0902");
    assert!(folder.path.join("image/index.json").exists());
}
