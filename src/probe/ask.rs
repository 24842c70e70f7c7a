//! Asks a container on this machine, and tells how long its answers take.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::intent::Health;

/// How many ask at once.
const AT_ONCE: usize = 4;
/// An answer that takes longer is none.
const ANSWER_DEADLINE: Duration = Duration::from_secs(5);
/// More than that is no answer to a question about health.
const ANSWER_BYTES_MAX: usize = 16 << 20;

/// Whether anything listens.
pub(super) async fn is_taken(health: &Health) -> bool {
    let connecting = TcpStream::connect(("127.0.0.1", health.port));
    matches!(timeout(ANSWER_DEADLINE, connecting).await, Ok(Ok(_)))
}

/// Asks once: how long the whole answer took, or why it is not that of something healthy.
pub(super) async fn ask(health: &Health) -> Result<Duration, String> {
    let start = Instant::now();
    let status = match timeout(ANSWER_DEADLINE, exchange(health)).await {
        Ok(Ok(status)) => status,
        Ok(Err(why)) => return Err(why.to_string()),
        Err(_) => return Err(format!("no answer within {} s", ANSWER_DEADLINE.as_secs())),
    };
    if (200..400).contains(&status) {
        Ok(start.elapsed())
    } else {
        Err(format!("it answers with {status}"))
    }
}

/// Asks so many times, several at once, each on a connection of its own.
pub(super) async fn ask_all(health: &Health, count: u32) -> Result<Vec<Duration>, String> {
    let health = Arc::new(health.clone());
    let mut askers = JoinSet::new();
    for asker in 0..AT_ONCE {
        let (health, own) = (Arc::clone(&health), (asker..count as usize).step_by(AT_ONCE));
        askers.spawn(async move {
            let mut times = Vec::new();
            for _ in own {
                times.push(ask(&health).await?);
            }
            Ok::<_, String>(times)
        });
    }
    let mut times = Vec::new();
    while let Some(ended) = askers.join_next().await {
        let ended = ended.map_err(|why| format!("this is a bug in Lifeboat: {why}"))?;
        times.extend(ended.map_err(|why| format!("a request failed: {why}"))?);
    }
    Ok(times)
}

/// The status of an answer that has come whole.
async fn exchange(health: &Health) -> io::Result<u16> {
    let Health { port, path } = health;
    let mut stream = TcpStream::connect(("127.0.0.1", *port)).await?;
    stream.set_nodelay(true)?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: lifeboat\r\n\
         Connection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    loop {
        if let Some((status, length)) = head(&answer)
            && length.is_some_and(|length| answer.len() >= length)
        {
            return Ok(status);
        }
        if answer.len() > ANSWER_BYTES_MAX {
            return Err(io::Error::other("its answer has no end"));
        }
        if stream.read_buf(&mut answer).await? == 0 {
            let ended = io::Error::other("its answer is cut");
            return head(&answer)
                .filter(|(_, length)| length.is_none())
                .map(|(s, _)| s)
                .ok_or(ended);
        }
    }
}

/// Status, and the length of the whole answer where it is told; once the head is there.
fn head(answer: &[u8]) -> Option<(u16, Option<usize>)> {
    let end = answer.windows(4).position(|at| at == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    let mut lines = head.lines();
    let status = lines.next()?.strip_prefix("http/1.")?.split(' ').nth(1)?.parse().ok()?;
    let length = lines.find_map(|line| line.strip_prefix("content-length:"));
    let length = length.and_then(|length| length.trim().parse::<usize>().ok());
    Some((status, length.map(|length| end.saturating_add(length))))
}

#[cfg(test)]
mod tests {
    use super::head;

    #[test]
    fn an_answer_says_its_status_and_where_it_ends() {
        assert_eq!(head(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"), None);
        let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
        assert_eq!(head(whole), Some((200, Some(whole.len()))));
        assert_eq!(head(b"HTTP/1.0 503 No\r\n\r\n"), Some((503, None)));
        assert_eq!(head(b"SSH-2.0\r\n\r\n"), None);
    }
}
