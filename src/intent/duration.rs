//! Durations: `"90s"`, `"1m30s"`, `"2h"`.

/// Seconds, or why the text is no duration.
pub(super) fn parse(text: &str) -> Result<u32, &'static str> {
    const FORM: &str = "a duration is written like `\"90s\"`, `\"1m30s\"` or `\"2h\"`";
    let mut rest = text;
    let mut seconds: u64 = 0;
    let mut largest = u64::MAX;
    if rest.is_empty() {
        return Err(FORM);
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let count: u64 = rest[..digits].parse().map_err(|_| FORM)?;
        let unit = match rest[digits..].chars().next() {
            Some('h') => 3600,
            Some('m') => 60,
            Some('s') => 1,
            _ => return Err(FORM),
        };
        if unit >= largest {
            return Err(FORM);
        }
        largest = unit;
        seconds = count
            .checked_mul(unit)
            .and_then(|more| seconds.checked_add(more))
            .ok_or("it is longer than 136 years")?;
        rest = &rest[digits + 1..];
    }
    u32::try_from(seconds).map_err(|_| "it is longer than 136 years")
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn units_add_up_from_large_to_small() {
        assert_eq!(parse("90s"), Ok(90));
        assert_eq!(parse("1m30s"), Ok(90));
        assert_eq!(parse("2h"), Ok(7200));
        assert_eq!(parse("0s"), Ok(0));
        for bad in ["", "90", "s", "-5s", "1s1m", "1s1s", "1.5s", "10 s", "99999999999h", "1mm"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
