//! The syntax of record values, type by type.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::name::Name;

const STRING_BYTES_MAX: usize = 255;
const TEXT_CHARS_MAX: usize = 4_000;

/// Everything that is wrong with the values of a record set.
pub(super) fn problems(kind: &str, values: &[String]) -> Vec<String> {
    let mut problems: Vec<String> = values
        .iter()
        .filter_map(|value| {
            let what = check(kind, value).err()?;
            Some(format!(
                "Invalid Resource Record: FATAL problem: {what} encountered with '{value}'"
            ))
        })
        .collect();
    let mut seen = BTreeSet::new();
    for value in values {
        if !seen.insert(canonical(kind, value)) {
            problems.push(format!("Duplicate Resource Record: '{value}'"));
        }
    }
    problems
}

/// Host names do not care for case or the last dot; texts do.
fn canonical(kind: &str, value: &str) -> String {
    match kind {
        "AAAA" => value.parse::<Ipv6Addr>().map_or(value.to_owned(), |address| address.to_string()),
        "CNAME" | "NS" | "PTR" | "MX" | "SRV" => value.trim_end_matches('.').to_ascii_lowercase(),
        _ => value.to_owned(),
    }
}

fn check(kind: &str, value: &str) -> Result<(), &'static str> {
    match kind {
        "A" if value.parse::<Ipv4Addr>().is_err() => {
            Err("ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)")
        }
        "AAAA" if value.parse::<Ipv6Addr>().is_err() => {
            Err("AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)")
        }
        "CNAME" | "NS" | "PTR" => domain(value),
        "TXT" | "SPF" => texts(value),
        "MX" => fields(value, &[Field::Number(65_535), Field::Domain]),
        "SRV" => {
            let number = || Field::Number(65_535);
            fields(value, &[number(), number(), number(), Field::Domain])
        }
        "CAA" => caa(value),
        "SOA" => {
            let number = || Field::Number(u64::from(u32::MAX));
            let numbers = [number(), number(), number(), number(), number()];
            fields(value, &[&[Field::Domain, Field::Domain][..], &numbers[..]].concat())
        }
        _ if value.trim().is_empty() => Err("EmptyValue (Value is empty)"),
        _ => Ok(()),
    }
}

#[derive(Clone)]
enum Field {
    Number(u64),
    Domain,
}

fn fields(value: &str, wanted: &[Field]) -> Result<(), &'static str> {
    let found: Vec<&str> = value.split(' ').filter(|part| !part.is_empty()).collect();
    if found.len() != wanted.len() {
        return Err("RRDATANotEnoughFields (Value does not have the right number of fields)");
    }
    for (part, wanted) in found.iter().zip(wanted) {
        match wanted {
            Field::Number(most) if part.parse::<u64>().is_ok_and(|number| number <= *most) => {}
            Field::Number(_) => return Err("InvalidNumber (Value is not a valid number)"),
            Field::Domain => domain(part)?,
        }
    }
    Ok(())
}

fn domain(value: &str) -> Result<(), &'static str> {
    // The root is a name that no zone has, but that services may be said to be at.
    if value == "." || Name::read(value).is_ok() {
        Ok(())
    } else {
        Err("DomainNameInvalid (Value is not a valid domain name)")
    }
}

/// Quoted strings with spaces between: `"v=spf1 -all" "more"`.
fn texts(value: &str) -> Result<(), &'static str> {
    if value.chars().count() > TEXT_CHARS_MAX {
        return Err("CharacterStringTooLong (Value is too long)");
    }
    let mut rest = value.trim();
    if rest.is_empty() {
        return Err("InvalidCharacterString (Value should be enclosed in quotation marks)");
    }
    while !rest.is_empty() {
        rest = text(rest)?.trim_start_matches([' ', '\t']);
    }
    Ok(())
}

/// Skips one quoted string.
fn text(value: &str) -> Result<&str, &'static str> {
    const UNQUOTED: &str = "InvalidCharacterString (Value should be enclosed in quotation marks)";
    let inner = value.strip_prefix('"').ok_or(UNQUOTED)?;
    let (mut at, mut length) = (0, 0);
    let bytes = inner.as_bytes();
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' if length > STRING_BYTES_MAX => {
                return Err("CharacterStringTooLong (Value is too long)");
            }
            b'"' => return inner.get(at + 1..).ok_or(UNQUOTED),
            b'\\' if bytes.get(at + 1).is_some_and(u8::is_ascii_digit) => at += 4,
            b'\\' => at += 2,
            0x80.. => {
                return Err("UnsupportedCharacter (Value contains unsupported characters)");
            }
            _ => at += 1,
        }
        length += 1;
    }
    Err(UNQUOTED)
}

fn caa(value: &str) -> Result<(), &'static str> {
    const WRONG: &str = "CAARRDATAInvalid (Value is not a valid CAA record)";
    let mut parts = value.splitn(3, ' ');
    let flags = parts.next().and_then(|flags| flags.parse::<u8>().ok());
    let tag = parts
        .next()
        .filter(|tag| !tag.is_empty() && tag.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let content = parts.next().ok_or(WRONG)?;
    if flags.is_none() || tag.is_none() || !text(content)?.trim().is_empty() {
        return Err(WRONG);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_what_their_type_says() {
        let long = format!("\"{}\"", "a".repeat(256));
        let split = format!("\"{}\" \"{}\"", "a".repeat(255), "b".repeat(255));
        for (kind, value, fine) in [
            ("A", "192.0.2.1", true),
            ("A", "192.0.2.256", false),
            ("A", "not-an-ip", false),
            ("AAAA", "2001:db8::1", true),
            ("AAAA", "192.0.2.1", false),
            ("CNAME", "www.example.com", true),
            ("CNAME", "www..example.com", false),
            ("TXT", "\"text\"", true),
            ("TXT", "\"one\" \"two\"", true),
            ("TXT", "text", false),
            ("TXT", "\"text", false),
            ("TXT", "\"a\\\"b\"", true),
            ("TXT", &long, false),
            ("TXT", &split, true),
            ("MX", "10 mail.example.com", true),
            ("MX", "mail.example.com", false),
            ("MX", "70000 mail.example.com", false),
            ("SRV", "1 2 443 www.example.com", true),
            ("SRV", "1 2 www.example.com", false),
            ("CAA", "0 issue \"ca.example.net\"", true),
            ("CAA", "0 issue ca.example.net", false),
        ] {
            assert_eq!(check(kind, value).is_ok(), fine, "{kind} {value}");
        }
    }
}
