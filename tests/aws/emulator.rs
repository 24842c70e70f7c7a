//! Clouds that others wrote, as processes of their own on free ports.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::drive::Stopwatch;
use crate::python;

/// It ends by itself then, whatever becomes of the test.
const SECONDS_MAX: u32 = 600;

/// Starting takes a second or two, and more on a busy machine.
const START_MAX: Duration = Duration::from_mins(1);

/// An emulator that runs for as long as this lives.
pub(crate) struct Emulator {
    pub(crate) url: String,
    process: Child,
}

impl Emulator {
    /// `MiniStack`, with its answers mended.
    pub(crate) fn ministack(environment: &[(&str, &str)]) -> Self {
        let port = free_port().to_string();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/aws/python/emulator.py");
        let mut command = bounded(&python::server("python"), "ministack", &port);
        command.arg(script).envs(environment.iter().copied()).envs([
            ("GATEWAY_PORT", port.as_str()),
            ("BIND_HOST", "127.0.0.1"),
            ("MINISTACK_HOST", "127.0.0.1"),
            // It would listen for devices, too.
            ("IOT_MTLS_ENABLED", "0"),
        ]);
        Self::start(command, &port, "/_ministack/health")
    }

    /// moto.
    pub(crate) fn moto() -> Self {
        let port = free_port().to_string();
        let mut command = bounded(&python::server("moto_server"), "moto", &port);
        command.args(["-H", "127.0.0.1", "-p", &port]);
        Self::start(command, &port, "/moto-api/data.json")
    }

    /// Starts, and waits until it answers at this path.
    fn start(mut command: Command, port: &str, path: &str) -> Self {
        let process = command.spawn().unwrap();
        let emulator = Self { url: format!("http://127.0.0.1:{port}"), process };
        let watch = Stopwatch::start();
        while !answers(port, path) {
            assert!(watch.elapsed() < START_MAX, "{command:?} does not start");
            pause(Duration::from_millis(50));
        }
        emulator
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // `timeout` hands the signal on, which a signal that cannot be caught would prevent.
        let id = self.process.id().to_string();
        let _sent = Command::new("kill").args(["-TERM", &id]).status();
        let _ended = self.process.wait();
    }
}

/// A program that ends in time, and whose words are kept beside the other things of the build.
fn bounded(program: &str, name: &str, port: &str) -> Command {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let log: PathBuf = folder.join(format!("{name}-{port}.log"));
    let log = File::create(log).unwrap();
    let mut command = Command::new("timeout");
    command
        .args(["-k", "5", &SECONDS_MAX.to_string(), program])
        .current_dir(folder)
        .env_clear()
        .envs([("PATH", "/usr/bin:/bin"), ("HOME", env!("CARGO_TARGET_TMPDIR"))])
        .stdin(Stdio::null())
        .stderr(log.try_clone().unwrap())
        .stdout(log);
    command
}

/// Somebody else may take it in the meantime, but not often: the system gives out the next one.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn answers(port: &str, path: &str) -> bool {
    let Ok(mut stream) = TcpStream::connect(format!("127.0.0.1:{port}")) else { return false };
    let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
    let mut answer = String::new();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.write_all(request.as_bytes()).is_ok()
        && stream.read_to_string(&mut answer).is_ok()
        && answer.split(' ').nth(1) == Some("200")
}

#[expect(clippy::disallowed_methods, reason = "another process starts by the real clock")]
fn pause(time: Duration) {
    std::thread::sleep(time);
}
