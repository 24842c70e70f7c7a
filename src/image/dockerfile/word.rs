//! Words of an instruction: splitting, quotes, JSON lists, and variables in them.

use std::collections::BTreeMap;

/// Splits at blanks outside of quotes. Quotes and escapes stay in the words.
pub(super) fn split(text: &str, escape: char) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quote) = (String::new(), None);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match quote {
            None if c.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                continue;
            }
            None if c == '\'' || c == '"' => quote = Some(c),
            Some(open) if c == open => quote = None,
            None | Some(_) => {}
        }
        word.push(c);
        if c == escape && quote != Some('\'') {
            word.extend(chars.next());
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// A word without its quotes and escapes.
pub(super) fn unquote(word: &str, escape: char) -> String {
    expand(word, escape, &|_| None, Unknown::Kept).text
}

/// The strings of a JSON list; none where the text begins with anything else. BuildKit passes over what
/// follows the list.
pub(super) fn json(text: &str) -> Option<Vec<String>> {
    if !text.trim_start().starts_with('[') {
        return None;
    }
    serde_json::Deserializer::from_str(text).into_iter().next()?.ok()
}

/// `name=value` pairs, or one `name value` in the old form. Values as they are written.
pub(super) fn pairs(text: &str, escape: char) -> Vec<(String, Option<String>)> {
    let words = split(text, escape);
    let Some(first) = words.first() else { return Vec::new() };
    if !first.contains('=') {
        let rest = text.trim_start().strip_prefix(first.as_str()).unwrap_or_default().trim();
        return vec![(first.clone(), (!rest.is_empty()).then(|| rest.to_owned()))];
    }
    words.iter().map(|word| pair(word)).collect()
}

/// `name=value`, or a name alone.
pub(super) fn pair(word: &str) -> (String, Option<String>) {
    match word.split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
        None => (word.to_owned(), None),
    }
}

/// What becomes of a variable that nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    /// It stays as it is written.
    Kept,
    /// It is empty, as a shell has it.
    Empty,
}

/// A word with its variables replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Expanded {
    pub(super) text: String,
    /// Every variable that was asked for.
    pub(super) asked: Vec<String>,
    /// Where in `text` the first variable stood whose value is not known.
    pub(super) unknown: Option<usize>,
    /// Variables that are not set, where nothing is said to stand in their place.
    pub(super) unset: Vec<String>,
}

/// Replaces `$x`, `${x}`, `${x:-y}`, `${x-y}`, `${x:+y}` and `${x+y}`, and takes quotes away.
pub(super) fn expand(
    word: &str,
    escape: char,
    known: &dyn Fn(&str) -> Option<String>,
    unknown: Unknown,
) -> Expanded {
    let mut out = Expanded::default();
    let (mut rest, mut quote) = (word, None);
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            _ if quote == Some(c) => quote = None,
            _ if c == escape && quote != Some('\'') => {
                let next = after.chars().next();
                // Within double quotes only what would mean something is escaped.
                let meant = next.is_some_and(|n| ['"', '$'].contains(&n) || n == escape);
                if quote.is_some() && !meant {
                    out.text.push(c);
                }
                out.text.extend(next);
                rest = &after[next.map_or(0, char::len_utf8)..];
                continue;
            }
            ('$', None | Some('"')) => {
                let (variable, behind) = variable(after);
                match variable {
                    Some(variable) => replace(&variable, escape, known, unknown, &mut out),
                    None => out.text.push('$'),
                }
                rest = behind;
                continue;
            }
            _ => out.text.push(c),
        }
        rest = after;
    }
    out
}

/// A variable in a word, and what follows its name.
struct Variable<'w> {
    written: String,
    name: &'w str,
    operator: &'w str,
    word: &'w str,
}

/// The variable whose `$` has been read, and the text behind it.
fn variable(after: &str) -> (Option<Variable<'_>>, &str) {
    let part_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if let Some(inner) = after.strip_prefix('{') {
        let Some(end) = closing(inner) else { return (None, after) };
        let (inner, behind) = (&inner[..end], &inner[end + 1..]);
        let name_end = inner.find(|c| !part_of_name(c)).unwrap_or(inner.len());
        let (name, rest) = inner.split_at(name_end);
        let operators = [":-", ":+", "-", "+"];
        let operator = operators.iter().find(|o| rest.starts_with(**o));
        let operator = operator.map_or(rest, |operator| *operator);
        let word = &rest[operator.len()..];
        return (Some(Variable { written: format!("${{{inner}}}"), name, operator, word }), behind);
    }
    let end = after.find(|c| !part_of_name(c)).unwrap_or(after.len());
    if end == 0 {
        return (None, after);
    }
    let (name, behind) = after.split_at(end);
    (Some(Variable { written: format!("${name}"), name, operator: "", word: "" }), behind)
}

/// Where the brace closes that has been opened.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn replace(
    variable: &Variable<'_>,
    escape: char,
    known: &dyn Fn(&str) -> Option<String>,
    unknown: Unknown,
    out: &mut Expanded,
) {
    out.asked.push(variable.name.to_owned());
    let value = known(variable.name);
    let set = match variable.operator {
        ":-" | ":+" => value.as_ref().is_some_and(|value| !value.is_empty()),
        _ => value.is_some(),
    };
    let instead = match variable.operator {
        ":-" | "-" if !set => Some(variable.word),
        ":+" | "+" => Some(if set { variable.word } else { "" }),
        _ => None,
    };
    if let Some(word) = instead {
        let inner = expand(word, escape, known, unknown);
        out.unknown = out.unknown.or(inner.unknown.map(|at| at + out.text.len()));
        out.asked.extend(inner.asked);
        out.unset.extend(inner.unset);
        out.text.push_str(&inner.text);
        return;
    }
    if value.is_none() {
        out.unset.push(variable.name.to_owned());
    }
    // Operators such as `#` and `/` cut and replace patterns: what they give is not computed.
    let plain = variable.operator.is_empty() || variable.operator.ends_with('-');
    match value.filter(|_| plain) {
        Some(value) => out.text.push_str(&value),
        None => {
            out.unknown = out.unknown.or(Some(out.text.len()));
            if unknown == Unknown::Kept {
                out.text.push_str(&variable.written);
            }
        }
    }
}

/// Variables with their values; none where a variable is declared and its value is not known.
pub(super) type Scope = BTreeMap<String, Option<String>>;

#[cfg(test)]
mod tests {
    use super::*;

    fn check(word: &str, wanted: &str) {
        let known = |name: &str| match name {
            "A" => Some("one".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        assert_eq!(expand(word, '\\', &known, Unknown::Empty).text, wanted, "{word}");
    }

    #[test]
    fn variables_are_replaced_as_a_shell_does() {
        check("x$A.y", "xone.y");
        check("${A}b", "oneb");
        check("${A:-two}${B:-two}${EMPTY:-three}${EMPTY-four}", "onetwothree");
        check("${A:+set}${B:+set}${EMPTY+set}", "setset");
        check("'$A' \"$A\" \\$A", "$A one $A");
        check("${B:-${A}-x}", "one-x");
        check("$", "$");
        check("${B}", "");
        check("a\\ b", "a b");
    }

    #[test]
    fn pairs_are_read_in_both_forms() {
        let read = |text: &str| pairs(text, '\\');
        let one = |name: &str, value: Option<&str>| (name.to_owned(), value.map(str::to_owned));
        assert_eq!(
            read("A=b C=\"d e\" F"),
            [one("A", Some("b")), one("C", Some("\"d e\"")), one("F", None)]
        );
        assert_eq!(read("A b c"), [one("A", Some("b c"))]);
        assert_eq!(read("A"), [one("A", None)]);
        assert_eq!(read("A=b\\ c"), [one("A", Some("b\\ c"))]);
    }
}
