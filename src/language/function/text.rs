//! Functions of text.

use std::sync::Arc;

use super::arguments::Bounded;
use super::{Arguments, Body::Plain};
use crate::language::Value;
use crate::language::value::VALUES_MAX;

super::table! { "Text":
"upper" "string" "The text in capital letters."
    r#"upper("web")"# => r#""WEB""# Plain(|a| Ok(a.text(0)?.to_uppercase().into()));
"lower" "string" "The text in small letters."
    r#"lower("WEB")"# => r#""web""# Plain(|a| Ok(a.text(0)?.to_lowercase().into()));
"title" "string" "The text with each word's first letter as a capital."
    r#"title("hello world")"# => r#""Hello World""# Plain(title);
"trim" "string, characters" "The text without any of the characters at its ends."
    r#"trim("?!hello?!", "!?")"# => r#""hello""# Plain(trim);
"trimspace" "string" "The text without white space at its ends."
    r#"trimspace("  web\n")"# => r#""web""# Plain(|a| Ok(a.text(0)?.trim().into()));
"trimprefix" "string, prefix" "The text without the prefix, if it has it."
    r#"trimprefix("helloworld", "hello")"# => r#""world""# Plain(trim_prefix);
"trimsuffix" "string, suffix" "The text without the suffix, if it has it."
    r#"trimsuffix("helloworld", "world")"# => r#""hello""# Plain(trim_suffix);
"split" "separator, string" "The pieces of the text between the separators."
    r#"split(",", "a,b,c")"# => r#"["a", "b", "c"]"# Plain(split);
"join" "separator, lists..." "The elements of the lists as one text, with the separator between them."
    r#"join(", ", ["a", "b"])"# => r#""a, b""# Plain(join);
"substr" "string, offset, length"
    "So many characters from an offset on; a negative offset counts from the end, and length -1 takes the rest."
    r#"substr("hello world", 1, 4)"# => r#""ello""# Plain(substr);
"startswith" "string, prefix" "Whether the text starts with the prefix."
    r#"startswith("hello", "he")"# => "true"
    Plain(|a| Ok(a.text(0)?.starts_with(&*a.text(1)?).into()));
"endswith" "string, suffix" "Whether the text ends with the suffix."
    r#"endswith("hello", "lo")"# => "true"
    Plain(|a| Ok(a.text(0)?.ends_with(&*a.text(1)?).into()));
"strcontains" "string, part" "Whether the part stands somewhere in the text."
    r#"strcontains("hello", "ell")"# => "true"
    Plain(|a| Ok(a.text(0)?.contains(&*a.text(1)?).into()));
"strrev" "string" "The characters of the text from last to first."
    r#"strrev("hello")"# => r#""olleh""#
    Plain(|a| Ok(a.text(0)?.chars().rev().collect::<String>().into()));
"indent" "spaces, string" "The text with so many spaces before each line but the first."
    r#"indent(2, "a\nb")"# => r#""a\n  b""# Plain(indent);
"chomp" "string" "The text without line ends at its end."
    r#"chomp("hello\n")"# => r#""hello""#
    Plain(|a| Ok(a.text(0)?.trim_end_matches(['\r', '\n']).into()));
}

fn title(given: Arguments<'_>) -> Result<Value, String> {
    let text = given.text(0)?;
    let mut out = String::with_capacity(text.len());
    let mut within = false;
    for character in text.chars() {
        if within {
            out.push(character);
        } else {
            out.extend(character.to_uppercase());
        }
        within = character.is_alphanumeric() || matches!(character, '_' | '\'');
    }
    Ok(out.into())
}

fn trim(given: Arguments<'_>) -> Result<Value, String> {
    let (text, characters) = (given.text(0)?, given.text(1)?);
    let characters: std::collections::BTreeSet<char> = characters.chars().collect();
    Ok(text.trim_matches(|c| characters.contains(&c)).into())
}

fn trim_prefix(given: Arguments<'_>) -> Result<Value, String> {
    let text = given.text(0)?;
    Ok(text.strip_prefix(&*given.text(1)?).unwrap_or(&text).into())
}

fn trim_suffix(given: Arguments<'_>) -> Result<Value, String> {
    let text = given.text(0)?;
    Ok(text.strip_suffix(&*given.text(1)?).unwrap_or(&text).into())
}

fn split(given: Arguments<'_>) -> Result<Value, String> {
    let (separator, text) = (given.text(0)?, given.text(1)?);
    let pieces: Vec<Value> = if separator.is_empty() {
        text.chars().take(VALUES_MAX + 1).map(|c| Value::from(c.to_string())).collect()
    } else {
        text.split(&*separator).take(VALUES_MAX + 1).map(Value::from).collect()
    };
    Ok(pieces.into())
}

fn join(given: Arguments<'_>) -> Result<Value, String> {
    let separator = given.text(0)?;
    let mut out = Bounded::default();
    let mut first = true;
    for list in 1..given.values.len() {
        for item in given.texts(list)? {
            if !first {
                out.push(&separator)?;
            }
            out.push(&item)?;
            first = false;
        }
    }
    Ok(out.into_value())
}

fn substr(given: Arguments<'_>) -> Result<Value, String> {
    let text: Arc<str> = given.text(0)?;
    let (offset, length) = (given.integer(1)?, given.integer(2)?);
    let distance = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX);
    let skipped = if offset < 0 { text.chars().count().saturating_sub(distance) } else { distance };
    let taken = if length == -1 { usize::MAX } else { given.count(2)? };
    Ok(text.chars().skip(skipped).take(taken).collect::<String>().into())
}

fn indent(given: Arguments<'_>) -> Result<Value, String> {
    let (spaces, text) = (given.count(0)?, given.text(1)?);
    let mut out = Bounded::default();
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if number > 0 {
            out.pad(spaces)?;
        }
        out.push(line)?;
    }
    if text.ends_with('\n') {
        out.pad(spaces)?;
    }
    Ok(out.into_value())
}
