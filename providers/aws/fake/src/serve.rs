//! The cloud on a socket, for programs that are not linked with the tests.

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

use crate::{Answer, Fake};

/// The largest layer that a test pushes is far smaller.
const BODY_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Why a connection ends without an answer.
#[derive(Debug)]
struct Lost;

impl std::fmt::Display for Lost {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("the connection is cut")
    }
}

impl std::error::Error for Lost {}

pub(crate) async fn serve(fake: Fake, listener: TcpListener) {
    loop {
        // A client that is gone before it was accepted is no reason to leave the others alone.
        let Ok((stream, _)) = listener.accept().await else { continue };
        let fake = fake.clone();
        tokio::spawn(async move {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service_fn(|request| one(&fake, request)));
            // An error here is a cut that was ordered, or a client that went away.
            drop(connection.await);
        });
    }
}

async fn one(
    fake: &Fake,
    request: http::Request<Incoming>,
) -> Result<http::Response<Full<Bytes>>, Lost> {
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, BODY_BYTES_MAX).collect().await.map_err(|_| Lost)?;
    let request = http::Request::from_parts(parts, body.to_bytes().to_vec());
    match fake.answer(request).await {
        Answer::Response(response) => Ok(response.map(|body| Full::new(Bytes::from(body)))),
        Answer::Cut => Err(Lost),
        Answer::Hangs => std::future::pending().await,
    }
}
