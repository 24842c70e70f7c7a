//! Functions that turn values into other types.

use super::Body::{Plain, Structural};
use super::{Arguments, set};
use crate::language::Value;

super::table! { "Types":
"tostring" "value" "A number or bool as a string."
    "tostring(1.5)" => r#""1.5""# Plain(to_string);
"tonumber" "value" "A string that spells a number as a number."
    r#"tonumber("1.5")"# => "1.5" Plain(to_number);
"tobool" "value" "`\"true\"` or `\"false\"` as a bool."
    r#"tobool("true")"# => "true" Plain(to_bool);
"tolist" "value" "The value, which has to be a list."
    r#"tolist(["b", "a"])"# => r#"["b", "a"]"# Structural(to_list);
"tomap" "value" "The value, which has to be a map or object."
    "tomap({ a = 1 })" => "{ a = 1 }" Structural(to_map);
"toset" "list"
    "The elements, each once and in order; there is no type for sets, so the result is a list."
    r#"toset(["b", "a", "b"])"# => r#"["a", "b"]"# Plain(|a| Ok(set::sorted(a.list(0)?)));
"type" "value" "The type of the value in one word."
    r#"type(["a"])"# => r#""list""# Structural(|a| Ok(a.value(0).kind().as_ref().into()));
}

fn to_string(given: Arguments<'_>) -> Result<Value, String> {
    match given.value(0) {
        Value::Null => Ok(Value::Null),
        _ => given.text(0).map(Value::String),
    }
}

fn to_number(given: Arguments<'_>) -> Result<Value, String> {
    match given.value(0) {
        Value::Null => Ok(Value::Null),
        _ => given.number(0).map(Value::Number),
    }
}

fn to_bool(given: Arguments<'_>) -> Result<Value, String> {
    match given.value(0) {
        Value::Null => Ok(Value::Null),
        value => value.to_bool().map(Value::Bool).ok_or_else(|| given.wrong(0, "a bool")),
    }
}

fn to_list(given: Arguments<'_>) -> Result<Value, String> {
    match given.value(0) {
        Value::Null => Ok(Value::Null),
        _ => given.list(0).map(|items| Value::List(items.clone())),
    }
}

fn to_map(given: Arguments<'_>) -> Result<Value, String> {
    match given.value(0) {
        value @ (Value::Null | Value::Map(_)) => Ok(value.clone()),
        _ => Err(given.wrong(0, "a map")),
    }
}
