//! Killed at any moment, and out of room.
//!
//! The writer is this test binary again: a test that does nothing unless it is told a folder.

use std::io::{BufRead, BufReader, Write as _, stdout};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use lifeboat_contract::{Key, Object, Provider, ProviderError, Write};
use lifeboat_local::{Local, Random};

use crate::fixture::{
    Folder, batch, create, delete, image, image_copy, plain, read, repository, run, scope, write,
    zone,
};

const FOLDER: &str = "LIFEBOAT_TEST_FOLDER";
/// A child that says nothing for so long has stopped.
const PATIENCE: Duration = Duration::from_mins(1);

fn told() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

/// Starts one of the tests below in a process of its own.
fn child(folder: &Folder, test: &str, setup: &str) -> Child {
    let line = format!("{setup}exec \"$0\" --exact crash::{test} --nocapture --test-threads 1");
    Command::new("sh")
        .args(["-c", &line])
        .arg(std::env::current_exe().unwrap())
        .env(FOLDER, folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

fn pair(round: u32) -> Vec<Write> {
    ["a", "b"]
        .map(|half| {
            create(plain("example.com", &format!("{half}{round}.example.com"), "192.0.2.1"))
        })
        .to_vec()
}

#[test]
fn child_writes_for_ever() {
    let Some(folder) = told() else { return };
    let local = Local::open("cloud".into(), folder.clone());
    let image = image(&folder, "image");
    writeln!(stdout(), "\nready").unwrap();
    for round in 0_u32.. {
        write(&local, pair(round));
        write(&local, vec![image_copy("eu-west-1", "web", &image, "lb-1")]);
        for object in read(&local, &scope(&["example.com"], &["eu-west-1"])) {
            let Key::ImageCopy { .. } = object.key else { continue };
            write(&local, vec![delete(&object)]);
        }
        let sets = records(&local);
        if sets.len() > 20 {
            write(&local, sets.iter().map(delete).collect());
        }
    }
}

fn records(local: &Local) -> Vec<Object> {
    let objects = read(local, &scope(&["example.com"], &["eu-west-1"]));
    objects.into_iter().filter(|object| matches!(object.key, Key::RecordSet { .. })).collect()
}

#[test]
fn a_killed_writer_leaves_a_whole_cloud() {
    if told().is_some() {
        return;
    }
    let mut random = Random::new(2026);
    let folder = Folder::new();
    let local = folder.local();
    write(&local, vec![create(zone("example.com"))]);
    write(&local, vec![create(repository("eu-west-1", "web", None))]);
    for round in 0..25 {
        let mut writer = child(&folder, "child_writes_for_ever", "");
        let out = BufReader::new(writer.stdout.take().unwrap());
        let (say, hear) = mpsc::channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok).filter(|line| line == "ready") {
                say.send(line).unwrap_or_default();
            }
        });
        hear.recv_timeout(PATIENCE).unwrap();
        // Nothing is ever said again: this is a wait until the moment to kill.
        drop(hear.recv_timeout(Duration::from_millis(random.below(60))));
        writer.kill().unwrap();
        writer.wait().unwrap();

        let sets = records(&local);
        assert_eq!(sets.len() % 2, 0, "round {round}: half a batch is there: {sets:?}");
        let mut rest: Vec<Write> = sets.iter().map(delete).collect();
        write(&local, std::mem::take(&mut rest));
        for object in read(&local, &scope(&["example.com"], &["eu-west-1"])) {
            let Key::ImageCopy { digest, .. } = &object.key else { continue };
            assert!(object.mark.is_some(), "round {round}: {object:?}");
            let place = folder.cloud().join("regions/eu-west-1/web/_layout");
            lifeboat_oci::Layout::open(place).unwrap().walk(digest).unwrap();
            write(&local, vec![delete(&object)]);
        }
    }
    write(&local, pair(0));
    let image = image(folder.path(), "image");
    write(&local, vec![image_copy("eu-west-1", "web", &image, "lb-1")]);
    let drafts = files_named(&folder.cloud(), ".draft-");
    assert!(drafts.is_empty(), "the next write sweeps what was left: {drafts:?}");
}

fn files_named(folder: &std::path::Path, prefix: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_named(&path, prefix));
        } else if path.file_name().unwrap().to_string_lossy().starts_with(prefix) {
            found.push(path);
        }
    }
    found
}

#[test]
fn child_fills_the_disk() {
    let Some(folder) = told() else { return };
    let local = Local::open("cloud".into(), folder);
    for round in 0_u32.. {
        let before = records(&local);
        match run(local.commit(&batch(pair(round)))) {
            Ok(_) => {}
            Err(error @ ProviderError::Broken { .. }) => {
                assert_eq!(records(&local), before);
                assert!(round > 10, "some fit: {error:?}");
                writeln!(stdout(), "\nfull after {round} rounds: {error}").unwrap();
                return;
            }
            Err(other) => unreachable!("{other:?}"),
        }
    }
}

#[test]
fn a_full_disk_loses_nothing() {
    if told().is_some() {
        return;
    }
    let folder = Folder::new();
    write(&folder.local(), vec![create(zone("example.com"))]);
    // Without the trap the process would be killed, not refused.
    let setup = "trap '' XFSZ; ulimit -f 16; ";
    let output = child(&folder, "child_fills_the_disk", setup).wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("full after"), "{said}");
    assert!(records(&folder.local()).len() > 20);
    assert!(files_named(&folder.cloud(), ".draft-").is_empty());
    write(&folder.local(), pair(1_000_000));
}
