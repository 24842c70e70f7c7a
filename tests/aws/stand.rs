//! Our stand-in, on a socket.

use std::time::Duration;

use lifeboat_aws_fake::Fake;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::drive::KEY;

/// A cloud that answers at an address for as long as this lives.
pub(crate) struct Stand {
    pub(crate) fake: Fake,
    pub(crate) url: String,
    _runtime: Runtime,
}

impl Stand {
    /// An empty account, whose changes are in effect at once: time is real here.
    pub(crate) fn new() -> Self {
        let fake = Fake::new(KEY);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(fake.clone().serve(listener));
        fake.settings(|settings| {
            settings.sync_after = Duration::ZERO;
            settings.registry = Some(url.clone());
        });
        Self { fake, url, _runtime: runtime }
    }
}
