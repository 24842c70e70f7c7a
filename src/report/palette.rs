//! Colours.

pub(super) const ADD: &str = "\x1b[32m";
pub(super) const CHANGE: &str = "\x1b[33m";
pub(super) const REMOVE: &str = "\x1b[31m";
pub(super) const DIM: &str = "\x1b[2m";
pub(super) const BOLD: &str = "\x1b[1m";
pub(super) const PLAIN: &str = "\x1b[0m";

/// Text in a colour.
pub(super) fn paint(colour: &str, text: &str) -> String {
    format!("{colour}{text}{PLAIN}")
}
