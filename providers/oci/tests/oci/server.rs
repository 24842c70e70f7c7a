//! Registries for tests: Debian's, and one that says what it is told.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lifeboat_contract::RepositoryName;
use lifeboat_oci::registry::{Client, Credentials};
use lifeboat_oci::{Host, Place, Reference};
use serde_json::json;

use crate::fixture::Folder;

/// No answer on loopback takes longer, be the machine ever so busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// Debian's `docker-registry`, ended when dropped.
pub(crate) struct Registry {
    process: Child,
    pub(crate) host: String,
    access_log: Mutex<mpsc::Receiver<String>>,
    _folder: Folder,
}

impl Registry {
    /// Starts one; with `protected` it wants the login `user`, `secret`.
    pub(crate) fn start(protected: Protected) -> Self {
        Self::start_with(protected, &[])
    }

    /// Starts one with settings of its own, as the environment says them.
    pub(crate) fn start_with(protected: Protected, settings: &[(&str, &str)]) -> Self {
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
        let lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let (log, access_log) = mpsc::channel();
        std::thread::spawn(move || lines.for_each(|line| log.send(line).unwrap_or_default()));
        let access_log = Mutex::new(access_log);
        let registry = Self { process, host, access_log, _folder: folder };
        assert!(is_ready.recv_timeout(PATIENCE).is_ok(), "the registry does not start");
        registry
    }

    /// What was asked since the last time, as `<method> <path>`.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.answered().into_iter().map(|(request, _)| request).collect()
    }

    /// What was asked since the last time, and the status of the answer.
    pub(crate) fn answered(&self) -> Vec<(String, u16)> {
        // Requests are logged in order, so what was asked before this one is there when this is.
        let mut stream = TcpStream::connect(&self.host).unwrap();
        let mark = "GET /the-end-of-the-log";
        stream.write_all(format!("{mark} HTTP/1.0\r\n\r\n").as_bytes()).unwrap();
        let mut asked = Vec::new();
        loop {
            let line = self.access_log.lock().unwrap().recv_timeout(PATIENCE).unwrap();
            let request = line.split('"').nth(1).unwrap_or_default();
            if request.starts_with(mark) {
                return asked;
            }
            let status = line.split('"').nth(2).and_then(|rest| rest.split(' ').nth(1));
            let status = status.and_then(|status| status.parse().ok()).unwrap_or_default();
            asked.push((request.trim_end_matches(" HTTP/1.1").to_owned(), status));
        }
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
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
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
    let mut reader = BufReader::new(stream);
    let mut lines = (&mut reader).lines().map_while(Result::ok);
    let first = lines.next()?;
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let headers = lines.take_while(|line| !line.is_empty()).filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    });
    let headers: BTreeMap<String, String> = headers.collect();
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = Vec::new();
    // A client that stops early has its request noted as far as it came.
    drop(reader.take(length).read_to_end(&mut body));
    Some(Request { method, path, headers, body })
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

/// Stands between a client and a registry and cuts its first connections.
pub(crate) struct Cutter {
    pub(crate) host: String,
}

/// After how many bytes a connection ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cut {
    /// From the client.
    Sent(u64),
    /// From the registry.
    Got(u64),
}

impl Cutter {
    /// Every connection that comes so far ends there, until there were `cuts` of them.
    pub(crate) fn start(registry: &str, cut: Cut, cuts: usize) -> Self {
        let (sent, got) = match cut {
            Cut::Sent(bytes) => (bytes, u64::MAX),
            Cut::Got(bytes) => (u64::MAX, bytes),
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let registry = registry.to_owned();
        let left = Arc::new(Mutex::new(cuts));
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = TcpStream::connect(&registry).unwrap();
                let back = (server.try_clone().unwrap(), client.try_clone().unwrap());
                let (left, left_back) = (Arc::clone(&left), Arc::clone(&left));
                std::thread::spawn(move || pass(client, server, sent, &left));
                std::thread::spawn(move || pass(back.0, back.1, got, &left_back));
            }
        });
        Self { host }
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, mut bytes: u64, cuts: &Mutex<usize>) {
    let mut chunk = [0; 4096];
    loop {
        let count = match from.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        let mut cuts_left = cuts.lock().unwrap();
        if bytes < count as u64 && *cuts_left > 0 {
            *cuts_left -= 1;
            let some = usize::try_from(bytes).unwrap();
            drop(to.write_all(&chunk[..some]));
            break;
        }
        drop(cuts_left);
        bytes = bytes.saturating_sub(count as u64);
        if to.write_all(&chunk[..count]).is_err() {
            break;
        }
    }
    drop(from.shutdown(Shutdown::Both));
    drop(to.shutdown(Shutdown::Both));
}

pub(crate) fn ok(body: &[u8]) -> Answer {
    Answer { body: body.to_vec(), ..status("200 OK") }
}

pub(crate) fn status(status: &'static str) -> Answer {
    Answer { status, headers: Vec::new(), body: Vec::new() }
}

pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

pub(crate) fn client(host: &str, secret: Option<&str>) -> Client {
    // `user:secret` and `user:wrong` in Base64.
    let auth = match secret {
        Some("secret") => "dXNlcjpzZWNyZXQ=",
        Some(_) => "dXNlcjp3cm9uZw==",
        None => return Client::new(Credentials::default()).unwrap(),
    };
    let file = json!({ "auths": { host: { "auth": auth } } });
    Client::new(Credentials::read(&file.to_string()).unwrap()).unwrap()
}

pub(crate) fn at(text: &str) -> (Host, RepositoryName, Reference) {
    let reference: Reference = text.parse().unwrap();
    let Place::Registry { host, repository } = reference.place.clone() else {
        unreachable!("{text} names a registry")
    };
    (host, repository, reference)
}
