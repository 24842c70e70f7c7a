//! `adopt` and `release`: take over and let go, by marks only.

use std::collections::BTreeSet;

use lifeboat_contract::Address;

use super::apply::{How, ask_and_carry_out};
use super::arguments::Hand as Words;
use super::prepare::{Purpose, prepare, tell};
use super::{Exit, Screen, Setting, plan};
use crate::report::Operation;

#[derive(Clone, Copy)]
pub(super) enum Way {
    Adopt,
    Release,
}

pub(super) async fn run(words: &Words, way: Way, setting: &Setting<'_>, screen: &Screen) -> Exit {
    let json = words.planning.json;
    let addresses: BTreeSet<Address> =
        words.addresses.iter().map(|text| Address::from(text.as_str())).collect();
    let purpose = match way {
        Way::Adopt => Purpose { adopt: addresses, lease: true, ..Purpose::default() },
        Way::Release => Purpose { release: addresses, lease: true, ..Purpose::default() },
    };
    let prepared = match prepare(&words.planning, &purpose, setting).await {
        Ok(prepared) => prepared,
        Err(refused) => return tell(&refused, screen, json, setting),
    };
    let detail = plan::detail(words.planning.verbose);
    plan::show(&prepared, detail, json, screen, setting);
    let question = match way {
        Way::Adopt => "Take these over? Only their marks are written.",
        Way::Release => "Let go of these? Only their marks are removed.",
    };
    let ask = (!words.auto_approve).then_some((question, "yes"));
    let how = How { json, operation: Operation::Apply, setting, screen };
    ask_and_carry_out(prepared, ask, &how).await
}
