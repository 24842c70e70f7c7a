//! What the answers rest on, with where it is known from.

use super::verdict::Assumption;
use crate::intent::{Grows, Intents, Objective, Profile};

fn documented(text: &str, source: &str) -> Assumption {
    Assumption { text: text.to_owned(), source: source.to_owned(), documented: true }
}

fn taken(text: &str, source: &str) -> Assumption {
    Assumption { text: text.to_owned(), source: source.to_owned(), documented: false }
}

/// Those that bear on these intents.
pub(super) fn of(intents: &Intents) -> Vec<Assumption> {
    let mut all = vec![
        documented(
            "A check is healthy while more than 18 % of its checkers say so.",
            "Route 53 Developer Guide, dns-failover-determining-health-of-endpoints: the share may \
             change",
        ),
        taken(
            "There are 16 checkers, two in each of 8 places, and they do not wait for each other.",
            "Route 53 Developer Guide, monitoring-health-check-latency, says 16; two in each place \
             is inferred",
        ),
        documented(
            "A lost endpoint is silent: http and https give up after 4 s, TCP after 10 s.",
            "Route 53 Developer Guide, dns-failover-determining-health-of-endpoints",
        ),
        taken(
            "Servers answer otherwise within 10 s after a check flips, all moments alike.",
            "no page gives a number; `lifeboat rehearse` measures it on the local cloud",
        ),
        taken(
            "Clients notice a dead connection within their `notice`, all moments alike.",
            "the `clients` block; 10 s where it does not say",
        ),
        taken("A resolver gets one query a second for the name.", "a busy name; others are sooner"),
        documented(
            "A region is lost with all in it: endpoints, registry, checkers. us-east-1 takes the \
             control planes of Route 53 and IAM with it.",
            "AWS Fault Isolation Boundaries, global services",
        ),
    ];
    let profile = |is: &dyn Fn(&Objective) -> bool| intents.objectives.values().any(is);
    if profile(&|objective| objective.clients == Profile::Typical) {
        all.push(documented(
            "8.74 % of resolvers keep short answers longer than they may.",
            "PAM 2023, ttl-violation-study.github.io: 8,524 resolvers",
        ));
        all.push(taken(
            "Those keep them for 300 s, and 20 % of clients keep addresses 30 s more, as Java does.",
            "the study gives no times; AWS SDK for Java, jvm-ttl-dns",
        ));
    }
    let targets = || intents.failovers.values().flat_map(|failover| &failover.targets);
    if targets().any(|target| target.capacity.grows == Grows::Never) {
        all.push(taken(
            "Targets without `capacity` carry all requests at once.",
            "the configuration says nothing else",
        ));
    }
    if targets().any(|target| target.capacity.grows != Grows::Never) {
        all.push(taken(
            "A target that grows serves nobody before it has grown, and needs its registry for it.",
            "the `capacity` block",
        ));
    }
    all.push(taken(
        "A check without `region` asks where its address or its host's name says, else in the region \
         of the first target that it goes with.",
        "the `health_check` block",
    ));
    all
}
