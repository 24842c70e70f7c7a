//! What expressions can refer to: variables, locals and blocks, each computed when it is asked for.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use super::each::{Keys, for_each_keys};
use super::variable::Variables;
use super::{Inputs, schema_of};
use crate::diagnostic::{Diagnostic, Diagnostics, Span, codes, nearest};
use crate::language::{
    Attribute, Block, BlockRef, Document, Expression, Fault, NoScope, Scope, Value, evaluate,
    parse_expression,
};

/// The block kinds that can be referred to.
const REFERABLE: [&str; 9] = [
    "region",
    "image",
    "health_check",
    "zone",
    "record",
    "failover",
    "objective",
    "clients",
    "dependency",
];

/// Values that refer to values that refer to values: more is a slip, and would need a deep stack.
const DEPTH_MAX: usize = 200;

/// Everything that has a name.
pub(super) struct Names<'a> {
    inputs: &'a Inputs<'a>,
    variables: Variables,
    locals: BTreeMap<&'a str, &'a Attribute>,
    blocks: BTreeMap<&'a str, BTreeMap<&'a str, Declared<'a>>>,
    /// Failures too: a long row of values that fail would otherwise be gone through again for each.
    computed: RefCell<BTreeMap<String, Result<Value, Fault>>>,
    underway: RefCell<Vec<String>>,
    /// The first finding of each circle: wherever it is entered, it is the same.
    circles: RefCell<BTreeMap<Vec<String>, Diagnostic>>,
}

struct Declared<'a> {
    block: &'a Block,
    reference: BlockRef,
    keys: OnceCell<Arc<BTreeMap<Arc<str>, Value>>>,
}

/// One instance of a block: itself, or one key of its `for_each`.
#[derive(Clone, Debug)]
pub(super) struct Each {
    pub(super) key: Arc<str>,
    pub(super) value: Value,
}

/// What the expressions of one block instance can see.
#[derive(Clone, Copy)]
pub(super) struct Seen<'n, 'a> {
    pub(super) names: &'n Names<'a>,
    pub(super) each: Option<&'n Each>,
}

impl<'a> Names<'a> {
    /// Names of a document. Where one is declared twice, the first counts.
    pub(super) fn of(document: &'a Document, inputs: &'a Inputs<'a>, variables: Variables) -> Self {
        let mut blocks: BTreeMap<&str, BTreeMap<&str, Declared<'a>>> = BTreeMap::new();
        let mut locals = BTreeMap::new();
        for block in &document.blocks {
            let kind: &str = &block.kind.text;
            if kind == "locals" {
                for attribute in &block.attributes {
                    locals.entry(&*attribute.name.text).or_insert(attribute);
                }
            }
            if let (true, [label, ..]) = (REFERABLE.contains(&kind), &block.labels[..]) {
                let reference = BlockRef {
                    kind: Arc::clone(&block.kind.text),
                    address: format!("{kind}.{}", label.text).into(),
                };
                let declared = Declared { block, reference, keys: OnceCell::new() };
                blocks.entry(kind).or_default().entry(&label.text).or_insert(declared);
            }
        }
        let (computed, underway, circles) = <_>::default();
        Self { inputs, variables, locals, blocks, computed, underway, circles }
    }

    /// The keys of a block's `for_each`; absent where it has none.
    pub(super) fn keys(&self, kind: &str, name: &str) -> Result<Option<Keys>, Fault> {
        let Some(declared) = self.blocks.get(kind).and_then(|blocks| blocks.get(name)) else {
            return Ok(None);
        };
        let Some(each) = declared.block.attributes.iter().find(|a| &*a.name.text == "for_each")
        else {
            return Ok(None);
        };
        if let Some(keys) = declared.keys.get() {
            return Ok(Some(Arc::clone(keys)));
        }
        let path = format!("{}.for_each", declared.reference.address);
        let keys = self.guarded(&path, each.value.span, || {
            let value = evaluate(&each.value, &Seen { names: self, each: None })?;
            for_each_keys(value, each.value.span)
        })?;
        Ok(Some(Arc::clone(declared.keys.get_or_init(|| keys))))
    }

    /// Why there is nothing under a root such as `var` or `region` by this name, if there is not.
    pub(super) fn missing(&self, root: &str, name: &str, span: Span) -> Option<Fault> {
        let none = BTreeMap::new();
        match root {
            "var" if self.variables.contains_key(name) => None,
            "var" => Some(unknown(root, name, self.variables.keys().map(|name| &**name), span)),
            "local" if self.locals.contains_key(name) => None,
            "local" => Some(unknown(root, name, self.locals.keys().copied(), span)),
            kind if REFERABLE.contains(&kind) => {
                let declared = self.blocks.get(kind).unwrap_or(&none);
                let names = declared.keys().copied();
                (!declared.contains_key(name)).then(|| unknown(root, name, names, span))
            }
            _ => None,
        }
    }

    /// Runs a computation, unless it is already under way: then it depends on itself.
    fn guarded<T>(
        &self,
        path: &str,
        span: Span,
        compute: impl FnOnce() -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        {
            let mut underway = self.underway.borrow_mut();
            if let Some(start) = underway.iter().position(|step| step == path) {
                return Err(Box::new(self.circle(&underway[start..], span)));
            }
            if underway.len() >= DEPTH_MAX {
                let detail = format!("More than {DEPTH_MAX} values refer to each other in a row.");
                return Err(Box::new(Diagnostic::new(codes::TOO_DEEP, span, detail)));
            }
            underway.push(path.to_owned());
        }
        let result = compute();
        self.underway.borrow_mut().pop();
        result
    }

    /// The finding of a circle, by its steps.
    fn circle(&self, steps: &[String], span: Span) -> Diagnostic {
        let mut members = steps.to_vec();
        members.sort();
        let found = || {
            let steps: Vec<_> =
                steps.iter().chain(steps.first()).map(|step| format!("`{step}`")).collect();
            let way = steps.join(" -> ");
            let detail = format!("These values refer to each other in a circle: {way}.");
            Diagnostic::new(codes::CYCLE, span, detail)
        };
        self.circles.borrow_mut().entry(members).or_insert_with(found).clone()
    }

    fn computed(
        &self,
        path: String,
        span: Span,
        compute: impl FnOnce() -> Result<Value, Fault>,
    ) -> Result<Value, Fault> {
        if let Some(known) = self.computed.borrow().get(&path) {
            return known.clone();
        }
        let result = self.guarded(&path, span, compute);
        self.computed.borrow_mut().insert(path, result.clone());
        result
    }

    fn variable(&self, steps: &[&str], span: Span) -> Result<(Value, usize), Fault> {
        let name = first_step("var", steps, self.variables.keys().map(|name| &**name), span)?;
        match self.variables.get(name) {
            // Whatever uses a variable that has no value has the same finding, which is told once.
            Some(value) => Ok((value.clone()?, 1)),
            None => Err(unknown("var", name, self.variables.keys().map(|name| &**name), span)),
        }
    }

    fn local(&self, steps: &[&str], span: Span) -> Result<(Value, usize), Fault> {
        let name = first_step("local", steps, self.locals.keys().copied(), span)?;
        let Some(attribute) = self.locals.get(name) else {
            return Err(unknown("local", name, self.locals.keys().copied(), span));
        };
        let value = self.computed(format!("local.{name}"), span, || {
            evaluate(&attribute.value, &Seen { names: self, each: None })
        })?;
        Ok((value, 1))
    }

    /// Finds what is wrong with named values, used or not. What is wrong with another value that
    /// they refer to is found there.
    pub(super) fn check_locals(&self, found: &RefCell<Diagnostics>) {
        for (name, attribute) in &self.locals {
            let Err(fault) = self.local(&[name], attribute.name.span) else { continue };
            if fault.labels.first().is_none_or(|label| attribute.value.span.contains(label.span)) {
                found.borrow_mut().push(fault.about(format!("local.{name}")));
            }
        }
    }

    fn blocks_of(&self, kind: &str, steps: &[&str], span: Span) -> Result<(Value, usize), Fault> {
        let none = BTreeMap::new();
        let declared = self.blocks.get(kind).unwrap_or(&none);
        let Some(name) = steps.first() else {
            let value = self.computed(kind.to_owned(), span, || {
                let all = declared
                    .keys()
                    .map(|name| Ok((Arc::from(*name), self.instance(kind, name, span)?)));
                Ok(Value::Map(Arc::new(all.collect::<Result<_, Fault>>()?)))
            })?;
            return Ok((value, 0));
        };
        if !declared.contains_key(name) {
            return Err(unknown(kind, name, declared.keys().copied(), span));
        }
        Ok((self.instance(kind, name, span)?, 1))
    }

    /// A block, or the map of its instances.
    fn instance(&self, kind: &str, name: &str, span: Span) -> Result<Value, Fault> {
        let Some(declared) = self.blocks.get(kind).and_then(|blocks| blocks.get(name)) else {
            return Err(unknown(kind, name, [], span));
        };
        let Some(keys) = self.keys(kind, name)? else {
            return Ok(Value::Block(declared.reference.clone()));
        };
        let instances = keys.keys().map(|key| {
            let address = lifeboat_contract::Address::from(&*declared.reference.address).keyed(key);
            let block = BlockRef {
                kind: Arc::clone(&declared.reference.kind),
                address: address.as_str().into(),
            };
            (Arc::clone(key), Value::Block(block))
        });
        Ok(Value::Map(Arc::new(instances.collect())))
    }

    fn block_attribute(
        &self,
        reference: &BlockRef,
        name: &str,
        span: Span,
    ) -> Result<Value, Fault> {
        let (block_name, key) = split(&reference.address);
        let declared = self.blocks.get(&*reference.kind).and_then(|all| all.get(block_name));
        let (Some(declared), Some(schema)) = (declared, schema_of(&reference.kind)) else {
            return Err(unknown(&reference.kind, block_name, [], span));
        };
        let written = declared.block.attributes.iter().find(|a| &*a.name.text == name);
        if name == "key" && schema.attribute("key").is_none() {
            return Ok(Value::String(key.unwrap_or_else(|| block_name.into())));
        }
        let Some(known) = schema.attribute(name) else {
            let names = schema.attributes.iter().map(|attribute| attribute.name).chain(["key"]);
            return Err(unknown(&reference.address, name, names, span));
        };
        match (written, known.default) {
            (Some(attribute), _) => {
                self.computed(format!("{}.{name}", reference.address), span, || {
                    let keys = self.keys(&reference.kind, block_name)?;
                    let each = key.and_then(|key| {
                        let value = keys?.get(&key)?.clone();
                        Some(Each { key, value })
                    });
                    evaluate(&attribute.value, &Seen { names: self, each: each.as_ref() })
                })
            }
            (None, Some(default)) => constant(default),
            (None, None) => Ok(Value::Null),
        }
    }
}

/// The value of a default, which is HCL of our own.
fn constant(hcl: &str) -> Result<Value, Fault> {
    let mut sources = crate::diagnostic::Sources::default();
    let file = sources.add("default", hcl);
    evaluate(&parse_expression(&sources, file)?, &NoScope)
}

/// Name and key of a block's address.
fn split(address: &str) -> (&str, Option<Arc<str>>) {
    let name = address.split_once('.').map_or(address, |(_, name)| name);
    match name.split_once('[') {
        None => (name, None),
        Some((name, key)) => {
            let key: Option<String> = serde_json::from_str(key.trim_end_matches(']')).ok();
            (name, key.map(Into::into))
        }
    }
}

fn first_step<'s>(
    root: &str,
    steps: &[&'s str],
    names: impl IntoIterator<Item = impl AsRef<str>>,
    span: Span,
) -> Result<&'s str, Fault> {
    steps.first().copied().ok_or_else(|| {
        let example = names.into_iter().next().map(|name| format!("{root}.{}", name.as_ref()));
        let detail = format!("`{root}` is used with a name, like `{root}.name`.");
        let help = example.map(|example| format!("for example `{example}`"));
        Box::new(Diagnostic::new(codes::UNKNOWN_REFERENCE, span, detail).help_if(help))
    })
}

fn unknown<'n>(
    root: &str,
    name: &str,
    names: impl IntoIterator<Item = &'n str>,
    span: Span,
) -> Fault {
    let names: Vec<&str> = names.into_iter().collect();
    let help = match nearest(name, names.iter().copied()) {
        Some(near) => Some(format!("did you mean `{root}.{near}`?")),
        None if names.is_empty() || names.len() > 12 => None,
        None => Some(format!("there is `{}`", names.join("`, `"))),
    };
    let detail = format!("Nothing is declared as `{root}.{name}`.");
    Box::new(Diagnostic::new(codes::UNKNOWN_REFERENCE, span, detail).help_if(help))
}

impl Scope for Seen<'_, '_> {
    fn resolve(&self, name: &str, steps: &[&str], span: Span) -> Result<(Value, usize), Fault> {
        match (name, self.each) {
            ("var", _) => self.names.variable(steps, span),
            ("local", _) => self.names.local(steps, span),
            ("each", Some(each)) => match steps.first() {
                Some(&"key") => Ok((Value::String(Arc::clone(&each.key)), 1)),
                Some(&"value") => Ok((each.value.clone(), 1)),
                _ => Err(unknown("each", steps.first().unwrap_or(&""), ["key", "value"], span)),
            },
            ("each", None) => {
                let detail =
                    "`each` stands for the element of `for_each`, and this block has none.";
                Err(Box::new(Diagnostic::new(codes::UNKNOWN_REFERENCE, span, detail)))
            }
            (kind, _) if REFERABLE.contains(&kind) => self.names.blocks_of(kind, steps, span),
            (other, _) => {
                let roots = REFERABLE.into_iter().chain(["var", "local", "each"]);
                let help = match nearest(other, roots) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("text is written in quotes: `\"{other}\"`"),
                };
                let detail = format!("Nothing is called `{other}` here.");
                let found = Diagnostic::new(codes::UNKNOWN_REFERENCE, span, detail);
                Err(Box::new(found.help(help)))
            }
        }
    }

    fn attribute(&self, block: &BlockRef, name: &str, span: Span) -> Result<Value, Fault> {
        self.names.block_attribute(block, name, span)
    }

    fn file(&self, path: &str, span: Span) -> Result<String, Fault> {
        (self.names.inputs.files)(path).map_err(|why| {
            let detail = format!("`{path}` cannot be read: {why}.");
            Box::new(Diagnostic::new(codes::FUNCTION_FAILED, span, detail))
        })
    }

    fn environment(&self, name: &str) -> Option<String> {
        self.names.inputs.environment.get(name).cloned()
    }
}

impl Seen<'_, '_> {
    /// Computes an expression.
    pub(super) fn evaluate(&self, expression: &Expression) -> Result<Value, Fault> {
        evaluate(expression, self)
    }
}
