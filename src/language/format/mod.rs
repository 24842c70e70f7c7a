//! Lays HCL text out the one usual way: indentation, columns, spaces.
//!
//! Input: the text of a file. Output: the same tokens with other white space. Never changes what a
//! text means, never adds, joins or drops a line (but for empty ones at the very end), and never
//! looks inside a template. Text that is no HCL comes back as it was.

mod layout;
mod spacing;
#[cfg(test)]
mod tests;
mod tokens;

use tokens::{Kind, Token};

/// The text in its usual layout. Formatting twice changes nothing more.
///
/// A text with a lexical problem (an unclosed string, heredoc, comment or bracket, a character that
/// HCL has no use for) comes back unchanged: its author sees the finding, not a rearranged mistake.
pub fn format(text: &str) -> String {
    laid_out(text).unwrap_or_else(|| text.to_owned())
}

/// `None` where the text is better left alone.
fn laid_out(text: &str) -> Option<String> {
    let before = tokens::read(text)?;
    let formatted = layout::print(text, &before)?;
    let after = tokens::read(&formatted)?;
    same_meaning((text, &before), (&formatted, &after)).then_some(formatted)
}

/// Whether two texts have the same tokens. Removing the space in `a.1 .2` would not keep them.
fn same_meaning(left: (&str, &[Token]), right: (&str, &[Token])) -> bool {
    let [left, right] = [left, right].map(|(text, tokens)| {
        let tokens = without_last_newlines(tokens);
        tokens.iter().map(|token| (token.kind, token.printed(text)))
    });
    left.eq(right)
}

/// The tokens up to the last one that prints something.
fn without_last_newlines(tokens: &[Token]) -> &[Token] {
    let end = tokens.iter().rposition(|token| token.kind != Kind::Newline);
    end.and_then(|last| tokens.get(..=last)).unwrap_or_default()
}
