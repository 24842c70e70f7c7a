//! Type constraints of variables: `string`, `list(number)`, `object({ port = optional(number, 80) })`.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, codes, nearest};
use crate::language::{Expression, Fault, NoScope, Node, Value, evaluate};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Constraint {
    Any,
    Text,
    Number,
    Flag,
    List(Box<Self>),
    /// A list without repetition.
    Set(Box<Self>),
    Map(Box<Self>),
    Tuple(Vec<Self>),
    Object(BTreeMap<Arc<str>, Member>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Member {
    takes: Constraint,
    /// Present for `optional(...)`: the value where none is given.
    default: Option<Value>,
}

const NAMES: [&str; 9] =
    ["any", "string", "number", "bool", "list", "set", "map", "tuple", "object"];

/// Reads a constraint from the expression that stands for it.
pub(super) fn read(expression: &Expression) -> Result<Constraint, Fault> {
    if let Node::Variable(name) = &expression.node {
        return match &*name.text {
            "any" => Ok(Constraint::Any),
            "string" => Ok(Constraint::Text),
            "number" => Ok(Constraint::Number),
            "bool" => Ok(Constraint::Flag),
            other => Err(unknown(expression, other)),
        };
    }
    let Node::Call { name, arguments, expand_last: _ } = &expression.node else {
        return Err(unknown(expression, ""));
    };
    match (&*name.text, &arguments[..]) {
        ("list", [inner]) => Ok(Constraint::List(Box::new(read(inner)?))),
        ("set", [inner]) => Ok(Constraint::Set(Box::new(read(inner)?))),
        ("map", [inner]) => Ok(Constraint::Map(Box::new(read(inner)?))),
        ("tuple", [inner]) => tuple(inner),
        ("object", [inner]) => object(inner),
        (other, _) => Err(unknown(expression, other)),
    }
}

fn unknown(expression: &Expression, text: &str) -> Fault {
    let detail = format!(
        "This is not a type. A type is `any`, `string`, `number`, `bool`, `list(T)`, `set(T)`, \
         `map(T)`, `tuple([...])` or `object({{ ... }})`{}",
        if text == "optional" { "; `optional(T)` stands only inside `object`." } else { "." }
    );
    let near = nearest(text, NAMES).map(|near| format!("did you mean `{near}`?"));
    Box::new(Diagnostic::new(codes::WRONG_TYPE, expression.span, detail).help_if(near))
}

fn tuple(inner: &Expression) -> Result<Constraint, Fault> {
    if let Node::Tuple(items) = &inner.node {
        return Ok(Constraint::Tuple(items.iter().map(read).collect::<Result<_, _>>()?));
    }
    let empty = matches!(&inner.node, Node::Literal(Value::List(items)) if items.is_empty());
    if empty { Ok(Constraint::Tuple(Vec::new())) } else { Err(unknown(inner, "")) }
}

fn object(inner: &Expression) -> Result<Constraint, Fault> {
    if matches!(&inner.node, Node::Literal(Value::Map(map)) if map.is_empty()) {
        return Ok(Constraint::Object(BTreeMap::new()));
    }
    let Node::Object(elements) = &inner.node else { return Err(unknown(inner, "")) };
    let mut members = BTreeMap::new();
    for element in elements {
        let name = if let Node::Variable(name) = &element.key.node {
            &name.text
        } else if let Node::Literal(Value::String(text)) = &element.key.node {
            text
        } else {
            return Err(unknown(&element.key, ""));
        };
        let name = Arc::clone(name);
        members.insert(name, member(&element.value)?);
    }
    Ok(Constraint::Object(members))
}

fn member(expression: &Expression) -> Result<Member, Fault> {
    let Node::Call { name, arguments, expand_last: _ } = &expression.node else {
        return Ok(Member { takes: read(expression)?, default: None });
    };
    match (&*name.text, &arguments[..]) {
        ("optional", [inner]) => Ok(Member { takes: read(inner)?, default: Some(Value::Null) }),
        ("optional", [inner, default]) => {
            let takes = read(inner)?;
            let given = evaluate(default, &NoScope)?;
            let default = takes.convert(given).map_err(|why| {
                let detail = format!("The default does not fit its type: {why}.");
                Box::new(Diagnostic::new(codes::WRONG_TYPE, default.span, detail))
            })?;
            Ok(Member { takes, default: Some(default) })
        }
        _ => Ok(Member { takes: read(expression)?, default: None }),
    }
}

impl Constraint {
    /// Whether a text given on the command line is meant as it stands.
    pub(super) fn is_text(&self) -> bool {
        matches!(self, Self::Text | Self::Any)
    }

    /// The value as this type, or why it does not fit. `null` fits every type.
    pub(super) fn convert(&self, value: Value) -> Result<Value, String> {
        match (self, value) {
            (Self::Any, value) | (_, value @ Value::Null) => Ok(value),
            (_, Value::Sensitive(inner)) => {
                let inner = self.convert(inner.as_ref().clone())?;
                Ok(Value::Sensitive(Arc::new(inner)))
            }
            (Self::Text, value) => value
                .to_text()
                .map(Value::String)
                .ok_or_else(|| format!("a string is needed, this is {}", value.described())),
            (Self::Number, value) => value
                .to_number()
                .map(Value::Number)
                .ok_or_else(|| format!("a number is needed, this is {}", value.described())),
            (Self::Flag, value) => value
                .to_bool()
                .map(Value::Bool)
                .ok_or_else(|| format!("a bool is needed, this is {}", value.described())),
            (Self::List(inner), Value::List(items)) => convert_all(inner, &items),
            (Self::Set(inner), Value::List(items)) => {
                let Value::List(items) = convert_all(inner, &items)? else { unreachable!() };
                let mut distinct: Vec<Value> = Vec::new();
                for item in items.iter() {
                    if !distinct.contains(item) {
                        distinct.push(item.clone());
                    }
                }
                Ok(Value::List(distinct.into()))
            }
            (Self::Map(inner), Value::Map(map)) => {
                let converted = map.iter().map(|(key, value)| {
                    let value = inner.convert(value.clone());
                    Ok((Arc::clone(key), value.map_err(|why| format!("at `{key}`: {why}"))?))
                });
                Ok(Value::Map(Arc::new(converted.collect::<Result<_, String>>()?)))
            }
            (Self::Tuple(kinds), Value::List(items)) if kinds.len() == items.len() => {
                let converted = kinds.iter().zip(items.iter()).map(|(k, v)| k.convert(v.clone()));
                Ok(Value::List(converted.collect::<Result<Vec<_>, _>>()?.into()))
            }
            (Self::Object(members), Value::Map(map)) => convert_object(members, &map),
            (_, value) => {
                Err(format!("{} is needed, this is {}", self.needed(), value.described()))
            }
        }
    }

    fn needed(&self) -> &'static str {
        match self {
            Self::Any => "anything",
            Self::Text => "a string",
            Self::Number => "a number",
            Self::Flag => "a bool",
            Self::List(_) => "a list",
            Self::Set(_) => "a set",
            Self::Map(_) => "a map",
            Self::Tuple(_) => "a tuple of the declared length",
            Self::Object(_) => "an object",
        }
    }
}

fn convert_all(inner: &Constraint, items: &[Value]) -> Result<Value, String> {
    let converted = items.iter().enumerate().map(|(at, item)| {
        inner.convert(item.clone()).map_err(|why| format!("at index {at}: {why}"))
    });
    Ok(Value::List(converted.collect::<Result<Vec<_>, _>>()?.into()))
}

/// As HCL does it: attributes that the type does not name are dropped.
fn convert_object(
    members: &BTreeMap<Arc<str>, Member>,
    map: &BTreeMap<Arc<str>, Value>,
) -> Result<Value, String> {
    let mut converted = BTreeMap::new();
    for (name, member) in members {
        let value = match (map.get(name), &member.default) {
            (Some(Value::Null) | None, Some(default)) => default.clone(),
            (Some(value), _) => member
                .takes
                .convert(value.clone())
                .map_err(|why| format!("attribute `{name}`: {why}"))?,
            (None, None) => return Err(format!("attribute `{name}` is missing")),
        };
        converted.insert(Arc::clone(name), value);
    }
    Ok(Value::Map(Arc::new(converted)))
}
