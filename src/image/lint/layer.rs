//! `LB1xx`: fewer and smaller layers.

use super::{Gravity, Rule, Seen};
use crate::image::dockerfile::Keyword;

pub(super) const RULES: &[&Rule] = &[CONSECUTIVE];

const CONSECUTIVE: &Rule = &Rule {
    id: "LB101",
    gravity: Gravity::Note,
    foreign: &["DL3059"],
    reason: "Each `RUN` is a layer that every region pulls, and what a later one deletes stays in it.",
    fix: "join them with `&&` or a here-document",
};

pub(super) fn check(seen: &mut Seen<'_>) {
    // What a stage leaves behind does not reach the image: only the target's layers count.
    let target = seen.target();
    for pair in target.windows(2) {
        let both = pair.iter().all(|one| one.keyword == Keyword::Run);
        if both && pair[0].flags == pair[1].flags {
            seen.say(CONSECUTIVE, pair[1].span, "this `RUN` follows another one");
        }
    }
}
