//! Logins that a program keeps.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use lifeboat_oci::registry::{Client, Credentials, RegistryError};

use crate::fixture::Folder;
use crate::push::repository;
use crate::server::{Answer, Stub, run, status};

const NAME: &str = "keeper::what_a_keeper_says_is_used";

/// Answers whoever has the login, and refuses all others.
fn registry() -> Stub {
    Stub::start(|request| {
        if request.headers.get("authorization").map(String::as_str)
            == Some("Basic dXNlcjpzZWNyZXQ=")
        {
            let digest = format!("sha256:{}", "0".repeat(64));
            return Answer { headers: vec![("docker-content-digest", digest)], ..status("200 OK") };
        }
        let headers = vec![("www-authenticate", "Basic realm=\"x\"".to_owned())];
        Answer { headers, ..status("401 Unauthorized") }
    })
}

#[test]
#[ignore = "needs a search path with a keeper, which the next test makes"]
fn what_a_keeper_says_is_used() {
    for (keeper, works) in [("good", true), ("mute", false), ("none", false), ("../good", false)] {
        let registry = registry();
        let file = format!("{{\"credsStore\": \"{keeper}\"}}");
        let client = Client::new(Credentials::read(&file).unwrap()).unwrap();
        let head = || run(client.head(&repository(&registry.host), "v1"));
        if works {
            assert!(head().unwrap().is_some() && head().unwrap().is_some());
        } else {
            let error = head().unwrap_err();
            assert!(matches!(error, RegistryError::Denied { logged_in: false, .. }), "{error:?}");
        }
    }
    // It is asked once.
    let calls = fs::read_to_string(std::env::temp_dir().join("calls")).unwrap();
    assert_eq!(calls.lines().count(), 1, "{calls}");
}

#[test]
fn a_login_comes_from_a_keeper() {
    let folder = Folder::new();
    let program = |name: &str, text: &str| {
        let path = folder.join(&format!("docker-credential-{name}"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    };
    let answer = r#"{"ServerURL": "x", "Username": "user", "Secret": "secret"}"#;
    program(
        "good",
        &format!("cat >> \"$TMPDIR/calls\"; echo >> \"$TMPDIR/calls\"; echo '{answer}'"),
    );
    program("mute", "echo 'credentials not found'; exit 1");
    let folder = folder.join("");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::env::split_paths(&path).chain([folder.clone()]);
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", NAME])
        .env("PATH", std::env::join_paths(paths).unwrap())
        .env("TMPDIR", folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn authorities_that_are_none_are_refused() {
    let client = || Client::new(Credentials::default()).unwrap();
    let broken = b"-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n";
    assert!(matches!(client().trusting(broken), Err(RegistryError::Tls(_))));
    assert!(client().trusting(b"").is_ok());
}
