//! Everything the account holds.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
use tokio::time::Instant;

use crate::bucket::Buckets;
use crate::call::Calls;
use crate::clock::Clock;
use crate::ecr;
use crate::fault::Fault;
use crate::route53;
use crate::settings::Settings;

pub(crate) struct Cloud {
    pub(crate) account: String,
    pub(crate) clock: Clock,
    pub(crate) settings: Settings,
    pub(crate) faults: Vec<Fault>,
    pub(crate) cut: BTreeSet<String>,
    pub(crate) calls: Calls,
    pub(crate) buckets: Buckets,
    pub(crate) route53: route53::State,
    pub(crate) ecr: ecr::State,
    made: u64,
}

impl Cloud {
    pub(crate) fn new(account: &str) -> Self {
        Self {
            account: account.to_owned(),
            clock: Clock::new(),
            settings: Settings::of_aws(),
            faults: Vec::new(),
            cut: BTreeSet::new(),
            calls: Calls::new(),
            buckets: Buckets::new(),
            route53: route53::State::default(),
            ecr: ecr::State::default(),
            made: 0,
        }
    }

    /// The present moment, as AWS writes dates.
    pub(crate) fn date(&self) -> String {
        self.clock.date(Instant::now())
    }

    pub(crate) fn epoch(&self) -> f64 {
        self.clock.epoch(Instant::now())
    }

    /// As in `Z0A1B2C3D4E5F6G7H8I9J`. Looks random, and is the same on every run of a test.
    pub(crate) fn fresh_id(&mut self, first: char) -> String {
        const LETTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let seed = self.seed();
        let letters = seed[..20].iter().map(|byte| char::from(LETTERS[usize::from(*byte) % 36]));
        std::iter::once(first).chain(letters).collect()
    }

    pub(crate) fn fresh_uuid(&mut self) -> String {
        let hex = hex(&self.seed());
        // Version 4, variant 1: what readers of such ids expect.
        format!(
            "{}-{}-4{}-a{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[13..16],
            &hex[17..20],
            &hex[20..32]
        )
    }

    fn seed(&mut self) -> [u8; 32] {
        self.made += 1;
        Sha256::digest(format!("{} {}", self.account, self.made)).into()
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
