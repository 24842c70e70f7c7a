//! Which addresses checkers outside cannot reach: those that only their own network knows, and those
//! that are nobody's.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Blocks of IPv4 addresses, and what they are. Those for documentation are not among them: they
/// stand in examples, and an example has to plan.
const V4: [([u8; 4], u32, &str); 12] = [
    ([0, 0, 0, 0], 8, "this address is nobody's (RFC 1122)"),
    ([10, 0, 0, 0], 8, "this address is private (RFC 1918)"),
    ([100, 64, 0, 0], 10, "this address is shared behind carriers (RFC 6598)"),
    ([127, 0, 0, 0], 8, "this address is loopback (RFC 1122)"),
    ([169, 254, 0, 0], 16, "this address is link-local (RFC 3927)"),
    ([172, 16, 0, 0], 12, "this address is private (RFC 1918)"),
    ([192, 0, 0, 0], 24, "this address is for protocols (RFC 6890)"),
    ([192, 168, 0, 0], 16, "this address is private (RFC 1918)"),
    ([198, 18, 0, 0], 15, "this address is for benchmarks (RFC 2544)"),
    ([224, 0, 0, 0], 4, "this address is multicast (RFC 5771)"),
    ([255, 255, 255, 255], 32, "this address is broadcast (RFC 919)"),
    ([240, 0, 0, 0], 4, "this address is reserved (RFC 1112)"),
];

/// The same for IPv6, by the first 64 bits.
const V6: [([u16; 4], u32, &str); 8] = [
    ([0x0100, 0, 0, 0], 64, "this address only discards (RFC 6666)"),
    ([0x2001, 0, 0, 0], 32, "this address is a tunnel's (RFC 4380)"),
    ([0x2001, 0x10, 0, 0], 28, "this address is an identifier (RFC 4843)"),
    ([0x2002, 0, 0, 0], 16, "this address is a tunnel's (RFC 3056)"),
    ([0xfc00, 0, 0, 0], 7, "this address is private (RFC 4193)"),
    ([0xfe80, 0, 0, 0], 10, "this address is link-local (RFC 4291)"),
    ([0xfec0, 0, 0, 0], 10, "this address is private (RFC 3879)"),
    ([0xff00, 0, 0, 0], 8, "this address is multicast (RFC 4291)"),
];

/// Why nobody outside reaches a host, if nobody does. Where a name leads is not known here.
pub(super) fn unreachable(host: &str) -> Option<&'static str> {
    match host.parse() {
        Ok(IpAddr::V4(ip)) => v4(ip),
        Ok(IpAddr::V6(ip)) => v6(ip),
        Err(_) => {
            let local = host == "localhost" || host.ends_with(".localhost");
            local.then_some("this name is everybody's own (RFC 6761)")
        }
    }
}

fn v4(ip: Ipv4Addr) -> Option<&'static str> {
    let within = |block: [u8; 4], bits: u32| {
        (u32::from(ip) ^ u32::from_be_bytes(block)).leading_zeros() >= bits
    };
    V4.iter().find(|(block, bits, _)| within(*block, *bits)).map(|(_, _, why)| *why)
}

fn v6(ip: Ipv6Addr) -> Option<&'static str> {
    if ip.is_unspecified() {
        return Some("this address is nobody's (RFC 4291)");
    }
    if ip.is_loopback() {
        return Some("this address is loopback (RFC 4291)");
    }
    if let Some(inner) = ip.to_ipv4() {
        return v4(inner).or(Some("this is an IPv4 address written as IPv6 (RFC 4291)"));
    }
    let within = |[a, b, c, d]: [u16; 4], bits: u32| {
        let block = Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0);
        (u128::from(ip) ^ u128::from(block)).leading_zeros() >= bits
    };
    V6.iter().find(|(block, bits, _)| within(*block, *bits)).map(|(_, _, why)| *why)
}

#[cfg(test)]
mod tests {
    use super::unreachable;

    #[test]
    fn only_what_everybody_reaches_is_reached() {
        for host in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.167.255.255",
            "192.0.2.1",
            "198.17.255.255",
            "198.20.0.0",
            "198.51.100.1",
            "203.0.113.1",
            "223.255.255.255",
            "2001:db8::1",
            "2001:20::1",
            "2600::1",
            "web.example.com",
        ] {
            assert_eq!(unreachable(host), None, "{host}");
        }
        for host in [
            "0.0.0.0",
            "0.255.255.255",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.0",
            "100.127.255.255",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.0",
            "172.31.255.255",
            "192.0.0.255",
            "192.168.1.1",
            "198.18.0.0",
            "198.19.255.255",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.254",
            "255.255.255.255",
            "::",
            "::1",
            "::192.0.2.1",
            "::ffff:10.0.0.1",
            "::ffff:1.1.1.1",
            "100::1",
            "2001::1",
            "2001:10::1",
            "2002:a00:1::1",
            "fd00::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "localhost",
            "web.localhost",
        ] {
            assert!(unreachable(host).is_some(), "{host}");
        }
        assert!(unreachable("255.255.255.255").is_some_and(|why| why.contains("broadcast")));
    }
}
