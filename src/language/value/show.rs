//! Values as HCL.

use std::fmt::{self, Write as _};

use super::Value;

/// HCL on one line; with `{:#}` lists and maps stand on lines of their own. A secret is shown as
/// `(sensitive)`, a block as its address.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(self, f, f.alternate().then_some(0))
    }
}

/// `indent` counts levels where lines are broken.
fn show(value: &Value, f: &mut fmt::Formatter<'_>, indent: Option<usize>) -> fmt::Result {
    match value {
        Value::Null => f.write_str("null"),
        Value::Bool(flag) => write!(f, "{flag}"),
        Value::Number(number) => write!(f, "{number}"),
        Value::String(text) => f.write_str(&quoted(text)),
        Value::Block(block) => f.write_str(&block.address),
        Value::Sensitive(_) => f.write_str("(sensitive)"),
        Value::List(items) if items.is_empty() => f.write_str("[]"),
        Value::List(items) => {
            f.write_char('[')?;
            for (index, item) in items.iter().enumerate() {
                match indent {
                    Some(level) => line(f, level + 1)?,
                    None if index > 0 => f.write_str(", ")?,
                    None => (),
                }
                show(item, f, indent.map(|level| level + 1))?;
                if indent.is_some() {
                    f.write_char(',')?;
                }
            }
            indent.map_or(Ok(()), |level| line(f, level))?;
            f.write_char(']')
        }
        Value::Map(map) if map.is_empty() => f.write_str("{}"),
        Value::Map(map) => {
            f.write_char('{')?;
            for (index, (key, item)) in map.iter().enumerate() {
                match indent {
                    Some(level) => line(f, level + 1)?,
                    None => f.write_str(if index > 0 { ", " } else { " " })?,
                }
                if is_identifier(key) {
                    f.write_str(key)?;
                } else {
                    f.write_str(&quoted(key))?;
                }
                f.write_str(" = ")?;
                show(item, f, indent.map(|level| level + 1))?;
            }
            match indent {
                Some(level) => line(f, level)?,
                None => f.write_char(' ')?,
            }
            f.write_char('}')
        }
    }
}

fn line(f: &mut fmt::Formatter<'_>, level: usize) -> fmt::Result {
    write!(f, "\n{:1$}", "", level * 2)
}

/// What may stand as an object's key without quotes.
fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
        && text != "for"
}

/// The text as a quoted string that reads back as itself.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for (at, character) in text.char_indices() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if text[at + 1..].starts_with('{') => {
                out.push(character);
                out.push(character);
            }
            _ if character.is_control() => {
                let _infallible = write!(out, "\\u{:04x}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}
