//! Debian's `docker-registry`, and what it was asked.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use lifeboat_contract::Digest;
use lifeboat_oci::{Descriptor, Entry, Index, Layout, media_type};
use serde_json::json;

use crate::transcript::TempFolder;

/// No answer on loopback takes longer, be the machine ever so busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// A real registry, ended when dropped.
pub(crate) struct Registry {
    process: Child,
    pub(crate) host: String,
    access_log: mpsc::Receiver<String>,
    _folder: TempFolder,
    logins: Option<TempFolder>,
}

impl Registry {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// One that wants the login `user`, `secret`.
    pub(crate) fn start_protected() -> Self {
        let folder = TempFolder::new("registry-logins");
        let file = folder.path.join("htpasswd");
        // The hash is of `secret`.
        let line = "user:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n";
        std::fs::write(&file, line).unwrap();
        let mut registry = Self::start_with(&[
            ("REGISTRY_AUTH", "htpasswd"),
            ("REGISTRY_AUTH_HTPASSWD_REALM", "test"),
            ("REGISTRY_AUTH_HTPASSWD_PATH", file.to_str().unwrap()),
        ]);
        registry.logins = Some(folder);
        registry
    }

    /// One with settings of its own, as the environment says them.
    fn start_with(settings: &[(&str, &str)]) -> Self {
        let folder = TempFolder::new("registry");
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = free.local_addr().unwrap().to_string();
        drop(free);
        let data = folder.path.join("data");
        let config = format!(
            "version: 0.1\nstorage:\n  delete:\n    enabled: true\n  filesystem:\n    \
             rootdirectory: {}\nhttp:\n  addr: {host}\n",
            data.display()
        );
        let file = folder.path.join("config.yml");
        std::fs::write(&file, config).unwrap();
        let started = Command::new("docker-registry")
            .arg("serve")
            .arg(&file)
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut process = match started {
            Ok(process) => process,
            Err(error) => unreachable!(
                "this test needs `docker-registry` of the package `docker-registry`: {error}"
            ),
        };
        let (ready, is_ready) = mpsc::channel();
        let log = BufReader::new(process.stderr.take().unwrap());
        // Reads on until the end, so that the registry never waits for its log to be read.
        std::thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                if line.contains("listening on") {
                    ready.send(()).unwrap_or_default();
                }
            }
        });
        let lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let (log, access_log) = mpsc::channel();
        std::thread::spawn(move || lines.for_each(|line| log.send(line).unwrap_or_default()));
        let registry = Self { process, host, access_log, _folder: folder, logins: None };
        assert!(is_ready.recv_timeout(PATIENCE).is_ok(), "the registry does not start");
        registry
    }

    /// What was asked since the last time, as `<method> <path>`.
    pub(crate) fn asked(&self) -> Vec<String> {
        // Requests are logged in order, so what was asked before this one is there when this is.
        let mut stream = TcpStream::connect(&self.host).unwrap();
        let mark = "GET /the-end-of-the-log";
        stream.write_all(format!("{mark} HTTP/1.0\r\n\r\n").as_bytes()).unwrap();
        let mut asked = Vec::new();
        loop {
            let line = self.access_log.recv_timeout(PATIENCE).unwrap();
            let request = line.split('"').nth(1).unwrap_or_default();
            if request.starts_with(mark) {
                return asked;
            }
            asked.push(request.trim_end_matches(" HTTP/1.1").to_owned());
        }
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Makes a layout with one image of these layers, tagged `v1`; returns the image's digest.
pub(crate) fn write_layout(folder: &std::path::Path, layers: &[Vec<u8>]) -> Digest {
    let layout = Layout::create(folder.to_owned()).unwrap();
    let put = |media_type: &str, bytes: &[u8]| {
        let digest = Digest::of(bytes);
        let mut draft = layout.draft().unwrap();
        draft.write(bytes).unwrap();
        draft.finish(&digest, bytes.len() as u64).unwrap();
        Descriptor::new(media_type, &digest, bytes.len() as u64)
    };
    let config = json!({ "architecture": "amd64", "os": "linux" }).to_string();
    let config = put("application/vnd.oci.image.config.v1+json", config.as_bytes());
    let layers: Vec<Descriptor> =
        layers.iter().map(|layer| put("application/vnd.oci.image.layer.v1.tar", layer)).collect();
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": media_type::MANIFEST,
        "config": config,
        "layers": layers,
    });
    let top = put(media_type::MANIFEST, manifest.to_string().as_bytes());
    let digest = top.digest().unwrap();
    let mut index = layout.index().unwrap_or_else(|_| Index::default());
    index.entries = vec![Entry::tagged(top, "v1")];
    layout.write_index(&index).unwrap();
    digest
}
