//! Where clients and resources are, as record sets say it.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Invalid, Location};

/// The clients that a geolocation set is for, in Route 53's codes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Area {
    /// All that no other set is for, and those of unknown place: the country `*`.
    Default,
    /// A continent: `AF`, `AN`, `AS`, `EU`, `NA`, `OC`, `SA`.
    Continent(String),
    /// A country, in ISO 3166-1 alpha-2: `DE`.
    Country(String),
    /// A part of a country: a state of the US.
    Subdivision {
        /// The country.
        country: String,
        /// The code in the country: `TX`.
        code: String,
    },
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("*"),
            Self::Continent(code) | Self::Country(code) => f.write_str(code),
            Self::Subdivision { country, code } => write!(f, "{country}-{code}"),
        }
    }
}

/// Where the resource of a geoproximity set is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Site {
    /// In a region, or in a group of local zones.
    Location(Location),
    /// At a point.
    Point {
        /// North of the equator.
        latitude: Degrees,
        /// East of Greenwich.
        longitude: Degrees,
    },
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Location(location) => location.fmt(f),
            Self::Point { latitude, longitude } => write!(f, "{latitude},{longitude}"),
        }
    }
}

/// An angle to a hundredth of a degree, -180 to 180. As text: `-12.34`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Degrees(i16);

impl Degrees {
    /// The angle as a number.
    pub fn as_f64(self) -> f64 {
        f64::from(self.0) / 100.0
    }
}

impl FromStr for Degrees {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let refuse = || Invalid {
            what: "angle",
            value: text.to_owned(),
            why: "it takes -180 to 180 with at most two decimals".to_owned(),
        };
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |text: &str| text.chars().all(|c| c.is_ascii_digit());
        if whole.is_empty() || part.len() > 2 || !plain(whole) || !plain(part) {
            return Err(refuse());
        }
        let hundredths: i16 = format!("{whole}{part:0<2}").parse().map_err(|_| refuse())?;
        if hundredths > 18_000 {
            return Err(refuse());
        }
        Ok(Self(if negative { -hundredths } else { hundredths }))
    }
}

impl TryFrom<String> for Degrees {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Degrees> for String {
    fn from(degrees: Degrees) -> Self {
        degrees.to_string()
    }
}

impl fmt::Display for Degrees {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let size = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", size / 100, size % 100)
    }
}

impl fmt::Debug for Degrees {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn angles_are_read_as_they_are_written() {
        for (text, written) in [("48.86", "48.86"), ("-0.5", "-0.50"), ("+180", "180.00")] {
            let angle: Degrees = text.parse().unwrap();
            assert_eq!(angle.to_string(), written);
            assert_eq!(angle.to_string().parse::<Degrees>().unwrap(), angle);
        }
        for bad in ["", "-", "1.234", "180.01", "1e2", "+-1", "99999999", "."] {
            assert!(bad.parse::<Degrees>().is_err(), "{bad}");
        }
    }
}
