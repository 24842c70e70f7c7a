//! What the values of each record type have to look like.

use std::net::{Ipv4Addr, Ipv6Addr};

use lifeboat_contract::{DnsName, RecordType};

/// The value in its one form, or why it is none.
pub(super) fn normalise(rtype: RecordType, value: &str) -> Result<String, String> {
    let trimmed = value.trim();
    match rtype {
        RecordType::A => trimmed
            .parse::<Ipv4Addr>()
            .map(|ip| ip.to_string())
            .map_err(|_| "an A record holds an IPv4 address".to_owned()),
        RecordType::Aaaa => trimmed
            .parse::<Ipv6Addr>()
            .map(|ip| ip.to_string())
            .map_err(|_| "an AAAA record holds an IPv6 address".to_owned()),
        RecordType::Cname | RecordType::Ns | RecordType::Ptr => host(trimmed),
        RecordType::Mx => numbers_and_host(trimmed, 1, "`10 mail.example.com`"),
        RecordType::Srv => numbers_and_host(trimmed, 3, "`1 10 5269 xmpp.example.com`"),
        RecordType::Txt => text(value),
        RecordType::Caa => caa(trimmed),
        RecordType::Ds
        | RecordType::Https
        | RecordType::Naptr
        | RecordType::Soa
        | RecordType::Sshfp
        | RecordType::Svcb
        | RecordType::Tlsa => {
            let one_line = !trimmed.is_empty() && !trimmed.contains(char::is_control);
            let words: Vec<&str> = trimmed.split_whitespace().collect();
            if one_line { Ok(words.join(" ")) } else { Err("it is empty or broken up".to_owned()) }
        }
    }
}

fn host(value: &str) -> Result<String, String> {
    match value.parse::<DnsName>() {
        Ok(name) => Ok(name.to_string()),
        Err(why) => Err(why.why),
    }
}

/// So many numbers of 16 bits, then a name.
fn numbers_and_host(value: &str, numbers: usize, example: &str) -> Result<String, String> {
    let words: Vec<&str> = value.split_whitespace().collect();
    let Some((name, counts)) = words.split_last().filter(|(_, counts)| counts.len() == numbers)
    else {
        return Err(format!("it is written like {example}"));
    };
    let mut parts = Vec::with_capacity(words.len());
    for count in counts {
        let number: u16 = count
            .parse()
            .map_err(|_| format!("`{count}` is not a number up to 65535; write like {example}"))?;
        parts.push(number.to_string());
    }
    // A single dot says that the service is not offered (RFC 7505, RFC 2782).
    parts.push(if *name == "." { ".".to_owned() } else { host(name)? });
    Ok(parts.join(" "))
}

/// The text itself, without quotes; providers split it into strings of 255 octets.
fn text(value: &str) -> Result<String, String> {
    if value.len() > 4000 {
        return Err(format!("it has {} octets, 4000 fit", value.len()));
    }
    if value.contains(char::is_control) {
        return Err("it has a control character".to_owned());
    }
    Ok(value.to_owned())
}

fn caa(value: &str) -> Result<String, String> {
    const FORM: &str = "it is written like `0 issue \"ca.example.net\"`";
    let mut words = value.splitn(3, char::is_whitespace);
    let (Some(flags), Some(tag), Some(rest)) = (words.next(), words.next(), words.next()) else {
        return Err(FORM.to_owned());
    };
    let flags: u8 = flags.parse().map_err(|_| FORM)?;
    let lawful = !tag.is_empty() && tag.chars().all(|c| c.is_ascii_alphanumeric());
    let bare = rest.trim().trim_matches('"');
    if !lawful || bare.contains('"') || bare.contains(char::is_control) {
        return Err(FORM.to_owned());
    }
    Ok(format!("{flags} {} \"{bare}\"", tag.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_one_form() {
        for (rtype, value, form) in [
            (RecordType::A, " 192.0.2.1 ", "192.0.2.1"),
            (RecordType::Aaaa, "2001:DB8:0::1", "2001:db8::1"),
            (RecordType::Cname, "Web.Example.COM.", "web.example.com"),
            (RecordType::Mx, "10  Mail.example.com.", "10 mail.example.com"),
            (RecordType::Mx, "0 .", "0 ."),
            (RecordType::Srv, "1 10 5269 x.example.com", "1 10 5269 x.example.com"),
            (RecordType::Txt, "v=spf1 -all", "v=spf1 -all"),
            (RecordType::Caa, "0 Issue ca.example.net", "0 issue \"ca.example.net\""),
        ] {
            assert_eq!(normalise(rtype, value).as_deref(), Ok(form));
        }
        for (rtype, value) in [
            (RecordType::A, "999.0.2.1"),
            (RecordType::A, "2001:db8::1"),
            (RecordType::Aaaa, "192.0.2.1"),
            (RecordType::Cname, "a b"),
            (RecordType::Mx, "mail.example.com"),
            (RecordType::Mx, "70000 mail.example.com"),
            (RecordType::Srv, "1 2 x.example.com"),
            (RecordType::Txt, "a\nb"),
            (RecordType::Caa, "0 issue"),
            (RecordType::Ds, ""),
        ] {
            assert!(normalise(rtype, value).is_err(), "{rtype} {value}");
        }
    }
}
