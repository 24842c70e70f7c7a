//! Who asks.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use crate::{Invalid, Location};

/// Who asks, as the server sees it: by the subnet that the resolver passes on (EDNS client subnet),
/// else by the resolver's address.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Client {
    /// The subnet, or the whole address of the resolver; absent if unknown.
    pub subnet: Option<Subnet>,
    /// Where the server believes that it is.
    pub place: Place,
    /// Latitude and longitude in degrees; absent if unknown.
    pub coordinates: Option<(f64, f64)>,
    /// How long packets take to each region, in any unit, the same for all.
    pub latency: BTreeMap<Location, u32>,
}

impl Client {
    /// One of whom nothing is known.
    pub fn unknown() -> Self {
        Self::default()
    }
}

/// Where the server believes that a client is, in Route 53's codes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// We do not know.
    #[default]
    Unknown,
    /// The server does not know: it answers with the default set.
    Unmapped,
    /// Here.
    At {
        /// `AF`, `AN`, `AS`, `EU`, `NA`, `OC` or `SA`.
        continent: String,
        /// ISO 3166-1 alpha-2; absent where the server knows only the continent.
        country: Option<String>,
        /// `TX`; absent where the country is not divided.
        subdivision: Option<String>,
    },
}

/// A block of addresses in CIDR notation; without a length, one address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subnet {
    address: IpAddr,
    length: u8,
}

impl Subnet {
    /// How many leading bits all of its addresses share.
    pub fn length(self) -> u8 {
        self.length
    }

    /// Whether all of `other` lies in this block.
    pub fn contains(self, other: Self) -> bool {
        self.address.is_ipv4() == other.address.is_ipv4()
            && self.length <= other.length
            && masked(bits(self.address), self.length) == masked(bits(other.address), self.length)
    }
}

/// The address, its first bit leftmost.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn masked(bits: u128, length: u8) -> u128 {
    bits & u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0)
}

impl From<IpAddr> for Subnet {
    fn from(address: IpAddr) -> Self {
        Self { address, length: if address.is_ipv4() { 32 } else { 128 } }
    }
}

impl FromStr for Subnet {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let refuse = |why: &str| Invalid {
            what: "block of addresses",
            value: text.to_owned(),
            why: why.to_owned(),
        };
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| refuse("it begins with no address"))?;
        let whole = Self::from(address);
        let Some(length) = length else { return Ok(whole) };
        match length.parse() {
            Ok(length) if length <= whole.length => Ok(Self { address, length }),
            Ok(_) | Err(_) => Err(refuse("its length is no number that fits the address")),
        }
    }
}

impl fmt::Display for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

impl fmt::Debug for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_contains_what_is_at_least_as_specific() {
        let block = |text: &str| text.parse::<Subnet>().unwrap();
        assert!(block("192.0.2.0/24").contains(block("192.0.2.77")));
        assert!(block("0.0.0.0/0").contains(block("192.0.2.0/24")));
        assert!(!block("192.0.2.0/24").contains(block("192.0.0.0/16")));
        assert!(!block("192.0.2.0/24").contains(block("192.0.3.1")));
        assert!(block("2001:db8::/32").contains(block("2001:db8:1::/48")));
        assert!(!block("::/0").contains(block("192.0.2.1")));
        for bad in ["", "192.0.2.0/33", "x/1", "192.0.2.0/", "192.0.2.0/-1"] {
            assert!(bad.parse::<Subnet>().is_err(), "{bad}");
        }
    }
}
