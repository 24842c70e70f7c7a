//! The mark of a plain record set: a TXT record of its own beside it.
//!
//! `_lifeboat-a.www.example.com TXT "heritage=lifeboat,stack=shop,type=A,spec=0123456789abcdef"`.
//! A name for every type, so that a mark is written and deleted with its set alone, and what it
//! costs is known before anything is read.

use lifeboat_contract::{DnsName, Invalid, Mark, RecordType, SpecHash};

/// How many characters a mark has at most, quotes included: the longest stack and type.
pub(crate) const CHARACTERS_MAX: usize = 96;

/// How long resolvers keep a mark. Nobody asks for it but people.
pub(crate) const TTL: u32 = 300;

/// Where the mark of a plain set is.
///
/// # Errors
/// When no such name fits into the DNS.
pub(crate) fn name(of: &DnsName, rtype: RecordType) -> Result<DnsName, Invalid> {
    let below = match of.as_str().strip_prefix("*.") {
        Some(rest) => format!("_wildcard.{rest}"),
        None => of.to_string(),
    };
    format!("_lifeboat-{}.{below}", rtype.as_str().to_ascii_lowercase()).parse()
}

/// What set a mark's name belongs to.
pub(crate) fn marked(name: &DnsName) -> Option<(DnsName, RecordType)> {
    let (label, below) = name.as_str().strip_prefix("_lifeboat-")?.split_once('.')?;
    let rtype = label.to_ascii_uppercase().parse().ok()?;
    let of = match below.strip_prefix("_wildcard.") {
        Some(rest) => format!("*.{rest}").parse(),
        None => below.parse(),
    };
    Some((of.ok()?, rtype))
}

/// The mark as text.
pub(crate) fn write(mark: &Mark, rtype: RecordType) -> String {
    format!("heritage=lifeboat,stack={},type={rtype},spec={}", mark.stack, mark.spec)
}

/// The mark in a text, if it is one for this type.
pub(crate) fn read(text: &str, rtype: RecordType) -> Option<Mark> {
    let rest = text.strip_prefix("heritage=lifeboat,stack=")?;
    let (stack, rest) = rest.split_once(",type=")?;
    let (of, spec) = rest.split_once(",spec=")?;
    let lawful = spec.len() == 16 && spec.chars().all(|c| c.is_ascii_hexdigit());
    (of == rtype.as_str() && lawful)
        .then(|| Some(Mark { stack: stack.parse().ok()?, spec: SpecHash::read(spec) }))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_reads_back_and_fits() {
        let mark = Mark {
            stack: "s".repeat(32).parse().unwrap(),
            spec: SpecHash::read("0123456789abcdef"),
        };
        for rtype in RecordType::ALL {
            let text = write(&mark, rtype);
            assert_eq!(read(&text, rtype), Some(mark.clone()));
            assert!(text.len() + 2 <= CHARACTERS_MAX, "{text}");
            for name in ["www.example.com", "*.example.com", "example.com"] {
                let of: DnsName = name.parse().unwrap();
                let at = super::name(&of, rtype).unwrap();
                assert_eq!(marked(&at), Some((of, rtype)));
            }
        }
        assert_eq!(read("heritage=external-dns,owner=x", RecordType::A), None);
        assert_eq!(marked(&"_lifeboat-tier1.www.example.com".parse().unwrap()), None);
    }
}
