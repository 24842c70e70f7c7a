//! Logins that other programs keep: `docker-credential-<name>`.

use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;
use tokio::time::timeout;

use super::Login;

/// Some ask a person, who takes a while; a program that hangs must not hold up everything.
const ANSWER_DEADLINE: Duration = Duration::from_secs(10);
/// A login has some kilobytes.
const ANSWER_BYTES_MAX: u64 = 1024 * 1024;
/// In place of a name where the secret is no password.
const TOKEN: &str = "<token>";

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "Username")]
    username: String,
    #[serde(rename = "Secret")]
    secret: String,
}

/// Asks a keeper for the login of a server. One that has none, fails, or is not there has nothing
/// to offer; nothing that it says is shown.
pub(super) async fn ask(keeper: &str, server: &str) -> Option<Login> {
    let lawful = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if keeper.is_empty() || !keeper.chars().all(lawful) {
        return None;
    }
    let bytes = timeout(ANSWER_DEADLINE, run(keeper, server)).await.ok()??;
    let Answer { username, secret: password } = serde_json::from_slice(&bytes).ok()?;
    (username != TOKEN && !username.is_empty()).then_some(Login { username, password })
}

async fn run(keeper: &str, server: &str) -> Option<Vec<u8>> {
    let mut child = Command::new(format!("docker-credential-{keeper}"))
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take()?;
    // One that does not read what it is asked may answer all the same.
    drop(stdin.write_all(server.as_bytes()).await);
    drop(stdin);
    let mut bytes = Vec::new();
    child.stdout.take()?.take(ANSWER_BYTES_MAX).read_to_end(&mut bytes).await.ok()?;
    child.wait().await.ok()?.success().then_some(bytes)
}
