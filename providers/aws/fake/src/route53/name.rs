//! DNS names as Route 53 stores and orders them.

use std::cmp::Ordering;

const LABEL_BYTES_MAX: usize = 63;
const NAME_BYTES_MAX: usize = 255;

/// A name in lower case, with escapes and the trailing dot, as in `\052.example.com.`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    text: String,
    /// The labels in reverse, as in `com.example.\052.`; what names are ordered by.
    reversed: String,
}

impl Name {
    /// The problem is in AWS's words.
    pub(super) fn read(given: &str) -> Result<Self, String> {
        let problem = |what: &str| Err(format!("FATAL problem: {what} encountered with '{given}'"));
        let mut labels: Vec<Vec<u8>> = vec![Vec::new()];
        let mut rest = given.bytes();
        while let Some(byte) = rest.next() {
            let escaped = byte == b'\\';
            let byte = if escaped { unescape(&mut rest) } else { Some(byte) };
            match (byte, labels.last_mut()) {
                (Some(b'.'), _) if !escaped => labels.push(Vec::new()),
                (Some(byte), Some(label)) if escaped || byte.is_ascii_graphic() => {
                    label.push(byte.to_ascii_lowercase());
                }
                _ => {
                    return problem("UnsupportedCharacter (Value contains unsupported characters)");
                }
            }
        }
        if labels.last().is_some_and(Vec::is_empty) {
            labels.pop();
        }
        if labels.is_empty() {
            return problem("DomainNameEmpty (Domain name is empty)");
        }
        if labels.iter().any(Vec::is_empty) {
            return problem("DomainLabelEmpty (Domain label is empty)");
        }
        if labels.iter().any(|label| label.len() > LABEL_BYTES_MAX) {
            return problem("DomainLabelTooLong (Domain label is too long)");
        }
        if labels.iter().map(|label| label.len() + 1).sum::<usize>() > NAME_BYTES_MAX - 1 {
            return problem("DomainNameTooLong (Domain name is too long)");
        }
        Ok(Self::of(&labels.iter().map(|label| escape(label)).collect::<Vec<_>>()))
    }

    fn of(labels: &[String]) -> Self {
        let dotted = |label: &String| format!("{label}.");
        Self {
            text: labels.iter().map(dotted).collect(),
            reversed: labels.iter().rev().map(dotted).collect(),
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether this is `zone`, or a name below it.
    pub(super) fn is_within(&self, zone: &Self) -> bool {
        self.reversed.starts_with(&zone.reversed)
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        self.reversed.cmp(&other.reversed)
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// What follows a backslash: three octal digits, or any letter that stands for itself.
fn unescape(rest: &mut std::str::Bytes<'_>) -> Option<u8> {
    let first = rest.next()?;
    if !first.is_ascii_digit() {
        return Some(first);
    }
    let digits = [first, rest.next()?, rest.next()?];
    u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 8).ok()
}

fn escape(label: &[u8]) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let letter = |byte: &u8| {
        if plain(*byte) { char::from(*byte).to_string() } else { format!("\\{byte:03o}") }
    };
    label.iter().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_stored_in_one_form() {
        for (given, stored) in [
            ("WWW.Example.com", "www.example.com."),
            ("*.example.com.", "\\052.example.com."),
            ("\\052.example.com", "\\052.example.com."),
            ("_dmarc.example.com", "_dmarc.example.com."),
            ("a@b.example.com", "a\\100b.example.com."),
        ] {
            assert_eq!(Name::read(given).unwrap().text(), stored);
        }
    }

    #[test]
    fn names_are_ordered_by_reversed_labels_with_their_dots() {
        let mut names: Vec<Name> = ["b.x.", "a.x.", "a-1.x.", "x.", "z.a.x.", "*.x.", "xy."]
            .map(|name| Name::read(name).unwrap())
            .into();
        names.sort();
        let texts: Vec<&str> = names.iter().map(Name::text).collect();
        assert_eq!(texts, ["x.", "\\052.x.", "a-1.x.", "a.x.", "z.a.x.", "b.x.", "xy."]);
    }

    #[test]
    fn malformed_names_are_refused() {
        let long = "a".repeat(64);
        for (given, problem) in [
            ("", "DomainNameEmpty"),
            ("a..b", "DomainLabelEmpty"),
            (long.as_str(), "DomainLabelTooLong"),
            ("a b.c", "UnsupportedCharacter"),
            ("\\9.c", "UnsupportedCharacter"),
            (&format!("{}z", "abcdefg.".repeat(32)), "DomainNameTooLong"),
        ] {
            assert!(Name::read(given).unwrap_err().contains(problem), "{given}");
        }
    }
}
