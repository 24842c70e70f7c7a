//! What a conforming server answers: the exact distribution over its answers.
//!
//! A [`Zone`] holds record sets. [`Zone::tree`] settles all of a query but health: which sets are
//! for the [`Client`], in which order, and where aliases lead. A [`Tree`] then answers for any
//! health of its checks, or for all of them at once as a [`Table`]. [`Checks`] says which checks are
//! healthy when endpoints are.
//!
//! The rules are those of Route 53. Where its pages leave something open, or a fact is missing, the
//! reply is [`Reply::Undecided`] with the reason.
//!
//! ```
//! use lifeboat_contract::routing::{Client, Reply, Set, Zone};
//! use lifeboat_contract::{Answer, CheckRef, FailoverRole, RecordSet, RecordType, Routing};
//!
//! let set = |role, value: &str, check: &str| Set {
//!     name: "www.example.com".parse().unwrap(),
//!     rtype: RecordType::A,
//!     id: Some(value.to_owned()),
//!     spec: RecordSet {
//!         ttl: Some(60),
//!         answer: Answer::Values(vec![value.to_owned()]),
//!         routing: Routing::Failover(role),
//!         health_check: Some(CheckRef::Id(check.to_owned())),
//!     },
//! };
//! let zone = Zone::new([
//!     set(FailoverRole::Primary, "192.0.2.1", "one"),
//!     set(FailoverRole::Secondary, "192.0.2.2", "two"),
//! ]);
//! let tree = zone.tree(&"www.example.com".parse()?, RecordType::A, &Client::unknown());
//! assert_eq!(tree.checks().len(), 2);
//!
//! let answers = tree.answer(&|check| check != 0);
//! assert_eq!(answers[0].probability, 1.0);
//! assert_eq!(answers[0].reply, Reply::Sets { of: vec![1], take: 1, ttl: Some(60) });
//! # Ok::<(), lifeboat_contract::Invalid>(())
//! ```

mod answer;
mod check;
mod client;
mod grow;
mod policy;
mod reply;
mod table;
mod tree;
mod zone;

pub use check::{Alarm, Checks, OnInsufficient, alarm_healthy, endpoint_healthy};
pub use client::{Client, Place, Subnet};
pub use reply::{Answers, Reply, SetIndex, Share, Why};
pub use table::Table;
pub use tree::{Gauge, Tree};
pub use zone::{Assumptions, Bias, Set, UnhealthyBlock, ZeroWeight, Zone};
