//! Names and values: in our form and as Route 53 writes them.

use std::net::Ipv6Addr;

use lifeboat_contract::{DnsName, RecordType};

/// The longest character string of a TXT record (RFC 1035, section 3.3).
const STRING_MAX: usize = 255;

/// A name as Route 53 takes it.
pub(crate) fn written_name(name: &DnsName) -> String {
    format!("{name}.")
}

/// A name as Route 53 gives it: a trailing dot, and octal escapes such as `\052` for `*`. Absent
/// for names that no configuration can say, such as `0/25.2.0.192.in-addr.arpa`.
pub(crate) fn read_name(text: &str) -> Option<DnsName> {
    String::from_utf8(unescape(text)).ok()?.parse().ok()
}

/// The bytes behind a text with `\ooo` and `\c` escapes.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let octal = rest.get(..3).and_then(|digits| std::str::from_utf8(digits).ok());
        match (octal.and_then(|digits| u8::from_str_radix(digits, 8).ok()), rest.split_first()) {
            (Some(byte), _) => {
                bytes.push(byte);
                rest = &rest[3..];
            }
            (None, Some((literal, after))) => {
                bytes.push(*literal);
                rest = after;
            }
            (None, None) => bytes.push(b'\\'),
        }
    }
    bytes
}

/// A value as Route 53 takes it.
pub(crate) fn written(rtype: RecordType, value: &str) -> String {
    match rtype {
        RecordType::Txt => quoted(value),
        RecordType::Cname | RecordType::Ns | RecordType::Ptr => with_dot(value),
        RecordType::Mx | RecordType::Srv => match value.rsplit_once(' ') {
            Some((numbers, host)) => format!("{numbers} {}", with_dot(host)),
            None => value.to_owned(),
        },
        RecordType::A
        | RecordType::Aaaa
        | RecordType::Caa
        | RecordType::Ds
        | RecordType::Https
        | RecordType::Naptr
        | RecordType::Soa
        | RecordType::Sshfp
        | RecordType::Svcb
        | RecordType::Tlsa => value.to_owned(),
    }
}

fn with_dot(host: &str) -> String {
    if host.ends_with('.') { host.to_owned() } else { format!("{host}.") }
}

/// Text in strings of at most 255 octets, what is not plain in octal.
fn quoted(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 2);
    for (at, chunk) in value.as_bytes().chunks(STRING_MAX).enumerate() {
        if at > 0 {
            text.push(' ');
        }
        text.push('"');
        for byte in chunk {
            match byte {
                b'"' | b'\\' => {
                    text.push('\\');
                    text.push(char::from(*byte));
                }
                b' '..=b'~' => text.push(char::from(*byte)),
                other => octal(&mut text, *other),
            }
        }
        text.push('"');
    }
    if text.is_empty() { "\"\"".to_owned() } else { text }
}

fn octal(text: &mut String, byte: u8) {
    text.push('\\');
    for shift in [6, 3, 0] {
        text.push(char::from(b'0' + ((byte >> shift) & 7)));
    }
}

/// A value as the language writes it. What it could not write stays as it is.
pub(crate) fn read(rtype: RecordType, value: &str) -> String {
    let host =
        |text: &str| read_name(text).map_or_else(|| text.to_owned(), |name| name.to_string());
    let words = || value.split_whitespace().collect::<Vec<_>>().join(" ");
    match rtype {
        RecordType::Txt => unquoted(value).unwrap_or_else(|| value.to_owned()),
        RecordType::Aaaa => match value.parse::<Ipv6Addr>() {
            Ok(address) => address.to_string(),
            Err(_) => value.to_owned(),
        },
        RecordType::Cname | RecordType::Ns | RecordType::Ptr => host(value),
        RecordType::Mx | RecordType::Srv => match words().rsplit_once(' ') {
            Some((numbers, ".")) => format!("{numbers} ."),
            Some((numbers, name)) => format!("{numbers} {}", host(name)),
            None => value.to_owned(),
        },
        RecordType::Caa => caa(&words()),
        RecordType::A
        | RecordType::Ds
        | RecordType::Https
        | RecordType::Naptr
        | RecordType::Soa
        | RecordType::Sshfp
        | RecordType::Svcb
        | RecordType::Tlsa => words(),
    }
}

fn caa(value: &str) -> String {
    let mut words = value.splitn(3, ' ');
    match (words.next(), words.next(), words.next()) {
        (Some(flags), Some(tag), Some(rest)) => {
            format!("{flags} {} \"{}\"", tag.to_ascii_lowercase(), rest.trim_matches('"'))
        }
        _ => value.to_owned(),
    }
}

/// The strings of a TXT value in one; absent where they are no text.
fn unquoted(value: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = value.trim();
    if !rest.starts_with('"') {
        return None;
    }
    while let Some(inside) = rest.strip_prefix('"') {
        let end = closing_quote(inside)?;
        bytes.extend(unescape(&inside[..end]));
        rest = inside[end + 1..].trim_start();
    }
    let text = String::from_utf8(bytes).ok()?;
    (rest.is_empty() && !text.contains(char::is_control)).then_some(text)
}

fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_with_dots_and_escapes() {
        assert_eq!(read_name("\\052.Example.com.").unwrap().as_str(), "*.example.com");
        assert_eq!(read_name("a\\137b.example.com.").unwrap().as_str(), "a_b.example.com");
        assert_eq!(read_name("0\\05725.2.0.192.in-addr.arpa."), None);
        let name = "www.example.com".parse().unwrap();
        assert_eq!(read_name(&written_name(&name)), Some(name));
    }

    #[test]
    fn values_read_back() {
        let long = "x".repeat(600);
        for (rtype, value, wire) in [
            (RecordType::A, "192.0.2.1", "192.0.2.1"),
            (RecordType::Cname, "web.example.com", "web.example.com."),
            (RecordType::Mx, "10 mail.example.com", "10 mail.example.com."),
            (RecordType::Mx, "0 .", "0 ."),
            (RecordType::Srv, "1 10 5269 x.example.com", "1 10 5269 x.example.com."),
            (RecordType::Caa, "0 issue \"ca.example.net\"", "0 issue \"ca.example.net\""),
            (RecordType::Txt, "v=spf1 -all", "\"v=spf1 -all\""),
            (RecordType::Txt, "", "\"\""),
            (RecordType::Txt, "say \"hi\" \\o/", "\"say \\\"hi\\\" \\\\o/\""),
            (RecordType::Txt, "zürich", "\"z\\303\\274rich\""),
        ] {
            assert_eq!(written(rtype, value), wire);
            assert_eq!(read(rtype, wire), value);
        }
        assert_eq!(read(RecordType::Txt, &written(RecordType::Txt, &long)), long);
        let umlauts = "ü".repeat(300);
        assert_eq!(read(RecordType::Txt, &written(RecordType::Txt, &umlauts)), umlauts);
    }

    #[test]
    fn what_others_wrote_has_one_form() {
        assert_eq!(read(RecordType::Aaaa, "2001:DB8:0:0::1"), "2001:db8::1");
        assert_eq!(read(RecordType::Txt, "\"a\" \"b\""), "ab");
        assert_eq!(read(RecordType::Txt, "bare"), "bare");
        assert_eq!(read(RecordType::Mx, "10  Mail.Example.com"), "10 mail.example.com");
        assert_eq!(read(RecordType::Caa, "0 Issue \"x.example\""), "0 issue \"x.example\"");
    }
}
