//! Names for blocks: from what they stand for, lawful, and each once.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_contract::{Endpoint, HealthCheck};

/// A name has 63 characters at most; some are for a number behind it.
const CHARS_MAX: usize = 56;

/// The names that are given.
#[derive(Default)]
pub(super) struct Names {
    taken: BTreeSet<(String, String)>,
    /// The last number behind each name.
    last: BTreeMap<(String, String), u32>,
}

impl Names {
    /// Where these are taken, by kind and name.
    pub(super) fn beside(taken: &BTreeSet<(String, String)>) -> Self {
        Self { taken: taken.clone(), last: BTreeMap::new() }
    }

    /// A name for a block of this kind, made of this text: `www.example.com A` to
    /// `www_example_com_a`. Where it is taken, a number stands behind it.
    pub(super) fn give(&mut self, kind: &str, text: &str) -> String {
        let base = lawful(text);
        let last = self.last.entry((kind.to_owned(), base.clone())).or_insert(0);
        loop {
            *last += 1;
            let name = if *last == 1 { base.clone() } else { format!("{base}_{last}") };
            if self.taken.insert((kind.to_owned(), name.clone())) {
                return name;
            }
        }
    }
}

/// A text as a name.
pub(super) fn lawful(text: &str) -> String {
    let text = text.replace('*', "wildcard").to_ascii_lowercase();
    let mut name = String::new();
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() || letter == '_' {
            name.push(letter);
        } else if !name.ends_with('_') {
            name.push('_');
        }
    }
    if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
        name.insert(0, '_');
    }
    name.truncate(CHARS_MAX);
    name
}

/// What a check is named after.
pub(super) fn of_check(check: &HealthCheck) -> String {
    match check {
        HealthCheck::Endpoint(Endpoint { host, .. }) => host.clone(),
        HealthCheck::Calculated { checks, at_least, .. } => {
            let all = usize::try_from(*at_least).is_ok_and(|least| least == checks.len());
            let form = if all { "all_of".to_owned() } else { format!("{at_least}_of") };
            format!("{}_{}", if all { form } else { format!("any_{form}") }, checks.len())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_lawful_and_each_once() {
        let mut names = Names::default();
        for (text, name) in [
            ("www.example.com A", "www_example_com_a"),
            ("www-example.com A", "www_example_com_a_2"),
            ("*.example.com TXT", "wildcard_example_com_txt"),
            ("_dmarc.example.com TXT", "_dmarc_example_com_txt"),
            ("192.0.2.1", "_192_0_2_1"),
            ("", "_"),
            ("ü/..ß", "__2"),
            ("www.example.com_a 2", "www_example_com_a_2_2"),
        ] {
            assert_eq!(names.give("record", text), name, "{text}");
        }
        assert_eq!(names.give("failover", "www.example.com A"), "www_example_com_a");
        assert!(names.give("record", &"a".repeat(300)).len() <= 63);
    }
}
