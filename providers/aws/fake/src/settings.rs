//! What a test may change about the account.

use std::collections::BTreeSet;
use std::time::Duration;

/// The account's limits and delays. The defaults are AWS's own.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether the documented request rates are enforced.
    pub buckets: bool,
    /// How long a Route 53 change stays `PENDING`.
    pub sync_after: Duration,
    /// How long ECR takes to replicate an image.
    pub replication_after: Duration,
    /// How many record sets, which AWS calls records, a hosted zone may hold.
    pub records_max: u32,
    /// How many health checks the account may have.
    pub checks_max: u32,
    /// Actions that the caller has no right to, as `service:Action`.
    pub denied: BTreeSet<String>,
    /// Ids of keys that there are not.
    pub unknown_keys: BTreeSet<String>,
    /// Ids of keys whose session is over.
    pub expired_keys: BTreeSet<String>,
    /// Digests of images that were put into the archive.
    pub archived: BTreeSet<String>,
    /// Whether registries take blobs from another repository: `PutAccountSetting` with
    /// `BLOB_MOUNTING`, which AWS leaves off.
    pub mounts: bool,
    /// Where registries say that they are, instead of at AWS's own names: a socket of the test.
    pub registry: Option<String>,
}

impl Settings {
    pub(crate) fn of_aws() -> Self {
        Self {
            buckets: true,
            sync_after: Duration::from_secs(30),
            replication_after: Duration::from_secs(30),
            records_max: 10_000,
            checks_max: 200,
            denied: BTreeSet::new(),
            unknown_keys: BTreeSet::new(),
            expired_keys: BTreeSet::new(),
            archived: BTreeSet::new(),
            mounts: false,
            registry: None,
        }
    }
}
