//! A client that nobody here wrote: boto3 drives the cloud on a socket, and both agree on what happened.

use std::process::Command;
use std::time::Duration;

use lifeboat_aws_fake::{Fake, Fault, FaultKind};
use tokio::net::TcpListener;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/outside/client.py");
/// Where `cargo xtask tools` puts a Python that has boto3.
const PYTHON: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/python/clients/bin/python");

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
        run(Command::new(PYTHON).arg(SCRIPT).arg(url));
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

fn run(command: &mut Command) {
    let shown = format!("{command:?}");
    let output = command
        .output()
        .unwrap_or_else(|why| panic!("boto3 is needed (`cargo xtask tools`): {shown}: {why}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{shown} failed:\n{said}");
}
