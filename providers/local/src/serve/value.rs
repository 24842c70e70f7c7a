//! Values of record sets, from their presentation form to what goes over the wire.

use hickory_proto::rr::rdata::{NULL, TXT};
use hickory_proto::rr::{RData, RecordType as WireType};
use lifeboat_contract::RecordType;

/// A character string has a length of one octet (RFC 1035 section 3.3).
const TEXT_BYTES_MAX: usize = 255;

/// The type as it goes over the wire.
pub(super) fn wire_type(rtype: RecordType) -> WireType {
    match rtype {
        RecordType::A => WireType::A,
        RecordType::Aaaa => WireType::AAAA,
        RecordType::Caa => WireType::CAA,
        RecordType::Cname => WireType::CNAME,
        RecordType::Ds => WireType::DS,
        RecordType::Https => WireType::HTTPS,
        RecordType::Mx => WireType::MX,
        RecordType::Naptr => WireType::NAPTR,
        RecordType::Ns => WireType::NS,
        RecordType::Ptr => WireType::PTR,
        RecordType::Soa => WireType::SOA,
        RecordType::Srv => WireType::SRV,
        RecordType::Sshfp => WireType::SSHFP,
        RecordType::Svcb => WireType::SVCB,
        RecordType::Tlsa => WireType::TLSA,
        RecordType::Txt => WireType::TXT,
    }
}

/// The type that is asked for, if any record set can have it.
pub(super) fn asked_type(wire: WireType) -> Option<RecordType> {
    RecordType::ALL.into_iter().find(|rtype| wire_type(*rtype) == wire)
}

/// The value as it goes over the wire; absent where it makes no sense.
pub(super) fn wire_value(rtype: RecordType, value: &str) -> Option<RData> {
    match rtype {
        // Without quotes, so that whatever is in it is the text itself.
        RecordType::Txt => {
            let chunks: Vec<&[u8]> = match value.as_bytes() {
                [] => vec![b""],
                bytes => bytes.chunks(TEXT_BYTES_MAX).collect(),
            };
            Some(RData::TXT(TXT::from_bytes(chunks)))
        }
        RecordType::Ds => {
            let rdata = NULL::with(delegation_signer(value)?);
            Some(RData::Unknown { code: WireType::DS, rdata })
        }
        // Names in values are whole names, with or without the final dot.
        RecordType::Cname | RecordType::Mx | RecordType::Ns | RecordType::Ptr | RecordType::Srv => {
            parse(rtype, &format!("{}.", value.trim_end_matches('.')))
        }
        RecordType::A
        | RecordType::Aaaa
        | RecordType::Caa
        | RecordType::Https
        | RecordType::Naptr
        | RecordType::Soa
        | RecordType::Sshfp
        | RecordType::Svcb
        | RecordType::Tlsa => parse(rtype, value),
    }
}

fn parse(rtype: RecordType, value: &str) -> Option<RData> {
    RData::try_from_str(wire_type(rtype), value).ok()
}

/// RFC 4034 section 5.3: key tag, algorithm, digest type, digest.
fn delegation_signer(value: &str) -> Option<Vec<u8>> {
    let mut words = value.split_ascii_whitespace();
    let mut bytes = words.next()?.parse::<u16>().ok()?.to_be_bytes().to_vec();
    for _ in 0..2 {
        bytes.push(words.next()?.parse().ok()?);
    }
    let digits: String = words.collect();
    if digits.is_empty() || !digits.len().is_multiple_of(2) || !digits.is_ascii() {
        return None;
    }
    for at in (0..digits.len()).step_by(2) {
        bytes.push(u8::from_str_radix(&digits[at..at + 2], 16).ok()?);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One value of every type, as people write it.
    #[test]
    fn every_type_goes_over_the_wire() {
        for (rtype, value) in [
            (RecordType::A, "192.0.2.1"),
            (RecordType::Aaaa, "2001:db8::1"),
            (RecordType::Caa, "0 issue \"ca.example.net\""),
            (RecordType::Cname, "www.example.com"),
            (RecordType::Ds, "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"),
            (RecordType::Https, "1 . alpn=h2"),
            (RecordType::Mx, "10 mail.example.com."),
            (RecordType::Naptr, "100 10 \"u\" \"E2U+sip\" \"!^.*$!sip:a@example.com!\" ."),
            (RecordType::Ns, "ns.example.com"),
            (RecordType::Ptr, "www.example.com."),
            (RecordType::Soa, "ns.example.com. host.example.com. 1 2 3 4 5"),
            (RecordType::Srv, "1 2 443 www.example.com"),
            (RecordType::Sshfp, "1 1 dd465c09cfa51fb45020cc83316fff21b9ec74ac"),
            (RecordType::Svcb, "1 svc.example.com. port=8443"),
            (
                RecordType::Tlsa,
                "3 1 1 d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971",
            ),
            (RecordType::Txt, "v=spf1 -all"),
        ] {
            assert_eq!(asked_type(wire_type(rtype)), Some(rtype));
            assert!(wire_value(rtype, value).is_some(), "{rtype} {value}");
        }
        for (rtype, value) in
            [(RecordType::A, "x"), (RecordType::Ds, "1 1 1 abc"), (RecordType::Ds, "")]
        {
            assert!(wire_value(rtype, value).is_none(), "{rtype} {value}");
        }
    }
}
