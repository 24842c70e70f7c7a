//! Text after a format with verbs.

use std::iter::Peekable;
use std::str::Chars;

use super::arguments::Bounded;
use super::{Arguments, Body::Plain};
use crate::language::value::TEXT_BYTES_MAX;
use crate::language::{Number, Value};

super::table! { "Text":
"format" "format, values..."
    "Text by a format: `%s` text, `%d` whole number, `%f` `%.2f` number, `%q` quoted, `%x` `%o` `%b` bases, `%t` bool, `%v` anything, `%5d` `%-5s` `%05d` widths, `%%` a percent sign."
    r#"format("%s-%03d", "web", 7)"# => r#""web-007""# Plain(format);
"formatlist" "format, values..."
    "One text by a format for each element of the lists, with single values repeated."
    r#"formatlist("%s.example.com", ["a", "b"])"# => r#"["a.example.com", "b.example.com"]"#
    Plain(format_list);
}

fn format(given: Arguments<'_>) -> Result<Value, String> {
    let mut out = Bounded::default();
    print(&given.text(0)?, given.rest(1), &mut out)?;
    Ok(out.into_value())
}

fn format_list(given: Arguments<'_>) -> Result<Value, String> {
    let format = given.text(0)?;
    let values = given.rest(1);
    let mut length = None;
    for value in values {
        if let Value::List(items) = value
            && *length.get_or_insert(items.len()) != items.len()
        {
            return Err("the lists have different lengths".to_owned());
        }
    }
    let mut lines = Vec::new();
    let mut total = 0;
    for index in 0..length.unwrap_or(1) {
        let row: Vec<Value> = values
            .iter()
            .map(|value| value.as_list().map_or(value, |items| &items[index]).clone())
            .collect();
        let mut out = Bounded::default();
        print(&format, &row, &mut out)?;
        total += out.len();
        if total > TEXT_BYTES_MAX {
            return Err(format!("the result exceeds {} MiB of text", TEXT_BYTES_MAX >> 20));
        }
        lines.push(out.into_value());
    }
    Ok(lines.into())
}

/// `%-08.3f` and the like, up to the verb.
#[derive(Default)]
struct Style {
    flags: String,
    /// The argument, counted from 1, if it is named.
    argument: Option<usize>,
    width: Option<usize>,
    precision: Option<usize>,
}

impl Style {
    fn has(&self, flag: char) -> bool {
        self.flags.contains(flag)
    }
}

fn print(format: &str, values: &[Value], out: &mut Bounded) -> Result<(), String> {
    let mut characters = format.chars().peekable();
    let (mut next, mut used) = (0, 0);
    let mut named = false;
    while let Some(character) = characters.next() {
        if character != '%' {
            out.push(character.encode_utf8(&mut [0; 4]))?;
            continue;
        }
        if characters.next_if_eq(&'%').is_some() {
            out.push("%")?;
            continue;
        }
        let style = style(&mut characters)?;
        let Some(verb) = characters.next() else {
            return Err("the format ends within a verb".to_owned());
        };
        if let Some(argument) = style.argument {
            next = argument.saturating_sub(1);
            named = true;
        }
        let value = values
            .get(next)
            .ok_or_else(|| format!("the format asks for value {}, and there is none", next + 1))?;
        next += 1;
        used = used.max(next);
        pad(&styled(verb, &style, value)?, verb, &style, out)?;
    }
    if used < values.len() && !named {
        return Err(format!("the format uses {used} of {} values", values.len()));
    }
    Ok(())
}

fn style(characters: &mut Peekable<Chars<'_>>) -> Result<Style, String> {
    let mut style = Style::default();
    while let Some(flag) = characters.next_if(|c| "-+ 0#".contains(*c)) {
        style.flags.push(flag);
    }
    style.width = digits(characters)?;
    if characters.next_if_eq(&'.').is_some() {
        style.precision = Some(digits(characters)?.unwrap_or(0));
    }
    if characters.next_if_eq(&'[').is_some() {
        style.argument = digits(characters)?;
        if characters.next() != Some(']') {
            return Err("the format has `[` without a number and `]`".to_owned());
        }
    }
    Ok(style)
}

fn digits(characters: &mut Peekable<Chars<'_>>) -> Result<Option<usize>, String> {
    const DIGITS_MAX: u32 = 1_000_000;
    let mut number: Option<u32> = None;
    while let Some(digit) = characters.peek().and_then(|c| c.to_digit(10)) {
        characters.next();
        let longer = number.unwrap_or(0) * 10 + digit;
        if longer > DIGITS_MAX {
            return Err(format!("the format asks for more than {DIGITS_MAX} characters"));
        }
        number = Some(longer);
    }
    Ok(number.and_then(|number| usize::try_from(number).ok()))
}

fn styled(verb: char, style: &Style, value: &Value) -> Result<String, String> {
    let number = || {
        let wrong = || format!("`%{verb}` takes a number, and is given {}", value.described());
        value.to_number().ok_or_else(wrong)
    };
    Ok(match verb {
        'v' => cut(anything(value, style), style),
        's' => {
            cut(value.to_text().map_or_else(|| anything(value, style), |t| t.to_string()), style)
        }
        'q' => {
            Value::from(&*value.to_text().ok_or_else(|| {
                format!("`%q` takes a string, and is given {}", value.described())
            })?)
            .to_json()
            .to_string()
        }
        't' => match value.to_bool() {
            Some(flag) => flag.to_string(),
            None => return Err(format!("`%t` takes a bool, and is given {}", value.described())),
        },
        'd' => signed(&truncated(number()?)?.to_string(), style),
        'x' | 'X' | 'o' | 'b' => {
            let integer = truncated(number()?)?;
            let size = integer.unsigned_abs();
            let text = match verb {
                'x' => format!("{size:x}"),
                'X' => format!("{size:X}"),
                'o' => format!("{size:o}"),
                _ => format!("{size:b}"),
            };
            signed(&if integer < 0 { format!("-{text}") } else { text }, style)
        }
        'f' | 'F' => {
            let precision = style.precision.unwrap_or(6);
            signed(&format!("{:.precision$}", number()?.as_f64()), style)
        }
        'e' | 'E' => signed(&scientific(number()?.as_f64(), verb, style), style),
        'g' | 'G' => signed(&number()?.to_string(), style),
        other => return Err(format!("there is no verb `%{other}`")),
    })
}

fn anything(value: &Value, style: &Style) -> String {
    match value.to_text() {
        Some(text) if !style.has('#') => text.to_string(),
        _ => value.to_json().to_string(),
    }
}

fn cut(text: String, style: &Style) -> String {
    match style.precision {
        Some(most) => text.chars().take(most).collect(),
        None => text,
    }
}

fn truncated(number: Number) -> Result<i64, String> {
    let whole = Number::new(number.as_f64().trunc());
    let integer = number.as_i64().or_else(|| whole.and_then(Number::as_i64));
    integer.ok_or_else(|| format!("{number} is too large a whole number"))
}

fn signed(text: &str, style: &Style) -> String {
    match (text.starts_with('-'), style.has('+'), style.has(' ')) {
        (false, true, _) => format!("+{text}"),
        (false, false, true) => format!(" {text}"),
        _ => text.to_owned(),
    }
}

/// With a sign and at least two digits of exponent.
fn scientific(number: f64, verb: char, style: &Style) -> String {
    let precision = style.precision.unwrap_or(6);
    let text = format!("{number:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let sign = if exponent.starts_with('-') { '-' } else { '+' };
    format!("{mantissa}{verb}{sign}{:0>2}", exponent.trim_start_matches('-'))
}

fn pad(text: &str, verb: char, style: &Style, out: &mut Bounded) -> Result<(), String> {
    let missing = style.width.unwrap_or(0).saturating_sub(text.chars().count());
    if style.has('-') {
        out.push(text)?;
        return out.pad(missing);
    }
    if !style.has('0') || matches!(verb, 's' | 'q' | 'v' | 't') {
        out.pad(missing)?;
        return out.push(text);
    }
    let sign = usize::from(text.starts_with(['-', '+', ' ']));
    out.push(&text[..sign])?;
    out.push(&"0".repeat(missing))?;
    out.push(&text[sign..])
}
