//! Functions of IP networks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Arguments, Body::Plain};
use crate::language::Value;

super::table! { "Networks":
"cidrhost" "prefix, number" "The address with a number in a network; a negative number counts from its end."
    r#"cidrhost("10.12.112.0/20", 16)"# => r#""10.12.112.16""# Plain(host);
"cidrnetmask" "prefix" "The netmask of an IPv4 network."
    r#"cidrnetmask("172.16.0.0/12")"# => r#""255.240.0.0""# Plain(netmask);
"cidrsubnet" "prefix, newbits, number" "The network with a number among those that are longer by so many bits."
    r#"cidrsubnet("172.16.0.0/12", 4, 2)"# => r#""172.18.0.0/16""# Plain(subnet);
"cidrsubnets" "prefix, newbits..." "Networks one after the other, each longer by so many bits."
    r#"cidrsubnets("10.1.0.0/16", 4, 4, 8)"# => r#"["10.1.0.0/20", "10.1.16.0/20", "10.1.32.0/24"]"#
    Plain(subnets);
"cidrcontains" "prefix, address" "Whether an address or a network lies in a network."
    r#"cidrcontains("192.168.2.0/20", "192.168.2.1")"# => "true" Plain(contains);
}

/// A network: the bits of its first address, aligned to the right.
#[derive(Clone, Copy)]
struct Network {
    first: u128,
    length: u32,
    /// 32 or 128.
    bits: u32,
}

impl Network {
    fn parse(given: &Arguments<'_>, at: usize) -> Result<Self, String> {
        let text = given.text(at)?;
        let wrong = || given.problem(at, "has to be a network such as `10.0.0.0/16`");
        let (address, length) = text.split_once('/').ok_or_else(wrong)?;
        let plain = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
        let length: u32 = length.parse().ok().filter(|_| plain).ok_or_else(wrong)?;
        let (address, bits) = parse_address(address).ok_or_else(wrong)?;
        if length > bits {
            return Err(wrong());
        }
        let network = Self { first: address, length, bits };
        Ok(Self { first: address & !network.last_offset(), ..network })
    }

    /// How far the last address is from the first.
    fn last_offset(self) -> u128 {
        let host_bits = self.bits - self.length;
        if host_bits == 128 { u128::MAX } else { (1 << host_bits) - 1 }
    }

    /// The part of this network that has a number among those longer by `more` bits.
    fn part(self, more: i64, number: u128) -> Result<Self, String> {
        let longer = u32::try_from(more).ok().and_then(|more| self.length.checked_add(more));
        let Some(length) = longer.filter(|length| *length <= self.bits) else {
            return Err(format!(
                "a network of length {} cannot be longer by {more} of {} bits",
                self.length, self.bits
            ));
        };
        let part = Self { length, ..self };
        let count = length - self.length;
        if count < 128 && number >> count != 0 {
            return Err(format!("{count} more bits make no network number {number}"));
        }
        // A shift by all 128 bits can only be of number 0.
        let offset = number.checked_shl(self.bits - length).unwrap_or(0);
        Ok(Self { first: self.first | offset, ..part })
    }

    fn show(self) -> Value {
        Value::from(format!("{}/{}", show_address(self.first, self.bits), self.length))
    }
}

fn parse_address(text: &str) -> Option<(u128, u32)> {
    Some(match text.parse().ok()? {
        IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    })
}

fn show_address(address: u128, bits: u32) -> String {
    match u32::try_from(address) {
        Ok(short) if bits == 32 => Ipv4Addr::from_bits(short).to_string(),
        _ => Ipv6Addr::from_bits(address).to_string(),
    }
}

fn host(given: Arguments<'_>) -> Result<Value, String> {
    let network = Network::parse(&given, 0)?;
    let number = given.integer(1)?;
    let size = u128::from(number.unsigned_abs());
    let last = network.last_offset();
    let offset = if number < 0 { last.checked_sub(size - 1) } else { Some(size) };
    match offset.filter(|offset| *offset <= last) {
        Some(offset) => Ok(show_address(network.first + offset, network.bits).into()),
        None => Err(given.problem(1, format!("is {number}, which lies outside of the network"))),
    }
}

fn netmask(given: Arguments<'_>) -> Result<Value, String> {
    let network = Network::parse(&given, 0)?;
    if network.bits != 32 {
        return Err(given.problem(0, "is an IPv6 network, which has no netmask"));
    }
    let mask = u128::from(u32::MAX) & !network.last_offset();
    Ok(show_address(mask, 32).into())
}

fn subnet(given: Arguments<'_>) -> Result<Value, String> {
    let number = given.count(2)?;
    let number = u128::try_from(number).unwrap_or(u128::MAX);
    Ok(Network::parse(&given, 0)?.part(given.integer(1)?, number)?.show())
}

fn subnets(given: Arguments<'_>) -> Result<Value, String> {
    let network = Network::parse(&given, 0)?;
    let mut parts = Vec::new();
    let mut next = Some(0_u128);
    for at in 1..given.values.len() {
        let more = given.integer(at)?;
        let part = network.part(more, 0)?;
        let size = part.last_offset();
        let full = || format!("the network has no room for part {at}");
        // Rounded up to where a network of this size can start.
        let offset = next.and_then(|next| next.checked_add(size)).ok_or_else(full)? & !size;
        if offset > network.last_offset() {
            return Err(full());
        }
        parts.push(Network { first: network.first + offset, ..part }.show());
        next = offset.checked_add(size).and_then(|last| last.checked_add(1));
    }
    Ok(parts.into())
}

fn contains(given: Arguments<'_>) -> Result<Value, String> {
    let network = Network::parse(&given, 0)?;
    let text = given.text(1)?;
    let (address, bits) = if text.contains('/') {
        let inner = Network::parse(&given, 1)?;
        if inner.length < network.length {
            return Ok(false.into());
        }
        (inner.first, inner.bits)
    } else {
        parse_address(&text).ok_or_else(|| given.problem(1, "has to be an address or a network"))?
    };
    Ok((bits == network.bits && address & !network.last_offset() == network.first).into())
}
