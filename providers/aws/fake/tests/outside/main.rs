//! A client that nobody here wrote: boto3 drives the cloud on a socket, and both agree on what happened.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use lifeboat_aws_fake::{Fake, Fault, FaultKind};
use tokio::net::TcpListener;

const BOTO: &str = "boto3==1.44.5";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/outside/client.py");
/// Kept between runs, as the install takes longer than the test.
const PLACE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/boto3");

#[tokio::test(flavor = "multi_thread")]
async fn boto3_finds_aws() {
    let fake = Fake::new("123456789012");
    fake.settings(|settings| {
        settings.sync_after = Duration::ZERO;
        settings.replication_after = Duration::ZERO;
    });
    for (action, kind) in [
        ("ListHostedZones", FaultKind::CutBefore),
        ("ListHealthChecks", FaultKind::Throttle),
        ("GetAccountLimit", FaultKind::Status(503)),
    ] {
        let action = Some(action.to_owned());
        fake.inject(Fault { service: None, action, region: None, skip: 0, kind });
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(fake.clone().serve(listener));
    let run = tokio::task::spawn_blocking(move || {
        run(Command::new(python()).arg(SCRIPT).arg(url));
    });
    run.await.unwrap();
    server.abort();

    let statuses = |action: &str| -> Vec<u16> {
        let calls = fake.calls().into_iter().filter(|call| call.action == action);
        calls.map(|call| call.status).collect()
    };
    assert_eq!(statuses("ListHostedZones"), [0, 200]);
    assert_eq!(statuses("ListHealthChecks"), [400, 200]);
    assert_eq!(statuses("GetAccountLimit"), [503, 200]);
}

/// A Python that has boto3.
fn python() -> PathBuf {
    let python = Path::new(PLACE).join("bin/python");
    let there = Command::new(&python).args(["-c", "import boto3"]).output();
    if !there.is_ok_and(|output| output.status.success()) {
        run(Command::new("python3").args(["-m", "venv", "--clear", PLACE]));
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet", BOTO]));
    }
    python
}

fn run(command: &mut Command) {
    let shown = format!("{command:?}");
    let output = command.output().unwrap_or_else(|why| panic!("{BOTO} is needed: {shown}: {why}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{BOTO} is needed: {shown} failed:\n{said}");
}
