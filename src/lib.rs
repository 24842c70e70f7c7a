//! Lifeboat, a declarative planner for surviving the loss of a region.
//!
//! A straight pipeline: each stage is one folder with one noun and one verb, and names only stages
//! above it.
//!
//! ```text
//! HCL text  --language-->  Document  --intent-->  Intents
//! Intents x Lock  --image-->  Contents      Intents x Contents  --desired-->  Desired
//! Contents  --probe-->  Ranking into the Lock
//! Desired  --graph-->  Graph                Desired  --live-->  Live
//! Desired x Live  --diff-->  Changes  --plan-->  Plan  --apply-->  Journal
//! Desired x Outage  --rehearse-->  Rehearsal, on a living cloud
//! Intents x Live  --generate-->  HCL text   Desired x Live  --drill-->  Verdicts
//! ```
//!
//! `report` turns what stages make into text and JSON, and `cli` turns words into stages and an exit
//! code. Only `main.rs` names concrete providers.

pub mod apply;
pub mod cli;
pub mod desired;
pub mod diagnostic;
pub mod diff;
pub mod drill;
pub mod generate;
pub mod graph;
pub mod image;
pub mod intent;
pub mod language;
pub mod live;
pub mod lock;
pub mod plan;
pub mod probe;
pub mod rehearse;
pub mod report;
