//! `.dockerignore`: what of a context a build does not see.
//!
//! Patterns are cleaned like paths and matched from the context's root, each against a path and all
//! folders above it; the last one that matches decides. `*` and `?` stay within a name, `**` crosses
//! folders, `!` takes back. Before the end of a pattern `**` stands for whole folders, so `**foo` is
//! `**/foo`.

/// The patterns of an ignore file, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ignore {
    patterns: Vec<Pattern>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    takes_back: bool,
    parts: Vec<Part>,
}

/// What stands for letters of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Letter(char),
    /// `?`
    One,
    /// `*`
    Some,
    /// `**`, and whether it stands for whole folders alone.
    Any {
        folders: bool,
    },
    /// `[a-z]`, `[^a]`
    Of {
        ranges: Vec<(char, char)>,
        not: bool,
    },
}

/// Why a pattern is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// From 1.
    pub line: usize,
    pub pattern: String,
}

impl Ignore {
    pub fn read(text: &str) -> Result<Self, Malformed> {
        let mut patterns = Vec::new();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (line, written) in (1..).zip(text.lines()) {
            // Only a line that begins with `#` is a comment.
            if written.starts_with('#') {
                continue;
            }
            let written = written.trim();
            let (takes_back, rest) = match written.strip_prefix('!') {
                Some(rest) => (true, rest.trim()),
                None => (false, written),
            };
            if rest.is_empty() && !takes_back {
                continue;
            }
            let parts = (!rest.is_empty()).then(|| parts(&clean(rest))).flatten();
            let Some(parts) = parts else {
                return Err(Malformed { line, pattern: written.to_owned() });
            };
            patterns.push(Pattern { takes_back, parts });
        }
        Ok(Self { patterns })
    }

    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Whether a build does not see this path, which is relative to the context and has `/` between
    /// its names.
    pub fn hides(&self, path: &str) -> bool {
        let mut hidden = false;
        for pattern in &self.patterns {
            // A pattern that changes nothing is not asked.
            if pattern.takes_back == hidden && pattern.matches_or_above(path) {
                hidden = !pattern.takes_back;
            }
        }
        hidden
    }

    /// Whether something below a hidden folder may be taken back.
    pub fn takes_back(&self) -> bool {
        self.patterns.iter().any(|pattern| pattern.takes_back)
    }
}

impl Pattern {
    fn matches_or_above(&self, path: &str) -> bool {
        let above = path.match_indices('/').map(|(at, _)| &path[..at]);
        above.chain([path]).any(|path| matches(&self.parts, path))
    }
}

/// Whether a pattern such as a `COPY` takes matches a whole path; none where it is malformed.
pub(super) fn glob(pattern: &str, path: &str) -> Option<bool> {
    // Here two stars are no more than one.
    let single = pattern.replace("**", "*");
    Some(matches(&parts(&single)?, path))
}

/// Whether a path has anything that stands for other letters.
pub(super) fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '[', '\\'])
}

/// A path without `.`, `..`, double and trailing slashes, from the context's root.
pub(super) fn clean(path: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in path.split('/') {
        match (name, names.last()) {
            ("" | ".", _) => {}
            ("..", Some(last)) if *last != ".." => drop(names.pop()),
            // What leaves the context from a path that does not begin there hides nothing.
            ("..", _) if path.starts_with('/') => {}
            _ => names.push(name),
        }
    }
    names.join("/")
}

fn parts(pattern: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        parts.push(match c {
            '*' if chars.peek() == Some(&'*') => {
                chars.next();
                let _cut = chars.next_if_eq(&'/');
                Part::Any { folders: chars.peek().is_some() }
            }
            '*' => Part::Some,
            '?' => Part::One,
            '[' => of(&mut chars)?,
            '\\' => Part::Letter(chars.next()?),
            c => Part::Letter(c),
        });
    }
    Some(parts)
}

/// The letters between brackets, up to the closing one.
fn of(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<Part> {
    let not = chars.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    let letter = |c: char, chars: &mut std::iter::Peekable<std::str::Chars<'_>>| match c {
        '\\' => chars.next(),
        '-' => None,
        c => Some(c),
    };
    loop {
        let c = chars.next()?;
        if c == ']' && !ranges.is_empty() {
            return Some(Part::Of { ranges, not });
        }
        if c == ']' {
            return None;
        }
        let start = letter(c, chars)?;
        let end = match chars.next_if_eq(&'-') {
            Some(_) => {
                let c = chars.next().filter(|c| *c != ']')?;
                letter(c, chars)?
            }
            None => start,
        };
        ranges.push((start, end));
    }
}

/// Whether parts match a whole path: each position is tried once for each part.
fn matches(parts: &[Part], path: &str) -> bool {
    let letters: Vec<char> = path.chars().collect();
    let mut at = vec![false; letters.len() + 1];
    at[0] = true;
    for part in parts {
        let mut next = vec![false; at.len()];
        match part {
            Part::Some => {
                let mut open = false;
                for (place, here) in at.iter().enumerate() {
                    open = *here || (open && letters[place - 1] != '/');
                    next[place] = open;
                }
            }
            // Nothing, or whole folders.
            Part::Any { folders: true } => {
                let mut open = false;
                for (place, here) in at.iter().enumerate() {
                    next[place] = *here || (open && letters[place - 1] == '/');
                    open |= *here;
                }
            }
            Part::Any { folders: false } => {
                let first = at.iter().position(|here| *here).unwrap_or(at.len());
                next[first..].fill(true);
            }
            Part::Letter(_) | Part::One | Part::Of { .. } => {
                for (place, letter) in letters.iter().enumerate() {
                    next[place + 1] = at[place] && is_one(part, *letter);
                }
            }
        }
        at = next;
    }
    at.last() == Some(&true)
}

fn is_one(part: &Part, letter: char) -> bool {
    match part {
        Part::Letter(wanted) => letter == *wanted,
        Part::One => letter != '/',
        Part::Of { ranges, not } => {
            let inside = ranges.iter().any(|(start, end)| (*start..=*end).contains(&letter));
            inside != *not
        }
        Part::Some | Part::Any { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, hidden: &[&str], seen: &[&str]) {
        let ignore = Ignore::read(text).unwrap();
        for path in hidden {
            assert!(ignore.hides(path), "{path} is seen, with\n{text}");
        }
        for path in seen {
            assert!(!ignore.hides(path), "{path} is hidden, with\n{text}");
        }
    }

    #[test]
    fn names_match_from_the_root_with_all_below() {
        check("a\n", &["a", "a/b", "a/b/c"], &["b/a", "ab", "b"]);
        check("/a/\n", &["a", "a/b"], &["b/a"]);
        check("./a/../b//c\n", &["b/c", "b/c/d"], &["a", "c"]);
        check("*.log\n", &["x.log", ".log"], &["a/x.log", "x.logs"]);
        check("a?c\n", &["abc"], &["ac", "a/c"]);
        check("[a-c]x\n[^a-c]y\n", &["ax", "dy"], &["dx", "ay"]);
        check("../a\n/../b\n", &["b"], &["a"]);
        check("\\*a\n", &["*a"], &["ba"]);
    }

    #[test]
    fn two_stars_cross_folders() {
        check("**/a\n", &["a", "b/a", "b/c/a", "b/a/d"], &["ba", "b/ca"]);
        check("a/**\n", &["a/b", "a/b/c"], &["a", "b"]);
        check("a/**/b\n", &["a/b", "a/x/b", "a/x/y/b"], &["ab", "a/xb"]);
        check("**/*.o\n", &["x.o", "a/x.o", "a/b/x.o"], &["x.c"]);
        check("**\n", &["a", "a/b"], &[]);
        check("**foo\n", &["foo", "a/foo", "a/foo/x"], &["foob", "barfoo"]);
        check("a**b\n", &["ab", "ax/b"], &["axb"]);
        check("a**\n", &["a", "ab", "a/b"], &["b"]);
    }

    #[test]
    fn the_last_match_decides() {
        check("*\n!keep\n", &["a", "b/c"], &["keep", "keep/a"]);
        check("!a\na\n", &["a"], &[]);
        check("a\n!a/b\na/b/c\n", &["a", "a/x", "a/b/c"], &["a/b", "a/b/d"]);
        check(
            "*.md\n!README*.md\nREADME-secret.md\n",
            &["x.md", "README-secret.md"],
            &["README.md"],
        );
        check("!  spaced  \n", &[], &["spaced"]);
    }

    #[test]
    fn comments_blanks_and_marks_are_passed_over() {
        check("\u{feff}a\r\n\n# b\n  c  \n #d\n", &["a", "c", "#d"], &["b", "d"]);
        check(".\n/\n", &[], &["a"]);
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for (text, line) in [("a\n[b\n", 2), ("!\n", 1), ("a\\\n", 1), ("[]\n", 1), ("[-a]", 1)] {
            assert_eq!(Ignore::read(text).unwrap_err().line, line, "{text}");
        }
    }
}
