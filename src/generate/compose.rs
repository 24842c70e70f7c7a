//! The text: settings, checks, names, and what is not in it.

use hcl::Block;

use super::settings::{Book, blocks};
use super::write::{block, text};
use super::{Draft, Settings, Unsaid};
use crate::language;

const HEAD: &str =
    "# Written by `lifeboat adopt --generate` from what was there. It is yours to edit.\n";

/// Above each failover.
const GUESS: &str = "# The regions are guesses: nothing tells where an address is.\n";

/// A configuration of its own.
pub(super) fn whole(settings: &Settings<'_>, drafts: &[Draft<'_>], unsaid: &[Unsaid]) -> String {
    let book = Book::whole(settings, drafts);
    let mut out = HEAD.to_owned();
    for block in blocks(settings, &book) {
        push(&mut out, "", block);
    }
    push_all(&mut out, &book, drafts, unsaid);
    language::format(&out)
}

/// Blocks for a configuration that has the settings already.
pub(super) fn added(settings: &Settings<'_>, drafts: &[Draft<'_>], unsaid: &[Unsaid]) -> String {
    let book = Book::added(settings, drafts);
    let mut out = HEAD.to_owned();
    push_all(&mut out, &book, drafts, unsaid);
    language::format(&out)
}

fn push_all(out: &mut String, book: &Book, drafts: &[Draft<'_>], unsaid: &[Unsaid]) {
    for draft in drafts {
        let note = if draft.kind == "failover" { GUESS } else { "" };
        push(out, note, block(draft, book));
    }
    if unsaid.is_empty() {
        return;
    }
    out.push_str("\n# Not written, and left as it is:\n");
    for Unsaid { what, why, .. } in unsaid {
        out.push_str(&comment(&format!("- {what}: {why}")));
    }
}

fn push(out: &mut String, note: &str, block: Block) {
    out.push('\n');
    out.push_str(note);
    out.push_str(text(block).trim_end());
    out.push('\n');
}

/// One line, whatever the world calls things.
fn comment(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("# {line}\n")
}
