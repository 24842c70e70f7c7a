//! Registries for tests: Debian's, and one that says what it is told.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::fixture::Folder;

/// No answer on loopback takes longer, be the machine ever so busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// Debian's `docker-registry`, ended when dropped.
pub(crate) struct Registry {
    process: Child,
    pub(crate) host: String,
    _folder: Folder,
}

impl Registry {
    /// Starts one; with `protected` it wants the login `user`, `secret`.
    pub(crate) fn start(protected: Protected) -> Self {
        let folder = Folder::new();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = free.local_addr().unwrap().to_string();
        drop(free);
        let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
        let mut config = format!(
            "version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {}\nhttp:\n  addr: {host}\n",
            path("data")
        );
        if protected == Protected::Yes {
            // The hash is of `secret`.
            let line = "user:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n";
            fs::write(folder.join("htpasswd"), line).unwrap();
            config.push_str("auth:\n  htpasswd:\n    realm: test\n    path: ");
            config.push_str(&path("htpasswd"));
        }
        fs::write(folder.join("config.yml"), config).unwrap();
        let started = Command::new("docker-registry")
            .args(["serve", &path("config.yml")])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let mut process = match started {
            Ok(process) => process,
            Err(error) => unreachable!(
                "this test needs `docker-registry` of the package `docker-registry`: {error}"
            ),
        };
        let log = BufReader::new(process.stderr.take().unwrap());
        let (ready, is_ready) = mpsc::channel();
        // Reads on until the end, so that the registry never waits for its log to be read.
        std::thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                if line.contains("listening on") {
                    ready.send(()).unwrap_or_default();
                }
            }
        });
        let registry = Self { process, host, _folder: folder };
        assert!(is_ready.recv_timeout(PATIENCE).is_ok(), "the registry does not start");
        registry
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protected {
    No,
    Yes,
}

impl Drop for Registry {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
}

/// What to say: status line, headers, body.
pub(crate) struct Answer {
    pub(crate) status: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

/// A server that answers as it is told and remembers what it was asked.
pub(crate) struct Stub {
    pub(crate) host: String,
    asked: Arc<Mutex<Vec<Request>>>,
}

impl Stub {
    pub(crate) fn start(answer: impl Fn(&Request) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        // Ends with the process; there is nothing that a dropped stub would disturb.
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if let Some(request) = read(&stream) {
                    log.lock().unwrap().push(request.clone());
                    write(stream, &answer(&request));
                }
            }
        });
        Self { host, asked }
    }

    pub(crate) fn asked(&self) -> Vec<Request> {
        self.asked.lock().unwrap().clone()
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut lines = BufReader::new(stream.take(64 * 1024)).lines().map_while(Result::ok);
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let headers = lines.take_while(|line| !line.is_empty()).filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    });
    Some(Request { path, headers: headers.collect() })
}

fn write(mut stream: TcpStream, answer: &Answer) {
    let mut head = format!("HTTP/1.1 {}\r\nconnection: close\r\n", answer.status);
    for (name, value) in &answer.headers {
        head.extend([*name, ": ", value, "\r\n"]);
    }
    if !answer.headers.iter().any(|(name, _)| *name == "content-length") {
        head.extend(["content-length: ", &answer.body.len().to_string(), "\r\n"]);
    }
    head += "\r\n";
    // The client may have gone away, which is what some tests are about.
    drop(stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&answer.body)));
}
