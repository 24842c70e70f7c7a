//! Answers, part by part.

use std::collections::BTreeMap;

use lifeboat_contract::CheckRef;
use lifeboat_contract::routing::{Answers, Gauge, Reply, SetIndex, Why};

/// Part of the answers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    /// The set; absent where nothing is answered.
    pub(super) set: Option<SetIndex>,
    pub(super) share: f64,
    /// The share of its clients that is served.
    pub(super) served: f64,
    /// Whether a check of its own says that it is unhealthy.
    pub(super) unhealthy: bool,
}

/// How long resolvers keep the address of a load balancer, in seconds (API reference, `AliasTarget`).
pub(super) const FOREIGN_TTL: u32 = 60;

/// The answers by set. Who gets several addresses takes one of them.
pub(super) fn parts(
    answers: &Answers,
    served: impl Fn(SetIndex, f64) -> f64,
    unhealthy: impl Fn(SetIndex) -> bool,
) -> Vec<Part> {
    let mut shares: BTreeMap<Option<SetIndex>, f64> = BTreeMap::new();
    for share in answers {
        match &share.reply {
            Reply::Sets { of, .. } => {
                #[expect(clippy::cast_precision_loss, reason = "at most 100 sets")]
                let each = share.probability / of.len() as f64;
                for set in of {
                    *shares.entry(Some(*set)).or_default() += each;
                }
            }
            Reply::Foreign { set, .. } => {
                *shares.entry(Some(*set)).or_default() += share.probability;
            }
            Reply::Referral { .. } | Reply::NoData | Reply::NoName | Reply::Undecided { .. } => {
                *shares.entry(None).or_default() += share.probability;
            }
        }
    }
    let part = |(set, share): (Option<SetIndex>, f64)| {
        let served = set.map_or(0.0, |set| served(set, share));
        Part { set, share, served, unhealthy: set.is_some_and(&unhealthy) }
    };
    shares.into_iter().map(part).collect()
}

/// Why part of the answers cannot be told.
pub(super) fn undecided(answers: &Answers) -> Option<String> {
    answers.iter().find_map(|share| match &share.reply {
        Reply::Undecided { why: Why::Health { of: Gauge::Check(check) } } => {
            Some(format!("health check {} is not known here", shown(check)))
        }
        Reply::Undecided { why } => Some(why.to_string()),
        Reply::Sets { .. }
        | Reply::Foreign { .. }
        | Reply::Referral { .. }
        | Reply::NoData
        | Reply::NoName => None,
    })
}

fn shown(check: &CheckRef) -> String {
    match check {
        CheckRef::Address(address) => format!("`{address}`"),
        CheckRef::Marked(reference) => format!("`{reference}`"),
        CheckRef::Id(id) => format!("`{id}`"),
    }
}
