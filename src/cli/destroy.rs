//! `destroy`: delete everything this stack owns.

use super::apply::{How, ask_and_carry_out};
use super::arguments::Destroy as Words;
use super::prepare::{Purpose, prepare, tell};
use super::{Exit, Screen, Setting, plan};
use crate::report::Operation;

pub(super) async fn run(words: &Words, setting: &Setting<'_>, screen: &Screen) -> Exit {
    let json = words.planning.json;
    let purpose = Purpose { destroy: true, lease: true, ..Purpose::default() };
    let prepared = match prepare(&words.planning, &purpose, setting).await {
        Ok(prepared) => prepared,
        Err(refused) => return tell(&refused, screen, json, setting),
    };
    let detail = plan::detail(words.planning.verbose);
    plan::show(&prepared, detail, json, screen, setting);
    let stack = prepared.plan.stack.to_string();
    let question = format!("Delete everything that stack `{stack}` owns? Type its name.");
    let ask = (!words.auto_approve).then_some((question.as_str(), stack.as_str()));
    let how = How { json, operation: Operation::Destroy, setting, screen };
    ask_and_carry_out(prepared, ask, &how).await
}
