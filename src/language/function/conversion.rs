//! Functions that turn values into other types.

use super::Body::{Plain, Structural};
use super::set;
use crate::language::Value;

super::table! { "Types":
"tostring" "value" "A number or bool as a string."
    "tostring(1.5)" => r#""1.5""# Plain(|a| a.unless_null(0, || a.text(0).map(Value::String)));
"tonumber" "value" "A string that spells a number as a number."
    r#"tonumber("1.5")"# => "1.5" Plain(|a| a.unless_null(0, || a.number(0).map(Value::Number)));
"tobool" "value" "`\"true\"` or `\"false\"` as a bool."
    r#"tobool("true")"# => "true" Plain(|a| a.unless_null(0, || a.bool(0).map(Value::Bool)));
"tolist" "value" "The value, which has to be a list."
    r#"tolist(["b", "a"])"# => r#"["b", "a"]"#
    Structural(|a| a.unless_null(0, || a.list(0).cloned().map(Value::List)));
"tomap" "value" "The value, which has to be a map or object."
    "tomap({ a = 1 })" => "{ a = 1 }"
    Structural(|a| a.unless_null(0, || a.map(0).map(|map| map.clone().into())));
"toset" "list"
    "The elements, each once and in order; there is no type for sets, so the result is a list."
    r#"toset(["b", "a", "b"])"# => r#"["a", "b"]"# Plain(|a| Ok(set::sorted(a.list(0)?)));
"type" "value" "The type of the value in one word."
    r#"type(["a"])"# => r#""list""# Structural(|a| Ok(a.value(0).kind().as_ref().into()));
}
