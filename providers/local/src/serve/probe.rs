//! One request of a checker: what it sends, how long it waits, what counts as well.
//!
//! As Route 53 does: a TCP connection opens within 10 s; one for HTTP within 4 s, then the head of a
//! 2xx or 3xx answer comes within 2 s, and text that is looked for within 2 s more, wholly in the
//! first 5,120 bytes of the body. A check's own `timeout` takes the place of all three.

use std::net::SocketAddr;
use std::time::Duration;

use lifeboat_contract::{Endpoint, Protocol};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::clock::Pace;

const TCP_CONNECT_MAX: Duration = Duration::from_secs(10);
const HTTP_CONNECT_MAX: Duration = Duration::from_secs(4);
const HEAD_MAX: Duration = Duration::from_secs(2);
const BODY_MAX: Duration = Duration::from_secs(2);
const HEAD_BYTES_MAX: usize = 16_384;
const BODY_BYTES_MAX: usize = 5_120;

/// What chunks of so few bytes at least cost: a body of one-byte chunks still has to fit.
const FRAMED_BYTES_MAX: usize = BODY_BYTES_MAX * 8;

/// Whether the endpoint is well. An HTTPS check is asked without TLS: who answers at `at` stands in
/// for the endpoint, and its certificate would not be looked at anyway.
pub(super) async fn probe(pace: &mut Pace, at: SocketAddr, endpoint: &Endpoint) -> bool {
    let own = endpoint.timeout.map(|seconds| Duration::from_secs(seconds.into()));
    let connect = match endpoint.protocol {
        Protocol::Tcp => TCP_CONNECT_MAX,
        Protocol::Http | Protocol::Https => HTTP_CONNECT_MAX,
    };
    let connected = pace.within(own.unwrap_or(connect), TcpStream::connect(at)).await;
    let Some(Ok(mut stream)) = connected else { return false };
    if endpoint.protocol == Protocol::Tcp {
        return true;
    }
    let head = pace.within(own.unwrap_or(HEAD_MAX), ask(&mut stream, endpoint)).await;
    let Some(Some(Head { status, framing, rest })) = head else { return false };
    if !(200..400).contains(&status) {
        return false;
    }
    let Some(text) = &endpoint.contains else { return true };
    let limit = own.unwrap_or(BODY_MAX);
    pace.within(limit, body_contains(&mut stream, framing, rest, text)).await == Some(true)
}

/// The head of an answer, and what came with it.
struct Head {
    status: u16,
    framing: Framing,
    rest: Vec<u8>,
}

/// Where a body ends.
#[derive(Clone, Copy)]
enum Framing {
    /// After so many bytes.
    Length(usize),
    Chunks,
    /// With the connection.
    Close,
}

async fn ask(stream: &mut TcpStream, endpoint: &Endpoint) -> Option<Head> {
    let usual =
        matches!((endpoint.protocol, endpoint.port), (Protocol::Http, 80) | (Protocol::Https, 443));
    let port = if usual { String::new() } else { format!(":{}", endpoint.port) };
    let (path, host) = (endpoint.path.as_deref().unwrap_or("/"), &endpoint.host);
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}{port}\r\nUser-Agent: lifeboat-checker\r\n\
         Accept: */*\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        if bytes.len() > HEAD_BYTES_MAX || stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let rest = bytes.split_off(end + 4);
    let head = String::from_utf8_lossy(&bytes);
    let mut lines = head.split("\r\n");
    let status = lines.next()?.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    let mut framing = Framing::Close;
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        if name.eq_ignore_ascii_case("transfer-encoding") {
            framing = Framing::Chunks;
        } else if name.eq_ignore_ascii_case("content-length") && matches!(framing, Framing::Close) {
            framing = Framing::Length(value.trim().parse().ok()?);
        }
    }
    Some(Head { status, framing, rest })
}

async fn body_contains(
    stream: &mut TcpStream,
    framing: Framing,
    mut bytes: Vec<u8>,
    text: &str,
) -> bool {
    loop {
        let plain = match framing {
            Framing::Length(_) | Framing::Close => bytes.clone(),
            Framing::Chunks => unframed(&bytes),
        };
        let seen = &plain[..plain.len().min(BODY_BYTES_MAX)];
        if seen.windows(text.len().max(1)).any(|window| window == text.as_bytes()) {
            return true;
        }
        let over = plain.len() >= BODY_BYTES_MAX || bytes.len() > FRAMED_BYTES_MAX;
        if over || matches!(framing, Framing::Length(length) if bytes.len() >= length) {
            return false;
        }
        match stream.read_buf(&mut bytes).await {
            Ok(0) | Err(_) => return false,
            Ok(_) => {}
        }
    }
}

/// What chunks hold, as far as they have come.
fn unframed(mut bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    while let Some(end) = bytes.windows(2).position(|window| window == b"\r\n") {
        let size = String::from_utf8_lossy(&bytes[..end]);
        let size = size.split(';').next().unwrap_or_default().trim();
        let Ok(size) = usize::from_str_radix(size, 16) else { break };
        bytes = &bytes[end + 2..];
        plain.extend_from_slice(&bytes[..size.min(bytes.len())]);
        let Some(rest) = size.checked_add(2).and_then(|next| bytes.get(next..)) else { break };
        bytes = rest;
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::unframed;

    #[test]
    fn chunks_are_put_together() {
        assert_eq!(unframed(b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"), b"abcde");
        assert_eq!(unframed(b"a\r\nabc"), b"abc");
        assert_eq!(unframed(b"ffffffffffffffff\r\nabc"), b"abc");
        assert_eq!(unframed(b"no size\r\nabc"), b"");
    }
}
