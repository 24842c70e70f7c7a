//! Functions of lists.

use std::cmp::Ordering;

use super::Arguments;
use super::Body::{Plain, Structural};
use crate::language::value::VALUES_MAX;
use crate::language::{Number, Value};

super::table! { "Collections":
"length" "value" "How many elements a list or map has, or characters a string."
    r#"length(["a", "b"])"# => "2" Structural(length);
"element" "list, index" "The element of a list at an index, counted round and round."
    r#"element(["a", "b", "c"], 4)"# => r#""b""# Structural(element);
"index" "list, value" "Where a value first stands in a list, counted from 0."
    r#"index(["a", "b"], "b")"# => "1" Plain(index);
"contains" "list, value" "Whether a value stands in a list."
    r#"contains(["a", "b"], "b")"# => "true"
    Plain(|a| Ok(a.list(0)?.contains(a.value(1)).into()));
"concat" "lists..." "The elements of all the lists in one."
    r#"concat(["a"], ["b", "c"])"# => r#"["a", "b", "c"]"# Structural(concat);
"flatten" "list" "The list with the elements of all lists in it, however deep, in their place."
    r#"flatten([["a", []], ["b", ["c"]]])"# => r#"["a", "b", "c"]"# Structural(flatten);
"reverse" "list" "The elements from last to first."
    "reverse([1, 2, 3])" => "[3, 2, 1]"
    Structural(|a| Ok(a.list(0)?.iter().rev().cloned().collect::<Vec<_>>().into()));
"slice" "list, start, end" "The elements from a start up to, but without, an end."
    r#"slice(["a", "b", "c", "d"], 1, 3)"# => r#"["b", "c"]"# Structural(slice);
"chunklist" "list, size" "The elements in lists of at most so many."
    "chunklist([1, 2, 3, 4, 5], 2)" => "[[1, 2], [3, 4], [5]]" Structural(chunk_list);
"compact" "list" "The elements that are neither null nor empty strings."
    r#"compact(["a", "", null, "b"])"# => r#"["a", "b"]"# Plain(compact);
"sort" "list" "The strings of a list in order."
    r#"sort(["c", "a", "b"])"# => r#"["a", "b", "c"]"# Plain(sort);
"coalesce" "values..." "The first value that is neither null nor an empty string."
    r#"coalesce("", null, "b")"# => r#""b""# Plain(coalesce);
"coalescelist" "lists..." "The first list that is not empty."
    r#"coalescelist([], ["b"])"# => r#"["b"]"# Structural(coalesce_list);
"one" "list" "The only element of a list, or null if it is empty."
    r#"one(["a"])"# => r#""a""# Structural(one);
"sum" "numbers" "The sum of a list of numbers."
    "sum([10, 13, 6])" => "29" Plain(sum);
"range" "limits..." "Numbers up to a limit, or from a start to a limit, by a step if there is a third."
    "range(1, 8, 2)" => "[1, 3, 5, 7]" Plain(range);
"alltrue" "list" "Whether every bool of a list is true; true of an empty one."
    "alltrue([true, false])" => "false"
    Plain(|a| Ok(a.bools(0)?.into_iter().all(|flag| flag).into()));
"anytrue" "list" "Whether some bool of a list is true; false of an empty one."
    "anytrue([true, false])" => "true"
    Plain(|a| Ok(a.bools(0)?.into_iter().any(|flag| flag).into()));
}

fn length(given: Arguments<'_>) -> Result<Value, String> {
    let length = match given.value(0) {
        Value::List(items) => items.len(),
        Value::Map(map) => map.len(),
        Value::String(text) => text.chars().count(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Block(_) | Value::Sensitive(_) => {
            return Err(given.wrong(0, "a list, map or string"));
        }
    };
    Ok(whole(length))
}

fn element(given: Arguments<'_>) -> Result<Value, String> {
    let items = given.list(0)?;
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let Some(index) = given.integer(1)?.checked_rem_euclid(length) else {
        return Err(given.problem(0, "is empty"));
    };
    let found = usize::try_from(index).ok().and_then(|index| items.get(index));
    Ok(found.cloned().unwrap_or(Value::Null))
}

fn index(given: Arguments<'_>) -> Result<Value, String> {
    let found = given.list(0)?.iter().position(|item| item == given.value(1));
    found.map(whole).ok_or_else(|| given.problem(0, "does not hold the value"))
}

fn concat(given: Arguments<'_>) -> Result<Value, String> {
    let mut total = 0;
    for at in 0..given.values.len() {
        total += given.list(at)?.len();
    }
    bounded(total)?;
    let mut all = Vec::with_capacity(total);
    for at in 0..given.values.len() {
        all.extend(given.list(at)?.iter().cloned());
    }
    Ok(all.into())
}

fn flatten(given: Arguments<'_>) -> Result<Value, String> {
    fn add(items: &[Value], flat: &mut Vec<Value>) -> Result<(), String> {
        for item in items {
            match item.as_list() {
                Some(inner) => add(inner, flat)?,
                None => flat.push(item.clone()),
            }
            bounded(flat.len())?;
        }
        Ok(())
    }
    let mut flat = Vec::new();
    add(given.list(0)?, &mut flat)?;
    Ok(flat.into())
}

fn slice(given: Arguments<'_>) -> Result<Value, String> {
    let (items, start, end) = (given.list(0)?, given.count(1)?, given.count(2)?);
    if start > end {
        return Err(given.problem(1, "lies behind `end`"));
    }
    let Some(part) = items.get(start..end) else {
        return Err(given.problem(2, format!("is {end}, and the list has {}", items.len())));
    };
    Ok(part.to_vec().into())
}

fn chunk_list(given: Arguments<'_>) -> Result<Value, String> {
    let (items, size) = (given.list(0)?, given.count(1)?);
    if size == 0 {
        return Err(given.problem(1, "cannot be 0"));
    }
    Ok(items.chunks(size).map(|chunk| Value::from(chunk.to_vec())).collect::<Vec<_>>().into())
}

fn compact(given: Arguments<'_>) -> Result<Value, String> {
    Ok(given.list(0)?.iter().filter(|item| !is_blank(item)).cloned().collect::<Vec<_>>().into())
}

fn sort(given: Arguments<'_>) -> Result<Value, String> {
    let mut texts = given.texts(0)?;
    texts.sort();
    Ok(texts.into_iter().map(Value::String).collect::<Vec<_>>().into())
}

fn coalesce(given: Arguments<'_>) -> Result<Value, String> {
    let found = given.values.iter().find(|value| !is_blank(value));
    found.cloned().ok_or_else(|| "every value is null or empty".to_owned())
}

fn coalesce_list(given: Arguments<'_>) -> Result<Value, String> {
    for at in 0..given.values.len() {
        if given.value(at) != &Value::Null && !given.list(at)?.is_empty() {
            return Ok(given.value(at).clone());
        }
    }
    Err("every list is empty".to_owned())
}

fn one(given: Arguments<'_>) -> Result<Value, String> {
    match (given.value(0), given.value(0).as_list().map(|items| &**items)) {
        (Value::Null, _) | (_, Some([])) => Ok(Value::Null),
        (_, Some([only])) => Ok(only.clone()),
        (_, Some(more)) => Err(given.problem(0, format!("has {} elements", more.len()))),
        (_, None) => Err(given.wrong(0, "a list")),
    }
}

fn sum(given: Arguments<'_>) -> Result<Value, String> {
    let numbers = given.numbers(0)?;
    let integers: Option<i64> =
        numbers.iter().try_fold(0_i64, |total, number| total.checked_add(number.as_i64()?));
    match integers {
        Some(total) => Ok(total.into()),
        None => Number::new(numbers.iter().map(|number| number.as_f64()).sum())
            .map(Value::Number)
            .ok_or_else(|| "the sum is too large".to_owned()),
    }
}

fn range(given: Arguments<'_>) -> Result<Value, String> {
    let zero = Number::Integer(0);
    let (start, limit) = match given.values.len() {
        1 => (zero, given.number(0)?),
        2 | 3 => (given.number(0)?, given.number(1)?),
        _ => return Err("it takes one to three numbers".to_owned()),
    };
    let down = limit < start;
    let step = match given.optional(2) {
        Some(_) => given.number(2)?,
        None => Number::Integer(if down { -1 } else { 1 }),
    };
    let towards = if down { Ordering::Less } else { Ordering::Greater };
    if start != limit && step.cmp(&zero) != towards {
        return Err("the step does not lead from the start to the limit".to_owned());
    }
    let mut numbers = Vec::new();
    for round in 0_i32.. {
        let next = match (start, step) {
            (Number::Integer(start), Number::Integer(step)) => {
                step.checked_mul(i64::from(round)).and_then(|far| start.checked_add(far))
            }
            _ => None,
        };
        // Multiplying keeps errors from adding up, as they would with 0.1 again and again.
        let next = match next {
            Some(integer) => Some(Number::Integer(integer)),
            None => Number::new(f64::from(round).mul_add(step.as_f64(), start.as_f64())),
        };
        let Some(next) = next.filter(|next| limit.cmp(next) == towards) else { break };
        numbers.push(Value::Number(next));
        bounded(numbers.len())?;
    }
    Ok(numbers.into())
}

fn is_blank(value: &Value) -> bool {
    matches!(value, Value::Null) || value.as_str() == Some("")
}

pub(super) fn whole(count: usize) -> Value {
    Value::from(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Refuses to make more elements than a value can hold.
pub(super) fn bounded(length: usize) -> Result<(), String> {
    if length > VALUES_MAX {
        return Err(format!("the result has more than {VALUES_MAX} elements"));
    }
    Ok(())
}
