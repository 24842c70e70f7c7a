//! Functions that search text.

use std::collections::BTreeMap;

use regex_lite::{Captures, Regex, RegexBuilder};

use super::arguments::Bounded;
use super::{Arguments, Body::Plain};
use crate::language::Value;
use crate::language::value::VALUES_MAX;

/// Bytes that a compiled pattern may take. Matching takes time in proportion to it.
const PATTERN_BYTES_MAX: usize = 256 << 10;

/// Bytes of text that patterns are matched against.
const SEARCHED_BYTES_MAX: usize = 1 << 20;

super::table! { "Text":
"replace" "string, part, replacement"
    "The text with every part replaced; a part written as `/pattern/` is a regular expression, whose groups are `$1` in the replacement."
    r#"replace("a.b.c", ".", "-")"# => r#""a-b-c""# Plain(replace);
"regex" "pattern, string"
    "What the first match of a regular expression holds: a string, or a list or map of its groups."
    r#"regex("[a-z]+", "53 web")"# => r#""web""# Plain(first);
"regexall" "pattern, string" "What every match of a regular expression holds, as a list."
    r#"regexall("[a-z]+", "1 a 2 bc")"# => r#"["a", "bc"]"# Plain(all);
}

fn replace(given: Arguments<'_>) -> Result<Value, String> {
    let (text, part, replacement) = (given.text(0)?, given.text(1)?, given.text(2)?);
    let mut out = Bounded::default();
    let pattern = part.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    let mut done = 0;
    match pattern {
        Some(pattern) => {
            let regex = compiled(&given, 1, pattern, &text)?;
            for found in regex.captures_iter(&text) {
                let Some(whole) = found.get(0) else { continue };
                out.push(&text[done..whole.start()])?;
                let mut expanded = String::new();
                found.expand(&replacement, &mut expanded);
                out.push(&expanded)?;
                done = whole.end();
            }
        }
        None => {
            for (at, found) in text.match_indices(&*part) {
                out.push(&text[done..at])?;
                out.push(&replacement)?;
                done = at + found.len();
            }
        }
    }
    out.push(&text[done..])?;
    Ok(out.into_value())
}

fn first(given: Arguments<'_>) -> Result<Value, String> {
    let (pattern, text) = (given.text(0)?, given.text(1)?);
    let regex = compiled(&given, 0, &pattern, &text)?;
    match regex.captures(&text) {
        Some(found) => Ok(groups(&regex, &found)),
        None => Err(given.problem(1, "does not match the pattern")),
    }
}

fn all(given: Arguments<'_>) -> Result<Value, String> {
    let (pattern, text) = (given.text(0)?, given.text(1)?);
    let regex = compiled(&given, 0, &pattern, &text)?;
    let most = VALUES_MAX / regex.captures_len() + 1;
    let found: Vec<Value> =
        regex.captures_iter(&text).take(most + 1).map(|found| groups(&regex, &found)).collect();
    if found.len() > most {
        return Err(format!("there are more than {most} matches"));
    }
    Ok(found.into())
}

fn compiled(
    given: &Arguments<'_>,
    at: usize,
    pattern: &str,
    searched: &str,
) -> Result<Regex, String> {
    if searched.len() > SEARCHED_BYTES_MAX {
        let limit = SEARCHED_BYTES_MAX >> 20;
        return Err(format!("the text to search is longer than {limit} MiB"));
    }
    RegexBuilder::new(pattern)
        .size_limit(PATTERN_BYTES_MAX)
        .build()
        .map_err(|why| given.problem(at, format!("is no regular expression: {why}")))
}

/// The whole match, or its groups by number or name.
fn groups(regex: &Regex, found: &Captures<'_>) -> Value {
    let text = |group: Option<regex_lite::Match<'_>>| {
        group.map_or(Value::Null, |group| Value::from(group.as_str()))
    };
    let names: BTreeMap<_, _> =
        regex.capture_names().flatten().map(|name| (name.into(), text(found.name(name)))).collect();
    if !names.is_empty() {
        return names.into();
    }
    if regex.captures_len() == 1 {
        return text(found.get(0));
    }
    found.iter().skip(1).map(text).collect::<Vec<_>>().into()
}
