//! Numbers: whole ones exactly, others as binary floating point.

use std::cmp::Ordering;
use std::fmt;

/// A number: exact for integers of up to 64 bits, otherwise binary floating point. Never NaN and
/// never infinite.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    Integer(i64),
    Float(f64),
}

/// 2^63: the first float above every `i64`. The first below none is its negative.
const ABOVE_I64: f64 = 9_223_372_036_854_775_808.0;

impl Number {
    /// The number, or `None` for what is none. A float without a fraction becomes an integer.
    pub fn new(float: f64) -> Option<Self> {
        if !float.is_finite() {
            return None;
        }
        Some(match whole(float) {
            Some(integer) => Self::Integer(integer),
            None => Self::Float(float),
        })
    }

    /// The number that the text spells in full, as HCL and JSON write numbers.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        // Rust would also take `inf`, `+1`, `.5` and `5.`.
        let spelled = digits.starts_with(|c: char| c.is_ascii_digit())
            && digits.ends_with(|c: char| c.is_ascii_digit())
            && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
            && !digits.contains(".e")
            && !digits.contains(".E");
        if !spelled {
            return None;
        }
        match text.parse() {
            Ok(integer) => Some(Self::Integer(integer)),
            Err(_) => text.parse().ok().and_then(Self::new),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "the caller asks for a float")]
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Integer(integer) => integer as f64,
            Self::Float(float) => float,
        }
    }

    /// The integer, if it is one.
    pub fn as_i64(self) -> Option<i64> {
        match self {
            Self::Integer(integer) => Some(integer),
            Self::Float(float) => whole(float),
        }
    }
}

/// The integer that a float without a fraction stands for.
fn whole(float: f64) -> Option<i64> {
    if float.fract() != 0.0 || !(-ABOVE_I64..ABOVE_I64).contains(&float) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole and in range, as just checked")]
    Some(float as i64)
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => a.cmp(b),
            (Self::Float(a), Self::Float(b)) => {
                // Zeros of both signs are equal; `total_cmp` alone would tell them apart.
                a.partial_cmp(b).unwrap_or_else(|| a.total_cmp(b))
            }
            (Self::Integer(a), Self::Float(b)) => compare(*a, *b),
            (Self::Float(a), Self::Integer(b)) => compare(*b, *a).reverse(),
        }
    }
}

/// Compares exactly: large integers are not representable as floats.
fn compare(integer: i64, float: f64) -> Ordering {
    if float >= ABOVE_I64 {
        return Ordering::Less;
    }
    if float < -ABOVE_I64 {
        return Ordering::Greater;
    }
    let fraction = float.fract();
    match whole(float.trunc()) {
        Some(truncated) => integer
            .cmp(&truncated)
            .then_with(|| 0.0_f64.partial_cmp(&fraction).unwrap_or(Ordering::Equal)),
        None => Ordering::Less,
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(integer) => integer.fmt(f),
            // Very large and very small ones would otherwise have hundreds of digits.
            Self::Float(float) if float.abs() >= 1e21 || (float.abs() < 1e-7 && *float != 0.0) => {
                write!(f, "{float:e}")
            }
            Self::Float(float) => float.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_floats_are_integers_and_nonsense_is_refused() {
        assert_eq!(Number::new(4.0).unwrap().to_string(), "4");
        assert_eq!(Number::new(-0.0).unwrap().to_string(), "0");
        assert_eq!(Number::new(0.1).unwrap().to_string(), "0.1");
        assert_eq!(Number::new(1e300).unwrap().to_string(), "1e300");
        assert!(Number::new(f64::NAN).is_none());
        assert!(Number::new(f64::NEG_INFINITY).is_none());
    }

    #[test]
    fn order_is_exact_across_both_forms() {
        let max = Number::Integer(i64::MAX);
        assert!(max < Number::Float(ABOVE_I64));
        assert!(Number::Integer(i64::MIN) > Number::Float(-1e19));
        assert_eq!(Number::Integer(2), Number::Float(2.0));
        assert!(Number::Integer(2) < Number::Float(2.5));
        assert!(Number::Integer(-2) > Number::Float(-2.5));
        assert!(Number::Float(9_007_199_254_740_992.0) < Number::Integer(9_007_199_254_740_993));
    }

    #[test]
    fn only_what_hcl_writes_is_a_number() {
        for text in ["1", "-1", "1.5", "1e3", "1E-3", "99999999999999999999"] {
            assert!(Number::parse(text).is_some(), "{text}");
        }
        for text in ["", "-", "+1", ".5", "5.", "5.e3", "inf", "NaN", "1_0", "0x1", " 1", "1e999"] {
            assert!(Number::parse(text).is_none(), "{text}");
        }
    }
}
