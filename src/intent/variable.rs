//! `variable` and `locals`: values that a configuration takes and names.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::Inputs;
use super::constraint::{self, Constraint};
use super::schema::{BlockSchema, NestedSchema, Occurs, Takes, defaulted, optional, required};
use crate::diagnostic::{Diagnostic, Diagnostics, Sources, Span, codes, nearest};
use crate::language::{
    Attribute, Block, BlockRef, Fault, NoScope, Scope, Value, evaluate, parse_expression,
};

pub(super) const SCHEMA: &BlockSchema = &BlockSchema {
    kind: "variable",
    labels: &["name"],
    summary: "A value that is given from outside, as `var.name`.",
    attributes: &[
        defaulted("type", Takes::TypeConstraint, "any", "What it takes."),
        optional("default", Takes::Anything, "Used where no value is given; constant."),
        optional("description", Takes::Text, "A note for people."),
        defaulted("sensitive", Takes::Flag, "false", "Whether the value is a secret."),
        defaulted("nullable", Takes::Flag, "true", "Whether it may be `null`."),
    ],
    blocks: &[NestedSchema { schema: VALIDATION, occurs: Occurs::AnyNumber }],
    for_each: false,
    example: "variable \"ttl\" {\n  type    = string\n  default = \"60s\"\n\n  validation {\n    \
              condition     = endswith(var.ttl, \"s\")\n    error_message = \"Give seconds.\"\n  }\n}\n",
};

const VALIDATION: &BlockSchema = &BlockSchema {
    kind: "validation",
    labels: &[],
    summary: "A condition that the value has to meet.",
    attributes: &[
        required("condition", Takes::Flag, "True where the value is accepted."),
        required("error_message", Takes::Text, "What is said where it is not."),
    ],
    blocks: &[],
    for_each: false,
    example: "validation {\n  condition     = var.weight <= 255\n  error_message = \"At most \
              255.\"\n}\n",
};

/// `locals` takes any attribute; [`check_locals`] looks for doubles.
pub(super) const LOCALS: &BlockSchema = &BlockSchema {
    kind: "locals",
    labels: &[],
    summary: "Names for expressions, as `local.name`, in any order.",
    attributes: &[],
    blocks: &[],
    for_each: false,
    example: "locals {\n  domain = \"example.com\"\n}\n",
};

/// A value for a variable, as it was given.
#[derive(Clone, Debug)]
pub struct Given {
    pub name: String,
    /// HCL, or bare text for a variable that takes a string.
    pub text: String,
    pub origin: Origin,
}

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Environment,
    CommandLine,
}

/// The variables' values, or why there is none.
pub(super) type Variables = BTreeMap<Arc<str>, Result<Value, Fault>>;

/// Reads the variables' values.
pub(super) fn read(top: &[&Block], inputs: &Inputs<'_>, found: &RefCell<Diagnostics>) -> Variables {
    let declared: Vec<&Block> =
        top.iter().copied().filter(|block| &*block.kind.text == "variable").collect();
    check_given(&declared, inputs, found);
    let mut values = BTreeMap::new();
    for block in declared {
        let Some(label) = block.labels.first() else { continue };
        let value = value_of(block, &label.text, inputs);
        let sound = value.as_ref().map_err(Clone::clone);
        if let Err(fault) = sound.and_then(|value| validate(block, &label.text, value)) {
            found.borrow_mut().push(fault.about(format!("var.{}", label.text)));
        }
        values.insert(Arc::clone(&label.text), value);
    }
    values
}

fn check_given(declared: &[&Block], inputs: &Inputs<'_>, found: &RefCell<Diagnostics>) {
    let names = || declared.iter().filter_map(|b| b.labels.first()).map(|label| &*label.text);
    let help = |name: &str| nearest(name, names()).map(|near| format!("did you mean `{near}`?"));
    for given in &inputs.given {
        // The environment is shared: what another configuration needs is no mistake here.
        if given.origin == Origin::CommandLine && !names().any(|name| name == given.name) {
            let detail = format!("No variable `{}` is declared.", given.name);
            let unknown = Diagnostic::global(codes::UNKNOWN_VARIABLE, detail);
            found.borrow_mut().push(unknown.help_if(help(&given.name)));
        }
    }
    for attribute in &inputs.variable_files.attributes {
        let name: &str = &attribute.name.text;
        if !names().any(|declared| declared == name) {
            let detail = format!("No variable `{name}` is declared.");
            let at = attribute.name.span;
            let unknown = Diagnostic::new(codes::UNKNOWN_VARIABLE, at, detail);
            found.borrow_mut().push(unknown.help_if(help(name)));
        }
    }
    for block in &inputs.variable_files.blocks {
        let detail = "A variable file holds `name = value` lines, no blocks.";
        found.borrow_mut().push(Diagnostic::new(codes::UNKNOWN_BLOCK, block.span, detail));
    }
}

fn attribute<'b>(block: &'b Block, name: &str) -> Option<&'b Attribute> {
    block.attributes.iter().find(|attribute| &*attribute.name.text == name)
}

fn flag(block: &Block, name: &str, default: bool) -> Result<bool, Fault> {
    let Some(attribute) = attribute(block, name) else { return Ok(default) };
    let value = evaluate(&attribute.value, &NoScope)?;
    value.to_bool().ok_or_else(|| {
        let detail = format!("`{name}` takes `true` or `false`.");
        Box::new(Diagnostic::new(codes::WRONG_TYPE, attribute.value.span, detail))
    })
}

fn check_description(block: &Block) -> Result<(), Fault> {
    let Some(attribute) = attribute(block, "description") else { return Ok(()) };
    match evaluate(&attribute.value, &NoScope)? {
        value if value == Value::Null || value.to_text().is_some() => Ok(()),
        value => {
            let detail =
                format!("`description` takes a string, and this is {}.", value.described());
            Err(Box::new(Diagnostic::new(codes::WRONG_TYPE, attribute.value.span, detail)))
        }
    }
}

/// The value given last: on the command line, in a file, in the environment; or the default.
fn value_of(block: &Block, name: &str, inputs: &Inputs<'_>) -> Result<Value, Fault> {
    let takes = match attribute(block, "type") {
        Some(attribute) => constraint::read(&attribute.value)?,
        None => Constraint::Any,
    };
    let (nullable, sensitive) = (flag(block, "nullable", true)?, flag(block, "sensitive", false)?);
    check_description(block)?;
    let last = |origin| inputs.given.iter().rev().find(|g| g.name == name && g.origin == origin);
    let files = inputs.variable_files.attributes.iter().rev();
    let in_file = files.into_iter().find(|attribute| &*attribute.name.text == name);
    let header = block.span;
    let (value, span, origin) = if let Some(given) = last(Origin::CommandLine) {
        (read_given(given, &takes, header)?, header, "from the command line")
    } else if let Some(attribute) = in_file {
        (evaluate(&attribute.value, &NoScope)?, attribute.value.span, "from a variable file")
    } else if let Some(given) = last(Origin::Environment) {
        (read_given(given, &takes, header)?, header, "from the environment")
    } else if let Some(attribute) = attribute(block, "default") {
        (evaluate(&attribute.value, &NoScope)?, attribute.value.span, "by default")
    } else {
        let detail = format!("The variable `{name}` has no default and no value was given.");
        let help = format!("give one with `--var {name}=...` or `LIFEBOAT_VAR_{name}`");
        return Err(Box::new(Diagnostic::new(codes::MISSING_VARIABLE, header, detail).help(help)));
    };
    if value == Value::Null && !nullable {
        let detail = format!("The value {origin} is `null`, and `nullable` is false.");
        return Err(Box::new(Diagnostic::new(codes::INVALID_VARIABLE, span, detail)));
    }
    let value = takes.convert(value).map_err(|why| {
        let detail = format!("The value {origin} does not fit the variable's type: {why}.");
        Box::new(Diagnostic::new(codes::INVALID_VARIABLE, span, detail))
    })?;
    match (sensitive, &value) {
        (true, Value::Sensitive(_)) | (false, _) => Ok(value),
        (true, _) => Ok(Value::Sensitive(Arc::new(value))),
    }
}

fn read_given(given: &Given, takes: &Constraint, header: Span) -> Result<Value, Fault> {
    if takes.is_text() {
        return Ok(Value::String(given.text.as_str().into()));
    }
    let mut sources = Sources::default();
    let file = sources.add("value", given.text.as_str());
    let parsed = parse_expression(&sources, file).and_then(|parsed| evaluate(&parsed, &NoScope));
    // The place within the given text would mean nothing to the reader: point to the variable.
    parsed.map_err(|fault| {
        let detail =
            format!("The value given for `{}` cannot be read: {}", given.name, fault.detail);
        Box::new(Diagnostic::new(codes::INVALID_VARIABLE, header, detail))
    })
}

fn validate(block: &Block, name: &str, value: &Value) -> Result<(), Fault> {
    let itself = Itself { name, value };
    for validation in block.blocks.iter().filter(|block| &*block.kind.text == "validation") {
        let (Some(condition), Some(message)) =
            (attribute(validation, "condition"), attribute(validation, "error_message"))
        else {
            continue;
        };
        let span = condition.value.span;
        let holds = evaluate(&condition.value, &itself)?;
        let Some(holds) = holds.unwrap_sensitive().to_bool() else {
            let detail = "A `condition` is `true` or `false`.";
            return Err(Box::new(Diagnostic::new(codes::WRONG_TYPE, span, detail)));
        };
        if !holds {
            let message = evaluate(&message.value, &itself)?;
            let detail = message.as_str().unwrap_or("The value does not meet this condition.");
            return Err(Box::new(Diagnostic::new(codes::INVALID_VARIABLE, span, detail)));
        }
    }
    Ok(())
}

/// What a validation can see: the variable it belongs to.
struct Itself<'v> {
    name: &'v str,
    value: &'v Value,
}

impl Scope for Itself<'_> {
    fn resolve(&self, name: &str, steps: &[&str], span: Span) -> Result<(Value, usize), Fault> {
        if name == "var" && steps.first() == Some(&self.name) {
            return Ok((self.value.clone(), 1));
        }
        let detail = format!("A validation can refer to `var.{}` only.", self.name);
        Err(Box::new(Diagnostic::new(codes::UNKNOWN_REFERENCE, span, detail)))
    }

    fn attribute(&self, block: &BlockRef, name: &str, span: Span) -> Result<Value, Fault> {
        NoScope.attribute(block, name, span)
    }

    fn file(&self, path: &str, span: Span) -> Result<String, Fault> {
        NoScope.file(path, span)
    }

    fn environment(&self, _: &str) -> Option<String> {
        None
    }
}

/// Finds locals that are named twice over all `locals` blocks.
pub(super) fn check_locals(top: &[&Block], found: &RefCell<Diagnostics>) {
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    let locals = top.iter().filter(|block| &*block.kind.text == "locals");
    for attribute in locals.flat_map(|block| &block.attributes) {
        if let Some(earlier) = first.get(&*attribute.name.text) {
            let detail = format!("`local.{}` is named twice.", attribute.name.text);
            found.borrow_mut().push(
                Diagnostic::new(codes::DUPLICATE_BLOCK, attribute.name.span, detail)
                    .also(*earlier, "first here"),
            );
        } else {
            first.insert(&attribute.name.text, attribute.name.span);
        }
    }
}
