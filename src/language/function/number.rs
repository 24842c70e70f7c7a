//! Functions of numbers.

use super::{Arguments, Body::Plain};
use crate::language::{Number, Value};

super::table! { "Numbers":
"abs" "number" "The number without its sign."
    "abs(-3)" => "3" Plain(abs);
"ceil" "number" "The least whole number that is not below the number."
    "ceil(1.2)" => "2" Plain(|a| rounded(a.number(0)?, f64::ceil));
"floor" "number" "The greatest whole number that is not above the number."
    "floor(1.8)" => "1" Plain(|a| rounded(a.number(0)?, f64::floor));
"max" "numbers..." "The greatest of the numbers."
    "max(3, 12, 7)" => "12" Plain(|a| extreme(&a, Iterator::max));
"min" "numbers..." "The least of the numbers."
    "min(3, 12, 7)" => "3" Plain(|a| extreme(&a, Iterator::min));
"pow" "number, exponent" "The number raised to the exponent."
    "pow(2, 10)" => "1024" Plain(pow);
"log" "number, base" "The logarithm of the number to the base."
    "log(1000, 10)" => "3" Plain(log);
"signum" "number" "-1, 0 or 1, as the number is negative, zero or positive."
    "signum(-5)" => "-1" Plain(signum);
"parseint" "string, base" "The whole number that the text spells in a base from 2 to 36."
    r#"parseint("ff", 16)"# => "255" Plain(parse_int);
}

fn abs(given: Arguments<'_>) -> Result<Value, String> {
    match given.number(0)? {
        Number::Integer(integer) => match integer.checked_abs() {
            Some(positive) => Ok(positive.into()),
            None => finite(given.number(0)?.as_f64().abs()),
        },
        Number::Float(float) => finite(float.abs()),
    }
}

fn rounded(number: Number, round: fn(f64) -> f64) -> Result<Value, String> {
    match number {
        Number::Integer(integer) => Ok(integer.into()),
        Number::Float(float) => finite(round(float)),
    }
}

fn extreme(
    given: &Arguments<'_>,
    choose: fn(std::vec::IntoIter<Number>) -> Option<Number>,
) -> Result<Value, String> {
    let numbers: Result<Vec<Number>, String> =
        (0..given.values.len()).map(|at| given.number(at)).collect();
    choose(numbers?.into_iter())
        .map(Value::Number)
        .ok_or_else(|| "it needs at least one number".to_owned())
}

fn pow(given: Arguments<'_>) -> Result<Value, String> {
    let (number, exponent) = (given.number(0)?, given.number(1)?);
    if let (Number::Integer(number), Number::Integer(exponent)) = (number, exponent)
        && let Ok(exponent) = u32::try_from(exponent)
        && let Some(exact) = number.checked_pow(exponent)
    {
        return Ok(exact.into());
    }
    finite(number.as_f64().powf(exponent.as_f64()))
}

fn log(given: Arguments<'_>) -> Result<Value, String> {
    let (number, base) = (given.number(0)?, given.number(1)?);
    // The exact forms give 3 for log(1000, 10), where a quotient gives 2.9999999999999996.
    finite(match base.as_i64() {
        Some(2) => number.as_f64().log2(),
        Some(10) => number.as_f64().log10(),
        _ => number.as_f64().ln() / base.as_f64().ln(),
    })
}

fn signum(given: Arguments<'_>) -> Result<Value, String> {
    let order = given.number(0)?.cmp(&Number::Integer(0));
    Ok(Value::from(order as i64))
}

fn parse_int(given: Arguments<'_>) -> Result<Value, String> {
    let (text, base) = (given.text(0)?, given.integer(1)?);
    let base = u32::try_from(base)
        .ok()
        .filter(|base| (2..=36).contains(base))
        .ok_or_else(|| given.problem(1, "has to be from 2 to 36"))?;
    i64::from_str_radix(&text, base)
        .map(Value::from)
        .map_err(|_| given.problem(0, format!("is no whole number of base {base} up to 64 bits")))
}

fn finite(float: f64) -> Result<Value, String> {
    Number::new(float).map(Value::Number).ok_or_else(|| "the result is no number".to_owned())
}
