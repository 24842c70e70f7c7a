//! Functions of lists as sets: each element counts once.

use std::collections::{BTreeMap, BTreeSet};

use super::list::bounded;
use super::{Arguments, Body::Plain};
use crate::language::{Number, Value};

super::table! { "Collections":
"distinct" "list" "The elements of a list, each only where it first stands."
    r#"distinct(["a", "b", "a"])"# => r#"["a", "b"]"# Plain(distinct);
"setunion" "lists..." "The elements that stand in any of the lists, in order."
    r#"setunion(["b"], ["a", "b"])"# => r#"["a", "b"]"# Plain(union);
"setintersection" "lists..." "The elements that stand in all of the lists, in order."
    r#"setintersection(["a", "b"], ["b", "c"])"# => r#"["b"]"# Plain(intersection);
"setsubtract" "list, others" "The elements that do not stand in the others, in order."
    r#"setsubtract(["a", "b", "c"], ["a", "c"])"# => r#"["b"]"# Plain(subtract);
"setproduct" "lists..." "Every combination of an element of each list."
    r#"setproduct(["a", "b"], [1, 2])"# => r#"[["a", 1], ["a", 2], ["b", 1], ["b", 2]]"#
    Plain(product);
}

/// What an element is sorted and told apart by: numbers first, then everything else as text.
type Rank = (Option<Number>, String);

fn rank(value: &Value) -> Rank {
    match value.as_number() {
        Some(number) => (Some(number), String::new()),
        None => (None, value.to_string()),
    }
}

/// The elements, each once, in order.
pub(super) fn sorted(items: &[Value]) -> Value {
    let set: BTreeMap<Rank, &Value> = items.iter().map(|item| (rank(item), item)).collect();
    // `None` sorts before `Some`, and people expect numbers before words.
    let (words, numbers): (Vec<_>, Vec<_>) =
        set.into_iter().partition(|((number, _), _)| number.is_none());
    numbers.into_iter().chain(words).map(|(_, item)| item.clone()).collect::<Vec<_>>().into()
}

fn distinct(given: Arguments<'_>) -> Result<Value, String> {
    let mut seen = BTreeSet::new();
    let items = given.list(0)?.iter().filter(|item| seen.insert(rank(item)));
    Ok(items.cloned().collect::<Vec<_>>().into())
}

fn union(given: Arguments<'_>) -> Result<Value, String> {
    let mut all = Vec::new();
    for at in 0..given.values.len() {
        let list = given.list(at)?;
        bounded(all.len() + list.len())?;
        all.extend(list.iter().cloned());
    }
    Ok(sorted(&all))
}

fn intersection(given: Arguments<'_>) -> Result<Value, String> {
    if given.values.is_empty() {
        return Err("it needs at least one list".to_owned());
    }
    let mut kept: Vec<Value> = given.list(0)?.to_vec();
    for at in 1..given.values.len() {
        let held: BTreeSet<Rank> = given.list(at)?.iter().map(rank).collect();
        kept.retain(|item| held.contains(&rank(item)));
    }
    Ok(sorted(&kept))
}

fn subtract(given: Arguments<'_>) -> Result<Value, String> {
    let others: BTreeSet<Rank> = given.list(1)?.iter().map(rank).collect();
    let kept: Vec<Value> =
        given.list(0)?.iter().filter(|item| !others.contains(&rank(item))).cloned().collect();
    Ok(sorted(&kept))
}

fn product(given: Arguments<'_>) -> Result<Value, String> {
    let mut lists = Vec::new();
    let mut combinations = 1_usize;
    for at in 0..given.values.len() {
        let list = given.list(at)?;
        combinations = combinations.saturating_mul(list.len());
        lists.push(list);
    }
    bounded(combinations.saturating_mul(lists.len()))?;
    let mut rows: Vec<Vec<Value>> = if lists.is_empty() { Vec::new() } else { vec![Vec::new()] };
    for list in lists {
        rows = rows
            .iter()
            .flat_map(|row| {
                list.iter().map(move |item| row.iter().chain([item]).cloned().collect())
            })
            .collect();
    }
    Ok(rows.into_iter().map(Value::from).collect::<Vec<_>>().into())
}
